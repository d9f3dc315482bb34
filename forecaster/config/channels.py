"""The inputs of a network besides the target, as the training part of a table has shown them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """One covariate.

    Attributes:
        name: Its column, or the calendar's name for it.
        center: Of a numeric one: what is subtracted.
        spread: Of a numeric one: what the difference is divided by; above 0.
        categories: Of a categorical one: its values, in the order of their codes; a value that is not among them, or
            missing, has the code `len(categories)`.
        embed: Of a categorical one: how many learned numbers stand for each value.
    """

    name: str
    center: float = 0.0
    spread: float = 1.0
    categories: tuple[str, ...] = ()
    embed: int = 0

    @property
    def width(self) -> int:
        """How many numbers the network reads for it at each step."""
        return self.embed or 1


@dataclass(frozen=True)
class Channels:
    """Everything a network is told besides the target.

    Attributes:
        past: (Cp,) seen up to the cutoff.
        known: (Ck,) known ahead, the calendar's features among them, at the end.
        static: (Cs,) one value a series.
        series: The ids that learned numbers belong to, in the order of their codes; a series never seen has the code
            `len(series)`. Empty where nothing is learned for each series.
    """

    past: tuple[Channel, ...] = ()
    known: tuple[Channel, ...] = ()
    static: tuple[Channel, ...] = ()
    series: tuple[str, ...] = ()


NOTHING = Channels()
