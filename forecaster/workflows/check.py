"""`forecast check`: a config and its table, or a table alone, without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import ConfigError, ForecasterError, about, quoted, settable
from forecaster.models.sizes import memory, parameters, rows
from forecaster.series.choice import choose
from forecaster.series.tables import ahead_of
from forecaster.workflows.estimating import estimate
from forecaster.workflows.generate import generated
from forecaster.workflows.mending import mend, told
from forecaster.workflows.preparing import Prepared, prepare, read
from forecaster.workflows.repairing import repair

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_YAML = {".yaml", ".yml"}
_NAMED = 5  # series that are named


def check(what: Path, *, overrides: Sequence[str] = (), network: bool = False, strict: bool = False) -> str:
    """What training would start from, in a few lines.

    Args:
        what: A YAML, or a table for which the automatic choice is taken.
        overrides: `key=value`, the last word.
        network: Whether to list the layers.
        strict: Whether doubtful input is an error.

    Raises:
        ConfigError: If the config cannot be read or does not fit its table.
        DataError: If the table cannot become a panel.
    """
    return _fine(what, _prepared(what, overrides, strict=strict), network=network)


@dataclass(frozen=True)
class Examined:
    """What `forecast check` prints, and the error that it ends with.

    Attributes:
        text: What training would start from; or the problems that a setting mends, with the settings.
        error: All problems that were found; None where there are none.
    """

    text: str
    error: ForecasterError | None = None


def examine(
    what: Path,
    *,
    overrides: Sequence[str] = (),
    network: bool = False,
    strict: bool = False,
    fix: Path | None = None,
) -> Examined:
    """As `check`, but what a setting mends is set on a copy of the config, to find what is wrong behind it.

    Args:
        what: A YAML, or a table for which the automatic choice is taken.
        overrides: `key=value`, the last word.
        network: Whether to list the layers.
        strict: Whether doubtful input is an error.
        fix: Where a repaired copy of the table goes, if nothing is wrong with it but its order, repetitions and holes.

    Raises:
        UsageError: If the copy would lie where the table lies.
    """

    def attempt(settings: Sequence[str]) -> Prepared:
        return _prepared(what, [*overrides, *settings], strict=strict)

    found = mend(attempt)
    if found.prepared is not None and not found.errors:
        if fix is not None:
            return Examined("\n".join(repair(found.prepared.config, fix)))
        return Examined(_fine(what, found.prepared, network=network))
    return Examined(told(found, str(what)) if found.settings else "", found.error())


def _prepared(what: Path, overrides: Sequence[str], *, strict: bool) -> Prepared:
    if what.suffix in _YAML:
        config = read(what, overrides)
    else:
        with settable():
            config = choose(what, overrides=overrides).config
    with about(what, ConfigError):
        return prepare(config, content=generated(config), strict=strict)


def _fine(what: Path, prepared: Prepared, *, network: bool) -> str:
    lines = [f"{what}: fine", *_table(prepared), *_parts(prepared), f"training  {estimate(prepared)}"]
    return "\n".join([*lines, *_network(prepared)] if network else lines)


def _table(prepared: Prepared) -> list[str]:
    panel = prepared.panel
    newest = panel.clock.label(panel.times[-1:])[0]
    oldest = panel.clock.label(panel.times[:1])[0]
    season = f"season {panel.season}" if panel.season > 1 else "no season"
    return [
        f"table     {prepared.table.file}",
        (
            f"          {prepared.table.rows} rows, {len(panel)} series, {panel.steps} steps of "
            f"{panel.clock.describe()}, {oldest} to {newest}, {season}"
        ),
        *(f"note      {note}" for note in (*prepared.table.notes, *prepared.parts.notes, *_more(prepared))),
    ]


def _more(prepared: Prepared) -> list[str]:
    ahead = ahead_of(prepared.panel, datetime.now(UTC))
    return [*_short(prepared), *([ahead] if ahead else [])]


def _short(prepared: Prepared) -> list[str]:
    """The series of a panel that no forecast of the network can start from."""
    panel, lookback = prepared.panel, prepared.window.lookback
    short = [panel.ids[place] for place in np.flatnonzero(panel.lengths < lookback)]
    if not short:
        return []
    named = ", ".join(quoted(name) for name in short[:_NAMED]) + (" ..." if len(short) > _NAMED else "")
    verb = "is" if len(short) == 1 else "are"
    fate = "repeats its last season" if len(short) == 1 else "repeat their last season"
    return [f"{len(short)} of {len(panel)} series {verb} shorter than the lookback of {lookback} and {fate}: {named}"]


def _parts(prepared: Prepared) -> list[str]:
    window, parts = prepared.window, prepared.parts
    training, validation = len(prepared.training), len(prepared.validation)
    return [
        f"window    lookback {window.lookback}, horizon {window.horizon}, stride {window.stride}",
        (
            f"parts     {training} training windows, {validation} validation windows, "
            f"{len(parts.calibration_cutoffs)} calibration cutoffs, {len(parts.folds)} test folds {parts.stride} apart"
        ),
    ]


def _network(prepared: Prepared) -> list[str]:
    model, shapes = prepared.config.model, prepared.shapes
    sizes = rows(model, shapes)
    table = [("layer", "shape", "parameters")]
    table += [(row.name, f"(N, {', '.join(map(str, row.shape))})", f"{row.parameters:,}") for row in sizes]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [f"{name:<{widths[0]}}  {shape:<{widths[1]}}  {count:>{widths[2]}}" for name, shape, count in table]
    needed = memory(model, shapes, prepared.config.training.batch_size) / 2**20
    total = f"{parameters(model, shapes):,} parameters; about {needed:.1f} MiB while training, besides TensorFlow"
    return ["", *lines, total]
