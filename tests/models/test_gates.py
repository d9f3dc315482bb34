"""The equations in NumPy against Keras' own layers, and our layers against both."""

import numpy as np
import pytest

from forecaster.config.layers import GRUOptions, LSTMOptions, RecurrentOptions
from forecaster.errors import UsageError
from forecaster.models import gates, recurrent
from forecaster.models.backend import keras

ACTIVATIONS = ("tanh", "sigmoid", "relu")
INPUTS = np.random.default_rng(0).normal(size=(4, 9, 3))


def weights(count, *, rows=None, units=5):
    draws = np.random.default_rng(1)
    sizes = [(3, count * units), (units, count * units), (*([] if rows is None else [rows]), count * units)]
    return gates.Weights(*(draws.normal(scale=0.4, size=size).astype(np.float32) for size in sizes))


def states(layer, values):
    """(N, P, units) from a Keras layer with these weights."""
    inputs = INPUTS.astype(np.float32)
    layer.build(inputs.shape)
    layer.set_weights([values.kernel, values.recurrent_kernel, values.bias])
    return np.asarray(layer(inputs))


def ours(layer, options):
    start = recurrent.Start("zeros", "zeros", "zeros", dropout=0)
    return layer(options, start, return_sequences=True)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_simple_rnn_agrees_with_keras(activation):
    values = weights(1)

    hidden = gates.simple_rnn(INPUTS, values, activation=activation).hidden

    reference = keras.layers.SimpleRNN(5, activation=activation, return_sequences=True)
    np.testing.assert_allclose(states(reference, values), hidden, rtol=1e-6, atol=1e-6)
    options = RecurrentOptions(units=5, activation=activation)
    np.testing.assert_allclose(states(ours(recurrent.SimpleRNN, options), values), hidden, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("recurrent_activation", ["sigmoid", "hard_sigmoid", "relu"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_lstm_agrees_with_keras(activation, recurrent_activation):
    values = weights(4)
    names = {"activation": activation, "recurrent_activation": recurrent_activation}

    hidden = gates.lstm(INPUTS, values, **names).hidden

    reference = keras.layers.LSTM(5, return_sequences=True, **names)
    np.testing.assert_allclose(states(reference, values), hidden, rtol=1e-6, atol=1e-6)
    layer = ours(recurrent.LSTM, LSTMOptions(units=5, **names))
    np.testing.assert_allclose(states(layer, values), hidden, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("recurrent_activation", ["sigmoid", "hard_sigmoid"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gru_agrees_with_keras(activation, recurrent_activation, reset_after):
    values = weights(3, rows=2 if reset_after else None)
    names = {"activation": activation, "recurrent_activation": recurrent_activation}

    hidden = gates.gru(INPUTS, values, **names).hidden

    reference = keras.layers.GRU(5, return_sequences=True, reset_after=reset_after, **names)
    np.testing.assert_allclose(states(reference, values), hidden, rtol=1e-6, atol=1e-6)
    layer = recurrent.GRU if reset_after else recurrent.GRUResetBefore
    options = GRUOptions(units=5, reset_after=reset_after, **names)
    np.testing.assert_allclose(states(ours(layer, options), values), hidden, rtol=1e-6, atol=1e-6)


def test_the_gates_of_an_lstm_make_up_its_cell_and_state():
    seen = gates.lstm(INPUTS, weights(4))

    before = np.concatenate([np.zeros((4, 1, 5)), seen.cell[:, :-1]], axis=1)
    np.testing.assert_allclose(seen.cell, seen.forget * before + seen.input * seen.candidate)
    np.testing.assert_allclose(seen.hidden, seen.output * np.tanh(seen.cell))


def test_an_open_update_gate_keeps_the_old_state_of_a_gru():
    """A bias of 50 holds the gate at 1, so that nothing of any candidate gets in."""
    values = weights(3, rows=2)
    values.bias[0, :5] = 50.0

    seen = gates.gru(INPUTS, values)

    assert np.all(seen.update == 1.0)
    assert np.all(seen.hidden == 0.0)


@pytest.mark.parametrize("kind", ["simple_rnn", "lstm", "gru"])
def test_a_dilated_layer_runs_through_every_third_step_on_its_own(kind):
    """Three layers side by side, each over a third of the steps (Chang et al., 2017)."""
    values, equation = weights({"simple_rnn": 1, "lstm": 4, "gru": 3}[kind]), getattr(gates, kind)

    dilated = equation(INPUTS, values, dilation=3).hidden

    for start in range(3):
        np.testing.assert_allclose(dilated[:, start::3], equation(INPUTS[:, start::3], values).hidden, rtol=1e-12)


def test_a_dilation_longer_than_the_window_remembers_nothing():
    far = gates.lstm(INPUTS, weights(4), dilation=20).hidden

    alone = [gates.lstm(INPUTS[:, [step]], weights(4)).hidden for step in range(9)]
    np.testing.assert_allclose(far, np.concatenate(alone, axis=1))


def test_a_gate_at_nine_tenths_halves_the_memory_in_under_seven_steps():
    assert gates.half_life(np.full((2, 5, 1), 0.9)) == pytest.approx([np.log(0.5) / np.log(0.9)])


def test_a_cell_that_nothing_enters_is_half_forgotten_after_its_half_life():
    """With the input gate shut, what is left of a cell after P steps is the product of its forget gates."""
    forget = np.random.default_rng(3).uniform(0.8, 0.99, size=(1, 50, 4))

    left = np.prod(forget, axis=(0, 1))

    np.testing.assert_allclose(left, 0.5 ** (50 / gates.half_life(forget)))


def test_the_half_life_of_several_windows_is_under_the_mean_of_their_logarithms():
    forget = np.array([[[0.5]], [[0.125]]])

    assert gates.half_life(forget) == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("gate", "life"), [(1.0, np.inf), (1.3, np.inf), (0.0, 0.0), (-0.5, 1.0)], ids=["open", "relu", "shut", "tanh"]
)
def test_a_gate_at_its_ends_keeps_for_ever_or_not_at_all(gate, life):
    assert gates.half_life(np.full((1, 4, 2), gate)).tolist() == [life, life]


def test_the_half_life_of_a_segment_is_in_steps_of_the_clock():
    forget = np.full((1, 3, 1), 0.5)

    assert gates.half_life(forget, steps=24).tolist() == [24.0]


def test_an_activation_of_another_name_is_refused_with_the_names_there_are():
    with pytest.raises(UsageError, match=r'no activation is called "swish"; take one of tanh, sigmoid, relu'):
        gates.lstm(INPUTS, weights(4), activation="swish")
