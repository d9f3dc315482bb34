"""What enters and leaves a graph: the names and sizes that its shapes ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from forecaster.config.channels import Channels

if TYPE_CHECKING:
    from collections.abc import Mapping

Sizes = tuple[int | None, ...]
_OPEN = ("attention", "sequence")  # outputs that a graph may have, of three axes
_AXES = 3


class Shapes(Protocol):
    """What a graph takes and gives; a graph of an earlier version has no more than these three.

    What may stand beside them: `channels`, the covariates and series (none); `masked`, whether it reads which values
    are missing (no); `members`, M, the networks in it (1); `noise`, K, the random numbers of a path (0: it draws
    none), or how many are for what; `apart`, the place among them of the H that stand for the steps, where what is
    drawn at one step is not fed back into the next (None); `theta`, the share of the Theta method in what is said of a
    panel (0).
    """

    @property
    def lookback(self) -> int:
        """L."""

    @property
    def horizon(self) -> int:
        """H."""

    @property
    def levels(self) -> tuple[float, ...]:
        """(Q,) rising, the median 0.5 among them."""


@dataclass(frozen=True)
class Ports:
    """The inputs and outputs of a graph by name, each with its shape but for N.

    Attributes:
        inputs: All of them, float32.
        outputs: Those that must be there; `attention` and `sequence` may be too.
    """

    inputs: dict[str, tuple[int, ...]]
    outputs: dict[str, tuple[int, ...]]

    def agree(self, inputs: Mapping[str, Sizes], outputs: Mapping[str, Sizes]) -> bool:
        """Whether a graph has these ports, as far as it says; sizes that it leaves open are None."""
        more = {name: shape for name, shape in outputs.items() if name not in self.outputs}
        return (
            inputs.keys() == self.inputs.keys()
            and all(_alike(inputs[name], shape) for name, shape in self.inputs.items())
            and self.outputs.keys() <= outputs.keys()
            and all(_alike(outputs[name], shape) for name, shape in self.outputs.items())
            and all(name in _OPEN and len(shape) == _AXES - 1 for name, shape in more.items())
        )

    def fits(self, name: str, shape: tuple[int, ...], count: int) -> bool:
        """Whether an output of a graph has the shape that it should have for N = count."""
        if name in self.outputs:
            return shape == (count, *self.outputs[name])
        return len(shape) == _AXES and shape[0] == count


def ports_of(shapes: Shapes) -> Ports:
    """The ports of the graph with these shapes."""
    channels, noise = channels_of(shapes), noise_of(shapes)
    known = shapes.lookback + shapes.horizon
    inputs: dict[str, tuple[int, ...]] = {
        "window": (shapes.lookback,),
        "floor": (1,),
        "present": (shapes.lookback,) if getattr(shapes, "masked", False) else (),
        "past": (shapes.lookback, len(channels.past)) if channels.past else (),
        "known": (known, len(channels.known)) if channels.known else (),
        "static": (len(channels.static),) if channels.static else (),
        "series": (1,) if channels.series else (),
        "noise": (noise,) if noise else (),
    }
    outputs: dict[str, tuple[int, ...]] = {"forecast": (shapes.horizon, len(shapes.levels))}
    if noise:
        outputs["path"] = (shapes.horizon, members_of(shapes))
    return Ports({name: shape for name, shape in inputs.items() if shape}, outputs)


def channels_of(shapes: Shapes) -> Channels:
    """What the network is told besides the target."""
    found: Channels = getattr(shapes, "channels", Channels())
    return found


def noise_of(shapes: Shapes) -> int:
    """K, the random numbers of one path."""
    noise: int | tuple[tuple[str, int], ...] = getattr(shapes, "noise", 0)
    return noise if isinstance(noise, int) else sum(width for _, width in noise)


def members_of(shapes: Shapes) -> int:
    """M, the networks of an ensemble."""
    return int(getattr(shapes, "members", 1))


def _alike(received: Sizes, expected: tuple[int, ...]) -> bool:
    sizes = zip(received, expected, strict=False)
    return len(received) == len(expected) and all(got is None or got == size for got, size in sizes)
