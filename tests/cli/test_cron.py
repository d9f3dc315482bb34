"""What docs/cron.md promises: its codes, options, keys and files, and the lines that are there to be copied."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest
import typer
import yaml
from commands import forecast, write

from forecaster import errors
from forecaster.cli import boundary
from forecaster.cli.app import app
from forecaster.config.schema import Config
from forecaster.workflows.journal import Journal

PAGE = (Path(__file__).parents[2] / "docs/cron.md").read_text(encoding="utf-8")


def blocks(kind):
    found = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    return [text for named, text in found if named == kind]


def cells(*head):
    """The rows of the table with these first heads, as lists of cells."""
    below = PAGE.split(f"| {' | '.join(head)} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in below]


def commands(group=None, name=()):
    group = group or typer.main.get_command(app)
    found = {name: group}
    for inner, command in getattr(group, "commands", {}).items():
        found |= commands(command, (*name, inner))
    return found


def options(command):
    return {option for each in command.params for option in each.opts}


def test_the_table_of_exit_codes_is_that_of_the_code():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    ended = {128 + number for number in (signal.SIGINT, signal.SIGTERM)}
    published = {Journal().code, Journal(faults=["a fault"]).code}

    listed = {int(code) for row in cells("code", "means") for code in row[0].split(",")}

    assert listed == {kind.exit_code for kind in kinds} | ended | published | {boundary.USAGE, boundary.PIPE}


def test_every_option_on_the_page_is_one():
    known = {option for command in commands().values() for option in options(command)}

    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE.replace("systemctl enable --now", "")))

    assert named - known == set()


def test_every_command_on_the_page_is_one():
    known = {word for name in commands() for word in name} | set(Config.model_fields)
    named = set(re.findall(r"(?:forecast|forecast runs) ([a-z]+)(?= [-\[$A-Z]|`)", PAGE))

    assert named - known == set()
    assert {"predict", "rollback"} <= named


def test_the_options_of_the_night_belong_to_the_commands_that_the_page_says():
    every = {name: command for name, command in commands().items() if name and not getattr(command, "commands", {})}
    for option, of, _ in cells("option", "of", "what"):
        names = re.findall(r"`([a-z ]+)`", of)
        flag = re.search(r"--[a-z-]+", option)[0]
        have = {" ".join(name) for name, command in every.items() if flag in options(command)}
        if flag != "--debug":  # which the boundary takes out of any command line
            assert have == (set(names) or {" ".join(name) for name in every}), flag


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_systemd_takes_the_units(tmp_path):
    assert verified(tmp_path, lambda text: text) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_a_unit_that_systemd_does_not_take_is_seen(tmp_path):
    code, words = verified(tmp_path, lambda text: text.replace("Restart=on-failure", "Restart=always"))

    assert code != 0
    assert "Restart=" in words


def verified(folder, change):
    """What systemd says of the units, with a program and a folder that are there."""
    for text in blocks("ini"):
        there = text.replace("/opt/forecaster/bin/forecast", sys.executable).replace("/srv/prices", "/")
        write(folder / Path(text.splitlines()[0]).name, change(there))
    words = ["systemd-analyze", "verify", *map(str, folder.glob("forecast-prices.*"))]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, "\n".join(line for line in done.stderr.splitlines() if "forecast-prices" in line)


def test_systemd_retries_what_a_retry_may_mend():
    service = blocks("ini")[0]
    final = {int(code) for code in re.search(r"RestartPreventExitStatus=(.*)", service)[1].split()}
    done = {int(code) for code in re.search(r"SuccessExitStatus=(.*)", service)[1].split()}

    assert final == {int(row[0]) for row in cells("code", "means") if row[2] in {"no", "maybe"}} - done
    assert done == {3}


class StandInError(Exception):
    """What Airflow does not retry."""


@pytest.fixture
def airflow(monkeypatch, tmp_path):
    """A function: an exit code to what the task on the page makes of it."""
    sdk, exceptions, started = types.ModuleType("airflow.sdk"), types.ModuleType("airflow.sdk.exceptions"), []
    sdk.dag = lambda **_options: lambda made: made
    sdk.task = lambda **_options: lambda work: lambda: started.append(work)
    exceptions.AirflowFailException = StandInError
    for module in (types.ModuleType("airflow"), sdk, exceptions):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    (text,) = blocks("python")
    spec = importlib.util.spec_from_file_location("dag_on_the_page", write(tmp_path / "dag.py", text))
    spec.loader.exec_module(importlib.util.module_from_spec(spec))

    def ends(code):
        done = subprocess.CompletedProcess([], code, stdout="", stderr="")
        monkeypatch.setattr(subprocess, "run", lambda *_words, **_options: done)
        return started[0]()

    return ends


@pytest.mark.parametrize("code", [0, 3])
def test_airflow_is_done_with_what_was_published(airflow, code):
    assert airflow(code) is None


@pytest.mark.parametrize("code", [5, 8, 11, 130, 141, 143])
def test_airflow_retries_what_a_retry_may_mend(airflow, code):
    with pytest.raises(RuntimeError, match=f"code {code}: a retry may help"):
        airflow(code)


@pytest.mark.parametrize("code", [1, 2, 4, 6, 7])
def test_airflow_fails_at_once_where_a_person_has_to_look(airflow, code):
    with pytest.raises(StandInError, match=f"code {code}: a person has to look"):
        airflow(code)


@pytest.fixture
def prices(home):
    """A folder with prices.csv, and a `forecast` that finds its run under another name."""
    (home / "small.csv").rename(home / "prices.csv")
    shim = write(home / "bin/forecast", f'#!/bin/sh\nexec {sys.executable} -m forecaster "$@" --run small\n')
    shim.chmod(0o755)
    return home


def shell(line, home):
    found = {"PATH": f"{home}/bin:/usr/bin:/bin"}
    return subprocess.run(["/bin/sh", "-c", line], cwd=home, env=found, capture_output=True, text=True, check=False)


def test_the_line_of_cron_is_silent_and_leaves_a_forecast(prices):
    line = blocks("")[0].split(maxsplit=5)[5]

    done = shell(line.replace("/srv/prices", str(prices)).replace("/opt/forecaster/bin/", f"{prices}/bin/"), prices)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (prices / "prices.forecast.csv").exists()


def test_the_loop_over_tables_leaves_forecasts_out(prices):
    shutil.copy(prices / "prices.csv", prices / "other.csv")

    for _night in range(2):
        done = shell(blocks("sh")[0], prices)

        assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in prices.glob("*.forecast.csv")} == {"prices.forecast.csv", "other.forecast.csv"}


def test_the_loop_over_missed_nights_makes_up_for_them(prices):
    done = shell(blocks("sh")[1], prices)

    made = {path.name: path.read_text().splitlines()[1].split(",")[0] for path in prices.glob("prices.2*.csv")}
    assert (done.returncode, done.stderr) == (0, "")
    assert made == {
        "prices.2024-03-01.csv": "2024-03-04",
        "prices.2024-03-04.csv": "2024-03-05",
        "prices.2024-03-05.csv": "2024-03-06",
    }


def shape(value):
    """Keys and kinds of values, all the way down; whole numbers are numbers."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case list():
            return [shape(inner) for inner in value]
        case int() | float():
            return "number"
    return type(value).__name__


def test_the_results_on_the_page_are_those_of_a_night(prices):
    (shown,) = (json.loads(text) for text in blocks("json"))

    forecast("predict", "--csv", "prices.csv", "--run", "small", cwd=prices, check=0)

    made = json.loads((prices / "runs/small/run_results.json").read_text())
    assert shape(made) == shape(shown)
    assert {key: made[key] for key in ("schema", "status", "code", "error", "faults", "series")} == {
        key: shown[key] for key in ("schema", "status", "code", "error", "faults", "series")
    }


def test_every_key_of_the_results_is_explained():
    explained = {key for row in cells("key", "is") for key in re.findall(r"`(\w+)`", row[0])}

    assert explained == set(Journal().to_dict(code=0))


def test_every_key_of_a_yaml_on_the_page_is_one():
    keys = {key for text in blocks("yaml") for key in yaml.safe_load(text)}

    assert keys - set(Config.model_fields) == set()


def test_a_run_holds_the_files_on_the_page_and_no_others(home):
    (tree,) = (text for text in blocks("") if text.startswith("runs/prices/"))
    names = [line[:26].replace("-> versions/…", "").split("  ") for line in tree.splitlines()[1:]]
    listed = {name.strip(" /") for row in names for part in row for name in part.split()} - {"versions/NUMBER-…"}
    forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, check=0)
    forecast("score", "small", "--csv", "small.csv", cwd=home, check=0)

    run = home / "runs/small"
    there = {path.name for path in run.iterdir()} | {path.name for path in (run / "latest").iterdir()}

    there = {name for name in there if not name.startswith("ledger.sqlite-")}  # SQLite's own, while it is open
    assert there - {"versions", "MANIFEST.json"} == listed - {"checkpoint", ".cache"}
