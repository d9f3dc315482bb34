"""`forecast train --budget`: variations of a config meet on the validation part, and what is left buys networks.

Each is trained on the training part, stopped by the validation part, and asked at the same cutoffs of that part, from a
table that ends with it: nothing of the calibration and test parts is looked at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, UnusableError
from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.contest import Errors, clearly_better, common, errors_of
from forecaster.evaluation.metrics import scales
from forecaster.evaluation.verdict import counted, number
from forecaster.series.parts import cutoffs_from
from forecaster.series.variations import apart
from forecaster.workflows.estimating import lasting
from forecaster.workflows.fitting import fit_trial
from forecaster.workflows.trials import SHARE, Budget, Trial, networks_of, seeds_of, trial_of, trials_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.series import Ints
    from forecaster.series.panel import Panel
    from forecaster.workflows.preparing import Prepared
    from forecaster.workflows.training import Session

MOST_FOLDS, MOST_ROWS = 40, 20_000  # that the variations are compared on
LEAST_COMMON = 0.9  # of them, that a variation with a longer lookback can be asked for: the other series would get none


@dataclass(frozen=True, eq=False)
class Bought:
    """What a budget came to.

    Attributes:
        prepared: The config that is trained now.
        notes: For a reader of the manifest.
    """

    prepared: Prepared
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Found:
    """What a search came to: the config to train, the seconds that it took by arithmetic, and what to tell of it."""

    best: Trial
    spent: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Standing:
    """A variation after the comparison: its error in those of the config itself, and whether that is no luck."""

    trial: Trial
    ratio: float
    clear: bool


def search(session: Session, prepared: Prepared, budget: Budget) -> Bought:
    """Spend a budget: on a search where there is a validation part, then on more networks.

    Args:
        session: The circumstances.
        prepared: The config as it is, and its table.
        budget: What there is to spend.

    Raises:
        UnusableError: If the training of the config itself diverges.
    """
    itself, journal = Trial(None, prepared), session.journal
    if itself.whole > budget.seconds:
        told = f"the config takes about {lasting(itself.whole)} by itself: it is trained as it is"
        journal.warn([f"the budget of {budget.seconds:g} s buys nothing, since {told}"])
        return Bought(prepared)
    found = _searched(session, itself, budget)
    networks = networks_of(found.best, budget.seconds - found.spent)
    if networks == prepared.config.training.ensemble:
        return Bought(found.best.prepared, found.notes)
    why = f"what the budget of {budget.seconds:g} s had left holds {networks} networks"
    journal.choose(f"training.ensemble={networks}", why)
    return Bought(found.best.of(networks), (*found.notes, f"training.ensemble={networks}: {why}"))


def _searched(session: Session, itself: Trial, budget: Budget) -> _Found:
    """The best of the variations that the budget holds; the config itself where there is nothing to compare them on."""
    cutoffs = _cutoffs(itself.prepared)
    if not len(cutoffs):
        session.journal.warn(["there is no validation part to compare variations on: the budget buys networks alone"])
        return _Found(itself)
    trials = trials_of(itself, budget)
    if len(trials) == 1:
        session.journal.warn([f"the budget of {budget.seconds:g} s holds no variation of the config"])
        return _Found(itself)
    seeds = seeds_of(trials, budget)
    contest = _Contest(replace(session, deadline=_sooner(session)), itself, cutoffs, seeds)
    try:
        contest.meet(trials)
    except DataError as error:
        told = f"variations cannot be compared on the validation part ({error.problems[0].what})"
        session.journal.warn([f"{told}: the budget buys networks alone"])
        return _Found(itself, itself.cost(seeds))
    spent = sum(trial.cost(seeds) for trial in trials)
    both = _both(contest.better(), itself, budget)
    if both is not None and spent + both.cost(seeds) <= SHARE * budget.seconds:
        spent += both.cost(seeds)
        contest.meet([both])
    best, notes = contest.result()
    return _Found(best, spent, notes)


def _known(prepared: Prepared) -> Panel:
    """The table up to the end of the validation part: all that the variations are compared on."""
    return prepared.panel.until(prepared.parts.calibration - 1)


def _cutoffs(prepared: Prepared) -> Ints:
    """Cutoffs at equal distances whose horizon lies in the validation part, each where a window of the config ends."""
    parts, window = prepared.parts, prepared.window
    found = cutoffs_from(prepared.panel, window, since=parts.validation, stride=window.stride, folds=None)
    found = found[found + window.horizon < parts.calibration] if len(prepared.validation) else found[:0]
    most = max(1, min(MOST_FOLDS, MOST_ROWS // len(prepared.panel), len(found)))
    # From the newest on, which is the one that is kept where there is room for no other.
    return found[np.unique(np.linspace(len(found) - 1, 0, most).round().astype(np.int64))] if len(found) else found


def _sooner(session: Session) -> float | None:
    """When the search ends, so that the training has time left."""
    if session.deadline is None:
        return None
    now = time.monotonic()
    return now + SHARE * max(0.0, session.deadline - now)


def _both(better: Sequence[Trial], itself: Trial, budget: Budget) -> Trial | None:
    """What the two best variations of different topics are together."""
    pair = apart([trial.variation for trial in better if trial.variation is not None])
    return None if pair is None else trial_of(pair[0].joined(pair[1]), itself, budget)


class _Contest:
    """Variations beside the config itself, on the same folds.

    Args:
        session: The circumstances.
        itself: The config as it is.
        cutoffs: (F,) at which all are asked.
        seeds: Networks that stand for each.
    """

    def __init__(self, session: Session, itself: Trial, cutoffs: Ints, seeds: int) -> None:
        parts, panel = itself.prepared.parts, itself.prepared.panel
        self._session, self._itself, self._cutoffs, self._seeds = session, itself, cutoffs, seeds
        self._known = _known(itself.prepared)
        self._units = scales(panel.until(parts.validation - 1))
        self._own: Errors | None = None
        self._standings: list[_Standing] = []
        self._met = 0

    def meet(self, trials: Sequence[Trial]) -> None:
        """Train each and compare it with the config itself, which comes first; what cannot be trained is out.

        Raises:
            UnusableError: If the training of the config itself diverges.
            DataError: If the config itself can be asked at no cutoff.
        """
        for trial in trials:
            self._met += 1
            try:
                errors = None if self._session.late else self._asked(trial)
            except (UnusableError, DataError) as error:
                if trial is self._itself:
                    raise
                self._session.journal.choose(f"tried {trial.name}", f"it cannot be trained: {error}")
                continue
            if errors is None:
                self._session.journal.faults.append(f"--time-limit was reached before {trial.name} was tried")
                return
            if trial is self._itself:
                self._own = errors
            elif self._own is not None:
                self._compare(trial, errors, self._own)

    def better(self) -> list[Trial]:
        """The variations that are clearly better than the config itself, the best first."""
        return [one.trial for one in sorted(self._standings, key=lambda one: one.ratio) if one.clear]

    def result(self) -> tuple[Trial, tuple[str, ...]]:
        """The config to train, and what a reader of the manifest should know."""
        if not self._standings:
            return self._itself, ()
        best = next(iter(self.better()), self._itself)
        how = f"compared on {counted(len(self._cutoffs), 'fold')} of the validation part"
        told = f"{counted(1 + len(self._standings), 'config')} were {how}, by {counted(self._seeds, 'network')} each"
        taken = "none was clearly better than the config itself"
        if best is not self._itself:
            ratio = next(one.ratio for one in self._standings if one.trial is best)
            taken = f"{best.name} was taken, with {ratio:.3f} of the config's own error there"
        self._session.journal.choose("search", f"{told}: {taken}")
        return best, (f"{told}: {taken}",)

    def _asked(self, trial: Trial) -> Errors | None:
        """The errors of a variation; None if the time was up before it was trained."""
        made = fit_trial(trial.of(self._seeds), self._session, stage=f"trial {self._met}")
        if made.fitted.stopped == "time":
            return None
        return errors_of(backtest(made.graph, self._known, self._cutoffs, made.graph.horizon), self._units)

    def _compare(self, trial: Trial, errors: Errors, own: Errors) -> None:
        """Enter a variation where nearly every row of the config itself can be asked for from it, too."""
        theirs, ours = common([errors, own])
        told, why = f"tried {trial.name}", "" if trial.variation is None else trial.variation.why
        if len(ours.losses) < LEAST_COMMON * len(own.losses):
            lacking = f"{len(ours.losses):,} of {len(own.losses):,} rows can be asked for with its lookback: left out"
            self._session.journal.choose(told, f"{why}; {lacking}")
            return
        self._standings.append(_Standing(trial, theirs.mean / ours.mean, clearly_better(theirs, ours)))
        pair = f"{number(theirs.mean, 4)} against {number(ours.mean, 4)} of the config itself"
        self._session.journal.choose(told, f"{why}; validation error {pair}")
