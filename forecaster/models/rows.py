"""The layers that a network is made of, each with its shape, its parameters, and what the gradient keeps of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.config.layers import RECURRENT, kind_of, options_of
from forecaster.models.shapes import last_recurrent, layer_name, patch_units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.config.layers import Layer
    from forecaster.config.model import ModelConfig
    from forecaster.models.shapes import Shapes

_GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}  # of one direction
_STATES = {"simple_rnn": 1, "lstm": 2, "gru": 1}
_WIDTHS = {"gaussian": 2, "student_t": 3, "negative_binomial": 2}  # numbers that the head puts out for a step
SUMMARY, HIDDEN = 32, 64  # units of the small network that reads what is known of each step


@dataclass(frozen=True)
class LayerSize:
    """One row of `forecast check --network`: a layer, the shape that leaves it (without N), its parameters."""

    name: str
    shape: tuple[int, ...]
    parameters: int


class Row(NamedTuple):
    """A layer, and how many numbers the gradient keeps of it for each window."""

    size: LayerSize
    kept: int


class _Told(NamedTuple):
    """The widths of what a network is told besides the target."""

    lookback: int
    ahead: int
    fixed: int


def rows_of(model: ModelConfig, shapes: Shapes) -> Iterator[Row]:
    """Every layer with weights or a rate, in the order in which data flows."""
    shapes = replace(shapes, horizon=1) if model.decoder == "recursive" else shapes  # it is a network of one step
    yield from _skip(model, shapes)
    yield from _embeddings(model, shapes)
    yield from _stack(model, shapes)
    summary = widths(model, shapes)[-1][1]
    if model.latent is not None:
        units = model.latent.units
        yield _row("latent", (2 * units,), (summary + 1) * 2 * units)
        yield _row("from_latent", (summary,), (units + 1) * summary)
    yield from _decoder(model, shapes, summary)


def widths(model: ModelConfig, shapes: Shapes) -> list[tuple[int, int]]:
    """Of every layer of the config: how many numbers it reads at a step, and how many it puts out."""
    found, (lookback, _, fixed) = [], _told(model, shapes)
    width = 1 + lookback + fixed if shapes.segment is None else patch_units(model)
    for layer in model.layers:
        kind, before = str(kind_of(layer)), width
        if kind in RECURRENT or kind == "dense":
            width = options_of(layer).units * (2 if kind.startswith("bi") else 1)
        found.append((before, width))
    return found


def _row(name: str, shape: tuple[int, ...], parameters: int, kept: int | None = None) -> Row:
    return Row(LayerSize(name, shape, parameters), prod(shape) if kept is None else kept)


def _told(model: ModelConfig, shapes: Shapes) -> _Told:
    channels = shapes.channels
    past, known, static = (
        sum(each.width for each in kind) for kind in (channels.past, channels.known, channels.static)
    )
    series = model.embed.get("series", 0) if channels.series else 0
    return _Told(shapes.masked + past + known, known, static + series)


def _skip(model: ModelConfig, shapes: Shapes) -> Iterator[Row]:
    ahead, series = (shapes.horizon, 1), len(shapes.channels.series)
    if model.scale == "affine":
        yield _row("affine", (shapes.lookback,), 2)
    if shapes.every is not None:
        past, future = shapes.lookback // shapes.every, -(-shapes.horizon // shapes.every)
        yield _row("skip", ahead, (past + 1) * future)
    if len(shapes.seasons) > 1:
        yield _row("skip", ahead, len(shapes.seasons))
    if shapes.season is not None:
        columns = 1 if shapes.season == 1 else 2  # a level alone, or a season too
        kept = shapes.lookback * (shapes.season + 2)
        yield _row("smoothing", ahead, (series + 1 if series else 1) * columns, kept)


def _embeddings(model: ModelConfig, shapes: Shapes) -> Iterator[Row]:
    channels, steps = shapes.channels, shapes.lookback + shapes.horizon
    kinds = (
        ("past", channels.past, (shapes.lookback,)),
        ("known", channels.known, (steps,)),
        ("static", channels.static, ()),
    )
    for kind, each, before in kinds:
        for place, channel in enumerate(each):
            if channel.categories:
                name, count = f"{kind}{place}_embedding", len(channel.categories) + 1
                yield _row(name, (*before, channel.width), count * channel.width)
    if channels.series and "series" in model.embed:
        units = model.embed["series"]
        yield _row("series_embedding", (units,), (len(channels.series) + 1) * units)


def _stack(model: ModelConfig, shapes: Shapes) -> Iterator[Row]:
    lookback, _, fixed = _told(model, shapes)
    if shapes.segment is not None:
        units = patch_units(model)
        yield _row("segment", (shapes.patches, units), (shapes.segment * (1 + lookback) + fixed + 1) * units)
    whole = _whole(model)
    for index, (layer, (read, put_out)) in enumerate(zip(model.layers, widths(model, shapes), strict=True)):
        name = layer_name(index, layer)
        shape = (shapes.patches, put_out) if index < whole else (put_out,)
        yield _layer(name, layer, shape, (read, put_out), shapes.patches)
        if getattr(options_of(layer), "residual", False) and read != put_out:
            yield _row(f"{name}_residual", shape, read * put_out)


def _whole(model: ModelConfig) -> int:
    """How many layers put out a value for every step."""
    kinds = [kind_of(layer) for layer in model.layers]
    return kinds.index("attention") if "attention" in kinds else last_recurrent(model) + attends(model)


def attends(model: ModelConfig) -> bool:
    """Whether the decoder attends to the states of the last recurrent layer."""
    return not isinstance(model.decoder, str) and model.decoder.seq2seq.attention


def _layer(name: str, layer: Layer, shape: tuple[int, ...], wide: tuple[int, int], steps: int) -> Row:
    kind, options, (read, put_out) = str(kind_of(layer)), options_of(layer), wide
    if kind in RECURRENT:
        ways = 2 if kind.startswith("bi") else 1
        gates = _GATES[kind.removeprefix("bi")]
        return _row(name, shape, ways * _recurrent(layer, read), steps * ways * (gates + 1) * options.units)
    if kind == "attention":
        wide_heads = options.heads * max(1, read // options.heads)
        kept = steps * (3 * wide_heads + options.heads) + put_out
        return _row(name, shape, _attention(options, read, wide_heads), kept)
    counts = {"dense": (read + 1) * put_out, "layer_norm": 2 * read}
    return _row(name, shape, counts.get(kind, 0))


def _recurrent(layer: Layer, read: int) -> int:
    """The parameters of one direction."""
    options, kind = options_of(layer), str(kind_of(layer)).removeprefix("bi")
    biases = 2 if getattr(options, "reset_after", False) else 1
    return int(_GATES[kind] * options.units * (read + options.units + biases))


def _attention(options: Any, units: int, wide: int) -> int:
    asked = options.pool == "last"
    question = (units if asked else 1) * wide
    output = (wide + units if asked else wide) * units + units
    return question + 2 * units * wide + output + (wide if options.kind == "additive" else 0)


def _decoder(model: ModelConfig, shapes: Shapes, summary: int) -> Iterator[Row]:
    width = _WIDTHS.get(str(model.output), len(shapes.levels))
    told, horizon = _told(model, shapes), shapes.horizon
    if model.decoder == "parallel":
        yield from _parallel(model, shapes, summary, width)
        return
    if not isinstance(model.decoder, str):
        yield from _recurring(model, shapes, summary)
        yield _row("head", (horizon, width), (_units(model) + 1) * width)
        return
    if told.ahead:
        yield _row("known_summary", (SUMMARY,), (summary + 1) * SUMMARY)
        yield _row("known_hidden", (horizon, HIDDEN), (SUMMARY + told.ahead + told.fixed + 1) * HIDDEN)
        yield _row("known_head", (horizon, width), (HIDDEN + 1) * width)
    yield _row("head", (horizon, width), (summary + 1) * horizon * width)


def _units(model: ModelConfig) -> int:
    """The size of a decoder's state: that of the last recurrent layer, one way."""
    return int(options_of(model.layers[last_recurrent(model)]).units)


def _started(model: ModelConfig, summary: int, read: int, steps: int) -> Iterator[Row]:
    """A recurrence whose first states are made from the summary."""
    layer, units = model.layers[last_recurrent(model)], _units(model)
    kind = str(kind_of(layer)).removeprefix("bi")
    states = _STATES[kind] * units
    yield _row("bridge", (states,), (summary + 1) * states)
    yield _row("decoder", (steps, units), _recurrent(layer, read), steps * (_GATES[kind] + 1) * units)


def _parallel(model: ModelConfig, shapes: Shapes, summary: int, width: int) -> Iterator[Row]:
    told, units, size = _told(model, shapes), _units(model), shapes.segment or 1
    count = -(-shapes.horizon // size)
    yield _row("position", (count, units), count * units)
    if told.ahead or told.fixed:
        yield _row("known_segment", (count, units), (size * told.ahead + told.fixed + 1) * units)
    yield from _started(model, summary, units, count)
    yield _row("head", (shapes.horizon, width), (units + 1) * size * width)


def _recurring(model: ModelConfig, shapes: Shapes, summary: int) -> Iterator[Row]:
    told, units, horizon = _told(model, shapes), _units(model), shapes.horizon
    states = widths(model, shapes)[last_recurrent(model)][1] if attends(model) else 0
    if states:
        wide = units * (units + states + 1)
        yield _row("decoder_attention", (horizon, states), wide, horizon * shapes.patches * (units + 1))
    yield from _started(model, summary, 1 + told.ahead + told.fixed + states, horizon)
