"""A network that is old, or errs more than it did, is trained anew once the forecast is out, and never before."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from commands import SMALL, business_days, forecast, write

from forecaster.errors import UnusableError
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_trainings import last_training, note_training
from forecaster.runs.versions import open_run
from forecaster.store import lock
from forecaster.workflows import retraining
from forecaster.workflows.challenge import Outcome
from forecaster.workflows.noticing import is_own
from forecaster.workflows.predict import predict_files
from forecaster.workflows.request import Request
from forecaster.workflows.train import train
from forecaster.workflows.training import Session

RETRAIN = SMALL + "retrain: {every: 30d, if_drift: true}\n"
ROWS = 300


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """A run whose config has it trained anew; not to be written to."""
    folder = tmp_path_factory.mktemp("started")
    write(folder / "small.csv", business_days(ROWS))
    train(write(folder / "small.yaml", RETRAIN), runs=folder / "runs")
    return folder


@pytest.fixture
def nights(started, tmp_path, monkeypatch):
    """Forecast a table that has grown, so many days after the training -> the journal; challengers are made up."""
    import shutil

    home = shutil.copytree(started, tmp_path / "home", symlinks=True)
    monkeypatch.chdir(home)
    made = datetime.fromisoformat(open_run(home / "runs", "small").manifest.created)

    def predict(days, more=60, outcome=(False, "worse than before"), drift=None, own=True, **asked):
        write(home / "small.csv", business_days(ROWS + more))
        session, said = Session(home / "runs"), []

        def challenge(run, *_, warm):
            said.append((warm, (home / "small.forecast.csv").exists()))
            if isinstance(outcome, Exception):
                raise outcome
            return Outcome(run, published=outcome[0], why=outcome[1])

        monkeypatch.setattr(retraining, "challenge", challenge)
        monkeypatch.setattr(retraining, "is_own", lambda *_: own)  # the home is a copy, whose run records another path
        live = SimpleNamespace(retrain=drift is not None, because=drift)
        monkeypatch.setattr(retraining, "live", lambda *_: live)
        request = Request(now=(made + timedelta(days=days)).isoformat(), **asked)
        list(predict_files(["small.csv"], "small", request, session))
        predict.said = said
        return session.journal

    predict.home = home
    return predict


def attempts(nights):
    with ledger(nights.home / "runs/small") as book:
        return book.rows("SELECT kind, outcome, why FROM trainings ORDER BY id")


def test_an_old_network_meets_a_challenger_from_fresh_weights_after_the_forecast(nights):
    journal = nights(31)

    assert nights.said == [(False, True)]
    assert attempts(nights) == [
        ("retrain", "kept", "the last training was 31 days ago; retrain.every is 30d; worse than before")
    ]
    assert journal.code == 0


def test_a_young_network_is_left_alone(nights):
    nights(29)

    assert nights.said == []


def test_after_an_attempt_the_next_one_waits_as_long_again(nights):
    nights(31)
    nights(60)
    assert nights.said == []

    nights(61)

    assert len(nights.said) == 1


def test_drift_brings_the_challenger_sooner_and_says_why(nights):
    nights(10, drift="the live error is twice that of the folds")

    assert attempts(nights)[0][2].startswith("the live error is twice that of the folds; worse")


def test_a_drift_that_no_challenger_mended_is_left_alone_for_a_horizon(nights):
    nights(10, drift="the live error is twice that of the folds")
    nights(11, drift="the live error is twice that of the folds")
    assert nights.said == []

    nights(16, drift="the live error is twice that of the folds")

    assert len(nights.said) == 1


@pytest.mark.parametrize("asked", [{"may_train": False}, {"ledger": False}, {"cutoff": "2025-01-02"}])
def test_whoever_asks_for_less_than_a_plain_night_gets_no_training(nights, asked):
    nights(31, **asked)

    assert nights.said == []


def test_when_the_time_is_up_nothing_is_trained_and_the_next_night_tries_again(nights, monkeypatch):
    monkeypatch.setattr(Session, "late", True)

    journal = nights(40)

    assert nights.said == []
    assert "the network is due to be trained anew, but --time-limit was reached" in journal.warnings
    assert attempts(nights) == []


def test_without_rows_to_meet_on_nothing_is_trained_and_nothing_is_noted(old, monkeypatch):
    """So the first night with enough of them trains, and not one a month later."""
    write(old / "small.csv", business_days(ROWS + 2))
    monkeypatch.setattr("forecaster.workflows.challenge.fit_judged", None)
    session = Session(old / "runs")

    list(predict_files([str(old / "small.csv")], None, Request(now="2099-01-01"), session))

    with ledger(old / "runs/small") as book:
        assert last_training(book) is None
    assert session.journal.code == 0
    assert "nothing was trained" in session.journal.chosen[-1]["why"]


def test_another_process_at_work_puts_it_off_and_is_no_fault(nights):
    import threading

    held, done = threading.Event(), threading.Event()

    def hold():
        with lock(nights.home / "runs/small"):
            held.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    journal = nights(31)
    done.set()
    holder.join()

    assert (nights.said, journal.code) == ([], 0)
    assert "another process is at work" in journal.warnings[-1]


def test_a_challenger_that_cannot_be_trained_is_a_fault_beside_the_whole_forecast(nights):
    journal = nights(31, outcome=UnusableError("the loss is nan", hint="lower the rate"))

    assert journal.code == 3
    assert "could not be: the loss is nan" in journal.faults[0]
    assert attempts(nights)[0][1] == "failed"
    assert (nights.home / "small.forecast.csv").exists()


def test_a_damaged_note_of_an_attempt_is_a_fault_beside_the_whole_forecast(nights):
    nights(31)
    with ledger(nights.home / "runs/small") as book:
        book.change("UPDATE trainings SET at = 'x' || substr(at, 2)")

    journal = nights(62)

    assert (nights.said, journal.code) == ([], 3)
    assert "could not be: " in journal.faults[0]
    assert "training 1 is not as it was written" in journal.faults[0]


def test_a_signal_leaves_no_attempt_so_that_the_next_night_goes_on(nights):
    class Ended(BaseException):
        pass

    with pytest.raises(Ended, match="now"):
        nights(31, outcome=_raising(Ended("now")))

    assert attempts(nights) == []


def _raising(error):
    """Looks like an outcome, and raises when it is looked at."""

    class Raises:
        def __getitem__(self, _):
            raise error

    return Raises()


def test_a_table_that_is_not_the_run_s_own_brings_no_training(nights):
    nights(31, own=False)

    assert nights.said == []


def test_the_last_attempt_is_the_one_that_counts(started, tmp_path):
    with ledger(tmp_path) as book:
        for days, outcome in enumerate(("kept", "published")):
            moment = datetime(2026, 1, 1 + days, tzinfo=UTC)
            note_training(book, kind="retrain", outcome=outcome, version=None, why="old", at=moment)

        assert last_training(book).outcome == "published"


@pytest.fixture
def old(tmp_path):
    """A folder with a run that is due to be trained anew, and its table, which has grown."""
    write(tmp_path / "small.csv", business_days(ROWS))
    train(write(tmp_path / "small.yaml", RETRAIN), runs=tmp_path / "runs")
    write(tmp_path / "small.csv", business_days(ROWS + 80))
    return tmp_path


def chosen(folder):
    results = json.loads((folder / "runs/small/run_results.json").read_text())
    return [each["why"] for each in results["chosen"] if each["what"] == "retrain"]


def test_a_months_old_network_is_trained_anew_from_the_command_line(old):
    before = open_run(old / "runs", "small").version

    done = forecast("predict", "--csv", "small.csv", "--now", "2099-01-01", cwd=old, check=0)

    (why,) = chosen(old)
    assert (done.stdout, done.stderr) == ("", "")
    after, won = open_run(old / "runs", "small"), "no worse than" in why or "better than" in why
    assert before in why
    assert (after.version != before, after.manifest.made) == (won, "retrain" if won else "train")


def test_another_table_is_forecast_by_a_run_and_never_trains_it(old):
    """However due the run is: tomorrow its own table would be forecast by a network of the other."""
    write(old / "other.csv", business_days(ROWS + 80, value=7.0))
    before = open_run(old / "runs", "small").version

    forecast("predict", "--csv", "other.csv", "--run", "small", "--now", "2099-01-01", cwd=old, check=0)

    assert chosen(old) == []
    assert open_run(old / "runs", "small").version == before


@pytest.mark.parametrize("name", ["small-2026-01-05.csv", "small.csv"])
def test_the_run_s_own_table_may_carry_a_date(old, name):
    (old / "small.csv").rename(old / name)
    run = open_run(old / "runs", "small")

    assert is_own(run, SimpleNamespace(file=str(old / name)))
    assert not is_own(run, SimpleNamespace(file=str(old / "other.csv")))


def test_a_table_of_the_same_name_in_another_folder_is_another(old):
    run, twin = open_run(old / "runs", "small"), old / "elsewhere/small.csv"
    write(twin, business_days(ROWS))

    assert not is_own(run, SimpleNamespace(file=str(twin)))
