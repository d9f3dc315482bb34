"""What may be better than a config: a few variations of it, those first that help most often; a table, not a grid.

Every rule looks at the config and at what the training part shows, and changes one thing. Whether a variation
contradicts the rest of the config, or does not fit the table, is not asked here: who reads the config with it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

import numpy as np

from forecaster.config.layers import RECURRENT, kind_of, options_of
from forecaster.config.training import EPOCHS
from forecaster.config.writing import flow
from forecaster.series.sizing import LOOKBACK_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecaster.config.schema import Config
    from forecaster.series.panel import Panel

_SHORT = 300  # steps: where a level and a season are nearly all that can be learned
_LEAST_LOOKBACK, _LEAST_UNITS, _MOST_UNITS = 4, 4, 256
_FASTER, _MOST_RATE = 3.0, 0.03


@dataclass(frozen=True)
class Seen:
    """What the training part of a table shows.

    Attributes:
        steps: Of its longest series.
        season: Steps in one cycle; 1 for none.
        positive: Whether every value is above zero, so that it has a logarithm.
    """

    steps: int
    season: int
    positive: bool


@dataclass(frozen=True)
class Variation:
    """One change of a config.

    Attributes:
        topic: What it is about: two of one topic cannot be taken together.
        settings: `key=value` each, as `--set` takes them.
        why: What it may be good for.
    """

    topic: str
    settings: tuple[str, ...]
    why: str

    @property
    def name(self) -> str:
        """How it is told of: the settings."""
        return ", ".join(self.settings)

    def joined(self, other: Variation) -> Variation:
        """Both together."""
        return Variation(f"{self.topic} and {other.topic}", (*self.settings, *other.settings), "each was better alone")


def seen(training: Panel) -> Seen:
    """Look at a table up to the end of its training part, and no further."""
    known = training.values[~np.isnan(training.values)]
    return Seen(int(training.lengths.max()), training.season, bool(known.size) and bool(known.min() > 0))


def variations(config: Config, facts: Seen) -> tuple[Variation, ...]:
    """The variations of a config, best first: one of each topic, then the second ones.

    Args:
        config: With its sizes in steps.
        facts: Of the training part.
    """
    topics = [
        _skips(config, facts),
        _scales(config, facts),
        _lookbacks(config, facts),
        _rates(config),
        _blends(config),
        _units(config),
        _dropouts(config),
        _lengths(config),
    ]
    ranked = zip_longest(*topics)
    return tuple(each for each in chain.from_iterable(ranked) if each is not None)


def _skips(config: Config, facts: Seen) -> Iterator[Variation]:
    skip, season = config.model.skip, facts.season
    seasonal = 1 < season <= int(config.window.lookback)
    now = skip if isinstance(skip, str) else next(iter(type(skip).model_fields))
    smooth = ("smoothing", "smoothing", "level and season, smoothed: nearly all that so short a table teaches")
    offers = [
        ("linear", f"{{linear: {season}}}" if seasonal else "linear", "a linear forecast, and the network the rest"),
        (
            "seasonal_naive",
            "seasonal_naive" if seasonal else "",
            f"the value {season} steps ago, and the network the rest",
        ),
        smooth,
        ("none", "none", "the network alone"),
    ]
    if facts.steps < _SHORT:
        offers = [smooth, *(offer for offer in offers if offer is not smooth)]
    for kind, value, why in offers:
        if value and kind != now:
            yield Variation("skip", (f"model.skip={value}",), why)


def _blends(config: Config) -> Iterator[Variation]:
    if config.model.blend is None:
        yield Variation("blend", ("model.blend={theta: 0.5}",), "the mean with a smoothing of all the past")
    else:
        yield Variation("blend", ("model.blend=null",), "the network alone")


def _scales(config: Config, facts: Seen) -> Iterator[Variation]:
    offers = [
        ("standard", "windows are compared by their own mean and deviation"),
        ("log" if facts.positive else "", "changes are shares of the level"),
        ("last", "what counts is the distance from the last value"),
        ("mean", "what counts is the share of the mean"),
    ]
    for value, why in offers:
        if value and value != config.model.scale:
            yield Variation("scale", (f"model.scale={value}",), why)


def _lookbacks(config: Config, facts: Seen) -> Iterator[Variation]:
    lookback = int(config.window.lookback)
    if 2 * lookback <= facts.steps // LOOKBACK_SHARE:
        yield Variation("lookback", (f"window.lookback={2 * lookback}",), "twice the past")
    if lookback >= 2 * _LEAST_LOOKBACK:
        yield Variation("lookback", (f"window.lookback={lookback // 2}",), "half the past: the rest may be noise")


def _rates(config: Config) -> Iterator[Variation]:
    optimizer = config.training.optimizer
    name = next(iter(type(optimizer).model_fields))
    rate: float = getattr(optimizer, name).learning_rate
    key = f"training.optimizer.{name}.learning_rate"
    if rate * _FASTER <= _MOST_RATE:
        yield Variation("rate", (f"{key}={rate * _FASTER:.3g}",), "faster: further in as many updates")
    yield Variation("rate", (f"{key}={rate / _FASTER:.3g}",), "slower: nearer to the best weights on the way")


def _units(config: Config) -> Iterator[Variation]:
    layers = [(place, str(kind_of(layer)), options_of(layer)) for place, layer in enumerate(config.model.layers)]
    sizes = [
        (f"model.layers.{place}.{kind}.units", options.units) for place, kind, options in layers if kind in RECURRENT
    ]
    if max(size for _, size in sizes) * 2 <= _MOST_UNITS:
        yield Variation("layers", tuple(f"{key}={2 * size}" for key, size in sizes), "more to remember")
    if min(size for _, size in sizes) >= 2 * _LEAST_UNITS:
        yield Variation("layers", tuple(f"{key}={size // 2}" for key, size in sizes), "less to learn by heart")


def _dropouts(config: Config) -> Iterator[Variation]:
    layers = [layer.model_dump(exclude_defaults=True, by_alias=True) for layer in config.model.layers]
    if not any("dropout" in layer for layer in layers):
        value = flow((*layers, {"dropout": 0.1}))
        yield Variation("layers", (f"model.layers={value}",), "harder to learn by heart")


def _lengths(config: Config) -> Iterator[Variation]:
    training = config.training
    if training.steps is not None:
        yield Variation("length", (f"training.steps={2 * training.steps}",), "twice the updates")
    else:
        yield Variation("length", (f"training.epochs={2 * (training.epochs or EPOCHS)}",), "twice the epochs")


def apart(variations: Sequence[Variation]) -> tuple[Variation, Variation] | None:
    """The first two of different topics; None if there are none."""
    return next(
        ((first, other) for first in variations[:1] for other in variations[1:] if other.topic != first.topic), None
    )
