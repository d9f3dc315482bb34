"""How training tells of itself: one small value an epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One epoch of one stage: `training` (the network that is judged) or `refit` (the one that is published)."""

    stage: str
    epoch: int
    epochs: int
    training: float
    validation: float | None


Watch = Callable[[Progress], None]


def unwatched(_progress: Progress) -> None:
    """Nobody looks."""
