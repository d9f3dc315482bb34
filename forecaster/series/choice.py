"""The automatic choice: a table becomes a config, each key that differs from the defaults with its reason."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecaster.config.names import run_name
from forecaster.config.reading import parse_config
from forecaster.errors import TooShort
from forecaster.series.columns import columns_of
from forecaster.series.commented import Decision, commented
from forecaster.series.frequency import span_of
from forecaster.series.offers import offers_of
from forecaster.series.proposal import propose
from forecaster.series.sizing import facts_of, season_repeats, sizes_of
from forecaster.series.tables import profile, read_table, stale
from forecaster.series.ticks import lasting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forecaster.config.schema import Config
    from forecaster.series.panel import Panel
    from forecaster.series.ticks import Clock

UNNAMED = "table"  # the run of a file whose name holds nothing that a run's name may hold
LEAST = 20  # moments: a network that was chosen by fewer would live on in its run when there are many
FRESH = 5  # steps between the newest row and now
MONTHLY = "30d"
# Keys that say how a table is looked at, before its columns are known.
_LOOKS = {f"data.{key}" for key in ("time", "encoding", "skip_lines", "decimal", "thousands", "missing")}
# What has to stand around the columns before the sizes are known.
_REST = (
    Decision("window", {"lookback": 1, "horizon": 1}, ""),
    Decision("model", {"layers": ({"gru": {"units": 1}},)}, ""),
)


@dataclass(frozen=True)
class Choice:
    """A config and why it is so.

    Attributes:
        config: With an absolute `data.path` and a name.
        decisions: What differs from the defaults, in the order of the YAML.
        offers: What may help, and only people can tell: comments in the YAML.
    """

    config: Config
    decisions: tuple[Decision, ...]
    offers: tuple[Decision, ...] = ()

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """(key, why) of every decision that has a reason."""
        return tuple((decision.key, decision.why) for decision in self.decisions if decision.why)


def choose(
    source: Path,
    *,
    now: float | None = None,
    content: bytes | None = None,
    name: str | None = None,
    overrides: Sequence[str] = (),
) -> Choice:
    """Choose a config for a table, from what is in it and nothing else but the date.

    Args:
        source: The table.
        now: Seconds since 1970, to tell whether the table is fresh; the machine's clock by default.
        content: The table's bytes, where they came through a pipe.
        name: Of the run; by default what the file's stem becomes.
        overrides: `key=value` of the config, such as `data.timezone=Europe/Berlin`: the last word.

    Raises:
        DataError: If the table cannot become a panel, allows two readings, or has too few rows.
        ConfigError: If an override is not one.
    """
    path = source.absolute()
    said = [override for override in overrides if override.startswith("data.")]
    head = [
        Decision("name", name or run_name(path.stem) or UNNAMED, ""),
        Decision("data.path", str(path), ""),
    ]
    how = [override for override in said if override.partition("=")[0].strip() in _LOOKS]
    given = _config([*head, Decision("data.target", "*", ""), *_REST], path, how).data
    looked = profile(str(path), content=content, data=given)
    head += columns_of(looked, given, path)
    panel = read_table(_config([*head, *_REST], path, said).data, content=content).panel
    if panel.steps < LEAST:
        raise TooShort(
            f"{panel.steps} moments in time are too few to choose a network by, and {LEAST} are needed",
            hint="forecast it when it has grown, or write a config of your own",
            file=path,
        )
    facts = facts_of(panel)
    sizes = sizes_of(facts, panel.clock, _named_horizon(path, overrides, panel.clock))
    repeats = season_repeats(panel, facts.season, sizes.horizon)
    seasonal = [Decision("data.season", facts.season, "after so many steps the series resemble themselves")]
    decisions = (
        *head,
        *(seasonal if facts.season > 1 else []),
        *_freshness(panel, now),
        *propose(facts, sizes, repeats=repeats),
        *_retraining(panel.clock, sizes.horizon),
    )
    config = _config(decisions, path, overrides)
    offers = offers_of(looked, config.data, panel.clock)
    return Choice(config, _overridden(decisions, config, overrides), _unsaid(offers, overrides))


def to_commented_yaml(choice: Choice, *, base: Path | None = None) -> str:
    """The choice as YAML: only what differs from the defaults, with the reasons as comments.

    Args:
        choice: As `choose` made it.
        base: The folder in which the YAML will lie, to write the table's path relative to it; absolute by default.
    """
    if base is None:
        return commented(choice.decisions, choice.offers)
    here = base.absolute()
    return commented(
        [
            replace(decision, value=os.path.relpath(decision.value, here)) if decision.key == "data.path" else decision
            for decision in choice.decisions
        ],
        choice.offers,
    )


def _named_horizon(path: Path, overrides: Sequence[str], clock: Clock) -> int | None:
    """The horizon in steps, where somebody named one: the other sizes follow it."""
    named = [override for override in overrides if override.partition("=")[0].strip() == "window.horizon"]
    if not named:
        return None
    table = (Decision("data.path", str(path), ""), Decision("data.target", "*", ""))
    horizon = _config([*table, *_REST], path, named).window.horizon
    return horizon if isinstance(horizon, int) else clock.steps(horizon)


def _config(decisions: Sequence[Decision], path: Path, overrides: Sequence[str] = ()) -> Config:
    return parse_config(commented(decisions), file=f"the choice for {path}", base=path.parent, overrides=overrides)


def _unsaid(offers: Sequence[Decision], overrides: Sequence[str]) -> tuple[Decision, ...]:
    said = {override.partition("=")[0].strip() for override in overrides}
    return tuple(offer for offer in offers if offer.key not in said)


def _overridden(decisions: Sequence[Decision], config: Config, overrides: Sequence[str]) -> tuple[Decision, ...]:
    """The decisions with what was said instead, each where its section stands."""
    keys = [override.partition("=")[0].strip() for override in overrides]
    if "data.known" in keys and "data.calendar" not in keys and config.data.calendar:
        keys.append("data.calendar")  # where holidays among the known columns are kept
    kept = [decision for decision in decisions if decision.key not in keys]
    for key in keys:
        value: Any = config.model_dump()
        for part in key.split("."):
            value = value[int(part)] if part.isdecimal() else value[part]
        places = [place for place, decision in enumerate(kept) if decision.section == key.partition(".")[0]]
        kept.insert(places[-1] + 1 if places else len(kept), Decision(key, value, "as you said"))
    return tuple(kept)


def _freshness(panel: Panel, now: float | None) -> list[Decision]:
    if panel.clock.kind == "step":
        return []
    span = _span(panel.clock)
    today = datetime.now(UTC) if now is None else datetime.fromtimestamp(now, UTC)
    if stale(panel, span, today) is not None:
        return []
    return [Decision("data.max_age", span, f"{FRESH} steps: the table was fresh when this was chosen")]


def _retraining(clock: Clock, horizon: int) -> list[Decision]:
    """A month, or a horizon where that is longer: the two networks meet on rows that came since."""
    longer = clock.kind != "step" and lasting(_span(clock, horizon)) > lasting(MONTHLY)
    return [
        Decision("retrain.every", _span(clock, horizon) if longer else MONTHLY, "tables change; it takes a minute"),
        Decision("retrain.if_drift", value=True, why="sooner where the live error rises above that of the test folds"),
    ]


def _span(clock: Clock, steps: int = FRESH) -> str:
    """So many steps of a clock as the config writes them."""
    count = steps * clock.every
    if clock.kind != "fixed":
        return f"{count}{'b' if clock.kind == 'weekday' else 'mo'}"
    return span_of(count)
