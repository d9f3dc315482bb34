"""Error by step ahead, and the losses of the training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.views.style import GREY, LOOKS, Numbers, empty, explain, look_of, name_values, plain, whole_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from forecaster.series import Floats
    from forecaster.views.picture import LossCurves

FEW = 30  # points that are drawn with a marker each
STEEP = 20  # times the smallest loss: from here on a logarithmic axis shows more


def draw_errors(axes: Axes, errors: Mapping[str, Floats], target: str, *, of: int = 1) -> None:
    """Draw the mean absolute error by step ahead over `of` series: a line each, or bars where there is one step."""
    over = f", over {of} series" if of > 1 else ""
    known = {name: error for name, error in errors.items() if np.isfinite(error).any()}
    if not known:
        empty(axes, "Error by step ahead", "No fold was scored.")
        return
    if all(len(error) == 1 for error in known.values()):
        _draw_bars(axes, {name: float(error[0]) for name, error in known.items()}, target, over)
        return
    for name, error in known.items():
        look = look_of(name)
        every = max(1, len(error) // FEW)
        axes.plot(
            np.arange(1, len(error) + 1), error, label=look.label, color=look.colour, linestyle=look.line,
            marker=look.marker, markersize=3.5, markevery=every,
        )  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_xlabel("steps ahead")
    name_values(axes, f"mean |error|\n{plain(target)}")
    whole_numbers(axes)
    explain(axes, f"Error by step ahead{over}")


def _draw_bars(axes: Axes, errors: Mapping[str, float], target: str, over: str) -> None:
    looks = [look_of(name) for name in errors]
    bars = axes.barh(
        range(len(errors)), list(errors.values()), height=0.65, linewidth=0,
        color=[look.colour for look in looks], edgecolor="white", hatch=[look.hatch for look in looks],
    )  # fmt: skip
    axes.bar_label(bars, [f"{error:.3g}" for error in errors.values()], padding=4)
    axes.set_yticks(range(len(errors)), [look.label for look in looks])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.margins(x=0.18)
    axes.set_xlabel(f"mean |error|, {plain(target)}")
    axes.xaxis.set_major_formatter(Numbers())
    explain(axes, f"Error one step ahead{over}")


def draw_losses(axes: Axes, losses: LossCurves | None) -> None:
    """Draw the training and the validation loss, and mark the epoch whose weights were kept."""
    if losses is None or len(losses.epochs) == 0:
        empty(axes, "Loss", "No losses were kept.")
        return
    judged = losses.training if losses.validation is None else losses.validation
    marker = "." if len(losses.epochs) <= FEW else ""
    axes.plot(losses.epochs, losses.training, color=GREY, linestyle=(0, (4, 1.5)), marker=marker, label="training")
    if losses.validation is not None:
        colour = LOOKS["model"].colour
        axes.plot(losses.epochs, losses.validation, color=colour, marker=marker, label="validation")
    _mark_best(axes, losses, judged)
    shown = np.concatenate([losses.training, judged])
    if np.nanmin(shown) > 0 and np.nanmax(shown) > STEEP * np.nanmin(shown):
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss, scaled units")
    whole_numbers(axes)
    explain(axes, "Loss")


def _mark_best(axes: Axes, losses: LossCurves, judged: Floats) -> None:
    at = np.flatnonzero(losses.epochs == losses.best)
    axes.axvline(losses.best, color=GREY, linewidth=0.8, zorder=1)
    axes.plot(
        losses.epochs[at], judged[at], linestyle="none", marker="*", markersize=13, color="#E69F00",
        markeredgecolor="black", markeredgewidth=0.7, label=f"best: epoch {losses.best}",
    )  # fmt: skip
