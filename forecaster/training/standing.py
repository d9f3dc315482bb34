"""Where a training stands between two chunks of updates, and who may remember it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from forecaster.series import Floats
    from forecaster.training.keeper import Keeper
    from forecaster.training.state import State

Stopped = Literal["early", "end", "time"]


@dataclass(frozen=True, eq=False)
class Standing:
    """One network's training between two chunks: all that the rest of it depends on, besides its keeper.

    Attributes:
        state: Weights, seeds of dropout and moments.
        done: Updates so far.
        losses: (n,) of the updates since the last epoch ended.
        stopped: Why it is over; None while it is not.
    """

    state: State
    done: int = 0
    losses: Floats = field(default_factory=lambda: np.empty(0))
    stopped: Stopped | None = None


class Checkpoints(Protocol):
    """Who remembers where trainings stand, so that one that was ended goes on from there to the same bits."""

    def resumed(self, member: int, fresh: Standing, keeper: Keeper) -> Standing:
        """Where a member of the ensemble stood last, its keeper set as it was then; `fresh` if nobody remembers."""

    def passed(self, member: int, now: Standing, keeper: Keeper) -> None:
        """Take note of a chunk.

        Raises:
            HaltedError: If the training was asked to end; where it stands is remembered.
        """


class HaltedError(Exception):
    """A training was asked to end, and did, after its checkpoint was written."""


class Forgetful:
    """Remembers nothing."""

    def resumed(self, member: int, fresh: Standing, keeper: Keeper) -> Standing:
        """Nothing was kept."""
        del member, keeper
        return fresh

    def passed(self, member: int, now: Standing, keeper: Keeper) -> None:
        """Keep nothing."""
