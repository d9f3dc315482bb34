"""How training tells of itself, one small value an epoch; and how it is told to end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol


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


class Halt(Protocol):
    """Who may ask a training to end before it has published anything."""

    def asked(self) -> bool:
        """Whether it was asked to."""

    def deferred(self) -> AbstractContextManager[None]:
        """A context in which a request waits until training looks for it, and which it leaves by its exception."""


class Unhalted:
    """Nobody asks."""

    def asked(self) -> bool:
        """Never."""
        return False

    def deferred(self) -> AbstractContextManager[None]:
        """Nothing is deferred."""
        return nullcontext()
