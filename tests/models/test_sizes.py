"""Sizes that are told, and refused, without Keras."""

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize(("skip", "season"), [("none", None), ("seasonal_naive", 7), ({"seasonal_naive": (5,)}, 5)])
def test_the_season_of_the_skip_is_the_panels_unless_the_config_names_one(skip, season, model):
    shapes = sizes.shapes_of(model(LSTM, skip=skip, output="point"), Shapes(12, 4, ()), 7)

    assert shapes == Shapes(12, 4, (0.5,), season=season)


def test_a_span_of_time_is_no_number_of_steps(model):
    with pytest.raises(ConfigError, match=r'model.segment: "24h" is a span of time, but the network counts steps'):
        sizes.shapes_of(model(LSTM, segment="24h"), Shapes(48, 4, ()), 1)


def test_a_season_longer_than_the_lookback_is_refused_with_both(model):
    with pytest.raises(ConfigError, match=r"model.skip: the season has 24 steps, the lookback 12"):
        sizes.check_model(model(LSTM), Shapes(12, 4, (0.5,), season=24), 10**6)


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
    sizes.check_model(model(LSTM, segment=12), Shapes(12, 4, (0.5,), segment=12, season=12), 10**6)


def test_sizes_and_gates_are_told_without_keras():
    script = (
        "import sys, forecaster.models.sizes, forecaster.models.gates; print({'keras', 'tensorflow'} & {*sys.modules})"
    )

    seen = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert seen.stdout.strip() == "set()"
