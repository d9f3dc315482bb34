"""What an option's text means, who is talked to, and what a training looks like from outside."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.cli import options
from forecaster.cli.progress import watching
from forecaster.workflows.journal import Journal
from forecaster.workflows.watching import Progress

EPOCH = Progress("training", epoch=2, epochs=40, training=0.123456, validation=None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1h", 3600), ("0.5h", 1800), ("1e2", 100), (None, None)],
)
def test_a_length_of_time_has_a_unit_or_is_seconds(text, seconds):
    assert options.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "0", "0m", "nan", "inf", "1d", "10min", "1h30m", "1e999"])
def test_what_is_no_length_of_time_is_refused_with_examples(text):
    with pytest.raises(typer.BadParameter, match=r"is not a length of time; write it as 90s, 10m or 1h"):
        options.seconds(text)


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("0s", 0), ("0m", 0), ("0h", 0), ("30s", 30), ("2m", 120)])
def test_waiting_may_be_none_at_all(text, seconds):
    assert options.wait(text) == seconds


def test_what_is_no_length_of_waiting_is_refused_as_other_lengths_are():
    with pytest.raises(typer.BadParameter, match=r'"soon" is not a length of time'):
        options.wait("soon")


@settings(deadline=None)
@given(st.integers(1, 10**12))
def test_a_count_is_any_whole_number_above_0(number):
    assert options.positive(str(number)) == number


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "", " 1", "1_000", "\N{SUPERSCRIPT TWO}", "a\nb"])
def test_what_is_no_count_is_repeated_on_one_line(text):
    with pytest.raises(typer.BadParameter, match=r'^".*" is not a whole number above 0$'):
        options.positive(text)


def test_a_seed_may_be_0_and_a_count_may_not():
    assert options.seed("0") == 0
    with pytest.raises(typer.BadParameter, match=r'"-1" is not a whole number, 0 or above'):
        options.seed("-1")


def test_results_belong_into_the_runs_folder_until_a_run_is_known(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    journal = options.journal_of(SimpleNamespace(obj=Journal()), runs=Path("runs"))

    assert (journal.folder, journal.file) == (tmp_path / "runs", None)


def test_a_results_file_is_meant_from_here_even_if_the_command_goes_elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    journal = options.journal_of(SimpleNamespace(obj=Journal()), results=Path("r.json"))

    assert (journal.folder, journal.file) == (None, tmp_path / "r.json")


@pytest.mark.parametrize(
    ("verbose", "terminal", "talks"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_only_a_person_or_v_is_talked_to(verbose, terminal, talks, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)

    assert options.talkative(verbose) is talks


def test_without_a_terminal_training_is_silent(capsys):
    with watching(verbose=False) as watch:
        watch(EPOCH)

    assert capsys.readouterr() == ("", "")


def test_with_v_an_epoch_is_a_line_on_stderr(capsys):
    with watching(verbose=True) as watch:
        watch(EPOCH)
        watch(Progress("refit", epoch=1, epochs=3, training=12345.678, validation=0.5))

    assert capsys.readouterr() == (
        "",
        "training  loss 0.1235  epoch 2/40\nrefit  loss 1.235e+04  validation 0.5  epoch 1/3\n",
    )


def test_on_a_terminal_the_bar_leaves_nothing_behind_on_stdout(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    with watching(verbose=False) as watch:
        watch(EPOCH)
        watch(Progress("refit", epoch=3, epochs=3, training=0.1, validation=None))

    seen = capsys.readouterr()
    assert seen.out == ""
    assert "2/40" in seen.err
    assert "3/3" in seen.err
