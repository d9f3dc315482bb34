"""Panels on integer steps, or minutes, with covariates or without, for every test of this folder."""

from dataclasses import replace

import numpy as np
import pytest

from forecaster.series.clock import Clock
from forecaster.series.covariates import Covariates
from forecaster.series.panel import Panel


@pytest.fixture(scope="session")
def panel_of():
    """A function: the series, oldest value first, and the step at which each begins."""

    def make(*series, starts=None, season=1, minutes=None):
        lengths = np.array([len(values) for values in series], dtype=np.int64)
        begins = np.zeros(len(series), dtype=np.int64) if starts is None else np.array(starts, dtype=np.int64)
        steps = np.arange((begins + lengths).max(), dtype=np.int64)
        if minutes is not None:
            steps = np.datetime64("2024-01-01", "us") + steps * np.timedelta64(minutes, "m")
        return Panel(
            values=np.concatenate([np.asarray(values, dtype=np.float64) for values in series]),
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            starts=begins,
            ids=tuple(f"s{index}" for index in range(len(series))),
            times=steps,
            clock=Clock(kind="step", every=1) if minutes is None else Clock(kind="fixed", every=minutes * 60_000_000),
            season=season,
        )

    return make


@pytest.fixture(scope="session")
def beside():
    """A function: a panel with covariates, given by their names and, for each series, their values."""

    def make(panel, *, past=None, known=None, static=None, **options):
        past, known, static = past or {}, known or {}, static or {}
        sizes = panel.lengths if not known else np.array([len(part) for part in next(iter(known.values()))])
        return replace(
            panel,
            covariates=Covariates(
                past=table(past, panel.values.size),
                known=table(known, int(sizes.sum())),
                offsets=np.concatenate([[0], np.cumsum(sizes)]),
                static=np.array(list(static.values()), dtype=float).T.reshape(len(panel), len(static)),
                past_names=tuple(past),
                known_names=tuple(known),
                static_names=tuple(static),
                **{"settled": panel.lengths} | options,
            ),
        )

    def table(columns, rows):
        found = [np.concatenate([np.asarray(part, dtype=float) for part in parts]) for parts in columns.values()]
        return np.array(found).T.reshape(rows, len(columns))

    return make
