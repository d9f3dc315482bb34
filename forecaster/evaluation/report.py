"""The report of a run: its errors beside the baselines', by step, series and fold, and the verdict."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import RunError
from forecaster.evaluation import metrics
from forecaster.evaluation.folds import Folds, moments, percent
from forecaster.evaluation.verdict import judge, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.evaluation.metrics import Scale
    from forecaster.series import Floats, Ints

Scores = dict[str, float | None]
SCHEMA = 1
_KINDS = {
    **dict.fromkeys(("run", "version", "verdict", "verdict_text", "baseline", "intervals_from"), str),
    **dict.fromkeys(("folds", "horizon"), int),
    **dict.fromkeys(("by_step", "by_series", "by_fold", "notes"), list),
    **dict.fromkeys(("metrics", "seen"), dict),
    "skill": float | int | None,
}


@dataclass(frozen=True)
class Report:
    """What `report.json` and `evaluate --json` hold; docs/report.md explains every key.

    Attributes:
        run: The run's name.
        version: The run's version.
        folds: Cutoffs that were scored.
        horizon: H, steps of each fold.
        metrics: The scores of each forecaster, over everything; None where a score cannot be computed.
        skill: 1 - MASE of the judged forecaster / MASE of `baseline`; None where that is zero or unknown.
        verdict: One of four words.
        verdict_text: The verdict as a sentence.
        by_step: Scores at each step ahead.
        by_series: MAE and MASE of each series.
        by_fold: MAE and MASE at each cutoff.
        baseline: The baseline that skill and verdict compare with.
        intervals_from: Which errors made the intervals: `calibration`, or `test folds, each left out`.
        seen: What the judged network had seen, and what was kept from it: names of parts and their dates.
        notes: What a reader must know, a sentence each.
    """

    run: str
    version: str
    folds: int
    horizon: int
    metrics: dict[str, Scores]
    skill: float | None
    verdict: str
    verdict_text: str
    by_step: list[dict[str, Any]]
    by_series: list[dict[str, Any]]
    by_fold: list[dict[str, Any]]
    baseline: str = ""
    intervals_from: str = "calibration"
    seen: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The documented schema, with a `schema` number in front."""
        return {"schema": SCHEMA, **asdict(self), "notes": list(self.notes)}

    def to_json(self) -> str:
        """`to_dict` as text, indented; null where a score cannot be computed."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_dict(cls, stored: object) -> Report:
        """Read what `to_dict` wrote.

        Raises:
            RunError: If the schema is another, or a key is missing or unknown.
        """
        if not isinstance(stored, dict) or stored.get("schema") != SCHEMA:
            found = stored.get("schema") if isinstance(stored, dict) else type(stored).__name__
            raise RunError(f"schema {found!r}, this version reads {SCHEMA}", hint="train again", file="report.json")
        keys = {key for key in stored if key != "schema"}
        known = set(cls.__dataclass_fields__)
        if keys != known:
            names = ", ".join(sorted(keys ^ known))
            raise RunError(f"missing or unknown keys: {names}", hint="train again", file="report.json")
        wrong = next((key for key, kind in _KINDS.items() if not isinstance(stored[key], kind)), None)
        if wrong is not None:
            raise RunError(f"{wrong} is {stored[wrong]!r:.40}", hint="train again", file="report.json")
        return cls(**{key: stored[key] for key in keys} | {"notes": tuple(stored["notes"])})

    def to_table(self) -> str:
        """The scores as an aligned table for a terminal, one column a forecaster, with the verdict below."""
        keys = list(dict.fromkeys(key for scores in self.metrics.values() for key in scores))
        rows = [["", *(name.replace("_", " ") for name in self.metrics)]]
        rows += [[_title(key), *(_cell(key, scores.get(key)) for scores in self.metrics.values())] for key in keys]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        skill = "unknown" if self.skill is None else f"{100 * self.skill:.0f} %"
        return "\n".join(
            [
                self._heading(),
                *(_aligned(row, widths) for row in rows),
                f"skill {skill}; {self.verdict_text}",
                *self.notes,
            ]
        )

    def _heading(self) -> str:
        size = f"{self.folds:,} folds of {self.horizon} steps, {len(self.by_series):,} series"
        return f"{size}; MAE, RMSE, pinball and interval scores in the data's own units"


def report(
    folds: Folds,
    scales: Mapping[str, Scale],
    best: str,
    *,
    run: str = "",
    version: str = "",
    notes: Sequence[str] = (),
) -> Report:
    """Score the test folds.

    Args:
        folds: With intervals and quantiles wherever they should be scored.
        scales: Of each series, from the part before the test border.
        best: The baseline to compare with: see `best_baseline`.
        run: The run's name.
        version: Its version.
        notes: Added to the report.
    """
    ids, series = np.unique(np.array(folds.series, dtype=object), return_inverse=True)
    units = Units(
        np.array([scales[name].absolute if name in scales else np.nan for name in folds.series]),
        np.array([scales[name].squared if name in scales else np.nan for name in folds.series]),
        series.astype(np.int64),
    )
    scored = {name: _scores(folds, name, units) for name in folds.forecasts}
    verdict = judge(folds, scales, best)
    cutoffs, first, groups = np.unique(folds.cutoffs, return_index=True, return_inverse=True)
    labels = [{"series": str(name)} for name in ids]
    dates = [{"cutoff": text} for text in moments(folds.cutoff_times[first])]
    left = [f"{count:,} left out: {reason}" for reason, count in folds.left_out.items()]
    return Report(
        run=run,
        version=version,
        folds=len(cutoffs),
        horizon=folds.horizon,
        metrics=scored,
        skill=_skill(scored[folds.judged]["mase"], scored[best]["mase"]),
        verdict=verdict.word,
        verdict_text=verdict.text,
        by_step=[_step(folds, step, units) for step in range(folds.horizon)],
        by_series=_grouped(folds, units, units.series, labels),
        by_fold=_grouped(folds, units, groups.astype(np.int64), dates),
        baseline=best,
        notes=(*notes, *left),
    )


@dataclass(frozen=True, eq=False)
class Units:
    """What each row's errors are divided by.

    Attributes:
        absolute: (N,) for MASE.
        squared: (N,) for RMSSE.
        series: (N,) which series each row belongs to.
    """

    absolute: Floats
    squared: Floats
    series: Ints


def _scores(folds: Folds, name: str, units: Units, step: slice = slice(None)) -> Scores:
    said, actual = folds.forecasts[name], folds.actual[:, step]
    values = said.values[:, step]
    scores = {
        "mae": metrics.mae(actual, values),
        "rmse": metrics.rmse(actual, values),
        "smape": metrics.smape(actual, values),
        "mase": metrics.mase(actual, values, units.absolute, units.series),
        "rmsse": metrics.rmsse(actual, values, units.squared, units.series),
    }
    if said.levels:
        quantiles = said.quantiles[:, step]
        scores["pinball"] = metrics.pinball(actual, quantiles, said.levels)
        scores["wql"] = metrics.wql(actual, quantiles, said.levels)
    for i, interval in enumerate(said.intervals):
        lower, upper = said.lower[:, step, i], said.upper[:, step, i]
        scores[f"coverage_{percent(interval)}"] = metrics.coverage(actual, lower, upper)
        scores[f"interval_score_{percent(interval)}"] = metrics.interval_score(actual, lower, upper, interval)
    return {key: _known(value) for key, value in scores.items()}


def _step(folds: Folds, step: int, units: Units) -> dict[str, Any]:
    column = slice(step, step + 1)
    return {"step": step + 1, **{name: _scores(folds, name, units, column) for name in folds.forecasts}}


def _grouped(folds: Folds, units: Units, groups: Ints, labels: list[dict[str, str]]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = [dict(label) for label in labels]
    for name, said in folds.forecasts.items():
        errors = np.abs(folds.actual - said.values).mean(axis=1)
        plain = metrics.by_group(errors, groups).tolist()
        scaled = _by_group_of_known(errors / units.absolute, groups).tolist()
        for entry, absolute, relative in zip(entries, plain, scaled, strict=True):
            entry[name] = {"mae": _known(absolute), "mase": _known(relative)}
    return entries


def _by_group_of_known(rows: Floats, groups: Ints) -> Floats:
    """(G,) the mean by group of the rows that are known: series without a scale are left out, as of the whole."""
    known = np.isfinite(rows)
    counts = np.bincount(groups[known], minlength=int(groups.max()) + 1)
    sums = np.bincount(groups[known], weights=rows[known], minlength=len(counts))
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))


def _skill(model: float | None, baseline: float | None) -> float | None:
    return None if model is None or not baseline else 1 - model / baseline


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


_TITLES = {"mae": "MAE", "rmse": "RMSE", "smape": "sMAPE %", "mase": "MASE", "rmsse": "RMSSE", "wql": "WQL"}


def _title(key: str) -> str:
    if key.startswith("coverage_"):
        return f"inside {key.removeprefix('coverage_')} %"
    if key.startswith("interval_score_"):
        return f"score {key.removeprefix('interval_score_')} %"
    return _TITLES.get(key, key)


def _cell(key: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if key.startswith("coverage_") else number(value)


def _aligned(row: list[str], widths: list[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
    return "  ".join(cells).rstrip()
