"""Published forecasts joined with what has happened since: on every clock, and again where it was revised."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from commands import business_days, forecast, write
from hypothesis import given, settings
from hypothesis import strategies as st

import forecaster
from forecaster.config.data import DataConfig
from forecaster.errors import RunError
from forecaster.evaluation.report import Report
from forecaster.runs import ledger_actuals
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_actuals import actuals_of, note_actuals, revisions
from forecaster.runs.ledger_entries import published
from forecaster.runs.ledger_scores import history, scores
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.series.panel import Panel
from forecaster.series.tables import read_table
from forecaster.workflows import score as score_module
from forecaster.workflows.forecasting import Beside
from forecaster.workflows.journal import Journal
from forecaster.workflows.keeping import Sent, counted, publish
from forecaster.workflows.predict import predict_files
from forecaster.workflows.request import Request
from forecaster.workflows.score import live, score
from forecaster.workflows.training import Session

H = 3
FORWARD = "2026-03-29"  # when clocks in Berlin go forward
BACK = "2026-10-25"  # and back: the hour from two to three comes twice


def report_of(series, horizon=H):
    both = {"model": {"mae": 1.0, "mase": 0.5}, "naive": {"mae": 2.0, "mase": 1.0}}
    return Report(
        *("r", "v1", 8, horizon, both, 0.5, "better", ""),
        by_step=[{"step": step + 1, **both} for step in range(horizon)],
        by_series=[{"series": name, **both} for name in series],
        by_fold=[{"cutoff": str(fold), **both} for fold in range(8)],
        baseline="naive",
    )


@pytest.fixture
def made_up(tmp_path):
    """A run whose network is one too low, always; the truth it is too low by comes from the whole table."""

    class Made:
        def __init__(self, series=("value",)):
            self.run = SimpleNamespace(
                name="r",
                folder=tmp_path,
                version="0000000001-abcd",
                report=lambda: report_of(series),
                config=lambda: SimpleNamespace(evaluation=SimpleNamespace(stride=H, intervals=(0.8,))),
                manifest=SimpleNamespace(borders=SimpleNamespace(seen={"model.onnx": 0, "scored.onnx": 0})),
            )

        def predict(self, truth, cutoff, *, off=1.0, status="ok", sha256=None, file="/srv/t.csv"):
            past = truth.until(cutoff)
            times = past.future(H)
            values = self.known(truth, past.ids, times)
            said = Forecast(
                past.ids,
                past.last,
                times,
                np.where(np.isnan(values), 0.0, values) - off,
                intervals=(0.8,),
                lower=np.nan_to_num(values)[..., None] - off,
                upper=np.nan_to_num(values)[..., None] + off,
                status=((status,) * H,) * len(past.ids),
            )
            table = SimpleNamespace(panel=past, sha256=sha256 or f"{cutoff:064d}", file=file)
            sent = Sent("text", tmp_path / "out.csv", None, tmp_path / "paths.csv")
            publish(self.run, said, Beside("naive", said.values - off), table, sent, Journal())

        @staticmethod
        def known(truth, ids, times):
            places = {name: place for place, name in enumerate(truth.ids)}
            found = np.full(times.shape, np.nan)
            for row, name in enumerate(ids):
                place = places[name]
                own = dict(
                    zip(
                        truth.times[truth.starts[place] : truth.last[place] + 1].tolist(),
                        truth.series(place).tolist(),
                        strict=True,
                    )
                )
                found[row] = [own.get(moment, np.nan) for moment in times[row].tolist()]
            return found

        def live(self, panel, seen="s", file="/srv/t.csv"):
            return live(self.run, SimpleNamespace(panel=panel, sha256=seen, file=file))

    monkey = pytest.MonkeyPatch()
    monkey.setattr("forecaster.workflows.keeping.known_later", lambda *_: False)
    yield Made
    monkey.undo()


def table_of(tmp_path, lines, **data):
    file = write(tmp_path / "table.csv", "\n".join(lines) + "\n")
    return read_table(DataConfig(path=str(file), **data)).panel


def hours(day, count):
    """Hours of Berlin without their offset, as exports write them."""
    from zoneinfo import ZoneInfo

    first = np.datetime64(f"{day}T00:00").astype("datetime64[s]").astype(int) - 7200
    zone = ZoneInfo("Europe/Berlin")
    from datetime import UTC, datetime

    moments = [datetime.fromtimestamp(int(first) + 3600 * n, UTC).astimezone(zone) for n in range(count)]
    return [f"{moment:%Y-%m-%d %H:%M},{n}" for n, moment in enumerate(moments)]


def weekdays(count):
    days = np.busday_offset("2026-01-05", np.arange(count))
    return [f"{day},{n * n}" for n, day in enumerate(days)]


CLOCKS = {
    "integer steps": ([f"{n * n}" for n in range(30)], {"target": "value"}),
    "days": ([f"{np.datetime64('2026-02-20') + n},{n * n}" for n in range(30)], {}),
    "business days": (weekdays(30), {}),
    "months": ([f"{np.datetime64('2024-01') + n}-01,{n * n}" for n in range(30)], {}),
    "hours over the day with 23": (hours(FORWARD, 30), {"timezone": "Europe/Berlin"}),
    "hours over the day with 25": (hours(BACK, 30), {"timezone": "Europe/Berlin"}),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_every_step_is_joined_with_what_happened_then_on_every_clock(name, made_up, tmp_path):
    rows, data = CLOCKS[name]
    head = "value" if "target" in data else "time,value"
    data = data or {}
    times = {} if "target" in data else {"time": "time", "target": "value"}
    panel, run = table_of(tmp_path, [head, *rows], **{**times, **data}), made_up()
    for cutoff in range(5, 27):
        run.predict(panel, cutoff)

    found = run.live(panel)

    assert (found.forecasts, found.bias) == (22, pytest.approx(1.0, abs=1e-9))
    assert [step["live"] for step in found.by_step] == pytest.approx([1.0] * H, abs=1e-9)
    assert [step["forecasts"] for step in found.by_step] == [22] * H


def test_series_that_end_early_have_holes_or_are_new_are_joined_each_by_its_own_moments(made_up, tmp_path):
    """`a` whole, `b` ends at day 20, `c` begins at day 8 and has a hole from day 14 to 18."""
    rows = [f"{np.datetime64('2026-02-01') + n},a,{n}" for n in range(30)]
    rows += [f"{np.datetime64('2026-02-01') + n},b,{n * n}" for n in range(20)]
    rows += [f"{np.datetime64('2026-02-01') + n},c,{-n}" for n in range(8, 30) if not 14 <= n < 19]
    panel = table_of(tmp_path, ["time,id,value", *rows], time="time", id="id", target="value")
    run = made_up(series=("a", "b", "c"))
    for cutoff in range(5, 29):
        run.predict(panel, cutoff)

    found = run.live(panel)

    assert found.unit == "MASE"
    assert [step["live"] for step in found.by_step] == pytest.approx([0.5] * H, abs=1e-9)
    with ledger(tmp_path) as book:
        counts = {one.entry.cutoff: scores(book)[one.id].tally["count"] for one in published(book)}
    assert counts["2026-02-06"] == [2, 2, 2]  # c had not begun
    assert counts["2026-02-12"] == [3, 3, 2]  # the hole begins at its third step
    assert counts["2026-02-22"] == [2, 2, 2]  # b goes on from its own end, of which nothing is known


def numbers(values, start=0, ids=("value",)):
    values = np.atleast_2d(np.asarray(values, dtype=float))
    count = values.shape[1]
    return Panel(
        values=values.ravel(),
        offsets=np.arange(len(values) + 1) * count,
        starts=np.zeros(len(values), dtype=np.int64),
        ids=ids,
        times=np.arange(start, start + count),
        clock=Clock("step", 1),
    )


def test_a_forecast_is_scored_as_far_as_its_steps_have_passed(made_up):
    truth, run = numbers(np.arange(12.0)), made_up()
    run.predict(truth, 7)

    seen = [run.live(truth.until(last)).by_step for last in (7, 8, 9, 10, 11)]

    assert [[step["forecasts"] for step in steps] for steps in seen] == [
        *([0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1])
    ]


def test_a_forecast_that_has_passed_is_not_read_again(made_up, monkeypatch):
    truth, run = numbers(np.arange(20.0)), made_up()
    for cutoff in (5, 6, 7):
        run.predict(truth, cutoff)
    run.live(truth.until(9))  # that of step 5 and 6 have passed, that of 7 lacks one
    read = []
    loading = score_module.load_forecast
    monkeypatch.setattr(
        score_module, "load_forecast", lambda path, *hashed: read.append(path.name[:10]) or loading(path, *hashed)
    )

    again = [run.live(truth.until(9)).forecasts, run.live(truth.until(15)).forecasts]

    assert (again, read) == ([3, 3], ["0000000003"])


def test_an_actual_that_was_revised_is_scored_again_and_both_are_kept(made_up, tmp_path):
    truth, run = numbers(np.arange(12.0)), made_up()
    for cutoff in (4, 8):
        run.predict(truth, cutoff)
    before = run.live(truth)
    revised = replace(truth, values=np.where(truth.times == 6, 60.0, truth.values))

    after = run.live(revised, seen="another table")

    assert (before.revised, before.error["live"]) == (0, 1.0)
    assert (after.revised, after.error["live"]) == (1, 1.0 + 54 / 6)
    with ledger(tmp_path) as book:
        assert revisions(book, "t", 6, ("value",)).tolist() == [[6.0], [60.0]]
        first, second = (history(book, one.id) for one in published(book))
    assert [one.tally["error"] for one in first] == [[1.0, 1.0, 1.0], [1.0, 55.0, 1.0]]
    assert len(second) == 1


def test_without_comparing_marks_a_revision_is_missed(made_up, monkeypatch):
    """The mutant of the test above: what is known is taken for final."""
    truth, run = numbers(np.arange(12.0)), made_up()
    run.predict(truth, 4)
    run.live(truth)
    monkeypatch.setattr("forecaster.runs.ledger_actuals._renew", lambda *_: None)

    after = run.live(replace(truth, values=np.where(truth.times == 6, 60.0, truth.values)))

    assert (after.revised, after.error["live"]) == (0, 1.0)


@pytest.fixture
def one_by_one(monkeypatch):
    """Moments are looked at one by one; what is appended to the list is called between them."""
    between = []
    monkeypatch.setattr(ledger_actuals, "_BLOCK", 1)
    monkeypatch.setattr(ledger_actuals, "sleep", lambda _: [call() for call in between])
    return between


def test_a_forecast_may_be_entered_while_a_long_table_is_looked_at(made_up, one_by_one):
    truth, run, begun = numbers(np.arange(12.0)), made_up(), []
    run.predict(truth, 7)
    one_by_one.append(lambda: begun.append(begins_to_write(run.run.folder)))

    assert run.live(truth).forecasts == 1
    assert begun == [True, True, True]  # after each of the moments 8, 9 and 10


def test_in_one_change_a_long_look_keeps_the_forecast_out(made_up, one_by_one):
    """The mutant of the test above."""
    truth, run, begun = numbers(np.arange(12.0)), made_up(), []
    run.predict(truth, 7)
    one_by_one.append(lambda: begun.append(begins_to_write(run.run.folder)))

    with ledger(run.run.folder) as book, book.changing():
        note_actuals(book, "t", truth, truth.times, since=8, seen="s")

    assert begun == [False, False, False]


def begins_to_write(folder):
    """Whether another process may, that does not wait at all."""
    other = sqlite3.connect(folder / "ledger.sqlite", timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    finally:
        other.close()
    return True


def test_a_look_that_is_ended_has_marked_the_forecasts_of_what_it_has_noted(made_up, one_by_one):
    truth, run = numbers(np.arange(12.0)), made_up()
    for cutoff in (3, 8):
        run.predict(truth, cutoff)
    run.live(truth)
    one_by_one.append(ended)

    with pytest.raises(KeyboardInterrupt, match="now"):
        run.live(replace(truth, values=truth.values * 2))

    with ledger(run.run.folder) as book:
        assert [one.due for one in published(book)] == [2, 0]


def ended():
    raise KeyboardInterrupt("now")


def test_a_table_that_has_lost_its_beginning_still_knows_what_was_scored(made_up):
    truth, run = numbers(np.arange(30.0)), made_up()
    for cutoff in range(4, 24):
        run.predict(truth, cutoff)
    run.live(truth)

    short = numbers(np.arange(25.0, 30.0), start=25)
    found = run.live(short)

    assert (found.forecasts, found.error["live"], found.revised) == (20, 1.0, 0)


def test_a_series_that_is_missing_today_and_back_tomorrow_is_no_revision(made_up):
    both, run = numbers([np.arange(12.0), np.arange(12.0)], ids=("a", "b")), made_up(series=("a", "b"))
    run.predict(both, 4)
    run.live(both)

    again = [run.live(both.select(np.array(which))).revised for which in ([0], [1, 0], [0, 1])]

    assert again == [0, 0, 0]


def test_a_newer_forecast_of_the_same_cutoff_counts_and_the_older_one_stays(made_up, tmp_path):
    truth, run = numbers(np.arange(12.0)), made_up()
    run.predict(truth, 4, sha256="a" * 64)
    run.predict(truth, 4, off=5.0, sha256="b" * 64)

    found = run.live(truth)

    assert (found.forecasts, found.error["live"]) == (1, 5.0)
    assert found.left_out == {"made again from a newer table or by another version": 1}
    with ledger(tmp_path) as book:
        assert len(published(book)) == 2


def judged_by(run, *, naive, series=("a", "b")):
    """The version that stands after a training or a rollback: its folds had other scales."""
    both = {"model": {"mae": 1.0, "mase": 1.0 / naive}, "naive": {"mae": naive, "mase": 1.0}}
    run.run.report = lambda: replace(
        report_of(series), by_series=[{"series": name, **both} for name in series], metrics=both
    )


def test_scores_are_measured_anew_where_the_version_is_judged_in_other_units(made_up):
    truth, run = numbers(np.stack([np.arange(12.0)] * 2), ids=("a", "b")), made_up(("a", "b"))
    run.predict(truth, 4)
    found = [run.live(truth)]
    judged_by(run, naive=4.0)
    run.predict(truth, 5)
    found += [run.live(truth)]
    judged_by(run, naive=4.0, series=("value",))

    found += [run.live(truth)]

    assert [(report.unit, report.error["live"]) for report in found] == [("MASE", 0.5), ("MASE", 0.25), ("MAE", 1.0)]
    assert [report.revised for report in found] == [0, 0, 0]


def test_without_their_units_scores_of_two_scales_are_mixed(made_up, monkeypatch):
    """The mutant of the test above: a mean of one half and one quarter."""
    truth, run = numbers(np.stack([np.arange(12.0)] * 2), ids=("a", "b")), made_up(("a", "b"))
    run.predict(truth, 4)
    run.live(truth)
    judged_by(run, naive=4.0)
    run.predict(truth, 5)
    monkeypatch.setattr(score_module, "in_other_units", lambda *_: set())

    assert run.live(truth).error["live"] == 0.375


def test_two_tables_of_one_run_know_nothing_of_each_other(made_up):
    """`--run` serves any table with its columns: at the same moments other things happen there."""
    one, other, run = numbers(np.arange(12.0)), numbers(100 * np.arange(12.0)), made_up()
    for cutoff in (4, 5):
        run.predict(one, cutoff)
        run.predict(other, cutoff, off=7.0, file="/srv/u.csv", sha256=f"{cutoff}" * 64)

    found = [run.live(one), run.live(other, file="/srv/u.csv"), run.live(one)]

    assert [report.error["live"] for report in found] == [1.0, 7.0, 1.0]
    assert [report.revised for report in found] == [0, 0, 0]
    assert found[0].left_out == {"of another table": 2}


def test_two_tables_of_equal_bytes_are_each_scored(made_up):
    truth, run = numbers(np.arange(12.0)), made_up()
    for file in ("/srv/t.csv", "/srv/u.csv"):
        run.predict(truth, 4, file=file)

    assert [run.live(truth, file=file).forecasts for file in ("/srv/t.csv", "/srv/u.csv")] == [1, 1]


def test_a_table_that_comes_under_a_new_date_every_day_is_one(made_up):
    truth, run = numbers(np.arange(12.0)), made_up()
    for cutoff in (4, 5):
        run.predict(truth, cutoff, file=f"/srv/t-2026-01-{cutoff:02d}.csv")

    assert run.live(truth, file="/srv/t-2026-02-01.csv.gz").forecasts == 2


def test_forecasts_with_hindsight_are_left_out_and_counted(made_up, monkeypatch):
    truth, run = numbers(np.arange(12.0)), made_up()
    run.predict(truth, 4)
    monkeypatch.setattr("forecaster.workflows.keeping.known_later", lambda *_: True)
    run.predict(truth, 5, off=9.0)

    found = run.live(truth)

    assert (found.forecasts, found.error["live"], found.left_out) == (1, 1.0, {"with hindsight": 1})


def test_a_fallback_is_scored_apart(made_up):
    truth, run = numbers(np.arange(12.0)), made_up()
    run.predict(truth, 4, status="fallback", off=3.0)
    run.predict(truth, 5)

    found = run.live(truth)

    assert (found.error["live"], found.fallback) == (1.0, {"forecasts": 3, "error": 3.0})


def test_a_forecast_of_a_hole_waits(made_up):
    values = np.where(np.isin(np.arange(12), (5, 6, 7)), np.nan, np.arange(12.0))
    truth, run = numbers(values), made_up()
    run.predict(truth, 4)

    found = run.live(truth)

    assert (found.forecasts, found.left_out) == (0, {"waiting for what happens": 1})


def test_a_hole_that_was_filled_is_not_what_happened_and_its_values_are_no_revision(made_up, tmp_path):
    """Days of squares: a line through a hole of two days is off by one, and would be revised when the days come."""
    days = [f"{np.datetime64('2026-02-20') + n},{n * n}" for n in range(12)]
    columns, run = {"time": "time", "target": "value"}, made_up()
    truth = table_of(tmp_path, ["time,value", *days], **columns)
    holed = table_of(tmp_path, ["time,value", *days[:6], *days[8:]], **columns)
    run.predict(truth, 4)

    before, after = run.live(holed), run.live(truth, seen="whole")

    assert holed.values[6:8].tolist() == [38.0, 51.0]
    assert [step["forecasts"] for step in before.by_step] == [1, 0, 0]
    assert [step["forecasts"] for step in after.by_step] == [1, 1, 1]
    assert (before.error["live"], after.error["live"], after.revised) == (1.0, 1.0, 0)


def test_a_run_without_forecasts_has_nothing_to_score(made_up):
    found = made_up().live(numbers(np.arange(12.0)))

    assert (found.forecasts, found.retrain, found.left_out) == (0, False, {})


def test_a_kept_forecast_that_is_damaged_is_refused_by_name(made_up, tmp_path):
    truth, run = numbers(np.arange(12.0)), made_up()
    run.predict(truth, 4)
    (kept,) = (tmp_path / "forecasts").iterdir()
    kept.write_bytes(kept.read_bytes()[:-9])

    with pytest.raises(RunError, match=rf"{kept.name}: this forecast is damaged"):
        run.live(truth)


@settings(max_examples=40)
@given(st.data())
def test_what_is_known_at_the_end_does_not_depend_on_how_it_became_known(tmp_path_factory, data):
    """Any series may be missing, empty or unrevised in any look: the ledger ends at the newest value of each moment."""
    ids, steps = ("a", "b", "c"), 4
    newest = np.full((len(ids), steps), np.nan)
    with ledger(tmp_path_factory.mktemp("run")) as book:
        for look in range(data.draw(st.integers(1, 4))):
            chosen = data.draw(st.lists(st.sampled_from(range(3)), min_size=1, unique=True))
            cells = st.sampled_from([np.nan, 1.0, 2.0])
            values = np.array([[data.draw(cells) for _ in range(steps)] for _ in chosen])
            panel = numbers(values, ids=tuple(ids[place] for place in chosen))
            note_actuals(book, "t", panel, counted(panel.times), since=0, seen=str(look))
            newest[chosen] = np.where(np.isnan(values), newest[chosen], values)

        found = actuals_of(book, "t", ids, np.arange(steps))

    assert np.array_equal(found.T, newest, equal_nan=True)


@pytest.fixture
def nightly(home):
    """The trained run, and twelve nights of it after its training."""
    rows = business_days(320).splitlines(keepends=True)
    for count in range(302, 314):
        write(home / "small.csv", "".join(rows[:count]))
        list(predict_files([str(home / "small.csv")], "small", Request(), Session(home / "runs")))
    write(home / "small.csv", "".join(rows))
    return home


def test_a_run_is_scored_from_python_and_its_report_is_kept(nightly):
    found = forecaster.score("small", nightly / "small.csv", runs=nightly / "runs")

    stored = json.loads((nightly / "runs/small/score.json").read_text())
    assert (found.forecasts, found.unit, found.left_out) == (12, "MAE", {})
    assert stored["error"] == found.error
    assert found.error["live"] == pytest.approx(np.mean([step["live"] for step in found.by_step]))


def test_a_missed_night_is_caught_up_and_scored_like_the_others(nightly):
    before = score("small", nightly / "small.csv", runs=nightly / "runs").forecasts
    request = Request(cutoff="2025-03-12")  # a night after those twelve
    out = str(nightly / "missed.csv")
    list(predict_files([str(nightly / "small.csv")], "small", request, Session(nightly / "runs"), out=out))

    found = score("small", nightly / "small.csv", runs=nightly / "runs")

    assert (before, found.forecasts, found.last, found.left_out) == (12, 13, "2025-03-12", {})


def test_a_cutoff_before_the_training_ended_is_marked_and_left_out(nightly):
    request = Request(cutoff="2025-02-20")
    list(predict_files([str(nightly / "small.csv")], "small", request, Session(nightly / "runs"), out="-"))

    found = score("small", nightly / "small.csv", runs=nightly / "runs")

    assert (found.forecasts, found.left_out) == (12, {"with hindsight": 1})
    with ledger(nightly / "runs/small") as book:
        assert "hindsight" in published(book)[0].entry.words


def test_scoring_is_silent_without_a_terminal_and_leaves_its_results(nightly):
    silent = forecast("score", "small", "--csv", "small.csv", cwd=nightly, check=0)
    told = forecast("score", "small", "--csv", "small.csv", "-v", cwd=nightly, check=0).stdout
    stored = json.loads(forecast("score", "small", "--csv", "small.csv", "--json", cwd=nightly, check=0).stdout)

    assert (silent.stdout, silent.stderr) == ("", "")
    assert told.startswith("12 forecasts scored, cutoffs 2025-02-24 to 2025-03-11; MAE in the data's own units\n")
    assert told.splitlines()[-1].startswith("retrain: no, because")
    assert stored["forecasts"] == 12
    results = json.loads((nightly / "runs/small/run_results.json").read_text())
    assert (results["code"], results["verdict"].partition(",")[0]) == (0, "retrain: no")


def test_scoring_works_with_no_environment_at_all(nightly):
    command = [sys.executable, "-m", "forecaster", "score", "small", "--csv", str(nightly / "small.csv")]

    done = subprocess.run(
        [*command, "--runs", str(nightly / "runs")], cwd="/", env={}, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (nightly / "runs/small/score.json").is_file()


def test_scoring_loads_neither_tensorflow_nor_pandas_nor_a_plotting_library(nightly):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from forecaster.workflows.score import score\n"
        "score('small', 'small.csv', runs=Path('runs'))\n"
        "sys.exit(' '.join({'tensorflow', 'keras', 'matplotlib', 'pandas', 'onnxruntime'} & set(sys.modules)) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=nightly, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_run_of_a_table_is_found_by_the_table(nightly):
    with pytest.raises(RunError, match="was trained on"):
        score(None, nightly / "small.csv", runs=nightly / "runs")  # the copy's run records the original table

    assert score(None, None, runs=nightly / "runs").run == "small"
