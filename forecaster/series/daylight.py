"""Local hours where clocks change: which of two equal ones comes first, and what to say where it cannot be known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, Problem, Remedy, quoted, remedy
from forecaster.series import forms, zones
from forecaster.series.forms import DAY, SECOND

if TYPE_CHECKING:
    from forecaster.series import Ints
    from forecaster.series.rows import Rows

_HOUR = 3600 * SECOND
_YEAR = 365 * DAY
_END_LABELS = (
    "clocks went forward over it; if hours are labelled by their end, leave data.timezone out, and set "
    "data.duplicates: mean"
)
MEAN = "set data.duplicates: mean, for these hours fit no zone, as where they are labelled by their end"


def to_instants(rows: Rows, zone: str, file: str) -> Ints:
    """(R,) instants of UTC of local times; of an hour that comes twice, the first row has the first.

    Raises:
        DataError: If a local time does not exist in the zone.
    """
    found = zones.to_utc(rows.times, zone)
    gone = np.flatnonzero(~found.exists)
    if len(gone):
        raise DataError.of(
            [
                Problem(
                    f"{quoted(forms.write(int(rows.times[row]), rows.form))} does not exist in {zone}",
                    _END_LABELS,
                    file,
                    int(rows.lines[row]),
                    remedies=(Remedy((("data.timezone", None), ("data.duplicates", "mean"))),),
                )
                for row in gone
            ]
        )
    twice = np.flatnonzero(found.early != found.late)
    if not len(twice):
        return found.early
    instants = found.early.copy()
    falling = int((np.diff(rows.times) < 0).sum()) * 2 > len(rows.times)
    order = np.lexsort((-twice if falling else twice, rows.times[twice], rows.series[twice]))
    sorted_ = twice[order]
    repeated = np.zeros(len(sorted_), dtype=bool)
    repeated[1:] = (np.diff(rows.times[sorted_]) == 0) & (np.diff(rows.series[sorted_]) == 0)
    instants[sorted_[repeated]] = found.late[sorted_[repeated]]
    return instants


def advice(times: Ints, repeated: Ints, form: str) -> tuple[str, str, Remedy] | None:
    """What to say of hours that come twice and others that are missing, as where clocks change.

    Args:
        times: (K,) local times, rising, each once, in microseconds.
        repeated: (J,) those that come twice.
        form: How the file writes them.

    Returns:
        An observation, what to do, and what to set; None where it does not look like a change of clocks.
    """
    steps = np.diff(times)
    if len(times) < 3 or not 0 < int(np.median(steps)) <= _HOUR:  # noqa: PLR2004
        return None
    every = int(np.median(steps))
    gone = times[:-1][steps == _HOUR + every] + every
    # Clocks go forward half a year from where they go back; holes near a repetition are something else.
    gone = gone[np.abs((gone - repeated[0]) % _YEAR - _YEAR // 2) < _YEAR // 4]
    if len(np.unique(repeated // _HOUR % 24)) > 1:
        return None
    zone = next((zone for zone in zones.COMMON if _fits(zone, repeated, gone)), None)
    here = forms.write(int(repeated[0]), form)
    if not len(gone):  # a file that holds the autumn alone: none of its hours may be missing in the zone
        if zone is None or not zones.to_utc(times, zone).exists.all():
            return None
        return f"{quoted(here)} comes twice, as where clocks go back", *_zoned(zone)
    there = forms.write(int(gone[0]), form)
    seen = f"{quoted(here)} comes twice and {quoted(there)} is missing, as where clocks change"
    return seen, *((MEAN, remedy("data.duplicates", "mean")) if zone is None else _zoned(zone))


def _zoned(zone: str) -> tuple[str, Remedy]:
    return f"set data.timezone, such as {zone}", remedy("data.timezone", zone, "the times are local to it")


def _fits(zone: str, repeated: Ints, gone: Ints) -> bool:
    """Whether the clocks of a zone went back over the hours that come twice, and forward over the missing ones."""
    back = zones.to_utc(repeated, zone)
    return bool((back.early != back.late).all() and not zones.to_utc(gone, zone).exists.any())
