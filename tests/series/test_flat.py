import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecaster.errors import DataError, TooShort
from forecaster.series.flat import flatten, newest, restore, useful
from forecaster.series.windows import Window, cut

SCALES = ["none", "last", "mean", "standard", "log", "log_mean", "affine"]
positive = st.floats(0.001, 1e9)
values = arrays(np.float64, st.integers(4, 40), elements=positive)
holed = arrays(np.float64, st.integers(4, 40), elements=positive | st.just(np.nan))


def bits(array):
    return array.tobytes()


def seen_until(panel, flat, cutoff):
    """Everything that a network could see of a panel's only series up to the cutoff."""
    window = Window(lookback=2, horizon=1)
    starts = cut(panel, window, before=cutoff + 1)
    return bits(flat.values[: cutoff + 1]), bits(flat.floors[: cutoff + 1]), bits(flat.shifts), bits(starts)


def leaky(panel, scale):
    """A mutant of `flatten`: the floor knows the range of the whole series."""
    flat = flatten(panel, scale)
    flat.floors[:] = 0.01 * (np.nanmax(flat.values) - np.nanmin(flat.values))
    return flat


def future_changes_the_past(panel_of, flatten, scale, values, cutoff, rewritten):
    """The property: whether rewriting everything after the cutoff changes one bit of what was seen before it."""
    other = np.concatenate([values[: cutoff + 1], np.resize(rewritten, len(values) - cutoff - 1)])
    before, after = panel_of(values), panel_of(other)
    return seen_until(before, flatten(before, scale), cutoff) != seen_until(after, flatten(after, scale), cutoff)


@pytest.mark.parametrize("scale", SCALES)
@given(values=holed, rewritten=st.lists(positive, min_size=1, max_size=5), data=st.data())
def test_no_value_after_a_cutoff_changes_a_bit_before_it(panel_of, scale, values, rewritten, data):
    first = np.flatnonzero(~np.isnan(values))
    cutoff = data.draw(st.integers(int(first[0]) if first.size else len(values) - 1, len(values) - 1))

    assert not future_changes_the_past(panel_of, flatten, scale, values, cutoff, rewritten)


@pytest.mark.parametrize("scale", SCALES)
def test_a_floor_that_knows_the_whole_range_fails_the_property_above(panel_of, scale):
    assert future_changes_the_past(panel_of, leaky, scale, np.arange(1.0, 9.0), 4, [1000.0])


@pytest.mark.parametrize("scale", SCALES)
@given(series=st.lists(values, min_size=1, max_size=4), lookback=st.integers(1, 4))
def test_the_newest_windows_are_bit_for_bit_those_of_training(panel_of, scale, series, lookback):
    panel = panel_of(*series)
    flat = flatten(panel, scale)
    last = panel.offsets[1:] - 1

    inputs, shifts = newest(panel, lookback, scale)
    windows, floors = inputs["window"], inputs["floor"]

    assert bits(windows) == bits(flat.values[last[:, None] + np.arange(1 - lookback, 1)])
    assert bits(floors[:, 0]) == bits(flat.floors[last])
    assert bits(shifts) == bits(flat.shifts)


@pytest.mark.parametrize("scale", SCALES)
@given(series=values)
def test_restoring_undoes_the_flattening(panel_of, scale, series):
    flat = flatten(panel_of(series), scale)

    restored = restore(flat.values[None, :, None], flat.shifts, scale)

    span = 30 if scale in ("log", "log_mean") else np.ptp(series)  # logarithms of 0.001 ... 1e9 lie within 30
    tolerance = 1e-6 * max(span, series.max() if scale in ("none", "mean") else 0, 1e-9)
    assert restored[0, :, 0] == pytest.approx(series, abs=tolerance, rel=1e-5 if scale in ("log", "log_mean") else 0)


def test_a_small_wave_on_a_large_level_keeps_its_digits(panel_of):
    """1e9 in float32 has steps of 64: without the shift the wave would be gone."""
    flat = flatten(panel_of([1e9, 1e9 + 1, 1e9 + 0.5]), "last")

    assert flat.values.tolist() == [0.0, 1.0, 0.5]
    assert flat.shifts.tolist() == [1e9]


def test_the_floor_is_a_hundredth_of_the_range_so_far(panel_of):
    flat = flatten(panel_of([5, 7, 6, 1], [0, 300]), "last")

    assert flat.floors == pytest.approx([1e-12, 0.02, 0.02, 0.06, 1e-12, 3.0])


def test_a_series_that_has_not_moved_has_a_floor_relative_to_its_level(panel_of):
    assert flatten(panel_of([5000.0] * 3), "mean").floors == pytest.approx([5e-9] * 3)


def test_a_hole_leaves_the_range_as_it_was_and_the_shift_is_the_first_value_there_is(panel_of):
    flat = flatten(panel_of([np.nan, 4, np.nan, 6]), "last")

    assert flat.values.tolist()[1::2] == [0.0, 2.0]
    assert flat.floors == pytest.approx([1e-12, 1e-12, 1e-12, 0.02])
    assert flat.shifts.tolist() == [4.0]


def test_a_series_without_a_number_has_the_shift_zero(panel_of):
    assert flatten(panel_of([np.nan, np.nan], [3, 4]), "last").shifts.tolist() == [0.0, 3.0]


@pytest.mark.parametrize("scale", ["log", "log_mean"])
def test_a_scale_of_logarithms_is_relative(panel_of, scale):
    flat = flatten(panel_of([100, 200, 400]), scale)

    assert flat.values == pytest.approx(np.log([1, 2, 4]), rel=1e-6)


@pytest.mark.parametrize("scale", ["log", "log_mean"])
def test_a_scale_of_logarithms_refuses_what_has_none_and_says_where(panel_of, scale):
    panel = panel_of([1, 2, 3], [4, 5, 0, -6], starts=[0, 10])

    with pytest.raises(
        DataError,
        match=rf'scale: {scale} needs values above 0, but 2 of 7 are not, the first being 0 in series "s1" at 12; set',
    ):
        flatten(panel, scale)


def test_a_forecast_beyond_the_largest_number_is_infinite_and_not_a_warning():
    assert np.isinf(restore(np.full((1, 1, 1), 1000.0), np.zeros(1), "log")).all()


def test_a_series_shorter_than_the_lookback_is_refused_with_both_numbers(panel_of):
    with pytest.raises(
        TooShort, match=r'series "s1" has 2 steps, but one forecast needs 3; lower window.lookback to 2'
    ):
        newest(panel_of([1, 2, 3], [1, 2]), 3, "last")


def test_windows_that_first_move_in_their_targets_are_left_out(panel_of):
    panel = panel_of([5, 5, 5, 5, 9, 5, 5, 5])
    window = Window(lookback=2, horizon=1)

    kept = useful(flatten(panel, "last"), cut(panel, window), window)

    assert kept.tolist() == [0, 1, 3, 4, 5]


def test_a_constant_series_keeps_all_its_windows(panel_of):
    panel = panel_of([7.0] * 6)
    window = Window(lookback=2, horizon=1)

    assert useful(flatten(panel, "standard"), cut(panel, window), window).tolist() == [0, 1, 2, 3]


def test_without_a_denominator_no_window_is_left_out(panel_of):
    panel = panel_of([5, 5, 5, 5, 9])
    window = Window(lookback=2, horizon=1)

    assert useful(flatten(panel, "none"), cut(panel, window), window).tolist() == [0, 1, 2]
