"""Covariates as the network reads them: numbers as they are, categories as the codes that training gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.config.channels import Channel, Channels
from forecaster.errors import ConfigError, DataError, quoted
from forecaster.series import calendar
from forecaster.series.covariates import carried, spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.series import Floats, Ints, Singles
    from forecaster.series.covariates import Covariates
    from forecaster.series.panel import Panel

SERIES = "series"  # the key of `model.embed` that stands for the series themselves
_LEAST_SPREAD = 1e-6  # relative: below, a column is constant, and what it has of a deviation is rounding
_MOST_EMBEDDED = 16  # numbers for each value of a column that `model.embed` does not name


@dataclass(frozen=True, eq=False)
class Encoded:
    """The covariates of a panel's own steps: numbers less their channel's center, and codes of categories.

    Attributes:
        past: (ΣT, Cp) float32
        known: (ΣT, Ck) float32, those of the calendar last.
        static: (S, Cs) float32
        codes: (S,) float32, of each series; `len(channels.series)` where it was never seen.
    """

    past: Singles
    known: Singles
    static: Singles
    codes: Singles


def channels_of(panel: Panel, training: Panel, embed: Mapping[str, int], *, learned: bool) -> Channels:
    """What a network is told besides the target.

    Args:
        panel: All that it will be trained on: its series and its categories get codes.
        training: The training part, whose means and deviations numbers are scaled by.
        embed: As `model.embed`.
        learned: Whether something is learned for each series.

    Raises:
        ConfigError: If `embed` names a column that has numbers.
    """
    series = panel.ids if learned else ()
    all_, seen = panel.covariates, training.covariates
    if all_ is None or seen is None:
        return Channels(series=series)
    numeric = [name for name in (*all_.past_names, *all_.known_names, *all_.static_names) if name in embed]
    numeric = [name for name in numeric if name not in all_.categories]
    if numeric:
        raise ConfigError(
            f"model.embed names {quoted(numeric[0])}, but that column has numbers",
            hint=f"leave {numeric[0]} out of model.embed, or write its values as words",
            subject="model.embed",
        )
    known = seen.known[seen.beside(training.lengths)]
    return Channels(
        past=_channels(seen.past, all_.past_names, all_, embed),
        known=(
            *_channels(known, all_.known_names, all_, embed),
            *(Channel(name) for name in calendar.columns(all_.calendar)),
        ),
        static=_channels(seen.static, all_.static_names, all_, embed),
        series=series,
    )


def _channels(
    values: Floats, names: Sequence[str], covariates: Covariates, embed: Mapping[str, int]
) -> tuple[Channel, ...]:
    return tuple(
        _categorical(name, covariates.categories[name], embed)
        if name in covariates.categories
        else _numeric(name, values[:, place])
        for place, name in enumerate(names)
    )


def _categorical(name: str, categories: tuple[str, ...], embed: Mapping[str, int]) -> Channel:
    usual = max(1, min(_MOST_EMBEDDED, (len(categories) + 1) // 2))
    return Channel(name, categories=categories, embed=embed.get(name, usual))


def _numeric(name: str, values: Floats) -> Channel:
    there = values[~np.isnan(values)]
    if not there.size:
        return Channel(name)
    center, spread = float(there.mean()), float(there.std())
    return Channel(name, center=center, spread=spread if spread > _LEAST_SPREAD * max(1.0, abs(center)) else 1.0)


def encoded(panel: Panel, channels: Channels) -> Encoded:
    """The covariates beside a panel's values, with the codes of the training.

    Raises:
        DataError: If a column is not there, or held numbers in training and holds texts now.
    """
    beside, nothing = panel.covariates, np.empty((panel.values.size, 0))
    known = [known_codes(nothing if beside is None else history(panel, beside), beside, channels)]
    features = calendar_of(channels)
    if features:
        told = calendar.features(panel.times, panel.clock, features)
        known.append(told[spans(panel.starts, panel.lengths)])
    return Encoded(
        past_codes(nothing if beside is None else beside.past, beside, channels),
        np.concatenate(known, axis=1),
        static_codes(panel, channels),
        series_codes(panel, channels),
    )


def calendar_of(channels: Channels) -> tuple[str, ...]:
    """The features of the calendar among the known channels."""
    return calendar.features_of([channel.name for channel in channels.known])


def history(panel: Panel, beside: Covariates) -> Floats:
    """(ΣT, Ck) the known covariates beside the panel's values, holes filled by the last value in repeated columns."""
    known = beside.known
    if not np.array_equal(beside.offsets, panel.offsets):
        known = known[beside.beside(panel.lengths)]
    if beside.repeats:
        known = known.copy()
        for place in beside.repeats:
            known[:, place] = carried(known[:, place], panel.offsets)
    return known


def repeated_places(panel: Panel, channels: Channels) -> tuple[int, ...]:
    """The known channels whose values of the future are their last one."""
    names = frozenset() if panel.covariates is None else panel.covariates.repeated
    return tuple(place for place, channel in enumerate(channels.known) if channel.name in names)


def past_codes(values: Floats, beside: Covariates | None, channels: Channels) -> Singles:
    """(..., Cp) rows of `Covariates.past` as the network reads them."""
    return _coded(values, "past", beside, channels.past)


def known_codes(values: Floats, beside: Covariates | None, channels: Channels) -> Singles:
    """(..., Ck) rows of `Covariates.known` as the network reads them, without what the calendar says."""
    tables = channels.known[: len(channels.known) - len(calendar.columns(calendar_of(channels)))]
    return _coded(values, "known", beside, tables)


def static_codes(panel: Panel, channels: Channels) -> Singles:
    """(S, Cs) as the network reads them."""
    beside = panel.covariates
    values = np.empty((len(panel), 0)) if beside is None else beside.static
    return _coded(values, "static", beside, channels.static)


def series_codes(panel: Panel, channels: Channels) -> Singles:
    """(S,) the code of each series; `len(channels.series)` where it was never seen."""
    codes = {name: code for code, name in enumerate(channels.series)}
    return np.array([codes.get(name, len(codes)) for name in panel.ids], dtype=np.float32)


def unseen(panel: Panel, channels: Channels) -> tuple[str, ...]:
    """The series for which something is learned, but nothing was."""
    known = set(channels.series)
    return tuple(name for name in panel.ids if name not in known) if known else ()


def strange(panel: Panel, channels: Channels) -> dict[str, tuple[str, ...]]:
    """The texts of each column of categories that training has not seen: perhaps slips of a finger."""
    texts = {} if panel.covariates is None else panel.covariates.categories
    found = {
        channel.name: tuple(text for text in texts.get(channel.name, ()) if text not in channel.categories)
        for channel in (*channels.past, *channels.known, *channels.static)
        if channel.categories
    }
    return {name: new for name, new in found.items() if new}


def _coded(values: Floats, kind: str, beside: Covariates | None, channels: Sequence[Channel]) -> Singles:
    names = () if beside is None else getattr(beside, f"{kind}_names")
    missing = [channel.name for channel in channels if channel.name not in names]
    if missing:
        raise DataError(
            f"the network was trained with the {kind} covariate {quoted(missing[0])}, which is not there",
            hint="give a table with this column",
            subject=f"data.{kind}",
        )
    found = np.empty((*values.shape[:-1], len(channels)), dtype=np.float32)
    for place, channel in enumerate(channels):
        texts = beside.categories.get(channel.name) if beside is not None else None
        found[..., place] = _column(values[..., names.index(channel.name)], texts, channel)
    return found


def _column(values: Floats, texts: tuple[str, ...] | None, channel: Channel) -> Floats:
    if texts is None:
        # Here and not in the graph, since 1e9 in float32 has steps of 64.
        return _numbers_as_categories(values, channel) if channel.categories else values - channel.center
    if not channel.categories:
        raise DataError(
            f"column {quoted(channel.name)} had numbers when the network was trained, and has texts such as "
            f"{quoted(texts[0])} now",
            hint="correct the column, or train again",
            subject=f"column {channel.name}",
        )
    codes = {text: code for code, text in enumerate(channel.categories)}
    table = np.array([*(codes.get(text, len(codes)) for text in texts), len(codes)], dtype=np.float64)
    return np.asarray(table[_places(values, len(texts))])


def _numbers_as_categories(values: Floats, channel: Channel) -> Floats:
    """Codes of a column that happens to have numbers alone this time, such as 1 and 2 without the A."""
    codes = {number: code for code, text in enumerate(channel.categories) if (number := _number(text)) is not None}
    distinct, places = np.unique(values, return_inverse=True)
    table = np.array([codes.get(number, len(channel.categories)) for number in distinct.tolist()], dtype=np.float64)
    return np.asarray(table[places.reshape(values.shape)])


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _places(values: Floats, missing: int) -> Ints:
    return np.where(np.isnan(values), missing, values).astype(np.int64)
