"""The known covariates of the newest window: those of its lookback, and those of the future that is forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, quoted
from forecaster.series import calendar
from forecaster.series.covariates import carried
from forecaster.series.encoding import calendar_of, known_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.config.channels import Channels
    from forecaster.series import Floats, Ints, Singles, Times
    from forecaster.series.covariates import Covariates
    from forecaster.series.panel import Panel

_SHOWN = 3  # moments that an error names


def newest_known(panel: Panel, channels: Channels, lookback: int, horizon: int, asked: int) -> Singles:
    """What is known of the newest lookback of each series, and of the steps after it.

    Args:
        panel: The series, with at least the lookback each.
        channels: Of the network.
        lookback: L.
        horizon: H.
        asked: The steps of the horizon that are forecast: what is known of them must be there.

    Returns:
        (S, L + H, Ck) float32, those of the calendar last.

    Raises:
        DataError: If a value of the future is missing, with its column and its moments.
    """
    steps = np.arange(-lookback, horizon)
    if panel.covariates is None:
        rows = np.empty((len(panel), len(steps), 0))
    else:
        rows = _rows(panel, panel.covariates, steps)
        _refuse_missing(panel, panel.covariates, channels, rows[:, lookback : lookback + asked])
    parts = [known_codes(rows, panel.covariates, channels)]
    features = calendar_of(channels)
    if features:
        first = int(panel.last.min()) + 1 - lookback
        moments: Times = np.concatenate([panel.times[first:], panel.clock.after(panel.times, horizon)])
        told = calendar.features(moments, panel.clock, features)
        parts.append(told[panel.last[:, None] + 1 + steps - first])
    return np.concatenate(parts, axis=-1)


def _rows(panel: Panel, beside: Covariates, steps: Ints) -> Floats:
    """(S, L + H, Ck) rows of `known`, NaN beyond their end; repeated columns go on with their last value."""
    lengths = panel.lengths
    places = (beside.offsets[:-1] + lengths)[:, None] + steps
    inside = places < beside.offsets[1:, None]
    rows = np.full((*places.shape, beside.known.shape[1]), np.nan)
    rows[inside] = beside.known[places[inside]]
    for column in beside.repeats:
        whole = carried(beside.known[beside.beside(lengths), column], panel.offsets)
        newest = np.minimum(steps, -1)
        rows[:, :, column] = whole[panel.offsets[1:, None] + newest]
    return rows


def _refuse_missing(panel: Panel, beside: Covariates, channels: Channels, rows: Floats) -> None:
    """Refuse (S, asked, Ck) rows of the future of which something has to be filled in."""
    wanted = {channel.name for channel in channels.known}
    columns = [place for place, name in enumerate(beside.known_names) if name in wanted and name not in beside.repeated]
    steps = panel.lengths[:, None] + np.arange(rows.shape[1])
    open_ = steps >= (0 if beside.settled is None else beside.settled[:, None])
    gone = np.isnan(rows[:, :, columns]) & open_[:, :, None]
    if gone.any():
        raise _missing(panel, [beside.known_names[column] for column in columns], gone)


def _missing(panel: Panel, names: list[str], gone: NDArray[np.bool_]) -> DataError:
    """The error of the first column with something missing; gone is (S, asked, columns)."""
    column = int(np.argmax(gone.any(axis=(0, 1))))
    series = int(np.argmax(gone[:, :, column].any(axis=1)))
    steps = np.flatnonzero(gone[series, :, column])
    labels = panel.clock.label(panel.select(np.array([series])).future(int(steps[-1]) + 1)[0][steps])
    shown = ", ".join(quoted(label) for label in labels[:_SHOWN])
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    whose = f" of series {quoted(panel.ids[series])}" if len(panel) > 1 else ""
    others = int(gone[:, :, column].any(axis=1).sum()) - 1
    also = f", as it is in {others} more series" if others else ""
    return DataError(
        f"column {quoted(names[column])} is known ahead, but missing at {shown}{more}{whose}{also}",
        hint="add rows with an empty target (forecast predict --csv F --template G writes them)",
        subject="data.known",
    )
