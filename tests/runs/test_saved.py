import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import RunError
from forecaster.runs.saved import (
    History,
    Losses,
    forecast_from_csv,
    history_from_csv,
    history_to_csv,
    losses_from_csv,
    losses_to_csv,
)

ids = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=3, unique=True)
numbers = st.floats(allow_infinity=False)


def same(left, right):
    return np.array_equal(left, right, equal_nan=True)


def test_a_history_is_one_row_a_value_with_empty_cells_for_holes():
    history = History(("FR",), (("2024-03-05", "2024-03-06"),), (np.array([1.5, math.nan]),))

    assert history_to_csv(history) == "series,time,value\nFR,2024-03-05,1.5\nFR,2024-03-06,\n"


@given(ids, st.data())
def test_a_history_is_read_back_to_the_same_bits(ids, data):
    lengths = [data.draw(st.integers(1, 4)) for _ in ids]
    values = tuple(np.array(data.draw(st.lists(numbers, min_size=n, max_size=n))) for n in lengths)
    history = History(tuple(ids), tuple(tuple(f"t{step}" for step in range(n)) for n in lengths), values)

    again = history_from_csv(history_to_csv(history))

    assert (again.ids, again.times) == (history.ids, history.times)
    assert all(same(left, right) for left, right in zip(again.values, values, strict=True))


def test_an_id_that_a_spreadsheet_would_run_is_quoted_and_read_back_as_it_was():
    """Row 76, here too: somebody will open these tables."""
    names = ("=cmd()", "+1", "-1", "@x", "'=x", "\tx", "a/../b", "two\nlines")
    history = History(names, (("1",),) * len(names), (np.zeros(1),) * len(names))

    text = history_to_csv(history)

    assert "\n'=cmd(),1,0.0\n'+1,1,0.0\n'-1,1,0.0\n'@x,1,0.0\n''=x,1,0.0\n" in text
    assert history_from_csv(text).ids == names


def test_losses_without_validation_have_empty_cells():
    losses = Losses(np.array([1, 2]), np.array([10, 20]), np.array([0.5, 0.25]), np.array([0.75, math.nan]))

    text = losses_to_csv(losses)
    again = losses_from_csv(text)

    assert text == "epoch,steps,training,validation\n1,10,0.5,0.75\n2,20,0.25,\n"
    for name in ("epochs", "steps", "training", "validation"):
        assert same(getattr(again, name), getattr(losses, name))


def test_no_epochs_are_no_rows():
    empty = losses_from_csv("epoch,steps,training,validation\n")

    assert [len(column) for column in (empty.epochs, empty.steps, empty.training, empty.validation)] == [0] * 4


def test_a_forecast_that_was_kept_as_text_is_still_read():
    text = (
        "series,time,forecast,lower_80,upper_80,status\n"
        "'=FR,2024-03-06,1.5,1.0,2.0,ok\n"
        "'=FR,2024-03-07,2.0,1.25,2.75,rolled\n"
    )

    kept = forecast_from_csv(text)

    assert (kept.ids, kept.times, kept.intervals) == (("=FR",), (("2024-03-06", "2024-03-07"),), (0.8,))
    assert (kept.values.tolist(), kept.lower[0, 1], kept.upper[0, 1]) == ([[1.5, 2.0]], [1.25], [2.75])
    assert (kept.status, kept.baseline, kept.moments.size) == ((("ok", "rolled"),), "", 0)


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (history_from_csv, "", "should stand"),
        (history_from_csv, "series,time\n", "series, time where series, time, value should stand"),
        (history_from_csv, "series,time,value\nFR,1\n", "2 where 3 should stand"),
        (history_from_csv, "series,time,value\nFR,1,x\n", "could not convert string to float: 'x'"),
        (history_from_csv, 'series,time,value\n"FR,1,1\n', "unexpected end of data"),
        (losses_from_csv, "epoch,steps,training,validation\n1.5,1,1,1\n", "1.5"),
        (forecast_from_csv, "series,time,forecast\n", "should stand"),
        (forecast_from_csv, "series,time,forecast,x,y,status\n", "could not convert"),
    ],
)
def test_a_table_that_we_did_not_write_is_refused(read, text, words):
    with pytest.raises(RunError, match=rf"^here: not a table that this version wrote: .*{words}"):
        read(text, "here")
