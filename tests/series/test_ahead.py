"""The newest window: bit for bit what training gathers, and its future known or asked for by date."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.config.channels import Channel, Channels
from forecaster.errors import DataError
from forecaster.series.encoding import channels_of
from forecaster.series.flat import flatten, newest

NAN = float("nan")
PRICE = Channels(known=(Channel("price"),))


def shop(panel_of, beside, lengths, ahead, **options):
    """Days of series that begin together, with two known columns for some steps after the newest of each."""
    rng = np.random.default_rng(sum(lengths))
    sizes = [length + ahead for length in lengths]
    return beside(
        panel_of(*(rng.normal(size=length) for length in lengths), minutes=1440),
        past={"flow": [rng.normal(size=length) for length in lengths]},
        known={name: [rng.normal(size=size) for size in sizes] for name in ("price", "temp")},
        static={"size": rng.normal(size=len(lengths))},
        calendar=("weekday", "month"),
        **options,
    )


@given(
    lengths=st.lists(st.integers(8, 14), min_size=1, max_size=4), horizon=st.integers(1, 4), data=st.data(),
    masked=st.booleans(),
)  # fmt: skip
def test_the_newest_inputs_are_bit_for_bit_what_training_gathers(panel_of, beside, lengths, horizon, masked, data):
    """The window at any cutoff, from what was known then, and from the whole table."""
    panel = shop(panel_of, beside, lengths, 0, repeated=frozenset({"temp"}))
    lookback = data.draw(st.integers(1, 3))
    cutoff = data.draw(st.integers(lookback - 1, min(lengths) - 1 - horizon))
    channels = channels_of(panel, panel.until(cutoff), {}, learned=True)
    flat = flatten(panel, "last", channels, masked=masked)

    inputs, shifts = newest(panel.until(cutoff), lookback, "last", channels, horizon, masked=masked)

    starts = panel.offsets[:-1] + cutoff + 1 - lookback
    past = starts[:, None] + np.arange(lookback)
    known = flat.known[starts[:, None] + np.arange(lookback + horizon)]
    for column in flat.repeated:
        known[:, lookback:, column] = known[:, lookback - 1, [column]]
    gathered = {
        "window": flat.values[past],
        "floor": flat.floors[past[:, -1:]],
        "past": flat.past[past],
        "known": known,
        "static": flat.static[flat.owners[starts]],
        "series": flat.codes[flat.owners[past[:, -1:]]],
    }
    gathered |= {"present": flat.present[past]} if masked else {}
    assert {name: part.tobytes() for name, part in inputs.items()} == {
        name: part.tobytes() for name, part in gathered.items()
    }
    assert shifts.tobytes() == flat.shifts.tobytes()


def test_rows_after_the_newest_value_say_what_is_known(panel_of, beside):
    panel = beside(panel_of([1, 2, 3], [4, 5]), known={"price": [[1, 2, 3, 40, 50], [4, 5, 60, 70, 80]]})

    inputs, _ = newest(panel, 2, "last", PRICE, 2)

    assert inputs["known"][..., 0].tolist() == [[2, 3, 40, 50], [4, 5, 60, 70]]


def test_a_value_of_the_future_that_is_missing_is_named_by_date(panel_of, beside):
    panel = beside(panel_of(range(4), minutes=1440), known={"price": [[1, 2, 3, 4, 5, NAN]]})

    with pytest.raises(
        DataError,
        match=r'column "price" is known ahead, but missing at "2024-01-06T00:00:00", "2024-01-07T00:00:00", '
        r'"2024-01-08T00:00:00" and 1 more; add rows with an empty target \(forecast predict --csv F --template G',
    ):
        newest(panel, 2, "last", PRICE, 5)


def test_of_several_series_the_first_with_something_missing_is_named(panel_of, beside):
    panel = beside(panel_of([1, 2], [3, 4], [5, 6]), known={"price": [[1, 2, 3], [4, 5], [6, 7]]})

    with pytest.raises(DataError, match=r'missing at "2" of series "s1", as it is in 1 more series;'):
        newest(panel, 2, "last", PRICE, 1)


def test_only_the_steps_that_are_asked_for_must_be_known(panel_of, beside):
    panel = beside(panel_of([1, 2]), known={"price": [[1, 2, 3]]})

    inputs, _ = newest(panel, 2, "last", PRICE, 3, asked=1)

    assert inputs["known"][0, :, 0].tolist()[:3] == [1, 2, 3]
    assert np.isnan(inputs["known"][0, 3:, 0]).all()


def test_a_column_that_the_network_does_not_read_may_be_missing(panel_of, beside):
    panel = beside(panel_of([1, 2]), known={"price": [[1, 2, 3]], "other": [[NAN, NAN, NAN]]})

    assert newest(panel, 2, "last", PRICE, 1)[0]["known"].shape == (1, 3, 1)


def test_what_the_table_never_told_is_no_reason_to_refuse_a_fold(panel_of, beside):
    """An empty cell of the past is a fact; one after the newest value of the table has to be filled in."""
    panel = beside(panel_of([1, 2, 3, 4]), known={"price": [[1, 2, NAN, 4]]})

    assert np.isnan(newest(panel.until(1), 2, "last", PRICE, 2)[0]["known"][0, 2])
    strict = replace(panel, covariates=replace(panel.covariates, settled=None))
    with pytest.raises(DataError, match=r'column "price" is known ahead, but missing at "2";'):
        newest(strict.until(1), 2, "last", PRICE, 2)


def test_a_column_that_is_repeated_goes_on_with_its_last_value(panel_of, beside):
    panel = beside(
        panel_of([1, 2, 3], [4, 5, 6]),
        known={"price": [[1, 2, NAN], [7, 8, 9]]},
        repeated=frozenset({"price"}),
    )

    inputs, _ = newest(panel, 2, "last", PRICE, 2)

    assert inputs["known"][..., 0].tolist() == [[2, 2, 2, 2], [8, 9, 9, 9]]


def test_series_that_end_at_different_times_have_the_calendar_of_their_own_future(panel_of, beside):
    panel = beside(panel_of([1, 2, 3, 4], [1, 2], minutes=1440), calendar=("weekday",))
    channels = channels_of(panel, panel, {}, learned=False)

    inputs, _ = newest(panel, 2, "last", channels, 3)

    assert inputs["known"].argmax(axis=-1).tolist() == [[2, 3, 4, 5, 6], [0, 1, 2, 3, 4]]  # from a Monday on
