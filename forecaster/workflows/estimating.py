"""What a training would take, told before anything of it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecaster.training.costs import EARLY, Work, training_bytes, training_seconds

if TYPE_CHECKING:
    from forecaster.workflows.preparing import Prepared


@dataclass(frozen=True)
class Estimate:
    """What a `train` takes, at about.

    Attributes:
        seconds: On two cores.
        bytes: Of memory, at its peak.
        networks: That are trained: the judged ones, and the ones that are published.
        updates: Of each, at most.
        early: Whether one may be stopped before its last update.
    """

    seconds: float
    bytes: int
    networks: int
    updates: int
    early: bool

    def __str__(self) -> str:
        networks = "1 network" if self.networks == 1 else f"{self.networks} networks"
        each = f"{'at most ' if self.early else ''}{self.updates:,} updates{'' if self.networks == 1 else ' each'}"
        mebibytes = round(self.bytes / 2**20, -1 if self.bytes < 2**30 else -2)
        return f"about {lasting(self.seconds)} on two cores ({networks}, {each}), about {mebibytes:,.0f} MiB"


def estimate(prepared: Prepared) -> Estimate:
    """What training and publishing a config takes."""
    work, training = work_of(prepared), prepared.config.training
    early = training.early_stopping is not None and work.judged > 0
    return Estimate(
        seconds=training_seconds(work, training.ensemble, share=EARLY if early else 1.0),
        bytes=training_bytes(work),
        networks=training.ensemble * (2 if training.refit else 1),
        updates=work.course.total,
        early=early,
    )


def work_of(prepared: Prepared) -> Work:
    """The training of a config by its sizes."""
    parts, panel = prepared.parts, prepared.panel
    cutoffs = len(parts.folds) + len(parts.calibration_cutoffs)
    beside = panel.covariates
    width = 1 + (0 if beside is None else len(beside.past_names) + len(beside.known_names))
    return Work(
        model=prepared.config.model,
        shapes=prepared.shapes,
        training=prepared.config.training,
        windows=len(prepared.training),
        judged=len(prepared.validation),
        cutoffs=cutoffs,
        asked=cutoffs * len(panel),
        values=panel.values.size * width,
    )


def lasting(seconds: float) -> str:
    """A length of time with as many digits as an estimate deserves.

    >>> lasting(7.2), lasting(43.0), lasting(200.0), lasting(9000.0)
    ('7 s', '40 s', '3 minutes', '2.5 hours')
    """
    if seconds < 95:  # noqa: PLR2004  (beyond, people count minutes)
        return f"{round(seconds, 0 if seconds < 20 else -1):.0f} s"  # noqa: PLR2004
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
