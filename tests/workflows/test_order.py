"""In which order a training goes, with a network that is not there; and what a request to predict means."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import SMALL, business_days, write

from forecaster.errors import LockedError, UnusableError, UsageError
from forecaster.store import lock
from forecaster.workflows.predict import predict_files
from forecaster.workflows.request import Request
from forecaster.workflows.train import train_in
from forecaster.workflows.training import Session

REPORT = SimpleNamespace(verdict="better", verdict_text="better by half", notes=("few folds",))


@pytest.fixture
def training(tmp_path, monkeypatch):
    """Config keys -> what happened, in order; the network, its scores and its files are made up."""
    happened = []
    write(tmp_path / "small.csv", business_days(120))
    config = write(tmp_path / "small.yaml", SMALL)

    def train(*overrides, judged="epochs", deployed="epochs", report=REPORT, **more):
        def step(name, result):
            def work(*_, **__):
                happened.append((name, session.journal.folder))
                return result

            monkeypatch.setattr(f"forecaster.workflows.train.{name}", work)

        def network(stopped):
            return SimpleNamespace(fitted=SimpleNamespace(stopped=stopped, courses=(None,)), graph=None)

        session = Session(tmp_path / "runs", **more)
        step("fit_judged", network(judged))
        step("assess", SimpleNamespace(report=report))
        step("fit_deployed", network(deployed))
        step("publish_version", SimpleNamespace(version="0000000001-abcd"))
        run = train_in(session, config, overrides=overrides)
        return run, session.journal

    train.happened = happened
    return train


def names(training):
    return [name for name, _ in training.happened]


def test_a_training_is_judged_before_it_is_refitted_and_published(training):
    training()

    assert names(training) == ["fit_judged", "assess", "fit_deployed", "publish_version"]


def test_from_the_first_epoch_on_the_results_belong_into_the_run(training, tmp_path):
    training()

    assert {folder for _, folder in training.happened} == {tmp_path / "runs/small"}


@pytest.mark.parametrize(("override", "stopped"), [("training.refit=false", "epochs"), ("training.refit=true", "time")])
def test_without_a_refit_or_without_time_for_it_the_judged_network_is_published(override, stopped, training):
    training(override, judged=stopped)

    assert "fit_deployed" not in names(training)


@pytest.mark.parametrize("stage", ["judged", "deployed"])
def test_a_training_that_ran_out_of_time_is_a_fault(stage, training):
    _, journal = training(**{stage: "time"})

    assert journal.faults == ["--time-limit was reached: the best network so far was published"]


def test_the_journal_holds_the_version_the_verdict_the_notes_and_every_stage(training):
    _, journal = training()

    assert (journal.run, journal.version, journal.verdict) == ("small", "0000000001-abcd", "better by half")
    assert "few folds" in journal.warnings
    assert set(journal.timings) == {"read", "training", "assessment", "refit", "total"}
    assert len(journal.inputs[0]["sha256"]) == 64


@pytest.mark.parametrize("verdict", ["no better", "worse"])
def test_without_skill_nothing_is_published_where_the_config_says_so(verdict, training):
    report = SimpleNamespace(verdict=verdict, verdict_text="as good as naive", notes=())

    with pytest.raises(UnusableError, match=r"on_no_skill: as good as naive, and the config says not to publish"):
        training("evaluation.on_no_skill=fail", report=report)
    assert names(training) == ["fit_judged", "assess"]


@pytest.mark.parametrize(("verdict", "rule"), [("worse", "warn"), ("worse", "fallback"), ("too few folds", "fail")])
def test_every_other_verdict_is_published(verdict, rule, training):
    report = SimpleNamespace(verdict=verdict, verdict_text="so so", notes=())

    training(f"evaluation.on_no_skill={rule}", report=report)

    assert names(training)[-1] == "publish_version"


def test_the_lock_is_held_before_anything_is_trained(training, tmp_path, monkeypatch):
    monkeypatch.setattr("threading.get_ident", lambda: 1)  # another thread holds it
    with lock(tmp_path / "runs/small"):
        monkeypatch.setattr("threading.get_ident", lambda: 2)

        with pytest.raises(LockedError, match="small"):
            training()
        monkeypatch.setattr("threading.get_ident", lambda: 1)

    assert training.happened == []


def test_a_limit_counts_from_now(monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)

    session = Session(Path("runs"), wait=1.0, watch=print)

    assert (session.limited(90).deadline, session.limited(90).wait) == (1090.0, 1.0)
    assert session.limited(None) is session


def test_now_is_utc_unless_it_says_otherwise(monkeypatch):
    berlin = timezone(timedelta(hours=1))
    monkeypatch.setenv("TZ", "Asia/Tokyo")  # whatever the server's own zone is
    time.tzset()

    assert Request(now="2024-03-05T06:00").moment == datetime(2024, 3, 5, 6, tzinfo=UTC)
    assert Request(now="2024-03-05T06:00+01:00").moment == datetime(2024, 3, 5, 6, tzinfo=berlin)
    assert Request(now="2024-03-05").moment == datetime(2024, 3, 5, tzinfo=UTC)
    monkeypatch.undo()
    time.tzset()


def test_by_default_now_is_the_clock_s():
    assert abs(Request().moment - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("csvs", "run", "more", "told"),
    [
        (["-"], None, {}, r"--csv - has no name that a run could be found by; name the run with --run"),
        (["a.csv", "b.csv"], "small", {"out": "c.csv"}, r'--out "c\.csv" for 2 tables; write \{stem\} into the name'),
        (["a.csv"], "small", {"request": Request(now="noon")}, r'--now "noon" is not a time; write it as 2024-03-05T'),
    ],
)
def test_a_command_that_contradicts_itself_is_told_before_anything_is_read(csvs, run, more, told, tmp_path):
    with pytest.raises(UsageError, match=told):
        list(predict_files(csvs, run, more.pop("request", Request()), Session(tmp_path / "runs"), **more))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "name"),
    [
        (None, "small.forecast.csv"),
        ("{stem}-{cutoff}.csv", "small-2025-02-21.csv"),
        ("deep/er/x.csv", "deep/er/x.csv"),
        ("-", None),
    ],
)
def test_a_forecast_goes_where_it_was_sent(out, name, home, monkeypatch):
    monkeypatch.chdir(home)

    (done,) = predict_files(["small.csv"], "small", Request(), Session(home / "runs"), out=out)

    assert done.place == (None if name is None else home / name)
    assert name is None or done.place.read_text() == done.text


def test_the_journal_of_a_forecast_names_its_input_its_output_and_its_run(home):
    session = Session(home / "runs")

    (done,) = predict_files([str(home / "small.csv")], "small", Request(), session)

    journal = session.journal
    assert journal.outputs == [str(done.place)] == [str(home / "small.forecast.csv")]
    assert (journal.run, journal.version, journal.folder) == ("small", done.version, home / "runs/small")
    assert [entry["file"] for entry in journal.inputs] == [str(home / "small.csv")]


def test_a_library_call_writes_no_forecast(home):
    from forecaster.workflows.predict import predict

    before = sorted(home.rglob("*"))
    predict("small", home / "small.csv", runs=home / "runs")

    assert sorted(home.rglob("*")) == before
