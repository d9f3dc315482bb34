"""What `init` offers as comments: columns that may help, and the calendar."""

from datetime import UTC, datetime

import pytest

from forecaster.config.generate import PanelKind, Sine
from forecaster.config.reading import parse_config
from forecaster.series.choice import choose, to_commented_yaml
from forecaster.series.synthetic import make

LONG_AGO = datetime(2030, 1, 1, tzinfo=UTC).timestamp()
DAYS = [f"2024-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29)]


def choice_for(folder, text, overrides=()):
    path = folder / "table.csv"
    path.write_text(text)
    return choose(path, now=LONG_AGO, overrides=overrides)


def offered(choice):
    return {offer.key: offer.value for offer in choice.offers}


def daily(header, row, days=DAYS):
    return f"date,y,{header}\n" + "".join(f"{day},{place % 7},{row(place)}\n" for place, day in enumerate(days))


def test_columns_beside_the_target_are_offered_as_comments(tmp_path):
    text = make(PanelKind(kind="panel", steps=80, series=6, covariates=True))
    choice = choice_for(tmp_path, text)

    lines = to_commented_yaml(choice).splitlines()

    assert lines[lines.index("window:") - 4 : lines.index("window:")] == [
        "  # known: [price, promo]     # if they are known ahead: rows with an empty target say it",
        "  # past: [price, promo]      # if they are not",
        "  # static: [region]          # the same in all rows of a series",
        "  # calendar: auto            # weekday and month; or such as holiday:DE",
    ]
    assert choice.config.data.known == ()
    assert parse_config(to_commented_yaml(choice), file="x.yaml", base=tmp_path) == choice.config


@pytest.mark.parametrize("key", ["known", "past", "static", "calendar"])
def test_what_is_offered_can_be_taken(tmp_path, key):
    text = make(PanelKind(kind="panel", steps=80, series=6, covariates=True))
    made = to_commented_yaml(choice_for(tmp_path, text))

    taken = parse_config(made.replace(f"  # {key}:", f"  {key}:"), file="x.yaml", base=tmp_path)

    assert getattr(taken.data, key) != ()


def test_what_somebody_said_is_not_offered_again(tmp_path):
    choice = choice_for(tmp_path, daily("rain", lambda place: place % 5), ["data.target=y", "data.past=[rain]"])

    assert choice.config.data.past == ("rain",)
    assert "data.past" not in offered(choice)
    assert "  past: [rain]" in to_commented_yaml(choice)


@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("constant", lambda _: 7),
        ("empty", lambda _: ""),
        ("no", lambda place: place),
        ("comment", lambda place: f"text {place}"),
        ("measured", lambda place: DAYS[place]),
    ],
)
def test_columns_that_can_tell_nothing_are_not_offered(tmp_path, column, row):
    choice = choice_for(tmp_path, daily(column, row), ["data.target=y"])

    assert not {"data.known", "data.past", "data.static"} & set(offered(choice))


def test_numbers_that_all_differ_and_words_that_come_again_are_offered(tmp_path):
    choice = choice_for(tmp_path, daily("temp,sky", lambda place: f"{place + 0.5},{'dry' if place % 3 else 'wet'}"),
                        ["data.target=y"])  # fmt: skip

    assert offered(choice)["data.known"] == ("temp", "sky")


def test_a_table_that_counts_is_offered_no_calendar(tmp_path):
    assert choice_for(tmp_path, make(Sine(kind="sine", steps=200))).offers == ()


def test_where_every_number_is_a_target_only_words_are_offered(tmp_path):
    text = daily("north,sky", lambda place: f"{place},{'dry' if place % 3 else 'wet'}").replace("date,y", "date,south")

    choice = choice_for(tmp_path, text, ["data.target='*'"])

    assert offered(choice)["data.known"] == ("sky",)
