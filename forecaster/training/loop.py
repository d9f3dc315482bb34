"""A config and its windows become trained networks: one, or an ensemble, member after member."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from forecaster.models.build import build, settle
from forecaster.training.compiled import program
from forecaster.training.epochs import Epochs
from forecaster.training.keeper import Keeper, Loss
from forecaster.training.kernels import kernel_of
from forecaster.training.objective import objective_of
from forecaster.training.order import Batches
from forecaster.training.resident import resident
from forecaster.training.schedules import course_of, optimizer_of, options_of
from forecaster.training.standing import Forgetful, HaltedError, Stopped
from forecaster.training.state import Recipe
from forecaster.training.weights import from_safetensors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.config.model import ModelConfig
    from forecaster.config.training import TrainingConfig
    from forecaster.models.build import Network
    from forecaster.models.sizes import Shapes
    from forecaster.series import Ints
    from forecaster.series.flat import Flat
    from forecaster.series.windows import Window
    from forecaster.training.kernels import Kernel
    from forecaster.training.schedules import Course
    from forecaster.training.standing import Checkpoints

    Watch = Callable[[Loss, int, int], None]

__all__ = ["Around", "Fitted", "HaltedError", "Loss", "Material", "Stopped", "fit", "ignore", "seed_of"]


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


def ignore(_loss: Loss, _epochs: int, _member: int) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class Around:
    """What surrounds a training: nothing of it changes a bit, unless the deadline passes.

    Attributes:
        deadline: The `time.monotonic()` after which training ends at the next chunk of updates; each member may take
            an equal share of the time that the ones before it have left, and makes one chunk at least.
        watch: Told of each epoch's loss, how many epochs there are at most, and which member it is, from 0.
        checkpoints: Who remembers where each member stands.
    """

    deadline: float | None = None
    watch: Watch = ignore
    checkpoints: Checkpoints = field(default_factory=Forgetful)


@dataclass(frozen=True, eq=False)
class Fitted:
    """Trained networks: one, or the members of an ensemble.

    Attributes:
        networks: (M,) each with its best weights set.
        losses: One an epoch, of the first member.
        courses: (M,) the updates of each and their learning rates: what a refit repeats.
        kernel: What computed them; another one's last bits differ.
        stopped: Out of `time` if any member was; else as the first one: at the `end` of the full length, or `early`.
    """

    networks: tuple[Network, ...]
    losses: tuple[Loss, ...]
    courses: tuple[Course, ...]
    kernel: Kernel
    stopped: Stopped

    @property
    def steps(self) -> int:
        """Updates up to the first member's best epoch; all of them without a validation part."""
        return self.courses[0].updates


@dataclass(frozen=True, eq=False)
class _Member:
    network: Network
    losses: tuple[Loss, ...]
    course: Course
    stopped: Stopped


def seed_of(seed: int, member: int) -> int:
    """The seed of a member of an ensemble: that of the config for the first, so that it is the network it would be."""
    return seed if member == 0 else int(np.random.default_rng([seed, member]).integers(2**31))


def fit(
    model: ModelConfig,
    shapes: Shapes,
    training: TrainingConfig,
    material: Material,
    *,
    courses: Sequence[Course] | None = None,
    warm: bytes | None = None,
    around: Around | None = None,
) -> Fitted:
    """Train `training.ensemble` networks, one after another, and keep the weights of each one's best epoch.

    The same arguments give the same bits on one machine, in any process and on any number of threads, unless the
    deadline passes. Without validation windows nothing stops early and the newest weights are kept.

    Args:
        model: The network.
        shapes: Its sizes.
        training: How it is trained.
        material: On what.
        courses: A refit: (M,) those of the networks that were judged. Exactly their updates are repeated, each with
            the learning rate it had there, however many windows there are here, and nothing is judged.
        warm: Where the weights begin, as `to_safetensors` wrote them; fresh ones by default.
        around: Deadline, watch and checkpoints; none by default.

    Raises:
        HaltedError: If the training was asked to end.
        RunError: If the weights to begin with are another network's.
        UnusableError: If a loss or a weight is not finite.
        ConfigError: If the loss does not fit the network's output.
        SystemFault: If there is not enough memory.
    """
    batch, full = min(training.batch_size, len(material.training)), course_of(training, len(material.training))
    followed = courses or [full] * training.ensemble
    kernel = kernel_of(model, shapes, batch, followed[0].total)
    objective = objective_of(training, model)
    recipe = Recipe(model, shapes, objective, optimizer_of(training), options_of(training), batch, kernel)
    compiled, table = program(recipe), resident(material.flat, shapes)
    validation = material.validation if courses is None else material.validation[:0]

    surroundings = around or Around()
    networks = [build(model, shapes, seed=seed_of(training.seed, member)) for member in range(len(followed))]
    if warm is not None:
        from_safetensors(networks, warm)

    def trained(member: int, course: Course) -> _Member:
        seed, network = seed_of(training.seed, member), networks[member]
        keeper = Keeper(training, course, judged=len(validation) > 0, refit=courses is not None)
        limit = share(surroundings.deadline, len(followed) - member)
        told, kept = partial(_told, surroundings.watch, member), surroundings.checkpoints
        batches = Batches(seed, material.training, batch)
        epochs = Epochs(training, compiled, table, batches, validation, full.epoch, limit, told, member, kept)
        stopped = epochs.run(network, keeper)
        keeper.best.put_into(network)
        settle(network)
        return _Member(network, tuple(keeper.losses), keeper.course.kept(keeper.updates), stopped)

    return _together([trained(member, course) for member, course in enumerate(followed)], kernel)


def _together(members: Sequence[_Member], kernel: Kernel) -> Fitted:
    first = members[0]
    return Fitted(
        networks=tuple(member.network for member in members),
        losses=first.losses,
        courses=tuple(member.course for member in members),
        kernel=kernel,
        stopped="time" if any(member.stopped == "time" for member in members) else first.stopped,
    )


def share(deadline: float | None, members: int) -> float | None:
    """The deadline of the next of so many members."""
    if deadline is None:
        return None
    now = time.monotonic()
    return now + max(0.0, deadline - now) / members


def _told(watch: Watch, member: int, loss: Loss, epochs: int) -> None:
    watch(loss, epochs, member)
