import numpy as np
import onnxruntime
import pytest

from forecaster.models.build import build
from forecaster.training.export import compared_forecasts, to_onnx

STACKS = {
    "loop": [{"simple_rnn": {"units": 3}}],
    "native": [{"bilstm": {"units": 3}}, {"dropout": 0.2}, {"gru": {"units": 3}}, {"layer_norm": {}}],
}


@pytest.fixture(scope="module", params=STACKS)
def network(request, model_of, shapes_of):
    model = model_of(layers=STACKS[request.param], output={"quantiles": [0.1, 0.5, 0.9]})
    return build(model, shapes_of(model), seed=3)


@pytest.fixture(scope="module")
def exported(network):
    return to_onnx([network])


def session(content):
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def test_inputs_and_output_have_names_and_free_batches(exported):
    graph = session(exported)

    assert {value.name: value.shape for value in graph.get_inputs()} == {"window": ["N", 6], "floor": ["N", 1]}
    outputs = [(value.name, value.shape) for value in graph.get_outputs()]
    assert outputs == [("forecast", ["N", 2, 3]), ("sequence", ["N", 6, 1])]


@pytest.mark.parametrize("count", [1, 5, 64])
def test_onnx_says_what_keras_says(network, exported, material_of, count):
    inputs, forecasts = compared_forecasts([network], material_of(), count)

    (found,) = session(exported).run(["forecast"], inputs)

    assert inputs["window"].shape == (min(count, 63), 6)
    np.testing.assert_allclose(found, forecasts, atol=1e-5)


def test_exporting_twice_gives_the_same_bytes(network, exported):
    assert to_onnx([network]) == exported


def test_other_weights_give_other_bytes(model_of, shapes_of):
    first, second = (build(model_of(), shapes_of(model_of()), seed=seed) for seed in (0, 1))

    assert to_onnx([first]) != to_onnx([second])


def test_exporting_is_silent(network, capfd):
    to_onnx([network])

    assert capfd.readouterr() == ("", "")


def test_the_windows_that_are_compared_reach_from_the_oldest_to_the_newest(network, material_of):
    material = material_of()

    inputs, _ = compared_forecasts([network], material, 7)

    np.testing.assert_array_equal(inputs["window"][0], material.flat.values[:6])
    np.testing.assert_array_equal(inputs["window"][-1], material.flat.values[62:68])
    np.testing.assert_array_equal(inputs["floor"][-1], material.flat.floors[67:68])
