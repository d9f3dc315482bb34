"""Everything that the pictures of a network's inside show, as plain arrays.

P counts recurrent steps, which are steps of the lookback, or segments of it; U units; A rows of weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.series import Floats, Times


@dataclass(frozen=True, eq=False)
class SeenWindow:
    """The lookback of one window: what the network saw.

    Attributes:
        run: The run's name.
        series: The id of the series; empty where the table has only one without a name.
        target: The column that is forecast, with its unit where the name has one.
        cutoff: The moment of the newest step, as a reader should see it.
        times: (L,) the moments, as they should stand on the axis, oldest first.
        values: (L,) NaN where there is no value.
    """

    run: str
    series: str
    target: str
    cutoff: str
    times: Times
    values: Floats


@dataclass(frozen=True, eq=False)
class Memory:
    """What one recurrent layer does over one window.

    Attributes:
        window: What the network saw.
        layer: The layer's name and what it is, such as `layer0_lstm`.
        ways: What the layer that reads forwards does, and for a bi-layer the one that reads backwards: each maps the
            names of the gates and states (`forget`, `input`, `output`, `update`, `reset`, `candidate`, `cell`,
            `hidden`), in the order in which they are drawn, to (P, U), the oldest step first.
        half_lives: (U,) of each direction, in steps of the clock, infinite where nothing is ever forgotten; None where
            no gate keeps anything, as in `simple_rnn`. As many as `ways`.
        segment: Steps of the clock in one recurrent step; None: 1. The oldest segment may be part padding.
        dilation: Recurrent steps between a state and the one it follows from.
        reach: (L,) how much the forecast changes, in the target's units, where each past step is nudged by one mean
            |step|, oldest first; NaN where a step has no value; None where it was not measured.
    """

    window: SeenWindow
    layer: str
    ways: tuple[Mapping[str, Floats], ...]
    half_lives: tuple[Floats | None, ...]
    segment: int | None = None
    dilation: int = 1
    reach: Floats | None = None


@dataclass(frozen=True, eq=False)
class Attention:
    """Where one window's weights of attention lie.

    Attributes:
        window: What the network saw.
        layer: What attends, such as `layer1_attention` or `decoder`.
        weights: (A, P) the oldest step first; each row sums to 1.
        rows: What a row is: a `head` of an attention layer, or a `step ahead` of a decoder that attends.
        segment: As of `Memory`.
    """

    window: SeenWindow
    layer: str
    weights: Floats
    rows: Literal["head", "step ahead"]
    segment: int | None = None


@dataclass(frozen=True, eq=False)
class Shuffled:
    """One input of the network, and what became of the error once its values were shuffled.

    Attributes:
        name: The covariate, or the block of lags, such as `lags 1 to 24`.
        kind: `lags`, `past`, `known`, `calendar`, `static` or `series`.
        growth: How much the error grew, in per cent of the backtest's, in the mean over the repeats; below 0 it fell.
        spread: The standard deviation of the growth over the repeats, in the same unit.
    """

    name: str
    kind: str
    growth: float
    spread: float


@dataclass(frozen=True, eq=False)
class Importance:
    """How much the forecast rests on each of its inputs.

    Attributes:
        run: The run's name.
        target: The column that is forecast, with its unit where the name has one.
        error: The mean absolute error of the backtest, with every input as it was.
        folds: How many folds it is a mean over.
        repeats: How often each input was shuffled.
        inputs: In any order.
    """

    run: str
    target: str
    error: float
    folds: int
    repeats: int
    inputs: tuple[Shuffled, ...]
