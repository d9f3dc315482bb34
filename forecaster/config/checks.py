"""Whether a zone, an encoding or a format exists, and whether the parts of a config contradict each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forecaster.config.layers import RECURRENT, kind_of, options_of
from forecaster.config.model import LinearSkip
from forecaster.config.parts import Refusal, closest, refuse
from forecaster.errors import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.config.model import ModelConfig
    from forecaster.config.schema import Config

_DIRECTIVES = frozenset("aAbBdfGHIjmMpSuUVWyYzZ%")


def known_zone(zone: str) -> str:
    """The zone, if the machine's or the package's zone database has it."""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(zone)
    except (OSError, ValueError, LookupError):
        near = closest(zone, tuple(sorted(available_timezones())))
        hint = f"did you mean {near}?" if near else "write a name such as Europe/Berlin or UTC"
        raise refuse(f"unknown time zone {quoted(zone)}", hint=hint) from None
    return zone


def known_encoding(encoding: str) -> str:
    """The encoding, if Python can read text with it."""
    try:
        "date,1".encode(encoding)
    except (LookupError, ValueError):
        hint = "write one such as utf-8, utf-16, cp1252 or latin-1"
        raise refuse(f"unknown encoding {quoted(encoding)}", hint=hint) from None
    return encoding


def known_format(pattern: str) -> str:
    """The pattern, if all its directives are of those that read times."""
    found = re.findall(r"%(.?)", pattern, flags=re.DOTALL)
    strange = [directive for directive in found if directive not in _DIRECTIVES or not directive]
    example = 'write one such as "%d/%m/%Y %H:%M"'
    if strange:
        raise refuse(f"{quoted(pattern)} has the unknown directive {quoted('%' + strange[0])}", hint=example)
    if set(found) <= {"%"}:  # a percent sign that stands for itself
        raise refuse(f"{quoted(pattern)} has no directive", hint=example)
    return pattern


def clashes(config: Config) -> list[Refusal]:
    """What in a config contradicts something else in it, as far as no table is needed to tell."""
    inside = (Refusal(what, hint, ("model", *at)) for what, hint, at in refusals(config.model))
    return [*_sizes(config), *_validation(config), *_loss(config), *_embedded(config), *_covariates(config), *inside]


def refusals(model: ModelConfig) -> list[Refusal]:
    """What in a network contradicts something else in it; a network without any can be built and trained.

    Args:
        model: The network, each part of it within its range.
    """
    return [*_attention(model), *_recursive(model), *_counts(model), *_kept(model)]


def _attention(model: ModelConfig) -> Iterator[Refusal]:
    kinds = [kind_of(layer) for layer in model.layers]
    places = [place for place, kind in enumerate(kinds) if kind == "attention"]
    last = max(place for place, kind in enumerate(kinds) if kind in RECURRENT)
    if places and places[0] < last:
        hint = f"put it below layer {last + 1}, whose states it looks at"
        yield Refusal(f"attention stands before the last recurrent layer, {kinds[last]}", hint, ("layers", places[0]))
    if len(places) > 1:
        hint = f"keep one, such as attention: {{heads: {len(places)}}}"
        yield Refusal(
            f"the first of {len(places)} attention layers leaves one state to look at", hint, ("layers", places[1])
        )
    if places and not isinstance(model.decoder, str) and model.decoder.seq2seq.attention:
        hint = "drop the layer, or write attention: false there"
        yield Refusal("the decoder, seq2seq, attends to the same states", hint, ("layers", places[0]))


def _recursive(model: ModelConfig) -> Iterator[Refusal]:
    if model.decoder != "recursive":
        return
    others = "write decoder: seq2seq, parallel or direct"
    if model.latent is not None:
        hint = f"{others}, or drop latent"
        yield Refusal("recursive starts anew at every step, so nothing drawn once could last", hint, ("latent",))
    if model.skip == "smoothing":
        hint = f"{others}, or another skip"
        yield Refusal("recursive would smooth its own forecasts, step by step", hint, ("skip",))


def _counts(model: ModelConfig) -> Iterator[Refusal]:
    if model.output != "negative_binomial":
        return
    if model.scale not in ("none", "mean"):
        hint = "write scale: mean or none, or another output"
        yield Refusal(f"negative_binomial counts from 0, but scale: {model.scale} moves the 0", hint, ("scale",))
    if model.blend is not None:
        hint = "leave out blend, or write another output"
        yield Refusal("the mean of counts and of a smoothing is no count", hint, ("blend",))
    if model.skip != "none":
        hint = "write skip: none, or another output"
        yield Refusal("negative_binomial has a mean above 0, so nothing can be added to it", hint, ("skip",))


def _kept(model: ModelConfig) -> Iterator[Refusal]:
    for place, layer in enumerate(model.layers):
        kind, options = str(kind_of(layer)), options_of(layer)
        if kind in RECURRENT and options.keep and not options.dropout and not options.recurrent_dropout:
            hint = "give dropout or recurrent_dropout a rate, or drop keep"
            yield Refusal("nothing is dropped, so there is nothing to keep", hint, ("layers", place, kind, "keep"))


def _sizes(config: Config) -> Iterator[Refusal]:
    lookback, model = config.window.lookback, config.model
    if not isinstance(lookback, int):
        return
    if isinstance(model.segment, int) and model.segment > lookback:
        hint = f"use at most {lookback}, or a longer window.lookback"
        yield Refusal(f"a segment of {model.segment} steps, but a lookback of {lookback}", hint, ("model", "segment"))
    for season in _seasons(config):
        if season > lookback:
            hint = f"raise window.lookback to {season}, or write skip: none"
            yield Refusal(f"a season of {season} steps, but a lookback of {lookback}", hint, ("model", "skip"))
    if model.segment is None or isinstance(model.segment, int):
        yield from _dilated(model, -(-lookback // (model.segment or 1)))


def _seasons(config: Config) -> tuple[int, ...]:
    """The seasons that a window must hold, as far as the config names them."""
    skip, season = config.model.skip, config.data.season
    if isinstance(skip, LinearSkip):
        return (skip.linear,)
    if not isinstance(skip, str):
        return skip.seasonal_naive
    return (season,) if skip in ("seasonal_naive", "smoothing") and isinstance(season, int) else ()


def _dilated(model: ModelConfig, steps: int) -> Iterator[Refusal]:
    for place, layer in enumerate(model.layers):
        dilation = getattr(options_of(layer), "dilation", 1)
        if dilation >= max(steps, 2):
            hint = f"use at most {max(steps - 1, 1)}"
            told = f"a dilation of {dilation}, but {steps} recurrent steps: no state would follow another"
            yield Refusal(told, hint, ("model", "layers", place, str(kind_of(layer)), "dilation"))


def _validation(config: Config) -> Iterator[Refusal]:
    schedule = config.training.schedule
    if config.evaluation.validation == 0 and not isinstance(schedule, str) and "plateau" in type(schedule).model_fields:
        hint = "write schedule: cosine, or give evaluation.validation a share such as 0.15"
        yield Refusal(
            "plateau watches the validation loss, but evaluation.validation is 0", hint, ("training", "schedule")
        )


def _loss(config: Config) -> Iterator[Refusal]:
    loss, output = config.training.loss, config.model.output
    if output == "point" or loss == "auto" or (loss == "pinball" and not isinstance(output, str)):
        return
    told = "has quantiles" if not isinstance(output, str) else f"is {output}, which is fitted by its likelihood"
    fits = "quantiles and a point" if loss == "pinball" else "a point"
    hint = "write loss: auto, or model.output: point"
    yield Refusal(f"{loss} fits {fits}, but model.output {told}", hint, ("training", "loss"))


def _embedded(config: Config) -> Iterator[Refusal]:
    """What `model.embed` names: the series, or a column that the network is told of."""
    data = config.data
    columns = (*(known.column for known in data.known), *data.past, *data.static)
    alone = data.id is None and len(data.target) == 1 and data.target != ("*",)
    for name in config.model.embed:
        at = ("model", "embed", name)
        if name == "series" and name in columns:
            hint = "give the column another name in the table"
            yield Refusal("there is a column of that name, but embed: series means the series themselves", hint, at)
        elif name == "series" and alone:
            hint = "name data.id or several targets, or drop it"
            yield Refusal("the table has one series, so there is nothing to tell apart", hint, at)
        elif name == data.id and name != "series":
            yield Refusal(f"{quoted(name)} tells series apart", "write series instead of the column's name", at)
        elif name != "series" and name not in columns:
            near = closest(name, ("series", *columns))
            listed = f"known are {', '.join(('series', *map(quoted, columns)))}"
            hint = f"did you mean {quoted(near)}? {listed}" if near else listed
            yield Refusal(f"{quoted(name)} is neither known, past nor static in data", hint, at)


def _covariates(config: Config) -> Iterator[Refusal]:
    data = config.data
    if config.model.decoder == "recursive" and data.past:
        hint = "name it in data.known as [{" + data.past[0] + ": repeat_last}], or write decoder: direct"
        told = f"recursive reads every step ahead, but nobody knows {quoted(data.past[0])} then"
        yield Refusal(told, hint, ("model", "decoder"))
    if data.static and data.id is None:
        hint = "name the column that tells series apart in data.id, or drop data.static"
        told = f"{quoted(data.static[0])} has one value for each series, but data.id is null"
        yield Refusal(told, hint, ("data", "static"))
