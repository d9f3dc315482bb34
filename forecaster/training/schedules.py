"""How many updates there are, the learning rate of each, and how far each helps the network; no TensorFlow.

An *update* is one step of the optimizer. An *epoch* is what lies between two looks at the validation loss: a pass over
all training windows, or a twentieth of `training.steps` where that is shorter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, isfinite
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.config.model import DISTRIBUTIONS, Seq2Seq
from forecaster.config.training import EPOCHS, Cosine, Exponential, Plateau, StepSchedule

if TYPE_CHECKING:
    from forecaster.config.model import ModelConfig
    from forecaster.config.training import OptimizerOptions, TrainingConfig
    from forecaster.series import Floats, Ints

LOOKS = 20  # at the validation loss, at least, where the length is given in steps


@dataclass(frozen=True)
class Course:
    """The updates of one training, and what their learning rates follow from.

    Attributes:
        total: Updates of the full length, which the schedule spans.
        epoch: Updates in one epoch.
        updates: Updates up to the weights that were kept.
        drops: The update before which a plateau lowered the rate, once for each time.
    """

    total: int
    epoch: int
    updates: int
    drops: tuple[int, ...] = ()

    @property
    def epochs(self) -> int:
        """Epochs of the full length, the last of which may be short."""
        return ceil(self.total / self.epoch)

    def dropped(self, update: int) -> Self:
        """The same course with a lower rate from `update` on."""
        return replace(self, drops=(*self.drops, update))

    def kept(self, updates: int) -> Self:
        """The course up to the weights that were kept: what a refit repeats."""
        return replace(self, updates=updates, drops=tuple(drop for drop in self.drops if drop < updates))


def course_of(training: TrainingConfig, windows: int) -> Course:
    """The full length of a training on so many windows."""
    once = ceil(windows / min(training.batch_size, windows))
    if training.steps is not None:
        return Course(training.steps, min(once, ceil(training.steps / LOOKS)), training.steps)
    total = once * (training.epochs or EPOCHS)
    return Course(total, once, total)


def rates(training: TrainingConfig, course: Course, updates: Ints) -> Floats:
    """The learning rate of each update.

    `cosine` rises in equal parts over the warm-up, then falls as (1 + cos(pi t)) / 2 with t from 0 to 1 (Loshchilov
    and Hutter, 2017). `step` and `exponential` count whole epochs from 0.

    Args:
        training: The optimizer and its schedule.
        course: What the schedule spans.
        updates: (N,) counted from 0.

    Returns:
        (N,) above 0.
    """
    highest: float = options_of(training).learning_rate
    schedule, epochs = training.schedule, updates // course.epoch
    if isinstance(schedule, Cosine):
        return highest * _cosine(updates, course.total, round(schedule.cosine.warmup * course.total))
    if isinstance(schedule, StepSchedule):
        return np.asarray(highest * schedule.step.factor ** (epochs // schedule.step.every), dtype=np.float64)
    if isinstance(schedule, Exponential):
        late = np.maximum(0, epochs - schedule.exponential.start)
        return np.asarray(highest * schedule.exponential.factor**late, dtype=np.float64)
    if isinstance(schedule, Plateau):
        drops = np.searchsorted(np.array(course.drops, dtype=np.int64), updates, side="right")
        return np.asarray(highest * schedule.plateau.factor**drops, dtype=np.float64)
    return np.full(len(updates), highest)


def _cosine(updates: Ints, total: int, warm: int) -> Floats:
    rising = (updates + 1) / max(1, warm)
    share = (updates - warm) / max(1, total - warm)
    return np.where(updates < warm, rising, (1 + np.cos(np.pi * share)) / 2)


def paces(model: ModelConfig, course: Course, updates: Ints) -> Floats:
    """What each update tells the network of how far training has come.

    Args:
        model: The forcing of its decoder, and the annealing of its latent numbers.
        course: What the two span.
        updates: (N,) counted from 0.

    Returns:
        (N, 2) the share of teacher forcing, which goes in equal parts from the first update to the last one of the
        full length, 0 where nothing is forced; and the weight of the divergence, which rises in equal parts until
        `anneal` epochs are over, and is 1 from then on (Bowman et al., 2016).
    """
    forced, weight = np.zeros(len(updates)), np.ones(len(updates))
    if isinstance(model.decoder, Seq2Seq):
        forcing = model.decoder.seq2seq.forcing
        forced = forcing.from_ + (forcing.to - forcing.from_) * updates / max(1, course.total - 1)
    if model.latent is not None and model.latent.anneal:
        weight = np.minimum(1.0, (updates + 1) / (model.latent.anneal * course.epoch))
    return np.stack([forced, weight], axis=1)


def judged_pace(model: ModelConfig) -> tuple[float, float]:
    """The pace at which a network is judged: it runs free, and the divergence counts in full.

    A decoder of a distribution that is forced to the end is judged forced: it is there for its draws, each of which
    follows from the one before, and running free along its medians would favour one that does not listen to itself.
    """
    forced = isinstance(model.decoder, Seq2Seq) and model.decoder.seq2seq.forcing.to == 1
    return float(forced and model.output in DISTRIBUTIONS), 1.0


def optimizer_of(training: TrainingConfig) -> str:
    """The name of the optimizer: the one key of its mapping."""
    return next(iter(type(training.optimizer).model_fields))


def options_of(training: TrainingConfig) -> OptimizerOptions:
    """The options under that key."""
    options: OptimizerOptions = getattr(training.optimizer, optimizer_of(training))
    return options


class Patience:
    """Counts epochs without a better loss.

    Args:
        limit: Epochs that are waited for; None waits for ever.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.best = float("inf")
        self.waited = 0

    def better(self, loss: float) -> bool:
        """Whether `loss` is below every one before it."""
        improved = loss < self.best
        self.best = min(loss, self.best)
        self.waited = 0 if improved else self.waited + 1
        return improved

    @property
    def over(self) -> bool:
        """Whether the limit is reached."""
        return self._limit is not None and self.waited >= self._limit

    def again(self) -> None:
        """Wait anew."""
        self.waited = 0

    def to_list(self) -> list[float | int | None]:
        """The best loss, None before the first, and the epochs since."""
        return [self.best if isfinite(self.best) else None, self.waited]

    def restore(self, kept: list[Any]) -> None:
        """Have waited as `to_list` says."""
        self.best, self.waited = (float("inf") if kept[0] is None else kept[0]), kept[1]
