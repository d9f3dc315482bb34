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


@pytest.fixture(scope="module")
def trio(model_of, shapes_of):
    """Three networks that draw paths and attend."""
    decoder = {"seq2seq": {"attention": True}}
    model = model_of(layers=[{"gru": {"units": 3}}], decoder=decoder, output="gaussian")
    return [build(model, shapes_of(model), seed=seed) for seed in (1, 2, 3)]


@pytest.fixture(scope="module")
def joined(trio):
    return session(to_onnx(trio))


@pytest.fixture(scope="module")
def drawn(trio, material_of):
    """Real windows with noise, what the joined graph says of them, and what each member says in Keras."""
    inputs, _ = compared_forecasts(trio, material_of(), 8)
    noise = np.random.default_rng(1).normal(size=inputs["noise"].shape).astype(np.float32)
    inputs = inputs | {"noise": noise}
    members = [{name: np.asarray(value) for name, value in each.prediction(inputs).items()} for each in trio]
    return inputs, members


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
    np.testing.assert_allclose(found, forecasts["forecast"], atol=1e-5)


def test_exporting_twice_gives_the_same_bytes(network, exported):
    assert to_onnx([network]) == exported


def test_other_weights_give_other_bytes(model_of, shapes_of):
    first, second = (build(model_of(), shapes_of(model_of()), seed=seed) for seed in (0, 1))

    assert to_onnx([first]) != to_onnx([second])


@pytest.mark.parametrize("changes", [{}, {"layers": [{"lstm": {"units": 3}}], "decoder": "recursive"}])
def test_exporting_is_silent(model_of, shapes_of, changes, capfd):
    model = model_of(**changes)

    to_onnx([build(model, shapes_of(model), seed=0)])

    assert capfd.readouterr() == ("", "")


def test_the_windows_that_are_compared_reach_from_the_oldest_to_the_newest(network, material_of):
    material = material_of()

    inputs, _ = compared_forecasts([network], material, 7)

    np.testing.assert_array_equal(inputs["window"][0], material.flat.values[:6])
    np.testing.assert_array_equal(inputs["window"][-1], material.flat.values[62:68])
    np.testing.assert_array_equal(inputs["floor"][-1], material.flat.floors[67:68])


def test_draws_are_compared_too_each_with_noise_of_its_own(trio, joined, material_of):
    inputs, said = compared_forecasts(trio, material_of(), 8)

    found = joined.run(["path"], inputs)[0]

    assert list(inputs) == list(trio[0].shapes.inputs)
    assert len(np.unique(inputs["noise"])) == inputs["noise"].size
    assert said["forecast"].shape == (8, 2, 9)
    np.testing.assert_allclose(found, said["path"], atol=1e-4)


def test_an_ensemble_is_one_graph_with_a_path_of_every_member(joined):
    outputs = {value.name: value.shape for value in joined.get_outputs()}

    assert [value.name for value in joined.get_inputs()] == ["window", "floor", "noise"]
    assert outputs == {
        "forecast": ["N", 2, 9],
        "path": ["N", 2, 3],
        "attention": ["N", 2, 6],
        "sequence": ["N", 6, 1],
    }


def test_an_ensemble_forecasts_the_mean_of_its_members_level_by_level(joined, drawn):
    inputs, members = drawn

    (found,) = joined.run(["forecast"], inputs)

    np.testing.assert_allclose(found, np.mean([each["forecast"] for each in members], axis=0), atol=1e-5)


def test_every_member_draws_a_path_by_the_same_noise(joined, drawn):
    inputs, members = drawn

    (found,) = joined.run(["path"], inputs)

    np.testing.assert_allclose(found, np.concatenate([each["path"] for each in members], axis=-1), atol=1e-5)
    assert len(np.unique(found[0, 0])) == 3


@pytest.mark.parametrize("output", ["attention", "sequence"])
def test_what_is_looked_at_is_that_of_the_first_member(joined, drawn, output):
    inputs, members = drawn

    (found,) = joined.run([output], inputs)

    np.testing.assert_allclose(found, members[0][output], atol=1e-6)


def test_an_ensemble_is_exported_to_the_same_bytes_again(trio):
    assert to_onnx(trio) == to_onnx(trio)


def test_a_member_alone_is_another_graph_than_all_of_them(trio):
    assert to_onnx(trio[:1]) != to_onnx(trio)
