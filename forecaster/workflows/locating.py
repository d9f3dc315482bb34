"""Which run forecasts a table, and the training of one where there is none."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.config.reading import parse_config
from forecaster.errors import ForecasterError, RunError, UsageError, settable
from forecaster.runs.saved import history_from_csv
from forecaster.runs.versions import Run, find_run, folder_of, list_runs, open_run, run_name, stem_of
from forecaster.store import lock
from forecaster.workflows.names import DATE
from forecaster.workflows.tables import read_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.series.panel import Panel
    from forecaster.workflows.preparing import Prepared
    from forecaster.workflows.training import Session

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


@dataclass(frozen=True)
class Wanted:
    """What is asked of the run.

    Attributes:
        may_train: Whether it is trained where there is none.
        previous: The version before the latest.
        overrides: `key=value` of the config that it is trained with.
    """

    may_train: bool = True
    previous: bool = False
    overrides: tuple[str, ...] = ()


def locate(source: Source, name: str | None, session: Session, *, wanted: Wanted) -> Run:
    """The run that forecasts a table: the one named, the one trained on that file, or one trained now.

    Args:
        source: The table.
        name: A run's name, which serves any table with its columns and clock; None: the file's own run.
        session: Where runs lie.
        wanted: Of the run.

    Raises:
        RunError: If there is no run and none may be trained, or several record the file.
        UsageError: If the file's name holds a date, and no run is named.
        DataError: If the table cannot be read.
    """
    found = _found(source, name, session.runs)
    if found is not None and not _trained_so(found, wanted.overrides):
        raise UsageError(
            f"--set {wanted.overrides[0]}: run {found.name} is trained already",
            hint="write its config with `forecast init`, change it, and train that",
        )
    if found is not None:
        return open_run(session.runs, found.name, previous=wanted.previous, files=FILES)
    new = name or run_name(source.stem)
    if name is None and DATE.search(source.stem):
        raise UsageError(
            f"{source.path_or_name.name} has a date in its name and no run of its own; tomorrow's would train another",
            hint=f"name the run with --run {DATE.sub('', new).strip('-_.') or 'NAME'}",
        )
    if not wanted.may_train or wanted.previous:
        raise RunError(
            f"no run {new} in {session.runs.absolute()}",
            hint="leave out --no-train (or --no-ledger) to train it, or train it with: forecast train CONFIG",
            file=source.path_or_name.absolute(),
        )
    return _trained(source, new, session, wanted.overrides)


def _trained_so(run: Run, overrides: Sequence[str]) -> bool:
    """Whether the run's config says what the overrides say: a line in cron says so every night."""
    if not overrides:
        return True
    ours, file = run.config(), str(run.path / "config.yaml")
    text = run.read("config.yaml").decode()
    return parse_config(text, file=file, base=run.path, overrides=overrides) == ours


def doubts(run: Run, *, strict: bool) -> tuple[str, ...]:
    """Why someone else might have changed the run, one sentence each.

    Raises:
        RunError: If there is a doubt, and doubts are errors.
    """
    found = run.doubts()
    if found and strict:
        raise RunError(found[0], hint="mend its owner and mode, or leave out --strict", file=run.folder.absolute())
    return found


def _found(source: Source, name: str | None, runs: Path) -> Run | None:
    if name is None and source.path is not None:
        return find_run(runs, source.path, agrees=lambda run: _agrees(run, _panel(run, source)))
    folder = folder_of(runs, str(name))
    return open_run(runs, str(name)) if (folder / "latest").is_symlink() else None


def _trained(source: Source, name: str, session: Session, overrides: Sequence[str]) -> Run:
    """The first night: profile the table, choose a config, train it within a minute's arithmetic, publish it."""
    from forecaster.series.choice import choose
    from forecaster.workflows.preparing import prepare
    from forecaster.workflows.train import train_prepared

    journal = session.journal
    journal.run = name
    with journal.timed("choice"), settable():
        choice = choose(source.path_or_name, content=source.content, now=time.time(), overrides=overrides)
    for key, why in choice.reasons:
        journal.choose(key, why)
    with settable():
        prepared = prepare(choice.config.model_copy(update={"name": name}), content=source.content)
    _warn_of_others(prepared, session)
    with lock(session.runs / name, wait=session.wait):
        found = _found(source, name, session.runs)  # by whoever held the lock until now
        return train_prepared(session, prepared) if found is None else open_run(session.runs, name, files=FILES)


def _warn_of_others(prepared: Prepared, session: Session) -> None:
    """Say so where another run was trained on the same rows: perhaps that one was meant."""
    clock = prepared.panel.clock.to_dict()
    for run in list_runs(session.runs):
        if not isinstance(run, Run) or run.name == prepared.name or run.manifest.table.clock != clock:
            continue
        if _agrees(run, prepared.panel):
            session.journal.warn([f"the rows are also those of run {run.name}; to use that one: --run {run.name}"])


def _panel(run: Run, source: Source) -> Panel | None:
    """The table read as the run's own; None where it cannot be."""
    try:
        return read_again(run, run.config(), source.path_or_name, content=source.content).panel
    except ForecasterError:
        return None


def _agrees(run: Run, panel: Panel | None) -> bool:
    """Whether a table holds rows that the run was trained on, and no other values at their times."""
    if panel is None:
        return False
    history = run.parsed("history.csv", lambda content: history_from_csv(content.decode()))
    places, shared = {name: place for place, name in enumerate(panel.ids)}, 0
    for name, times, values in zip(history.ids, history.times, history.values, strict=True):
        if name not in places:
            continue
        place = places[name]
        labels = panel.clock.label(panel.times[panel.starts[place] : panel.last[place] + 1])
        known = dict(zip(labels, panel.series(place).tolist(), strict=True))
        pairs = [(known[time], value) for time, value in zip(times, values.tolist(), strict=True) if time in known]
        if any(one != other and one == one for one, other in pairs):  # noqa: PLR0124  (NaN is no other value)
            return False
        shared += len(pairs)
    return shared > 0
