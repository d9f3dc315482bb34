"""What the automatic choice offers and leaves to people: columns beside the target, and the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.series import calendar
from forecaster.series.columns import COUNTERS
from forecaster.series.commented import Decision
from forecaster.series.extras import MOST_CATEGORIES
from forecaster.series.selection import EVERY

if TYPE_CHECKING:
    from forecaster.config.data import DataConfig
    from forecaster.series.profile import ColumnProfile, Profile
    from forecaster.series.ticks import Clock

_MOST = 12  # columns that are offered
_REPEATS = 2  # rows for each different text, on average, from which texts are categories


def offers_of(profile: Profile, data: DataConfig, clock: Clock) -> list[Decision]:
    """Keys of `data` that may help and that no table can tell by itself, each with what it takes.

    Args:
        profile: Of the table.
        data: What is decided already, whose columns are not offered.
        clock: Of the table.
    """
    taken = {*data.target, *(data.time or ()), data.id, *(profile.numbers if data.target == (EVERY,) else ())}
    taken |= {*data.past, *data.static, *(known.column for known in data.known)}
    free = [column for column in profile.columns if column.name not in taken and _tells(column, profile)]
    static = tuple(column.name for column in free if column.constant)
    others = tuple(column.name for column in free if not column.constant)[:_MOST]
    them = "it is" if len(others) == 1 else "they are"
    found = []
    if others:
        found.append(Decision("data.known", others, f"if {them} known ahead: rows with an empty target say it"))
        found.append(Decision("data.past", others, f"if {them} not"))
    if static:
        found.append(Decision("data.static", static[:_MOST], f"the same in all rows of a {profile.id}"))
    features = () if clock.kind == "step" else calendar.resolved([calendar.AUTO], clock)
    if features:
        found.append(Decision("data.calendar", "auto", f"{' and '.join(features)}; or such as holiday:DE"))
    return found


def _tells(column: ColumnProfile, profile: Profile) -> bool:
    """Whether a column may tell something: numbers, or texts that come again."""
    if not column.name or column.kind not in ("number", "text") or column.distinct <= 1:
        return False
    if column.kind == "number":
        return column.distinct < profile.rows or column.name.casefold().strip() not in COUNTERS
    return column.distinct <= MOST_CATEGORIES and column.distinct * _REPEATS <= profile.rows
