"""What the compiled loop asks of a network's graphs, shown on graphs made for it."""

from types import SimpleNamespace

import numpy as np
import pytest

from forecaster.models.backend import keras, ops
from forecaster.models.sizes import Shapes
from forecaster.training import compiled
from forecaster.training.compiled import CHUNK, Program, program
from forecaster.training.resident import resident
from forecaster.training.schedules import options_of
from forecaster.training.state import Recipe

SHAPES = Shapes(2, 2, (0.5,))
STARTS = np.arange(32).reshape(2, 16)


def inputs():
    return {
        name: keras.Input((size,), name=name)
        for name, size in (("window", 2), ("floor", 1), ("target", 2), ("pace", 2))
    }


def dense(name, seed):
    start = keras.initializers.RandomNormal(seed=seed)
    return keras.layers.Dense(2, name=name, kernel_initializer=start, bias_initializer=start)


def graph(given, forecast, penalty=None):
    nothing = given["pace"][:, 0] * 0.0
    said = {
        "parameters": ops.expand_dims(forecast, -1),
        "target": given["target"],
        "penalty": nothing if penalty is None else penalty,
    }
    return keras.Model(given, said)


def crossing(seed=0):
    """Two layers that the judging graph calls in the other order, beside one that only learning goes through."""
    given, first, second, helper = inputs(), dense("first", seed), dense("second", seed + 1), dense("helper", seed + 2)
    learning = graph(given, helper(second(first(given["window"]))))
    return SimpleNamespace(training=learning, judging=graph(given, first(second(given["window"]))))


def telling():
    """A network that is right, and whose penalty tells the pace: ten times the weight, and the forcing."""
    given = inputs()
    right = graph(given, given["target"], given["pace"][:, 0] + 10 * given["pace"][:, 1])
    return SimpleNamespace(training=right, judging=right)


def reading():
    """A network that adds a row of an embedding to nothing, and leaves another layer out."""
    given = inputs()
    rows = keras.layers.Embedding(3, 2, name="rows")
    learned = graph(given, rows(ops.cast(ops.zeros_like(given["floor"][:, 0]), "int32")))
    return SimpleNamespace(training=learned, judging=learned)


@pytest.fixture
def program_of(monkeypatch, model_of, training_of):
    def make(network, kernel="plain"):
        monkeypatch.setattr(compiled, "build", lambda *_given, **_named: network)
        return Program(Recipe(model_of(), SHAPES, "mae", "adam", options_of(training_of()), 16, kernel))

    return make


@pytest.fixture
def table(material_of):
    return resident(material_of().flat, SHAPES)


def mean_error(network, table, starts):
    values = table["values"].numpy()
    windows = values[starts[:, None] + np.arange(4)]
    batch = {"window": windows[:, :2], "floor": windows[:, :1], "target": windows[:, 2:], "pace": windows[:, :2]}
    return np.abs(np.asarray(network.judging(batch)["parameters"])[..., 0] - windows[:, 2:]).mean()


def test_the_judging_graph_has_the_weights_of_the_training_graph_under_an_order_of_its_own(program_of, table):
    other = crossing(seed=5)
    assert [weight.path for weight in other.judging.weights] != [weight.path for weight in other.training.weights[:4]]
    judge = program_of(crossing())

    loss = judge.judge(judge.start(other), table, STARTS.ravel())

    np.testing.assert_allclose(loss, mean_error(other, table, STARTS.ravel()), rtol=1e-6)


def test_every_update_has_its_own_pace_which_the_penalty_may_depend_on(program_of, table):
    paces = np.array([[0.5, 0.1], [0.25, 0.2]])
    network = telling()
    learner = program_of(network)

    _, losses = learner.advance(learner.start(network), table, STARTS, (np.full(2, 0.1), paces), 0)

    np.testing.assert_allclose(losses, [1.5, 2.25], rtol=1e-6)


def test_networks_are_judged_free_running_and_with_the_whole_penalty(program_of, table):
    network = telling()
    judge = program_of(network)

    assert judge.judge(judge.start(network), table, STARTS.ravel()) == 10.0


@pytest.mark.parametrize("kernel", ["plain", "jit"])
def test_rows_of_an_embedding_are_learned_and_those_that_nobody_read_stay(program_of, table, kernel):
    network = reading()
    learner = program_of(network, kernel)
    state = learner.start(network)

    after, _ = learner.advance(state, table, STARTS, (np.full(2, 0.1), np.zeros((2, 2))), 0)

    moved = (after.weights[0].numpy() != state.weights[0].numpy()).any(axis=1)
    assert moved.tolist() == [True, False, False]


def test_the_last_program_is_kept_for_an_equal_recipe(model_of, training_of):
    def recipe(units):
        model = model_of(layers=[{"simple_rnn": {"units": units}}], embed={})
        return Recipe(model, Shapes(6, 2, (0.5,)), "mae", "adam", options_of(training_of()), 16, "plain")

    first = program(recipe(2))

    assert program(recipe(2)) is first
    assert program(recipe(3)) is not first
    assert program(recipe(2)) is not first


def test_a_chunk_is_never_longer_than_what_was_compiled(program_of, table):
    network = telling()
    learner = program_of(network)
    starts = np.resize(STARTS, (CHUNK, 16))

    _, losses = learner.advance(learner.start(network), table, starts, (np.ones(CHUNK), np.ones((CHUNK, 2))), 0)

    assert losses.shape == (CHUNK,)
