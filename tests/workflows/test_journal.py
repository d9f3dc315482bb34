"""What stands in `run_results.json`, and where it lies."""

from __future__ import annotations

import json

import pytest

from forecaster.errors import ConfigError, DataError, SystemFault
from forecaster.workflows.journal import Journal

KEYS = (
    "schema command run version status code error verdict faults warnings chosen series inputs outputs started seconds "
    "timings versions"
)


def test_the_results_have_the_documented_keys():
    assert list(Journal().to_dict(code=0)) == KEYS.split()


@pytest.mark.parametrize(
    ("code", "status"),
    [(0, "ok"), (3, "published with faults"), *((code, "failed") for code in (1, 4, 5, 6, 7, 8, 11, 130, 141, 143))],
)
def test_the_status_says_the_code_in_words(code, status):
    assert Journal().to_dict(code=code)["status"] == status


def test_the_error_is_told_as_on_stderr():
    error = DataError("3 rows", hint="add one", file="a.csv", line=7)

    assert Journal().to_dict(code=5, error=error)["error"] == ["a.csv:7: 3 rows; add one"]


def test_any_fault_makes_the_code_3():
    assert Journal().code == 0
    assert Journal(faults=["series a was skipped"]).code == 3


def test_a_warning_is_kept_once_in_the_order_in_which_it_came():
    journal = Journal()
    journal.warn(["late", "sorted", "late"])
    journal.warn(("sorted", "gap"))

    assert journal.warnings == ["late", "sorted", "gap"]


def test_a_choice_is_kept_with_its_reason():
    journal = Journal()
    journal.choose("window.lookback", "two weeks")

    assert journal.chosen == [{"what": "window.lookback", "why": "two weeks"}]


def test_a_stage_is_timed_even_if_it_fails(monkeypatch):
    ticks = iter([10.0, 12.3456])
    monkeypatch.setattr("time.monotonic", lambda: next(ticks))
    journal = Journal()

    with pytest.raises(DataError, match="3 rows; add one"), journal.timed("read"):
        raise DataError("3 rows", hint="add one")

    assert journal.timings == {"read": 2.346}


def test_the_start_is_told_in_utc_to_the_second(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_000_000_001.25)

    results = Journal(started=1_000_000_000.0).to_dict(code=0)

    assert results["started"] == "2001-09-09T01:46:40Z"
    assert results["seconds"] == 1.25


def test_the_versions_are_those_of_the_libraries_that_predict():
    assert list(Journal().to_dict(code=0)["versions"]) == ["python", "numpy", "pandas", "onnxruntime"]


def test_two_journals_share_nothing():
    one, other = Journal(), Journal()
    one.faults.append("late")
    one.series["a"] = {"status": "ok", "why": ""}

    assert (other.faults, other.series) == ([], {})


def test_without_a_place_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    Journal().write(code=0)

    assert list(tmp_path.iterdir()) == []


def test_the_results_lie_in_the_folder_that_was_told_last(tmp_path):
    journal = Journal(folder=tmp_path / "runs")
    journal.at(tmp_path / "runs/air")

    journal.write(code=0)

    assert (tmp_path / "runs/air/run_results.json").is_file()
    assert not (tmp_path / "runs/run_results.json").exists()


def test_a_file_that_the_user_names_has_the_last_word(tmp_path):
    journal = Journal(file=tmp_path / "deep/mine.json", folder=tmp_path / "runs")

    journal.write(code=4, error=ConfigError("größe", hint="mend it"))

    assert json.loads((tmp_path / "deep/mine.json").read_text())["code"] == 4
    assert "größe" in (tmp_path / "deep/mine.json").read_text()
    assert not (tmp_path / "runs").exists()


def test_a_relative_folder_is_meant_from_where_the_command_began(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    journal = Journal()
    journal.at(Path("runs/air"))
    monkeypatch.chdir("/")

    journal.write(code=0)

    assert (tmp_path / "runs/air/run_results.json").is_file()


def test_old_results_are_replaced_and_no_temporary_file_is_left(tmp_path):
    for code in (0, 5):
        Journal(folder=tmp_path).write(code=code)

    assert [path.name for path in tmp_path.iterdir()] == ["run_results.json"]
    assert json.loads((tmp_path / "run_results.json").read_text())["code"] == 5


def test_results_that_cannot_be_written_are_a_fault_of_the_system(tmp_path):
    (tmp_path / "run_results.json").mkdir()

    with pytest.raises((SystemFault, OSError), match=r"run_results\.json"):
        Journal(folder=tmp_path).write(code=0)


def test_runs_on_a_network_file_system_are_warned_of_by_train_and_predict(home, monkeypatch):
    from forecaster.workflows import journal as module
    from forecaster.workflows.predict import predict_files
    from forecaster.workflows.request import Request
    from forecaster.workflows.train import holding
    from forecaster.workflows.training import Session

    monkeypatch.setattr(module, "remote", lambda _: "nfs4")
    training, night = (Session(home / "runs", journal=Journal()) for _ in range(2))

    with holding(training, "small"):
        pass
    list(predict_files([str(home / "small.csv")], "small", Request(), night))

    words = f"{home}/runs/small is on a network file system (nfs4): keep the runs on a local disk"
    assert words in training.journal.warnings
    assert words in night.journal.warnings
