"""The sizes that the layers of a network and its inputs follow from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from forecaster.config.channels import NOTHING, Channels
from forecaster.config.layers import RECURRENT, kind_of, options_of

if TYPE_CHECKING:
    from forecaster.config.layers import Layer
    from forecaster.config.model import ModelConfig


class Sized(Protocol):
    """Anything with the two sizes of a window."""

    @property
    def lookback(self) -> int:
        """L, the steps of the past that one forecast may see."""

    @property
    def horizon(self) -> int:
        """H, the steps to forecast."""


@dataclass(frozen=True)
class Shapes:
    """What a network needs to know besides its config.

    Attributes:
        lookback: L.
        horizon: H.
        levels: (Q,) rising, the median among them.
        segment: Steps in one patch; None: step by step.
        seasons: Steps in each cycle of the seasonal naive skip; none: no such skip.
        season: Steps in one cycle of the smoothing skip; 1: it has a level alone; None: no such skip.
        every: Steps between the values that the linear skip makes a step of; 1: all; None: no such skip.
        channels: What it is told besides the target.
        masked: Whether it is told which values are missing.
        noise: What the numbers of the input `noise` are for, and how many of each, in their order: `latent`, `steps`
            (H of them, for the steps that are drawn), and a layer's name for what its dropout keeps.
    """

    lookback: int
    horizon: int
    levels: tuple[float, ...]
    segment: int | None = None
    seasons: tuple[int, ...] = ()
    season: int | None = None
    every: int | None = None
    channels: Channels = NOTHING
    masked: bool = False
    noise: tuple[tuple[str, int], ...] = ()

    @property
    def patches(self) -> int:
        """P, recurrent steps: the lookback, in segments where there are any; the oldest may be part padding."""
        return self.lookback if self.segment is None else -(-self.lookback // self.segment)

    @property
    def padding(self) -> int:
        """Zeros left of the oldest step that fill up the first segment."""
        return 0 if self.segment is None else self.patches * self.segment - self.lookback

    @property
    def median(self) -> int:
        """The place of level 0.5 among the levels."""
        return self.levels.index(0.5)

    @property
    def draws(self) -> bool:
        """Whether the network can draw paths of the future by itself."""
        return bool(self.noise)

    @property
    def inputs(self) -> dict[str, tuple[int, ...]]:
        """The inputs of the prediction graph by name, each with its shape but for N; all float32."""
        channels = self.channels
        wide = {
            "window": (self.lookback,),
            "floor": (1,),
            "present": (self.lookback,) if self.masked else (),
            "past": (self.lookback, len(channels.past)) if channels.past else (),
            "known": (self.lookback + self.horizon, len(channels.known)) if channels.known else (),
            "static": (len(channels.static),) if channels.static else (),
            "series": (1,) if channels.series else (),
            "noise": (sum(width for _, width in self.noise),) if self.noise else (),
        }
        return {name: shape for name, shape in wide.items() if shape}


def layer_name(index: int, layer: Layer) -> str:
    """The name of a layer of the config, which keys its weights too: `layer0_lstm`."""
    return f"layer{index}_{kind_of(layer)}"


def last_recurrent(model: ModelConfig) -> int:
    """The place of the layer whose final state goes on as the summary of the window."""
    return max(index for index, layer in enumerate(model.layers) if kind_of(layer) in RECURRENT)


def patch_units(model: ModelConfig) -> int:
    """Units of the dense layer that reads one segment: those of the first recurrent layer."""
    first = next(layer for layer in model.layers if kind_of(layer) in RECURRENT)
    return int(options_of(first).units)
