"""A training that is asked to end finishes its batch, keeps a checkpoint, and goes on to the same bits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from hashlib import sha256

import pytest
from commands import SMALL, business_days, forecast, write

from forecaster.cli.signals import EndedError, Signals

LONG = ("--set", "training.steps=20000", "--set", "training.early_stopping={patience: 1000}")
FILES = ("weights.safetensors", "model.onnx", "scored.onnx")


@pytest.fixture
def as_it_was():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
@pytest.mark.usefixtures("as_it_was")
def test_while_training_computes_a_signal_waits_for_its_end(number):
    signals, reached = Signals(), []

    def compute():
        with signals.deferred():
            os.kill(os.getpid(), getattr(signal, number))
            reached.append(signals.asked())

    with pytest.raises(EndedError, match=number):
        compute()
    assert reached == [True]


@pytest.mark.usefixtures("as_it_was")
def test_the_handlers_of_before_are_back_afterwards():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    with Signals().deferred():
        inside = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before != inside


def test_a_second_signal_ends_the_process_at_once():
    program = (
        "import os, signal\n"
        "from forecaster.cli.signals import Signals\n"
        "with Signals().deferred():\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGTERM


@pytest.mark.slow
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_a_training_that_is_ended_goes_on_to_the_bits_of_one_that_was_not(tmp_path, straight, number):
    write(tmp_path / "small.csv", business_days(300))
    write(tmp_path / "small.yaml", SMALL)
    codes = {"SIGTERM": 143, "SIGINT": 130, "SIGKILL": -9}

    code, words = ended_when_a_checkpoint_is_there(tmp_path, getattr(signal, number))
    left = [place.name for place in (tmp_path / "runs/small/checkpoint").iterdir() if place.name[0] != "."]
    forecast("train", "small.yaml", *LONG, cwd=tmp_path, check=0)

    assert code == codes[number]
    assert 1 <= len(left) <= 2
    assert number == "SIGKILL" or "the same command goes on after" in words
    assert hashes(tmp_path) == straight
    assert not (tmp_path / "runs/small/checkpoint").exists()
    assert "went on" in (tmp_path / "runs/small/run_results.json").read_text()


@pytest.mark.slow
def test_fresh_starts_over(tmp_path, straight):
    write(tmp_path / "small.csv", business_days(300))
    write(tmp_path / "small.yaml", SMALL)
    ended_when_a_checkpoint_is_there(tmp_path, signal.SIGTERM)

    forecast("train", "small.yaml", *LONG, "--fresh", cwd=tmp_path, check=0)

    assert hashes(tmp_path) == straight
    assert "went on" not in (tmp_path / "runs/small/run_results.json").read_text()


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """The hashes of a training that nobody ends."""
    folder = tmp_path_factory.mktemp("straight")
    write(folder / "small.csv", business_days(300))
    forecast("train", write(folder / "small.yaml", SMALL), *LONG, cwd=folder, check=0)
    return hashes(folder)


def hashes(folder):
    return [sha256((folder / "runs/small/latest" / file).read_bytes()).hexdigest() for file in FILES]


def ended_when_a_checkpoint_is_there(folder, number):
    """Train, send a signal soon after the first checkpoint is whole, and give the exit code and the last line."""
    command = [sys.executable, "-m", "forecaster", "train", "small.yaml", *LONG, "-v"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as training:
        for _line in training.stderr:
            if any((folder / "runs/small/checkpoint").glob("[!.]*/MANIFEST.json")):
                break
        training.send_signal(number)
        rest = training.stderr.read().decode()
    return training.returncode, rest.splitlines()[-1] if rest else ""
