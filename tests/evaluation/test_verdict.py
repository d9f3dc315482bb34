"""Four words, and how rarely the good one is given to luck."""

import numpy as np
import pytest

from forecaster.evaluation.metrics import Scale
from forecaster.evaluation.verdict import best_baseline, bounds, compare, copies, fold_errors, judge, number

ONE = {"a": Scale(1.0, 1.0)}


def judged(folds, model, baseline, name="naive", **options):
    """The verdict on errors of these sizes, one fold of one step each."""
    made = folds(np.zeros((len(model), 1)), {"model": np.c_[model], name: np.c_[baseline]}, **options)
    return judge(made, ONE, name)


def test_a_clear_gain_in_every_fold_is_better(folds):
    verdict = judged(folds, np.full(20, 1.0), np.tile([1.9, 2.1], 10))

    assert verdict.word == "better"
    assert verdict.lower > 0


def test_a_clear_loss_in_every_fold_is_worse(folds):
    verdict = judged(folds, np.full(20, 3.0), np.tile([1.9, 2.1], 10))

    assert verdict.word == "worse"
    assert verdict.upper < 0


def test_a_gain_that_may_be_luck_is_no_better(folds):
    verdict = judged(folds, np.full(20, 1.9), np.tile([1.0, 2.9], 10))  # a gain of 0.05 with a deviation of 1

    assert verdict.word == "no better"
    assert verdict.lower < 0 < verdict.upper


def test_equal_errors_are_no_better(folds):
    assert judged(folds, np.zeros(20), np.zeros(20)).word == "no better"


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        ("naive", "repeating the last value"),
        ("seasonal_naive", "repeating the last season"),
        ("drift", "continuing the straight line"),
    ],
)
def test_the_verdict_speaks_plain_words_with_both_numbers(folds, baseline, words):
    verdict = judged(folds, np.full(200, 1.43), np.full(200, 1.41), baseline)

    assert verdict.text == f"worse than {words} (MAE 1.43 against 1.41 over 200 folds)"


def test_four_folds_are_too_few(folds):
    verdict = judged(folds, np.full(4, 1.0), np.full(4, 9.0))

    assert verdict.word == "too few folds"
    assert verdict.text == (
        "too few folds to tell: 4 that do not overlap, of 5 needed "
        "(MAE 1.00 against 9.00 over 4 folds, the second by repeating the last value)"
    )


def test_many_folds_that_overlap_are_too_few():
    word, _, _ = compare(np.zeros(20), np.ones(20), np.arange(20), 12)  # 20 steps hold two horizons of 12

    assert word == "too few folds"


def test_overlapping_folds_are_drawn_together():
    """Twelve neighbours share their luck, so 240 folds say no more than 20."""
    luck = np.repeat(np.random.default_rng(2).normal(0.1, 1, size=20), 12)

    alone, together = bounds(luck, 1), bounds(luck, 12)

    assert together[1] - together[0] > 2 * (alone[1] - alone[0])


def test_a_gain_that_one_stretch_of_luck_made_is_not_counted_once_a_fold():
    gain = np.repeat([0.9, -0.2, 0.4, -0.3, 0.6, -0.1], 12)  # six stretches of one horizon each

    apart, _, _ = compare(np.zeros(72), gain, np.arange(72) * 12, 12)
    overlapping, _, _ = compare(np.zeros(72), gain, np.arange(72), 12)

    assert (apart, overlapping) == ("better", "no better")


def test_bounds_of_a_constant_are_that_constant():
    assert bounds(np.full(9, 2.5), 4) == (2.5, 2.5)


def test_a_single_fold_has_bounds_without_a_warning():
    assert bounds(np.array([3.0]), 5) == (3.0, 3.0)


def test_the_same_errors_always_give_the_same_bounds():
    values = np.random.default_rng(0).normal(size=30)

    assert bounds(values, 3) == bounds(values.copy(), 3)


@pytest.mark.parametrize(("count", "block"), [(5, 1), (10, 2), (60, 1)])
def test_a_bound_is_above_zero_for_one_in_twenty_of_equals(count, block):
    """Moving sums of `block` draws, as overlapping folds are."""
    above = 0
    for seed in range(1000):
        luck = np.random.default_rng(seed).normal(size=count + block - 1)
        above += bounds(np.convolve(luck, np.ones(block), "valid"), block)[0] > 0

    assert 25 <= above <= 85


def test_the_errors_of_a_panel_are_scaled_and_averaged_over_the_series_of_a_fold(folds):
    made = folds([[2.0], [400.0], [4.0], [600.0]], {"model": [[0.0]] * 4}, series="abab", cutoffs=[0, 0, 1, 1])
    scales = {"a": Scale(1.0, 1.0), "b": Scale(100.0, 1e4)}

    errors, cutoffs = fold_errors(made, scales, "model")

    assert errors.tolist() == [3, 5]
    assert cutoffs.tolist() == [0, 1]


def test_a_series_without_a_scale_is_left_out_of_a_panel(folds):
    made = folds([[2.0], [400.0]], {"model": [[0.0]] * 2}, series="ab", cutoffs=[0, 0])

    assert fold_errors(made, {"a": Scale(1.0, 1.0), "b": Scale(np.nan, np.nan)}, "model")[0].tolist() == [2]


def test_a_panel_is_told_in_scaled_errors(folds):
    made = folds(
        np.zeros((12, 1)),
        {"model": np.ones((12, 1)), "naive": np.full((12, 1), 2.0)},
        series="ab" * 6,
        cutoffs=np.repeat(np.arange(6), 2),
    )

    text = judge(made, {"a": Scale(1.0, 1.0), "b": Scale(4.0, 16.0)}, "naive").text

    assert text == "better than repeating the last value (MASE 0.625 against 1.25 over 6 folds)"


def test_the_best_baseline_has_the_smallest_error(folds):
    made = folds([[0.0]], {"model": [[0.0]], "naive": [[2.0]], "seasonal_naive": [[1.0]], "drift": [[3.0]]})

    assert best_baseline(made, ONE) == "seasonal_naive"


def test_of_equal_baselines_the_simplest_is_best(folds):
    made = folds([[0.0]], {"model": [[0.0]], "naive": [[2.0]], "seasonal_naive": [[2.0]]})

    assert best_baseline(made, ONE) == "naive"


WALK = np.cumsum(np.random.default_rng(3).normal(size=61))


@pytest.mark.parametrize(
    ("shift", "copied"), [(0.0, True), (0.1, True), (1.0, False)], ids=["the value", "nearly", "a step away"]
)
def test_a_forecast_within_a_quarter_step_of_the_last_value_copies_it(folds, shift, copied):
    made = folds(np.c_[WALK[1:]], {"model": np.c_[WALK[:-1] + shift], "naive": np.c_[WALK[:-1]]}, last=WALK[:-1])

    assert copies(made) is copied
    assert judge(made, ONE, "naive").text.endswith("; it copies the last value") is copied


def test_a_series_that_never_moves_is_not_copied(folds):
    assert not copies(folds([[5.0, 5.0]], {"model": [[5.0, 5.0]]}, last=[5.0]))


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.4321, "1.43"), (12345.6, "12,346"), (0.0, "0"), (99.96, "100.0"), (1.234e-5, "1.23e-05"), (-2.0, "-2.00")],
)
def test_numbers_are_written_for_people(value, text):
    assert number(value) == text


def test_two_numbers_that_differ_do_not_look_alike(folds):
    verdict = judged(folds, np.full(20, 1.43), np.full(20, 1.4312))

    assert "MAE 1.430 against 1.431" in verdict.text
