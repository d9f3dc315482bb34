"""Goal 5: every file of a run, flipped and cut, is refused with code 6 by the command that reads it.

The full form is benchmarks/reliability/damage.py.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from forecaster.runs.manifest import KNOWN

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.reliability import damage

FILES = [*KNOWN, "MANIFEST.json", "forecasts"]


@pytest.fixture(scope="module")
def folder(trained, tmp_path_factory):
    """A copy of the trained run with a forecast in it, for tests that put back what they break."""
    folder = shutil.copytree(trained, tmp_path_factory.mktemp("damage") / "home", symlinks=True)
    assert damage.predicted(folder)[0] == 0
    return folder


@pytest.fixture(autouse=True)
def as_it_was():
    import signal

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_no_file_of_a_version_is_left_out(folder):
    assert set(damage.files_of(folder / "runs")) == set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_flipped_or_cut_is_refused_by_the_command_that_reads_it(file, folder):
    path = damage.files_of(folder / "runs")[file]

    count, others = damage.refused(folder, path, damage.user_of(file), flips=5, cuts=2)

    assert (count, others) == (7, [])


def test_a_whole_run_is_refused_by_none_of_them(folder):
    assert {damage.asked(command, folder)[0] for command in ("predict", "evaluate", "plot", "verify")} == {0}


@pytest.mark.parametrize("file", ["scored.onnx", "weights.safetensors"])
def test_without_the_checksums_flips_get_through(file, folder):
    """The mutant: sizes alone tell of cuts, and of no flip in a weight."""
    path = damage.files_of(folder / "runs")[file]

    with damage.no_checksums():
        count, _ = damage.refused(folder, path, damage.user_of(file), flips=10, cuts=0)

    assert count < 10
