"""The four parts of a table, in time order: training, validation, calibration, test.

A window may look back across a border; its targets may not reach across.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import TooShort, quoted, remedy
from forecaster.series.windows import cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.config.schema import EvaluationConfig
    from forecaster.series import Ints
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Window

TEST_SHARE = 0.25  # of the table, where the stride may shrink
LARGEST_TEST_SHARE = 0.5  # where the config fixes the stride
CALIBRATION_SHARE = 0.2
MOST_CALIBRATION, LEAST_CALIBRATION = 400, 9  # cutoffs; nine are what an 80 % interval needs for two ends
CALIBRATED_WEEKS, WEEK = 12, 7 * 86_400_000_000  # microseconds
LEAST_VALIDATION = 5  # windows
LEAST_HORIZONS = 2  # of the validation part
LEAST_APART = 5  # folds that do not overlap, with which a verdict is given
LEAST_TRAINING = 10  # windows: with fewer left, training comes before validation and calibration


@dataclass(frozen=True, eq=False)
class Parts:
    """Borders as steps of the clock: training is `[0, validation)`; equal borders are an empty part.

    Attributes:
        validation: The first target step of the validation part.
        calibration: The first target step of the calibration part.
        test: The first target step of the test part.
        end: K, the step after the last.
        folds: Cutoffs of the test folds, rising; the newest has its horizon at the end of the table.
        calibration_cutoffs: One step apart, or further on clocks under a day, rising; empty if there is no such part.
        stride: Steps between the cutoffs of the folds.
        notes: What was left out or shrunk, and why, one sentence each.
    """

    validation: int
    calibration: int
    test: int
    end: int
    folds: Ints
    calibration_cutoffs: Ints
    stride: int
    notes: tuple[str, ...]


def split(
    panel: Panel, window: Window, evaluation: EvaluationConfig, *, stride: int | None, masked: bool = False
) -> Parts:
    """Part a table in time.

    Args:
        panel: The series.
        window: Sizes of one window.
        evaluation: Folds, validation share and calibration cutoffs as the config has them.
        stride: Steps between the cutoffs of the folds; None: the horizon, or less so that the test part is at most
            a quarter of the table.
        masked: Whether windows may hold holes.

    Raises:
        TooShort: If no series can fill a training window before the newest fold.
    """
    spare = panel.steps - window.length
    room = spare - spare % window.stride  # for the test part: the oldest window is left to train on
    if room < window.horizon:
        raise _too_short(panel, window)
    chosen, folds = _folds(panel.steps, window.horizon, evaluation.folds, stride, room)
    test = panel.steps - window.horizon - (folds - 1) * chosen
    short = f"{folds} fold{'s' if folds > 1 else ''} instead of {evaluation.folds}: the table is short"
    notes = [] if folds == evaluation.folds else [short]
    found = partial(cut, panel, window, masked=masked)
    size, pace = _calibration(panel, window, evaluation, test, notes, found)
    calibration = test - size
    validation = calibration - _validation(window, evaluation, calibration, notes, found)
    if not found(before=validation).size:
        raise _too_short(panel, window)
    return Parts(
        validation,
        calibration,
        test,
        panel.steps,
        folds=cutoffs_from(panel, window, since=test, stride=chosen, folds=folds),
        calibration_cutoffs=np.arange(calibration - 1, test - window.horizon, pace, dtype=np.int64),
        stride=chosen,
        notes=tuple(notes),
    )


def cutoffs_from(panel: Panel, window: Window, *, since: int, stride: int, folds: int | None) -> Ints:
    """The cutoffs whose horizon lies in `[since, K)`, counted back from the end of the table.

    Args:
        panel: The series.
        window: Sizes of one window.
        since: The first step that may be a target.
        stride: Steps between cutoffs.
        folds: At most so many, the newest ones; None: all.

    Returns:
        Cutoffs, rising; empty if there is none.
    """
    newest = panel.steps - 1 - window.horizon
    oldest = max(since - 1, window.lookback - 1)
    cutoffs = np.arange(newest, oldest - 1, -stride, dtype=np.int64)[:folds]
    return np.ascontiguousarray(cutoffs[::-1])


def _folds(steps: int, horizon: int, folds: int, stride: int | None, room: int) -> tuple[int, int]:
    """The stride and the number of folds: the stride shrinks first, then the number, never below one fold."""
    share = TEST_SHARE if stride is None else LARGEST_TEST_SHARE
    rest = max(0, min(int(share * steps), room) - horizon)  # for all folds but the newest
    if stride is None:
        stride = max(1, min(horizon, rest // max(1, folds - 1)))
    return stride, min(folds, rest // stride + 1)


def _calibration(
    panel: Panel, window: Window, evaluation: EvaluationConfig, test: int, notes: list[str], found: Callable[..., Ints]
) -> tuple[int, int]:
    """Steps of the calibration part, 0 if it is left out, and the steps between its cutoffs."""
    wanted = evaluation.calibration
    if wanted == 0:
        return 0, 1
    room = int(CALIBRATION_SHARE * panel.steps) - window.horizon + 1
    count = min(room, MOST_CALIBRATION) if wanted == "auto" else wanted
    if wanted == "auto" and count < LEAST_CALIBRATION:
        notes.append(f"no calibration part: it would hold {max(0, count)} cutoffs, under {LEAST_CALIBRATION}")
        return 0, 1
    pace = _pace(panel, room, count)
    size = window.horizon + (count - 1) * pace
    left = found(before=test - size).size
    if left < LEAST_TRAINING:
        notes.append(f"no calibration part: it would leave {left} windows to train on, under {LEAST_TRAINING}")
        return 0, 1
    return size, pace


def _pace(panel: Panel, room: int, count: int) -> int:
    """Steps between the calibration cutoffs: one, and more on clocks under a day.

    400 half-hours are eight days, and whatever days those were would make the intervals. So the cutoffs reach over
    twelve weeks, where a fifth of the table holds them, at a pace that shares no factor with the week and thus meets
    every hour of it.
    """
    week = WEEK // panel.clock.every if panel.clock.kind == "fixed" else 0
    most = min(-(-CALIBRATED_WEEKS * week // count), room // count)
    paces = (pace for pace in range(most, 0, -1) if math.gcd(pace, week) == 1)
    return next(paces, 1) if week > 7 else 1  # noqa: PLR2004  (7: days, and seasons of their own)


def _validation(
    window: Window, evaluation: EvaluationConfig, before: int, notes: list[str], found: Callable[..., Ints]
) -> int:
    """Steps of the validation part; 0 if it is left out."""
    size = int(evaluation.validation * before)
    if evaluation.validation == 0:
        return 0
    held = found(since=before - size, before=before).size
    left = found(before=before - size).size
    if size < LEAST_HORIZONS * window.horizon:
        why = f"{size} steps are under {LEAST_HORIZONS} horizons of {window.horizon}"
    elif held < LEAST_VALIDATION:
        why = f"it would hold {held} windows, under {LEAST_VALIDATION}"
    elif left < LEAST_TRAINING:
        why = f"it would leave {left} windows to train on, under {LEAST_TRAINING}"
    else:
        return size
    notes.append(f"no validation part: {why}")
    return 0


def _too_short(panel: Panel, window: Window) -> TooShort:
    longest = int(np.argmax(panel.lengths))
    steps = int(panel.lengths[longest])
    tested = -(-window.horizon // window.stride) * window.stride
    needed = window.length + tested
    sizes = f"(lookback {window.lookback} + horizon {window.horizon}, and {tested} to be tested on)"
    whose = f"series {quoted(panel.ids[longest])}" if len(panel) == 1 else f"the longest of {len(panel)} series"
    if steps >= needed:
        return TooShort(
            f"{whose} has {steps} steps, but no {needed} of them {sizes} lie together without a hole",
            hint="set data.gaps: interpolate, or lower window.lookback",
            remedies=(remedy("data.gaps", "interpolate", "a line between the neighbours is near enough"),),
        )
    largest = steps - window.horizon - tested
    fix = f"lower window.lookback to {largest}" if largest > 0 else "lower window.horizon and window.lookback"
    return TooShort(f"{whose} has {steps} steps, but training needs {needed} {sizes}", hint=f"{fix}, or add older rows")
