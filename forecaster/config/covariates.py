"""What stands beside the target: the columns of a table and the features of the calendar, and how they are written."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from forecaster.config.parts import Before, Part, Words, closest, refuse, shown
from forecaster.errors import quoted

Text = Annotated[str, Field(min_length=1)]
CALENDAR = ("auto", "minute", "hour", "weekday", "month", "week")
HOLIDAY = "holiday"
_COUNTRY = r"[A-Z]{2}(-[A-Z0-9]{1,3})?"  # with a region, such as DE-BY
_COLUMNS = "a column or a list of columns"


def listed(value: Any) -> Any:
    """A text by itself as a list of one."""
    return (value,) if isinstance(value, str) else value


class KnownColumn(Part):
    """A covariate known ahead, and where its values to come are from: `price` or `{temp: repeat_last}`."""

    column: Text
    """The column."""
    ahead: Literal["file", "repeat_last"] = "file"
    """Where the values to come are from; `file`: rows of the table with an empty target; `repeat_last`: the last value
    of the column, again and again."""

    def written(self) -> Any:
        """`price`, or `{temp: repeat_last}`."""
        return self.column if self.ahead == "file" else {self.column: self.ahead}


MOVED = KnownColumn.model_construct(column="")  # stands where holidays stood, so that other entries keep their places


def holidays_apart(value: Any) -> Any:
    """`{holiday: DE}` among the known columns as `holiday:DE` in the calendar, which is where it is kept.

    Args:
        value: What stands under `data`; whatever is of another form is returned as it is.
    """
    known = value.get("known") if isinstance(value, dict) else None
    if not isinstance(known, tuple | list):
        return value
    countries = [_country(entry) for entry in known]
    calendar = listed(value.get("calendar", ()))
    if not any(countries) or not isinstance(calendar, tuple | list):
        return value
    features = dict.fromkeys(f"{HOLIDAY}:{country}" for country in countries if country)
    moved = tuple(MOVED if country else entry for entry, country in zip(known, countries, strict=True))
    return {**value, "known": moved, "calendar": (*calendar, *(each for each in features if each not in calendar))}


def _country(entry: Any) -> str | None:
    code = entry.get(HOLIDAY) if isinstance(entry, dict) and len(entry) == 1 else None
    return code if isinstance(code, str) and re.fullmatch(_COUNTRY, code) else None


def _known_column(value: Any) -> Any:
    """`price` and `{temp: repeat_last}` as a mapping of column and ahead."""
    if isinstance(value, str):
        return {"column": value}
    if not isinstance(value, dict) or {*value} == {"column", "ahead"}:
        return value
    if len(value) != 1:
        hint = "give each column an entry of its own, such as {temp: repeat_last}"
        raise refuse(f"{len(value)} keys where one column belongs", hint=hint)
    ((column, ahead),) = value.items()
    if ahead not in ("file", "repeat_last"):
        raise refuse(f"the values of {quoted(column)} ahead cannot come from {shown(ahead)}", hint=_from(column, ahead))
    return {"column": column, "ahead": ahead}


def _from(column: str, ahead: Any) -> str:
    near = closest(str(ahead), ("file", "repeat_last"))
    guess = f"did you mean {near}? " if near else ""
    country = ", and for holidays a country such as DE" if column == HOLIDAY else ""
    return f"{guess}known are file, repeat_last{country}"


def _known_feature(feature: str) -> str:
    """The feature, if the calendar has it."""
    name, _, country = feature.partition(":")
    if feature in CALENDAR or (name == HOLIDAY and re.fullmatch(_COUNTRY, country)):
        return feature
    if name == HOLIDAY:
        hint = "write a country of two capital letters, such as holiday:DE, or with a region, holiday:DE-BY"
        raise refuse(f"{quoted(feature)} names no country", hint=hint)
    near = closest(name, CALENDAR)
    guess = f"did you mean {near}? " if near else ""
    hint = f"{guess}known are {', '.join(CALENDAR)}, and holidays such as holiday:DE"
    raise refuse(f"unknown feature of the calendar {quoted(feature)}", hint=hint)


_Known = Annotated[
    KnownColumn, Before(_known_column, "a column, or such as {temp: repeat_last}", {"type": ["string", "object"]})
]
Known = Annotated[tuple[_Known, ...], Before(listed, _COLUMNS, {"type": "string", "minLength": 1})]
Covariates = Annotated[tuple[Text, ...], Before(listed, _COLUMNS, {"type": "string", "minLength": 1})]
_Feature = Annotated[
    str,
    AfterValidator(_known_feature),
    Field(json_schema_extra={"pattern": rf"^({'|'.join(CALENDAR)}|{HOLIDAY}:{_COUNTRY})$"}),
    Words(f"one of {', '.join(CALENDAR)}, or a holiday such as holiday:DE"),
]
Calendar = Annotated[
    tuple[_Feature, ...], Before(listed, "a feature of the calendar or a list of them", {"type": "string"})
]
