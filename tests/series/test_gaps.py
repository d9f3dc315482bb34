"""Holes: where they are, how they are filled, and in which words they are told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.config.data import DataConfig
from forecaster.errors import DataError
from forecaster.series.gaps import Holes, fill, filled, holes, runs
from forecaster.series.oddities import oddities
from forecaster.series.tables import read_table

NAN = float("nan")
holed = st.lists(st.floats(-100, 100) | st.just(NAN), max_size=12).map(lambda inner: np.array([1.0, *inner, 2.0]))


def read(text, **options):
    config = DataConfig(path="t.csv", **({"time": ("day",), "target": ("y",)} | options))
    return read_table(config, content=text.encode())


def test_a_run_of_missing_values_is_told_by_its_begin_and_its_length():
    starts, lengths = runs(np.array([NAN, 1, NAN, NAN, 2, NAN]))

    assert (starts.tolist(), lengths.tolist()) == ([0, 2, 5], [1, 2, 1])


@given(values=holed)
def test_the_runs_are_all_that_is_missing(values):
    starts, lengths = runs(values)

    steps = [step for start, length in zip(starts, lengths, strict=True) for step in range(start, start + length)]
    assert steps == np.flatnonzero(np.isnan(values)).tolist()


@pytest.mark.parametrize(
    ("policy", "expected", "steps"),
    [
        ("auto", [0, 1, 2, 3, 4, NAN, NAN, NAN, NAN, 9], 3),
        ("interpolate", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 7),
        ("ffill", [0, 0, 0, 0, 4, 4, 4, 4, 4, 9], 7),
    ],
)
def test_holes_are_filled_as_the_config_says(policy, expected, steps):
    values, count, filled_steps = fill(np.array([0, NAN, NAN, NAN, 4, NAN, NAN, NAN, NAN, 9]), policy)

    assert values.tolist() == pytest.approx(expected, nan_ok=True)
    assert (count, filled_steps) == ((1 if policy == "auto" else 2), steps)


@given(values=holed, policy=st.sampled_from(["auto", "interpolate", "ffill"]))
def test_filling_changes_no_value_that_is_there(values, policy):
    known = ~np.isnan(values)

    assert fill(values, policy)[0][known].tolist() == values[known].tolist()


@given(values=holed)
def test_what_is_interpolated_lies_between_its_neighbours(values):
    after = fill(values, "interpolate")[0]

    for start, length in zip(*runs(values), strict=True):
        low, high = sorted((after[start - 1], after[start + length]))
        assert (after[start : start + length] >= low - 1e-9).all()
        assert (after[start : start + length] <= high + 1e-9).all()


def test_values_without_a_hole_are_handed_back_as_they_are():
    values = np.array([1.0, 2.0])

    assert fill(values, "ffill") == (values, 0, 0)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Holes(0, 0), "no holes"),
        (Holes(1, 1, 1, "", "3", "3"), "1 hole of 1 step, the longest 1 (3)"),
        (Holes(2, 5, 3, "FR", "3", "5"), '2 holes of 5 steps, the longest 3 (3 to 5) in series "FR"'),
    ],
)
def test_holes_are_said_in_words(found, words):
    assert str(found) == words


def test_the_longest_hole_is_told_with_its_series_and_its_place_there(panel_of):
    panel = panel_of([1, NAN, 2], [1, 2, NAN, NAN, 3], starts=[0, 10])

    assert str(holes(panel)) == '2 holes of 3 steps, the longest 2 (12 to 13) in series "s1"'


@pytest.mark.parametrize(("newest", "count"), [(1, 0), (2, 1), (3, 2), (4, 3)])
def test_only_holes_that_reach_into_the_newest_steps_of_their_series_count(panel_of, newest, count):
    panel = panel_of([1, NAN, 2, NAN, 3], [1, NAN, 2, 4], [5, 6], starts=[0, 3, 0])

    assert holes(panel, newest=newest).count == count


def test_a_hole_that_is_refused_names_the_key_and_the_series(panel_of):
    with pytest.raises(DataError, match=r't.csv: data.gaps: 1 hole of 1 step, .* in series "s1"; fill them, or set'):
        filled(panel_of([1, 2], [1, NAN, 2]), "error", "t.csv")


@pytest.mark.parametrize(
    ("policy", "notes"),
    [
        ("auto", ["2 missing values in 1 hole were interpolated, the first at 1",
                  "1 longer than 3 steps stay open: 2 holes of 6 steps, the longest 4 (4 to 7)"]),
        ("ffill", ["6 missing values in 2 holes were carried forward, the first at 1"]),
    ],
)  # fmt: skip
def test_what_was_filled_and_what_stays_open_is_noted(panel_of, policy, notes):
    panel = panel_of([1, NAN, NAN, 2, NAN, NAN, NAN, NAN, 3])

    assert filled(panel, policy, "t.csv")[1] == notes


def test_the_first_value_that_was_filled_is_told_by_its_own_clock(panel_of):
    panel = panel_of([1, NAN, NAN, NAN, NAN, 2], [5, NAN, 6], starts=[0, 20])

    assert filled(panel, "auto", "t.csv")[1][0] == "1 missing value in 1 hole was interpolated, the first at 21"


def test_each_target_is_trimmed_to_its_own_numbers():
    text = "day,a,b\n" + "".join(
        f"2024-01-0{day},{a},{b}\n" for day, (a, b) in enumerate([(1, ""), (2, 7), ("", 8), ("", "")], start=1)
    )

    table = read(text, target=("a", "b"))

    assert [values.tolist() for values in table.panel] == [[1, 2], [7, 8]]
    assert table.panel.starts.tolist() == [0, 1]
    assert table.panel.steps == 3
    assert table.notes == (
        '1 empty cell before the first number of series "b" was left out (first at line 2)',
        '3 empty cells after the last number of series "a" and 1 more were left out (first at line 4)',
    )


def test_columns_without_a_number_are_refused_together():
    with pytest.raises(DataError, match=r'data.target: columns "a", "b" have no numbers in 3 rows; name another'):
        read("day,a,b\n2024-01-01,,\n2024-01-02,,NA\n2024-01-03,,\n", target=("a", "b"))


def test_of_one_target_of_one_series_the_name_says_both():
    text = "day,id,a,b\n" + "".join(f"2024-01-0{day},p,{day},\n" for day in (1, 2, 3))

    table = read(text, id="id", target=("a", "b"))

    assert (table.panel.ids, table.empty) == (("p/a",), ("p/b",))


def odd(panel_of, *series, strict=False):
    panel = panel_of(*series)
    return oddities(panel, np.arange(len(series)) + 50, file="t.csv", strict=strict)


def test_constant_series_are_counted(panel_of):
    assert odd(panel_of, [1, 2], [7, 7], [8], [9, NAN, 9]) == ['series "s1" and 1 more is constant: 7']


@pytest.mark.parametrize(
    ("last", "slipped"),
    [(60, False), (71, True), (-50, False), (-51, True), (NAN, False)],
    ids=["five ranges above", "more", "five ranges below", "more below", "nothing"],
)
def test_a_last_value_may_miss_the_history_by_five_of_its_ranges(panel_of, last, slipped):
    """The history goes from 0 to 10."""
    assert bool(odd(panel_of, [*range(11), last])) is slipped


@pytest.mark.parametrize(("last", "slipped"), [(0.5, True), (1.5, False), (-1, False)])
def test_a_positive_last_value_may_be_a_hundredth_of_the_history(panel_of, last, slipped):
    """The history goes from 100 to 200: its range is too wide for the rule above."""
    assert bool(odd(panel_of, [*range(100, 201, 10), last])) is slipped


def test_a_history_below_zero_has_no_factor(panel_of):
    """200 is a hundred times the highest value, 1, and well within the range from -1000."""
    assert odd(panel_of, [*([-1000, 1] * 6), 200]) == []


@pytest.mark.parametrize("history", [[1, 2] * 4, [5] * 20], ids=["short", "constant"])
def test_of_a_short_or_a_constant_history_nothing_is_said_of_the_last_value(panel_of, history):
    assert not any("proportion" in note for note in odd(panel_of, [*history, 9e9]))


def test_three_slips_are_noted_and_all_of_them_refused_if_strict(panel_of):
    series = [[*range(11), 9000 + place] for place in range(4)]

    assert len(odd(panel_of, *series)) == 3
    with pytest.raises(DataError, match=r't.csv:53: the last value of series "s3", 9003, .*; check its unit'):
        odd(panel_of, *series, strict=True)


def test_a_season_that_the_config_says_is_not_looked_for():
    text = "day,y\n" + "".join(
        f"{np.datetime64('2024-01-01') + np.timedelta64(day, 'D')},{day % 7}\n" for day in range(70)
    )

    assert read(text).panel.season == 7
    assert read(text, season=5).panel.season == 5


def test_holes_that_stay_open_do_not_stop_the_season_from_being_found():
    values = [str(day % 7) for day in range(70)]
    values[30:36] = [""] * 6
    text = "day,y\n" + "".join(
        f"{np.datetime64('2024-01-01') + np.timedelta64(day, 'D')},{value}\n" for day, value in enumerate(values)
    )

    panel = read(text).panel

    assert holes(panel).steps == 6
    assert panel.season == 7
