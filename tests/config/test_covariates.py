"""What stands beside the target: every way to write it, and one role a column."""

import json

import pytest

from forecaster.config.covariates import KnownColumn
from forecaster.config.reading import json_schema, to_yaml
from forecaster.config.writing import plain_values


def told(lines):
    (line,) = lines
    return line


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("price", [("price", "file")]),
        ("[price, promotion]", [("price", "file"), ("promotion", "file")]),
        ("[price, {temp: repeat_last}]", [("price", "file"), ("temp", "repeat_last")]),
        ("[{price: file}]", [("price", "file")]),
        ("[{column: temp, ahead: repeat_last}]", [("temp", "repeat_last")]),
        ("[{column: repeat_last}]", [("column", "repeat_last")]),
        ("[{holiday: repeat_last}]", [("holiday", "repeat_last")]),
        ("[]", []),
    ],
)
def test_a_known_column_is_written_alone_or_with_where_its_values_come_from(written, kept, good, parsed):
    known = parsed(good, [f"data.known={written}"]).data.known

    assert [(one.column, one.ahead) for one in known] == kept


@pytest.mark.parametrize("role", ["past", "static", "calendar"])
def test_one_column_is_a_list_of_one(role, good, parsed):
    name = "hour" if role == "calendar" else "wind"
    alone, listed = (
        parsed(good, ["data.time=t", "data.id=i", f"data.{role}={value}"]) for value in (name, f"[{name}]")
    )

    assert getattr(alone.data, role) == (name,)
    assert alone == listed


@pytest.mark.parametrize(
    "feature", ["auto", "minute", "hour", "weekday", "month", "week", "holiday:DE", "holiday:DE-BY", "holiday:US-CA"]
)
def test_the_calendar_has_these_features(feature, good, parsed):
    assert parsed(good, ["data.time=t", f"data.calendar={feature}"]).data.calendar == (feature,)


def test_holidays_among_the_known_columns_are_kept_in_the_calendar(good, parsed):
    data = parsed(good, ["data.time=t", "data.calendar=hour", "data.known=[{holiday: DE}, price, {holiday: FR}]"]).data

    assert data.known == (KnownColumn(column="price"),)
    assert data.calendar == ("hour", "holiday:DE", "holiday:FR")


def test_holidays_that_are_said_twice_are_told_once(good, parsed):
    options = ["data.time=t", "data.calendar=holiday:DE", "data.known=[{holiday: DE}, {holiday: DE}]"]

    assert parsed(good, options).data.calendar == ("holiday:DE",)


def test_an_entry_after_holidays_is_told_by_its_own_place(good, complaints):
    line = told(complaints(good, ["data.time=t", "data.known=[{holiday: DE}, {temp: last}]"]))

    assert 'data.known.1: the values of "temp" ahead cannot come from' in line


def test_holidays_need_times_as_the_calendar_does(good, complaints):
    line = told(complaints(good, ["data.known=[{holiday: DE}]"]))

    assert "data: a calendar is given, but data.time is null; name the column of times in data.time, or drop" in line


@pytest.mark.parametrize(
    "written",
    [
        "known: [price, {temp: repeat_last}]",
        "known: [{holiday: DE}, {column: repeat_last}]",
        'known: ["a b", {"c: d": repeat_last}, {"1": file}]',
        'past: [wind], static: [region, "no"], id: shop',
        "calendar: [auto, holiday:DE], gaps: mask",
    ],
)
def test_what_is_written_is_read_again(written, good, parsed):
    config = parsed(good.replace("target: close", f"target: close, time: day, {written}"))

    assert parsed(to_yaml(config)) == config


def test_a_known_column_is_written_as_people_do():
    columns = (KnownColumn(column="price"), KnownColumn(column="temp", ahead="repeat_last"))

    assert plain_values(columns) == ("price", {"temp": "repeat_last"})


@pytest.mark.parametrize(
    ("key", "written", "line"),
    [
        ("known", "[{temp: later}]", 'the values of "temp" ahead cannot come from the text "later"; known are file'),
        ("known", "[{temp: repat_last}]", "did you mean repeat_last? known are file, repeat_last"),
        ("known", "[{temp: 3}]", 'data.known.0: the values of "temp" ahead cannot come from 3; known are'),
        ("known", "[{holiday: Germany}]", "known are file, repeat_last, and for holidays a country such as DE"),
        ("known", "[{a: file, b: file}]", "2 keys where one column belongs; give each column an entry of its own"),
        ("known", "[{}]", "data.known.0: 0 keys where one column belongs; give each column"),
        ("known", "[3]", "must be a column, or such as {temp: repeat_last}, got 3; put it in double quotes"),
        ("known", "{temp: file}", "must be a column or a list of columns, got a mapping (temp); give columns known"),
        ("known", "3", "must be a column or a list of columns, got 3; put it in double quotes"),
        ("past", "3", "must be a column or a list of columns, got 3; put it in double quotes"),
        ("past", "[3]", "must be text, got 3; put it in double quotes"),
        ("static", "{a: b}", "must be a column or a list of columns, got a mapping (a); give columns with one value"),
        (
            "calendar",
            "wekday",
            'unknown feature of the calendar "wekday"; did you mean weekday? known are auto, minute',
        ),
        ("calendar", "[holidays:DE]", "and holidays such as holiday:DE"),
        ("calendar", "[holiday]", '"holiday" names no country; write a country of two capital letters, such as'),
        ("calendar", "[holiday:de]", '"holiday:de" names no country; write a country of two capital letters'),
        ("calendar", "3", "must be a feature of the calendar or a list of them, got 3"),
        ("calendar", "[hour, hour]", '"hour" is named 2 times; name it once'),
        ("gaps", "maks", "must be one of auto, error, interpolate, ffill, mask, got"),
    ],
)
def test_a_wrong_covariate_is_one_complaint_in_our_words(key, written, line, good, complaints):
    assert line in told(complaints(good, ["data.time=t", f"data.{key}={written}"]))


ROLES = {"time": "t", "target": "y", "id": "i", "known": "k", "past": "p", "static": "s"}
ORDER = tuple(ROLES)


@pytest.mark.parametrize(
    ("first", "second"), [(one, other) for place, one in enumerate(ORDER) for other in ORDER[place + 1 :]]
)
def test_a_column_has_one_role(first, second, good, complaints):
    roles = ROLES | {second: ROLES[first]}

    line = told(complaints(good, [f"data.{role}={column}" for role, column in roles.items()]))

    assert line.startswith(f'--set data.{second}={ROLES[first]}: "{ROLES[first]}" is ')
    assert "; name the column" in line or f"a column has one role: drop it here, or in data.{first}" in line


def test_six_columns_may_have_six_roles(good, parsed):
    data = parsed(good, [f"data.{role}={column}" for role, column in ROLES.items()]).data

    assert (data.time, data.id, data.past, data.static) == (("t",), "i", ("p",), ("s",))


@pytest.mark.parametrize("role", ["known", "past", "static"])
def test_a_column_is_named_once_in_its_role(role, good, complaints):
    line = told(complaints(good, ["data.id=i", f"data.{role}=[a, b, a]"]))

    assert '"a" is named 2 times; name it once' in line


def test_a_known_column_is_named_once_however_it_is_written(good, complaints):
    assert '"a" is named 2 times' in told(complaints(good, ["data.known=[a, {a: repeat_last}]"]))


def test_a_calendar_needs_times(good, complaints):
    line = told(complaints(good, ["data.calendar=hour"]))

    assert "given, but data.time is null; name the column of times in data.time, or drop this key" in line


def test_an_empty_calendar_needs_none(good, parsed):
    assert parsed(good, ["data.calendar=[]"]).data.calendar == ()


def test_what_is_constant_for_a_series_needs_a_column_that_tells_series_apart(good, complaints):
    line = told(complaints(good, ["data.static=region"]))

    assert '"region" has one value for each series, but data.id is null; name the column that tells series' in line


def test_editors_are_told_every_way_to_write_covariates():
    properties = json_schema()["$defs"]["DataConfig"]["properties"]

    assert {"type": "string", "minLength": 1} in properties["known"]["anyOf"]
    assert {"type": ["string", "object"]} in properties["known"]["anyOf"][1]["items"]["anyOf"]
    assert "holiday" in json.dumps(properties["calendar"])
