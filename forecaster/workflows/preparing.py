"""A config and its table brought together: all that can be wrong is found here, before TensorFlow is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.config.model import SeasonalNaiveSkip
from forecaster.config.reading import read_config
from forecaster.config.schema import Config
from forecaster.errors import ConfigError, DataError, ForecasterError, TooShort, about, remedy
from forecaster.models.sizes import Shapes, check_model, shapes_of
from forecaster.runs.manifest import ShapesMark
from forecaster.series.clock import find_season
from forecaster.series.encoding import channels_of
from forecaster.series.flat import Flat, flatten, useful
from forecaster.series.frequency import TooFew
from forecaster.series.parts import Parts, split
from forecaster.series.tables import Table, read_table
from forecaster.series.windows import Window, cut
from forecaster.workflows.suitable import check_counts, check_holes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.config.channels import Channels
    from forecaster.config.data import DataConfig
    from forecaster.config.model import ModelConfig
    from forecaster.config.quantities import Size
    from forecaster.series import Ints
    from forecaster.series.clock import Clock
    from forecaster.series.panel import Panel

_WHATEVER_IT_IS = ((remedy("model.scale", "standard"),), (remedy("model.output", "student_t"),))  # the lookback
_OLDER = ", or add older rows"
SERIES = "series"  # the key of `model.embed` that stands for the series themselves


@dataclass(frozen=True)
class Prepared:
    """What training starts from.

    Attributes:
        config: Resolved: sizes in steps, the season found, the stride of the folds chosen.
        table: As read, with its notes.
        panel: The table's series, with the season.
        window: Sizes in steps.
        parts: Training, validation, calibration and test, by the steps of their targets.
        shapes: What the network is built for.
        flat: The panel as the network reads it.
        training: (N,) where the windows of the training part begin in it.
        validation: (N,) the same of the validation part; empty where there is none.
        whole: (N,) the same of the whole table, for the network that is deployed.
    """

    config: Config
    table: Table
    panel: Panel
    window: Window
    parts: Parts
    shapes: Shapes
    flat: Flat
    training: Ints
    validation: Ints
    whole: Ints

    @property
    def name(self) -> str:
        """The run's name."""
        return str(self.config.name)

    @property
    def mark(self) -> ShapesMark:
        """What the exported graphs take and give."""
        shapes = self.shapes
        return ShapesMark(
            lookback=shapes.lookback,
            horizon=shapes.horizon,
            levels=shapes.levels,
            scale=self.config.model.scale,
            channels=shapes.channels,
            masked=shapes.masked,
            members=self.config.training.ensemble,
            noise=sum(width for _, width in shapes.noise),
            apart=_apart(self.config.model, shapes),
            theta=self.config.model.theta,
        )


def read(config: Config | Path | str, overrides: Sequence[str] = ()) -> Config:
    """A config as given, or read from its file.

    Raises:
        ConfigError: If the file cannot be read, or says what it may not.
    """
    return config if isinstance(config, Config) else read_config(Path(config), overrides)


def prepare(config: Config, *, content: bytes | None = None, strict: bool = False) -> Prepared:
    """Read the table, part it in time, resolve every size, and check the network against it.

    Args:
        config: As read.
        content: The table's bytes, where they are not on disk.
        strict: Whether doubtful input is an error.

    Raises:
        ConfigError: If a size does not fit the table's clock, or the network not the window.
        DataError: If the table is not a panel, is too short, or has holes where none may be.
    """
    try:
        table = read_table(config.data, limit=config.limits.csv_bytes, content=content, strict=strict)
    except TooFew as error:
        raise _few_rows(config, error) from None
    return prepare_table(config, table)


def prepare_table(config: Config, table: Table, channels: Channels | None = None) -> Prepared:
    """As `prepare`, of a table that has been read.

    Args:
        config: As read.
        table: What it names.
        channels: What the network is told besides the target, where it goes on from weights that were told just that;
            by default what the training part shows.

    Raises:
        ConfigError: As `prepare`.
        DataError: As `prepare`.
    """
    with about(config.data.path, DataError):
        try:
            return _fitted_together(config, table, channels)
        except DataError as error:
            raise (_with_lookback(error, config, table) if channels is None else error) from None


def _few_rows(config: Config, error: TooFew) -> DataError:
    """The error of a table of one or two rows, with the rows that a training takes where the config counts them."""
    lookback, horizon, stride = config.window.lookback, config.window.horizon, config.window.stride
    if not (isinstance(lookback, int) and isinstance(horizon, int) and isinstance(stride, int)):
        return error
    tested = -(-horizon // stride) * stride
    needed = f"training needs {lookback + horizon + tested} (lookback {lookback} + horizon {horizon}, and {tested} to"
    whole = f"has {error.count} row{'s' if error.count > 1 else ''}, but {needed} be tested on)"
    return TooShort(whole, hint="add older rows", file=config.data.path)


def _with_lookback(error: DataError, config: Config, table: Table) -> DataError:
    """An error of a table too short for its windows, with the largest lookback that would fit."""
    if not _about_length(error):
        return error
    fitting = _largest_lookback(config, table)
    first = error.problems[0]
    hint, mends = first.hint, first.remedies
    if fitting is not None:
        fits = remedy("window.lookback", fitting, "the network may do with less of the past" if mends else "")
        mends = (*mends, fits)
        hint = f"{hint.partition(', or lower window.lookback')[0]}, or " if first.remedies else ""
        hint = f"{hint}set window.lookback: {fitting}, the largest that would fit" + ("" if mends[1:] else _OLDER)
    return type(error).of([replace(first, hint=hint, remedies=mends), *error.problems[1:]])


def _largest_lookback(config: Config, table: Table) -> int | None:
    """The largest lookback that the table is long enough for, all else as it is; None if there is none."""
    fits, fails = 0, _steps(config.window.lookback, table.panel.clock, "window.lookback")
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if _about_length(_refusal(config, table, middle)):
            fails = middle
        else:
            fits = middle
    left = _refusal(config, table, fits) if fits else None
    told = left is None or left.problems[0].remedies in _WHATEVER_IT_IS
    return fits if fits and told else None


def _refusal(config: Config, table: Table, lookback: int) -> ForecasterError | None:
    """What is wrong with a config that looks back so far."""
    window = config.window.model_copy(update={"lookback": lookback})
    try:
        _fitted_together(config.model_copy(update={"window": window}), table, None)
    except (ConfigError, DataError) as error:
        return error
    return None


def _about_length(error: ForecasterError | None) -> bool:
    """Whether a shorter lookback might help."""
    return isinstance(error, TooShort) or (isinstance(error, DataError) and error.problems[0].subject == "data.gaps")


def _fitted_together(config: Config, table: Table, channels: Channels | None) -> Prepared:
    panel, clock = table.panel, table.panel.clock
    window = Window(
        lookback=_steps(config.window.lookback, clock, "window.lookback"),
        horizon=_steps(config.window.horizon, clock, "window.horizon"),
        stride=_steps(config.window.stride, clock, "window.stride"),
    )
    stride, masked = config.evaluation.stride, config.data.gaps == "mask"
    parts = split(
        panel,
        window,
        config.evaluation,
        stride=None if stride == "auto" else _steps(stride, clock, "evaluation.stride"),
        masked=masked,
    )
    panel = panel.with_season(_season(config.data, panel, parts))
    resolved = _resolved(config, panel, window, parts)
    told = channels or _channels(resolved.model, panel, parts)
    shapes = shapes_of(resolved.model, window, panel.season, told, masked)
    check_model(resolved.model, shapes, config.limits.parameters)
    if not masked:
        check_holes(panel, window)
    if resolved.model.output == "negative_binomial":
        check_counts(panel)
    flat = flatten(panel, config.model.scale, shapes.channels, masked=masked)
    training = useful(flat, cut(panel, window, before=parts.validation, masked=masked), window)
    if not training.size:
        raise DataError(
            f"no series moves before step {parts.validation} of {panel.steps}, so there is nothing to learn from",
            hint="add newer rows, or set model.scale: none",
            remedies=(remedy("model.scale", "none"),),
        )
    validation = cut(panel, window, since=parts.validation, before=parts.calibration, masked=masked)
    whole = useful(flat, cut(panel, window, masked=masked), window)
    return Prepared(resolved, table, panel, window, parts, shapes, flat, training, validation, whole)


def _steps(size: Size, clock: Clock, key: str) -> int:
    if isinstance(size, int):
        return size
    try:
        return clock.steps(size)
    except ConfigError as error:
        first = error.problems[0]
        raise ConfigError(first.what, hint=first.hint, subject=key) from None


def _season(data: DataConfig, panel: Panel, parts: Parts) -> int:
    """The season that the config names, or the one that training and validation confirm."""
    if data.season != "auto":
        return data.season
    return find_season(panel.until(parts.calibration - 1), panel.clock.seasons())


def _resolved(config: Config, panel: Panel, window: Window, parts: Parts) -> Config:
    model = config.model
    if model.skip == "seasonal_naive":
        if panel.season == 1:
            raise ConfigError(
                "skip: seasonal_naive, but the table shows no season",
                hint="set data.season, or model.skip: none",
                subject="model.skip",
                remedies=(remedy("model.skip", "none"),),
            )
        model = model.model_copy(update={"skip": SeasonalNaiveSkip(seasonal_naive=(panel.season,))})
    if model.segment is not None:
        model = model.model_copy(update={"segment": _steps(model.segment, panel.clock, "model.segment")})
    sizes = {"lookback": window.lookback, "horizon": window.horizon, "stride": window.stride}
    return config.model_copy(
        update={
            "data": config.data.model_copy(update={"season": panel.season}),
            "window": config.window.model_copy(update=sizes),
            "model": model,
            "evaluation": config.evaluation.model_copy(update={"stride": parts.stride}),
        }
    )


def _channels(model: ModelConfig, panel: Panel, parts: Parts) -> Channels:
    """What the network is told besides the target; means and deviations are those of the training part."""
    learned = model.skip == "smoothing" or SERIES in model.embed
    return channels_of(panel, panel.until(parts.validation - 1), model.embed, learned=learned)


def _apart(model: ModelConfig, shapes: Shapes) -> int | None:
    """Where the noise of the steps begins, in a network that does not feed back what it draws."""
    before = 0
    for name, width in shapes.noise:
        if name == "steps":
            return before if model.decoder in {"direct", "parallel"} else None
        before += width
    return None
