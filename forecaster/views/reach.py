"""How far back the forecast looks: what a nudge of each past step changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.views.style import GREY, LOOKS, empty, explain, name_values, plain, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecaster.series import Floats
    from forecaster.views.inside import Memory

MOST = 0.9  # of all change: the steps that hold it are counted
TITLE = "How far back the memory reaches"


def draw_reach(axes: Axes, inside: Memory) -> None:
    """Draw the change of the forecast by the step that is nudged, the newest step at the right as in the window."""
    if inside.reach is None or not np.nansum(inside.reach) > 0:
        why = "It was not measured." if inside.reach is None else "No step of the past changes the forecast."
        empty(axes, TITLE, why)
        return
    count, back = len(inside.reach), steps_back(inside.reach)
    edges = np.arange(count, -1, -1) + 0.5
    axes.stairs(inside.reach, edges, fill=True, color=LOOKS["model"].colour, linewidth=0)
    label = f"{100 * MOST:.0f} % of the change: {'newest step' if back == 1 else f'newest {back} steps'}"
    axes.axvline(back + 0.5, color=GREY, linestyle=(0, (4, 1.5)), linewidth=1.1, label=label)
    whole_numbers(axes)
    axes.set_xlim(count + 0.5, 0.5)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("nudged step, counted back from the cutoff")
    name_values(axes, f"change of the forecast\n{plain(inside.window.target)}")
    explain(axes, TITLE)


def steps_back(reach: Floats) -> int:
    """How many of the newest steps hold 90 % of all change.

    >>> steps_back(np.array([0.0, 1.0, 0.0, 9.0]))
    1
    """
    shares = np.cumsum(np.nan_to_num(reach)[::-1])
    return int(np.searchsorted(shares, MOST * shares[-1] * (1 - 1e-12))) + 1
