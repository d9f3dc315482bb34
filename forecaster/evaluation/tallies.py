"""The errors of a published forecast, summed over its series, so that they are small enough to keep."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.evaluation.folds import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.evaluation.report import Report
    from forecaster.series import Floats
    from forecaster.series.forecast import Forecast

FALLBACK = "fallback"  # the status of what a baseline said in the network's place


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over the series of one forecast, for each of its H steps; errors are in `Units`.

    Attributes:
        count: (H,) forecasts by the network that can be compared with an actual.
        error: (H,) sum of their absolute errors.
        bias: (H,) sum of actual - forecast.
        beside: (H,) sum of the absolute errors of the baseline that was asked the same night, of the same series.
        held: By interval, (H,) how many lay within it.
        fallbacks: (H,) forecasts by a baseline in the network's place.
        fallback_error: (H,) sum of their absolute errors.
    """

    count: Floats
    error: Floats
    bias: Floats
    beside: Floats
    held: Mapping[float, Floats]
    fallbacks: Floats
    fallback_error: Floats

    @property
    def anything(self) -> bool:
        """Whether anything that was forecast is known by now."""
        return bool(self.count.any() or self.fallbacks.any())

    def to_dict(self) -> dict[str, Any]:
        """As JSON; one list a sum, as long as the horizon."""
        plain = {key: value.tolist() for key, value in vars(self).items() if key != "held"}
        return {**plain, "held": {percent(interval): held.tolist() for interval, held in self.held.items()}}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Tally:
        """What `to_dict` wrote.

        Raises:
            ValueError: If something else wrote it.
        """
        try:
            held = {round(float(key) / 100, 9): np.array(values, float) for key, values in saved["held"].items()}
            plain = {key: np.array(saved[key], float) for key in cls.__dataclass_fields__ if key != "held"}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{error!r} of a tally") from None
        return cls(**plain, held=held)


@dataclass(frozen=True)
class Units:
    """What the errors of a series are divided by, as in the report of the run.

    Attributes:
        name: `MAE`, in the data's own units, or `MASE`, where there are several series.
        key: The same, as the report's JSON has it.
        sizes: By series; empty for `MAE`. A series that has none is left out.
    """

    name: str
    key: str
    sizes: Mapping[str, float]

    @classmethod
    def of(cls, report: Report) -> Units:
        """Those in which a run was judged."""
        sizes = {str(entry["series"]): _size(entry) for entry in report.by_series}
        known = {name: size for name, size in sizes.items() if size is not None}
        return cls("MASE", "mase", known) if len(sizes) > 1 and known else cls("MAE", "mae", {})

    @property
    def mark(self) -> str:
        """The name, and a checksum of the sizes: errors with the same mark may be added up."""
        sizes = blake2b(repr(sorted(self.sizes.items())).encode("utf-8", "surrogateescape"), digest_size=8)
        return f"{self.name} {sizes.hexdigest()}"

    def array(self, ids: Sequence[str]) -> Floats:
        """(S,) the size of each series; NaN where it has none."""
        if self.key == "mae":
            return np.ones(len(ids))
        return np.array([self.sizes.get(name, np.nan) for name in ids])


def _size(entry: Mapping[str, Any]) -> float | None:
    """MAE / MASE of a series, by the first forecaster that tells: the scale that the report divided by."""
    for scores in entry.values():
        if isinstance(scores, dict) and scores.get("mase"):
            return float(scores["mae"]) / float(scores["mase"])
    return None


def tally(actual: Floats, said: Forecast, beside: Floats, sizes: Floats) -> Tally:
    """Compare one forecast with what happened.

    Args:
        actual: (S, H) what happened; NaN where that is not known.
        said: Of S series over H steps, with its status.
        beside: (S, H) what a baseline said the same night.
        sizes: (S,) what the errors of each series are divided by; NaN leaves it out.
    """
    words = {word: np.array([w == FALLBACK for w in word], dtype=np.bool_) for word in set(said.status)}
    second = np.array([words[row] for row in said.status]).reshape(said.values.shape)
    errors = (actual - said.values) / sizes[:, None]
    known = ~np.isnan(errors)
    own, other = known & ~second, known & second
    apart = np.abs(actual - beside) / sizes[:, None]
    inside = (said.lower <= actual[..., None]) & (actual[..., None] <= said.upper)
    return Tally(
        count=own.sum(axis=0).astype(float),
        error=np.where(own, np.abs(errors), 0.0).sum(axis=0),
        bias=np.where(own, errors, 0.0).sum(axis=0),
        beside=np.where(own, apart, 0.0).sum(axis=0),
        held={level: (inside[..., i] & own).sum(axis=0).astype(float) for i, level in enumerate(said.intervals)},
        fallbacks=other.sum(axis=0).astype(float),
        fallback_error=np.where(other, np.abs(errors), 0.0).sum(axis=0),
    )


@dataclass(frozen=True, eq=False)
class Scored:
    """One forecast of the ledger that something is known of.

    Attributes:
        cutoff: The step that was seen last, on a clock of whole numbers.
        label: The same as the user's file writes it.
        version: What made it.
        tally: Its errors.
        revision: How often it was scored again because an actual had been revised.
    """

    cutoff: int
    label: str
    version: str
    tally: Tally
    revision: int = 0
