"""What the forecast rests on, asserted through what was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from insides import importance_of
from matplotlib.collections import LineCollection
from pictures import beyond, clashes

from forecaster.views.importance import BARS, KINDS, importance
from forecaster.views.inside import Shuffled
from forecaster.views.plots import render

MINUS = "\N{MINUS SIGN}"


def drawn(picture):
    return importance(picture).axes[0]


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_error_its_target_and_its_folds_are_named():
    figure = importance(importance_of(temperature=[30.0, 1.0]))

    assert figure.get_suptitle() == "vic"
    assert figure.subfigs[0].get_suptitle() == (
        "growth of the mean |error| of demand (MW), 213 over 20 folds, where one input is shuffled"
    )


def test_bars_are_means_and_the_largest_is_on_top():
    axes = drawn(importance_of(wind=[2.0, 1.0], temperature=[31.0, 1.0]))

    bottom, top = axes.get_ylim()
    assert names(axes) == ["temperature", "wind"]
    assert [bar.get_width() for bar in axes.patches] == [31.0, 2.0]
    assert texts(axes) == ["+31 %", "+2 %"]
    assert bottom > top


def test_whiskers_are_one_deviation_either_way():
    axes = drawn(importance_of(wind=[3.0, 2.0]))

    whiskers = next(each for each in axes.collections if isinstance(each, LineCollection))
    assert [segment[:, 0].tolist() for segment in whiskers.get_segments()] == [[1.0, 5.0]]
    assert axes.get_title(loc="right") == "Whiskers: one deviation over 5 repeats"


def test_a_single_repeat_has_no_whiskers_to_explain():
    assert drawn(importance_of(1, wind=[1.0, 0.0])).get_title(loc="right") == ""


def test_what_the_network_would_do_better_without_goes_left_of_zero():
    axes = drawn(importance_of(humidity=[-2.0, 1.0], hour=[4.0, 1.0]))

    assert [bar.get_width() for bar in axes.patches] == [4.0, -2.0]
    assert texts(axes) == ["+4 %", f"{MINUS}2 %"]
    assert axes.texts[1].get_horizontalalignment() == "right"


@pytest.mark.parametrize("growth", [[-3.0, 1.0], [3.0, 1.0], [0.0, 0.0]])
def test_zero_is_always_in_sight_with_a_line(growth):
    axes = drawn(importance_of(wind=growth))

    least, most = axes.get_xlim()
    assert least <= 0 <= most
    assert [0, 0] in [list(line.get_xdata()) for line in axes.lines]


@pytest.mark.parametrize(
    ("growth", "text"), [(1234.5, "+1,234 %"), (0.4567, "+0.46 %"), (-0.0, "+0 %"), (-150.0, f"{MINUS}150 %")]
)
def test_the_growth_is_written_with_as_many_digits_as_it_has_worth(growth, text):
    assert texts(drawn(importance_of(wind=[growth, 0.0]))) == [text]


def test_what_could_not_be_measured_is_left_out_and_counted():
    figure = importance(importance_of(wind=[np.nan, np.nan], hour=[1.0, 0.5]))

    assert names(figure.axes[0]) == ["hour"]
    assert figure.subfigs[0].get_suptitle().endswith("shuffled; 1 of 2\nshown")


def test_of_too_many_inputs_those_that_matter_most_either_way_are_shown():
    growth = {f"x{number}": [float(number), 1.0] for number in range(BARS + 10)} | {"worst": [-99.0, 1.0]}

    axes = drawn(importance_of(**growth))

    assert len(names(axes)) == BARS
    assert names(axes)[0] == f"x{BARS + 9}"
    assert names(axes)[-1] == "worst"


def test_every_kind_of_input_has_a_colour_and_a_hatch_of_its_own():
    inputs = tuple(Shuffled(kind, kind, 1.0, 0.5) for kind in KINDS)

    axes = drawn(replace(importance_of(), inputs=inputs))

    assert len({bar.get_hatch() for bar in axes.patches}) == len(KINDS)
    assert len({bar.get_facecolor() for bar in axes.patches}) == len(KINDS)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [label for label, _, _ in KINDS.values()]


def test_nothing_shuffled_is_said():
    assert texts(drawn(importance_of())) == ["No input was shuffled."]


CASES = {
    "one": importance_of(wind=[40.0, 0.0]),
    "negative": importance_of(lags=[-3.0, 1.0], wind=[-1.0, 2.0]),
    "many": importance_of(**{f"covariate {number} with a long name": [number - 5.0, 1.0] for number in range(60)}),
    "nothing": importance_of(),
}


@pytest.mark.parametrize("picture", CASES.values(), ids=CASES)
def test_no_text_lies_on_another_or_beyond_the_edge(picture):
    figure = importance(picture)

    assert clashes(figure) == []
    assert beyond(figure) == []


def test_the_same_importance_is_the_same_bytes():
    first, second = (render(importance(importance_of(wind=[1.0, 2.0])), "png") for _ in range(2))

    assert first == second
