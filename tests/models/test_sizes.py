"""Sizes that are told, and refused, without Keras."""

import subprocess
import sys

import pytest

from forecaster.config.channels import Channel, Channels
from forecaster.errors import ConfigError
from forecaster.models import sizes
from forecaster.models.sizes import LayerSize, Shapes

LSTM = {"lstm": {"units": 3}}


def test_a_segment_a_recurrent_layer_and_the_head_make_three_rows(model):
    """13 steps in segments of 4 are 4 patches, three zeros fill up the first."""
    shapes = Shapes(13, 2, (0.1, 0.5, 0.9), segment=4)

    assert sizes.rows(model(LSTM, segment=4), shapes) == (
        LayerSize("segment", (4, 3), 15),  # (4 + 1) * 3
        LayerSize("layer0_lstm", (3,), 84),  # 4 * 3 * (3 + 3 + 1)
        LayerSize("head", (2, 3), 24),  # (3 + 1) * 6
    )
    assert (shapes.patches, shapes.padding) == (4, 3)


def test_layers_before_the_last_recurrent_one_keep_the_steps(model):
    stack = model({"bigru": {"units": 2}}, {"dense": {"units": 5}}, LSTM, {"dense": {"units": 7}})

    shapes = [row.shape for row in sizes.rows(stack, Shapes(10, 1, (0.5,)))]

    assert shapes == [(10, 4), (10, 5), (3,), (7,), (1, 1)]


def test_training_memory_grows_with_the_batch_and_holds_five_copies_of_the_weights(model):
    stack, shapes = model(LSTM), Shapes(10, 1, (0.5,))

    one, two, three = (sizes.memory(stack, shapes, batch) for batch in (1, 2, 3))

    assert three - two == two - one > 0
    assert one - (two - one) == 4 * 5 * sizes.parameters(stack, shapes)


@pytest.mark.parametrize(
    ("skip", "found"),
    [
        ("none", {}),
        ("linear", {"every": 1}),
        ({"linear": 5}, {"every": 5}),
        ("seasonal_naive", {"seasons": (7,)}),
        ({"seasonal_naive": (5, 10)}, {"seasons": (5, 10)}),
        ("smoothing", {"season": 7}),
    ],
)
def test_the_season_of_the_skip_is_the_panels_unless_the_config_names_some(skip, found, model):
    shapes = sizes.shapes_of(model(LSTM, skip=skip, output="point"), Shapes(12, 4, ()), 7)

    assert shapes == Shapes(12, 4, (0.5,), **found)


@pytest.mark.parametrize(
    ("options", "noise"),
    [
        ({}, ()),
        ({"decoder": "parallel", "output": "gaussian"}, ()),
        ({"decoder": "seq2seq"}, (("steps", 4),)),
        ({"decoder": "recursive", "output": "student_t"}, (("steps", 4),)),
        ({"decoder": "seq2seq", "output": "point"}, ()),
        ({"latent": {"units": 2}}, (("latent", 2), ("steps", 4))),
        ({"latent": {"units": 2}, "output": "point"}, (("latent", 2),)),
    ],
)
def test_a_network_draws_its_latent_numbers_and_each_step_that_another_one_reads(options, noise, model):
    assert sizes.shapes_of(model(LSTM, **options), Shapes(12, 4, ()), 1).noise == noise


@pytest.mark.parametrize(
    ("layers", "noise"),
    [
        (({"dropout": 0.1},), ()),
        (({"dropout": {"rate": 0.1, "keep": True}},), (("layer1_dropout", 3),)),
        (({"gru": {"units": 5, "dropout": 0.1, "keep": True}},), (("layer1_gru", 3),)),
        (({"gru": {"units": 5, "recurrent_dropout": 0.1, "keep": True}},), (("layer1_gru", 5),)),
        (
            ({"bigru": {"units": 5, "dropout": 0.1, "recurrent_dropout": 0.1, "keep": True}},),
            (("layer1_bigru", 16),),  # (3 + 5) of each direction
        ),
    ],
)
def test_a_layer_that_keeps_its_dropout_draws_what_it_drops(layers, noise, model):
    assert sizes.shapes_of(model(LSTM, *layers), Shapes(12, 4, ()), 1).noise == noise


TOLD = Channels(
    past=(Channel("wind"), Channel("way", categories=("N", "S"), embed=3)),  # 1 + 3 wide
    known=(Channel("price"), Channel("kind", categories=("a",))),  # 1 + 1 wide
    static=(Channel("region", categories=("x", "y", "z"), embed=2),),
    series=("A", "B"),
)


def test_what_the_network_is_told_enters_by_name():
    shapes = Shapes(12, 4, (0.5,), channels=TOLD, masked=True, noise=(("latent", 2), ("steps", 4)))

    assert shapes.inputs == {
        "window": (12,),
        "floor": (1,),
        "present": (12,),
        "past": (12, 2),
        "known": (16, 2),
        "static": (1,),
        "series": (1,),
        "noise": (6,),
    }


def test_categories_and_series_have_learned_numbers_and_every_step_reads_all_there_is(model):
    """One value, its mask, four of the past, two known, and five of the series: 13 a step."""
    told = sizes.shapes_of(model(LSTM, embed={"series": 3}, output="point"), Shapes(12, 4, ()), 1, TOLD, True)

    assert sizes.rows(model(LSTM, embed={"series": 3}, output="point"), told) == (
        LayerSize("past1_embedding", (12, 3), 9),  # two ways, and one for all others
        LayerSize("known1_embedding", (16, 1), 2),
        LayerSize("static0_embedding", (2,), 8),
        LayerSize("series_embedding", (3,), 9),
        LayerSize("layer0_lstm", (3,), 204),  # 4 * 3 * (13 + 3 + 1)
        LayerSize("known_summary", (32,), 128),
        LayerSize("known_hidden", (4, 64), 2560),  # (32 + 2 + 5 + 1) * 64
        LayerSize("known_head", (4, 1), 65),
        LayerSize("head", (4, 1), 16),
    )


def test_smoothing_alone_learns_for_each_series_without_numbers_that_stand_for_it(model):
    stack = model(LSTM, skip="smoothing", output="point")

    names = {row.name: row.parameters for row in sizes.rows(stack, sizes.shapes_of(stack, Shapes(12, 4, ()), 7, TOLD))}

    assert names["smoothing"] == 6  # level and season, of A, of B, and of any other
    assert "series_embedding" not in names


def test_a_segment_reads_its_steps_one_after_the_other_and_the_series_once(model):
    stack = model(LSTM, segment=4, embed={"series": 3})
    shapes = sizes.shapes_of(stack, Shapes(12, 4, ()), 1, TOLD)

    assert LayerSize("segment", (3, 3), 102) in sizes.rows(stack, shapes)  # (4 * 7 + 5 + 1) * 3


def test_a_decoder_in_parallel_has_one_step_for_each_segment_of_the_horizon(model):
    stack = model({"bilstm": {"units": 3}}, segment=4, decoder="parallel", output="point")

    assert sizes.rows(stack, Shapes(12, 10, (0.5,), segment=4))[2:] == (
        LayerSize("position", (3, 3), 9),
        LayerSize("bridge", (6,), 42),  # (6 + 1) * 6: the state and the cell of an LSTM, one way
        LayerSize("decoder", (3, 3), 84),
        LayerSize("head", (10, 1), 16),  # (3 + 1) * 4 steps of one segment
    )


def test_a_decoder_step_by_step_reads_its_last_value_and_what_it_attends_to(model):
    stack = model({"bigru": {"units": 3}}, decoder={"seq2seq": {"attention": True}}, output="gaussian")

    assert sizes.rows(stack, Shapes(12, 4, (0.5,))) == (
        LayerSize("layer0_bigru", (12, 6), 108),
        LayerSize("decoder_attention", (4, 6), 30),  # 3 * (3 + 6 + 1)
        LayerSize("bridge", (3,), 21),
        LayerSize("decoder", (4, 3), 108),  # 3 * 3 * (1 + 6 + 3 + 2)
        LayerSize("head", (4, 2), 8),
    )


def test_a_recursive_network_is_one_of_a_single_step(model):
    stack = model(LSTM, decoder="recursive", skip="linear", output="student_t")

    assert sizes.rows(stack, Shapes(12, 4, (0.5,), every=1)) == (
        LayerSize("skip", (1, 1), 13),
        LayerSize("layer0_lstm", (3,), 60),
        LayerSize("head", (1, 3), 12),
    )


def test_a_latent_of_two_numbers_has_two_means_and_two_spreads(model):
    names = {row.name: row.parameters for row in sizes.rows(model(LSTM, latent={"units": 2}), Shapes(12, 4, (0.5,)))}

    assert (names["latent"], names["from_latent"]) == (16, 9)  # (3 + 1) * 4, (2 + 1) * 3


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"kind": "dot", "pool": "weighted"}, 4 + 2 * 16 + 16 + 4),
        ({"kind": "additive", "pool": "weighted"}, 4 + 2 * 16 + 16 + 4 + 4),
        ({"kind": "dot", "pool": "last"}, 16 + 2 * 16 + 32 + 4),
        ({"kind": "dot", "pool": "last", "heads": 3}, 12 + 2 * 12 + 28 + 4),  # three heads one wide
    ],
)
def test_attention_has_questions_keys_values_and_an_output(options, count, model):
    rows = sizes.rows(model({"gru": {"units": 4}}, {"attention": options}), Shapes(12, 4, (0.5,)))

    assert [row.shape for row in rows] == [(12, 4), (4,), (4, 1)]
    assert rows[1].parameters == count


def test_a_residual_is_a_map_only_where_the_widths_differ(model):
    wide = {"gru": {"units": 4, "residual": True}}

    names = {row.name: row.parameters for row in sizes.rows(model(wide, wide), Shapes(12, 4, (0.5,)))}

    assert names["layer0_gru_residual"] == 4
    assert "layer1_gru_residual" not in names


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"scale": "affine"}, 2),
        ({"skip": {"seasonal_naive": (3, 6)}}, 2),
        ({"skip": "linear"}, (12 + 1) * 4),
        ({"skip": {"linear": 3}}, (4 + 1) * 2),
    ],
)
def test_a_scale_or_a_skip_that_learns_has_so_many_numbers(options, count, model):
    stack = model(LSTM, **options)

    plain, learned = (
        sizes.parameters(each, sizes.shapes_of(each, Shapes(12, 4, ()), 1)) for each in (model(LSTM), stack)
    )

    assert learned - plain == count


def test_a_span_of_time_is_no_number_of_steps(model):
    with pytest.raises(ConfigError, match=r'model.segment: "24h" is a span of time, but the network counts steps'):
        sizes.shapes_of(model(LSTM, segment="24h"), Shapes(48, 4, ()), 1)


@pytest.mark.parametrize("season", [{"season": 24}, {"seasons": (6, 24)}])
def test_a_season_longer_than_the_lookback_is_refused_with_both(season, model):
    with pytest.raises(ConfigError, match=r"model.skip: the season has 24 steps, the lookback 12"):
        sizes.check_model(model(LSTM), Shapes(12, 4, (0.5,), **season), 10**6)


def test_a_dilation_that_no_state_follows_is_refused_with_the_steps_there_are(model):
    dilated = model({"gru": {"units": 3, "dilation": 3}}, segment=4)

    with pytest.raises(ConfigError, match=r"model.layers.0.gru.dilation: layer0_gru has a dilation of 3, but 3 rec"):
        sizes.check_model(dilated, Shapes(12, 4, (0.5,), segment=4), 10**6)


def test_a_segment_longer_than_the_lookback_is_refused_with_both(model):
    with pytest.raises(ConfigError, match=r"a segment of 13 steps is longer than the lookback of 12"):
        sizes.check_model(model(LSTM, segment=13), Shapes(12, 4, (0.5,), segment=13), 10**6)


def test_a_network_of_too_many_parameters_is_refused_with_the_layer_to_blame(model):
    huge = model({"lstm": {"units": 1_000_000}})

    with pytest.raises(ConfigError, match=r"4,000,016,000,008 parameters, 4,000,008,000,000 of them in layer0_lstm"):
        sizes.check_model(huge, Shapes(12, 4, (0.25, 0.5)), 50_000_000)


def test_normalising_a_single_value_is_refused(model):
    """Step by step there is one value a step; its own mean and deviation leave nothing of it."""
    with pytest.raises(ConfigError, match=r"model.layers.0: layer0_layer_norm normalises one single value"):
        sizes.check_model(model("layer_norm", LSTM), Shapes(12, 4, (0.5,)), 10**6)


def test_a_network_within_its_limits_is_accepted(model):
    sizes.check_model(model(LSTM, segment=12), Shapes(12, 4, (0.5,), segment=12, seasons=(12, 6), season=12), 10**6)


def test_sizes_and_gates_are_told_without_keras():
    script = (
        "import sys, forecaster.models.sizes, forecaster.models.gates; print({'keras', 'tensorflow'} & {*sys.modules})"
    )

    seen = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert seen.stdout.strip() == "set()"
