"""Covariates as the network reads them: as numbers, and as the codes that training gave to categories and series."""

from dataclasses import replace

import numpy as np
import pytest

from forecaster.config.channels import Channel, Channels
from forecaster.errors import ConfigError, DataError
from forecaster.series.encoding import channels_of, encoded, strange, unseen

NAN = float("nan")
WIND = {"wind": ("calm", "north", "south")}


@pytest.fixture
def weather(panel_of, beside):
    """Two series of hours with temperature and wind, a price known ahead, and a size of each series."""
    return replace(
        beside(
            panel_of([1, 2, 3, 4], [5, 6, 7], minutes=60),
            past={"temp": [[10, 20, NAN, 90], [30, 40, 80]], "wind": [[0, 1, 2, NAN], [1, 1, 1]]},
            known={"price": [[1, 2, 3, 4, 50, 60], [5, 6, 7, 70]]},
            static={"size": [100, 300]},
            categories=WIND,
            calendar=("hour", "weekday"),
        ),
        ids=("a", "b"),
    )


def by_name(channels):
    return {channel.name: channel for channel in (*channels.past, *channels.known, *channels.static)}


def test_means_and_deviations_are_those_of_the_training_part(weather):
    found = by_name(channels_of(weather, weather.until(1), {}, learned=False))

    assert (found["temp"].center, found["temp"].spread) == (25, pytest.approx(np.std([10, 20, 30, 40])))
    assert (found["price"].center, found["price"].spread) == (3.5, pytest.approx(np.std([1, 2, 5, 6])))
    assert (found["size"].center, found["size"].spread) == (200, 100)


def test_of_what_is_known_ahead_the_future_has_no_share_in_the_mean(weather):
    assert by_name(channels_of(weather, weather, {}, learned=False))["price"].center == 4


def test_a_constant_or_empty_column_is_divided_by_one(panel_of, beside):
    panel = beside(panel_of([1, 2]), past={"same": [[3, 3]], "none": [[NAN, NAN]]})

    found = by_name(channels_of(panel, panel, {}, learned=False))

    assert (found["same"].center, found["same"].spread) == (3, 1)
    assert (found["none"].center, found["none"].spread) == (0, 1)


def test_the_calendar_comes_last_and_is_not_scaled(weather):
    known = channels_of(weather, weather, {}, learned=False).known

    assert [channel.name for channel in known[:3]] == ["price", "hour:sin", "hour:cos"]
    assert len(known) == 1 + 4 + 7
    assert {(channel.center, channel.spread) for channel in known[1:]} == {(0, 1)}


@pytest.mark.parametrize(("embed", "numbers"), [({}, 2), ({"wind": 5}, 5)])
def test_a_category_has_the_numbers_of_embed_or_half_as_many_as_values(weather, embed, numbers):
    wind = by_name(channels_of(weather, weather, embed, learned=False))["wind"]

    assert (wind.categories, wind.embed) == (WIND["wind"], numbers)


def test_of_many_categories_each_has_sixteen_numbers(panel_of, beside):
    panel = beside(panel_of([1]), static={"shop": [0]}, categories={"shop": tuple(map(str, range(100)))})

    assert channels_of(panel, panel, {}, learned=False).static[0].embed == 16


def test_a_column_of_numbers_is_not_embedded(weather):
    with pytest.raises(ConfigError, match=r'model\.embed names "temp", but that column has numbers; leave temp out'):
        channels_of(weather, weather, {"temp": 3}, learned=False)


def test_series_have_codes_where_something_is_learned_for_them(weather):
    assert channels_of(weather, weather.until(0), {}, learned=True).series == ("a", "b")
    assert channels_of(weather, weather, {}, learned=False).series == ()


def test_a_panel_with_nothing_beside_it_has_no_channels(panel_of):
    panel = panel_of([1, 2])

    assert channels_of(panel, panel, {}, learned=False) == Channels()
    assert encoded(panel, Channels()).known.shape == (2, 0)


def test_what_is_encoded_lies_beside_the_values(weather):
    channels = channels_of(weather, weather, {}, learned=True)

    found = encoded(weather, channels)

    assert (found.past[:2, 0] + channels.past[0].center).tolist() == [10, 20]
    assert found.past[:, 1].tolist() == [0, 1, 2, 3, 1, 1, 1]  # a missing category has the code after the last
    assert (found.known[:, 0] + channels.known[0].center).tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert found.known[4:, 1:].tolist() == found.known[:3, 1:].tolist()  # the same hours in both series
    assert (found.static + channels.static[0].center).tolist() == [[100], [300]]
    assert found.codes.tolist() == [0, 1]
    assert {part.dtype for part in (found.past, found.known, found.static, found.codes)} == {np.dtype("float32")}


def test_a_large_number_keeps_its_small_changes(panel_of, beside):
    panel = beside(panel_of([1, 2, 3, 4]), past={"people": [[1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 6]]})

    found = encoded(panel, channels_of(panel, panel, {}, learned=False))

    assert found.past[:, 0].tolist() == [-2, -1, 0, 3]


def test_a_column_that_hardly_changed_in_training_is_not_blown_up(panel_of, beside):
    panel = beside(panel_of([1, 2, 3, 4]), past={"price": [[1.1, 1.1, 1.1, 1.3]]})

    assert channels_of(panel, panel.until(2), {}, learned=False).past[0].spread == 1


def test_categories_are_known_by_their_text_whatever_their_order_and_others_are_unseen(weather):
    channels = channels_of(weather, weather, {}, learned=False)
    beside = replace(weather.covariates, categories={"wind": ("gale", "south", "calm")})
    later = replace(weather, covariates=beside)

    assert encoded(later, channels).past[:, 1].tolist() == [3, 2, 0, 3, 2, 2, 2]
    assert strange(later, channels) == {"wind": ("gale",)}
    assert strange(weather, channels) == {}


def test_a_column_of_categories_may_happen_to_hold_numbers_alone(panel_of, beside):
    panel = beside(panel_of([1, 2, 3, 4]), past={"kind": [[1, 2, 7, NAN]]})
    channels = Channels(past=(Channel("kind", categories=("1", "2", "A"), embed=2),))

    assert encoded(panel, channels).past[:, 0].tolist() == [0, 1, 3, 3]


def test_texts_where_training_had_numbers_are_refused(weather):
    channels = Channels(past=(Channel("wind"),))

    with pytest.raises(DataError, match=r'column "wind" had numbers when the network was trained, and has texts such'):
        encoded(weather, channels)


@pytest.mark.parametrize("kind", ["past", "known", "static"])
def test_a_column_that_training_had_must_be_there(weather, panel_of, kind):
    channels = Channels(**{kind: (Channel("rain"),)})

    for panel in (weather, panel_of([1, 2])):
        with pytest.raises(DataError, match=rf'trained with the {kind} covariate "rain", which is not there; give a'):
            encoded(panel, channels)


def test_a_series_never_seen_has_the_code_after_the_last_and_is_named(weather):
    channels = Channels(series=("b", "c"))

    assert encoded(weather, channels).codes.tolist() == [2, 0]
    assert unseen(weather, channels) == ("a",)
    assert unseen(weather, Channels()) == ()
