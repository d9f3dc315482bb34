"""What a file of a run says, or a `RunError`: the checksums are right, but whoever wrote them may not be us."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecaster.errors import DAMAGED, ConfigError, DataError, RunError, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_CONTAINERS = 2**20  # lists and mappings; Python takes up to 250 bytes for each
_MOST_VALUES = 2**22
_ODD = (ConfigError, DataError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


@contextmanager
def understood(file: Path) -> Iterator[None]:
    """Turn whatever goes wrong in reading what `file` says into an error of the run.

    Raises:
        RunError: If the file says something else than we write.
    """
    try:
        yield
    except _ODD as error:
        what = f"{file.name} is damaged: it cannot be read ({type(error).__name__}: {quoted(error)})"
        raise RunError(what, hint=DAMAGED, file=file.absolute()) from None


def check_json(content: bytes, file: Path) -> None:
    """Refuse JSON that would take far more memory than it has bytes.

    Raises:
        RunError: If there are more values in it than in anything we write.
    """
    containers, values = content.count(b"[") + content.count(b"{"), content.count(b",")
    if containers > _MOST_CONTAINERS or values > _MOST_VALUES:
        what = f"{file.name} is damaged: it holds {max(containers, values):,} values"
        raise RunError(what, hint=DAMAGED, file=file.absolute())
