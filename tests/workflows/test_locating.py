"""Which run forecasts a table; the training itself is replaced by one that only notes what it was given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from commands import business_days, write

from forecaster.errors import ConfigError, DataError, RunError, UsageError
from forecaster.runs.versions import open_run
from forecaster.workflows.locating import Source, Wanted, doubts, locate
from forecaster.workflows.training import Session


@pytest.fixture
def trainings(monkeypatch):
    """Every (session, prepared) that would have been trained."""
    noted = []
    monkeypatch.setattr(
        "forecaster.workflows.train.train_prepared",
        lambda session, prepared: noted.append((session, prepared)) or "a new run",
    )
    return noted


def located(runs, path, name=None, *, content=None, **wanted):
    session = Session(runs)
    return locate(Source(path, content), name, session, wanted=Wanted(**wanted)), session.journal


def test_a_table_without_a_run_gets_one_of_its_own_name(tmp_path, trainings):
    table = write(tmp_path / "oil prices.csv", business_days(120))

    run, journal = located(tmp_path / "runs", table)

    ((_, prepared),) = trainings
    assert (run, prepared.name, journal.run) == ("a new run", "oil-prices", "oil-prices")
    assert prepared.config.data.path == str(table)


def test_what_was_chosen_for_a_first_night_is_noted_with_reasons(tmp_path, trainings):
    _, journal = located(tmp_path / "runs", write(tmp_path / "a.csv", business_days(120)))

    assert {"window.lookback", "data.target"} & {one["what"] for one in journal.chosen}
    assert all(one["why"] for one in journal.chosen)
    assert journal.timings["choice"] >= 0


def test_what_is_set_reaches_the_training_of_a_first_night(tmp_path, trainings):
    located(tmp_path / "runs", write(tmp_path / "a.csv", business_days(120)), overrides=("training.seed=7",))

    assert trainings[0][1].config.training.seed == 7


def test_a_key_that_does_not_exist_is_told_before_a_first_night(tmp_path, trainings):
    table = write(tmp_path / "a.csv", business_days(120))

    with pytest.raises(ConfigError, match=r'training\.sed=7: unknown key "sed"; did you mean "seed"'):
        located(tmp_path / "runs", table, overrides=("training.sed=7",))
    assert trainings == []


def test_bytes_from_stdin_are_trained_under_the_name_that_is_given(tmp_path, trainings):
    run, _ = located(tmp_path / "runs", None, "piped", content=business_days(120).encode())

    assert run == "a new run"
    assert trainings[0][1].name == "piped"
    assert trainings[0][1].table.rows == 120


def test_the_run_that_was_trained_on_a_file_is_found_by_it(trained, trainings):
    run, _ = located(trained / "runs", trained / "small.csv")

    assert (run.name, trainings) == ("small", [])


def test_a_link_to_the_file_is_the_file(trained, tmp_path, trainings):
    (tmp_path / "today.csv").symlink_to(trained / "small.csv")

    assert located(trained / "runs", tmp_path / "today.csv")[0].name == "small"


def test_a_run_that_is_named_serves_any_table(trained, tmp_path, trainings):
    table = write(tmp_path / "2024-03-05.csv", business_days(120))

    assert located(trained / "runs", table, "small")[0].name == "small"


def test_a_name_without_a_run_is_trained_under_that_name(home, tmp_path, trainings):
    located(home / "runs", write(tmp_path / "a.csv", business_days(120, value=50.0)), "other")

    ((session, prepared),) = trainings
    assert prepared.name == "other"
    assert session.journal.warnings == []


def test_a_second_run_on_the_same_rows_is_trained_with_a_word_about_the_first(home, tmp_path, trainings):
    _, journal = located(home / "runs", write(tmp_path / "copy.csv", business_days(320)))

    assert journal.warnings == ["the rows are also those of run small; to use that one: --run small"]


@pytest.mark.parametrize(
    ("stem", "named"),
    [("prices-2024-03-05", "prices"), ("20240305_prices", "prices"), ("2024.03.05", "NAME"), ("a_2024_03_05", "a")],
)
def test_a_date_in_a_name_is_refused_with_the_name_without_it(stem, named, tmp_path, trainings):
    table = write(tmp_path / f"{stem}.csv", business_days(120))

    with pytest.raises(UsageError, match=rf"{stem}\.csv has a date in its name .*; name the run with --run {named}$"):
        located(tmp_path / "runs", table)


def test_a_year_in_a_name_is_no_date(tmp_path, trainings):
    located(tmp_path / "runs", write(tmp_path / "census-2020.csv", business_days(120)))

    assert trainings[0][1].name == "census-2020"


@pytest.mark.parametrize("wanted", [{"may_train": False}, {"previous": True}])
def test_where_no_run_may_be_trained_the_missing_one_is_told(wanted, tmp_path, trainings):
    table = write(tmp_path / "a.csv", business_days(120))

    with pytest.raises(
        RunError, match=rf"a\.csv: no run a in {tmp_path}/runs; leave out --no-train \(or --no-ledger\) to train it"
    ):
        located(tmp_path / "runs", table, **wanted)
    assert trainings == []


def test_a_run_that_is_trained_takes_no_settings(trained):
    with pytest.raises(UsageError, match=r"--set training\.seed=7: run small is trained already; write its config"):
        located(trained / "runs", trained / "small.csv", overrides=("training.seed=7",))


def test_a_table_of_two_lines_is_refused_before_a_first_night(tmp_path, trainings):
    with pytest.raises(DataError, match=r"a\.csv: "):
        located(tmp_path / "runs", write(tmp_path / "a.csv", "date,y\n2024-01-01,1\n"))
    assert trainings == []
    assert not (tmp_path / "runs").exists()


def test_another_table_under_the_same_name_does_not_get_the_run(home, trainings):
    """The first table is still there, so this one is another, whatever its rows."""
    other = write(home / "other/small.csv", business_days(300))

    with pytest.raises(RunError, match=r"run small was trained on .*, another file; give it a run of its own"):
        located(home / "runs", other)


def test_a_table_that_has_moved_keeps_its_run_if_the_rows_agree(moved, trainings):
    assert located(moved / "runs", write(moved / "new/small.csv", business_days(310)))[0].name == "small"


def test_a_table_that_has_moved_and_changed_its_past_gets_no_run(moved, trainings):
    *before, changed, last = business_days(300).splitlines()
    rewritten = "\n".join([*before, f"{changed.split(',')[0]},1.00", last])

    with pytest.raises(RunError, match=r"which is gone, and the rows do not continue it; give it a run of its own"):
        located(moved / "runs", write(moved / "new/small.csv", f"{rewritten}\n"))


def test_a_table_that_cannot_be_read_does_not_agree_with_a_run(moved, trainings):
    with pytest.raises(RunError, match=r"the rows do not continue it"):
        located(moved / "runs", write(moved / "new/small.csv", "<!DOCTYPE html>\n"))


@pytest.fixture
def moved(home, trained):
    """A folder whose run says that it was trained on a file that is gone."""
    from forecaster.runs import finding

    original = str(trained / "small.csv")
    exists = Path.exists
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding.Path, "exists", lambda path: str(path) != original and exists(path))
        yield home


@pytest.mark.parametrize(
    ("path", "stem"), [(Path("/srv/a.b.csv.gz"), "a.b"), (Path("a"), "a"), (None, "stdin"), (Path("é 1.csv"), "é 1")]
)
def test_a_source_is_called_by_its_file_or_stdin(path, stem):
    assert Source(path).stem == stem


def test_a_run_that_others_may_write_to_is_doubted_and_refused_where_doubts_are_errors(home):
    os.chmod(home / "runs/small", 0o777)  # noqa: S103, PTH101
    run = open_run(home / "runs", "small")

    (doubt,) = doubts(run, strict=False)

    with pytest.raises(RunError, match=r"runs/small: .*; mend its owner and mode, or leave out --strict") as refusal:
        doubts(run, strict=True)
    assert doubt in str(refusal.value)


def test_a_run_of_ours_is_not_doubted(trained):
    assert doubts(open_run(trained / "runs", "small"), strict=True) == ()


def test_a_first_night_that_waited_for_another_takes_the_run_that_the_other_trained(tmp_path, trained, monkeypatch):
    """Two jobs for one table begin at once: the second one waits, and must not train it again."""
    import shutil

    table = write(tmp_path / "small.csv", business_days(300))

    def prepared_while_another_trains(*args, **options):
        shutil.copytree(trained / "runs", tmp_path / "runs", symlinks=True)
        return prepare(*args, **options)

    from forecaster.workflows.preparing import prepare

    monkeypatch.setattr("forecaster.workflows.preparing.prepare", prepared_while_another_trains)
    monkeypatch.setattr("forecaster.workflows.train.train_prepared", None)

    run, _ = located(tmp_path / "runs", table, "small")

    assert run.version == open_run(trained / "runs", "small").version
