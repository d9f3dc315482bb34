"""What a layer does over a window, asserted through what was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from insides import memory_of
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from pictures import beyond, clashes

from forecaster.views.memory import TITLES, UNITS, memory, shown_units
from forecaster.views.plots import render
from forecaster.views.reach import steps_back


def about(figure):
    return figure.subfigs[0].get_suptitle()


def heats(figure):
    """The panels of colours, by their titles."""
    return [axes for axes in figure.axes if any(isinstance(each, QuadMesh) for each in axes.collections)]


def titles(figure):
    return [axes.get_title(loc="left") for axes in heats(figure)]


def panel(figure, title):
    return next(axes for axes in figure.axes if axes.get_title(loc="left").startswith(title))


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_run_the_series_the_cutoff_and_the_layer_are_named():
    figure = memory(memory_of(series="FR"))

    assert figure.get_suptitle() == "vic: FR"
    assert about(figure) == "cutoff 2024-01-05 · layer0_lstm, 8 units: longest memory on top"


def test_the_only_series_has_no_name():
    assert memory(memory_of()).get_suptitle() == "vic"


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("simple_rnn", ["hidden"]),
        ("gru", ["update", "reset", "candidate", "hidden"]),
        ("lstm", ["forget", "input", "output", "candidate", "cell", "hidden"]),
    ],
)
def test_every_gate_and_state_has_a_panel_that_says_what_it_does(kind, names):
    assert titles(memory(memory_of(kind))) == [TITLES[name] for name in names]


def test_the_update_gate_is_said_to_keep():
    assert TITLES["update"] == "update gate (1 keeps the old state)"


def test_the_window_stands_above_over_the_same_time():
    inside = memory_of("gru")

    figure = memory(inside)

    window = figure.axes[0]
    assert window.get_title(loc="left") == "demand (MW)"
    assert window.lines[0].get_ydata().tolist() == inside.window.values.tolist()
    assert {axes.get_xlim() for axes in heats(figure)} == {window.get_xlim()}


def test_the_unit_with_the_longest_half_life_is_on_top():
    inside = memory_of("gru", units=3)
    inside = replace(inside, half_lives=(np.array([5.0, np.inf, 1.0]),))

    (update, *_) = heats(memory(inside))

    drawn = update.collections[0].get_array()
    np.testing.assert_array_equal(drawn, inside.ways[0]["update"].T[[2, 0, 1]])


def test_where_no_gate_keeps_anything_the_slowest_unit_is_on_top():
    slow, quick = np.repeat([1.0, -1.0], 6), np.tile([1.0, -1.0], 6)

    assert shown_units({"hidden": np.stack([slow, quick], axis=1)}, None).tolist() == [1, 0]


def test_of_many_units_evenly_many_are_shown_and_counted():
    inside = memory_of("gru", units=256)

    figure = memory(inside)

    assert heats(figure)[0].collections[0].get_array().shape == (UNITS, 48)
    assert "64 of 256 units: longest memory on top" in about(figure)
    lives = inside.half_lives[0]
    shown = lives[shown_units(inside.ways[0], lives)]
    assert (shown[0], shown[-1]) == (lives.min(), lives.max())


def test_a_single_unit_is_not_many():
    assert "layer0_lstm, 1 unit:" in about(memory(memory_of(units=1)))


def test_the_two_directions_stand_side_by_side_in_the_same_colours():
    figure = memory(memory_of("lstm", ways=2))

    top = [axes.get_title(loc="left") for axes in figure.axes[:2]]
    assert top == ["demand (MW), read forwards →", "demand (MW), read backwards ←"]
    assert len(heats(figure)) == 12
    for left, right in zip(heats(figure)[::2], heats(figure)[1::2], strict=True):
        assert left.collections[0].norm is right.collections[0].norm
    assert "8 units each way" in about(figure)


def test_the_half_lives_of_the_two_directions_differ_by_more_than_their_colour():
    forwards, backwards = panel(memory(memory_of("gru", ways=2)), "Half-life").lines[:2]

    assert forwards.get_marker() != backwards.get_marker()
    assert to_hex(forwards.get_color()) != to_hex(backwards.get_color())
    assert [line.get_label()[0] for line in (forwards, backwards)] == ["→", "←"]


def test_a_segment_is_as_wide_as_its_steps_and_named():
    figure = memory(memory_of("gru", lookback=10, segment=4, step=None))

    corners = heats(figure)[0].collections[0].get_coordinates()[0, :, 0]
    assert corners.tolist() == [-0.5, 1.5, 5.5, 9.5]
    assert about(figure).endswith("a column is 4 steps")
    assert panel(figure, "Half-life").get_xlabel() == "half-life, steps; a recurrent step is 4"


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({}, "half-life, steps"),
        ({"dilation": 3}, "half-life, steps; dilation 3"),
        ({"dilation": 3, "segment": 1}, "half-life, steps; a recurrent step is 1, dilation 3"),
    ],
)
def test_half_lives_are_in_steps_of_the_clock_and_say_what_a_recurrent_step_is(change, label):
    assert panel(memory(replace(memory_of("gru"), **change)), "Half-life").get_xlabel() == label


def test_the_half_life_is_that_of_the_cell_or_of_the_state():
    assert panel(memory(memory_of("lstm")), "Half-life of the cell")
    assert panel(memory(memory_of("gru")), "Half-life of the state")


def test_half_lives_are_sorted_dots_with_their_median_beside_the_lookback():
    inside = replace(memory_of("gru", units=3), half_lives=(np.array([30.0, 3.0, 300.0]),))

    axes = panel(memory(inside), "Half-life")

    assert axes.lines[0].get_xdata().tolist() == [3, 30, 300]
    assert axes.lines[0].get_ydata() == pytest.approx([100 / 3, 200 / 3, 100])
    assert legend(axes) == ["median 30", "lookback"]
    assert axes.lines[1].get_xdata() == [48, 48]


def test_what_never_fades_stands_at_the_right_end_and_is_called_endless():
    inside = replace(memory_of("gru", units=3), half_lives=(np.array([np.inf, 0.0, np.inf]),))

    axes = panel(memory(inside), "Half-life")

    assert axes.lines[0].get_xdata().tolist() == [0.01, 4800, 4800]
    assert legend(axes)[0] == "median endless"


def test_a_plain_recurrence_has_no_half_life_and_says_so():
    axes = panel(memory(memory_of("simple_rnn")), "Half-life")

    assert [text.get_text() for text in axes.texts] == ["A plain recurrence has no gate that keeps its state."]


def test_the_newest_step_is_at_the_right_and_most_of_the_change_is_marked():
    reach = np.zeros(48)
    reach[-3:] = [1.0, 4.0, 5.0]

    axes = panel(memory(replace(memory_of(), reach=reach)), "How far back")

    (bars,) = axes.patches
    assert axes.get_xlim() == (48.5, 0.5)
    assert bars.get_data().values.tolist() == reach.tolist()
    assert bars.get_data().edges[[0, -1]].tolist() == [48.5, 0.5]
    assert legend(axes) == ["90 % of the change: newest 2 steps"]
    assert axes.get_ylabel() == "change of the forecast\ndemand (MW)"


def test_a_forecast_that_looks_at_the_newest_step_alone_is_said_to():
    axes = panel(memory(replace(memory_of(), reach=np.eye(48)[-1])), "How far back")

    assert legend(axes) == ["90 % of the change: newest step"]


def test_even_changes_reach_back_nine_tenths_of_the_window():
    assert steps_back(np.ones(10)) == 9


def test_a_step_without_a_value_has_no_reach_and_leaves_a_hole():
    reach = np.where(np.arange(48) == 46, np.nan, 1.0)

    axes = panel(memory(replace(memory_of(), reach=reach)), "How far back")

    assert np.isnan(axes.patches[0].get_data().values).sum() == 1
    assert legend(axes) == ["90 % of the change: newest 44 steps"]


@pytest.mark.parametrize(
    ("reach", "why"), [(None, "It was not measured."), (np.zeros(48), "No step of the past changes the forecast.")]
)
def test_no_reach_is_said(reach, why):
    axes = panel(memory(replace(memory_of(), reach=reach)), "How far back")

    assert [text.get_text() for text in axes.texts] == [why]


CASES = {
    "lstm": memory_of("lstm", 104, 32),
    "both ways": memory_of("lstm", 720, 256, ways=2, series="a series with a name that is far too long to fit"),
    "plain": memory_of("simple_rnn", 10, 16, step="D"),
    "segments": memory_of("gru", 700, 128, segment=24, target="a column with a name that is far too long to fit"),
    "small": memory_of("gru", 10, 8, ways=2, step=None),
    "one": memory_of("lstm", 1, 1),
}


@pytest.mark.parametrize("inside", CASES.values(), ids=CASES)
def test_no_text_lies_on_another_or_beyond_the_edge(inside):
    figure = memory(inside)

    assert clashes(figure) == []
    assert beyond(figure) == []


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_same_inside_is_the_same_bytes(suffix):
    first, second = (render(memory(memory_of(lookback=20)), suffix) for _ in range(2))

    assert first == second
