"""What surrounds a training: where runs lie, how long it may take, who watches, and where it is noted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from forecaster.workflows.journal import Journal
from forecaster.workflows.watching import Halt, Unhalted, Watch, unwatched

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Session:
    """The circumstances of one command.

    Attributes:
        runs: The folder of all runs.
        deadline: The `time.monotonic()` after which training ends.
        wait: Seconds to wait for another process at work on the run.
        watch: Called after every epoch.
        journal: Filled in on the way.
        halt: Who may ask a training to end.
        fresh: Whether a training starts over where an earlier one was ended.
    """

    runs: Path
    deadline: float | None = None
    wait: float = 0.0
    watch: Watch = unwatched
    journal: Journal = field(default_factory=Journal)
    halt: Halt = field(default_factory=Unhalted)
    fresh: bool = False

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def limited(self, seconds: float | None) -> Self:
        """The same session, in which training may take so many seconds from now."""
        return self if seconds is None else replace(self, deadline=time.monotonic() + seconds)
