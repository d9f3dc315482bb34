"""What is published of a night on which something is wrong with one series, one column, one row or the time."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from commands import SMALL, business_days, forecast, write

from forecaster.errors import DataError, UnusableError
from forecaster.workflows import forecasting, noticing
from forecaster.workflows.journal import Journal
from forecaster.workflows.predict import predict, predict_files
from forecaster.workflows.request import Request
from forecaster.workflows.train import train
from forecaster.workflows.training import Session

SERIES, BAD = 1000, "s417"
DAYS = [str(np.datetime64("2024-01-01") + day) for day in range(80)]


def sales(names, days=DAYS[:40], bad=()):
    """A week that repeats with a little noise, for each series; a bad one has a hole in its newest rows."""
    lines = ["date,shop,promo,sales"]
    for place, name in enumerate(names):
        random = np.random.default_rng(place)
        for number, day in enumerate(days):
            hole = name in bad and len(days) - 9 <= number < len(days) - 1
            value = "" if hole else f"{20 + place % 7 + 5 * (number % 7 == 5) + random.normal():.3f}"
            lines.append(f"{day},{name},{int(number % 7 == 5)},{value}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """A run over six shops, told of their promotions."""
    folder = tmp_path_factory.mktemp("shops")
    write(folder / "small.csv", sales([f"s{number}" for number in range(6)], DAYS))
    config = SMALL.replace("target: price", "target: sales, id: shop, past: promo, season: 7")
    train(write(folder / "small.yaml", config), runs=folder / "runs")
    return folder


@pytest.fixture
def many(shops, tmp_path):
    """A thousand shops, one of them bad."""
    return write(tmp_path / "many.csv", sales([f"s{number}" for number in range(SERIES)], bad=[BAD]))


def statuses(text):
    rows = csv.DictReader(io.StringIO(text))
    found = {}
    for row in rows:
        found.setdefault(row["shop"], set()).add(row["status"])
    return found


def test_one_bad_series_among_a_thousand_leaves_999_to_the_network(shops, many):
    """Goal 12, as cron runs it."""
    done = forecast("predict", "--csv", many, "--run", "small", "--runs", shops / "runs", cwd=many.parent)

    said = statuses((many.parent / "many.forecast.csv").read_text())
    results = json.loads((shops / "runs/small/run_results.json").read_text())["series"]
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert f'series "{BAD}": a hole in the newest 10 steps; it repeats its last season' in done.stderr
    assert [name for name, words in said.items() if words == {"fallback"}] == [BAD]
    assert [name for name, what in results.items() if what["status"] == "fallback"] == [BAD]
    assert len(said) == len(results) == SERIES


def test_without_the_guard_the_bad_series_keeps_the_999_back(shops, many, monkeypatch):
    """The mutant: the network is asked about all of them."""
    monkeypatch.setattr(forecasting, "_before", lambda *_: {})

    with pytest.raises(DataError, match=r"hole"):
        predict("small", many, runs=shops / "runs")


def test_a_jump_in_one_series_keeps_no_other_back(shops, tmp_path, monkeypatch):
    unbounded = forecasting.Calibrated.unbounded

    def jumping(self, panel, horizon):
        said = unbounded(self, panel, horizon)
        if "s2" in said.ids and self.name == "model":
            said.values[said.ids.index("s2"), 0] += 160
        return said

    monkeypatch.setattr(forecasting.Calibrated, "unbounded", jumping)
    table = write(tmp_path / "few.csv", sales(["s1", "s2", "s3"]))
    journal = Journal()

    said = predict("small", table, runs=shops / "runs", journal=journal)

    assert [set(words) for words in said.status][1] == {"fallback"}
    assert "further than 10" in journal.faults[0] or "a jump of" in journal.faults[0]
    assert journal.code == 3


def test_a_jump_of_a_single_series_is_never_published(shops, tmp_path, monkeypatch):
    monkeypatch.setattr("forecaster.forecasters.sanity.JUMP", 0)
    monkeypatch.setattr("forecaster.forecasters.sanity._RANGE_SHARE", 0)
    table = write(tmp_path / "one.csv", sales(["s1"]))

    with pytest.raises(UnusableError, match=r"a jump of .* from the newest value.*nothing was written"):
        predict("small", table, runs=shops / "runs")


def test_when_the_time_is_up_the_rest_repeats_its_last_season(shops, many, monkeypatch):
    """Rows 75 and 137: batches of 300, and the time is up from the start."""
    monkeypatch.setattr(forecasting, "BATCH", 300)
    journal = Journal()
    session = Session(shops / "runs", journal=journal).limited(-1)

    (done,) = predict_files([str(many)], "small", Request(), session, out="-")

    late = [name for name, what in journal.series.items() if what["why"] == forecasting.LATE]
    fallen = [name for name, words in statuses(done.text).items() if words == {"fallback"}]
    assert (len(late), len(fallen)) == (699, 700)
    assert journal.faults[-1] == f"--time-limit was reached: 699 of {SERIES} series repeat their last season"
    assert journal.code == 3


def test_in_time_a_limit_changes_not_a_bit(shops, many, monkeypatch):
    monkeypatch.setattr(forecasting, "BATCH", 300)
    (free,) = predict_files([str(many)], "small", Request(), Session(shops / "runs"), out="-")
    (limited,) = predict_files([str(many)], "small", Request(), Session(shops / "runs").limited(3600), out="-")

    assert limited.text == free.text


def test_a_time_limit_may_be_given_on_the_command_line(shops, tmp_path):
    table = write(tmp_path / "few.csv", sales(["s1", "s2"]))

    done = forecast("predict", "--csv", table, "--run", "small", "--runs", shops / "runs", "--time-limit", "1s",
                    cwd=tmp_path)  # fmt: skip

    assert done.returncode == 0
    assert done.stderr == ""


def test_series_that_are_gone_and_series_that_are_new_are_listed_and_no_fault(shops, tmp_path):
    """Row 74."""
    table = write(tmp_path / "few.csv", sales(["s0", "s1", "s2", "s3", "new"]))
    journal = Journal()

    predict("small", table, runs=shops / "runs", journal=journal)

    assert '2 series are gone since the training: "s4", "s5"' in journal.warnings
    assert '1 series is new since the training: "new"' in journal.warnings
    assert journal.series["s4"] == {"status": "skipped", "why": "it is gone from the table"}
    assert journal.code == 0


def test_columns_in_another_order_give_the_same_bits(shops, tmp_path):
    """Row 106, of the table."""
    table = sales(["s0", "s1"])
    turned = "\n".join(",".join(reversed(line.split(","))) for line in table.splitlines()) + "\n"

    straight = predict("small", write(tmp_path / "a.csv", table), runs=shops / "runs")
    other = predict("small", write(tmp_path / "b.csv", turned), runs=shops / "runs")

    assert straight.values.tobytes() == other.values.tobytes()
    assert straight.lower.tobytes() == other.lower.tobytes()


@pytest.mark.parametrize(
    ("name", "other", "key"),
    [("sales", "sale", "data.target"), ("promo", "Promo", "data.past"), ("shop", "shops", "data.id"),
     ("date", "dates", "data.time")],
)  # fmt: skip
def test_a_column_of_the_run_that_is_renamed_is_told_with_the_one_that_was_meant(shops, tmp_path, name, other, key):
    head, body = sales(["s0"]).split("\n", 1)
    table = write(tmp_path / "a.csv", f"{head.replace(name, other)}\n{body}")

    with pytest.raises(DataError, match=rf'a\.csv:1: {key}: no column "{name}".*did you mean "{other}"\?'):
        predict("small", table, runs=shops / "runs")


@pytest.mark.parametrize(("now", "told"), [("2024-02-09", False), ("2024-02-08", False), ("2024-02-06", True)])
def test_a_newest_row_of_the_future_is_told(shops, tmp_path, now, told):
    """The table ends on 2024-02-09; a step and a day ahead are allowed."""
    table = write(tmp_path / "few.csv", sales(["s0", "s1"]))
    journal = Journal()

    predict("small", table, runs=shops / "runs", journal=journal, request=Request(now=now))

    assert ("the newest row (2024-02-09) lies 3 days ahead of now" in journal.warnings) is told
    assert journal.code == 0


def test_a_newest_row_of_the_future_is_an_error_if_strict(shops, tmp_path):
    table = write(tmp_path / "few.csv", sales(["s0", "s1"]))

    with pytest.raises(DataError, match=r"few\.csv: the newest row .* ahead of now; correct its date, or leave out"):
        predict("small", table, runs=shops / "runs", request=Request(now="2024-01-01", strict=True))


def test_without_the_guard_the_future_is_forecast_from_without_a_word(shops, tmp_path, monkeypatch):
    """The mutant."""
    monkeypatch.setattr(noticing, "ahead_of", lambda *_: None)
    table = write(tmp_path / "few.csv", sales(["s0", "s1"]))
    journal = Journal()

    predict("small", table, runs=shops / "runs", journal=journal, request=Request(now="2024-01-01"))

    assert not any("ahead of now" in words for words in journal.warnings)


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """A random walk, which no network forecasts better than its last value."""
    folder = tmp_path_factory.mktemp("walk")
    write(folder / "small.csv", business_days(300))
    return folder


SKILL = ["evaluation.folds=30", "window.horizon=1"]


def test_a_network_without_skill_is_not_published_where_the_config_forbids_it(walk):
    yaml = write(walk / "fail.yaml", SMALL.replace("name: small", "name: fail"))

    with pytest.raises(UnusableError, match=r"the config says not to publish such a network") as refusal:
        train(yaml, runs=walk / "runs", overrides=[*SKILL, "evaluation.on_no_skill=fail"])

    assert refusal.value.exit_code == 7
    assert not (walk / "runs/fail/latest").exists()


def test_a_network_without_skill_is_published_with_a_word_by_default(walk):
    yaml = write(walk / "warn.yaml", SMALL.replace("name: small", "name: warn"))
    train(yaml, runs=walk / "runs", overrides=SKILL)
    journal = Journal()

    said = predict("warn", walk / "small.csv", runs=walk / "runs", journal=journal)

    assert said.status == (("no skill",),)
    assert journal.code == 0
    assert journal.verdict


def test_a_panel_without_skill_falls_back_whole_where_the_config_says_so(tmp_path):
    rows = [line.split(",") for line in business_days(200).splitlines()[1:]]
    other = [line.split(",") for line in business_days(200, value=50.0).splitlines()[1:]]
    lines = [f"{day},a,{value}" for day, value in rows] + [f"{day},b,{value}" for day, value in reversed(other)]
    write(tmp_path / "small.csv", "date,id,price\n" + "\n".join(lines) + "\n")
    yaml = write(tmp_path / "small.yaml", SMALL.replace("target: price", "target: price, id: id"))
    train(yaml, runs=tmp_path / "runs", overrides=[*SKILL, "evaluation.on_no_skill=fallback"])
    journal = Journal()

    said = predict("small", tmp_path / "small.csv", runs=tmp_path / "runs", journal=journal)

    assert said.status == (("fallback",),) * 2
    assert {what["status"] for what in journal.series.values()} == {"fallback"}
    assert journal.code == 0
