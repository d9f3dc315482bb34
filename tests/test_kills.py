"""kill -9 at random moments: the short form of `benchmarks/reliability/kills.py`, and what it would notice."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def kills():
    sys.path.insert(0, str(ROOT))
    from benchmarks.reliability import kills

    yield kills
    sys.path.remove(str(ROOT))


@pytest.fixture(scope="module")
def known(kills, tmp_path_factory):
    """Each command from its start to its end, of a smaller network than in the full form."""
    config, kills.CONFIG = kills.CONFIG, kills.CONFIG.replace("1500", "400").replace(", ensemble: 2", "")
    yield kills.straight(tmp_path_factory.mktemp("straight"))
    kills.CONFIG = config


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "seed"), [("train", 1), ("update", 2), ("predict", 3), ("predict", 4)])
def test_a_command_that_was_killed_ends_with_the_bits_of_one_that_was_not(kills, known, tmp_path, kind, seed):
    found = kills.trial(kind, known[kind], tmp_path, random.Random(seed))  # noqa: S311

    assert found["same_bits"]
    assert found["wrong"] == []


@pytest.mark.slow
def test_a_version_that_is_not_whole_would_be_noticed(kills, known, tmp_path):
    home = shutil.copytree(known["predict"].start, tmp_path / "home", symlinks=True)
    assert kills.whole(home) == []

    graph = home / "runs/small/latest/model.onnx"
    graph.write_bytes(graph.read_bytes()[:-1])

    assert len(kills.whole(home)) == 1


@pytest.mark.slow
def test_other_bits_would_be_noticed(kills, known, tmp_path):
    home = shutil.copytree(known["update"].start, tmp_path / "home", symlinks=True)
    assert kills.bits_of(home) == known["train"].bits

    kills.done("train", home)  # the table has grown since

    assert kills.bits_of(home) != known["train"].bits


@pytest.mark.slow
def test_what_is_left_over_would_be_noticed(kills, known, tmp_path):
    home = shutil.copytree(known["predict"].start, tmp_path / "home", symlinks=True)
    assert kills.left(home) == []

    (home / "runs/small/checkpoint").mkdir()
    (home / "runs/small/.tmp-1").touch()

    assert sorted(kills.left(home)) == [".tmp-1", "checkpoint"]
