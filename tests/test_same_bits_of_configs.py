"""Goal 3, the short form of `benchmarks/reliability/same_bits.py`: every config, in two processes."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def same_bits(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("benchmarks.reliability.same_bits")


def row(config, *, mutant=False, **hashes):
    every = dict.fromkeys(("weights.safetensors", "model.onnx", "forecast"), "0" * 64)
    return {"config": config, "mutant": mutant, "seconds": 1.0, "hashes": every | hashes}


@pytest.mark.slow
def test_every_config_gives_the_same_bits_in_another_process_with_other_threads():
    """A few updates each; it also fails where the mutant, another seed, gives the same bits."""
    command = [sys.executable, "-m", "benchmarks.reliability.same_bits", "--short"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" equal") == len(list((ROOT / "configs").glob("*.yaml")))
    assert done.stdout.count("mutant caught") == 1


def test_a_file_that_differs_is_named_and_missed(same_bits):
    rows = same_bits.compare([row("a"), row("b")], [row("a"), row("b", forecast="1" * 64)])

    assert [each["different"] for each in rows] == [[], ["forecast"]]
    assert same_bits.missed(rows) == ["b"]


def test_a_file_that_only_one_process_wrote_differs(same_bits):
    (found,) = same_bits.compare([row("a", other="2" * 64)], [row("a")])

    assert found["different"] == ["other"]


def test_a_mutant_with_the_same_weights_is_missed(same_bits):
    rows = same_bits.compare([row("a"), row("a", mutant=True, forecast="1" * 64)], [row("a")])

    assert same_bits.missed(rows) == ["a"]
