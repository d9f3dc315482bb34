"""What a cron job may rely on: codes, silence, one line for every mistake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from commands import SMALL, business_days, forecast, write


def test_help_loads_neither_pandas_nor_the_network_nor_the_config(tmp_path):
    program = (
        "import sys; sys.argv = ['forecast', '--help']\n"
        "from forecaster.cli import run\n"
        "run(['--help'], None)\n"
        "names = {'numpy', 'pandas', 'pydantic', 'tensorflow', 'matplotlib', 'onnxruntime', 'rich'}\n"
        "heavy = names & set(sys.modules)\n"
        "sys.exit(' '.join(heavy) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert b"predict" in done.stdout


def test_the_version_is_told(tmp_path):
    from forecaster import __version__

    assert forecast("--version", cwd=tmp_path, check=0).stdout == f"forecaster {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["forecats"], "forecats"),
        (["train"], "config"),
        (["train", "a.yaml", "--fodls", "3"], "--fodls"),
        (["evaluate", "--folds", "0"], '"0"'),
        (["train", "a.yaml", "--time-limit", "soon"], "soon"),
        (["predict", "--csv", "-"], "--run"),
        (["predict", "--csv", "a.csv", "--csv", "b.csv", "--out", "c.csv"], "{stem}"),
        (["generate", "cosine"], "cosine"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_code_2(tmp_path, arguments, words):
    done = forecast(*arguments, cwd=tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("forecast: error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_every_problem_of_a_config_is_told_at_once_with_its_line(tmp_path):
    text = SMALL.replace("lookback: 10", "lookback: -1").replace("gru: {units: 4}", "gru: {unitz: 4}")

    done = forecast("train", write(tmp_path / "bad.yaml", text), cwd=tmp_path)

    assert done.returncode == 4
    assert f"forecast: error: {tmp_path}/bad.yaml:3:" in done.stderr
    assert 'did you mean "units"' in done.stderr.replace("'", '"')
    assert "Traceback" not in done.stderr


def test_a_mistake_in_a_config_is_told_without_tensorflow(tmp_path):
    program = (
        "import sys\n"
        "from forecaster.workflows.train import train\n"
        "from forecaster.errors import ConfigError\n"
        "try: train('bad.yaml')\n"
        "except ConfigError: sys.exit('tensorflow' in sys.modules)"
    )
    write(tmp_path / "bad.yaml", SMALL.replace("horizon: 3", "horizon: 0"))

    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=tmp_path).returncode == 0


def test_training_without_a_terminal_is_silent_and_publishes(tmp_path):
    write(tmp_path / "small.csv", business_days(120))

    done = forecast("train", write(tmp_path / "small.yaml", SMALL), cwd=tmp_path, check=0)

    assert (done.stdout, done.stderr) == ("", "")
    assert (tmp_path / "runs/small/latest/model.onnx").is_file()


def test_with_v_training_tells_an_epoch_a_line_and_ends_with_five(tmp_path):
    write(tmp_path / "small.csv", business_days(120))
    write(tmp_path / "small.yaml", SMALL)

    done = forecast("train", "small.yaml", "-v", cwd=tmp_path, check=0)

    assert [line.split()[0] for line in done.stdout.splitlines()] == ["trained", "took", "error", "verdict", "run"]
    assert "naive" in done.stdout
    assert all(line.startswith(("training", "refit")) for line in done.stderr.splitlines())


def test_predicting_works_with_no_environment_at_all(home):
    command = [sys.executable, "-m", "forecaster", "predict", "--csv", str(home / "small.csv"), "--run", "small"]

    done = subprocess.run([*command, "--runs", str(home / "runs")], cwd="/", env={}, capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (home / "small.forecast.csv").is_file()


def test_predicting_never_loads_tensorflow_or_a_plotting_library(home):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from forecaster.workflows.predict import predict_files\n"
        "from forecaster.workflows.request import Request\n"
        "from forecaster.workflows.training import Session\n"
        "list(predict_files(['small.csv'], 'small', Request(), Session(Path('runs'))))\n"
        "sys.exit(' '.join({'tensorflow', 'keras', 'matplotlib', 'tf2onnx', 'pyarrow'} & set(sys.modules)) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=home, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_the_results_of_a_success_stand_in_the_run(home):
    forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, check=0)

    results = json.loads((home / "runs/small/run_results.json").read_text())

    assert (results["status"], results["code"], results["run"]) == ("ok", 0, "small")
    assert results["series"] == {"price": {"status": "ok", "why": ""}}
    assert results["outputs"] == [str(home / "small.forecast.csv")]
    assert len(results["inputs"][0]["sha256"]) == 64


def test_the_results_of_a_failure_say_the_code_and_the_error(home):
    write(home / "broken.csv", "date,price\n2024-01-01,12\n2024-01-02,oops\n2024-01-03,13\n")

    done = forecast("predict", "--csv", "broken.csv", "--run", "small", "--results", "out.json", cwd=home)

    results = json.loads((home / "out.json").read_text())
    assert done.returncode == results["code"] == 5
    assert "broken.csv:3" in results["error"][0]


def test_a_full_disk_behind_stdout_is_code_8(home):
    with open("/dev/full", "wb") as full:  # noqa: PTH123  (a device, not a file)
        done = subprocess.run(
            [sys.executable, "-m", "forecaster", "evaluate", "small"], cwd=home, stdout=full, stderr=subprocess.PIPE,
            check=False,
        )  # fmt: skip

    assert done.returncode == 8
    assert done.stderr.startswith(b"forecast: error: ")


def test_a_reader_that_goes_away_is_code_141_and_no_words(home):
    command = f"{sys.executable} -m forecaster evaluate small --json; echo $? >&2"

    done = subprocess.run(["/bin/bash", "-c", f"({command}) | true"], cwd=home, capture_output=True, check=False)

    assert done.stderr == b"141\n"


def test_two_trainings_of_one_run_do_not_meet(home):
    from forecaster.store import lock

    with lock(home / "runs/small"):
        done = forecast("train", "small.yaml", cwd=home)

    assert done.returncode == 11
    assert str(os.getpid()) in done.stderr


def test_a_terminated_training_says_so_and_leaves_the_old_version(home):
    before = (home / "runs/small/latest").readlink()
    command = [sys.executable, "-m", "forecaster", "train", "small.yaml", "-v", "--set", "training.steps=1000000"]
    training = subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert training.stderr.readline().startswith(b"training")  # it is at work

    training.send_signal(signal.SIGTERM)
    _, words = training.communicate(timeout=120)

    assert training.returncode == 143
    assert words.splitlines()[-1].startswith(b"forecast: terminated")
    assert (home / "runs/small/latest").readlink() == before


def test_a_crash_of_ours_is_one_line_with_the_place_of_a_report(capsys):
    from forecaster.cli.boundary import guarded
    from forecaster.workflows.journal import Journal

    def crash():
        raise ZeroDivisionError("boom")

    code = guarded(crash, Journal())

    line = capsys.readouterr().err
    report = line.rpartition("report ")[2].strip()
    assert code == 1
    assert "ZeroDivisionError" in line
    with open(report) as file:  # noqa: PTH123
        assert "Traceback" in file.read()
    os.unlink(report)  # noqa: PTH108
