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


def commented(decisions: Sequence[Decision], offers: Sequence[Decision] = ()) -> str:
    """The YAML of some decisions, which reads back as they stand.

    Args:
        decisions: Those of one section next to each other.
        offers: What may be decided, too: comments at the end of their sections.
    """
    lines: list[str] = []
    for section, group in groupby(decisions, _section):
        lines += _lines(section, [*group])
        lines += [_reasoned(f"  # {_last(offer)}: {flow(offer.value)}", offer.why) for offer in offers
                  if offer.section == section]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


def _last(decision: Decision) -> str:
    return decision.key.partition(".")[2]


def _section(decision: Decision) -> str:
    return decision.section


def _lines(section: str, decisions: Sequence[Decision]) -> Iterator[str]:
    if "." not in decisions[0].key:
        for decision in decisions:
            yield _reasoned(f"{section}: {flow(decision.value)}", decision.why)
        return
    yield f"{section}:"
    for decision in decisions:
        key = _last(decision)
        if key == "layers":
            yield _reasoned("  layers:", decision.why)
            yield from (f"    - {flow(layer)[1:-1]}" for layer in decision.value)
        else:
            yield _reasoned(f"  {key}: {flow(decision.value)}", decision.why)


def _reasoned(line: str, why: str) -> str:
    return f"{line:<{_REASONS_BEGIN - 2}}  # {why}" if why else line
