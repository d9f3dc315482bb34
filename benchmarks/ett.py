"""Long horizons: any table of the ETT form, by the protocol of its papers.

    python -m benchmarks.ett --data DIR --set ETTh1 --horizon 96 --seeds 3 [--json FILE]

Protocol (Zhou et al., 2021, with the borders of every later paper): of a table by the hour 8,640 rows to train, 2,880
to validate and 2,880 to test, the rest unused; of a table by the quarter of an hour four times as many. Every channel
is divided by the deviation of its training rows, less their mean. Validation and test windows reach `lookback` steps
back across their border. Errors are in these units, the mean over every test window (stride 1, no batch dropped),
every step of the horizon and every channel. The network is stopped by the validation rows and is not trained again.
"""

from __future__ import annotations

import csv
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import common
from forecaster.config.reading import read_config
from forecaster.forecasters.runtime import Graph
from forecaster.models.sizes import parameters
from forecaster.series.flat import useful
from forecaster.series.windows import Window, cut
from forecaster.training.export import to_onnx
from forecaster.training.loop import Material, fit
from forecaster.training.resident import resident, windows
from forecaster.workflows.preparing import Prepared, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.series import Ints
    from forecaster.series.panel import Panel

    Floats = NDArray[np.float64]

HOURS = (8640, 2880, 2880)  # rows of training, validation and test
HORIZONS = (96, 192, 336, 720)
BATCH = 4096  # windows that are forecast at once


@dataclass(frozen=True)
class Borders:
    """The first target rows of validation and test, and the row after the last."""

    validation: int
    test: int
    end: int


@dataclass(frozen=True)
class Errors:
    """Means over windows, steps and channels, in deviations of the training rows."""

    mse: float
    mae: float
    windows: int


def borders(name: str) -> Borders:
    """Of a table by its name: those of ETTm* are quarters of an hour."""
    training, validation, test = (rows * (4 if name.startswith("ETTm") else 1) for rows in HOURS)
    return Borders(training, training + validation, training + validation + test)


def scaled(table: Path, name: str) -> tuple[tuple[str, ...], Floats]:
    """The channels' names, and (T, C) their values by the mean and the deviation of the training rows."""
    with table.open(newline="", encoding="utf-8") as file:
        (_, *names), *rows = csv.reader(file)
    values = np.array([[float(cell) for cell in row] for _, *row in rows])[: borders(name).end]
    seen = values[: borders(name).validation]
    return tuple(names), (values - seen.mean(axis=0)) / seen.std(axis=0)


def prepared_of(config: Path, table: Path, horizon: int, seed: int, changes: list[str]) -> Prepared:
    """A config and a table of scaled values brought together, as `forecast train` does; its own parts are not used."""
    sets = common.overrides({"data.path": table, "window.horizon": horizon, "training.seed": seed})
    return prepare(read_config(config, [*sets, "evaluation.calibration=0", *changes]))


def errors(graph: Graph, prepared: Prepared, starts: Ints) -> Errors:
    """Of every window that begins at `starts`."""
    squares = absolutes = 0.0
    table, shapes = resident(prepared.flat, prepared.shapes), prepared.shapes
    median = graph.levels.index(0.5)
    for first in range(0, len(starts), BATCH):
        found = {name: np.asarray(each) for name, each in windows(table, starts[first : first + BATCH], shapes).items()}
        target = found.pop("target")
        off = graph.raw(found)[..., median].astype(np.float64) - target
        squares, absolutes = squares + float((off**2).sum()), absolutes + float(np.abs(off).sum())
    count = len(starts) * shapes.horizon
    return Errors(squares / count, absolutes / count, len(starts))


def scored_windows(panel: Panel, window: Window, limits: Borders, *, validate: bool = False) -> Ints:
    """Where the windows of the test rows, or of the validation rows, begin: every one, whatever training strides by."""
    since, before = (limits.validation, limits.test) if validate else (limits.test, limits.end)
    return cut(panel, Window(window.lookback, window.horizon), since=since, before=before)


def trained(prepared: Prepared, limits: Borders) -> tuple[Graph, int]:
    """A network that saw the training rows, was stopped by the validation rows, and its updates."""
    panel, window, config = prepared.panel, prepared.window, prepared.config
    training = useful(prepared.flat, cut(panel, window, before=limits.validation), window)
    validation = cut(panel, window, since=limits.validation, before=limits.test)
    fitted = fit(config.model, prepared.shapes, config.training, Material(prepared.flat, window, training, validation))
    return Graph(to_onnx(fitted.networks), prepared.mark, config.model.scale), fitted.steps


def main() -> None:
    parser = common.parser(__doc__, resumes=True)
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help="where SET.csv lies, or below it")
    parser.add_argument("--set", dest="name", default="ETTh1", metavar="SET", help="the table: ETTh1, ETTm2, ...")
    parser.add_argument("--horizon", type=int, nargs="+", default=HORIZONS, help="steps ahead (96 192 336 720)")
    parser.add_argument("--seeds", type=int, default=3, help="networks, from seed 0 on")
    parser.add_argument("--config", type=Path, help="the network and its training, in place of the one kept here")
    parser.add_argument("--change", action="append", default=[], metavar="KEY=VALUE", help="a change of the config")
    parser.add_argument("--validate", action="store_true", help="score the validation rows instead of the test rows")
    told = "how many other configs were scored on these test data: told on the page"
    parser.add_argument("--tried", type=int, metavar="N", help=told)
    asked = parser.parse_args()
    limits = borders(asked.name)
    config = asked.config or common.ROOT / "configs" / "benchmarks" / f"{asked.name.lower()}.yaml"
    scored = "validation" if asked.validate else "test"
    protocol = f"{asked.name}, {limits.validation} rows to train, {limits.test - limits.validation} to validate"
    protocol += f", {limits.end - limits.test} to test; errors of every {scored} window, in training deviations"
    record = common.Record(
        "ett",
        f"{protocol}; seeds 0 to {asked.seeds - 1} {' '.join(asked.change)}",
        file=asked.json,
        resume=asked.resume,
        table=asked.name,
        part=scored,
        config=config.read_text(encoding="utf-8"),
        tried=asked.tried,
    )
    names, values = scaled(common.located(asked.data, f"{asked.name}.csv"), asked.name)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / f"{asked.name}.csv"
        write(table, asked.name, names, values)
        for horizon in asked.horizon:
            for seed in range(asked.seeds):
                if record.found(horizon=horizon, seed=seed) is not None:
                    continue
                began = time.monotonic()
                prepared = prepared_of(config, table, horizon, seed, asked.change)
                graph, updates = trained(prepared, limits)
                seconds = time.monotonic() - began
                starts = scored_windows(prepared.panel, prepared.window, limits, validate=asked.validate)
                found = errors(graph, prepared, starts)
                row = {"horizon": horizon, "seed": seed, **asdict(found), "updates": updates, "seconds": seconds}
                record.add(**row, parameters=parameters(prepared.config.model, prepared.shapes))
                cells = [horizon, seed, f"{found.mse:.4f}", f"{found.mae:.4f}", found.windows, updates]
                print(common.line([*cells, f"{seconds:.0f} s"]), flush=True)
    record.close()


def write(place: Path, name: str, channels: tuple[str, ...], values: Floats) -> None:
    """The scaled values as a table."""
    step = np.timedelta64(15 if name.startswith("ETTm") else 60, "m")
    stamps = np.datetime64("2016-07-01T00:00") + step * np.arange(len(values))
    with place.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["date", *channels])
        lines.writerows(
            [str(stamp).replace("T", " "), *row] for stamp, row in zip(stamps, values.tolist(), strict=True)
        )


if __name__ == "__main__":
    main()
