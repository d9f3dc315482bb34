"""How often luck is taken for drift, and how soon drift is noticed: the decision of `forecast score`, simulated.

Run it with `python -m benchmarks.reliability.drift`; it takes some minutes on one core. A network that knows a share of
the shocks of a random walk is judged on 8 folds of 14 steps, then forecasts every night for 330 nights; from the 57th
on the decision is asked once a week (40 times). The goals: a network as good as ever is told to train again at most 10
times of 100 looks, and in at most a quarter of the years; one whose errors double, or whose skill is gone, is found in
at least 9 of 10 years.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import forecaster
from forecaster.evaluation.drift import Lived, Promise, decide

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints

H, FOLDS, NIGHTS, WEEK = 14, 8, 330, 7
SKILL = 0.2
NORMAL = {0.8: 1.2816, 0.95: 1.96}  # half the width of an interval, in standard deviations


@dataclass(frozen=True)
class Case:
    """What becomes of a network once it forecasts.

    Attributes:
        name: In words.
        shocks: How many times larger the shocks are from then on.
        skill: The share of them that it still knows.
        changed: Whether it should be found.
    """

    name: str
    shocks: float
    skill: float
    changed: bool


CASES = (
    Case("as good as ever", 1.0, SKILL, changed=False),
    Case("errors 1.5 times as large", 1.5, SKILL, changed=True),
    Case("errors twice as large", 2.0, SKILL, changed=True),
    Case("the skill is gone", 1.0, 0.0, changed=True),
)


def errors(walk: Floats, cutoffs: Ints, skill: float) -> tuple[Floats, Floats, dict[float, Floats]]:
    """(F,) errors of the network and of the naive forecast, and by interval the share that was held."""
    ahead = walk[cutoffs[:, None] + np.arange(1, H + 1)] - walk[cutoffs][:, None]
    model = np.abs((1 - skill) * ahead)
    widths = np.sqrt(np.arange(1, H + 1)) * (1 - SKILL)
    held = {level: (model <= size * widths).mean(axis=1) for level, size in NORMAL.items()}
    return model.mean(axis=1), np.abs(ahead).mean(axis=1), held


def year(rng: np.random.Generator, case: Case) -> list[bool]:
    """The decisions of a year, a week apart."""
    first = (FOLDS + 1) * H
    shocks = rng.normal(size=first + NIGHTS + 2 * H)
    shocks[first:] *= case.shocks
    walk = np.cumsum(shocks)
    model, beside, held = errors(walk, np.arange(FOLDS) * H, SKILL)
    promise = Promise(model, beside, 1, {level: float(share.mean()) for level, share in held.items()}, True, "naive")
    cutoffs = np.arange(first, first + NIGHTS)
    model, beside, held = errors(walk, cutoffs, case.skill)
    return [
        decide(
            Lived(
                cutoffs=cutoffs[:count],
                model=model[:count],
                beside=beside[:count],
                held={level: share[:count] for level, share in held.items()},
                cells=count * H,
                horizon=H,
                unit="MAE",
            ),
            promise,
        ).retrain
        for count in range(4 * H + 1, NIGHTS + 1, WEEK)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(f"forecaster {forecaster.__version__}, python {platform.python_version()}, numpy {np.__version__}")
    print(f"{asked.years} years each, seed {asked.seed}")
    good = True
    for case in CASES:
        rng = np.random.default_rng(asked.seed)
        years = [year(rng, case) for _ in range(asked.years)]
        looks, ever = np.mean(years), np.mean([any(one) for one in years])
        firsts = [4 * H + 1 + WEEK * one.index(True) for one in years if any(one)]
        soon = f", first on night {statistics.median(firsts):.0f} in the median" if firsts else ""
        print(f"{case.name}: yes in {looks:.1%} of the looks, in {ever:.0%} of the years{soon}", flush=True)
        good = good and (ever >= 0.9 if case.changed else looks <= 0.1 and ever <= 0.25)  # noqa: PLR2004  (the goals)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
