from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.series.windows import Window, cut, order

sizes = st.integers(1, 6)
ragged = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 10)), min_size=1, max_size=5)


def one_by_one(panel, window, since, before):
    """What `cut` says of itself, window by window."""
    found = []
    for index, values in enumerate(panel):
        for start in range(len(values) - window.length, -1, -window.stride):
            target = panel.starts[index] + start + window.lookback
            inside = since <= target and target + window.horizon <= before
            if inside and not np.isnan(values[start : start + window.length]).any():
                found.append(panel.offsets[index] + start)
    return sorted(found)


def test_the_windows_are_those_of_the_drawing(panel_of):
    assert cut(panel_of(range(10)), Window(lookback=4, horizon=2, stride=3)).tolist() == [1, 4]


@given(length=st.integers(3, 40), lookback=sizes, horizon=sizes, stride=sizes)
def test_the_newest_value_is_used_whatever_the_stride(panel_of, length, lookback, horizon, stride):
    window = Window(lookback, horizon, stride)

    starts = cut(panel_of(range(length)), window)

    assert starts.size == 0 if length < window.length else starts[-1] + window.length == length


@given(ragged=ragged, lookback=sizes, horizon=sizes, stride=sizes, since=st.integers(0, 30), size=st.integers(0, 30))
def test_cutting_all_series_at_once_finds_what_cutting_one_by_one_finds(
    panel_of, ragged, lookback, horizon, stride, since, size
):
    panel = panel_of(*(np.zeros(length) for length, _ in ragged), starts=[start for _, start in ragged])
    window = Window(lookback, horizon, stride)

    starts = cut(panel, window, since=since, before=since + size)

    assert starts.tolist() == one_by_one(panel, window, since, since + size)


@given(ragged=ragged, lookback=sizes, horizon=sizes)
def test_no_window_crosses_from_one_series_into_the_next(panel_of, ragged, lookback, horizon):
    panel = panel_of(*(np.full(length, index) for index, (length, _) in enumerate(ragged)))
    window = Window(lookback, horizon)

    inside = panel.values[cut(panel, window)[:, None] + np.arange(window.length)]

    assert (inside == inside[:, :1]).all()


@given(holes=st.lists(st.booleans(), min_size=8, max_size=40), lookback=sizes, horizon=sizes)
def test_no_window_touches_a_hole_and_all_others_are_there(panel_of, holes, lookback, horizon):
    panel = panel_of(np.where(holes, np.nan, 1.0))
    window = Window(lookback, horizon)

    assert cut(panel, window).tolist() == one_by_one(panel, window, 0, panel.steps)


def test_a_lookback_may_reach_across_the_border_and_the_targets_may_not(panel_of):
    window = Window(lookback=4, horizon=2)

    starts = cut(panel_of(range(20)), window, since=10, before=14)

    assert (starts + window.lookback).tolist() == [10, 11, 12]


def test_windows_of_every_part_have_the_phase_of_the_newest_step(panel_of):
    """A table of blocks stays in step with its blocks, wherever the border lies."""
    window = Window(lookback=3, horizon=1, stride=4)

    starts = cut(panel_of(range(20)), window, before=14)

    assert starts.tolist() == [0, 4, 8]


def test_a_series_shorter_than_a_window_has_none(panel_of):
    assert cut(panel_of(range(5), range(3)), Window(3, 1)).tolist() == [0, 1]


def test_the_order_is_a_permutation_that_depends_on_seed_and_epoch_only():
    assert sorted(order(3, 5, 100)) == list(range(100))
    assert order(3, 5, 100).tolist() == order(3, 5, 100).tolist()


@pytest.mark.parametrize(("seed", "epoch"), [(4, 5), (3, 6)])
def test_another_seed_or_epoch_has_another_order(seed, epoch):
    assert order(3, 5, 100).tolist() != order(seed, epoch, 100).tolist()


def test_the_order_is_the_one_that_published_runs_were_trained_in():
    assert order(0, 0, 8).tolist() == np.random.default_rng([0, 0]).permutation(8).tolist()


def interpolated(panel_of):
    """Seven steps, of which the one at 3 was filled by its neighbours."""
    return replace(panel_of(range(7)), behind=np.array([0, 0, 0, 1, 0, 0, 0]))


def test_no_lookback_ends_in_a_value_that_its_targets_have_made(panel_of):
    assert cut(interpolated(panel_of), Window(lookback=2, horizon=1)).tolist() == [0, 1, 3, 4]


def test_no_targets_end_in_a_value_that_what_comes_after_the_border_has_made(panel_of):
    window = Window(lookback=2, horizon=1)

    assert cut(interpolated(panel_of), window, before=4).tolist() == [0]
    assert cut(interpolated(panel_of), window, before=5).tolist() == [0, 1]
