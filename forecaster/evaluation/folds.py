"""What was said at each cutoff, by everyone, beside what happened."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from forecaster.errors import RunError, quoted
from forecaster.series.forecast import Forecast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from forecaster.series import Floats, Ints, Times

_KEYS = ("series", "cutoff", "cutoff_time", "step", "time", "actual", "forecast")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "'")  # starts of a text cell that a spreadsheet would run, and our escape


@dataclass(frozen=True, eq=False)
class Folds:
    """N rows, one for each cutoff and series; every forecaster answers in the same rows.

    Attributes:
        series: (N,) the id of each row's series.
        cutoffs: (N,) the last step that was seen.
        cutoff_times: (N,) its moment.
        actual: (N, H) what happened.
        forecasts: What each forecaster said, by its name, the judged one first: forecasts whose S are these N rows.
        last: (N,) the value at the cutoff.
        spreads: (N,) what the residuals of a row are divided by; empty where they are not known.
        left_out: How many rows were not scored, by the reason.
    """

    series: tuple[str, ...]
    cutoffs: Ints
    cutoff_times: Times
    actual: Floats
    forecasts: Mapping[str, Forecast]
    last: Floats
    spreads: Floats = field(default_factory=lambda: np.empty(0))
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.actual)

    @property
    def horizon(self) -> int:
        """H, the steps of each fold."""
        return int(self.actual.shape[1])

    @property
    def judged(self) -> str:
        """The name of the forecaster that the folds are about."""
        return next(iter(self.forecasts))

    @property
    def baselines(self) -> tuple[str, ...]:
        """The names of all the others."""
        return tuple(self.forecasts)[1:]

    @property
    def times(self) -> Times:
        """(N, H) the moments that were forecast."""
        return self.forecasts[self.judged].times

    @property
    def count(self) -> int:
        """How many different cutoffs there are: folds, in the words of a report."""
        return len(np.unique(self.cutoffs))

    def saying(self, forecasts: Mapping[str, Forecast]) -> Self:
        """The same folds with other forecasts, such as calibrated ones."""
        return replace(self, forecasts=forecasts)

    def rows(self, chosen: Ints) -> Self:
        """The rows at `chosen`, in that order."""
        return replace(
            self,
            series=tuple(self.series[int(i)] for i in chosen),
            cutoffs=self.cutoffs[chosen],
            cutoff_times=self.cutoff_times[chosen],
            actual=self.actual[chosen],
            forecasts={name: rows_of(said, chosen) for name, said in self.forecasts.items()},
            last=self.last[chosen],
            spreads=self.spreads[chosen] if len(self.spreads) else self.spreads,
        )

    def only(self, name: str) -> Self:
        """The same folds with what one forecaster said."""
        return self.saying({name: self.forecasts[name]})

    def to_csv(self) -> str:
        """One line for each row and step: what plots and readers of a version need.

        Columns: series, cutoff (step), cutoff_time, step (from 1), time, actual, forecast, `q_0.1` and so on at the
        levels of the judged forecaster, its intervals as lower_80 and upper_80, and the values of every baseline.
        """
        said = self.forecasts[self.judged]
        ends = [f"{end}_{percent(interval)}" for interval in said.intervals for end in ("lower", "upper")]
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow([*_KEYS, *(f"q_{level:g}" for level in said.levels), *ends, *self.baselines])
        table.writerows(self._lines(said))
        return text.getvalue()

    def _lines(self, said: Forecast) -> Iterator[list[object]]:
        cutoffs, times = moments(self.cutoff_times), moments(self.times.ravel())
        numbers = [self.actual[..., None], said.values[..., None]]
        if said.levels:
            numbers.append(said.quantiles)
        if said.intervals:
            numbers.append(np.stack([said.lower, said.upper], axis=-1).reshape(*self.actual.shape, -1))
        numbers.extend(self.forecasts[name].values[..., None] for name in self.baselines)
        block = np.concatenate(numbers, axis=-1).tolist()
        for row, name in enumerate(self.series):
            head = [_escaped(name), int(self.cutoffs[row]), cutoffs[row]]
            for step in range(self.horizon):
                yield [*head, step + 1, times[row * self.horizon + step], *map(repr, block[row][step])]


def from_csv(text: str) -> Folds:
    """Read what `Folds.to_csv` wrote; the spreads, the baselines' intervals and what was left out are not in it.

    Raises:
        RunError: If the text is not such a table.
    """
    try:
        head, body = _rows(text)
    except csv.Error as error:
        raise _damaged(f"is no table ({error})", None) from None
    try:
        horizon = max((int(line[3]) for line in body), default=1)
        numbers = np.array([[float(cell) for cell in line[5:]] for line in body]).reshape(-1, horizon, len(head) - 5)
        cutoffs = np.array([int(line[1]) for line in body[::horizon]], dtype=np.int64)
        times = parse_moments([line[4] for line in body]).reshape(-1, horizon)
        cutoff_times = parse_moments([line[2] for line in body[::horizon]])
    except ValueError as error:
        raise _damaged(f"holds a cell that cannot be read ({error})", None) from None
    series = tuple(line[0].removeprefix("'") for line in body[::horizon])
    forecasts = _forecasts(head[5:], numbers, (series, cutoffs, times))
    last = forecasts["naive"].values[:, 0] if "naive" in forecasts else np.full(len(series), np.nan)
    return Folds(series, cutoffs, cutoff_times, numbers[..., 0], forecasts, last)


def _rows(text: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows, each refused as it comes: empty lines would take a hundred times their bytes."""
    lines = csv.reader(_lines_of(text))
    head, body = next(lines, []), []
    if tuple(head[: len(_KEYS)]) != _KEYS:
        raise _damaged(f"begins with {quoted(text[:40])}", 1)
    for place, line in enumerate(lines, start=2):
        if len(line) != len(head):
            raise _damaged(f"has {len(line)} cells, and the header {len(head)}", place)
        body.append(line)
    return head, body


def _lines_of(text: str) -> Iterator[str]:
    """Each line with its end; `io.StringIO` would take four times the memory of the text."""
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin) + 1 or len(text)
        yield text[begin:end]
        begin = end


def _forecasts(columns: list[str], numbers: Floats, who: tuple[tuple[str, ...], Ints, Times]) -> dict[str, Forecast]:
    levels = [(i, float(name[2:])) for i, name in enumerate(columns) if name.startswith("q_")]
    lower = [i for i, name in enumerate(columns) if name.startswith("lower_")]
    judged = Forecast(
        *who,
        values=numbers[..., 1],
        levels=tuple(level for _, level in levels),
        quantiles=numbers[..., [i for i, _ in levels]],
        intervals=tuple(float(columns[i].removeprefix("lower_")) / 100 for i in lower),
        lower=numbers[..., lower],
        upper=numbers[..., [i + 1 for i in lower]],
    )
    after = 2 + len(levels) + 2 * len(lower)
    others = {name: Forecast(*who, values=numbers[..., after + i]) for i, name in enumerate(columns[after:])}
    return {"model": judged, **others}


def joined(earlier: Folds, later: Folds) -> Folds:
    """The rows of both, for forecasters that stand in both."""
    if not len(later):
        return earlier
    return Folds(
        series=(*earlier.series, *later.series),
        cutoffs=np.concatenate([earlier.cutoffs, later.cutoffs]),
        cutoff_times=np.concatenate([earlier.cutoff_times, later.cutoff_times]),
        actual=np.concatenate([earlier.actual, later.actual]),
        forecasts={name: stacked([said, later.forecasts[name]]) for name, said in earlier.forecasts.items()},
        last=np.concatenate([earlier.last, later.last]),
        spreads=np.concatenate([earlier.spreads, later.spreads]),
    )


def rows_of(said: Forecast, chosen: Ints) -> Forecast:
    """The rows at `chosen` of a forecast, in that order."""
    return replace(
        said,
        ids=tuple(said.ids[int(i)] for i in chosen),
        cutoffs=said.cutoffs[chosen],
        times=said.times[chosen],
        values=said.values[chosen],
        quantiles=said.quantiles[chosen] if said.levels else said.quantiles,
        lower=said.lower[chosen] if said.intervals else said.lower,
        upper=said.upper[chosen] if said.intervals else said.upper,
        status=tuple(said.status[int(i)] for i in chosen) if said.status else (),
    )


def stacked(said: Sequence[Forecast]) -> Forecast:
    """Forecasts of the same kind as one: their series, or rows, one after another."""
    first = said[0]
    return Forecast(
        ids=tuple(name for one in said for name in one.ids),
        cutoffs=np.concatenate([one.cutoffs for one in said]),
        times=np.concatenate([one.times for one in said]),
        values=np.concatenate([one.values for one in said]),
        levels=first.levels,
        quantiles=np.concatenate([one.quantiles for one in said]) if first.levels else first.quantiles,
        intervals=first.intervals,
        lower=np.concatenate([one.lower for one in said]) if first.intervals else first.lower,
        upper=np.concatenate([one.upper for one in said]) if first.intervals else first.upper,
        status=tuple(row for one in said for row in one.marked("ok").status) if any(one.status for one in said) else (),
    )


def percent(share: float) -> str:
    """A share as it stands in the names of columns and keys.

    >>> percent(0.8), percent(0.975)
    ('80', '97.5')
    """
    return f"{100 * share:.6g}"


def moments(times: Times) -> list[str]:
    """(n,) moments as ISO text, integers as digits; dates alone where no moment has hours.

    >>> moments(np.array(["2024-03-05", "2024-03-06"], dtype="datetime64[us]"))
    ['2024-03-05', '2024-03-06']
    """
    if times.dtype.kind != "M":
        return [str(step) for step in times.tolist()]
    unit = next((unit for unit in ("D", "s") if (times.astype(f"datetime64[{unit}]") == times).all()), "us")
    return [str(moment) for moment in times.astype(f"datetime64[{unit}]")]


def parse_moments(texts: list[str]) -> Times:
    """What `moments` wrote, back as moments or integers.

    Raises:
        ValueError: If a text is neither.
    """
    if all(text.removeprefix("-").isdigit() for text in texts):
        return np.array([int(text) for text in texts], dtype=np.int64)
    return np.array(texts, dtype="datetime64[us]")


def _escaped(name: str) -> str:
    return f"'{name}" if name.startswith(_FORMULAS) else name


def _damaged(what: str, line: int | None) -> RunError:
    return RunError(
        f"the table of folds {what}", hint="train the run again, or use --previous", file="folds.csv", line=line
    )
