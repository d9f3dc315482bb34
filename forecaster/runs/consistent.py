"""Whether the values of a manifest can be: its checksum only says that nobody changed them by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DAMAGED, RunError
from forecaster.runs.understanding import understood

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forecaster.config.schema import Config
    from forecaster.runs.manifest import Manifest, Moment

_GRAPHS = ("model.onnx", "scored.onnx")
_LARGEST = 2**31  # of a size: steps, rows, seasons
_LONGEST = 2**53  # of a step of the clock, which may be counted in microseconds: 285 years


def check_values(manifest: Manifest, file: Path) -> None:
    """Refuse a manifest in which a value cannot be.

    Args:
        manifest: As it was read.
        file: Where it comes from, for the message.

    Raises:
        RunError: With the first value that cannot be.
    """
    with understood(file):
        odd = next(_odd(manifest), None)
    if odd is not None:
        raise RunError(f"{file.name} is damaged: {odd}", hint=DAMAGED, file=file.absolute())


def check_config(manifest: Manifest, config: Config, file: Path) -> None:
    """Refuse a config that describes another network than the manifest.

    Args:
        manifest: Of the version.
        config: Of the version.
        file: Where the config comes from, for the message.

    Raises:
        RunError: With the first size that differs.
    """
    shapes, window = manifest.shapes, config.window
    pairs = {
        "lookback": (window.lookback, shapes.lookback),
        "horizon": (window.horizon, shapes.horizon),
        "scale": (config.model.scale, shapes.scale),
        "theta": (config.model.theta, shapes.theta),
    }
    for name, (said, built) in pairs.items():
        if said != built:
            what = f"{file.name} is damaged: it has {name} {said}, and the manifest {built}"
            raise RunError(what, hint=DAMAGED, file=file.absolute())


def _odd(manifest: Manifest) -> Iterator[str]:
    shapes, table, borders = manifest.shapes, manifest.table, manifest.borders
    sizes = {
        "lookback": shapes.lookback,
        "horizon": shapes.horizon,
        "members": shapes.members,
        "season": table.season,
        "rows": table.rows,
    }
    yield from (f"{name} is {size}" for name, size in sizes.items() if not 0 < size <= _LARGEST)
    every = table.clock.get("every", 1)
    if not 0 < every <= _LONGEST:
        yield f"every is {every}"
    levels = np.array(shapes.levels)
    if not (0.5 in shapes.levels and (np.diff(levels) > 0).all() and levels[0] > 0 and levels[-1] < 1):  # noqa: PLR2004
        yield f"levels are {list(shapes.levels)}"
    yield from (f"it does not say what {name} has seen" for name in _GRAPHS if name not in borders.seen)
    known = (borders.validation, borders.calibration, borders.test, *borders.seen.values())
    yield from (f"{moment!r:.40} is no moment of its clock" for moment in known if not _like(moment, table.newest))


def _like(moment: Moment, other: Moment) -> bool:
    """Whether two moments are of one kind: steps, or times that can be read."""
    if isinstance(moment, int) or isinstance(other, int):
        return type(moment) is type(other)
    return not np.isnat(np.array([moment, other], dtype="datetime64[us]")).any()
