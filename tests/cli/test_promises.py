"""Every command's results, tracebacks and messages, whatever the exit code and whatever is in a name."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import typer
from commands import SMALL, business_days, forecast, write

from forecaster.cli import run
from forecaster.cli.app import app
from forecaster.cli.boundary import guarded
from forecaster.store import lock
from forecaster.workflows.journal import Journal

OUT = ("--results", "out.json")
PREDICT = ("predict", "--csv", "small.csv", "--run", "small")
PATCHED = "import sys\nfrom unittest import mock\nfrom forecaster.cli import main\nwith mock.patch({patch}): main()\n"


def patched(patch, *arguments, cwd):
    """The command line with something in it replaced: for ends that no input provokes."""
    words = [sys.executable, "-c", PATCHED.format(patch=patch), *arguments]
    return subprocess.run(words, cwd=cwd, capture_output=True, check=False, env={**os.environ, "TMPDIR": str(cwd)})


def locked(home):
    with lock(home / "runs/small"):
        return forecast("train", "small.yaml", *OUT, cwd=home)


def gone(home):
    line = f"{sys.executable} -m forecaster evaluate small --json --results out.json; exit $?"
    return subprocess.run(["/bin/bash", "-c", f"set -o pipefail; ({line}) | true"], cwd=home, check=False)


def ended(number, home, *more):
    """Train, and be sent a signal as soon as TensorFlow is imported."""
    write(home / "stand-in/tensorflow.py", f"import os, time\nos.kill(os.getpid(), {int(number)})\ntime.sleep(60)\n")
    environment = {**os.environ, "PYTHONPATH": str(home / "stand-in")}
    return forecast("train", "small.yaml", *OUT, *more, cwd=home, environment=environment)


ENDS = {  # exit code: how it comes about
    0: lambda home: forecast(*PREDICT, *OUT, cwd=home),
    1: lambda home: patched("'forecaster.workflows.runs.rows', side_effect=ZeroDivisionError", "runs", *OUT, cwd=home),
    3: lambda home: patched(
        "'forecaster.workflows.predict._old', return_value={'price': 'too old'}", *PREDICT, *OUT, cwd=home
    ),
    4: lambda home: forecast("train", write(home / "bad.yaml", "name: [\n"), *OUT, cwd=home),
    5: lambda home: forecast("predict", "--csv", write(home / "empty.csv", ""), "--run", "small", *OUT, cwd=home),
    6: lambda home: forecast("predict", "--csv", "small.csv", "--run", "none", "--no-train", *OUT, cwd=home),
    7: lambda home: patched(
        "'forecaster.workflows.forecasting.unusable', return_value={0: 'absurd'}", *PREDICT, *OUT, cwd=home
    ),
    8: lambda home: forecast(*PREDICT, "--out", "/proc/forecast.csv", *OUT, cwd=home),
    11: locked,
    130: lambda home: ended(signal.SIGINT, home),
    141: gone,
    143: lambda home: ended(signal.SIGTERM, home),
}


@pytest.mark.parametrize("code", ENDS)
def test_every_end_but_a_wrong_command_line_leaves_results_with_its_code(home, code):
    done = ENDS[code](home)

    results = json.loads((home / "out.json").read_text(encoding="utf-8"))
    assert (done.returncode, results["code"]) == (code, code)
    assert (results["status"] == "failed") is (code not in {0, 3})
    assert bool(results["error"]) is (code in {1, 4, 5, 6, 7, 8, 11})
    assert [path.name for path in home.iterdir() if path.name.startswith(".tmp-")] == []


def test_no_end_is_left_out_of_the_test_above():
    page = (Path(__file__).parents[2] / "docs/cron.md").read_text(encoding="utf-8")
    listed = {
        int(code) for codes in re.findall(r"^\| ([\d, ]+) \|", page, flags=re.MULTILINE) for code in codes.split(",")
    }

    assert set(ENDS) == listed - {2}


def test_a_wrong_command_line_leaves_no_results(home):
    assert forecast("predict", "--fodls", "3", *OUT, cwd=home).returncode == 2
    assert not (home / "out.json").exists()


@pytest.mark.parametrize(("code", "table"), [(0, "small.csv"), (5, "empty.csv")])
def test_results_that_cannot_be_written_are_a_line_and_no_other_code(home, code, table):
    write(home / "empty.csv", "")

    done = forecast("predict", "--csv", table, "--run", "small", "--results", "/proc/out.json", cwd=home)

    *errors, line = done.stderr.splitlines()
    assert (done.returncode, len(errors)) == (code, int(code > 0))
    assert line.startswith("forecast: warning: run_results.json was not written: /proc")


def test_whoever_reads_the_results_meets_the_old_ones_or_the_new(home):
    series = {str(number): {"status": "ok", "why": ""} for number in range(1000)}
    journal = Journal(file=home / "out.json", series=series)
    journal.write(code=0)
    writer = threading.Thread(target=lambda: [journal.write(code=0) for _ in range(20)])
    writer.start()

    read = [len(json.loads((home / "out.json").read_bytes())["series"])]
    while writer.is_alive():
        read.append(len(json.loads((home / "out.json").read_bytes())["series"]))
    writer.join()

    assert set(read) == {1000}


FAILING = {
    "generate": ("generate", "cosine"),
    "train": ("train", "none.yaml"),
    "evaluate": ("evaluate", "none"),
    "predict": ("predict", "--csv", "none.csv"),
    "score": ("score", "none"),
    "update": ("update", "none"),
    "plot": ("plot", "none"),
    "runs": ("runs", "--runs", "x" * 10_000),
    "check": ("check", "none.yaml"),
    "init": ("init", "none.csv"),
}


def said(arguments, capsys, *, debug=False):
    """The code and the lines of a command line in this process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    journal = Journal()
    try:
        code = guarded(lambda: run(list(arguments), journal), journal, debug=debug)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code, capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("command", FAILING)
def test_a_traceback_is_shown_to_whoever_asks_and_to_nobody_else(command, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "none.csv", "")

    code, lines = said(FAILING[command], capsys)
    again, more = said(FAILING[command], capsys, debug=True)

    assert code == again != 0
    assert not any("Traceback" in line for line in lines)
    assert any("Traceback" in line for line in more)


def test_no_command_that_can_fail_is_left_out_of_the_test_above():
    commands = {info.name or info.callback.__name__ for info in app.registered_commands}

    assert commands - set(FAILING) == {"schema"}


@pytest.mark.parametrize("command", [*FAILING, "schema"])
def test_every_command_says_where_its_results_are_to_go(command):
    options = typer.main.get_command(app).commands[command].params

    assert "--results" in {name for option in options for name in option.opts}


def test_debug_may_stand_anywhere(home):
    before = forecast("--debug", "evaluate", "none", cwd=home)
    after = forecast("evaluate", "none", "--debug", cwd=home)

    assert before.stderr == after.stderr
    assert "Traceback" in after.stderr


NAMES = ("a\nb", "\x1b[2J\x07", "tab\there", "line\u2028here", "right\u202eleft", "=cmd()", "%s{}", "x" * 240)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", ["predict --csv {}.csv", "train {}.csv", "check {}.csv", "init {}.csv"])
def test_a_line_is_a_line_whatever_a_file_is_called(command, name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / f"{name}.csv", "")
    arguments = [part.format(name) if "{}" in part else part for part in command.split()]

    code, lines = said(arguments, capsys)

    assert code in {4, 5}
    assert [line.isprintable() for line in lines] == [True]
    assert lines[0].startswith("forecast: error: ")


@pytest.mark.parametrize("place", ["column", "id", "cell", "key", "value", "--set", "--cutoff", "--series", "RUN"])
@pytest.mark.parametrize("name", [*NAMES[:5], "y" * 10_000])
def test_a_line_is_a_line_whatever_stands_in_a_table_a_config_or_an_option(place, name, capsys, home, tmp_path):
    table = f'date,"{name}"\n2024-01-01,1\n2024-01-01,2\n'
    if place in {"id", "cell"}:
        cell, shop = (name, "a") if place == "cell" else ("oops", name)
        table = f'date,shop,price\n2024-01-01,"{shop}",1\n2024-01-02,"{shop}","{cell}"\n'
    write(tmp_path / "t.csv", table)
    escaped = json.dumps(name)
    write(tmp_path / "key.yaml", f"{escaped}: 1\n{SMALL}")
    write(tmp_path / "value.yaml", SMALL.replace("price", escaped))
    runs = ["--runs", str(home / "runs")]
    lines_of = {
        "key": ["train", str(tmp_path / "key.yaml")],
        "value": ["check", str(tmp_path / "value.yaml")],
        "--set": ["check", str(home / "small.yaml"), "--set", f"{name}=1"],
        "--cutoff": ["predict", "--csv", str(home / "small.csv"), "--cutoff", name, *runs],
        "--series": ["plot", "small", "--series", name, "--out", str(tmp_path / "p.png"), *runs],
        "RUN": ["evaluate", name, *runs],
    }

    code, lines = said(lines_of.get(place, ["check", str(tmp_path / "t.csv")]), capsys)

    assert code in {2, 4, 5, 6}
    assert 1 <= len(lines) <= 6
    assert all(line.isprintable() and line.startswith("forecast: error: ") and len(line) < 2000 for line in lines)


def test_a_path_that_no_file_can_have_is_cut(capsys):
    _, (line,) = said(["predict", "--csv", "z" * 10_000], capsys)

    assert 1000 < len(line) < 2000


def test_a_doubtful_last_value_is_noted_and_with_strict_an_error(home):
    text = (home / "small.csv").read_text().splitlines()
    day, _ = text[-1].split(",")
    write(home / "small.csv", "\n".join([*text[:-1], f"{day},100000\n"]))

    doubted = forecast(*PREDICT, "--strict", cwd=home)
    noted = forecast(*PREDICT, *OUT, cwd=home)

    assert doubted.returncode == 5
    assert "100000" in doubted.stderr
    assert noted.returncode in {0, 7}  # a forecast from it may be absurd
    assert any("100000" in each for each in json.loads((home / "out.json").read_text())["warnings"])


def test_with_lock_wait_a_second_command_waits_for_the_first(home):
    with lock(home / "runs/small"):
        hasty = forecast("train", "small.yaml", "--lock-wait", "1s", cwd=home)

    assert hasty.returncode == 11
    assert "after a wait of 1 s" in hasty.stderr


def test_a_command_that_waited_goes_on_when_the_first_is_done(home):
    """It comes as far as TensorFlow, where it is ended."""
    held = lock(home / "runs/small")
    held.__enter__()
    free = threading.Timer(2, lambda: held.__exit__(None, None, None))
    free.start()

    done = ended(signal.SIGTERM, home, "--lock-wait", "1m")
    free.join()

    assert done.returncode == 143


@pytest.mark.slow
def test_a_first_night_with_a_time_limit_publishes_what_it_has_and_says_so(tmp_path):
    write(tmp_path / "night.csv", business_days(300))

    done = forecast("predict", "--csv", "night.csv", "--time-limit", "1s", cwd=tmp_path)

    assert done.returncode == 3
    assert re.search(r"^forecast: warning: --time-limit was reached", done.stderr)
    assert (tmp_path / "night.forecast.csv").exists()
