"""Many updates in one compiled call: windows are gathered inside it, and only losses come out in between.

Weights, moments and the seeds of dropout go in and come out as tensors, so that one program serves every member of an
ensemble, the networks that are judged and those that are deployed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import SystemFault
from forecaster.models.backend import tf
from forecaster.models.build import build
from forecaster.training import optimizers
from forecaster.training.losses import loss_of
from forecaster.training.resident import specs, windows
from forecaster.training.schedules import judged_pace
from forecaster.training.state import Recipe, State
from forecaster.training.sums import in_pairs
from forecaster.training.threads import fix_threads

if TYPE_CHECKING:
    from forecaster.models.build import Network
    from forecaster.series import Floats, Ints, Singles
    from forecaster.training.resident import Inputs, Table

    Tensors = list[Any]
    Parts = tuple[Tensors, Tensors, Tensors]

CHUNK = 128  # batches in one call: what a signal or a deadline waits for
JUDGED = 256  # windows judged at a time

_kept: list[Program] = []

fix_threads()


def program(recipe: Recipe) -> Program:
    """The compiled program of a recipe; the last one is kept, for the members and the refit that follow."""
    if not _kept or _kept[0].recipe != recipe:
        _kept[:] = [Program(recipe)]
    return _kept[0]


class Program:
    """A network whose updates and judgements are compiled, each at its first call."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        network = build(recipe.model, recipe.shapes, seed=0)  # only its graphs are used
        self._learning, self._judging = network.training, network.judging
        self._places = _places(network)
        self._loss = loss_of(recipe.objective, recipe.shapes.levels)
        held = tuple([tf.TensorSpec(each.shape, each.dtype) for each in part] for part in self.start(network).parts)
        table, count = specs(recipe.shapes), tf.TensorSpec([], tf.int32)
        speeds = tf.TensorSpec([CHUNK]), tf.TensorSpec([CHUNK, 2])
        update = [held, table, tf.TensorSpec([CHUNK, recipe.batch], tf.int32), (*speeds, count, count)]
        judge = [held[:2], table, tf.TensorSpec([CHUNK, JUDGED], tf.int32), count]
        fused = recipe.kernel == "jit"
        same = self._judging is self._learning  # what runs free over the horizon is slower when it is fused
        self._advance = tf.function(self._updates, update, autograph=False, jit_compile=fused)
        self._judge = tf.function(self._judgements, judge, autograph=False, jit_compile=fused and same)

    def start(self, network: Network) -> State:
        """The state before the first update of a network."""
        weights = [tf.identity(variable.value) for variable in network.training.trainable_variables]
        fixed = [tf.identity(variable.value) for variable in network.training.non_trainable_variables]
        return State(weights, fixed, optimizers.fresh(self.recipe.optimizer, weights))

    def advance(
        self, state: State, table: Table, starts: Ints, speeds: tuple[Floats, Floats], done: int
    ) -> tuple[State, Singles]:
        """As many updates as there are rows of `starts`.

        Args:
            state: Before them.
            table: What is gathered from.
            starts: (at most CHUNK, batch) where each window begins.
            speeds: The learning rate of each row, and (rows, 2) its pace.
            done: Updates before these.

        Returns:
            The state after them, and the loss of each row before its update.

        Raises:
            SystemFault: If there is not enough memory.
        """
        count = len(starts)
        rates, paces = np.resize(speeds[0], CHUNK), np.resize(speeds[1], (CHUNK, 2))
        when = tf.constant(rates, tf.float32), tf.constant(paces, tf.float32), tf.constant(done), tf.constant(count)
        parts, losses = self._called(self._advance, state.parts, table, _filled(starts), when)
        return State(*parts), losses.numpy()[:count]

    def judge(self, state: State, table: Table, starts: Ints) -> float:
        """The mean loss of any number of windows, without dropout and without help.

        Args:
            state: The weights to judge.
            table: What is gathered from.
            starts: (N,) where each window begins.

        Raises:
            SystemFault: If there is not enough memory.
        """
        total = 0.0
        for first in range(0, len(starts), JUDGED * CHUNK):
            some = starts[first : first + JUDGED * CHUNK]
            rows = -(-len(some) // JUDGED)
            filled = _filled(np.resize(some, (rows, JUDGED)))
            losses = self._called(self._judge, state.parts[:2], table, filled, tf.constant(rows))
            total += float(losses.numpy().ravel()[: len(some)].sum(dtype=np.float64))
        return total / len(starts)

    def _called(self, function: Any, *arguments: Any) -> Any:
        try:
            with in_pairs():
                return function(*arguments)
        except tf.errors.ResourceExhaustedError as error:
            sizes = self.recipe.shapes
            raise SystemFault(
                f"there is not enough memory for batches of {self.recipe.batch} windows, of {sizes.lookback} + "
                f"{sizes.horizon} steps each",
                hint=f"set training.batch_size: {max(1, self.recipe.batch // 2)}, or lower the units of the layers",
            ) from error

    def _updates(self, parts: Parts, table: Table, starts: Any, when: Any) -> tuple[Parts, Any]:
        rates, paces, done, count = when
        kind, options = self.recipe.optimizer, self.recipe.options

        def update(row: Any, parts: Parts, losses: Any) -> tuple[Any, Parts, Any]:
            weights, fixed, moments = parts
            batch = self._batch(table, starts[row], paces[row])
            with tf.GradientTape() as tape:
                tape.watch(weights)
                outputs, fixed = self._learning.stateless_call(weights, fixed, batch, training=True)
                loss = tf.reduce_mean(self._losses(outputs))
            slopes = optimizers.clipped(_slopes(tape, loss, weights), options)
            now = rates[row], tf.cast(done + row + 1, tf.float32)
            weights, moments = optimizers.updated(kind, options, (weights, moments), slopes, now)
            return row + 1, (weights, list(fixed), moments), tf.tensor_scatter_nd_update(losses, [[row]], [loss])

        first = (tf.constant(0), parts, tf.zeros([CHUNK]))
        _, parts, losses = tf.while_loop(lambda row, *_: row < count, update, first, parallel_iterations=1)
        return parts, losses

    def _judgements(self, parts: tuple[Tensors, Tensors], table: Table, starts: Any, count: Any) -> Any:
        held = [*parts[0], *parts[1]]
        weights, fixed = ([held[place] for place in places] for places in self._places)

        def judge(row: Any, losses: Any) -> tuple[Any, Any]:
            batch = self._batch(table, starts[row], tf.constant(judged_pace(self.recipe.model)))
            outputs, _ = self._judging.stateless_call(weights, fixed, batch, training=False)
            return row + 1, tf.tensor_scatter_nd_update(losses, [[row]], self._losses(outputs)[None])

        first = (tf.constant(0), tf.zeros([CHUNK, JUDGED]))
        return tf.while_loop(lambda row, _: row < count, judge, first, parallel_iterations=1)[1]

    def _losses(self, outputs: Inputs) -> Any:
        return self._loss(outputs["parameters"], outputs["target"]) + outputs["penalty"]

    def _batch(self, table: Table, starts: Any, pace: Any) -> Inputs:
        batch = windows(table, starts, self.recipe.shapes)
        return {**batch, "pace": tf.broadcast_to(pace, [starts.shape[0], 2])}


def _places(network: Network) -> tuple[list[int], list[int]]:
    """Where the judging graph's variables stand among the training graph's: the same ones, in an order of their own."""
    learning, judging = network.training, network.judging
    held = [*learning.trainable_variables, *learning.non_trainable_variables]
    place = {id(variable): number for number, variable in enumerate(held)}
    return (
        [place[id(variable)] for variable in judging.trainable_variables],
        [place[id(variable)] for variable in judging.non_trainable_variables],
    )


def _slopes(tape: Any, loss: Any, weights: Tensors) -> Tensors:
    """The gradients as dense tensors: those of an embedding come as the rows that were read."""
    slopes = tape.gradient(loss, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [tf.convert_to_tensor(slope) for slope in slopes]


def _filled(starts: Ints) -> Any:
    """(CHUNK, batch) int32: the rows that there are, then zeros that no loop reaches."""
    filled = np.zeros((CHUNK, starts.shape[1]), dtype=np.int32)
    filled[: len(starts)] = starts
    return tf.constant(filled)
