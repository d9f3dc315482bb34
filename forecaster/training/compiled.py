"""Many updates in one compiled call: windows are gathered inside it, and only losses come out in between.

Weights, moments and the seeds of dropout go in and come out as tensors, so that one program serves the network that is
judged and the one that is deployed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import SystemFault
from forecaster.models.backend import tf
from forecaster.models.build import build
from forecaster.training import optimizers
from forecaster.training.losses import loss_of
from forecaster.training.state import Recipe, State
from forecaster.training.threads import fix_threads

if TYPE_CHECKING:
    from forecaster.models.build import Network
    from forecaster.series import Floats, Ints, Singles
    from forecaster.training.state import Resident

    Tensors = list[Any]
    Parts = tuple[Tensors, Tensors, Tensors]

CHUNK = 128  # batches in one call: what a signal or a deadline waits for
JUDGED = 256  # windows judged at a time

fix_threads()


@lru_cache(maxsize=1)
def program(recipe: Recipe) -> Program:
    """The compiled program of a recipe; the last one is kept, for the refit that follows."""
    return Program(recipe)


class Program:
    """A network whose updates and judgements are compiled, each at its first call."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        network = build(recipe.model, recipe.shapes, seed=0)  # only its graph is used
        self._graph = network.training
        self._loss = loss_of(recipe.objective, recipe.shapes.levels)
        held = tuple([tf.TensorSpec(each.shape, each.dtype) for each in part] for part in self.start(network).parts)
        table = (tf.TensorSpec([None]), tf.TensorSpec([None]))
        rates, count = tf.TensorSpec([CHUNK]), tf.TensorSpec([], tf.int32)
        update = [held, table, tf.TensorSpec([CHUNK, recipe.batch], tf.int32), (rates, count, count)]
        judge = [held[:2], table, tf.TensorSpec([CHUNK, JUDGED], tf.int32), count]
        compiled = {"jit_compile": recipe.kernel == "jit", "autograph": False}
        self._advance = tf.function(self._updates, input_signature=update, **compiled)
        self._judge = tf.function(self._judgements, input_signature=judge, **compiled)

    def start(self, network: Network) -> State:
        """The state before the first update of a network."""
        weights = [tf.identity(variable.value) for variable in network.training.trainable_variables]
        fixed = [tf.identity(variable.value) for variable in network.training.non_trainable_variables]
        return State(weights, fixed, optimizers.fresh(self.recipe.optimizer, weights))

    def advance(self, state: State, table: Resident, starts: Ints, rates: Floats, done: int) -> tuple[State, Singles]:
        """As many updates as there are rows of `starts`.

        Args:
            state: Before them.
            table: What is gathered from.
            starts: (at most CHUNK, batch) where each window begins.
            rates: The learning rate of each row.
            done: Updates before these.

        Returns:
            The state after them, and the loss of each row before its update.

        Raises:
            SystemFault: If there is not enough memory.
        """
        count = len(starts)
        when = (tf.constant(np.resize(rates, CHUNK), tf.float32), tf.constant(done), tf.constant(count))
        parts, losses = self._called(self._advance, state.parts, (table.values, table.floors), _filled(starts), when)
        return State(*parts), losses.numpy()[:count]

    def judge(self, state: State, table: Resident, starts: Ints) -> float:
        """The mean loss of any number of windows, without dropout.

        Args:
            state: The weights to judge.
            table: What is gathered from.
            starts: (N,) where each window begins.

        Raises:
            SystemFault: If there is not enough memory.
        """
        total, held = 0.0, (table.values, table.floors)
        for first in range(0, len(starts), JUDGED * CHUNK):
            some = starts[first : first + JUDGED * CHUNK]
            rows = -(-len(some) // JUDGED)
            filled = _filled(np.resize(some, (rows, JUDGED)))
            losses = self._called(self._judge, state.parts[:2], held, filled, tf.constant(rows))
            total += float(losses.numpy().ravel()[: len(some)].sum(dtype=np.float64))
        return total / len(starts)

    def _called(self, function: Any, *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except tf.errors.ResourceExhaustedError as error:
            sizes = self.recipe.shapes
            raise SystemFault(
                f"there is not enough memory for batches of {self.recipe.batch} windows, of {sizes.lookback} + "
                f"{sizes.horizon} steps each",
                hint=f"set training.batch_size: {max(1, self.recipe.batch // 2)}, or lower the units of the layers",
            ) from error

    def _updates(self, parts: Parts, table: Any, starts: Any, when: Any) -> tuple[Parts, Any]:
        rates, done, count = when
        kind, options = self.recipe.optimizer, self.recipe.options

        def update(row: Any, parts: Parts, losses: Any) -> tuple[Any, Parts, Any]:
            weights, fixed, moments = parts
            with tf.GradientTape() as tape:
                tape.watch(weights)
                each, fixed = self._losses(weights, fixed, self._windows(table, starts[row]), training=True)
                loss = tf.reduce_mean(each)
            slopes = optimizers.clipped(tape.gradient(loss, weights), options)
            now = rates[row], tf.cast(done + row + 1, tf.float32)
            weights, moments = optimizers.updated(kind, options, (weights, moments), slopes, now)
            return row + 1, (weights, fixed, moments), tf.tensor_scatter_nd_update(losses, [[row]], [loss])

        first = (tf.constant(0), parts, tf.zeros([CHUNK]))
        _, parts, losses = tf.while_loop(lambda row, *_: row < count, update, first, parallel_iterations=1)
        return parts, losses

    def _judgements(self, parts: tuple[Tensors, Tensors], table: Any, starts: Any, count: Any) -> Any:
        def judge(row: Any, losses: Any) -> tuple[Any, Any]:
            each, _ = self._losses(*parts, self._windows(table, starts[row]), training=False)
            return row + 1, tf.tensor_scatter_nd_update(losses, [[row]], each[None])

        first = (tf.constant(0), tf.zeros([CHUNK, JUDGED]))
        return tf.while_loop(lambda row, _: row < count, judge, first, parallel_iterations=1)[1]

    def _losses(self, weights: Tensors, fixed: Tensors, batch: Tensors, *, training: bool) -> tuple[Any, Tensors]:
        (forecast, target), fixed = self._graph.stateless_call(weights, fixed, batch, training=training)
        return self._loss(forecast, target), list(fixed)

    def _windows(self, table: Any, starts: Any) -> Tensors:
        values, floors = table
        shapes, begins = self.recipe.shapes, starts[:, None]
        windows = tf.gather(values, begins + tf.range(shapes.lookback + shapes.horizon))
        return [
            windows[:, : shapes.lookback],
            tf.gather(floors, begins + shapes.lookback - 1),
            windows[:, shapes.lookback :],
        ]


def _filled(starts: Ints) -> Any:
    """(CHUNK, batch) int32: the rows that there are, then zeros that no loop reaches."""
    filled = np.zeros((CHUNK, starts.shape[1]), dtype=np.int32)
    filled[: len(starts)] = starts
    return tf.constant(filled)
