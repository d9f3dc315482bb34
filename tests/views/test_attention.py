"""Weights of attention, asserted through what was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from insides import attention_of
from matplotlib.patches import StepPatch
from pictures import beyond, clashes

from forecaster.views.attention import HEADS, attention, spread
from forecaster.views.plots import render


def steps(axes):
    return next(each for each in axes.patches if isinstance(each, StepPatch)).get_data()


def about(figure):
    return figure.subfigs[0].get_suptitle()


def test_the_run_the_cutoff_and_what_attends_are_named():
    figure = attention(attention_of(series="FR"))

    assert figure.get_suptitle() == "vic: FR"
    assert about(figure) == "cutoff 2024-01-05 · layer1_attention"


def test_every_head_has_a_panel_below_the_window():
    inside = attention_of(count=3)

    window, *heads = attention(inside).axes

    assert window.lines[0].get_ydata().tolist() == inside.window.values.tolist()
    assert [steps(axes).values.tolist() for axes in heads] == inside.weights.tolist()
    assert [axes.get_title(loc="left")[:7] for axes in heads] == ["head 1:", "head 2:", "head 3:"]
    assert {axes.get_xlim() for axes in heads} == {window.get_xlim()}


def test_heads_share_their_scale_and_show_what_even_weights_would_be():
    heads = attention(attention_of(count=2)).axes[1:]

    assert len({axes.get_ylim() for axes in heads}) == 1
    assert [axes.lines[0].get_ydata()[0] for axes in heads] == [1 / 48, 1 / 48]


def test_a_weight_of_a_segment_is_as_wide_as_its_steps():
    inside = attention_of(count=1, lookback=10, segment=4, step=None)

    figure = attention(inside)

    assert steps(figure.axes[1]).edges.tolist() == [-0.5, 1.5, 5.5, 9.5]
    assert about(figure).endswith("a weight is for 4 steps")
    assert "of 3 segments" in figure.axes[1].get_title(loc="left")


@pytest.mark.parametrize(("rows", "count"), [("step ahead", 3), ("head", HEADS + 1)])
def test_steps_ahead_and_many_heads_are_rows_of_colours_the_first_on_top(rows, count):
    inside = attention_of(rows, count)

    window, colours = attention(inside).axes

    (mesh,) = colours.collections
    np.testing.assert_array_equal(mesh.get_array(), inside.weights)
    assert colours.get_ylim() == (count, 0)
    assert colours.get_ylabel() == rows
    assert (mesh.norm.vmin, mesh.norm.vmax) == (0, inside.weights.max())
    assert colours.get_xlim() == window.get_xlim()


@pytest.mark.parametrize(
    ("count", "numbers"),
    [
        (1, ["1"]),
        (3, ["1", "2", "3"]),
        (16, ["1", "3", "5", "7", "9", "11", "13", "15"]),
        (48, ["1", "6", "12", "18", "24", "30", "36", "42", "48"]),
    ],
)
def test_rows_are_numbered_from_one_and_not_too_many(count, numbers):
    _, colours = attention(attention_of("step ahead", count)).axes

    assert [text.get_text() for text in colours.get_yticklabels()] == numbers


def test_how_far_the_weight_is_spread_is_said_in_steps():
    even = replace(attention_of(count=1), weights=np.full((1, 48), 1 / 48))

    assert attention(even).axes[1].get_title(loc="left") == "head 1: spread over 48 of 48 steps; dashed: evenly"
    assert spread(np.array([[0.5, 0.5, 0.0]])) == pytest.approx(2.0)


CASES = {
    "one head": attention_of("head", 1, 50),
    "heads": attention_of("head", HEADS, 700, segment=24),
    "many heads": attention_of("head", 64, 100, step=None),
    "seq2seq": attention_of("step ahead", 168, 720, series="a series with a name that is far too long to fit"),
    "short": attention_of("step ahead", 3, 10, step="D"),
    "one": attention_of("step ahead", 1, 1),
}


@pytest.mark.parametrize("inside", CASES.values(), ids=CASES)
def test_no_text_lies_on_another_or_beyond_the_edge(inside):
    figure = attention(inside)

    assert clashes(figure) == []
    assert beyond(figure) == []


def test_the_same_weights_are_the_same_bytes():
    first, second = (render(attention(attention_of()), "svg") for _ in range(2))

    assert first == second
