import numpy as np
import pytest

from forecaster.config.training import TrainingConfig
from forecaster.models.backend import keras, tf
from forecaster.training.optimizers import clipped, fresh, updated
from forecaster.training.schedules import optimizer_of, options_of

RATE, UPDATES = 0.05, 6
REFERENCES = {
    "adam": ({}, keras.optimizers.Adam(RATE)),
    "adamw": ({"weight_decay": 0.1}, keras.optimizers.AdamW(RATE, weight_decay=0.1)),
    "rmsprop": ({}, keras.optimizers.RMSprop(RATE)),
    "sgd": ({"momentum": 0.8}, keras.optimizers.SGD(RATE, momentum=0.8)),
}


def options(kind, **chosen):
    training = TrainingConfig.model_validate({"optimizer": {kind: chosen}}, strict=False)
    return optimizer_of(training), options_of(training)


def slopes(weights):
    return [2 * (weight - 1) for weight in weights]


@pytest.mark.parametrize("kind", REFERENCES)
def test_an_optimizer_moves_weights_as_that_of_keras_does(kind):
    chosen, reference = REFERENCES[kind]
    name, settings = options(kind, **chosen)
    variables = [keras.Variable(np.array([0.5, -3.0], np.float32)), keras.Variable(np.array([[2.0]], np.float32))]
    weights = [tf.constant(variable.numpy()) for variable in variables]
    moments = fresh(name, weights)

    for number in range(1, UPDATES + 1):
        reference.apply(slopes([variable.value for variable in variables]), variables)
        when = (tf.constant(RATE), tf.constant(float(number)))
        weights, moments = updated(name, settings, (weights, moments), slopes(weights), when)

    for weight, variable in zip(weights, variables, strict=True):
        np.testing.assert_allclose(weight.numpy(), variable.numpy(), rtol=1e-5)


def test_a_long_gradient_is_shortened_to_the_norm():
    _, settings = options("sgd", clip_norm=1.0)

    found = clipped([tf.constant([3.0]), tf.constant([[4.0]])], settings)

    np.testing.assert_allclose([each.numpy().item() for each in found], [0.6, 0.8], rtol=1e-6)


def test_a_short_gradient_is_left_alone():
    _, settings = options("sgd", clip_norm=10.0)

    np.testing.assert_array_equal(clipped([tf.constant([3.0, 4.0])], settings)[0].numpy(), [3.0, 4.0])


def test_no_gradient_is_shortened_where_no_norm_is_given():
    _, settings = options("sgd", clip_norm=None)

    np.testing.assert_array_equal(clipped([tf.constant([3e9])], settings)[0].numpy(), np.float32([3e9]))
