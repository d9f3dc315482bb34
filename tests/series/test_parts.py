from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forecaster.config.schema import EvaluationConfig
from forecaster.errors import TooShort
from forecaster.series.parts import cutoffs_from, split
from forecaster.series.windows import Window, cut


def targets_of(cutoffs, horizon):
    return {cutoff + step for cutoff in cutoffs.tolist() for step in range(1, horizon + 1)}


def targets_between(panel, window, since, before):
    starts = cut(panel, window, since=since, before=before)
    return {start + window.lookback + step for start in starts.tolist() for step in range(window.horizon)}


def steps_of(parts, panel, window):
    """The target steps of training, validation, calibration and test."""
    return (
        targets_between(panel, window, 0, parts.validation),
        targets_between(panel, window, parts.validation, parts.calibration),
        targets_of(parts.calibration_cutoffs, window.horizon),
        targets_of(parts.folds, window.horizon),
    )


@given(
    steps=st.integers(10, 600),
    lookback=st.integers(1, 60),
    horizon=st.integers(1, 30),
    stride=st.integers(1, 12),
    between=st.none() | st.integers(1, 20),
    folds=st.integers(1, 40),
    calibration=st.just("auto") | st.integers(0, 60),
)
def test_the_target_steps_of_the_parts_are_disjoint_and_in_order(  # noqa: PLR0913, PLR0917
    panel_of, steps, lookback, horizon, stride, between, folds, calibration
):
    panel, window = panel_of(range(steps)), Window(lookback, horizon, stride)
    evaluation = EvaluationConfig(folds=folds, calibration=calibration)
    try:
        parts = split(panel, window, evaluation, stride=between)
    except TooShort:
        assume(False)

    held = [part for part in steps_of(parts, panel, window) if part]

    assert all(max(earlier) < min(later) for earlier, later in pairwise(held))
    assert max(held[-1]) == steps - 1
    assert held[0] == targets_between(panel, window, 0, parts.validation)


def test_the_sine_of_the_tutorials_is_tested_on_its_last_fifth(panel_of):
    parts = split(panel_of(range(1000)), Window(50, 1), EvaluationConfig(folds=200), stride=None)

    assert targets_of(parts.folds, 1) == set(range(800, 1000))
    assert (parts.validation, parts.calibration, parts.test, parts.end) == (510, 600, 800, 1000)
    assert parts.notes == ()


def test_twelve_years_of_months_keep_eight_folds_by_shrinking_the_stride(panel_of):
    parts = split(panel_of(range(144)), Window(24, 12), EvaluationConfig(), stride=None)

    assert parts.folds.tolist() == [110, 113, 116, 119, 122, 125, 128, 131]
    assert parts.calibration_cutoffs.tolist() == list(range(82, 99))
    assert parts.validation == parts.calibration == 83
    assert parts.notes == ("no validation part: 12 steps are under 2 horizons of 12",)


def test_forty_years_of_business_days_have_all_four_parts(panel_of):
    parts = split(panel_of(range(10_000)), Window(60, 14), EvaluationConfig(), stride=None)

    assert parts.stride == 14
    assert len(parts.folds) == 8
    assert len(parts.calibration_cutoffs) == 400
    assert parts.calibration - parts.validation == 1421  # 15 % of what test and calibration leave


def test_a_short_table_loses_its_validation_and_then_its_calibration(panel_of):
    parts = split(panel_of(range(60)), Window(10, 5), EvaluationConfig(), stride=None)

    assert parts.validation == parts.calibration == parts.test
    assert parts.notes == (
        "no calibration part: it would hold 8 cutoffs, under 9",
        "no validation part: 7 steps are under 2 horizons of 5",
    )


def test_training_comes_before_calibration(panel_of):
    parts = split(panel_of(range(100)), Window(60, 5), EvaluationConfig(), stride=None)

    assert parts.notes[0] == "no calibration part: it would leave 0 windows to train on, under 10"


def test_the_test_part_is_a_quarter_at_most(panel_of):
    parts = split(panel_of(range(100)), Window(5, 10), EvaluationConfig(folds=30), stride=None)

    assert parts.test == 75
    assert len(parts.folds) == 16
    assert parts.notes[0] == "16 folds instead of 30: the table is short"


def test_a_stride_of_the_config_is_kept_and_the_folds_fill_half_the_table_at_most(panel_of):
    parts = split(panel_of(range(100)), Window(5, 2), EvaluationConfig(folds=30), stride=4)

    assert parts.stride == 4
    assert parts.folds.tolist() == list(range(49, 98, 4))


def test_a_table_of_blocks_is_tested_and_trained_on_the_same_step_of_the_block(panel_of):
    window = Window(lookback=10, horizon=1, stride=11)

    parts = split(panel_of(range(2000)), window, EvaluationConfig(folds=40, calibration=0), stride=11)

    phase = (2000 - 1) % 11
    trained = cut(panel_of(range(2000)), window, before=parts.validation) + window.lookback
    assert set((trained % 11).tolist()) == {phase}
    assert set(((parts.folds + 1) % 11).tolist()) == {phase}
    assert parts.calibration_cutoffs.size == 0


def test_the_calibration_cutoffs_of_the_config_are_kept(panel_of):
    parts = split(panel_of(range(500)), Window(10, 3), EvaluationConfig(calibration=20), stride=None)

    assert parts.calibration_cutoffs.tolist() == list(range(parts.test - 23, parts.test - 3))


@pytest.mark.parametrize("steps", [1, 40, 47])
def test_a_short_series_is_refused_with_the_sizes_that_clash(panel_of, steps):
    sizes = rf'"s0" has {steps} steps, but training needs 48 \(lookback 24 \+ horizon 12, and 12 to be tested on\)'

    with pytest.raises(TooShort, match=sizes):
        split(panel_of(range(steps)), Window(24, 12), EvaluationConfig(), stride=None)


@pytest.mark.parametrize("steps", [25, 40, 47])
def test_the_largest_lookback_that_fits_is_named_and_fits(panel_of, steps):
    with pytest.raises(TooShort, match=rf"lower window.lookback to {steps - 24}, or add older rows"):
        split(panel_of(range(steps)), Window(24, 12), EvaluationConfig(), stride=None)

    parts = split(panel_of(range(steps)), Window(steps - 24, 12), EvaluationConfig(), stride=None)

    assert len(parts.folds) == 1


def test_a_panel_too_short_names_its_longest_series(panel_of):
    with pytest.raises(TooShort, match="the longest of 2 series has 9 steps"):
        split(panel_of(range(9), range(4)), Window(24, 12), EvaluationConfig(), stride=None)


def test_a_table_of_holes_is_refused_as_such(panel_of):
    values = np.where(np.arange(60) % 5 == 0, np.nan, 1.0)

    with pytest.raises(TooShort, match=r"no 8 of them .* lie together without a hole; set data.gaps: interpolate"):
        split(panel_of(values), Window(6, 1), EvaluationConfig(), stride=None)


def test_newer_rows_add_folds(panel_of):
    window = Window(10, 4)

    assert cutoffs_from(panel_of(range(112)), window, since=100, stride=4, folds=None).tolist() == [99, 103, 107]
    assert cutoffs_from(panel_of(range(112)), window, since=100, stride=4, folds=2).tolist() == [103, 107]
    assert cutoffs_from(panel_of(range(102)), window, since=100, stride=4, folds=None).tolist() == []


@pytest.mark.parametrize(("minutes", "pace"), [(30, 11), (60, 5), (15, 19), (1440, 1)])
def test_calibration_on_a_clock_under_a_day_meets_every_hour_of_twelve_weeks(panel_of, minutes, pace):
    panel = panel_of(range(60_000), minutes=minutes)

    cutoffs = split(panel, Window(48, 24), EvaluationConfig(), stride=None).calibration_cutoffs

    assert np.unique(np.diff(cutoffs)).tolist() == [pace]
    assert len(cutoffs) == 400
