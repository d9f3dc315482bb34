"""Colours, and where a recurrent step lies in time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insides import window
from matplotlib.figure import Figure

from forecaster.views.heat import OPEN, SIGNED, borders, draw_heat, draw_window, edges_of, gathered, shade_of


def test_steps_meet_halfway():
    assert edges_of(np.array([0, 1, 3])).tolist() == [-0.5, 0.5, 2.0, 4.0]


def test_a_weekend_is_as_wide_as_it_is_long():
    days = np.array(["2024-01-04", "2024-01-05", "2024-01-08"], dtype="datetime64[D]")

    edges = edges_of(days)

    assert edges.astype("datetime64[h]").tolist() == [
        np.datetime64(text, "h").item() for text in ("2024-01-03T12", "2024-01-04T12", "2024-01-06T12", "2024-01-09T12")
    ]


@pytest.mark.parametrize("times", [np.array([7]), np.array(["2024-01-01"], dtype="datetime64[us]")])
def test_a_single_moment_has_a_width(times):
    before, after = edges_of(times)

    assert before < times[0] < after


def test_a_segment_begins_where_the_one_before_ends_and_the_oldest_is_cut_short():
    assert borders(lookback=10, patches=3, segment=4).tolist() == [0, 2, 6, 10]


def test_without_segments_every_step_is_its_own():
    assert borders(lookback=3, patches=3, segment=None).tolist() == [0, 1, 2, 3]


def test_more_columns_than_can_be_seen_are_averaged():
    values, steps = gathered(np.array([[1.0, 3.0, 5.0, 7.0, 9.0]]), np.arange(6), most=3)

    assert values.tolist() == [[2.0, 6.0, 9.0]]
    assert steps.tolist() == [0, 2, 4, 5]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 2000), st.integers(1, 400))
def test_columns_are_never_more_than_can_be_seen_and_hold_everything(count, most):
    values, steps = gathered(np.ones((2, count)), np.arange(count + 1), most)

    assert values.shape[1] <= most
    assert (values == 1.0).all()
    assert (steps[0], steps[-1], len(steps)) == (0, count, values.shape[1] + 1)


def test_a_gate_at_one_half_has_the_colour_of_the_middle_and_tails_are_told_apart():
    shade = shade_of([np.array([0.0, 0.5, 1.0])], gate=True)

    assert shade.colours is OPEN
    assert shade.norm(0.5) == pytest.approx(0.5)
    assert shade.norm(0.99) - shade.norm(0.9) == pytest.approx(shade.norm(0.1) - shade.norm(0.01))
    assert (shade.norm(0.0), shade.norm(1.0)) == (0, 1)


@pytest.mark.parametrize("gate", [np.array([0.5, 1.2]), np.array([-0.1, 0.5])], ids=["relu", "tanh"])
def test_a_gate_beyond_zero_and_one_is_shown_around_zero(gate):
    assert shade_of([gate], gate=True).colours is SIGNED


def test_a_state_is_shown_around_zero_with_equal_ends():
    shade = shade_of([np.array([-0.2, 0.1]), np.array([0.4])], gate=False)

    assert (shade.norm.vmin, shade.norm.vmax, shade.cut) == (-0.4, 0.4, False)


def test_one_runaway_cell_does_not_bleach_the_others():
    values = np.ones(1000)
    values[0] = 500.0

    shade = shade_of([values], gate=False)

    assert (shade.norm.vmax, shade.cut) == (1.0, True)


def test_nothing_but_zeros_still_has_a_scale():
    assert shade_of([np.zeros(5)], gate=False).norm.vmax == 1.0


def test_rows_go_up_and_columns_go_on_in_time():
    axes = Figure().subplots()

    mesh = draw_heat(
        axes, window(4, step=None), np.array([[1.0, 2.0, 3.0, 4.0]]), None, shade_of([np.ones(1)], gate=False)
    )

    assert mesh.get_array().tolist() == [[1.0, 2.0, 3.0, 4.0]]
    assert axes.get_xlim() == (-0.5, 3.5)


@pytest.mark.parametrize(("lookback", "marked"), [(60, 60), (61, 0)])
def test_a_few_steps_are_marked_each(lookback, marked):
    axes = Figure().subplots()

    draw_window(axes, window(lookback), "demand")

    assert len(axes.lines[0].get_markevery()) == marked


def test_a_value_between_two_holes_is_marked_since_no_line_reaches_it():
    axes, seen = Figure().subplots(), window(100)
    seen.values[[10, 12]] = np.nan

    draw_window(axes, seen, "demand")

    assert axes.lines[0].get_markevery() == [11]
