"""Insides of networks that several tests look at: gates by the equations, with weights at random."""

from __future__ import annotations

import numpy as np

from forecaster.models import gates
from forecaster.views.inside import Attention, Importance, Memory, SeenWindow, Shuffled

COUNTS = {"simple_rnn": 1, "lstm": 4, "gru": 3}
KEEPS = {"lstm": "forget", "gru": "update"}


def window(lookback, *, step="h", series="", target="demand (MW)"):
    """A wave that ends at a known moment."""
    times = (
        np.arange(lookback)
        if step is None
        else np.datetime64("2024-01-01", "us") + np.arange(lookback) * np.timedelta64(1, step)
    )
    return SeenWindow("vic", series, target, "2024-01-05", times, np.sin(np.arange(lookback) / 3))


def way(kind, patches, units, seed=0):
    """Every gate and state of one direction, each (P, U)."""
    draws, width = np.random.default_rng(seed), COUNTS[kind] * units
    weights = gates.Weights(
        draws.normal(size=(1, width)), draws.normal(size=(units, width)) / 4, draws.normal(size=width)
    )
    inputs = draws.normal(size=(1, patches, 1))
    return {name: values[0] for name, values in vars(getattr(gates, kind)(inputs, weights)).items()}


def memory_of(kind="lstm", lookback=48, units=8, *, ways=1, segment=None, **keywords):
    """One layer over one window, its forecast moved by every nudge alike."""
    patches = lookback if segment is None else -(-lookback // segment)
    seen = tuple(way(kind, patches, units, seed) for seed in range(ways))
    lives = tuple(gates.half_life(each[KEEPS[kind]][None]) if kind in KEEPS else None for each in seen)
    name = f"layer0_{'bi' if ways > 1 else ''}{kind}"
    return Memory(window(lookback, **keywords), name, seen, lives, segment, reach=np.ones(lookback))


def attention_of(rows="head", count=2, lookback=48, *, segment=None, **keywords):
    """Weights at random that sum to 1."""
    patches = lookback if segment is None else -(-lookback // segment)
    weights = np.random.default_rng(0).random((count, patches))
    weights /= weights.sum(axis=1, keepdims=True)
    return Attention(window(lookback, **keywords), "layer1_attention", weights, rows, segment)


def importance_of(repeats=5, **growth):
    """An importance of inputs by name, each a known covariate: their growth and its spread."""
    inputs = tuple(Shuffled(name, "known", *values) for name, values in growth.items())
    return Importance("vic", "demand (MW)", 213.4, 20, repeats, inputs)
