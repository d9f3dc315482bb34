"""The ledger: one entry a night, whatever ends a process, and every refusal in our words."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecaster.errors import LockedError, RunError, SystemFault
from forecaster.runs import ledger as ledger_module
from forecaster.runs import ledger_entries, ledger_errors
from forecaster.runs.ledger import FILE, has_ledger, ledger
from forecaster.runs.ledger_actuals import actuals_of, note_actuals
from forecaster.runs.ledger_entries import (
    begin,
    newest,
    publish,
    published,
    reconcile,
    settle,
    states,
)
from forecaster.runs.ledger_rows import Entry, Recorded
from forecaster.runs.ledger_scores import put_score, scores
from forecaster.runs.ledger_trainings import last_training, note_training
from forecaster.runs.published import keep_forecast, through
from forecaster.series.clock import Clock
from forecaster.series.panel import Panel
from forecaster.store import digest
from forecaster.store.processes import born_of

CLOCK = Clock("step", 1)


def entry(folder, *, cutoff=5, name="0000000001-5-0000000042-6f3a-00ff00ff.values.gz", **changed):
    parts = {
        "source": "prices",
        "cutoff": str(cutoff),
        "moment": cutoff,
        "first": cutoff + 1,
        "last": cutoff + 3,
        "horizon": 3,
        "series": 1,
        "version": "0000000042-6f3a",
        "input": "a" * 64,
        "words": ("no skill", "ok"),
        "hindsight": False,
        "file": name,
        "sha256": digest(b"kept"),
        "place": str(folder / "out.csv"),
        "place_sha256": digest(b"told"),
    }
    return Entry(**{**parts, **changed})


def told(folder, content=b"told"):
    (folder / "out.csv").write_bytes(content)


def whole(book, folder, one):
    """Everything that a publication does, in its order."""
    number = begin(book, one)
    keep_forecast(folder, one.file, b"kept")
    told(folder)
    publish(book, number)
    return number


def killed(folder, one, *steps):
    """A publication by a process that was killed after some steps: `kept`, `told`."""
    with ledger(folder) as book:
        number = begin(book, one)
        if "kept" in steps:
            keep_forecast(folder, one.file, b"kept")
        if "told" in steps:
            told(folder)
        book.change("UPDATE forecasts SET pid = ?, born = 'never' WHERE id = ?", gone(), number)
        ledger_entries._at_work.clear()
    return number


def gone():
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def restart(folder):
    with ledger(folder) as book:
        reconcile(book)
        return states(book)


def test_an_entry_is_read_back_as_it_was_written(tmp_path):
    one = entry(tmp_path)

    with ledger(tmp_path) as book:
        number = whole(book, tmp_path, one)
        (recorded,) = published(book)

    assert (recorded.entry, recorded.id, recorded.pid) == (one, number, os.getpid())
    assert (recorded.repeats, recorded.due, recorded.state) == (0, 1, "published")
    assert datetime.fromisoformat(recorded.made).tzinfo is not None


def test_a_place_that_is_no_text_is_kept_too(tmp_path):
    one = entry(tmp_path, place=str(tmp_path / "pr\udcffix.csv"))

    with ledger(tmp_path) as book:
        begin(book, one)

    with ledger(tmp_path) as book:
        assert book.rows("SELECT place FROM forecasts") == [(os.fsencode(one.place),)]


def test_an_entry_counts_only_once_it_is_published(tmp_path):
    with ledger(tmp_path) as book:
        begin(book, entry(tmp_path))

        assert (published(book), newest(book, "prices"), states(book)) == ([], None, {"pending": 1})


def test_the_newest_forecast_is_that_of_the_latest_cutoff_whenever_it_was_made(tmp_path):
    with ledger(tmp_path) as book:
        for cutoff in (5, 9, 7):
            whole(book, tmp_path, entry(tmp_path, cutoff=cutoff))

        assert newest(book, "prices").entry.cutoff == "9"
        assert [one.entry.moment for one in published(book)] == [5, 7, 9]


def test_the_newest_forecast_of_a_table_goes_before_a_newer_one_of_another(tmp_path):
    with ledger(tmp_path) as book:
        whole(book, tmp_path, entry(tmp_path, cutoff=5))
        whole(book, tmp_path, entry(tmp_path, cutoff=9, source="sales"))

        assert [newest(book, name).entry.cutoff for name in ("prices", "sales", "other")] == ["5", "9", "9"]


def twice(folder):
    """The same night twice, by two names; how many are published, and which files are kept."""
    other = "0000000002-5-0000000042-6f3a-11ff11ff.values.gz"
    with ledger(folder) as book:
        whole(book, folder, entry(folder))
        whole(book, folder, entry(folder, name=other, place=None))
        return published(book), sorted(path.name[:10] for path in (folder / "forecasts").iterdir())


def test_the_same_night_twice_is_one_entry(tmp_path):
    (one,), kept = twice(tmp_path)

    assert (one.repeats, one.entry.place, kept) == (1, None, ["0000000001"])


def test_a_night_that_is_mended_is_the_last_word_again_though_a_bad_one_came_between(tmp_path):
    """The table was whole, then a cell slipped, then it was mended: the forecast that stands is the first one's."""
    good = entry(tmp_path)
    bad = entry(tmp_path, name="0000000002-5-0000000042-6f3a-00ff00ff.values.gz", input="b" * 64)
    again = entry(tmp_path, name="0000000003-5-0000000042-6f3a-00ff00ff.values.gz")

    with ledger(tmp_path) as book:
        for one in (good, bad, again):
            whole(book, tmp_path, one)

        assert [one.entry.input[0] for one in published(book)] == ["b", "a"]
        assert newest(book, "prices").entry.input == good.input


def test_without_its_key_the_ledger_doubles_a_night(tmp_path, monkeypatch):
    """The mutant of the test above."""
    monkeypatch.setattr(ledger_module, "SCHEMA", tuple(sql for sql in ledger_module.SCHEMA if " once " not in sql))

    entries, kept = twice(tmp_path)

    assert (len(entries), kept) == (2, ["0000000001", "0000000002"])


@pytest.mark.parametrize(
    "change",
    [{"source": "sales"}, {"input": "b" * 64}, {"version": "0000000043-0000"}, {"horizon": 7}, {"cutoff": 6}],
    ids=str,
)
def test_another_table_input_version_horizon_or_cutoff_is_another_entry(change, tmp_path):
    with ledger(tmp_path) as book:
        whole(book, tmp_path, entry(tmp_path))
        whole(book, tmp_path, entry(tmp_path, name="0000000002-5-0000000042-6f3a-11ff11ff.values.gz", **change))

        assert len(published(book)) == 2


@pytest.mark.parametrize(
    ("steps", "state"),
    [((), "lost"), (("kept",), "lost"), (("told",), "lost"), (("kept", "told"), "published")],
    ids=str,
)
def test_the_next_start_settles_what_a_killed_process_left(steps, state, tmp_path):
    killed(tmp_path, entry(tmp_path), *steps)

    found = restart(tmp_path)

    kept = list((tmp_path / "forecasts").glob("*")) if (tmp_path / "forecasts").exists() else []
    assert found == {state: 1}
    assert len(kept) == (1 if state == "published" else 0)


def test_without_the_next_start_s_look_the_night_is_lost(tmp_path, monkeypatch):
    """The mutant of the test above: a forecast that is out, and of which the ledger says nothing."""
    monkeypatch.setattr(ledger_entries, "_gone", lambda *_: False)
    killed(tmp_path, entry(tmp_path), "kept", "told")

    assert restart(tmp_path) == {"pending": 1}


def test_a_user_s_file_that_has_become_another_is_not_the_forecast_s(tmp_path):
    killed(tmp_path, entry(tmp_path), "kept", "told")
    told(tmp_path, b"another")

    assert restart(tmp_path) == {"lost": 1}


def test_a_damaged_kept_file_is_not_published(tmp_path):
    one = entry(tmp_path)
    killed(tmp_path, one, "kept", "told")
    (tmp_path / "forecasts" / one.file).write_bytes(b"ke")

    assert restart(tmp_path) == {"lost": 1}


def test_a_forecast_that_went_to_a_pipe_is_lost_with_its_process(tmp_path):
    killed(tmp_path, entry(tmp_path, place=None), "kept", "told")

    assert restart(tmp_path) == {"lost": 1}


def test_half_written_files_of_a_killed_process_are_swept(tmp_path):
    one = entry(tmp_path)
    killed(tmp_path, one)
    (tmp_path / "forecasts").mkdir()
    for place in (tmp_path, tmp_path / "forecasts"):
        (place / through(one.file)).write_bytes(b"half")

    restart(tmp_path)

    assert sorted(path.name for path in tmp_path.rglob(".tmp-*")) == []


def test_a_killed_repeat_of_a_published_night_leaves_the_first(tmp_path):
    with ledger(tmp_path) as book:
        whole(book, tmp_path, entry(tmp_path))
    told(tmp_path, b"the old one")
    killed(tmp_path, entry(tmp_path, name="0000000002-5-0000000042-6f3a-11ff11ff.values.gz"), "kept")

    assert restart(tmp_path) == {"published": 1}
    assert len(list((tmp_path / "forecasts").iterdir())) == 1


def test_a_repeat_that_was_killed_when_it_was_out_is_added_to_the_first(tmp_path):
    with ledger(tmp_path) as book:
        whole(book, tmp_path, entry(tmp_path))
    killed(tmp_path, entry(tmp_path, name="0000000002-5-0000000042-6f3a-11ff11ff.values.gz"), "kept", "told")

    restart(tmp_path)

    with ledger(tmp_path) as book:
        assert [(one.repeats, one.entry.file[:10]) for one in published(book)] == [(1, "0000000001")]


def test_what_is_at_work_is_left_alone(tmp_path):
    with ledger(tmp_path) as book:
        number = begin(book, entry(tmp_path))
        reconcile(book)
        state = states(book)
        publish(book, number)

    assert state == {"pending": 1}


def test_what_another_living_process_began_is_left_alone(tmp_path):
    killed(tmp_path, entry(tmp_path))
    with ledger(tmp_path) as book:
        parent = os.getppid()
        book.change("UPDATE forecasts SET pid = ?, born = ?", parent, born_of(parent))

    assert restart(tmp_path) == {"pending": 1}


def test_a_later_process_with_the_same_number_is_another(tmp_path):
    killed(tmp_path, entry(tmp_path), "kept", "told")
    with ledger(tmp_path) as book:
        book.change("UPDATE forecasts SET pid = ?, born = 'at another time'", os.getppid())

    assert restart(tmp_path) == {"published": 1}


@pytest.mark.parametrize(("made", "state"), [("2020-01-01T00:00:00+00:00", "lost"), (None, "pending")])
def test_of_another_machine_only_age_tells(made, state, tmp_path):
    killed(tmp_path, entry(tmp_path))
    with ledger(tmp_path) as book:
        made = made or datetime.now(UTC).isoformat(timespec="seconds")
        book.change("UPDATE forecasts SET host = 'elsewhere', made = ?", made)

    assert restart(tmp_path) == {state: 1}


def test_an_entry_that_another_start_has_settled_is_left_alone(tmp_path):
    """What the other has published meanwhile lies where this entry's file lay."""
    number = killed(tmp_path, entry(tmp_path), "kept", "told")
    restart(tmp_path)
    told(tmp_path, b"of the night that the other start has forecast since")

    with ledger(tmp_path) as book:
        settle(book, number)

        assert states(book) == {"published": 1}
    assert len(list((tmp_path / "forecasts").iterdir())) == 1


STARTS = """
import sys, time
from pathlib import Path
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_entries import reconcile

print("ready", flush=True)
begin = float(sys.stdin.readline())
for turn, folder in enumerate(sys.argv[1:]):
    time.sleep(max(0.0, begin + 0.05 * turn - time.time()))
    with ledger(Path(folder)) as book:
        reconcile(book)
"""


def test_starts_at_once_settle_what_a_killed_process_left_once(tmp_path):
    folders = [tmp_path / str(turn) for turn in range(15)]
    for folder in folders:
        folder.mkdir()
        if folder.name in "02468":  # a repeat of a night that is out
            with ledger(folder) as book:
                whole(book, folder, entry(folder))
        killed(folder, entry(folder, name="0000000002-5-0000000042-6f3a-11ff11ff.values.gz"), "kept", "told")

    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    starts = [subprocess.Popen([sys.executable, "-c", STARTS, *folders], **pipes) for _ in range(4)]
    ready = [start.stdout.readline() for start in starts]
    _begin_at_once(starts)
    problems = [start.communicate(timeout=60)[1] for start in starts]

    assert (ready, problems) == (["ready\n"] * 4, [""] * 4)
    assert [restart(folder) for folder in folders] == [{"published": 1}] * 15


def _begin_at_once(starts):
    begin = f"{time.time() + 0.1}\n"
    for start in starts:
        start.stdin.write(begin)
        start.stdin.flush()


def test_a_publication_that_failed_is_settled_at_once(tmp_path):
    with ledger(tmp_path) as book:
        number = begin(book, entry(tmp_path))
        settle(book, number)

        assert states(book) == {"lost": 1}


def test_a_forecast_that_was_given_up_by_another_process_is_not_called_published(tmp_path):
    with ledger(tmp_path) as book:
        number = begin(book, entry(tmp_path))
        book.change("UPDATE forecasts SET state = 'lost'")

        with pytest.raises(SystemFault, match="another process has taken this forecast for lost"):
            publish(book, number)


def test_a_change_happens_whole_or_not_at_all(tmp_path):
    def half():
        with ledger(tmp_path) as book, book.changing():
            begin(book, entry(tmp_path))
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        half()

    with ledger(tmp_path) as book:
        assert states(book) == {}


def test_what_was_changed_is_there_for_another_process(tmp_path):
    with ledger(tmp_path) as book:
        whole(book, tmp_path, entry(tmp_path))
        look = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT state FROM forecasts'))"

        done = subprocess.run([sys.executable, "-c", look, book.path], capture_output=True, text=True, check=True)

    assert done.stdout == "('published',)\n"


def test_two_that_begin_a_ledger_at_once_share_it(tmp_path):
    with ledger(tmp_path) as book:
        begin(book, entry(tmp_path))
    ledger_module._begin(tmp_path / FILE)  # who came second, and saw none

    with ledger(tmp_path) as book:
        assert states(book) == {"pending": 1}
    assert [path.name for path in tmp_path.glob(".tmp-*")] == []


def test_a_folder_without_a_ledger_is_known_as_such(tmp_path):
    assert not has_ledger(tmp_path)
    with ledger(tmp_path):
        assert has_ledger(tmp_path)


def test_it_is_flushed_at_every_change_and_keeps_a_log(tmp_path):
    with ledger(tmp_path) as book:
        found = [book.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "busy_timeout")]

    assert found == ["wal", 2, 10_000]


def test_a_newer_format_asks_for_an_upgrade(tmp_path):
    with ledger(tmp_path) as book:
        book.rows("PRAGMA user_version = 2")
    ledger_module._kept.ledger = None

    with pytest.raises(RunError, match=r"ledger\.sqlite: format 2, this version reads 1; upgrade forecaster"):
        restart(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + b"\xff" * 200])
def test_a_file_that_is_no_ledger_is_refused_by_name(content, tmp_path):
    (tmp_path / FILE).write_bytes(content)

    with pytest.raises(RunError, match=r"ledger\.sqlite: .*; move it away"):
        restart(tmp_path)


def test_a_torn_ledger_is_refused_by_name(tmp_path):
    with ledger(tmp_path) as book:
        whole(book, tmp_path, entry(tmp_path))
        book.connection.close()
    ledger_module._kept.ledger = None
    content = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))

    with pytest.raises(RunError, match=r"ledger\.sqlite: the ledger is damaged: .*; move it away"):
        restart(tmp_path)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER t AFTER UPDATE ON forecasts BEGIN DELETE FROM forecasts; END",
        "CREATE VIEW v AS SELECT 1",
        "ALTER TABLE forecasts ADD COLUMN more",
        "DROP INDEX once",
    ],
)
def test_tables_that_are_not_ours_are_refused(sql, tmp_path):
    with ledger(tmp_path) as book:
        book.rows(sql)
    ledger_module._kept.ledger = None

    with pytest.raises(RunError, match="its tables are not those of a ledger"):
        restart(tmp_path)


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_a_ledger_that_leads_out_of_the_run_is_refused(end, tmp_path):
    if end:
        with ledger(tmp_path):
            pass
        (tmp_path / (FILE + end)).unlink(missing_ok=True)
    (tmp_path / (FILE + end)).symlink_to("../elsewhere")

    with pytest.raises(RunError, match="it is not a regular file, and a ledger is one"):
        restart(tmp_path)


def read(folder):
    """Everything that anybody reads of a ledger, so that two can be compared."""
    with ledger(folder) as book:
        return (
            published(book),
            states(book),
            newest(book, "prices"),
            scores(book),
            last_training(book, kind="retrain"),
            actuals_of(book, "prices", ("a", "b"), np.array([6, 7])).tolist(),
        )


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A folder with a ledger that has been scored, and nobody who has it open."""
    folder = tmp_path_factory.mktemp("full")
    panel = Panel(np.arange(6.0), np.array([0, 3, 6]), np.zeros(2, dtype=int), ("a", "b"), np.arange(5, 8), CLOCK)
    with ledger(folder) as book:
        for cutoff in range(3, 12):
            number = whole(book, folder, entry(folder, cutoff=cutoff, series=2))
            put_score(
                book,
                number,
                {"count": [2.0, 2.0, 0.0], "error": [0.5, 1.25, 0.0]},
                unit="MAE",
                whole=False,
                revised=False,
            )
        for kind in ("retrain", "update"):
            note_training(book, kind=kind, outcome="kept", version=None, why="no better")
        note_actuals(book, "prices", panel, panel.times, since=5, seen="a" * 64)
        book.connection.close()
    ledger_module._kept.ledger = None
    return folder


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_flipped_bit_is_refused_or_touches_nothing_that_is_read(full, data):
    """SQLite keeps no checksums of its own: without the seals a digit of an error would change unnoticed."""
    content, truth = (full / FILE).read_bytes(), read(full)
    used = [place for place in range(len(content)) if content[place]]
    place, bit = data.draw(st.sampled_from(used)), data.draw(st.integers(0, 7))
    _put(full, content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :])
    try:
        found = _read_or_refused(full)
    finally:
        _put(full, content)
    assert FILE in found if isinstance(found, str) else same(found, truth)


def _read_or_refused(folder):
    try:
        return read(folder)
    except RunError as error:
        return str(error)


def _put(folder, content):
    if ledger_module._kept.ledger is not None:
        ledger_module._kept.ledger.connection.close()
        ledger_module._kept.ledger = None
    for end in ("-wal", "-shm"):
        (folder / (FILE + end)).unlink(missing_ok=True)
    (folder / FILE).write_bytes(content)


def same(one, other):
    """Of what may change (where a repeat went, how often it came) nothing decides anything."""
    return [_settled(part) for part in one] == [_settled(part) for part in other]


def _settled(part):
    if isinstance(part, list) and part and isinstance(part[0], Recorded):
        return [(one.id, replace(one.entry, place=None, place_sha256="")) for one in part]
    if isinstance(part, Recorded):
        return _settled([part])
    return part


def told_as(name):
    error = sqlite3.OperationalError("words of SQLite")
    error.sqlite_errorname = name
    return ledger_errors.meaning(error, "ledger.sqlite")


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("SQLITE_FULL", SystemFault, "the disk is full"),
        ("SQLITE_BUSY", LockedError, "another process has been writing for 10 s"),
        ("SQLITE_IOERR_WRITE", SystemFault, "words of SQLite"),
        ("SQLITE_READONLY_DIRECTORY", SystemFault, "forecast with --no-ledger"),
        ("SQLITE_CANTOPEN", SystemFault, "forecast with --no-ledger"),
        ("SQLITE_NOMEM", SystemFault, "words of SQLite"),
        ("SQLITE_CORRUPT", RunError, "the ledger is damaged: words of SQLite"),
        ("SQLITE_NOTADB", RunError, "the ledger is damaged"),
    ],
)
def test_what_sqlite_says_is_told_in_our_words(name, kind, words):
    error = told_as(name)

    assert type(error) is kind
    assert words in str(error)


def test_a_writer_that_does_not_end_is_told_with_code_11(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_errors, "PATIENCE", 0.05)
    with ledger(tmp_path):
        pass
    ledger_module._kept.ledger = None
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(LockedError, match="another process has been writing"), ledger(tmp_path) as book:
            begin(book, entry(tmp_path))
    finally:
        other.close()


def test_whoever_asks_for_it_waits_longer_for_a_writer_and_the_next_one_does_not(tmp_path):
    found = []
    for wait in (0.0, 600.0, 3.0, 1e12):
        with ledger(tmp_path, wait=wait) as book:
            found += book.rows("PRAGMA busy_timeout")[0]

    assert found == [10_000, 600_000, 10_000, 2_000_000_000]


def test_a_writer_that_ends_within_the_wait_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_errors, "PATIENCE", 0.05)
    with ledger(tmp_path):
        pass
    ledger_module._kept.ledger = None
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, other.close).start()

    with ledger(tmp_path, wait=60) as book:
        begin(book, entry(tmp_path))

        assert states(book) == {"pending": 1}


def test_a_full_disk_is_told_with_code_8_and_the_ledger_is_as_it_was(tmp_path):
    with ledger(tmp_path) as book:
        whole(book, tmp_path, entry(tmp_path))
        (pages,) = book.rows("PRAGMA page_count")[0]
        book.rows(f"PRAGMA max_page_count = {pages}")

        with pytest.raises(SystemFault, match="the disk is full"):
            begin(book, entry(tmp_path, words=("x" * 1_000_000,)))
        book.rows("PRAGMA max_page_count = 1000000")
        assert len(published(book)) == 1


def test_a_hostile_entry_names_no_file_outside_the_run(tmp_path):
    with ledger(tmp_path) as book:
        number = begin(book, entry(tmp_path, name="../../etc/passwd"))

        with pytest.raises(RunError, match="is not the name of a forecast"):
            settle(book, number)


def test_the_last_training_is_found_by_its_kind_and_its_outcome(tmp_path):
    when = datetime(2026, 1, 5, 3, tzinfo=UTC)
    with ledger(tmp_path) as book:
        note_training(book, kind="train", outcome="published", version="0000000001-abcd", why="first night", at=when)
        note_training(book, kind="update", outcome="kept", version=None, why="no better")

        last = last_training(book)
        assert (last.kind, last.outcome, last.version, last.why) == ("update", "kept", None, "no better")
        assert last_training(book, outcome="published").moment == when
        assert last_training(book, kind="train", outcome="kept") is None


@pytest.mark.parametrize("change", ["at = 'x026' || substr(at, 5)", "kind = 'uqdate'", "outcome = 'keqt'", "why = ''"])
def test_a_training_that_is_not_as_it_was_written_is_refused(change, tmp_path):
    with ledger(tmp_path) as book:
        for kind in ("train", "update"):
            note_training(book, kind=kind, outcome="kept", version=None, why="no better")
        book.change(f"UPDATE trainings SET {change} WHERE id = 2")  # noqa: S608

        with pytest.raises(RunError, match="the ledger is damaged: training 2 is not as it was written"):
            last_training(book, kind="train")


def test_a_connection_is_used_again_as_long_as_its_file_is_the_same(tmp_path):
    with ledger(tmp_path) as book:
        first = book
    with ledger(tmp_path) as book:
        again = book
        begin(book, entry(tmp_path))
    for end in ("", "-wal", "-shm"):
        (tmp_path / (FILE + end)).unlink(missing_ok=True)
    with ledger(tmp_path) as book:
        anew, entries = book, states(book)

    assert again is first
    assert anew is not first
    assert entries == {}
