"""What each rule of the automatic choice is worth: the table of docs/choice.md.

    python -m benchmarks.ablation --data DIR [--only nn5] [--json FILE [--resume]] [--write]

Protocol: panels (tourism and 400 series of M3 by the month, NN5 by the day) and short tables (single series of M3,
drawn by a fixed seed, each a table of its own) lose their newest horizon, and so the test data of these competitions
are not looked at. `forecast init` chooses; then one rule after the other is overruled by --set, all else as it was
chosen; seed 0. Told is the error of the overruled network over that of the chosen one, MASE and weighted quantile loss:
above 1 the rule helps. Of the short tables it is the geometric mean over the tables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import common, scoring, trials, wide
from benchmarks.wide import Wide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.scoring import Scores

PAGE = common.ROOT / "docs" / "choice.md"
MOST = 400  # series of a panel, as far apart as possible
SINGLES, DRAWN_BY, LEAST = 8, 5, 60  # short tables, the seed that draws them, and their steps
TITLE = ("rule", "overruled by", "tables", "MASE", "WQL")


@dataclass(frozen=True)
class Rule:
    """A rule, as docs/choice.md numbers it, and what overrules it."""

    number: int
    name: str
    changes: tuple[str, ...]


ALWAYS = (
    Rule(
        1, "a cycle is a patch, and the decoder says a cycle at a time", ("model.segment=null", "model.decoder=direct")
    ),
    Rule(2, "each step from the same place of earlier cycles", ("model.skip=seasonal_naive",)),
    Rule(2, "", ("model.skip=none",)),
    Rule(5, "large batches", ("training.batch_size=32",)),
    Rule(6, "the mean of several networks", ("training.ensemble=1",)),
)
HELD_BACK = Rule(11, "as little held back as can be", ("evaluation.folds=8", "evaluation.calibration=auto"))
UNBLENDED = Rule(12, "half a smoothing", ("model.blend=null",))
BLENDED = Rule(12, "no smoothing", ("model.blend={theta: 0.5}",))
PANELS = {
    "tourism": (
        Rule(3, "a hundred steps", ("window.lookback=24",)),
        Rule(4, "by level", ("model.scale=standard",)),
        BLENDED,
    ),
    "m3": (Rule(3, "", ("window.lookback=24",)), Rule(4, "", ("model.scale=last",)), HELD_BACK, UNBLENDED),
    "nn5": (
        Rule(3, "", ("window.lookback=28",)),
        Rule(4, "", ("model.scale=last",)),
        Rule(7, "missing values are masked", ("data.gaps=auto",)),
        BLENDED,
    ),
}
SEASONS = {"tourism": 12, "m3": 12, "nn5": 7}
NN5_HORIZON = 56
SHORT = (
    Rule(8, "a smoothing skip", ("model.skip=seasonal_naive",)),
    Rule(8, "", ("model.skip=none",)),
    Rule(9, "half of the state is dropped", ("model.layers=[{gru: {units: 8}}]",)),
    Rule(9, "200 updates", ("training.steps=1000",)),
    Rule(9, "the mean of three networks", ("training.ensemble=1",)),
    Rule(9, "three seasons", ("window.lookback=24",)),
    UNBLENDED,
)


def panel(name: str, folder: Path) -> Wide:
    """Series of a panel a horizon earlier, so that the competition's test data are not looked at."""
    if name == "nn5":
        return wide.held_out(folder / "nn5" / "nn5.csv", NN5_HORIZON).earlier()
    whole = wide.pair(folder / name / "monthly-train.csv", folder / name / "monthly-test.csv")
    return whole.earlier().some(MOST)


def scored(series: Wide, season: int, changes: Sequence[str]) -> Scores:
    """What the automatic choice reaches with some keys overruled."""
    with trials.workplace() as folder:
        table = folder / "table.csv"
        wide.write(series, season, table)
        config = trials.chosen(table, [f"window.horizon={series.horizon}", *changes])
        ahead = wide.moments(season, series.horizon, ahead=series.horizon)
        ids = series.ids if len(series) > 1 else ("value",)  # where one id tells nothing apart, the column names it
        said = trials.tried(config, 0, [], table, ids, ahead)
    if np.isnan(said.values).all():
        raise SystemExit(f"nothing was said of {', '.join(series.ids[:3])}")
    return scoring.scores(series, season, said.values)


def singles(many: Wide) -> Iterator[Wide]:
    """Series of a panel in a drawn order, each as a table of its own."""
    for place in np.random.default_rng(DRAWN_BY).permutation(len(many)).tolist():
        if len(many.past[place]) >= LEAST:
            yield Wide((many.ids[place],), (many.past[place],), many.actual[place : place + 1])


def smoothed(series: Wide, season: int) -> bool:
    """Whether the automatic choice takes a table for a short one: some show no season."""
    with trials.workplace() as folder:
        table = folder / "table.csv"
        wide.write(series, season, table)
        return "skip: smoothing" in trials.chosen(table, [f"window.horizon={series.horizon}"]).read_text("utf-8")


def ratios(found: Sequence[Scores], chosen: Sequence[Scores]) -> tuple[float, float]:
    """The geometric means of MASE and WQL over those of the chosen networks."""
    pairs = [*zip(found, chosen, strict=True)]
    mase = np.mean([math.log(one.mase / other.mase) for one, other in pairs])
    loss = np.mean([math.log(one.wql / other.wql) for one, other in pairs])
    return math.exp(mase), math.exp(loss)


def measured(record: common.Record, name: str, tables: Sequence[Wide], season: int, rules: Sequence[Rule]) -> None:
    """Overrule one rule after the other, but for those that are in the record."""
    rules = [rule for rule in rules if record.found(tables=name, changes=[*rule.changes]) is None]
    chosen = [scored(table, season, []) for table in tables] if rules else []
    for rule in rules:
        mase, loss = ratios([scored(table, season, rule.changes) for table in tables], chosen)
        record.add(rule=rule.number, name=rule.name, changes=[*rule.changes], tables=name, mase=mase, wql=loss)
        print(cells(record.rows[-1]), flush=True)


def cells(row: dict[str, Any]) -> str:
    """One row of the page."""
    overruled = " ".join(f"`{change}`" for change in row["changes"])
    return common.line([row["rule"], overruled, row["tables"], f"{row['mase']:.3f}", f"{row['wql']:.3f}"])


def main() -> None:
    parser = common.parser(__doc__, resumes=True)
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help="holds tourism/, m3/ and nn5/")
    parser.add_argument(
        "--only", nargs="+", choices=(*PANELS, "short"), default=(*PANELS, "short"), help="some of them"
    )
    parser.add_argument("--write", action="store_true", help="put the table into docs/choice.md")
    asked = parser.parse_args()
    protocol = "one rule after the other overruled; validation data; seed 0"
    record = common.Record("ablation", protocol, file=asked.json, resume=asked.resume)
    print(common.line(TITLE) + "\n|--|--|--|--:|--:|")
    for name in asked.only:
        if name == "short":
            season, drawn = SEASONS["m3"], singles(panel("m3", asked.data))
            short = [*islice((each for each in drawn if smoothed(each, season)), SINGLES)]
            measured(record, f"{SINGLES} short ones", short, season, SHORT)
        else:
            measured(record, name, [panel(name, asked.data)], SEASONS[name], (*ALWAYS, *PANELS[name]))
    if asked.write:
        head = common.line(TITLE) + "\n|--|--|--|--:|--:|\n"
        common.written(PAGE, "ablation", head + "\n".join(cells(row) for row in sorted(record.rows, key=_number)))
    record.close()


def _number(row: dict[str, Any]) -> int:
    return int(row["rule"])


if __name__ == "__main__":
    main()
