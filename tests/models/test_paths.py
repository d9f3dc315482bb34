"""Paths: what a network draws by the noise that it is given, and that a forecast never depends on it."""

import numpy as np
import pytest

GRU, SEQ2SEQ = {"gru": {"units": 5}}, {"seq2seq": {}}
KEEPING = {"gru": {"units": 5, "dropout": 0.4, "recurrent_dropout": 0.4, "keep": True}}
DRAWING = {
    "seq2seq": {"decoder": SEQ2SEQ, "output": "gaussian"},
    "attending": {"decoder": {"seq2seq": {"attention": True}}, "output": "student_t"},
    "counting": {"decoder": SEQ2SEQ, "output": "negative_binomial", "scale": "mean"},
    "recursive": {"decoder": "recursive", "output": "gaussian"},
    "recursive counting": {"decoder": "recursive", "output": "negative_binomial", "scale": "mean"},
    "latent": {"latent": {"units": 3}, "output": "student_t"},
    "latent levels": {"latent": {"units": 3}, "decoder": "parallel"},
    "latent point": {"latent": {"units": 3}, "output": "point"},
}


def with_noise(net, inputs, seed):
    noise = np.random.default_rng(seed).normal(size=inputs["noise"].shape).astype(np.float32)
    return {name: np.asarray(value) for name, value in net.prediction(inputs | {"noise": noise}).items()}


@pytest.fixture(scope="module", params=DRAWING)
def drawing(request, model, network):
    return network(model(GRU, **DRAWING[request.param]))


@pytest.fixture(scope="module")
def positive(inputs_of):
    """What a network reads whose windows hold nothing below 0."""

    def make(net):
        inputs = inputs_of(net.shapes)
        return inputs | {"window": np.abs(inputs["window"]) + 1}

    return make


def test_a_path_without_noise_is_the_median(drawing, positive):
    said = drawing.prediction(positive(drawing))

    middle = np.asarray(said["forecast"])[..., drawing.shapes.median]
    np.testing.assert_allclose(said["path"][..., 0], middle, rtol=2e-4, atol=2e-4)


def test_the_same_noise_gives_the_same_path_and_other_noise_another(drawing, positive):
    inputs = positive(drawing)

    first, again, other = (with_noise(drawing, inputs, seed)["path"] for seed in (1, 1, 2))

    np.testing.assert_array_equal(first, again)
    assert np.mean(first != other) > 0.9  # draws of counts may both be 0


def test_noise_does_not_change_the_forecast(drawing, positive):
    inputs = positive(drawing)

    np.testing.assert_array_equal(
        with_noise(drawing, inputs, 1)["forecast"], with_noise(drawing, inputs, 2)["forecast"]
    )


@pytest.mark.parametrize("name", ["seq2seq", "recursive"])
def test_a_step_of_a_path_goes_on_from_what_was_drawn_before(name, model, network, positive):
    """Noise at the second step alone: the first stays, and those after it follow."""
    net = network(model(GRU, **DRAWING[name]))
    inputs = positive(net)
    noise = np.float32([[0, 3, 0, 0]]) * np.ones((9, 1), np.float32)

    moved = np.asarray(net.prediction(inputs | {"noise": noise})["path"] - net.prediction(inputs)["path"])[..., 0]

    np.testing.assert_allclose(moved[:, 0], 0, atol=1e-6)
    assert np.all(moved[:, 1] > 0.1)
    assert np.all(np.abs(moved[:, 2:]) > 1e-5)


KEPT = {
    "layer": ([KEEPING], {}),
    "both directions": ([{"bigru": KEEPING["gru"]}, GRU], {}),
    "dilated": ([{"gru": KEEPING["gru"] | {"dilation": 2}}, GRU], {}),
    "after": ([GRU, {"dropout": {"rate": 0.4, "keep": True}}], {}),
    "between": ([GRU, {"dropout": {"rate": 0.4, "keep": True}}, GRU], {}),
    "recursive": ([KEEPING], {"decoder": "recursive"}),
    "seq2seq": ([KEEPING], {"decoder": SEQ2SEQ}),
}


@pytest.mark.parametrize("name", KEPT)
def test_kept_dropout_changes_paths_and_nothing_else(name, model, network, inputs_of):
    layers, options = KEPT[name]
    net = network(model(*layers, **options))
    inputs = inputs_of(net.shapes)
    plain = {name: np.asarray(value) for name, value in net.prediction(inputs).items()}

    paths = [with_noise(net, inputs, seed) for seed in (1, 2)]

    assert np.any(paths[0]["path"] != paths[1]["path"])
    for said in paths:
        np.testing.assert_array_equal(said["forecast"], plain["forecast"])
        np.testing.assert_array_equal(said["sequence"], plain["sequence"])


def test_noise_drops_the_share_asked_for_and_keeps_the_mean(model, network, inputs_of):
    """A linear head shows the mean of what is dropped: that without noise."""
    net = network(model(GRU, {"dropout": {"rate": 0.3, "keep": True}}, output="point"))
    one = {name: np.repeat(value[:1], 4000, axis=0) for name, value in inputs_of(net.shapes).items()}

    paths = with_noise(net, one, 3)["path"]

    spread = paths.std(axis=0)
    np.testing.assert_allclose(
        paths.mean(axis=0), net.prediction(one)["forecast"][0], atol=4 * spread.max() / 4000**0.5
    )
