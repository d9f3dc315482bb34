"""The forecasts that a run has published: compressed, immutable, in the order of a counter in their names."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from typing import TYPE_CHECKING

from forecaster.errors import RunError
from forecaster.runs.saved import SavedForecast, forecast_from_csv, forecast_to_csv
from forecaster.store import faults, read_below, write_file

if TYPE_CHECKING:
    from pathlib import Path

FORECASTS = "forecasts"
_FILE = re.compile(r"(\d{10})-.*\.csv\.gz")
_LARGEST = 2**28  # bytes, compressed
_UNPACKED = 2**30
_LONGEST_CUTOFF = 40


def keep_forecast(folder: Path, saved: SavedForecast, *, cutoff: str, version: str) -> Path:
    """Write a forecast beside the others of its run; nothing is ever overwritten.

    Its name is a counter, the cutoff, the version and random digits, so that two processes may write at once.

    Args:
        folder: The run's folder.
        saved: What was published.
        cutoff: The last moment that was seen; for the name only.
        version: The version that made it.

    Raises:
        SystemFault: If it cannot be written.
    """
    there = folder / FORECASTS
    with faults(there):
        there.mkdir(exist_ok=True)
    counter = max((int(name[:10]) for name in _names(folder)), default=0) + 1
    moment = re.sub(r"[^A-Za-z0-9]", "", cutoff)[:_LONGEST_CUTOFF]
    path = there / f"{counter:010d}-{moment}-{version}-{os.urandom(4).hex()}.csv.gz"
    write_file(path, gzip.compress(forecast_to_csv(saved).encode("utf-8", "surrogateescape"), compresslevel=6, mtime=0))
    return path


def newest_forecast(folder: Path) -> Path | None:
    """The forecast that a run published last, by the counter in its name; None where there is none."""
    names = _names(folder)
    return folder / FORECASTS / max(names) if names else None


def load_forecast(path: Path) -> SavedForecast:
    """Read a forecast that `keep_forecast` wrote.

    Raises:
        RunError: If it is damaged, missing or a link.
    """
    packed = read_below(path.parent.parent, path.parent.name, path.name, most=_LARGEST)
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # 16: gzip, whose CRC is checked at its end
    try:
        content = unpacking.decompress(packed, _UNPACKED)
        text = content.decode("utf-8", "surrogateescape")
    except (zlib.error, ValueError):
        text = ""
    if not text or not unpacking.eof or unpacking.unused_data:
        raise RunError("this forecast is damaged", hint="forecast again", file=path.absolute())
    return forecast_from_csv(text, path.absolute())


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder / FORECASTS) if _FILE.fullmatch(name)]  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []
