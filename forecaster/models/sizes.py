"""How large a network is: shapes, parameters and memory, told without Keras so that `check` answers at once."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from forecaster.config.channels import NOTHING
from forecaster.config.layers import RECURRENT, kind_of, options_of
from forecaster.config.model import LinearSkip, SeasonalNaiveSkip
from forecaster.errors import ConfigError
from forecaster.models import rows as counted
from forecaster.models.rows import LayerSize
from forecaster.models.shapes import Shapes, Sized, last_recurrent, layer_name, patch_units

if TYPE_CHECKING:
    from forecaster.config.channels import Channels
    from forecaster.config.layers import Layer
    from forecaster.config.model import ModelConfig

__all__ = [
    "LayerSize",
    "Shapes",
    "Sized",
    "check_model",
    "last_recurrent",
    "layer_name",
    "memory",
    "parameters",
    "patch_units",
    "rows",
    "shapes_of",
]

_FLOAT = 4  # bytes
_COPIES = 5  # of every weight while training: itself, its gradient, two moments of the optimizer, the best so far


def shapes_of(
    model: ModelConfig, window: Sized, season: int, channels: Channels = NOTHING, masked: bool = False
) -> Shapes:
    """The shapes of a network for a window, and for the season and the covariates of its panel.

    Args:
        model: The network.
        window: Its two sizes.
        season: Steps in one cycle of the panel; 1 where there is none.
        channels: What the network is told besides the target.
        masked: Whether it is told which values are missing.

    Raises:
        ConfigError: If a size is still a span of time: the clock turns spans into steps beforehand.
    """
    if isinstance(model.segment, str):
        raise ConfigError(
            f'"{model.segment}" is a span of time, but the network counts steps',
            hint="write the steps that it holds",
            subject="model.segment",
        )
    seasons: tuple[int, ...] = (season,) if model.skip == "seasonal_naive" else ()
    if isinstance(model.skip, SeasonalNaiveSkip):
        seasons = model.skip.seasonal_naive
    shapes = Shapes(
        window.lookback,
        window.horizon,
        model.levels,
        model.segment,
        seasons=seasons,
        season=season if model.skip == "smoothing" else None,
        every=model.skip.linear if isinstance(model.skip, LinearSkip) else 1 if model.skip == "linear" else None,
        channels=channels,
        masked=masked,
    )
    return replace(shapes, noise=_noise(model, shapes))


def _noise(model: ModelConfig, shapes: Shapes) -> tuple[tuple[str, int], ...]:
    """What is drawn while predicting, and how many numbers each takes."""
    drawn = {"latent": 0 if model.latent is None else model.latent.units}
    if model.output != "point" and (model.latent or model.decoder not in ("direct", "parallel")):
        drawn["steps"] = shapes.horizon
    for index, (layer, (read, put_out)) in enumerate(zip(model.layers, counted.widths(model, shapes), strict=True)):
        kind, options = str(kind_of(layer)), options_of(layer)
        if not getattr(options, "keep", False):
            continue
        state = options.units if kind in RECURRENT and options.recurrent_dropout else 0
        each = state + (read if options.dropout else 0) if kind in RECURRENT else put_out
        drawn[layer_name(index, layer)] = each * (2 if kind.startswith("bi") else 1)
    return tuple((name, count) for name, count in drawn.items() if count)


def rows(model: ModelConfig, shapes: Shapes) -> tuple[LayerSize, ...]:
    """Every layer with weights or a rate, in the order in which data flows, and the head at the end."""
    return tuple(row.size for row in counted.rows_of(model, shapes))


def parameters(model: ModelConfig, shapes: Shapes) -> int:
    """The trainable numbers of one network; each member of an ensemble has as many."""
    return sum(row.parameters for row in rows(model, shapes))


def memory(model: ModelConfig, shapes: Shapes, batch: int) -> int:
    """Bytes that training needs at about, without the libraries and the table.

    Counted: five copies of every weight, and for each window of a batch what it is made of and what the layers put out
    (with the gates of the recurrent ones at every step), kept once for the gradient and once more while it is
    computed. The members of an ensemble are trained one after another.
    """
    kept = sum(prod(shape) for name, shape in shapes.inputs.items() if name != "noise")
    kept += sum(row.kept for row in counted.rows_of(model, shapes))
    return _FLOAT * (_COPIES * parameters(model, shapes) + 2 * batch * kept)


def check_model(model: ModelConfig, shapes: Shapes, limit: int) -> None:
    """Refuse a network that its window cannot feed, or that is too large to be meant.

    Args:
        model: The network.
        shapes: Its sizes.
        limit: The most parameters allowed.

    Raises:
        ConfigError: If a season, a segment or a dilation is longer than what it is laid over, a layer norm sees one
            value alone, or there are too many parameters.
    """
    _check_lengths(shapes)
    sizes = rows(model, shapes)
    for index, layer in enumerate(model.layers):
        _check_layer(index, layer, shapes, next(row for row in sizes if row.name == layer_name(index, layer)))
    count = sum(row.parameters for row in sizes)
    if count > limit:
        largest = max(sizes, key=lambda row: row.parameters)
        raise ConfigError(
            f"the network has {count:,} parameters, {largest.parameters:,} of them in {largest.name}; "
            f"limits.parameters is {limit:,}",
            hint="lower the units of the layers, or raise limits.parameters",
            subject="model.layers",
        )


def _check_lengths(shapes: Shapes) -> None:
    longest = max((*shapes.seasons, shapes.season or 1, shapes.every or 1))
    if longest > shapes.lookback:
        raise ConfigError(
            f"the season has {longest} steps, the lookback {shapes.lookback}, so that no window holds one cycle",
            hint=f"raise window.lookback to {longest} or more, or set model.skip: none",
            subject="model.skip",
        )
    if shapes.segment is not None and shapes.segment > shapes.lookback:
        raise ConfigError(
            f"a segment of {shapes.segment} steps is longer than the lookback of {shapes.lookback}",
            hint=f"lower model.segment to {shapes.lookback} or less, or raise window.lookback",
            subject="model.segment",
        )


def _check_layer(index: int, layer: Layer, shapes: Shapes, row: LayerSize) -> None:
    if kind_of(layer) == "layer_norm" and row.shape[-1] == 1:
        raise ConfigError(
            f"{row.name} normalises one single value, which always leaves 0",
            hint="put it after a layer of two or more units",
            subject=f"model.layers.{index}",
        )
    dilation = getattr(options_of(layer), "dilation", 1)
    if dilation > 1 and dilation >= shapes.patches:
        raise ConfigError(
            f"{row.name} has a dilation of {dilation}, but {shapes.patches} recurrent steps: no state would follow "
            "another",
            hint=f"lower it to {max(shapes.patches - 1, 1)} or less, or raise window.lookback",
            subject=f"model.layers.{index}.{kind_of(layer)}.dilation",
        )
