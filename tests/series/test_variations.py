"""The variations of a config, and their order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecaster.config.reading import parse_config, to_yaml
from forecaster.series.variations import Seen, Variation, apart, variations

YAML = """\
name: it
data: {path: it.csv, time: date, target: y}
window: {lookback: 24, horizon: 12}
model: {scale: last, layers: [{gru: {units: 16}}]}
training: {steps: 500}
"""
LONG = Seen(steps=1000, season=12, positive=True)


def config(*overrides):
    return parse_config(YAML, file="it.yaml", base=Path(), overrides=overrides)


def settings(*overrides, facts=LONG):
    return [variation.settings for variation in variations(config(*overrides), facts)]


def test_every_topic_has_its_first_variation_before_any_has_its_second():
    topics = [variation.topic for variation in variations(config(), LONG)]

    assert topics[:4] == ["skip", "scale", "lookback", "rate"]
    assert len(set(topics[:5])) == 5


def test_a_long_seasonal_table_begins_with_a_linear_skip_and_a_short_one_with_smoothing():
    short = Seen(steps=100, season=12, positive=True)

    assert settings()[0] == ("model.skip={linear: 12}",)
    assert settings(facts=short)[0] == ("model.skip=smoothing",)


def test_a_table_without_a_season_is_offered_no_season():
    assert not [one for one in settings(facts=Seen(1000, 1, True)) if "seasonal" in one[0] or "linear: " in one[0]]


def test_values_that_are_not_all_positive_get_no_logarithm():
    assert ("model.scale=log",) in settings()
    assert ("model.scale=log",) not in settings(facts=Seen(1000, 12, False))


def test_a_lookback_is_not_doubled_beyond_a_quarter_of_the_table():
    assert ("window.lookback=48",) in settings()
    assert ("window.lookback=48",) not in settings(facts=Seen(150, 12, True))


def test_dropout_is_not_added_twice():
    with_dropout = settings("model.layers=[{gru: {units: 16}}, {dropout: 0.2}]")

    assert ("model.layers=[{gru: {units: 16}}, {dropout: 0.1}]",) in settings()
    assert not [one for one in with_dropout if one[0].startswith("model.layers=")]


@pytest.mark.parametrize("layer", ["lstm: {units: 8, dilation: 2}", "bigru: {units: 8}"])
def test_every_recurrent_layer_is_doubled_together(layer):
    kind = layer.partition(":")[0]

    found = settings(f"model.layers=[{{{layer}}}, layer_norm, {{gru: {{units: 16}}}}]")

    assert (f"model.layers.0.{kind}.units=16", "model.layers.2.gru.units=32") in found


def test_every_variation_changes_the_config_and_can_be_read():
    text, before = to_yaml(config()), config()

    for variation in variations(before, LONG):
        assert parse_config(text, file="it.yaml", base=Path(), overrides=variation.settings) != before


@pytest.mark.parametrize(("blend", "offered"), [("null", "{theta: 0.5}"), ("{theta: 0.5}", "null")])
def test_a_blend_is_offered_where_there_is_none_and_the_network_alone_where_there_is(blend, offered):
    assert (f"model.blend={offered}",) in settings(f"model.blend={blend}")


def test_two_of_one_topic_are_not_taken_together():
    first, second, other = Variation("skip", ("a=1",), ""), Variation("skip", ("a=2",), ""), Variation("scale", (), "")

    assert apart([first, second, other]) == (first, other)
    assert apart([first, second]) is None
    assert apart([]) is None


def test_two_together_set_what_each_of_them_sets():
    both = Variation("skip", ("a=1",), "").joined(Variation("scale", ("b=2",), ""))

    assert (both.topic, both.settings) == ("skip and scale", ("a=1", "b=2"))


def test_what_is_seen_of_a_table_is_what_the_panel_holds():
    from forecaster.series.variations import seen

    class Panel:
        values, lengths, season = np.array([1.0, np.nan, 3.0]), np.array([3]), 2

    assert seen(Panel()) == Seen(3, 2, positive=True)
