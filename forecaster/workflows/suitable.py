"""Whether a panel suits the network that is to learn from it: holes, and values that are no counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, TooShort, quoted, remedy
from forecaster.series.tables import holes
from forecaster.series.windows import Window, cut

if TYPE_CHECKING:
    from forecaster.series.panel import Panel

FILLED = (
    remedy("data.gaps", "mask", "the network should see what is missing"),
    remedy("data.gaps", "interpolate", "a line between the neighbours is near enough"),
    remedy("data.gaps", "ffill", "a value holds until the next one"),
)
_LEAST_SHARE = 0.5  # of the windows that a table without holes would give


def check_counts(panel: Panel) -> None:
    """Refuse negative values, which a distribution of counts does not know.

    Raises:
        DataError: With how many there are, and where the first one is.
    """
    wrong = np.flatnonzero(panel.values < 0)
    if wrong.size:
        series = int(np.searchsorted(panel.offsets, wrong[0], side="right")) - 1
        step = int(panel.starts[series] + wrong[0] - panel.offsets[series])
        moment = panel.clock.label(panel.times[step : step + 1])[0]
        raise DataError(
            f"output: negative_binomial needs counts, but {wrong.size} of {panel.values.size} values are below 0, the "
            f"first being {panel.values[wrong[0]]:g} in series {quoted(panel.ids[series])} at {moment}",
            hint="set model.output: student_t",
            subject="model.output",
            remedies=(remedy("model.output", "student_t"),),
        )


def check_holes(panel: Panel, window: Window) -> None:
    """Refuse a table whose holes leave under half of the windows (none at all included).

    Raises:
        TooShort: If no series is as long as one window.
        DataError: If every newest lookback has a hole, or too few windows are whole.
    """
    possible = int(np.maximum(0, panel.lengths - window.length + 1).sum())
    whole = len(cut(replace(panel, behind=None), Window(window.lookback, window.horizon, 1)))
    if possible == 0:
        raise TooShort(
            f"no series has the {window.length} steps of one window "
            f"(lookback {window.lookback} + horizon {window.horizon}); the longest has {panel.lengths.max(initial=0)}",
            hint="lower window.lookback or window.horizon",
        )
    lately = [np.isnan(values[-window.lookback :]).any() for values in panel]
    if all(lately):
        raise DataError(
            f"{holes(panel, newest=window.lookback)} in the newest {window.lookback} steps, which a forecast needs",
            hint="fill it in the table, set data.gaps: mask, interpolate or ffill, or lower window.lookback",
            subject="data.gaps",
            remedies=FILLED,
        )
    if whole < possible * _LEAST_SHARE:
        raise DataError(
            f"{int(np.isnan(panel.values).sum())} missing values leave {whole} of {possible} windows whole",
            hint="set data.gaps: mask, interpolate or ffill, or lower window.lookback",
            subject="data.gaps",
            remedies=FILLED,
        )
