"""What every output of a network can be asked for, and the two that are levels themselves: a point, and quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar

from forecaster.models.backend import ops
from forecaster.models.scaling import plus

if TYPE_CHECKING:
    from forecaster.models.scaling import Scaling

_FAR = 1e6  # further out than any normal number


@dataclass(frozen=True)
class Output:
    """What the numbers of the head mean. `parameters`, and the target beside them, are in the units of the loss.

    Attributes:
        levels: (Q,) rising, the median among them: those of `quantiles`.
    """

    levels: tuple[float, ...]
    counts: ClassVar[bool] = False
    """Whether the units of the loss are the window's own, because only whole numbers have this distribution."""

    @property
    def width(self) -> int:
        """How many numbers the head puts out for a step."""
        raise NotImplementedError

    @property
    def median(self) -> int:
        """The place of level 0.5 among the levels."""
        return self.levels.index(0.5)

    @property
    def scores(self) -> tuple[float, ...]:
        """(Q,) the standard normal quantiles of the levels."""
        return tuple(NormalDist().inv_cdf(level) for level in self.levels)

    def parameters(self, raw: Any, base: Any, scaling: Scaling) -> Any:
        """(N, H, W) what the loss is taken of, each in its range, from any finite numbers.

        Args:
            raw: (N, H, width) what the head put out.
            base: (N, H, 1) what the skip says, as the network reads it; None: nothing.
            scaling: Of the window.
        """
        raise NotImplementedError

    def quantiles(self, parameters: Any) -> Any:
        """(N, H, Q) never falling along the levels, in the units of the loss, from (N, H, W)."""
        raise NotImplementedError

    def draw(self, parameters: Any, normals: Any) -> Any:
        """(N, H) the values whose probability is that of standard normal numbers (N, H): of 0 the median."""
        raise NotImplementedError

    def middle(self, parameters: Any) -> Any:
        """(N, H) the median: what 0 draws, without the cost of drawing."""
        return parameters[..., 0]

    def judged(self, target: Any, scaling: Scaling) -> Any:
        """(N, any) from the window's units to those of the loss."""
        return target if self.counts else scaling.judged(target)

    def unscaled(self, values: Any, scaling: Scaling) -> Any:
        """(N, H, any) from the units of the loss to the window's."""
        return values if self.counts else scaling.unscaled(values)

    def read(self, values: Any, scaling: Scaling) -> Any:
        """(N, any) from the units of the loss to what the network reads, for what is fed back."""
        return scaling.scaled(values) if self.counts else scaling.read(values)


class Point(Output):
    """One number a step, the median; it has no spread to draw from."""

    width = 1

    def parameters(self, raw: Any, base: Any, scaling: Scaling) -> Any:
        """(N, H, 1) the number itself."""
        return scaling.said(moved(raw, base))

    def quantiles(self, parameters: Any) -> Any:
        """(N, H, 1) the number itself."""
        return parameters

    def draw(self, parameters: Any, normals: Any) -> Any:
        """(N, H) the number itself, whatever `normals` are."""
        del normals
        return self.middle(parameters)


class Quantiles(Output):
    """The levels themselves."""

    @property
    def width(self) -> int:
        """Q."""
        return len(self.levels)

    def parameters(self, raw: Any, base: Any, scaling: Scaling) -> Any:
        """(N, H, Q) rising."""
        return scaling.said(moved(levels_apart(raw, self.median), base))

    def quantiles(self, parameters: Any) -> Any:
        """(N, H, Q) the levels themselves."""
        return parameters

    def draw(self, parameters: Any, normals: Any) -> Any:
        """(N, H) on the line through the levels over their normal scores, which goes on straight beyond them."""
        scores, last = self.scores, len(self.levels) - 2
        value = self.middle(parameters)
        for place, (low, high) in enumerate(pairwise(scores)):
            least, most = low if place else -_FAR, high if place < last else _FAR
            slope = (parameters[..., place + 1] - parameters[..., place]) / (high - low)
            value = value + slope * (ops.clip(normals, least, most) - min(max(0.0, least), most))
        return value

    def middle(self, parameters: Any) -> Any:
        """(N, H) the level 0.5."""
        return parameters[..., self.median]


def moved(values: Any, base: Any) -> Any:
    """(N, H, any) moved by what the skip says (N, H, 1), where there is one."""
    return values if base is None else plus(values, base)


def levels_apart(raw: Any, median: int) -> Any:
    """Levels that rise: the median is free, every other one lies a positive increment further out.

    Args:
        raw: (N, H, Q) any numbers.
        median: The place of level 0.5 among the Q.

    Returns:
        (N, H, Q) that never falls along its last axis.
    """
    middle, above = raw[..., median : median + 1], raw[..., median + 1 :]
    parts = [middle]
    if median:
        below = ops.cumsum(ops.softplus(ops.flip(raw[..., :median], axis=-1)), axis=-1)
        parts.insert(0, middle - ops.flip(below, axis=-1))
    if above.shape[-1]:
        parts.append(middle + ops.cumsum(ops.softplus(above), axis=-1))
    return ops.concatenate(parts, axis=-1) if len(parts) > 1 else middle
