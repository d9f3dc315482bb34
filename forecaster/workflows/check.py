"""`forecast check`: a config and its table, or a table alone, without TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.errors import ConfigError, about, settable
from forecaster.models.sizes import memory, parameters, rows
from forecaster.series.choice import choose
from forecaster.workflows.generate import generated
from forecaster.workflows.preparing import Prepared, prepare, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_YAML = {".yaml", ".yml"}


def check(what: Path, *, overrides: Sequence[str] = (), network: bool = False) -> str:
    """What training would start from, in a few lines.

    Args:
        what: A YAML, or a table for which the automatic choice is taken.
        overrides: `key=value`, the last word.
        network: Whether to list the layers.

    Raises:
        ConfigError: If the config cannot be read or does not fit its table.
        DataError: If the table cannot become a panel.
    """
    if what.suffix in _YAML:
        config = read(what, overrides)
    else:
        with settable():
            config = choose(what, overrides=overrides).config
    with about(what, ConfigError):
        prepared = prepare(config, content=generated(config))
    lines = [f"{what}: fine", *_table(prepared), *_parts(prepared)]
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
        *(f"note      {note}" for note in (*prepared.table.notes, *prepared.parts.notes)),
    ]


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
