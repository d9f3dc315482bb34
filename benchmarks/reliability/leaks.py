"""Goal 8: nothing after a cutoff changes one bit of what was seen, scaled, trained on or said up to it.

Every example is a table (ragged series, holes, covariates of the past, known ahead, repeated and static, the calendar,
a policy for gaps, perhaps irregular times that are resampled), a cutoff, and the same table with everything after the
cutoff rewritten: by other numbers, by other holes, or cut off altogether. Both are read as files are; compared are
the panel until the cutoff, every window with its scale, floor and shift, the covariates with their means, the season,
the units of errors, the intervals of the folds that had passed, and what the baselines and an exported graph say. The
mutants, each a protection taken away, have to be caught.

    python -m benchmarks.reliability.leaks                       # 20,000 examples and all mutants: some 20 minutes
    python -m benchmarks.reliability.leaks --examples 300
"""

from __future__ import annotations

import contextlib
import importlib.util
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import hypothesis
import numpy as np
from hypothesis import strategies as st

from benchmarks.common import ROOT, Record, parser
from forecaster.config.reading import parse_config
from forecaster.errors import DataError
from forecaster.evaluation import intervals
from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.metrics import scales
from forecaster.forecasters.baselines import Drift, Naive, SeasonalNaive
from forecaster.forecasters.calibration import Wanted
from forecaster.forecasters.runtime import Graph
from forecaster.forecasters.spread import spread
from forecaster.series import covariates, encoding, flat, grid, panel, windows
from forecaster.series.clock import find_season
from forecaster.series.sizing import facts_of
from forecaster.series.tables import read_table
from forecaster.workflows import preparing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from forecaster.config.schema import Config
    from forecaster.series.panel import Panel

    Seen = dict[str, bytes]
    Floats = NDArray[np.float64]

EXAMPLES, MUTATED, SEED = 20_000, 2_000, 0
LOOKBACK, HORIZON = 4, 2
WINDOW = windows.Window(LOOKBACK, HORIZON)
SCALES = ("none", "last", "mean", "standard", "log", "log_mean", "affine")
POLICIES = ("auto", "interpolate", "ffill", "mask")
STEPS = {"step": None, "day": "1d", "weekday": "1b", "hour": "1h", "resampled": "1h"}
REWRITTEN = ("numbers", "holes", "cut off")


@dataclass(frozen=True)
class Case:
    """A table, a cutoff, and what becomes of everything after it."""

    seed: int
    steps: int
    series: int
    kind: str
    gaps: str
    scale: str
    holes: float
    share: float
    rewritten: str
    beside: bool

    @property
    def masked(self) -> bool:
        return self.gaps == "mask"

    @property
    def positive(self) -> bool:
        return self.scale.startswith("log")


@st.composite
def cases(draw: Callable[[Any], Any]) -> Case:
    gaps = draw(st.sampled_from(POLICIES))
    return Case(
        seed=draw(st.integers(0, 2**32 - 1)),
        steps=draw(st.integers(20, 60)),
        series=draw(st.integers(1, 3)),
        kind=draw(st.sampled_from(sorted(STEPS))),
        gaps=gaps,
        scale=draw(st.sampled_from(SCALES)),
        holes=draw(st.sampled_from([0.0, 0.1, 0.4])),
        share=draw(st.floats(0.4, 0.9)),
        # Where a hole at the end is carried forward or shown, whether a series goes on after it can be seen.
        rewritten=draw(st.sampled_from(REWRITTEN if gaps in grid.FORESEEING else REWRITTEN[:1])),
        beside=draw(st.booleans()),
    )


@dataclass(frozen=True, eq=False)
class Rows:
    """The cells of a table: every array (R, ...), a row for each step of each series."""

    moments: NDArray[Any]
    owners: NDArray[np.int64]
    target: Floats
    temperature: Floats
    load: Floats
    price: Floats
    wet: NDArray[np.bool_]

    def text(self, *, beside: bool, keep: NDArray[np.bool_]) -> bytes:
        """As a file, with what stands beside the values or without."""
        lines = ["time,id,y,temperature,load,price,wet,region" if beside else "time,id,y"]
        for row in np.flatnonzero(keep).tolist():
            cells = [str(self.moments[row]), f"s{self.owners[row]}", _cell(self.target[row])]
            if beside:
                cells += [_cell(each[row]) for each in (self.temperature, self.load, self.price)]
                cells += ["wet" if self.wet[row] else "dry", "north" if self.owners[row] % 2 else "south"]
            lines.append(",".join(cells))
        return "\n".join([*lines, ""]).encode()


def _cell(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


def table(case: Case) -> Rows:
    """The rows of a case, each series with some rows of the future that have no value yet."""
    rng = np.random.default_rng(case.seed)
    begins = rng.integers(0, case.steps // 3, size=case.series) * (np.arange(case.series) > 0)
    ends = case.steps - rng.integers(0, case.steps // 4, size=case.series) * (rng.random(case.series) < 1 / 2)
    places = [np.arange(begin, end + HORIZON) for begin, end in zip(begins, ends, strict=True)]
    owners = np.repeat(np.arange(case.series), [len(each) for each in places])
    steps = np.concatenate(places)
    target = _numbers(rng, len(steps), case)
    target[rng.random(len(steps)) < case.holes] = np.nan
    first = np.flatnonzero(np.diff(owners, prepend=-1))
    target[first] = np.abs(_numbers(rng, case.series, case)) + 1
    target[steps >= np.asarray(ends)[owners]] = np.nan
    beside = [_numbers(rng, len(steps), replace(case, scale="none")) for _ in range(3)]
    wet = rng.random(len(steps)) < 1 / 2
    wet[:2] = [True, False]  # both words from the start, so that no code depends on the future
    return Rows(_moments(steps, case, rng), owners, target, *beside, wet)


def _numbers(rng: np.random.Generator, count: int, case: Case) -> Floats:
    """Some steady, some wild, some constant, some huge."""
    kinds = [
        np.cumsum(rng.normal(size=count)),
        rng.normal(size=count) * 10.0 ** rng.integers(-3, 9),
        np.repeat(rng.normal(), count),
        np.tile(rng.normal(size=7), -(-count // 7))[:count],
    ]
    drawn = kinds[rng.integers(len(kinds))]
    return np.abs(drawn) + 0.125 if case.positive else drawn


def _moments(steps: NDArray[np.int64], case: Case, rng: np.random.Generator) -> NDArray[Any]:
    if case.kind == "step":
        return steps
    if case.kind == "weekday":
        return np.busday_offset("2024-01-01", steps)
    start = np.datetime64("2024-01-01T00:00", "m")
    minutes = steps * (24 * 60 if case.kind == "day" else 60)
    return start + minutes + (rng.integers(0, 60, size=len(steps)) if case.kind == "resampled" else 0)


def rewritten(rows: Rows, after: NDArray[np.bool_], case: Case) -> tuple[Rows, NDArray[np.bool_]]:
    """The same rows, but for those after the cutoff, and which are kept."""
    rng, count = np.random.default_rng([case.seed, 1]), len(after)
    target = _numbers(rng, count, case) * 10.0
    if case.rewritten == "numbers":
        target[np.isnan(rows.target)] = np.nan
    elif case.rewritten == "holes":
        target[rng.random(count) < 1 / 2] = np.nan
    else:
        target[:] = np.nan
    other = replace(
        rows,
        target=np.where(after, target, rows.target),
        temperature=np.where(after, _numbers(rng, count, case), rows.temperature),
        load=np.where(after, _numbers(rng, count, case), rows.load),
        wet=np.where(after, rng.random(count) < 1 / 2, rows.wet),
    )
    dropped = after if case.rewritten == "cut off" and not case.beside else np.zeros(count, dtype=bool)
    return other, ~dropped


@cache
def config_of(kind: str, gaps: str, scale: str, *, beside: bool) -> Config:
    """The config that a case is read and prepared with."""
    more = "past: [temperature, wet], known: [price, {load: repeat_last}], static: region," if beside else ""
    if beside and kind != "step":
        more += "calendar: [weekday, hour]," if kind in {"hour", "resampled"} else "calendar: [weekday, month],"
    if kind != "step":
        more += "resample: {every: 1h, by: mean}," if kind == "resampled" else f"freq: {STEPS[kind]},"
    text = (
        f"name: leaks\ndata: {{path: leaks.csv, time: time, id: id, target: y, gaps: {gaps}, {more}}}\n"
        f"window: {{lookback: {LOOKBACK}, horizon: {HORIZON}}}\n"
        f"model: {{scale: {scale}, layers: [{{gru: {{units: 2}}}}], embed: {{series: 2}}}}\n"
        "evaluation: {folds: 3, calibration: 3}\n"
    )
    return parse_config(text, file="leaks.yaml", base=ROOT)


def differing(case: Case) -> list[str]:
    """What a rewritten future has changed of the past; empty where nothing leaks."""
    config = config_of(case.kind, case.gaps, case.scale, beside=case.beside)
    rows = table(case)
    whole = np.ones(len(rows.target), dtype=bool)
    before = read_table(config.data, content=rows.text(beside=case.beside, keep=whole)).panel
    cutoff = int(case.share * (before.steps - 1 - HORIZON))
    other, keep = rewritten(rows, rows.moments >= _shown(before.times[cutoff + 1], case), case)
    content = other.text(beside=case.beside, keep=keep)
    after = read_table(config.data, content=content).panel
    same = case.rewritten == "numbers"
    found = _differing(*(seen(each, cutoff, case, same=same) for each in (before, after)))
    if not same:
        return found
    contents = (rows.text(beside=case.beside, keep=whole), content)
    return found + _differing(*prepared_seen(config, contents, cutoff))


def _shown(moment: Any, case: Case) -> Any:
    return moment if case.kind == "step" else np.datetime64(moment, "us")


def _differing(one: Seen, other: Seen) -> list[str]:
    return [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]


def seen(whole: Panel, cutoff: int, case: Case, *, same: bool) -> Seen:
    """Every bit that anybody may see of a panel up to a cutoff.

    Args:
        whole: The panel with its future.
        cutoff: The last step that may be seen.
        case: Scale and mask.
        same: Whether the series that begin after the cutoff are the same in both panels.
    """
    past = whole.until(cutoff)
    channels = encoding.channels_of(whole if same else past, past, {}, learned=True)
    found = {"past": _bits(past.values, past.offsets, past.starts, past.last), "ids": repr(past.ids).encode()}
    found["channels"] = repr(channels).encode()
    if past.covariates is not None:
        found["covariates of the past"] = _bits(past.covariates.past, past.covariates.static)
        found["known covariates"] = _bits(past.covariates.known)
    found["season"] = str(find_season(past, past.clock.seasons())).encode()
    found["units of errors"] = repr(scales(past.with_season(2))).encode()
    found["spread"] = _bits(spread(past, LOOKBACK))
    found |= _windows(whole, cutoff, case, channels)
    for baseline in (Naive(), SeasonalNaive(3), Drift()):
        found[baseline.name] = _bits(baseline.forecast(past, HORIZON).values)
    found |= _asked(past, cutoff, case, channels)
    return found | (_intervals(whole, cutoff) if same and not case.masked else {})


def _bits(*arrays: NDArray[Any]) -> bytes:
    return b"|".join(np.ascontiguousarray(array).tobytes() for array in arrays)


def _windows(whole: Panel, cutoff: int, case: Case, channels: Any) -> Seen:
    """All windows up to the cutoff, as training gathers them."""
    laid = flat.flatten(whole, case.scale, channels, masked=case.masked)
    starts = windows.cut(whole, WINDOW, before=cutoff + 1, masked=case.masked)
    starts = flat.useful(laid, starts, WINDOW)
    owners = np.searchsorted(whole.offsets, starts, side="right") - 1
    steps = whole.starts[owners] + starts - whole.offsets[owners]
    rows = starts[:, None] + np.arange(WINDOW.length)
    parts = {
        "values": laid.values[rows],
        "floors": laid.floors[starts + LOOKBACK - 1],
        "shifts": laid.shifts[owners],
        "present": None if laid.present is None else laid.present[rows],
        "past": None if laid.past is None else laid.past[rows],
        "known": None if laid.known is None else laid.known[rows][:, :LOOKBACK],
    }
    found = {f"windows: {name}": _bits(part) for name, part in parts.items() if part is not None}
    return found | {"windows": _bits(steps, np.array([whole.ids[owner] for owner in owners.tolist()], dtype="U8"))}


def _asked(past: Panel, cutoff: int, case: Case, channels: Any) -> Seen:
    """What an exported graph is given, and what it says."""
    able = [
        place
        for place, values in enumerate(past)
        if past.last[place] == cutoff and len(values) >= LOOKBACK and _enough(values[-LOOKBACK:], case)
    ]
    if not able:
        return {}
    chosen = past.select(np.array(able))
    shapes = SimpleNamespace(
        lookback=LOOKBACK, horizon=HORIZON, levels=(0.5,), channels=channels, masked=case.masked, members=1, noise=0
    )
    widths = tuple(len(each) for each in (channels.past, channels.known, channels.static, channels.series))
    graph = Graph(exported(*widths, masked=case.masked), shapes, case.scale)
    inputs, shifts = graph.inputs(chosen)
    found = {f"newest {name}": _bits(part) for name, part in inputs.items()}
    return found | {"newest shifts": _bits(shifts), "network": _bits(graph.forecast(chosen, HORIZON).values)}


def _enough(values: Floats, case: Case) -> bool:
    there = ~np.isnan(values)
    return bool(there.any() if case.masked else there.all())


@cache
def exported(past: int, known: int, static: int, series: int, *, masked: bool) -> bytes:
    """A graph that adds up everything it is told, each with a weight of its own."""
    inputs = {"window": (LOOKBACK,), "floor": (1,)}
    inputs |= {"present": (LOOKBACK,)} if masked else {}
    inputs |= {"past": (LOOKBACK, past)} if past else {}
    inputs |= {"known": (LOOKBACK + HORIZON, known)} if known else {}
    inputs |= {"static": (static,)} if static else {}
    inputs |= {"series": (1,)} if series else {}
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(size=(int(np.prod(shape)), HORIZON)) for name, shape in inputs.items()}
    content: bytes = _graphs().sums(inputs, {"forecast": ((HORIZON, 1), weights)})
    return content


@cache
def _graphs() -> Any:
    spec = importlib.util.spec_from_file_location("graphs", ROOT / "tests" / "support" / "graphs.py")
    if spec is None or spec.loader is None:
        raise SystemExit("tests/support/graphs.py: missing; run this from a clone")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def _intervals(whole: Panel, cutoff: int) -> Seen:
    """The intervals of the folds up to the cutoff, as a report has them."""
    cutoffs = np.arange(LOOKBACK, whole.steps - HORIZON)
    third = len(cutoffs) // 3
    parts = (cutoffs[:third], cutoffs[third + HORIZON - 1 :])  # no target of the first reaches into the second
    try:
        past, tested = (backtest(SeasonalNaive(2), whole, each, HORIZON, (Naive(),)) for each in parts)
    except DataError:  # holes leave no fold
        return {}
    said, _ = intervals.as_they_passed(past, tested, Wanted((0.8,), (0.5,), LOOKBACK))
    passed = said.cutoffs <= cutoff
    found = said.forecasts["seasonal_naive"]
    return {"intervals": _bits(found.values[passed], found.lower[passed], found.upper[passed])}


def prepared_seen(config: Config, contents: tuple[bytes, bytes], cutoff: int) -> tuple[Seen, Seen]:
    """What a training starts from, of two tables that differ only after its training and validation parts."""
    try:
        one, other = (preparing.prepare(config, content=content) for content in contents)
    except DataError:  # too short, or too many holes
        return {}, {}
    if cutoff < one.parts.calibration - 1:
        return {}, {}
    return _prepared(one, cutoff), _prepared(other, cutoff)


def _prepared(made: preparing.Prepared, cutoff: int) -> Seen:
    rows = np.concatenate([made.training, made.validation])[:, None] + np.arange(WINDOW.length)
    found = {
        "prepared: season": str(made.panel.season).encode(),
        "prepared: windows": _bits(made.training, made.validation, made.flat.values[rows]),
        "prepared: floors": _bits(made.flat.floors[rows[:, LOOKBACK - 1]]),
        "prepared: shifts": _bits(made.flat.shifts),
        "prepared: channels": repr(made.shapes.channels).encode(),
    }
    if cutoff >= int(0.55 * made.panel.steps) - 1:  # what the automatic choice may look at
        # Whether every value has a logarithm, and whether any is missing, has to be known of the whole table.
        found["prepared: choice"] = repr(replace(facts_of(made.panel), positive=True, holes=False)).encode()
    return found


def _whole_floors(panel_: Panel, *arguments: Any, **options: Any) -> flat.Flat:
    """A `flatten` whose floors know the range of the whole series."""
    laid = _FLATTEN(panel_, *arguments, **options)
    return replace(laid, floors=np.full_like(laid.floors, np.nanmax(laid.values) - np.nanmin(laid.values)))


def _mean_of_all(encoded: Floats, offsets: NDArray[np.int64]) -> Floats:
    """Shifts that know the mean of the whole series."""
    return np.array([np.nanmean(encoded[begin:end]) for begin, end in pairwise(offsets.tolist())])


def _a_step_ahead(self: Panel, cutoff: int) -> Panel:
    return _UNTIL(self, cutoff + 1)


def _season_of_all(_data: Any, whole: Panel, _parts: Any) -> int:
    return find_season(whole, (7, 5, 3, 2))


def _channels_of_all(whole: Panel, _training: Panel, embed: Any, *, learned: bool) -> Any:
    return _CHANNELS(whole, whole, embed, learned=learned)


def _own_fold(_past: Any, tested: Any, wanted: Wanted) -> tuple[Any, Any]:
    """Intervals that know the errors of all folds, their own among them."""
    made = intervals.calibrate_folds(tested, wanted)
    return intervals.with_intervals(tested, made), made


_FLATTEN, _UNTIL, _CHANNELS = flat.flatten, panel.Panel.until, encoding.channels_of
# Each takes a protection away: what is replaced, where, and by what.
MUTANTS: dict[str, tuple[Any, str, Any]] = {
    "floors from the whole series": (flat, "flatten", _whole_floors),
    "shifts from the whole series": (flat, "_first", _mean_of_all),
    "an until that is a step ahead": (panel.Panel, "until", _a_step_ahead),
    "holes interpolated across the cutoff": (grid, "behind", lambda values: np.zeros(values.size, dtype=np.int64)),
    "targets interpolated across a border": (windows, "_next_read", lambda _behind, places: places),
    "what is repeated told ahead": (covariates.Covariates, "hidden", lambda self, _lengths: self.known),
    "the season of the whole table": (preparing, "_season", _season_of_all),
    "means of covariates from the whole table": (preparing, "channels_of", _channels_of_all),
    "intervals that know their own fold": (intervals, "as_they_passed", _own_fold),
}


@contextlib.contextmanager
def mutated(name: str | None) -> Iterator[None]:
    """The project with one protection taken away."""
    if name is None:
        yield
        return
    with mock.patch.object(*MUTANTS[name]):
        yield


def check(examples: int, *, seed: int = SEED, shrink: bool = True) -> int:
    """Try so many examples; how many were.

    Raises:
        AssertionError: With the smallest example that leaks.
    """
    tried = 0

    def leaks(case: Case) -> None:
        nonlocal tried
        tried += 1
        found = differing(case)
        if found:
            raise AssertionError(f"{case}: the future changed {', '.join(sorted(found))}")

    phases = [hypothesis.Phase.generate, *([hypothesis.Phase.shrink] if shrink else [])]
    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.seed(seed)(settings(hypothesis.given(case=cases())(leaks)))()
    return tried


def caught(name: str, examples: int, *, seed: int = SEED) -> list[str] | None:
    """What a mutant let through, None where it was not caught in so many examples."""
    with mutated(name):
        try:
            check(examples, seed=seed, shrink=False)
        except AssertionError as error:
            return str(error).rpartition("the future changed ")[2].split(", ")
    return None


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--examples", type=int, default=EXAMPLES, help=f"default {EXAMPLES}")
    options.add_argument("--seed", type=int, default=SEED, help=f"of the examples, default {SEED}")
    asked = options.parse_args()
    protocol = (
        f"{asked.examples} examples by hypothesis {hypothesis.__version__}, seed {asked.seed}; {len(MUTANTS)} mutants"
    )
    record = Record("leaks", protocol, file=asked.json)
    missed = []
    for name in MUTANTS:
        found = caught(name, min(asked.examples, MUTATED), seed=asked.seed)
        record.add(mutant=name, caught=found is not None, by=found)
        print(f"mutant: {name}: {'caught by ' + ', '.join(found) if found else 'NOT CAUGHT'}", flush=True)
        missed += [] if found else [name]
    try:
        tried, leak = check(asked.examples, seed=asked.seed), None
    except AssertionError as error:
        tried, leak = 0, str(error)
    record.close(examples=tried, leak=leak, missed=missed)
    print(f"{tried} examples, {'no leak' if leak is None else leak}")
    raise SystemExit(1 if leak or missed else 0)


if __name__ == "__main__":
    main()
