"""One network from fresh weights to its best ones: epochs, early stopping, a deadline, and an end to what diverges."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import UnusableError
from forecaster.training.compiled import CHUNK
from forecaster.training.keeper import Loss
from forecaster.training.schedules import optimizer_of, options_of, paces, rates
from forecaster.training.standing import Forgetful, Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.config.training import TrainingConfig
    from forecaster.models.build import Network
    from forecaster.series import Ints
    from forecaster.training.compiled import Program
    from forecaster.training.keeper import Keeper
    from forecaster.training.order import Batches
    from forecaster.training.resident import Table
    from forecaster.training.schedules import Course
    from forecaster.training.standing import Checkpoints, Stopped
    from forecaster.training.state import State


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
        member: Which network of the ensemble it is, from 0.
        checkpoints: Who remembers where the training stands.
    """

    config: TrainingConfig
    program: Program
    table: Table
    batches: Batches
    validation: Ints
    size: int
    deadline: float | None
    watch: Callable[[Loss, int], None]
    member: int = 0
    checkpoints: Checkpoints = field(default_factory=Forgetful)

    def run(self, network: Network, keeper: Keeper) -> Stopped:
        """Train until the keeper has seen enough; it then holds the best weights.

        Raises:
            UnusableError: If a loss or a weight is not finite.
            HaltedError: If the training was asked to end.
        """
        now = self.checkpoints.resumed(self.member, Standing(self.program.start(network)), keeper)
        while now.stopped is None:
            now = self._updated(now, keeper.course)
            late = self._late
            if late or now.done % self.size == 0 or now.done == keeper.course.updates:
                now = self._seen(now, keeper, late=late)
            self.checkpoints.passed(self.member, now, keeper)
        if not keeper.best.finite():
            raise self._diverged("a weight is not finite", keeper.course, keeper.updates)
        return now.stopped

    def _updated(self, now: Standing, course: Course) -> Standing:
        """A chunk of updates further, at most to the end of the epoch."""
        first = now.done
        last = min(first + CHUNK, first - first % self.size + self.size, course.updates)
        numbers = np.arange(first, last)
        speeds = rates(self.config, course, numbers), paces(self.program.recipe.model, course, numbers)
        state, losses = self.program.advance(now.state, self.table, self.batches.rows(first, last), speeds, first)
        wrong = np.flatnonzero(~np.isfinite(losses))
        if wrong.size:
            row = int(wrong[0])
            raise self._diverged(f"the loss is {losses[row]}", course, 1 + first + row)
        return Standing(state, last, np.concatenate([now.losses, losses.astype(np.float64)]))

    def _seen(self, now: Standing, keeper: Keeper, *, late: bool) -> Standing:
        """The end of an epoch, which a deadline may bring early."""
        number, last = -(-now.done // self.size), keeper.course.updates
        loss = Loss(number, now.done, float(now.losses.mean()), self._judged(now.state, keeper.course, now.done))
        keeper.see(loss, now.state)
        self.watch(loss, -(-last // self.size))
        if now.done == last:
            return Standing(now.state, now.done, stopped="end")
        stopped: Stopped | None = "early" if keeper.over else "time" if late else None
        return Standing(now.state, now.done, stopped=stopped)

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
