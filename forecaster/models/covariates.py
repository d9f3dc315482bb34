"""What a network is told besides the target, from raw input tensors to numbers that its layers read.

Numbers are centred and spread by constants of the training part, which become part of the graph; codes of categories
and series become learned numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.models import beside
from forecaster.models.backend import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.config.channels import Channel
    from forecaster.config.model import ModelConfig
    from forecaster.models.sizes import Shapes

SERIES = "series_embedding"
_FURTHEST = 10.0  # deviations: what training has hardly seen is no further from its mean than that


@dataclass(frozen=True, eq=False)
class Features:
    """What the layers read besides the target; None where there is nothing.

    Attributes:
        lookback: (N, L, F) of each step of the past.
        ahead: (N, H, F) of each step of the horizon.
        fixed: (N, F) of the series itself.
    """

    lookback: Any
    ahead: Any
    fixed: Any


def features_of(inputs: Mapping[str, Any], model: ModelConfig, shapes: Shapes) -> Features:
    """The features of windows.

    Args:
        inputs: The tensors of a graph by name, of which those of covariates are read.
        model: For the numbers that stand for a series.
        shapes: What there is.
    """
    channels = shapes.channels
    lookback, ahead, fixed = [], None, []
    if "present" in inputs:
        lookback.append(ops.expand_dims(inputs["present"], -1))
    if "past" in inputs:
        lookback.append(_read(inputs["past"], channels.past, "past"))
    if "known" in inputs:
        known = _read(inputs["known"], channels.known, "known")
        lookback.append(known[:, : shapes.lookback])
        ahead = known[:, shapes.lookback :]
    if "static" in inputs:
        fixed.append(_read(inputs["static"], channels.static, "static"))
    if "series" in inputs and "series" in model.embed:
        fixed.append(_series(inputs["series"], len(channels.series), model.embed["series"]))
    return Features(joined(lookback), ahead, joined(fixed))


def joined(parts: Sequence[Any]) -> Any:
    """Tensors side by side along their last axis; None where there are none."""
    there = [part for part in parts if part is not None]
    return ops.concatenate(there, axis=-1) if len(there) > 1 else (there or [None])[0]


def repeated(values: Any, steps: int) -> Any:
    """(N, F) as (N, steps, F), at each step the same; None stays None."""
    return None if values is None else ops.repeat(ops.expand_dims(values, 1), steps, axis=1)


def _read(values: Any, channels: Sequence[Channel], kind: str) -> Any:
    """(..., C) raw values to (..., F): the numbers first, then what stands for each category."""
    codes = [place for place, channel in enumerate(channels) if channel.categories]
    numbers = [place for place in range(len(channels)) if place not in codes]
    parts = [_numbers(values, channels, numbers)] if numbers else []
    return joined([*parts, *(_category(values[..., place], channels[place], kind, place) for place in codes)])


def _numbers(values: Any, channels: Sequence[Channel], places: list[int]) -> Any:
    taken = values if len(places) == len(channels) else ops.take(values, places, axis=-1)
    factor = np.array([1.0 / channels[place].spread for place in places], dtype=np.float32)
    # Before the product: a converter may write `where` as one, and NaN times 0 is NaN.
    return ops.clip(ops.where(ops.isnan(taken), 0.0, taken) * factor, -_FURTHEST, _FURTHEST)


def _category(codes: Any, channel: Channel, kind: str, place: int) -> Any:
    unknown = len(channel.categories)
    layer = beside.embedding(f"{kind}{place}_embedding", unknown + 1, channel.width)
    return layer(_whole(codes, unknown))


def _series(codes: Any, count: int, units: int) -> Any:
    layer = beside.embedding(SERIES, count + 1, units)
    return layer(_whole(codes[:, 0], count))


def _whole(codes: Any, unknown: int) -> Any:
    """Codes as whole numbers from 0 to `unknown`, which is that of a missing one too."""
    return ops.cast(ops.clip(ops.where(ops.isnan(codes), float(unknown), codes), 0, unknown), "int32")
