"""What commands print, and on which stream."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from forecaster.cli import run as run_line
from forecaster.cli.words import listed, published, trained
from forecaster.runs.versions import open_run
from forecaster.workflows.journal import Journal
from forecaster.workflows.runs import Row

ROWS = (
    Row("air", "2024-03-05T06:00:00Z", "/srv/air.csv", 0.254, "better", 20_480),
    Row("oil-prices", "2024-03-06T06:00:00Z", "/srv/oil.csv", None, "too few folds", 1_535),
    Row("torn", problem="/srv/runs/torn: MANIFEST.json is damaged"),
)
DONE = SimpleNamespace(printed=True, text="ds,y\n1,2\n", to_json=lambda: "{}", summary=lambda: "a.csv: 1 step")


def test_runs_stand_in_columns_with_their_skill_in_percent_and_their_size():
    lines = listed(ROWS, as_json=False).splitlines()

    assert lines[:3] == [
        "name        when                  skill  verdict        size    data",
        "air         2024-03-05T06:00:00Z  25%    better         20 KiB  /srv/air.csv",
        "oil-prices  2024-03-06T06:00:00Z  -      too few folds  1 KiB   /srv/oil.csv",
    ]


def test_a_damaged_run_is_listed_with_what_is_wrong():
    assert listed(ROWS, as_json=False).splitlines()[3].split() == [
        "torn", "damaged", "/srv/runs/torn:", "MANIFEST.json", "is", "damaged",
    ]  # fmt: skip


def test_a_worse_network_has_a_negative_skill():
    assert "-50%" in listed([Row("a", skill=-0.5)], as_json=False)


def test_the_list_as_json_holds_every_field_unrounded():
    air, _, torn = json.loads(listed(ROWS, as_json=True))

    assert (air["name"], air["skill"], air["bytes"], air["problem"]) == ("air", 0.254, 20_480, None)
    assert torn["problem"] == "/srv/runs/torn: MANIFEST.json is damaged"


def test_no_runs_are_an_empty_list_for_a_program_and_a_hint_for_a_person():
    assert json.loads(listed([], as_json=True)) == []
    assert listed([], as_json=False).startswith("no runs yet; train one: forecast train CONFIG")


@pytest.mark.parametrize(
    ("more", "as_json", "talkative", "printed"),
    [
        ({}, False, False, "ds,y\n1,2\n"),
        ({}, True, True, "{}\n"),
        ({"printed": False}, False, True, "a.csv: 1 step\n"),
        ({"printed": False}, False, False, ""),
        ({"printed": False}, True, False, "{}\n"),
    ],
    ids=["the CSV", "JSON instead of the CSV", "a line for a person", "nothing for cron", "JSON for a program"],
)
def test_a_forecast_is_printed_as_it_was_asked_for(more, as_json, talkative, printed, capsys):
    published(SimpleNamespace(**{**vars(DONE), **more}), as_json=as_json, talkative=talkative)

    assert capsys.readouterr() == (printed, "")


def test_a_training_ends_with_what_how_long_how_good_and_what_to_type_next(trained_run):
    lines = trained(trained_run, Journal(timings={"total": 61.4})).splitlines()

    assert [line.split()[0] for line in lines] == ["trained", "took", "error", "verdict", "run"]
    assert lines[0] == f"trained   small on {trained_run.manifest.table.path} (300 rows to {trained_run.newest})"
    assert lines[1].startswith("took      61 s, ")
    assert lines[4].endswith("or forecast plot small")


def test_the_errors_of_a_training_are_those_of_its_report(trained_run):
    error = trained_run.report().metrics["naive"]["mae"]

    assert f"naive {error:.4g}" in trained(trained_run, Journal()).splitlines()[2]


@pytest.fixture
def trained_run(trained):
    return open_run(trained / "runs", "small")


def line(*arguments):
    journal = Journal()
    return run_line([str(argument) for argument in arguments], journal), journal


def test_what_evaluate_prints_is_the_report_alone(trained, capsys):
    code, journal = line("evaluate", "small", "--json", "--runs", trained / "runs")

    seen = capsys.readouterr()
    assert (code, seen.err) == (0, "")
    assert json.loads(seen.out)["run"] == journal.run == "small"


def test_a_forecast_for_stdout_is_nothing_but_a_table(home, capsys):
    line("predict", "--csv", home / "small.csv", "--run", "small", "--runs", home / "runs", "--out", "-")

    header, *rows = capsys.readouterr().out.splitlines()
    assert header == "date,forecast,lower_80,upper_80,lower_95,upper_95,status"
    assert len(rows) == 3


def test_every_command_tells_the_journal_where_its_results_belong(home, monkeypatch):
    monkeypatch.chdir(home)

    _, journal = line("evaluate", "--results", "mine.json")

    assert journal.file == home / "mine.json"
    assert journal.folder == home / "runs/small"


def test_the_runs_folder_can_be_named_by_the_environment(trained, monkeypatch, capsys):
    monkeypatch.setenv("FORECAST_RUNS", str(trained / "runs"))

    line("runs")

    assert capsys.readouterr().out.splitlines()[1].startswith("small ")


def test_generate_says_where_the_table_lies_to_a_person_only(tmp_path, monkeypatch, capsys):
    line("generate", "sine", "--set", "steps=70", "--out", tmp_path / "deep/a.csv")
    assert capsys.readouterr().out == ""

    monkeypatch.setattr("forecaster.cli.options.talkative", lambda _: True)
    line("generate", "sine", "--set", "steps=70", "--out", tmp_path / "deep/a.csv")

    assert capsys.readouterr().out == f"{tmp_path}/deep/a.csv\n"
    assert len((tmp_path / "deep/a.csv").read_text().splitlines()) == 71


def test_no_arguments_are_a_question_for_help(capsys):
    assert line()[0] == 0
    assert "predict" in capsys.readouterr().out


def test_init_to_a_file_prints_nothing(home, capsys):
    line("init", home / "small.csv", "--out", home / "made.yaml")

    assert capsys.readouterr().out == ""
    assert "path: small.csv" in (home / "made.yaml").read_text()
