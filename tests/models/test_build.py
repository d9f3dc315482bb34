"""How a config is wired into a network: segments, the skip, the head, and where its weights come from."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecaster.config.channels import Channels
from forecaster.config.model import ModelConfig
from forecaster.models.backend import keras, ops
from forecaster.models.build import Shapes, build, set_weights, weights_of
from forecaster.models.levels import levels_apart

GRU = {"gru": {"units": 6}}
SERIES = Channels(series=("a", "b"))
CHANGES = {
    "scale": "standard",
    "segment": 5,
    "embed": {"series": 2},
    "layers": [GRU, GRU],
    "decoder": "parallel",
    "latent": {"units": 2},
    "skip": "seasonal_naive",
    "output": {"quantiles": [0.2, 0.5, 0.9]},
}
PRINT_DIGEST = """
import hashlib, sys
from forecaster.config.model import ModelConfig
from forecaster.models.build import Shapes, build, weights_of
network = build(ModelConfig.model_validate_json(sys.argv[1]), Shapes(12, 4, (0.1, 0.5, 0.9), 5, every=1), seed=3)
print(hashlib.sha256(b"".join(value.tobytes() for value in weights_of(network).values())).hexdigest())
"""


def without_head(network):
    set_weights(network, {k: 0 * v if k.startswith("head/") else v for k, v in weights_of(network).items()})
    return network


@pytest.mark.parametrize("option", CHANGES)
def test_every_option_of_the_model_changes_the_network(option, model, network, inputs_of, taught):
    usual = network(model(GRU), channels=SERIES)
    options = {option: CHANGES[option]}

    changed = network(model(*options.pop("layers", [GRU]), **options), channels=SERIES)

    lessons = taught(inputs_of(usual.shapes), usual.shapes)
    outputs = [np.asarray(each.training(lessons)["parameters"]) for each in (usual, changed)]
    assert not np.array_equal(*outputs) or usual.shapes.levels != changed.shapes.levels


def test_no_option_of_the_model_is_left_out_of_the_test_above():
    """Bounds and a blend change what is published, not what the network says: their own tests are in forecasters."""
    assert set(CHANGES) == set(ModelConfig.model_fields) - {"bounds", "blend"}


def test_segments_are_filled_up_with_zeros_on_the_left(model, network):
    """Twelve steps in segments of five: the first holds three zeros and the two oldest steps."""
    net = network(model(GRU, segment=5, scale="none"))
    read = keras.Model(net.prediction.input, net.prediction.get_layer("segment").input)
    window = np.arange(1, 13, dtype=np.float32)[None]

    patches = read({"window": window, "floor": np.ones((1, 1), np.float32)})

    expected = [[0, 0, 0, 1, 2], [3, 4, 5, 6, 7], [8, 9, 10, 11, 12]]
    np.testing.assert_array_equal(patches, [expected])


def test_segments_hold_all_that_is_told_of_a_step_and_then_of_the_next(model, network):
    net = network(model(GRU, segment=6, scale="none"), masked=True)
    read = keras.Model(net.prediction.input, net.prediction.get_layer("segment").input)
    window, present = np.arange(12, dtype=np.float32)[None], np.tile(np.float32([0, 1]), 6)[None]

    patches = read({"window": window, "present": present, "floor": np.ones((1, 1), np.float32)})

    np.testing.assert_array_equal(patches[0, 0], [0, 0, 1, 1, 2, 0, 3, 1, 4, 0, 5, 1])


def test_a_network_that_adds_nothing_repeats_the_season_before(model, network, inputs):
    """Season 3, horizon 4: the fourth step is still one season after a known value, so it repeats the first."""
    net = without_head(network(model(GRU, skip={"seasonal_naive": [3]}, output="point")))
    window = inputs["window"]

    forecast = net.prediction(inputs)["forecast"]

    np.testing.assert_allclose(forecast[..., 0], window[:, [9, 10, 11, 9]], rtol=1e-5, atol=1e-5)


def test_a_network_that_adds_nothing_repeats_the_last_value(model, network, inputs):
    net = without_head(network(model(GRU, output="point")))

    forecast = net.prediction(inputs)["forecast"]

    np.testing.assert_allclose(forecast[..., 0], np.repeat(inputs["window"][:, -1:], 4, axis=1), rtol=1e-6)


def test_the_first_forecast_is_close_to_the_last_value(model, network, inputs):
    net = network(model(GRU, output="point"))
    steps = np.abs(np.diff(inputs["window"], axis=1)).mean(axis=1)

    distance = np.abs(np.asarray(net.prediction(inputs)["forecast"])[..., 0] - inputs["window"][:, -1:])

    assert np.all(distance < 0.7 * steps[:, None])


# Below 1e-38 the machine's arithmetic takes a number for 0.
FLOATS = st.floats(-1e6, 1e6, width=32, allow_subnormal=False)


@settings(deadline=None, max_examples=60)
@given(
    raw=st.integers(1, 7).flatmap(lambda q: arrays(np.float32, (2, 3, q), elements=FLOATS)),
    place=st.integers(0, 6),
)
def test_levels_never_cross_whatever_the_network_says(raw, place):
    median = min(place, raw.shape[-1] - 1)

    levels = np.asarray(levels_apart(ops.convert_to_tensor(raw), median))

    assert levels.shape == raw.shape
    assert np.all(np.diff(levels, axis=-1) >= 0)
    np.testing.assert_array_equal(levels[..., median], raw[..., median])


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**31 - 1), size=st.floats(0.1, 30.0))
def test_forecasts_never_cross_whatever_the_weights(model, network, inputs, seed, size):
    net = network(model(GRU, output={"quantiles": [0.05, 0.3, 0.5, 0.99]}))
    draws = np.random.default_rng(seed)
    set_weights(net, {key: draws.normal(scale=size, size=value.shape) for key, value in weights_of(net).items()})

    forecast = np.asarray(net.prediction(inputs)["forecast"])

    assert np.all(np.diff(forecast, axis=-1) >= 0)


EVERYTHING = {
    "layers": [{"bigru": {"units": 3, "residual": True}}, {"attention": {"heads": 2}}, {"dense": {"units": 4}}],
    "scale": "affine",
    "decoder": {"seq2seq": {"attention": True}},
    "latent": {"units": 2},
    "skip": "linear",
}


@pytest.mark.parametrize(
    "options", [{"layers": [{"bilstm": {"units": 3, "forget_bias": "chrono"}}], "segment": 5}, EVERYTHING]
)
def test_a_seed_gives_the_same_weights_in_another_process(options):
    model = json.dumps(options)
    keras.utils.set_random_seed(99)
    here = build(ModelConfig.model_validate_json(model), Shapes(12, 4, (0.1, 0.5, 0.9), 5, every=1), seed=3)

    command = [sys.executable, "-c", PRINT_DIGEST, model]
    environment = os.environ | {"KERAS_BACKEND": "torch", "PYTHONHASHSEED": "5", "HOME": "/nonexistent"}
    there = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)

    digest = hashlib.sha256(b"".join(value.tobytes() for value in weights_of(here).values())).hexdigest()
    assert there.stdout.strip() == digest
    assert there.stderr == ""


def test_no_two_layers_start_with_the_same_numbers(model, network, told):
    options = EVERYTHING | {"embed": {"series": 3}, "scale": "none"}
    net = network(model(*options.pop("layers"), **options), channels=told, masked=True)

    drawn = [value.ravel()[:3] for value in weights_of(net).values() if np.unique(value).size > 2]

    assert len(drawn) > 15
    assert len({tuple(row) for row in drawn}) == len(drawn)


def test_every_weight_has_a_key_of_its_layer(model, network, told):
    options = EVERYTHING | {"embed": {"series": 3}}
    keys = weights_of(network(model(*options.pop("layers"), **options), channels=told)).keys()

    assert {key.split("/")[0] for key in keys} == {
        *("affine", "skip", "past1_embedding", "known0_embedding", "static1_embedding", "series_embedding"),
        *("layer0_bigru", "layer0_bigru_backward", "layer0_bigru_residual", "layer1_attention", "layer2_dense"),
        *("latent", "from_latent", "bridge", "decoder", "decoder_attention", "head"),
    }


def test_another_seed_gives_other_weights(model, network):
    kernels = [weights_of(network(model(GRU), seed=seed))["layer0_gru/0_kernel"] for seed in (0, 1)]

    assert not np.array_equal(*kernels)


def test_two_layers_of_one_kind_start_differently(model, network):
    weights = weights_of(network(model(GRU, GRU)))

    assert not np.array_equal(weights["layer0_gru/1_recurrent_kernel"], weights["layer1_gru/1_recurrent_kernel"])


@pytest.mark.parametrize(("forget_bias", "expected"), [("zero", 0.0), ("one", 1.0)])
@pytest.mark.parametrize(("kind", "keeps"), [("lstm", slice(6, 12)), ("gru", slice(0, 6))])
def test_the_gate_that_keeps_the_state_starts_with_the_bias_asked_for(
    kind, keeps, forget_bias, expected, model, network
):
    net = network(model({kind: {"units": 6, "forget_bias": forget_bias}}))

    bias = np.atleast_2d(weights_of(net)[f"layer0_{kind}/2_bias"])[0]

    assert np.all(bias[keeps] == expected)
    assert np.all(np.delete(bias, keeps) == 0)


@pytest.mark.parametrize("reset_after", [True, False])
def test_chrono_spreads_the_memories_of_a_gru_over_the_lookback(reset_after, model, network):
    """Of twelve steps: between one and eleven, as the bias's exponential."""
    net = network(model({"gru": {"units": 200, "forget_bias": "chrono", "reset_after": reset_after}}))

    bias = np.atleast_2d(weights_of(net)["layer0_gru/2_bias"])

    memories = np.exp(bias[0, :200])
    assert 1.0 <= memories.min() < 2.0
    assert 10.0 < memories.max() <= 11.0
    assert np.all(bias[0, 200:] == 0)
    assert np.all(bias[1:] == 0)


def test_chrono_closes_the_input_gate_of_an_lstm_as_far_as_it_opens_the_forget_gate(model, network):
    bias = weights_of(network(model({"lstm": {"units": 6, "forget_bias": "chrono"}})))["layer0_lstm/2_bias"]

    np.testing.assert_array_equal(bias[:6], -bias[6:12])
    assert np.all(bias[6:12] > 0)


def test_chrono_counts_segments_where_there_are_any(model, network):
    """Twelve steps in segments of four are three recurrent steps: memories of one to two."""
    net = network(model({"gru": {"units": 50, "forget_bias": "chrono"}}, segment=4))

    assert np.exp(weights_of(net)["layer0_gru/2_bias"][0, :50]).max() <= 2.0
