"""The newest past of one series, and its newest forecast with the intervals as a fan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.views.style import LOOKS, explain, name_steps, name_values, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecaster.series import Ints
    from forecaster.views.picture import NewestForecast, Picture

HORIZONS = 10  # of history are shown
LEAST = 120  # steps of history, however short the horizon
FEW = 40  # steps that are drawn with a marker each


def draw_history(axes: Axes, picture: Picture) -> None:
    """Draw the last ten horizons (at least 120 steps) of `picture`, then its newest forecast."""
    horizon = 0 if picture.forecast is None else len(picture.forecast.values)
    newest = slice(-max(HORIZONS * horizon, LEAST), None)
    times, values = picture.times[newest], picture.values[newest]
    look = LOOKS["actual"]
    marker = look.marker if len(values) <= FEW else ""
    axes.plot(times, values, color=look.colour, marker=marker, linewidth=1.3, label=look.label)
    name_values(axes, plain(picture.target))
    axes.margins(x=0.01)
    name_steps(axes, times)
    if picture.forecast is not None:
        _draw_forecast(axes, picture.forecast)
        name_steps(axes, times, picture.forecast.times)
    explain(axes, "History" if picture.forecast is None else "History and newest forecast", ("actual", "forecast"))


def _draw_forecast(axes: Axes, forecast: NewestForecast) -> None:
    look = LOOKS["model"]
    marker = look.marker if len(forecast.values) <= FEW else ""
    _draw_intervals(axes, forecast)
    for word, steps in _stretches(forecast):
        label = "forecast" if word == "ok" else f"forecast ({plain(word)})"
        face = look.colour if word == "ok" else "white"
        axes.plot(
            forecast.times[steps], forecast.values[steps],
            color=look.colour, marker=marker, markersize=3, markerfacecolor=face,
            linestyle=look.line if word == "ok" else (0, (2, 1)), label=label,
        )  # fmt: skip


def _draw_intervals(axes: Axes, forecast: NewestForecast) -> None:
    """The widest first and palest, so that the narrower ones lie on it."""
    widest_first = sorted(range(len(forecast.intervals)), key=lambda i: -forecast.intervals[i])
    for rank, i in enumerate(widest_first):
        share, lower, upper = forecast.intervals[i], forecast.lower[:, i], forecast.upper[:, i]
        shade = ("#cfe3f1", "#96c3e2", "#6aa9d4")[min(rank, 2)]
        if len(forecast.values) == 1:
            axes.vlines(forecast.times, lower, upper, color=shade, linewidth=3 + 3 * rank)
        else:
            axes.fill_between(forecast.times, lower, upper, color=shade, linewidth=0)
        axes.collections[-1].set_label(f"{100 * share:.4g} % interval")


def _stretches(forecast: NewestForecast) -> list[tuple[str, Ints]]:
    """The steps of each status, in order; a stretch begins at the last step of the one before, so the line holds."""
    words = forecast.status or ("ok",) * len(forecast.values)
    stretches: list[tuple[str, Ints]] = []
    for word in dict.fromkeys(words):
        steps = np.flatnonzero(np.asarray(words) == word)
        joined = steps if not stretches else np.concatenate([[steps[0] - 1], steps])
        stretches.append((word, joined))
    return stretches
