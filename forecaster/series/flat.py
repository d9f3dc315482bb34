"""What enters the network: all series as one float32 array, each less its own shift, with a floor for every step.

The shift is taken off in float64, because 1e9 in float32 has steps of 64; it comes back outside the graph. Both
shift and floor are causal: nothing after a step changes what stands at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from forecaster.config.channels import Channels
from forecaster.errors import DataError, TooShort, quoted, remedy
from forecaster.series.ahead import newest_known
from forecaster.series.covariates import carried
from forecaster.series.encoding import encoded, past_codes, repeated_places, series_codes, static_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.series import Floats, Ints, Singles
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Window

FLOOR_SHARE = 0.01  # of the range so far, under every denominator
NO_CHANNELS = Channels()
LEAST_FLOOR = 1e-12  # relative, where the series has not moved yet
SHIFTED = ("last", "log", "log_mean", "standard", "affine")
LOGARITHMIC = ("log", "log_mean")


@dataclass(frozen=True, eq=False)
class Flat:
    """S series, scaled by nothing yet: the windows' own scales are computed in the graph.

    Attributes:
        values: (ΣT,) float32, encoded (`log`: logarithms) and less the shift; NaN in holes, unless these are masked:
            then the value before them, 0 where there is none.
        floors: (ΣT,) float32, the least denominator of a window whose lookback ends here.
        shifts: (S,) float64, in encoded units.
        offsets: (S + 1,) where each series begins, and where the last one ends.
        scale: As `model.scale`.
        present: (ΣT,) float32, 1 where a value was observed, 0 where it was filled in; None where holes are open.
        past: (ΣT, Cp) float32; None where there is none, as with the others.
        known: (ΣT, Ck) float32, those of the calendar last.
        static: (S, Cs) float32
        codes: (S,) float32, of each series.
        repeated: Columns of `known` that in a window's horizon have the value of its newest step instead.
    """

    values: Singles
    floors: Singles
    shifts: Floats
    offsets: Ints
    scale: str
    present: Singles | None = None
    past: Singles | None = None
    known: Singles | None = None
    static: Singles | None = None
    codes: Singles | None = None
    repeated: tuple[int, ...] = ()

    @property
    def owners(self) -> NDArray[np.int32]:
        """(ΣT,) the series of each step."""
        return np.repeat(np.arange(len(self.shifts), dtype=np.int32), np.diff(self.offsets))


def flatten(panel: Panel, scale: str, channels: Channels = NO_CHANNELS, *, masked: bool = False) -> Flat:
    """The panel as the training graph gathers from it.

    Args:
        panel: The series.
        scale: As `model.scale`.
        channels: What the network is told besides the target.
        masked: Whether it is told which values are missing.

    Raises:
        DataError: If `scale` takes logarithms and a value is not positive, or a covariate is not there.
    """
    values, shifts = _shifted(panel, scale)
    high, low = np.empty_like(values), np.empty_like(values)
    for begin, end in pairwise(panel.offsets.tolist()):
        np.fmax.accumulate(values[begin:end], out=high[begin:end])
        np.fmin.accumulate(values[begin:end], out=low[begin:end])
    present = None
    if masked:
        values, present = _masked(values, panel.offsets)
    beside = encoded(panel, channels) if channels != NO_CHANNELS else None
    return Flat(
        values,
        _floors(values, high, low),
        shifts,
        panel.offsets,
        scale,
        present=present,
        past=beside.past if beside and channels.past else None,
        known=beside.known if beside and channels.known else None,
        static=beside.static if beside and channels.static else None,
        codes=beside.codes if beside and channels.series else None,
        repeated=repeated_places(panel, channels),
    )


def newest(
    panel: Panel,
    lookback: int,
    scale: str,
    channels: Channels = NO_CHANNELS,
    horizon: int = 0,
    *,
    masked: bool = False,
    asked: int | None = None,
) -> tuple[dict[str, Singles], Floats]:
    """The windows that end at each series' newest value, bit for bit as `flatten` has them.

    Args:
        panel: The series.
        lookback: L.
        scale: As `model.scale`.
        channels: What the network is told besides the target.
        horizon: H, which known covariates reach over.
        masked: Whether it is told which values are missing.
        asked: The steps of the horizon whose known covariates must be there; all by default.

    Returns:
        The prediction graph's inputs by name, without `noise`, all float32: window (S, L) and floor (S, 1); where the
        network reads them present (S, L), past (S, L, Cp), known (S, L + H, Ck), static (S, Cs) and series (S, 1).
        And (S,) float64 shifts.

    Raises:
        TooShort: If a series has fewer steps than the lookback.
        DataError: If `scale` takes logarithms and a value is not positive, or a covariate is missing.
    """
    lengths = panel.lengths
    if (lengths < lookback).any():
        short = int(np.argmax(lengths < lookback))
        raise TooShort(
            f"series {quoted(panel.ids[short])} has {lengths[short]} steps, but one forecast needs {lookback}",
            hint=f"lower window.lookback to {max(1, int(lengths[short]))} or drop the series",
        )
    values, shifts = _shifted(panel, scale)
    last = panel.offsets[1:] - 1
    high = np.fmax.reduceat(values, panel.offsets[:-1])
    low = np.fmin.reduceat(values, panel.offsets[:-1])
    places = last[:, None] + np.arange(1 - lookback, 1)
    inputs = {}
    if masked:
        values, present = _masked(values, panel.offsets)
        inputs["present"] = present[places]
    inputs["window"], inputs["floor"] = values[places], _floors(values[last], high, low)[:, None]
    if channels.past:
        beside = panel.covariates
        rows = np.empty((*places.shape, 0)) if beside is None else beside.past[places]
        inputs["past"] = past_codes(rows, beside, channels)
    if channels.known:
        inputs["known"] = newest_known(panel, channels, lookback, horizon, horizon if asked is None else asked)
    if channels.static:
        inputs["static"] = static_codes(panel, channels)
    if channels.series:
        inputs["series"] = series_codes(panel, channels)[:, None]
    return inputs, shifts


def restore(values: Floats | Singles, shifts: Floats, scale: str) -> Floats:
    """What the graph put out, in the data's own units.

    Args:
        values: (S, H, Q) in the units of `Flat.values`.
        shifts: (S,) in encoded units.
        scale: As `model.scale`.

    Returns:
        (S, H, Q) float64; infinite where a logarithm was beyond what float64 holds.
    """
    encoded = np.asarray(values, dtype=np.float64) + shifts[:, None, None]
    with np.errstate(over="ignore"):
        return np.exp(encoded) if scale in LOGARITHMIC else encoded


def useful(flat: Flat, starts: Ints, window: Window) -> Ints:
    """The windows that a network can learn from.

    Left out are those whose series has not moved once by the end of the lookback but moves in the targets: their
    denominator is the least floor, and one of them would outweigh all others in the loss. What stays constant stays.

    Args:
        flat: The series.
        starts: (N,) positions as `windows.cut` gives them.
        window: Sizes.

    Returns:
        The positions that are kept, in the same order.
    """
    if flat.scale == "none":
        return starts
    last = starts + window.lookback - 1
    still = np.flatnonzero(flat.floors[last] <= _least(flat.values[last]))
    targets = flat.values[last[still, None] + np.arange(1, window.horizon + 1)]  # few: only the still ones
    moving = (targets != flat.values[last[still], None]).any(axis=1)
    return np.delete(starts, still[moving])


def _shifted(panel: Panel, scale: str) -> tuple[Singles, Floats]:
    encoded = _encode(panel, scale)
    shifts = _first(encoded, panel.offsets) if scale in SHIFTED else np.zeros(len(panel))
    return (encoded - np.repeat(shifts, panel.lengths)).astype(np.float32), shifts


def _masked(values: Singles, offsets: Ints) -> tuple[Singles, Singles]:
    """(ΣT,) values with their holes filled, and 1 where there was none."""
    there = ~np.isnan(values)
    return np.nan_to_num(carried(values, offsets)), there.astype(np.float32)


def _encode(panel: Panel, scale: str) -> Floats:
    if scale not in LOGARITHMIC:
        return panel.values
    wrong = np.flatnonzero(panel.values <= 0)
    if wrong.size:
        index = int(np.searchsorted(panel.offsets, wrong[0], side="right")) - 1
        step = int(panel.starts[index] + wrong[0] - panel.offsets[index])
        moment = panel.clock.label(panel.times[step : step + 1])[0]
        raise DataError(
            f"scale: {scale} needs values above 0, but {wrong.size} of {panel.values.size} are not, the first being "
            f"{panel.values[wrong[0]]:g} in series {quoted(panel.ids[index])} at {moment}",
            hint="set model.scale: standard",
            remedies=(remedy("model.scale", "standard"),),
        )
    return np.log(panel.values)


def _first(encoded: Floats, offsets: Ints) -> Floats:
    """(S,) the first value of each series that is there; 0 where none is."""
    there = np.append(np.flatnonzero(~np.isnan(encoded)), encoded.size)
    positions = there[np.searchsorted(there, offsets[:-1])]
    return np.where(positions < offsets[1:], np.append(encoded, 0.0)[positions], 0.0)


def _floors(values: Singles, high: Singles, low: Singles) -> Singles:
    span = high - low
    return np.where(span > 0, np.float32(FLOOR_SHARE) * span, _least(values)).astype(np.float32)


def _least(values: Singles) -> Singles:
    return (np.float32(LEAST_FLOOR) * np.fmax(np.float32(1), np.abs(values))).astype(np.float32)
