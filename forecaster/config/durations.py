"""Lengths of time as the command line takes them: `90s`, `10m`, `1h`; no library is loaded for them."""

from __future__ import annotations

from forecaster.errors import UsageError, quoted

_UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds_of(length: str) -> float:
    """The seconds of `90`, `90s`, `10m` or `1h`.

    >>> seconds_of("10m")
    600.0

    Raises:
        UsageError: If the text is not such a length, or not above 0.
    """
    number, unit = (length[:-1], length[-1]) if length[-1:] in _UNITS else (length, "s")
    try:
        seconds = float(number) * _UNITS[unit]
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"{quoted(length)} is not a length of time", hint="write it as 90s, 10m or 1h")
    return seconds
