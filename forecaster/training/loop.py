"""From fresh weights to the best ones: epochs, early stopping, a deadline, and an end to what diverges."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecaster.errors import UnusableError
from forecaster.models.build import build
from forecaster.training.compiled import CHUNK, program
from forecaster.training.keeper import Keeper
from forecaster.training.kernels import kernel_of
from forecaster.training.objective import objective_of
from forecaster.training.order import Batches
from forecaster.training.schedules import course_of, optimizer_of, options_of, rates
from forecaster.training.state import Recipe, Resident

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.config.schema import ModelConfig
    from forecaster.config.training import TrainingConfig
    from forecaster.models.build import Network
    from forecaster.models.sizes import Shapes
    from forecaster.series import Floats, Ints
    from forecaster.series.flat import Flat
    from forecaster.series.windows import Window
    from forecaster.training.compiled import Program
    from forecaster.training.kernels import Kernel
    from forecaster.training.schedules import Course
    from forecaster.training.state import State

Stopped = Literal["early", "end", "time"]


@dataclass(frozen=True)
class Loss:
    """What one epoch came to, in scaled units.

    Attributes:
        epoch: From 1.
        steps: Updates so far.
        training: The mean over the epoch's updates, with dropout, while the weights changed.
        validation: The mean over all validation windows at the epoch's end; None where there are none.
    """

    epoch: int
    steps: int
    training: float
    validation: float | None


@dataclass(frozen=True, eq=False)
class Material:
    """What is trained on.

    Attributes:
        flat: All series; only the windows that begin at `training` are learned from. The same table for the judged
            and the deployed network spares a compilation.
        window: Sizes.
        training: (N,) where the training windows begin.
        validation: (N,) where the validation windows begin; empty where there is no validation part.
    """

    flat: Flat
    window: Window
    training: Ints
    validation: Ints


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network.

    Attributes:
        network: With its best weights set.
        losses: One an epoch.
        course: Its updates and their learning rates: what a refit repeats.
        kernel: What computed it; another one's last bits differ.
        stopped: At the `end` of the full length, `early`, or out of `time`.
    """

    network: Network
    losses: tuple[Loss, ...]
    course: Course
    kernel: Kernel
    stopped: Stopped

    @property
    def steps(self) -> int:
        """Updates up to the best epoch; all of them without a validation part."""
        return self.course.updates


def ignore(_loss: Loss, _epochs: int) -> None:
    """Watch nothing."""


def fit(
    model: ModelConfig,
    shapes: Shapes,
    training: TrainingConfig,
    material: Material,
    *,
    course: Course | None = None,
    deadline: float | None = None,
    watch: Callable[[Loss, int], None] = ignore,
) -> Fitted:
    """Train a network, and keep the weights of its best epoch.

    The same arguments give the same bits on one machine, in any process and on any number of threads, unless the
    deadline passes. Without validation windows nothing stops early and the newest weights are kept.

    Args:
        model: The network.
        shapes: Its sizes.
        training: How it is trained.
        material: On what.
        course: A refit: that of the network that was judged. Exactly its updates are repeated, each with the learning
            rate it had there, however many windows there are here, and nothing is judged.
        deadline: The `time.monotonic()` after which training ends at the next chunk of updates.
        watch: Told of each epoch's loss, and how many epochs there are at most.

    Raises:
        UnusableError: If a loss or a weight is not finite.
        ConfigError: If the loss does not fit the network's output.
        SystemFault: If there is not enough memory.
    """
    own, batch = course_of(training, len(material.training)), min(training.batch_size, len(material.training))
    followed = course or own
    kernel = kernel_of(model, shapes, batch, followed.total)
    objective = objective_of(training, model)
    recipe = Recipe(model, shapes, objective, optimizer_of(training), options_of(training), batch, kernel)
    network = build(model, shapes, seed=training.seed)
    validation = material.validation if course is None else material.validation[:0]
    batches = Batches(training.seed, material.training, batch)
    epochs = _Epochs(training, program(recipe), Resident.of(material.flat), batches, validation, own.epoch)
    keeper = Keeper(training, followed, judged=len(validation) > 0, refit=course is not None)
    stopped = epochs.run(network, keeper, deadline, watch)
    keeper.best.put_into(network)
    return Fitted(network, tuple(keeper.losses), keeper.course.kept(keeper.updates), kernel, stopped)


@dataclass(frozen=True, eq=False)
class _Epochs:
    config: TrainingConfig
    program: Program
    table: Resident
    batches: Batches
    validation: Ints
    size: int  # updates in an epoch

    def run(
        self, network: Network, keeper: Keeper, deadline: float | None, watch: Callable[[Loss, int], None]
    ) -> Stopped:
        state, last = self.program.start(network), keeper.course.updates
        stopped: Stopped = "end"
        for number, first in enumerate(range(0, last, self.size), start=1):
            updates = range(first, min(first + self.size, last))
            state, each = self._updated(state, keeper.course, updates, deadline)
            done = first + len(each)
            loss = Loss(number, done, float(each.mean()), self._judged(state, keeper.course, done))
            keeper.see(loss, state)
            watch(loss, -(-last // self.size))
            if done < last and (keeper.over or _late(deadline)):
                stopped = "early" if keeper.over else "time"
                break
        if not keeper.best.finite():
            raise self._diverged("a weight is not finite", keeper.course, keeper.updates)
        return stopped

    def _updated(self, state: State, course: Course, updates: range, deadline: float | None) -> tuple[State, Floats]:
        """The updates of one epoch, or its first chunks where the deadline passes."""
        found: list[Floats] = []
        for first in range(updates.start, updates.stop, CHUNK):
            if found and _late(deadline):
                break
            last = min(first + CHUNK, updates.stop)
            speeds = rates(self.config, course, np.arange(first, last))
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


def _late(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline
