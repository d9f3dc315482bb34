import numpy as np
import pytest

from forecaster.models.backend import tf
from forecaster.models.build import build
from forecaster.training.compiled import Program
from forecaster.training.objective import objective_of
from forecaster.training.resident import resident
from forecaster.training.schedules import options_of
from forecaster.training.state import Recipe
from forecaster.training.sums import in_pairs

BUSY = {
    "gru": {"layers": [{"gru": {"units": 3, "residual": True}}]},
    "seq2seq": {"decoder": {"seq2seq": {"attention": True}}, "output": "student_t"},
    "smoothing": {"skip": "smoothing", "scale": "affine"},
}


def thrice(value):
    """The gradient of three readings of a value."""
    with tf.GradientTape() as tape:
        tape.watch(value)
        outcome = tf.sin(value) * tf.exp(value) / tf.cosh(value)
    return tape.gradient(outcome, value)


def operands(function):
    """How many operands each sum has, in a compiled function and the loops in it."""
    graph = function.get_concrete_function().graph.as_graph_def()
    nodes = [*graph.node, *(node for inner in graph.library.function for node in inner.node_def)]
    return {node.attr["N"].i for node in nodes if node.op == "AddN"}


def compiled():
    return tf.function(thrice, input_signature=[tf.TensorSpec([4])], autograph=False)


def test_a_gradient_is_a_sum_of_many_and_in_pairs_here():
    assert operands(compiled()) == {3}

    with in_pairs():
        assert operands(compiled()) == {2}


def test_in_pairs_the_sum_is_the_same():
    value = tf.constant([0.1, 1.0, 2.0, -3.0])
    with in_pairs():
        found = compiled()(value)

    np.testing.assert_allclose(found, thrice(value), rtol=1e-6)


def test_afterwards_everything_is_as_it_was():
    before = tf.config.optimizer.get_experimental_options()

    with pytest.raises(ZeroDivisionError, match="division"), in_pairs():
        1 / 0  # noqa: B018

    assert operands(compiled()) == {3}
    assert before.items() <= tf.config.optimizer.get_experimental_options().items()


@pytest.mark.parametrize("kind", BUSY)
def test_no_update_of_a_network_has_a_sum_of_many(kind, model_of, shapes_of, training_of, material_of):
    model, material = model_of(**BUSY[kind]), material_of()
    shapes, objective = shapes_of(model), objective_of(training_of(), model)
    program = Program(Recipe(model, shapes, objective, "adam", options_of(training_of()), 16, "plain"))
    state, starts = program.start(build(model, shapes, seed=0)), material.training[None, :16]

    program.advance(state, resident(material.flat, shapes), starts, (np.ones(1), np.ones((1, 2))), 0)

    assert operands(program._advance) == {2}
