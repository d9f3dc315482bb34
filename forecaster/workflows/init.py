"""`forecast init`: the commented config that the automatic choice would use."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from forecaster.errors import UsageError, settable
from forecaster.series.choice import choose, to_commented_yaml
from forecaster.store import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def init(csv: Path, *, out: Path | None = None, overrides: Sequence[str] = ()) -> str:
    """The YAML for a table; written to `out` too, with the table's path relative to it.

    Raises:
        DataError: If the table cannot be read.
    """
    with settable():
        choice = choose(csv, now=time.time(), overrides=overrides)
    if out is None:
        return to_commented_yaml(choice)
    place = out.absolute()
    if place.resolve() == csv.resolve():
        raise UsageError(f"--out {out} is the table itself", hint="write the config to another file")
    text = to_commented_yaml(choice, base=place.parent)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_file(place, text.encode())
    return text
