"""kill -9 at every step of a forecast: ledger, kept file and the user's file agree after the next start."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

KILLED = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from commands import business_days
from killing import in_child, kill_before
from forecaster.runs import ledger, ledger_entries
from forecaster.runs.ledger_entries import reconcile
from forecaster.store import digest
from forecaster.workflows import keeping
from forecaster.workflows import predict as predicting
from forecaster.workflows.predict import predict_files
from forecaster.workflows.request import Request
from forecaster.workflows.training import Session

CALLS = "open write fsync mkdir rename replace link symlink unlink rmdir chmod close".split()
home, mutant = Path(sys.argv[1]), sys.argv[3]
run, out = home / "runs/small", home / "small.forecast.csv"
rows = business_days(500).splitlines(keepends=True)

if mutant == "told before it is entered":
    def backwards(run, said, beside, table, sent, journal, **more):
        sent.write(journal)
        return publishing(run, said, beside, table, sent, journal, **more)
    publishing, predicting.publishing = keeping.publishing, backwards

def predict():
    list(predict_files([str(home / "small.csv")], "small", Request(), Session(home / "runs")))

def killed_at(step):
    def armed(real):
        def entering(*args, **kwargs):
            kill_before(step, (os, CALLS), (ledger.Ledger, ("rows", "change")))
            return real(*args, **kwargs)
        return entering
    keeping.pack = armed(keeping.pack)  # from here on something is written
    predict()

def look():
    with ledger.ledger(run) as book:
        reconcile(book)
        entries = ledger_entries.published(book)
        states = ledger_entries.states(book)
    kept = {path.name: digest(path) for path in (run / "forecasts").iterdir()}
    found = {
        "pending": states.get("pending", 0),
        "kept": kept == {one.entry.file: one.entry.sha256 for one in entries},
        "told": max(entries, key=lambda one: one.id).entry.place_sha256 == digest(out),
        "nights": sorted(one.entry.cutoff for one in entries),
    }
    (home / "look.json").write_text(json.dumps(found))

found, step = [], 0
(home / "small.csv").write_text("".join(rows[:301]))
assert in_child(predict) == 0
while True:
    step += 1
    (home / "small.csv").write_text("".join(rows[:301 + step]))
    old = out.read_text()
    status = in_child(lambda: killed_at(step))
    after = out.read_text()
    assert in_child(look) == 0
    seen = json.loads((home / "look.json").read_text())
    assert in_child(predict) == 0
    assert in_child(look) == 0
    again = json.loads((home / "look.json").read_text())
    state = "old" if after == old else "new" if after == out.read_text() else "torn"
    left = sorted(str(path.relative_to(home)) for path in home.rglob(".tmp-*"))
    found.append({"status": status, "state": state, "seen": seen, "again": again, "left": left})
    if status == 0 or (mutant != "none" and not seen["told"]):
        break
json.dump(found, sys.stdout)
"""


def kill(home, mutant="none"):
    from commands import __file__ as support

    arguments = [sys.executable, "-c", KILLED, home, support.rpartition("/")[0], mutant]
    done = subprocess.run(list(map(str, arguments)), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def kills(trained, tmp_path_factory):
    """What was found after a kill -9 before the 1st, the 2nd, ... step of a forecast."""
    import shutil

    return kill(shutil.copytree(trained, tmp_path_factory.mktemp("killed") / "home", symlinks=True))


@pytest.mark.slow
def test_every_step_was_killed_but_the_last_that_ran_through(kills):
    assert [one["status"] for one in kills] == [9] * (len(kills) - 1) + [0]
    assert len(kills) > 30


@pytest.mark.slow
def test_the_user_s_file_is_the_old_one_or_the_new_one(kills):
    assert {one["state"] for one in kills} == {"old", "new"}


@pytest.mark.slow
def test_after_the_next_start_ledger_kept_files_and_the_user_s_file_agree(kills):
    for one in kills:
        assert (one["seen"]["pending"], one["seen"]["kept"], one["seen"]["told"]) == (0, True, True)
        assert one["left"] == []


@pytest.mark.slow
def test_no_night_is_lost_and_none_is_doubled(kills):
    for count, one in enumerate(kills, start=2):
        nights = one["again"]["nights"]
        assert (len(nights), len(set(nights))) == (count, count)


@pytest.mark.slow
def test_a_file_that_is_told_before_it_is_entered_does_not_agree(home):
    """The mutant of the tests above."""
    found = kill(home, "told before it is entered")

    assert not all(one["seen"]["told"] for one in found)
