"""Which run forecasts a table, and the training of one where there is none."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.errors import ForecasterError, RunError
from forecaster.runs.saved import history_from_csv
from forecaster.runs.versions import Run, find_run, folder_of, list_runs, open_run, run_name, stem_of
from forecaster.workflows.tables import read_again

if TYPE_CHECKING:
    from forecaster.workflows.journal import Journal
    from forecaster.workflows.watching import Watch

FILES = ("config.yaml", "model.onnx", "calibration.json")  # what a forecast needs of a version


@dataclass(frozen=True)
class Source:
    """A table: a file, or the bytes that came on stdin."""

    path: Path | None
    content: bytes | None = None

    @property
    def path_or_name(self) -> Path:
        """The file, or a name for what has none."""
        return self.path or Path("stdin")

    @property
    def stem(self) -> str:
        """The name without folder and ending."""
        return stem_of(self.path_or_name)


def locate(source: Source, name: str | None, *, runs: Path, may_train: bool, watch: Watch, journal: Journal) -> Run:
    """The run that forecasts a table: the one named, the one trained on that file, or one trained now.

    Args:
        source: The table.
        name: A run's name, which serves any table with its columns and clock; None: the file's own run.
        runs: The folder of all runs.
        may_train: Whether a run is trained where there is none.
        watch: Called after every epoch.
        journal: Filled in on the way.

    Raises:
        RunError: If there is no run and none may be trained, or several record the file.
        DataError: If the table cannot be read.
    """
    found = _found(source, name, runs)
    if found is not None:
        return open_run(runs, found.name, files=FILES)
    new = name or run_name(source.stem)
    if not may_train:
        raise RunError(
            f"no run {new} in {runs.absolute()}",
            hint="leave out --no-train to train it, or train it with: forecast train CONFIG",
            file=source.path_or_name.absolute(),
        )
    return _trained(source, new, runs=runs, watch=watch, journal=journal)


def _found(source: Source, name: str | None, runs: Path) -> Run | None:
    if name is None and source.path is not None:
        return find_run(runs, source.path, agrees=lambda run: _agrees(run, source))
    folder = folder_of(runs, str(name))
    return open_run(runs, str(name)) if (folder / "latest").is_symlink() else None


def _trained(source: Source, name: str, *, runs: Path, watch: Watch, journal: Journal) -> Run:
    """The first night: profile the table, choose a config, train it within a minute's arithmetic, publish it."""
    from forecaster.series.choice import choose
    from forecaster.workflows.preparing import prepare
    from forecaster.workflows.train import train_prepared

    journal.folder, journal.run = runs.absolute() / name, name
    with journal.timed("choice"):
        choice = choose(source.path_or_name, content=source.content, now=time.time())
    for key, why in choice.reasons:
        journal.choose(key, why)
    config = choice.config.model_copy(update={"name": name})
    _warn_of_others(source, name, runs, journal)
    prepared = prepare(config, content=source.content)
    return train_prepared(prepared, runs=runs, deadline=None, watch=watch, journal=journal)


def _warn_of_others(source: Source, name: str, runs: Path, journal: Journal) -> None:
    """Say so where another run was trained on the same rows: perhaps that one was meant."""
    for run in list_runs(runs):
        if isinstance(run, Run) and run.name != name and _agrees(run, source):
            journal.warn([f"the rows are also those of run {run.name}; to use that one: --run {run.name}"])


def _agrees(run: Run, source: Source) -> bool:
    """Whether the table holds rows that the run was trained on, and no other values at their times."""
    try:
        panel = read_again(run, run.config(), source.path_or_name, content=source.content).panel
        history = history_from_csv(run.read("history.csv").decode())
    except ForecasterError:  # another table altogether
        return False
    shared = 0
    for name, times, values in zip(history.ids, history.times, history.values, strict=True):
        if name not in panel.ids:
            continue
        index = panel.ids.index(name)
        first = int(panel.starts[index])
        labels = panel.clock.label(panel.times[first : int(panel.last[index]) + 1])
        known = dict(zip(labels, panel.series(index).tolist(), strict=True))
        pairs = [(known[time], value) for time, value in zip(times, values.tolist(), strict=True) if time in known]
        if any(one != other and one == one for one, other in pairs):  # noqa: PLR0124  (NaN is no other value)
            return False
        shared += len(pairs)
    return shared > 0
