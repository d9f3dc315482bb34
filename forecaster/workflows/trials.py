"""What a budget holds: which variations of a config can be tried, by how many networks each, and what is left.

All of it is arithmetic on `training.costs`, never a clock, so that the same budget buys the same things.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.config.reading import parse_config, to_yaml
from forecaster.errors import ConfigError, DataError
from forecaster.series.variations import Variation, seen, variations
from forecaster.training.costs import training_seconds, trial_seconds
from forecaster.workflows.estimating import work_of
from forecaster.workflows.preparing import prepare_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.config.schema import Config
    from forecaster.workflows.preparing import Prepared

SHARE = 0.6  # of the budget, that the search may take
MOST_SEEDS = 3  # networks that stand for one variation, so that none wins by its seed
MOST_NETWORKS = 12  # of an ensemble: more change the last digit


@dataclass(frozen=True)
class Budget:
    """What a training may take.

    Attributes:
        seconds: On two cores, counted in arithmetic.
        config: As it was read, before its sizes were resolved.
    """

    seconds: float
    config: Config


@dataclass(frozen=True, eq=False)
class Trial:
    """A config that may be tried.

    Attributes:
        variation: What differs from the config that was given; None for that itself.
        prepared: The table, as this config reads it.
    """

    variation: Variation | None
    prepared: Prepared

    @property
    def name(self) -> str:
        """How it is told of."""
        return "the config itself" if self.variation is None else self.variation.name

    def cost(self, networks: int = 1) -> float:
        """Seconds that trying it takes."""
        return trial_seconds(work_of(self.prepared), networks)

    @property
    def whole(self) -> float:
        """Seconds that training and publishing it takes."""
        return training_seconds(work_of(self.prepared), self.prepared.config.training.ensemble)

    def of(self, networks: int) -> Prepared:
        """The same config with so many networks."""
        config = self.prepared.config
        training = config.training.model_copy(update={"ensemble": networks})
        return replace(self.prepared, config=config.model_copy(update={"training": training}))


def trials_of(itself: Trial, budget: Budget) -> list[Trial]:
    """The config itself, and as many of its variations as the budget holds, in their order."""
    prepared, taken = itself.prepared, [itself]
    facts = seen(prepared.panel.until(prepared.parts.validation - 1))
    left = SHARE * budget.seconds - itself.cost()
    for variation in variations(prepared.config, facts):
        trial = trial_of(variation, itself, budget)
        if trial is not None and trial.cost() <= left:
            taken.append(trial)
            left -= trial.cost()
    return taken


def trial_of(variation: Variation, itself: Trial, budget: Budget) -> Trial | None:
    """A variation with the table.

    Returns:
        None where it contradicts the config, does not fit the table, would part it elsewhere, or could not be trained
        with what the search leaves.
    """
    before, text = itself.prepared, to_yaml(budget.config)
    try:
        config = parse_config(text, file=variation.name, base=Path(), overrides=variation.settings)
        prepared = prepare_table(config, before.table)
    except (ConfigError, DataError):
        return None
    trial, parts = Trial(variation, prepared), prepared.parts
    ours = before.parts
    same = (parts.validation, parts.calibration, parts.test) == (ours.validation, ours.calibration, ours.test)
    return trial if same and trial.whole <= (1 - SHARE) * budget.seconds else None


def seeds_of(trials: Sequence[Trial], budget: Budget) -> int:
    """How many networks may stand for each of the trials, and for one more, which may be as dear as any."""

    def takes(networks: int) -> float:
        costs = [trial.cost(networks) for trial in trials]
        return sum(costs) + max(costs)

    fits = (count for count in range(MOST_SEEDS, 1, -1) if takes(count) <= SHARE * budget.seconds)
    return next(fits, 1)


def networks_of(trial: Trial, seconds: float) -> int:
    """How many networks of a config so many seconds buy; at least those that it asks for."""
    work, least = work_of(trial.prepared), trial.prepared.config.training.ensemble
    fits = (count for count in range(MOST_NETWORKS, least, -1) if training_seconds(work, count) <= seconds)
    return next(fits, least)
