"""How a network does where nobody tells it anything in advance: its published forecasts beside what happened."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.evaluation.drift import Decision, Lived, Promise, decide
from forecaster.evaluation.folds import percent
from forecaster.evaluation.tallies import Units
from forecaster.evaluation.verdict import counted, named, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.evaluation.report import Report
    from forecaster.evaluation.tallies import Scored
    from forecaster.series import Floats

SCHEMA = 1
_SHOWN = 14  # rows of a table of steps


@dataclass(frozen=True)
class LiveReport:
    """What `score.json` and `score --json` hold.

    Attributes:
        run: The run's name.
        version: The version that forecasts now, whose backtest is compared with.
        unit: `MAE` in the data's own units, or `MASE`.
        baseline: The one that is compared with, as in the run's report.
        forecasts: How many were scored.
        first: The cutoff of the first of them.
        last: The cutoff of the last.
        error: `live`, `backtest` and `baseline`, over all steps; None where nothing is known.
        bias: Mean of actual - forecast.
        coverage: By interval in per cent: the share of the actuals that it held, `live` and in the `backtest`.
        skill: 1 - error / baseline's error, `live` and in the `backtest`.
        by_step: The same at each step ahead, and how many `forecasts`.
        fallback: How many forecasts of a step were a baseline's in the network's place, and their `error`.
        left_out: How many forecasts were not scored, by the reason.
        revised: How many were scored again because an actual was revised.
        retrain: Whether to train again.
        because: Why, or why not.
    """

    run: str
    version: str
    unit: str
    baseline: str
    forecasts: int
    first: str | None
    last: str | None
    error: dict[str, float | None]
    bias: float | None
    coverage: dict[str, dict[str, float | None]]
    skill: dict[str, float | None]
    by_step: list[dict[str, Any]]
    fallback: dict[str, float | int | None]
    left_out: dict[str, int]
    revised: int
    retrain: bool
    because: str
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> str:
        """As text, indented, with a `schema` number in front; null where a figure cannot be computed."""
        stored = {"schema": SCHEMA, **asdict(self), "notes": list(self.notes)}
        return json.dumps(stored, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def to_table(self) -> str:
        """An aligned table for a terminal, a row a step, with the decision below."""
        head = ["step", "forecasts", "live", "backtest", self.baseline.replace("_", " "), "bias"]
        head += [f"inside {name} %" for name in self.coverage]
        rows = [head, *(_row(step, self.coverage) for step in _thinned(self.by_step))]
        whole = {"step": "all", "forecasts": self.forecasts, **self.error, "bias": self.bias}
        rows.append(_row({**whole, **{f"coverage_{k}": v["live"] for k, v in self.coverage.items()}}, self.coverage))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join([self._heading(), *lines, *self._below()])

    def _heading(self) -> str:
        unit = "MAE in the data's own units" if self.unit == "MAE" else "scaled errors (MASE)"
        since = f", cutoffs {self.first} to {self.last}" if self.forecasts else ""
        return f"{counted(self.forecasts, 'forecast')} scored{since}; {unit}"

    def _below(self) -> list[str]:
        skill = ", ".join(f"{name} {_share(value)}" for name, value in self.skill.items())
        left = [f"left out: {counted(count, 'forecast')} {why}" for why, count in self.left_out.items()]
        second = [f"{self.fallback['forecasts']:,} steps were forecast by a baseline in the network's place"]
        again = [f"{counted(self.revised, 'forecast')} scored again: an actual was revised"]
        return [
            f"skill {skill}",
            *(second if self.fallback["forecasts"] else []),
            *(again if self.revised else []),
            *left,
            *self.notes,
            f"retrain: {'yes' if self.retrain else 'no'}, because {self.because}",
        ]


@dataclass(frozen=True)
class Promised:
    """The report of the version that forecasts now, and what the config says of its folds.

    Attributes:
        report: Of the backtest.
        stride: Steps between its cutoffs.
        intervals: (I,) that are published.
    """

    report: Report
    stride: int
    intervals: tuple[float, ...]


def live_report(
    scored: Sequence[Scored], promised: Promised, *, run: str, version: str, left_out: Mapping[str, int]
) -> LiveReport:
    """Put together what is known of the forecasts of a run, and decide whether to train again.

    Args:
        scored: In the order of their cutoffs.
        promised: By the version that forecasts now.
        run: The run's name.
        version: The version that forecasts now; the decision rests on its own forecasts alone.
        left_out: How many forecasts were not scored, by the reason.
    """
    report, units = promised.report, Units.of(promised.report)
    steps = [_step(scored, promised, units, step) for step in range(report.horizon)]
    own = [one for one in scored if one.version == version]
    decision = _decision(own, promised, units)
    whole = _pooled(scored, slice(None), promised.intervals)
    baseline = report.metrics.get(report.baseline, {})
    error = {
        "live": whole["live"],
        "backtest": report.metrics["model"].get(units.key),
        "baseline": whole["baseline"],
    }
    return LiveReport(
        run=run,
        version=version,
        unit=units.name,
        baseline=report.baseline,
        forecasts=len(scored),
        first=scored[0].label if scored else None,
        last=scored[-1].label if scored else None,
        error=error,
        bias=whole["bias"],
        coverage={
            percent(interval): {
                "live": whole[f"coverage_{percent(interval)}"],
                "backtest": report.metrics["model"].get(f"coverage_{percent(interval)}"),
            }
            for interval in promised.intervals
        },
        skill={
            "live": _skill(whole["live"], whole["baseline"]),
            "backtest": _skill(error["backtest"], baseline.get(units.key)),
        },
        by_step=steps,
        fallback={"forecasts": int(whole["fallbacks"] or 0), "error": whole["fallback_error"]},
        left_out=dict(left_out),
        revised=sum(one.revision > 0 for one in scored),
        retrain=decision.retrain,
        because=decision.because,
    )


def _decision(own: Sequence[Scored], promised: Promised, units: Units) -> Decision:
    """On the forecasts of one version whose first h steps have all passed, h being the longest that it was asked."""
    report = promised.report
    steps = min(report.horizon, max((len(one.tally.count) for one in own), default=report.horizon))
    passed = [one for one in own if len(one.tally.count) >= steps and (one.tally.count[:steps] > 0).all()]
    lived = Lived(
        cutoffs=np.array([one.cutoff for one in passed], dtype=np.int64),
        model=_means(passed, "error", steps),
        beside=_means(passed, "beside", steps),
        held={
            interval: np.array([_held(one, interval, steps) for one in passed])
            for interval in promised.intervals
            if all(interval in one.tally.held for one in passed)
        },
        cells=int(sum(one.tally.count[:steps].sum() for one in passed)),
        horizon=steps,
        unit=units.name,
    )
    if own and not any(one.tally.count.any() for one in own):
        return Decision(retrain=False, because="a baseline forecast in the network's place every time")
    return decide(lived, _promise(promised, units, steps))


def _held(one: Scored, interval: float, steps: int) -> float:
    return float(one.tally.held[interval][:steps].sum() / one.tally.count[:steps].sum())


def _means(passed: Sequence[Scored], what: str, steps: int) -> Floats:
    return np.array([(getattr(one.tally, what)[:steps] / one.tally.count[:steps]).mean() for one in passed])


def _promise(promised: Promised, units: Units, steps: int) -> Promise:
    report = promised.report
    model, beside = (_fold_errors(report, name, units, steps) for name in ("model", report.baseline))
    both = ~np.isnan(model) & ~np.isnan(beside)
    scores = report.metrics["model"]
    return Promise(
        model=model[both],
        beside=beside[both],
        block=-(-steps // promised.stride),
        held={interval: scores.get(f"coverage_{percent(interval)}") for interval in promised.intervals},
        better=report.verdict == "better",
        name=named(report.baseline),
    )


def _fold_errors(report: Report, name: str, units: Units, steps: int) -> Floats:
    """(F,) the mean error at each cutoff; of fewer steps than were judged, as these share in the error of all."""
    folds = np.array([_number(fold.get(name, {}).get(units.key)) for fold in report.by_fold])
    ahead = np.array([_number(step.get(name, {}).get(units.key)) for step in report.by_step])
    return folds if steps == len(ahead) else folds * (ahead[:steps].mean() / ahead.mean())


def _step(scored: Sequence[Scored], promised: Promised, units: Units, step: int) -> dict[str, Any]:
    there = [one for one in scored if len(one.tally.count) > step and one.tally.count[step]]
    judged = promised.report.by_step[step].get("model", {})
    found = _pooled(there, slice(step, step + 1), promised.intervals)
    return {"step": step + 1, "forecasts": len(there), "backtest": judged.get(units.key), **found}


def _pooled(scored: Sequence[Scored], steps: slice, intervals: Sequence[float]) -> dict[str, float | None]:
    """Means over all forecasts and `steps` of them, and over their series."""

    def total(what: str) -> float:
        return float(sum(getattr(one.tally, what)[steps].sum() for one in scored))

    count, second = total("count"), total("fallbacks")
    found = {"live": _over(total("error"), count), "baseline": _over(total("beside"), count)}
    found["bias"] = _over(total("bias"), count)
    for interval in intervals:
        inside = [one.tally for one in scored if interval in one.tally.held]
        held, of = (
            float(sum(numbers[steps].sum() for numbers in part))
            for part in ([one.held[interval] for one in inside], [one.count for one in inside])
        )
        found[f"coverage_{percent(interval)}"] = _over(held, of)
    return {**found, "fallbacks": second, "fallback_error": _over(total("fallback_error"), second)}


def _over(total: float, count: float) -> float | None:
    return total / count if count else None


def _skill(model: float | None, baseline: float | None) -> float | None:
    return None if model is None or not baseline else 1 - model / baseline


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _thinned(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Not more rows than one can read, the first and the last among them."""
    if len(steps) <= _SHOWN:
        return steps
    return [steps[place] for place in np.linspace(0, len(steps) - 1, _SHOWN).round().astype(int)]


def _row(step: Mapping[str, Any], coverage: Mapping[str, object]) -> list[str]:
    figures = (step.get(key) for key in ("live", "backtest", "baseline", "bias"))
    cells = [str(step["step"]), f"{step['forecasts']:,}", *("-" if f is None else number(f) for f in figures)]
    return cells + [_share(step.get(f"coverage_{name}")) for name in coverage]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"
