"""Windows with holes: the network is told which values are missing, and gets a number in their place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecaster.config.data import DataConfig
from forecaster.series.flat import flatten, newest, useful
from forecaster.series.tables import read_table
from forecaster.series.windows import Window, cut

NAN = float("nan")
holed = arrays(np.float64, st.integers(6, 40), elements=st.floats(1, 100, width=32) | st.just(NAN))


def test_a_hole_gets_the_value_before_it_and_is_marked(panel_of):
    flat = flatten(panel_of([4, NAN, NAN, 6], [NAN, 9, NAN]), "last", masked=True)

    assert flat.values.tolist() == [0, 0, 0, 2, 0, 0, 0]
    assert flat.present.tolist() == [1, 0, 0, 1, 0, 1, 0]
    assert flat.shifts.tolist() == [4, 9]


def test_before_the_first_value_of_a_series_there_is_nothing_to_repeat(panel_of):
    assert flatten(panel_of([5, 5], [NAN, 7]), "none", masked=True).values.tolist() == [5, 5, 0, 7]


def test_without_a_mask_a_hole_stays_open(panel_of):
    flat = flatten(panel_of([4, NAN, 6]), "last")

    assert np.isnan(flat.values[1])
    assert flat.present is None


@given(values=holed)
def test_a_mask_changes_no_value_that_is_there_and_no_floor_of_a_series_that_has_moved(panel_of, values):
    panel = panel_of(values)
    open_, masked = flatten(panel, "last"), flatten(panel, "last", masked=True)
    there = ~np.isnan(values)
    moved = np.fmax.accumulate(open_.values) > np.fmin.accumulate(open_.values)

    assert np.isfinite(masked.values).all()
    assert masked.values[there].tobytes() == open_.values[there].tobytes()
    assert masked.floors[there | moved].tobytes() == open_.floors[there | moved].tobytes()
    assert masked.present.tolist() == there.astype(float).tolist()


@given(values=holed, lookback=st.integers(1, 4), horizon=st.integers(1, 3), stride=st.integers(1, 3))
def test_a_masked_window_needs_one_value_on_each_side(panel_of, values, lookback, horizon, stride):
    window = Window(lookback, horizon, stride)

    starts = cut(panel_of(values), window, masked=True)

    everywhere = range((len(values) - window.length) % stride, len(values) - window.length + 1, stride)
    there = ~np.isnan(values)
    expected = [
        start
        for start in everywhere
        if there[start : start + lookback].any() and there[start + lookback : start + window.length].any()
    ]
    assert starts.tolist() == expected


@given(values=holed, lookback=st.integers(1, 4), horizon=st.integers(1, 3))
def test_windows_without_a_hole_are_among_the_masked_ones(panel_of, values, lookback, horizon):
    panel, window = panel_of(values), Window(lookback, horizon)

    assert set(cut(panel, window)) <= set(cut(panel, window, masked=True))


def test_a_window_that_first_moves_in_its_targets_is_left_out_with_holes_too(panel_of):
    panel = panel_of([5, NAN, 5, 9, NAN, 5, 5])
    window = Window(lookback=2, horizon=1)

    kept = useful(flatten(panel, "last", masked=True), cut(panel, window, masked=True), window)

    assert cut(panel, window, masked=True).tolist() == [0, 1, 3, 4]
    assert kept.tolist() == [0, 3, 4]


def test_the_newest_window_may_end_in_a_hole(panel_of):
    panel = panel_of([1, 2, 3, NAN, NAN, 6]).until(4)

    inputs, _ = newest(panel, 3, "last", masked=True)

    assert inputs["window"].tolist() == [[2, 2, 2]]
    assert inputs["present"].tolist() == [[1, 0, 0]]


TEXT = "hour,y\n" + "".join(
    f"2024-01-01T{hour:02d}:00,{'' if 5 <= hour < 12 or hour == 2 else hour}\n" for hour in range(24)
)


@pytest.mark.parametrize(("gaps", "open_steps"), [("mask", 8), ("auto", 7), ("interpolate", 0)])
def test_holes_stay_open_for_the_mask_however_short(gaps, open_steps):
    config = DataConfig(path="t.csv", time=("hour",), target=("y",), gaps=gaps)

    table = read_table(config, content=TEXT.encode())

    assert np.isnan(table.panel.values).sum() == open_steps
    if gaps == "mask":
        assert "2 holes of 8 steps, the longest 7" in table.notes[0]
        assert table.notes[0].endswith("(2024-01-01T05:00 to 2024-01-01T11:00) are left open, for the network to see")
