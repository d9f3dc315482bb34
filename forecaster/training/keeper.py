"""What a training remembers of its epochs: the losses, the best weights, and how long none was better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from forecaster.config.training import Plateau
from forecaster.training.schedules import Patience

if TYPE_CHECKING:
    from forecaster.config.training import TrainingConfig
    from forecaster.training.schedules import Course
    from forecaster.training.state import State


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


class Keeper:
    """Takes note of epochs, and says when to stop.

    Args:
        training: Early stopping and the schedule.
        course: The updates planned; a plateau adds its drops.
        judged: Whether epochs have a validation loss; without one the newest weights are the best.
        refit: Whether the course is another network's, which is repeated as it was.
    """

    best: State

    def __init__(self, training: TrainingConfig, course: Course, *, judged: bool, refit: bool) -> None:
        stopping, schedule = training.early_stopping, training.schedule
        self.course, self.updates = course, 0
        self.losses: list[Loss] = []
        self._judged = judged
        self._patience = Patience(stopping.patience if stopping and judged else None)
        self._plateau = Patience(schedule.plateau.patience if isinstance(schedule, Plateau) and not refit else None)

    def see(self, loss: Loss, state: State) -> None:
        """Take note of an epoch and of the weights at its end."""
        self.losses.append(loss)
        compared = loss.training if loss.validation is None else loss.validation
        if self._patience.better(compared) or not self._judged:
            self.best, self.updates = state, loss.steps
        self._plateau.better(compared)
        if self._plateau.over:
            self.course = self.course.dropped(loss.steps)
            self._plateau.again()

    @property
    def over(self) -> bool:
        """Whether early stopping has waited long enough."""
        return self._patience.over

    def to_dict(self) -> dict[str, Any]:
        """All of it but the best weights, as JSON."""
        return {
            "losses": [[loss.epoch, loss.steps, loss.training, loss.validation] for loss in self.losses],
            "updates": self.updates,
            "drops": list(self.course.drops),
            "patience": self._patience.to_list(),
            "plateau": self._plateau.to_list(),
        }

    def restore(self, kept: dict[str, Any], best: State | None) -> None:
        """Be what the keeper was that wrote `kept`.

        Args:
            kept: As `to_dict` made it.
            best: The best weights then; None before the first epoch ended.
        """
        self.losses = [Loss(*row) for row in kept["losses"]]
        self.updates = kept["updates"]
        self.course = replace(self.course, drops=tuple(kept["drops"]))
        self._patience.restore(kept["patience"])
        self._plateau.restore(kept["plateau"])
        if best is not None:
            self.best = best
