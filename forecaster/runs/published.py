"""The forecasts that a run has published: compressed, immutable, in the order of a counter in their names."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from forecaster.errors import RunError
from forecaster.runs.packing import unpack, unzip
from forecaster.runs.saved import forecast_from_csv
from forecaster.store import digest, faults, read_below, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.runs.saved import SavedForecast

FORECASTS = "forecasts"
TEXT, PACKED = ".csv.gz", ".values.gz"  # how forecasts were kept at first, and how they are
_FILE = re.compile(r"(\d{10})-[A-Za-z0-9-]*(?:\.csv|\.values)\.gz")
_LARGEST = 2**28  # bytes, compressed
_LONGEST_CUTOFF = 40


def name_forecast(folder: Path, *, cutoff: str, version: str) -> str:
    """A name for a forecast that no other one of the run has.

    It is a counter, the cutoff, the version and random digits, so that two processes may write at once.

    Args:
        folder: The run's folder.
        cutoff: The last moment that was seen.
        version: The version that made it.
    """
    counter = max((int(name[:10]) for name in _names(folder)), default=0) + 1
    moment = re.sub(r"[^A-Za-z0-9]", "", cutoff)[:_LONGEST_CUTOFF]
    return f"{counter:010d}-{moment}-{version}-{os.urandom(4).hex()}{PACKED}"


def keep_forecast(folder: Path, name: str, content: bytes) -> None:
    """Write a forecast beside the others of its run, whole or not at all; nothing is ever changed.

    Args:
        folder: The run's folder.
        name: As `name_forecast` gave it.
        content: As `pack` made it.

    Raises:
        SystemFault: If it cannot be written.
    """
    there = folder / FORECASTS
    with faults(there):
        there.mkdir(exist_ok=True)
    write_file(there / name, content, through=through(name))


def drop_forecast(folder: Path, name: str) -> None:
    """Remove a forecast that was not published, and what is left of its writing.

    Raises:
        SystemFault: If it cannot be removed.
        RunError: If the name is not that of a kept forecast.
    """
    place = place_of(folder, name)
    with faults(place):
        place.unlink(missing_ok=True)
        place.with_name(through(name)).unlink(missing_ok=True)


def place_of(folder: Path, name: str) -> Path:
    """Where a kept forecast of that name lies.

    Raises:
        RunError: If the name is not that of a kept forecast.
    """
    if not _FILE.fullmatch(name):
        raise RunError(f"{name!r} is not the name of a forecast", hint="forecast again", file=folder.absolute())
    return folder / FORECASTS / name


def through(name: str) -> str:
    """The temporary name by which a kept forecast, and the user's file of the same night, are written."""
    return f".tmp-{name.partition('.')[0].rpartition('-')[2]}"


def newest_forecast(folder: Path) -> Path | None:
    """The forecast that a run kept last, by the counter in its name; None where there is none."""
    names = _names(folder)
    return folder / FORECASTS / max(names) if names else None


def forecasts_of(folder: Path) -> list[Path]:
    """All forecasts that a run has published, oldest first."""
    return [folder / FORECASTS / name for name in sorted(_names(folder))]


def load_forecast(path: Path, sha256: str | None = None) -> SavedForecast:
    """Read a forecast that was kept.

    Args:
        path: Its file.
        sha256: What the ledger says of it.

    Raises:
        RunError: If it is damaged, missing or a link.
    """
    packed = read_below(path.parent.parent, path.parent.name, path.name, most=_LARGEST)
    if sha256 is not None and digest(packed) != sha256:
        what = "this forecast is damaged: its SHA-256 is not the one in the ledger"
        raise RunError(what, hint="forecast again", file=path.absolute())
    if path.name.endswith(PACKED):
        return unpack(packed, path)
    text = unzip(packed, path).decode("utf-8", "surrogateescape")
    return forecast_from_csv(text, path.absolute())


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder / FORECASTS) if _FILE.fullmatch(name)]  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []
