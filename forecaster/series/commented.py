"""Decisions as YAML: only what differs from the defaults, each with its reason as a comment."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from forecaster.config.writing import flow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_REASONS_BEGIN = 30  # the character at which reasons stand, where the line is shorter


@dataclass(frozen=True)
class Decision:
    """One key of the config: `window.lookback`, its value, and why; no reason where there was no choice."""

    key: str
    value: Any
    why: str

    @property
    def section(self) -> str:
        """The outermost key."""
        return self.key.partition(".")[0]


def commented(decisions: Sequence[Decision]) -> str:
    """The YAML of some decisions, which reads back as they stand.

    Args:
        decisions: Those of one section next to each other.
    """
    return "".join(f"{line}\n" for section, group in groupby(decisions, _section) for line in _lines(section, [*group]))


def _section(decision: Decision) -> str:
    return decision.section


def _lines(section: str, decisions: Sequence[Decision]) -> Iterator[str]:
    if "." not in decisions[0].key:
        for decision in decisions:
            yield _reasoned(f"{section}: {flow(decision.value)}", decision.why)
        return
    yield f"{section}:"
    for decision in decisions:
        key = decision.key.partition(".")[2]
        if key == "layers":
            yield _reasoned("  layers:", decision.why)
            yield from (f"    - {flow(layer)[1:-1]}" for layer in decision.value)
        else:
            yield _reasoned(f"  {key}: {flow(decision.value)}", decision.why)


def _reasoned(line: str, why: str) -> str:
    return f"{line:<{_REASONS_BEGIN - 2}}  # {why}" if why else line
