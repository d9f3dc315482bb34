"""How large a network is, told from its config alone: without Keras, so that `check` answers at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from forecaster.config.layers import RECURRENT, kind_of, options_of
from forecaster.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.config.layers import Layer
    from forecaster.config.schema import ModelConfig

_FLOAT = 4  # bytes
_COPIES = 5  # of every weight while training: itself, its gradient, two moments of the optimizer, the best so far
_GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3, "bilstm": 8, "bigru": 6}  # both directions of a bi-layer together


class Sized(Protocol):
    """Anything with the two sizes of a window."""

    @property
    def lookback(self) -> int:
        """L, the steps of the past that one forecast may see."""

    @property
    def horizon(self) -> int:
        """H, the steps to forecast."""


@dataclass(frozen=True)
class Shapes:
    """What a network needs to know besides its config.

    Attributes:
        lookback: L.
        horizon: H.
        levels: (Q,) rising, the median among them.
        segment: Steps in one patch; None: step by step.
        season: Steps in one cycle of the seasonal naive skip; None: no skip.
    """

    lookback: int
    horizon: int
    levels: tuple[float, ...]
    segment: int | None = None
    season: int | None = None

    @property
    def patches(self) -> int:
        """Recurrent steps: the lookback, in segments where there are any; the oldest may be part padding."""
        return self.lookback if self.segment is None else -(-self.lookback // self.segment)

    @property
    def padding(self) -> int:
        """Zeros left of the oldest step that fill up the first segment."""
        return 0 if self.segment is None else self.patches * self.segment - self.lookback

    @property
    def median(self) -> int:
        """The place of level 0.5 among the levels."""
        return self.levels.index(0.5)


@dataclass(frozen=True)
class LayerSize:
    """One row of `forecast check --network`: a layer, the shape that leaves it (without N), its parameters."""

    name: str
    shape: tuple[int, ...]
    parameters: int


def shapes_of(model: ModelConfig, window: Sized, season: int) -> Shapes:
    """The shapes of a network for a window and the season of its panel.

    Raises:
        ConfigError: If a size is still a span of time: the clock turns spans into steps beforehand.
    """
    if isinstance(model.segment, str):
        raise ConfigError(
            f'"{model.segment}" is a span of time, but the network counts steps',
            hint="write the steps that it holds",
            subject="model.segment",
        )
    skip: int | None = season
    if not isinstance(model.skip, str):
        skip = model.skip.seasonal_naive[0]
    elif model.skip == "none":
        skip = None
    return Shapes(window.lookback, window.horizon, model.levels, model.segment, skip)


def layer_name(index: int, layer: Layer) -> str:
    """The name of a layer of the config, which keys its weights too: `layer0_lstm`."""
    return f"layer{index}_{kind_of(layer)}"


def last_recurrent(model: ModelConfig) -> int:
    """The place of the layer whose final state goes on as the summary of the window."""
    return max(index for index, layer in enumerate(model.layers) if kind_of(layer) in RECURRENT)


def patch_units(model: ModelConfig) -> int:
    """Units of the dense layer that reads one segment: those of the first recurrent layer."""
    first = next(layer for layer in model.layers if kind_of(layer) in RECURRENT)
    return int(options_of(first).units)


def _recurrent_parameters(layer: Layer, width: int) -> int:
    options, kind = options_of(layer), kind_of(layer)
    units: int = options.units
    biases = 2 if getattr(options, "reset_after", False) else 1
    return _GATES[str(kind)] * units * (width + units + biases)


def _stack(model: ModelConfig, shapes: Shapes) -> Iterator[LayerSize]:
    width, last = 1, last_recurrent(model)
    if shapes.segment is not None:
        width = patch_units(model)
        yield LayerSize("segment", (shapes.patches, width), (shapes.segment + 1) * width)
    for index, layer in enumerate(model.layers):
        kind, options = str(kind_of(layer)), options_of(layer)
        parameters = 0
        if kind in RECURRENT:
            parameters = _recurrent_parameters(layer, width)
            width = options.units * (2 if kind.startswith("bi") else 1)
        elif kind == "dense":
            parameters = (width + 1) * options.units
            width = options.units
        elif kind == "layer_norm":
            parameters = 2 * width
        shape = (shapes.patches, width) if index < last else (width,)
        yield LayerSize(layer_name(index, layer), shape, parameters)


def rows(model: ModelConfig, shapes: Shapes) -> tuple[LayerSize, ...]:
    """Every layer with weights or a rate, in the order in which data flows, and the head at the end."""
    stack = tuple(_stack(model, shapes))
    outputs = shapes.horizon * len(shapes.levels)
    return (*stack, LayerSize("head", (shapes.horizon, len(shapes.levels)), (stack[-1].shape[-1] + 1) * outputs))


def parameters(model: ModelConfig, shapes: Shapes) -> int:
    """The trainable numbers of the whole network."""
    return sum(row.parameters for row in rows(model, shapes))


def memory(model: ModelConfig, shapes: Shapes, batch: int) -> int:
    """Bytes that training needs at about, without the libraries and the table.

    Counted: five copies of every weight, and for each window of a batch what the layers put out (with the gates of
    the recurrent ones at every step), kept once for the gradient and once more while it is computed.
    """
    kept = shapes.lookback
    for row, gates in zip(rows(model, shapes), _gates(model, shapes), strict=True):
        steps = shapes.patches if gates > 1 else 1
        values = row.shape[0] * (row.shape[1] if len(row.shape) > 1 else 1)
        kept += max(values, steps * row.shape[-1]) * gates
    return _FLOAT * (_COPIES * parameters(model, shapes) + 2 * batch * kept)


def _gates(model: ModelConfig, shapes: Shapes) -> list[int]:
    inner = [_GATES.get(str(kind_of(layer)), 0) + 1 for layer in model.layers]
    return [*([] if shapes.segment is None else [1]), *inner, 1]


def check_model(model: ModelConfig, shapes: Shapes, limit: int) -> None:
    """Refuse a network that its window cannot feed, or that is too large to be meant.

    Args:
        model: The network.
        shapes: Its sizes.
        limit: The most parameters allowed.

    Raises:
        ConfigError: If a season or a segment is longer than the lookback, or there are too many parameters.
    """
    if shapes.season is not None and shapes.season > shapes.lookback:
        raise ConfigError(
            f"the season has {shapes.season} steps, the lookback {shapes.lookback}, so that no window holds one cycle",
            hint=f"raise window.lookback to {shapes.season} or more, or set model.skip: none",
            subject="model.skip",
        )
    if shapes.segment is not None and shapes.segment > shapes.lookback:
        raise ConfigError(
            f"a segment of {shapes.segment} steps is longer than the lookback of {shapes.lookback}",
            hint=f"lower model.segment to {shapes.lookback} or less, or raise window.lookback",
            subject="model.segment",
        )
    sizes = rows(model, shapes)
    for index, layer in enumerate(model.layers):
        row = next(row for row in sizes if row.name == layer_name(index, layer))
        if kind_of(layer) == "layer_norm" and row.shape[-1] == 1:
            raise ConfigError(
                f"{row.name} normalises one single value, which always leaves 0",
                hint="put it after a layer of two or more units",
                subject=f"model.layers.{index}",
            )
    count = sum(row.parameters for row in sizes)
    if count > limit:
        largest = max(sizes, key=lambda row: row.parameters)
        raise ConfigError(
            f"the network has {count:,} parameters, {largest.parameters:,} of them in {largest.name}; "
            f"limits.parameters is {limit:,}",
            hint="lower the units of the layers, or raise limits.parameters",
            subject="model.layers",
        )
