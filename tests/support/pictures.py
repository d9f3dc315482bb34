"""Pictures that several tests look at."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text

from forecaster.views.picture import JudgedFolds, LossCurves, NewestForecast, Picture

LOSSES = LossCurves(np.arange(1, 6), np.array([5.0, 4.0, 3.0, 2.0, 1.0]), np.array([6.0, 4.0, 3.5, 3.6, 3.7]), best=3)


def days(start, count):
    return np.busday_offset(start, np.arange(count), roll="forward").astype("datetime64[us]")


def judged(times, values, *, horizon, stride, count, model=None):
    """Folds that end at the newest value; the network forecasts perfectly unless `model(values, cutoffs)` says else."""
    cutoffs = len(values) - horizon - 1 - stride * np.arange(count)[::-1]
    steps = cutoffs[:, None] + 1 + np.arange(horizon)
    naive = np.repeat(values[cutoffs][:, None], horizon, axis=1)
    forecast = values[steps] if model is None else model(values, cutoffs)
    return JudgedFolds(cutoffs, times[steps], values[steps], forecast, naive, forecast - 1, forecast + 1)


def prices(*, horizon=14, count=8, status=(), intervals=(0.8, 0.95)):
    """A price that rises by one a business day, 300 days of it."""
    times, values = days("2024-01-01", 300), np.arange(300.0)
    middle = 299 + np.arange(1.0, horizon + 1)
    wide = np.asarray(intervals)[None, :] * 10
    forecast = NewestForecast(
        times=days("2025-02-24", horizon),
        values=middle,
        intervals=intervals,
        lower=middle[:, None] - wide,
        upper=middle[:, None] + wide,
        status=status,
    )
    errors = {"model": np.full(horizon, 1.0), "naive": np.arange(1.0, horizon + 1), "drift": np.full(horizon, 2.0)}
    return Picture(
        title="prices",
        series="",
        of=1,
        target="price ($)",
        verdict="no better than repeating the last value",
        times=times,
        values=values,
        forecast=forecast,
        folds=judged(times, values, horizon=horizon, stride=horizon, count=count),
        errors=errors,
        losses=LOSSES,
    )


def sine(*, model=None, count=200):
    """1,000 integer steps of a wave, one step ahead."""
    times, values = np.arange(1000), np.sin(np.linspace(0, 100, 1000))
    return Picture(
        title="sine",
        series="",
        of=1,
        target="value",
        verdict="better",
        times=times,
        values=values,
        folds=judged(times, values, horizon=1, stride=1, count=count, model=model),
        errors={"model": np.array([0.004]), "naive": np.array([0.064])},
        losses=LOSSES,
    )


def seen(figure):
    """Every text that is seen: labels of ticks beyond an axis' ends exist, but are not drawn."""
    both = [axis for axes in figure.findobj(Axes) if axes.axison for axis in (axes.xaxis, axes.yaxis)]
    ticks = [tick.label1 for axis in both for tick in axis._update_ticks()]
    hidden = {id(text) for axis in both for tick in [*axis.majorTicks, *axis.minorTicks] for text in tick.findobj(Text)}
    others = [text for text in figure.findobj(Text) if id(text) not in hidden]
    return [text for text in [*ticks, *others] if text.get_visible() and text.get_text().strip()]


def clashes(figure):
    """The pairs of texts that lie on each other."""
    renderer = figure.canvas.get_renderer()
    texts = seen(figure)
    boxes = [text.get_window_extent(renderer).padded(-1) for text in texts]
    pairs = [(i, j) for i in range(len(boxes)) for j in range(i) if boxes[i].overlaps(boxes[j])]
    return [(texts[i].get_text(), texts[j].get_text()) for i, j in pairs]


def beyond(figure):
    """The texts that the edge of the picture cuts."""
    renderer, edge = figure.canvas.get_renderer(), figure.bbox.padded(1)
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in seen(figure)]
    return [name for name, box in boxes if not (edge.contains(box.x0, box.y0) and edge.contains(box.x1, box.y1))]
