"""What every network promises that a config may describe: cells, decoders, outputs and scales that go together.

Here any two of a cell and a decoder, a decoder and an output, a decoder and a scale, an output and a scale meet once;
`tests/test_export_contract.py` has the other parts of a network too, and every combination where it is asked for.
"""

from itertools import product
from typing import get_args

import numpy as np
import onnxruntime
import pytest

from forecaster.config.checks import refusals
from forecaster.config.layers import RECURRENT
from forecaster.config.model import DISTRIBUTIONS, ModelConfig
from forecaster.config.training import TrainingConfig
from forecaster.models import sizes
from forecaster.models.backend import keras, tf
from forecaster.models.build import build, set_weights, weights_of
from forecaster.models.sizes import Shapes, shapes_of
from forecaster.training.export import to_onnx
from forecaster.training.losses import loss_of
from forecaster.training.objective import objective_of

DECODERS = {
    "direct": "direct",
    "recursive": "recursive",
    "parallel": "parallel",
    "seq2seq": {"seq2seq": {}},
    "attending": {"seq2seq": {"attention": True}},
}
OUTPUTS = {"point": "point", "quantiles": {"quantiles": [0.1, 0.5, 0.9]}} | {name: name for name in DISTRIBUTIONS}
SCALES = get_args(ModelConfig.model_fields["scale"].annotation)
WINDOW, PARITY = Shapes(6, 3, ()), 1e-5


def model_of(cell, decoder, output, scale):
    return ModelConfig.model_validate(
        {"layers": [{cell: {"units": 3}}], "decoder": DECODERS[decoder], "output": OUTPUTS[output], "scale": scale},
        strict=False,
    )


def exported(net):
    return to_onnx([net])


def pairs(case):
    cell, decoder, output, scale = case
    return {(cell, decoder), (decoder, output), (decoder, scale), (output, scale)}


def covering():
    """Few combinations that hold every pair that goes together, each the one that holds most of those still missing."""
    allowed = [case for case in product(RECURRENT, DECODERS, OUTPUTS, SCALES) if not refusals(model_of(*case))]
    missing = set().union(*map(pairs, allowed))
    while missing:
        best = max(allowed, key=lambda case: len(missing & pairs(case)))
        missing -= pairs(best)
        yield best


CASES = tuple(covering())


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def kind(request):
    return model_of(*request.param)


@pytest.fixture(scope="module")
def net(kind):
    return build(kind, shapes_of(kind, WINDOW, 1), seed=0)


@pytest.fixture(scope="module")
def given(net, inputs_of):
    """Windows above 0, some of them far, and noise."""
    inputs = inputs_of(net.shapes, 5)
    inputs["window"] = np.abs(inputs["window"]) * np.float32([[1], [1], [10], [100], [1]]) + 1
    if "noise" in inputs:
        inputs["noise"] = np.random.default_rng(0).normal(size=inputs["noise"].shape).astype(np.float32)
    return inputs


def test_every_pair_of_parts_meets():
    assert {cell for cell, *_ in CASES} == set(RECURRENT)
    assert len({(decoder, output) for _, decoder, output, _ in CASES}) == len(DECODERS) * len(OUTPUTS)
    assert 35 <= len(CASES) <= 45


def test_one_step_along_the_gradient_is_finite_and_changes_every_weight(kind, net, given, taught):
    before, lessons = weights_of(net), taught(given, net.shapes, share=0.5)
    lessons["target"] = np.round(np.abs(lessons["target"]))
    lessons["target"][0, 1] = np.nan
    measure = loss_of(objective_of(TrainingConfig(), kind), net.shapes.levels)

    with tf.GradientTape() as tape:
        said = net.training(lessons, training=True)
        loss = tf.reduce_mean(measure(said["parameters"], said["target"]) + said["penalty"])
    slopes = tape.gradient(loss, net.training.trainable_variables)
    keras.optimizers.SGD(0.01).apply(slopes, net.training.trainable_variables)

    after = weights_of(net)
    set_weights(net, before)
    assert np.isfinite(loss)
    assert all(np.isfinite(value).all() for value in after.values())
    assert [key for key in before if np.array_equal(before[key], after[key])] == []


def test_it_has_as_many_parameters_as_are_counted_without_keras(kind, net):
    assert sizes.parameters(kind, net.shapes) == net.prediction.count_params()
    assert sizes.parameters(kind, net.shapes) == sum(value.size for value in weights_of(net).values())


def test_its_weights_come_back(kind, net, given):
    other = build(kind, net.shapes, seed=1)

    set_weights(other, weights_of(net))

    for name, value in net.prediction(given).items():
        np.testing.assert_array_equal(value, other.prediction(given)[name])


def test_its_levels_rise(net, given):
    forecast = np.asarray(net.prediction(given)["forecast"])

    assert forecast.shape == (5, 3, len(net.shapes.levels))
    assert np.isfinite(forecast).all()
    assert np.all(np.diff(forecast, axis=-1) >= 0)


@pytest.mark.slow
def test_it_says_in_onnx_what_it_says_in_keras(net, given):
    session = onnxruntime.InferenceSession(exported(net), providers=["CPUExecutionProvider"])
    expected = {name: np.asarray(value) for name, value in net.prediction(given, training=False).items()}

    assert {output.name for output in session.get_outputs()} == set(expected)
    for rows in (slice(None), slice(3, 4)):
        said = session.run(list(expected), {name: value[rows] for name, value in given.items()})
        for name, value in zip(expected, said, strict=True):
            np.testing.assert_allclose(value, expected[name][rows], rtol=PARITY, atol=PARITY, err_msg=name)
