"""Series of a panel that the network cannot forecast, and networks without skill."""

from __future__ import annotations

import csv
import io

import pytest
from commands import SMALL, write

from forecaster.errors import DataError
from forecaster.workflows.journal import Journal
from forecaster.workflows.predict import predict, predict_files
from forecaster.workflows.request import Request
from forecaster.workflows.train import train
from forecaster.workflows.training import Session

PANEL = SMALL.replace("target: price", "target: sales, id: shop")


def table(lengths):
    """A long table: daily sales of shops that differ in length, all of which end on one day."""
    lines = ["date,shop,sales"]
    for shop, length in lengths.items():
        for age in range(length, 0, -1):
            day = 200 - age
            lines.append(f"2024-{1 + day // 28:02}-{1 + day % 28:02},{shop},{10 + day % 7 + len(shop)}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """A run over three shops."""
    folder = tmp_path_factory.mktemp("shops")
    days = "".join(f"{line}\n" for line in table({"a": 150, "bb": 120, "ccc": 90}).splitlines())
    write(folder / "small.csv", _calendar(days))
    train(write(folder / "small.yaml", PANEL), runs=folder / "runs")
    return folder


def _calendar(text):
    """The made-up days of 28-day months as real days that follow each other."""
    import numpy as np

    head, *rows = text.splitlines()
    fixed = [head]
    for row in rows:
        date, rest = row.split(",", 1)
        month, day = int(date[5:7]), int(date[8:])
        fixed.append(f"{np.datetime64('2024-01-01') + np.timedelta64((month - 1) * 28 + day - 1, 'D')},{rest}")
    return "\n".join(fixed) + "\n"


def test_every_series_is_forecast_under_the_users_columns(shops):
    (done,) = predict_files([str(shops / "small.csv")], None, Request(), Session(shops / "runs"), out="-")

    rows = list(csv.DictReader(io.StringIO(done.text)))
    assert list(rows[0])[:3] == ["date", "shop", "forecast"]
    assert [row["shop"] for row in rows[::3]] == ["a", "bb", "ccc"]


def test_a_series_that_is_too_short_falls_back_and_the_others_do_not(shops, tmp_path):
    csv_file = write(tmp_path / "new.csv", _calendar(table({"a": 60, "young": 4, "bb": 60})))
    journal = Journal()
    session = Session(shops / "runs", journal=journal)

    (done,) = predict_files([str(csv_file)], "small", Request(), session, out="-")

    status = {row["shop"]: row["status"] for row in csv.DictReader(io.StringIO(done.text))}
    assert status["young"] == "fallback"
    assert status["a"] != "fallback"
    assert journal.code == 3
    assert journal.series["young"]["status"] == "fallback"


def test_a_single_series_that_is_too_short_is_an_error(shops, tmp_path):
    csv_file = write(tmp_path / "new.csv", _calendar(table({"young": 4})))

    with pytest.raises(DataError, match=r"new\.csv: .*4 steps.*needs 10"):
        predict("small", csv_file, runs=shops / "runs")


def test_a_network_without_skill_gives_way_to_the_baseline_where_the_config_says_so(tmp_path):
    from commands import business_days

    write(tmp_path / "small.csv", business_days(300))
    overrides = ["evaluation.on_no_skill=fallback", "evaluation.folds=30", "window.horizon=1"]
    train(write(tmp_path / "small.yaml", SMALL), runs=tmp_path / "runs", overrides=overrides)

    forecast = predict("small", tmp_path / "small.csv", runs=tmp_path / "runs")

    newest = float(business_days(300).splitlines()[-1].split(",")[1])
    assert forecast.status == (("fallback",),)
    assert forecast.values[0, 0] == pytest.approx(newest, abs=0.1)


@pytest.fixture(scope="module", params=["last", "mean", "none", "standard"])
def scaled(request, tmp_path_factory):
    """A run over three shops, with each scale."""
    folder = tmp_path_factory.mktemp("scaled")
    write(folder / "small.csv", _calendar(table({"a": 150, "bb": 120, "ccc": 90})))
    yaml = PANEL.replace("model: {", f"model: {{scale: {request.param}, ")
    train(write(folder / "small.yaml", yaml), runs=folder / "runs")
    return folder


def test_a_constant_series_is_forecast_as_that_constant_whatever_the_scale(scaled, tmp_path):
    rows = _calendar(table({"a": 60})) + "".join(
        line.rpartition(",")[0].replace(",a", ",still") + ",50\n"
        for line in _calendar(table({"a": 60})).splitlines()[1:]
    )
    journal = Journal()

    said = predict("small", write(tmp_path / "new.csv", rows), runs=scaled / "runs", journal=journal)

    still = said.ids.index("still")
    assert said.values[still].tolist() == [50.0] * 3
    assert journal.series["still"] == {"status": "ok", "why": "it never changes, so neither does its forecast"}
    assert journal.code == 0


def test_a_series_without_numbers_is_skipped_and_listed(shops, tmp_path):
    rows = _calendar(table({"a": 60}))
    empty = "".join(f"{line.split(',')[0]},void,\n" for line in rows.splitlines()[1:])
    journal = Journal()

    said = predict("small", write(tmp_path / "new.csv", rows + empty), runs=shops / "runs", journal=journal)

    assert said.ids == ("a",)
    assert journal.series["void"]["status"] == "skipped"
    assert journal.code == 3


def test_an_absurd_forecast_of_one_series_keeps_no_other_back(shops, tmp_path, monkeypatch):
    from forecaster.workflows import forecasting

    monkeypatch.setattr(forecasting, "unusable", lambda said, _: {0: "absurd"} if len(said.ids) > 1 else {})
    rows = _calendar(table({"a": 60, "bb": 60}))
    journal = Journal()

    said = predict("small", write(tmp_path / "new.csv", rows), runs=shops / "runs", journal=journal)

    assert said.status[0] == ("fallback",) * 3
    assert said.status[1] != ("fallback",) * 3
    assert "absurd" in journal.faults[0]


def test_a_single_absurd_forecast_is_never_published(shops, tmp_path, monkeypatch):
    from forecaster.errors import UnusableError
    from forecaster.workflows import forecasting

    monkeypatch.setattr(forecasting, "unusable", lambda *_: {0: "absurd"})

    with pytest.raises(UnusableError, match=r"absurd; .*nothing was written"):
        predict("small", write(tmp_path / "new.csv", _calendar(table({"a": 60}))), runs=shops / "runs")


def test_only_the_series_that_ended_long_ago_is_stale(tmp_path):
    both = _calendar(table({"a": 150, "bb": 150}))
    gone = "\n".join(line for line in both.splitlines() if ",bb," not in line or line < "2024-05-20") + "\n"
    write(tmp_path / "small.csv", both)
    train(write(tmp_path / "small.yaml", PANEL.replace("id: shop", "id: shop, max_age: 10d")), runs=tmp_path / "runs")
    write(tmp_path / "small.csv", gone)
    journal = Journal()

    said = predict(
        "small", tmp_path / "small.csv", runs=tmp_path / "runs", request=Request(now="2024-07-20"), journal=journal
    )

    assert {name: set(words) for name, words in zip(said.ids, said.status, strict=True)}["bb"] == {"stale"}
    assert "stale" not in said.status[0]
    assert journal.code == 3
