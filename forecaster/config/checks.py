"""Whether a zone, an encoding or a format exists, and whether the parts of a config contradict each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forecaster.config.parts import Refusal, closest, refuse
from forecaster.errors import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    return [*_sizes(config), *_validation(config), *_loss(config)]


def _sizes(config: Config) -> Iterator[Refusal]:
    lookback, model = config.window.lookback, config.model
    if not isinstance(lookback, int):
        return
    if isinstance(model.segment, int) and model.segment > lookback:
        hint = f"use at most {lookback}, or a longer window.lookback"
        yield Refusal(f"a segment of {model.segment} steps, but a lookback of {lookback}", hint, ("model", "segment"))
    season = 1 if isinstance(model.skip, str) else model.skip.seasonal_naive[0]
    if season > lookback:
        hint = f"raise window.lookback to {season}, or write skip: none"
        yield Refusal(f"a season of {season} steps, but a lookback of {lookback}", hint, ("model", "skip"))


def _validation(config: Config) -> Iterator[Refusal]:
    schedule = config.training.schedule
    if config.evaluation.validation == 0 and not isinstance(schedule, str) and "plateau" in type(schedule).model_fields:
        hint = "write schedule: cosine, or give evaluation.validation a share such as 0.15"
        yield Refusal(
            "plateau watches the validation loss, but evaluation.validation is 0", hint, ("training", "schedule")
        )


def _loss(config: Config) -> Iterator[Refusal]:
    loss = config.training.loss
    if loss not in ("auto", "pinball") and not isinstance(config.model.output, str):
        hint = "write loss: auto, or model.output: point"
        yield Refusal(f"{loss} fits a point, but model.output has quantiles", hint, ("training", "loss"))
