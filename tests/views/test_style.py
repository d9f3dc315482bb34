"""Names, numbers and legends, whatever a table holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure
from pictures import days

from forecaster.views.style import GREY, LONGEST, LOOKS, TICKS, Numbers, empty, explain, look_of, name_steps, plain

MINUS = "\N{MINUS SIGN}"


def axes():
    return Figure().subplots()


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=80), st.integers(2, 60))
def test_any_name_is_one_line_cut_and_no_formula(text, longest):
    drawn = plain(text, longest)

    assert all(c.isprintable() for c in drawn)
    assert len(drawn.replace(r"\$", "$")) <= longest
    assert not drawn.replace(r"\$", "").count("$")


@settings(max_examples=30, deadline=None)
@given(st.text(st.sampled_from("$a _^{}"), max_size=20))
def test_matplotlib_finds_no_formula_in_a_name(text):
    assert not is_math_text(plain(text))


@pytest.mark.parametrize(("length", "end"), [(LONGEST, "x"), (LONGEST + 1, "…")])
def test_a_name_is_cut_only_where_it_is_too_long(length, end):
    drawn = plain("x" * length)

    assert (len(drawn), drawn[-1]) == (LONGEST, end)


@pytest.mark.parametrize(
    ("ticks", "texts"),
    [
        ([], []),
        ([0], ["0"]),
        ([0, 0.5, 1], ["0", "0.5", "1"]),
        ([-1, 1], [f"{MINUS}1", "1"]),
        ([999_999], ["999999"]),
        ([0, 1_000_000], ["0", "1e6"]),
        ([12_500_000_000], ["12.5e9"]),
        ([0.001, 0.002], ["0.001", "0.002"]),
        ([0.0005], [f"500e{MINUS}6"]),
        ([1e300], ["1e300"]),
    ],
)
def test_a_tick_is_as_long_as_it_has_to_be(ticks, texts):
    assert Numbers().format_ticks(ticks) == texts


@settings(max_examples=30, deadline=None)
@given(st.integers(-8, 8), st.integers(-9, 9), st.integers(2, 8))
def test_ticks_at_even_steps_are_told_apart_and_read_back(power, first, count):
    ticks = [(first + number) * 10.0**power for number in range(count)]

    texts = Numbers().format_ticks(ticks)

    assert len(set(texts)) == count
    assert [float(text.replace(MINUS, "-")) for text in texts] == pytest.approx(ticks, rel=1e-6)


def test_a_number_on_its_own_is_written_like_a_tick():
    assert Numbers()(2_500_000.0) == "2.5e6"


def test_a_forecaster_that_is_not_known_is_grey_under_its_own_name():
    look = look_of("my_$model")

    assert (look.label, look.colour) == (r"my_\$model", GREY)
    assert look_of("naive") is LOOKS["naive"]


@pytest.mark.parametrize("mark", ["colour", "line", "marker", "hatch"])
def test_no_two_of_the_baselines_and_the_network_look_alike(mark):
    """Without colour too: the lines, the markers and the hatches differ each on their own."""
    looks = [str(getattr(look, mark)) for name, look in LOOKS.items() if name != "actual"]

    assert len(set(looks)) == len(looks)


def test_the_legend_begins_with_what_it_is_told_to_begin_with():
    panel = axes()
    for label in ("drift", "network", "actual", "network (rolled)"):
        panel.plot([1, 2], label=label)

    explain(panel, "title", ("actual", "network"))

    labels = [text.get_text() for text in panel.get_legend().get_texts()]
    assert sorted(labels[1:3]) == ["network", "network (rolled)"]
    assert (labels[0], labels[3]) == ("actual", "drift")


def test_a_panel_without_labels_has_a_title_and_no_legend():
    panel = axes()

    explain(panel, "title")

    assert panel.get_title() == "title"
    assert panel.get_legend() is None


def test_an_empty_panel_has_a_title_and_the_reason_and_no_axis():
    panel = axes()

    empty(panel, "Loss", "No losses were kept.")

    assert not panel.axison
    assert [text.get_text() for text in panel.texts] == ["No losses were kept."]


@pytest.mark.parametrize(("count", "ticks"), [(1, 1), (TICKS, TICKS)])
def test_a_few_days_have_a_tick_each(count, ticks):
    panel, times = axes(), days("2024-01-01", count)
    panel.plot(times, np.ones(count))

    name_steps(panel, times)

    assert len(panel.get_xticks()) == ticks


@settings(max_examples=30, deadline=None)
@given(st.integers(9, 400))
def test_many_days_have_ticks_that_can_be_told_apart(count):
    panel, times = axes(), days("2024-01-01", count)
    panel.plot(times, np.ones(count))

    name_steps(panel, times)

    assert 2 <= len(panel.get_xticks()) <= TICKS + 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 300))
def test_steps_have_ticks_on_whole_numbers_alone(first, count):
    assume(first + count < 10**6)
    panel, times = axes(), np.arange(first, first + count)
    panel.plot(times, np.ones(count))

    name_steps(panel, times)

    ticks = panel.get_xticks()
    assert panel.get_xlabel() == "step"
    assert (ticks == np.round(ticks)).all()
