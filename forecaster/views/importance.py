"""How much the forecast rests on each of its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Patch

from forecaster.views.sheets import house_style, settled, sheet, wrapped
from forecaster.views.style import GREY, INK, Numbers, empty, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from forecaster.series import Floats
    from forecaster.views.inside import Importance, Shuffled

BARS = 40  # that are shown: those that matter most, either way
LEAST = 3  # bars there is room for, however few there are
BAR, AROUND = 0.3, 2.1  # inches

# Okabe and Ito's palette (2008), and a hatch beside each colour.
KINDS = {
    "lags": ("lags of the target", "#0072B2", ""),
    "past": ("past covariate", "#E69F00", "///"),
    "known": ("known covariate", "#009E73", "..."),
    "calendar": ("calendar", "#56B4E9", "xxx"),
    "static": ("static covariate", "#CC79A7", "\\\\\\"),
    "series": ("which series it is", "#D55E00", "++"),
}


def importance(picture: Importance) -> Figure:
    """Draw a bar for each input, the largest on top: how much the error grows where its values are shuffled.

    Whiskers are one standard deviation over the repeats, either way. Bars left of zero are drawn as they are: without
    that input, the network would have done better there.

    Args:
        picture: What is shown.

    Returns:
        A figure that belongs to no window and to no global state.
    """
    shown = _shown(picture.inputs)
    with house_style():
        figure = sheet(AROUND + BAR * max(len(shown), LEAST), plain(picture.run))
        (body,) = figure.subfigures(1, 1, squeeze=False)[0]
        body.suptitle(wrapped(_about(picture, len(shown))), x=0.012, ha="left", fontsize=11)
        axes = body.subplots()
        if shown:
            _draw_bars(axes, shown)
            _explain(axes, shown, picture.repeats)
        else:
            empty(axes, "", "No input was shuffled.")
        return settled(figure)


def _about(picture: Importance, count: int) -> str:
    folds = f"{picture.folds} fold{'s' if picture.folds != 1 else ''}"
    all_of = len(picture.inputs)
    which = "" if count == all_of else f"; {count} of {all_of} shown"
    return (
        f"growth of the mean |error| of {plain(picture.target)}, {picture.error:.3g} over {folds}, where one input is "
        f"shuffled{which}"
    )


def _shown(inputs: Sequence[Shuffled]) -> list[Shuffled]:
    """Those that matter most, by their mean from the largest down."""
    measured = [each for each in inputs if np.isfinite(each.growth)]
    most = sorted(measured, key=lambda each: -abs(each.growth))[:BARS]
    return sorted(most, key=lambda each: -each.growth)


def _draw_bars(axes: Axes, shown: Sequence[Shuffled]) -> None:
    means = np.array([each.growth for each in shown])
    ends = np.array([(each.growth - each.spread, each.growth + each.spread) for each in shown])
    looks = [_look(each.kind) for each in shown]
    places = np.arange(len(shown))
    axes.barh(
        places, means, height=0.68, color=[colour for _, colour, _ in looks], hatch=[hatch for _, _, hatch in looks],
        edgecolor="white", linewidth=0,
    )  # fmt: skip
    axes.hlines(places, *ends.T, color=INK, linewidth=1.1)
    axes.axvline(0, color=INK, linewidth=0.9)
    for place, mean, (least, most) in zip(places, means, ends, strict=True):
        _write(axes, float(place), mean, least if mean < 0 else most)
    axes.set_yticks(places, [plain(each.name) for each in shown])
    axes.set_ylim(max(len(shown), LEAST) - 0.4, -0.6)
    _name_growth(axes, ends)


def _look(kind: str) -> tuple[str, str, str]:
    return KINDS.get(kind, (plain(kind), GREY, ""))


def _write(axes: Axes, place: float, mean: float, end: float) -> None:
    """The mean as a number, beyond the end of its whisker."""
    side = -1 if mean < 0 else 1
    axes.annotate(
        _per_cent(mean), (end, place), (5 * side, 0), textcoords="offset points",
        ha="left" if side > 0 else "right", va="center", fontsize=9,
    )  # fmt: skip


def _per_cent(mean: float) -> str:
    text = f"{mean:+,.0f}" if abs(mean) >= 100 else f"{round(mean, 2) + 0.0:+.2g}"  # noqa: PLR2004  (per cent)
    return text.replace("-", "\N{MINUS SIGN}") + " %"


def _name_growth(axes: Axes, ends: Floats) -> None:
    """Room for the numbers on both sides, and zero always in sight."""
    least, most = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    room = 0.14 * (most - least or 1.0)
    axes.set_xlim(least - (room if least < 0 else 0), most + (room if most > 0 or least == 0 else 0))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    axes.xaxis.set_major_formatter(Numbers())
    axes.set_xlabel("growth of the error, %; left of zero it falls")


def _explain(axes: Axes, shown: Sequence[Shuffled], repeats: int) -> None:
    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0, label=label)
        for label, colour, hatch in dict.fromkeys(_look(each.kind) for each in shown)
    ]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.3, handlelength=1.9)
    if repeats > 1:
        axes.set_title(f"Whiskers: one deviation over {repeats} repeats", loc="right", fontsize=9, weight="normal")
