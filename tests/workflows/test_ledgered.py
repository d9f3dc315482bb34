"""What `predict` leaves in the ledger: at once, twice, failing, and not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import business_days, forecast, write
from killing import ENVIRONMENT

from forecaster.errors import LockedError, SystemFault
from forecaster.runs.ledger import FILE, ledger
from forecaster.runs.ledger_entries import published, states
from forecaster.runs.published import load_forecast
from forecaster.runs.versions import open_run
from forecaster.store import digest
from forecaster.workflows import keeping
from forecaster.workflows.plot import _newest
from forecaster.workflows.predict import predict_files
from forecaster.workflows.request import Request
from forecaster.workflows.training import Session


def predict(home, *, csv="small.csv", out=None, **asked):
    (done,) = predict_files([str(home / csv)], "small", Request(**asked), Session(home / "runs"), out=out)
    return done


def entries(home):
    with ledger(home / "runs/small") as book:
        return published(book)


def grow(home, count):
    write(home / "small.csv", "".join(business_days(400).splitlines(keepends=True)[:count]))


def lost(home):
    with ledger(home / "runs/small") as book:
        return states(book).get("lost", 0)


def test_a_forecast_is_entered_with_the_hashes_of_what_it_was_made_from_and_of_what_was_written(home):
    done = predict(home)

    (one,) = entries(home)
    assert (one.entry.cutoff, one.entry.version, one.entry.horizon) == ("2025-02-21", done.version, 3)
    assert one.entry.input == digest(home / "small.csv")
    assert (one.entry.place, one.entry.place_sha256) == (str(done.place), digest(done.place))


def test_the_same_command_twice_is_one_entry_and_one_kept_forecast(home):
    predict(home)
    predict(home)

    (one,) = entries(home)
    assert (one.repeats, len(list((home / "runs/small/forecasts").iterdir()))) == (1, 1)


def test_what_the_baseline_of_the_report_said_is_kept_beside_it(home):
    done = predict(home)

    (one,) = entries(home)
    kept = load_forecast(home / "runs/small/forecasts" / one.entry.file)
    newest = float((home / "small.csv").read_text().splitlines()[-1].partition(",")[2])
    assert kept.values.tolist() == done.forecast.values.tolist()
    assert (kept.baseline, kept.beside.tolist()) == ("naive", [[newest] * 3])


@pytest.mark.slow
def test_forecasts_at_once_are_all_made_and_entered_once(home):
    grow(home, 310)
    command = [sys.executable, "-m", "forecaster", "predict", "--csv", "small.csv", "--run", "small"]
    jobs = [subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    told = [job.communicate() for job in jobs]

    assert ([job.returncode for job in jobs], told) == ([0] * 4, [(b"", b"")] * 4)
    (one,) = entries(home)
    assert (one.repeats, len(list((home / "runs/small/forecasts").iterdir()))) == (3, 1)


def test_a_forecast_is_made_while_a_training_holds_the_run(home):
    from forecaster.store import lock

    with lock(home / "runs/small"):
        done = forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, check=0)

    assert (done.stderr, len(entries(home))) == ("", 1)


def test_the_ledger_is_waited_for_as_long_as_the_lock(home, monkeypatch):
    waits = []
    monkeypatch.setattr(keeping, "ledger", lambda folder, wait: waits.append(wait) or ledger(folder, wait=wait))

    list(predict_files([str(home / "small.csv")], "small", Request(), Session(home / "runs", wait=300.0)))

    assert waits == [300.0]


def test_a_user_s_file_that_cannot_be_written_leaves_the_old_one_and_no_forecast(home):
    (home / "out").mkdir()

    with pytest.raises(SystemFault, match="it is not a regular file"):
        predict(home, out=str(home / "out"))

    assert (entries(home), lost(home), list((home / "runs/small/forecasts").iterdir())) == ([], 1, [])


@pytest.mark.parametrize("old", ["old paths", None])
@pytest.mark.parametrize("entered", [True, False])
def test_paths_are_the_old_ones_where_their_forecast_cannot_be_written(entered, old, home):
    (home / "out").mkdir()
    if old is not None:
        (home / "out.paths.csv").write_text(old)

    with pytest.raises(SystemFault, match="it is not a regular file"):
        predict(home, out=str(home / "out"), paths=3, ledger=entered)

    assert (home / "out.paths.csv").exists() == (old is not None)
    assert old is None or (home / "out.paths.csv").read_text() == old


def test_a_ledger_that_cannot_be_written_leaves_the_user_s_old_file(home, monkeypatch):
    (home / "small.forecast.csv").write_text("old")

    def full(*_):
        raise SystemFault("the disk is full", hint="free some space")

    monkeypatch.setattr(keeping, "begin", full)
    with pytest.raises(SystemFault, match="the disk is full"):
        predict(home)

    assert (home / "small.forecast.csv").read_text() == "old"


def test_a_forecast_that_stdout_did_not_take_is_not_called_published(home):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "forecaster", "predict", "--csv", "small.csv", "--run", "small", "--out", "-"]
        done = subprocess.run(command, cwd=home, stdout=full, check=False)

    assert done.returncode == 8
    assert (entries(home), lost(home), list((home / "runs/small/forecasts").iterdir())) == ([], 1, [])


def test_a_forecast_for_stdout_is_published_once_it_was_printed(home):
    forecasts = predict_files([str(home / "small.csv")], "small", Request(), Session(home / "runs"), out="-")
    next(forecasts)
    with ledger(home / "runs/small") as book:
        before = states(book)

    rest = list(forecasts)

    assert (before, rest, len(entries(home))) == ({"pending": 1}, [], 1)


def test_a_forecast_that_is_out_counts_though_its_last_word_was_not_written(home, monkeypatch):
    def busy(*_):
        raise LockedError("busy", hint="wait")

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "publish_entry", busy)
        with pytest.raises(LockedError, match="busy"):
            predict(home)
    grow(home, 303)
    predict(home)

    assert [one.entry.cutoff for one in entries(home)] == ["2025-02-21", "2025-02-25"]


def tree(folder):
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in [folder, *folder.rglob("*")]}


def test_without_the_ledger_nothing_at_all_is_written_into_the_runs(home):
    before = tree(home / "runs")

    forecast("predict", "--csv", "small.csv", "--run", "small", "--no-ledger", cwd=home, check=0)

    assert (tree(home / "runs"), (home / "small.forecast.csv").is_file()) == (before, True)


def test_without_the_ledger_results_go_where_they_are_sent(home):
    more = ("--no-ledger", "--results", "results.json")
    forecast("predict", "--csv", "small.csv", "--run", "small", *more, cwd=home, check=0)

    assert json.loads((home / "results.json").read_text())["run"] == "small"


def test_without_the_ledger_nothing_is_trained_and_no_failure_is_noted(home):
    before = tree(home / "runs")
    done = forecast("predict", "--csv", "small.csv", "--run", "new", "--no-ledger", cwd=home, check=6)

    assert "no run new in" in done.stderr
    assert tree(home / "runs") == before


def test_a_damaged_ledger_is_code_6_and_told_with_the_way_around(home):
    (home / "runs/small" / FILE).write_text("hello")
    (home / "small.forecast.csv").write_text("old")

    done = forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, check=6)
    around = forecast("predict", "--csv", "small.csv", "--run", "small", "--no-ledger", cwd=home)

    assert done.stderr.startswith(f"forecast: error: {home}/runs/small/{FILE}: the ledger is damaged: ")
    assert "forecast with --no-ledger" in done.stderr
    assert around.returncode == 0


def shown(home):
    """The name of the kept forecast that a picture shows."""
    return _newest(open_run(home / "runs", "small"))[0].name


def test_the_picture_shows_the_forecast_of_the_latest_cutoff_not_the_one_made_last(home):
    grow(home, 305)
    predict(home)
    predict(home, cutoff="2025-02-24", out="-")

    assert f"-20250227-{entries(home)[-1].entry.version}" in shown(home)


def test_a_run_without_a_ledger_shows_what_lies_in_its_folder(home):
    predict(home)
    for end in ("", "-wal", "-shm"):
        (home / "runs/small" / (FILE + end)).unlink(missing_ok=True)

    assert shown(home).startswith("0000000001-")
    assert not (home / "runs/small" / FILE).exists()


BEGIN = """
import os, sys
from pathlib import Path
from killing import in_child, kill_before
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_entries import states
CALLS = "open write fsync link unlink close".split()
step, folder = 0, Path(sys.argv[1])
def opened():
    kill_before(step, (os, CALLS))
    with ledger(here) as book:
        states(book)

while True:
    step += 1
    here = folder / str(step)
    here.mkdir()
    status = in_child(opened)
    with ledger(here) as book:
        assert states(book) == {}
    if status == 0:
        break
print(step)
"""


def test_a_ledger_that_is_begun_is_whole_or_absent_whenever_its_process_is_killed(tmp_path):
    command = [sys.executable, "-c", BEGIN, tmp_path]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 8


def test_a_second_process_reads_what_the_first_is_still_writing(home):
    predict(home)
    with ledger(home / "runs/small") as book, book.changing():
        look = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT id FROM forecasts'))"
        done = subprocess.run([sys.executable, "-c", look, book.path], capture_output=True, text=True, check=True)

    assert done.stdout == "(1,)\n"
