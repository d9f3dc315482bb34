"""One network from fresh weights to its best ones: epochs, early stopping, a deadline, and an end to what diverges."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecaster.errors import UnusableError
from forecaster.training.compiled import CHUNK
from forecaster.training.keeper import Loss
from forecaster.training.schedules import optimizer_of, options_of, paces, rates

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.config.training import TrainingConfig
    from forecaster.models.build import Network
    from forecaster.series import Floats, Ints
    from forecaster.training.compiled import Program
    from forecaster.training.keeper import Keeper
    from forecaster.training.order import Batches
    from forecaster.training.resident import Table
    from forecaster.training.schedules import Course
    from forecaster.training.state import State

Stopped = Literal["early", "end", "time"]


@dataclass(frozen=True, eq=False)
class Epochs:
    """The epochs of one network.

    Attributes:
        config: How it is trained.
        program: What computes.
        table: What it gathers from.
        batches: Which windows each update learns from.
        validation: (N,) where the windows begin that each epoch is judged by; empty: none is.
        size: Updates in an epoch.
        deadline: The `time.monotonic()` after which training ends at the next chunk of updates.
        watch: Told of each epoch's loss, and how many epochs there are at most.
    """

    config: TrainingConfig
    program: Program
    table: Table
    batches: Batches
    validation: Ints
    size: int
    deadline: float | None
    watch: Callable[[Loss, int], None]

    def run(self, network: Network, keeper: Keeper) -> Stopped:
        """Train until the keeper has seen enough; it then holds the best weights.

        Raises:
            UnusableError: If a loss or a weight is not finite.
        """
        state, last = self.program.start(network), keeper.course.updates
        stopped: Stopped = "end"
        for number, first in enumerate(range(0, last, self.size), start=1):
            updates = range(first, min(first + self.size, last))
            state, each = self._updated(state, keeper.course, updates)
            done = first + len(each)
            loss = Loss(number, done, float(each.mean()), self._judged(state, keeper.course, done))
            keeper.see(loss, state)
            self.watch(loss, -(-last // self.size))
            if done < last and (keeper.over or self._late):
                stopped = "early" if keeper.over else "time"
                break
        if not keeper.best.finite():
            raise self._diverged("a weight is not finite", keeper.course, keeper.updates)
        return stopped

    def _updated(self, state: State, course: Course, updates: range) -> tuple[State, Floats]:
        """The updates of one epoch, or its first chunks where the deadline passes."""
        found: list[Floats] = []
        for first in range(updates.start, updates.stop, CHUNK):
            if found and self._late:
                break
            last = min(first + CHUNK, updates.stop)
            numbers = np.arange(first, last)
            speeds = rates(self.config, course, numbers), paces(self.program.recipe.model, course, numbers)
            state, losses = self.program.advance(state, self.table, self.batches.rows(first, last), speeds, first)
            wrong = np.flatnonzero(~np.isfinite(losses))
            if wrong.size:
                row = int(wrong[0])
                raise self._diverged(f"the loss is {losses[row]}", course, 1 + first + row)
            found.append(losses.astype(np.float64))
        return state, np.concatenate(found)

    def _judged(self, state: State, course: Course, done: int) -> float | None:
        if not len(self.validation):
            return None
        loss = self.program.judge(state, self.table, self.validation)
        if not np.isfinite(loss):
            raise self._diverged(f"the validation loss is {loss}", course, done)
        return loss

    def _diverged(self, what: str, course: Course, done: int) -> UnusableError:
        epoch, speed = 1 + (done - 1) // self.size, rates(self.config, course, np.array([done - 1]))[0]
        options, name = options_of(self.config), f"training.optimizer.{optimizer_of(self.config)}"
        clip = f", or set {name}.clip_norm: 1.0" if options.clip_norm is None else ""
        return UnusableError(
            f"{what} in epoch {epoch} at step {done}, with a learning rate of {speed:.3g}",
            hint=f"set {name}.learning_rate: {options.learning_rate / 10:.3g}{clip}",
            subject="training",
        )

    @property
    def _late(self) -> bool:
        return self.deadline is not None and time.monotonic() >= self.deadline
