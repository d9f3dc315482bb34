"""Goal 7: a write that the system refuses ends with code 8, and nothing that was published is touched.

The full form is benchmarks/reliability/faults.py; a publication alone is refused in tests/runs/test_publishing.py.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from commands import SMALL, business_days, forecast, write

sys.path.append(str(Path(__file__).parents[1]))
from benchmarks.reliability import faults

TURNS = {"open": errno.EACCES, "write": errno.ENOSPC, "fsync": errno.EIO, "replace": errno.ENOSPC, "mkdir": errno.EROFS}


@pytest.fixture(scope="module")
def source(trained, tmp_path_factory):
    """The trained run in two versions, with a forecast."""
    folder = shutil.copytree(trained, tmp_path_factory.mktemp("faults") / "whole", symlinks=True)
    assert (faults.publish(folder)[0], faults.predict(folder)[0]) == (0, 0)
    return folder


@pytest.fixture(autouse=True)
def as_it_was():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("call", TURNS)
def test_whatever_write_of_a_forecast_is_refused_the_old_one_stays_and_nothing_is_left(call, source, tmp_path):
    refused, wrong = faults.refuse_every(source, tmp_path, "predict", call, TURNS[call])

    assert wrong == []
    assert refused >= 3


def test_whatever_write_of_a_rollback_is_refused_latest_is_the_old_version_or_the_new_one(source, tmp_path):
    found = [faults.refuse_every(source, tmp_path, "rollback", call, errno.ENOSPC) for call in ("symlink", "replace")]

    assert [wrong for _, wrong in found] == [[], []]
    assert [refused for refused, _ in found] == [1, 2]


@pytest.mark.parametrize("call", ["write", "replace"])
def test_whatever_write_of_a_score_is_refused_what_was_published_stays(call, source, tmp_path):
    refused, wrong = faults.refuse_every(source, tmp_path, "score", call, errno.ENOSPC)

    assert wrong == []
    assert refused >= 1


def test_a_ledger_that_may_not_grow_costs_nothing_that_was_published(source, tmp_path, monkeypatch):
    """SQLite writes past Python, so that the size of files is limited instead."""
    monkeypatch.setattr(faults, "STEP", faults.LARGEST // 4)

    refused, wrong = faults.refuse_every(source, tmp_path, "predict", faults.SIZE, errno.EFBIG)

    assert (refused, wrong) == (4, [])


@pytest.mark.slow
@pytest.mark.parametrize("command", ["train", "update"])
def test_whatever_link_of_a_training_is_refused_the_version_is_the_old_one_or_the_new(command, source, tmp_path):
    refused, wrong = faults.refuse_every(source, tmp_path, command, "symlink", errno.ENOSPC)

    assert (refused, wrong) == (1, [])


def test_a_forecast_of_other_numbers_is_caught(source, tmp_path, monkeypatch):
    """The mutant: as many lines as there should be, and none of them right."""

    def spoilt(folder):
        code, said = faults.predict(folder)
        forecast = folder / "small.forecast.csv"
        if code:
            forecast.write_bytes(forecast.read_bytes().replace(b"1", b"2"))
        return code, said

    monkeypatch.setitem(faults.COMMANDS, "predict", spoilt)

    _, wrong = faults.refuse_every(source, tmp_path, "predict", "replace", errno.ENOSPC)

    assert wrong
    assert all("what was published before is not intact" in line for line in wrong)


def test_files_that_are_written_in_place_are_caught(source, tmp_path):
    """The mutant: half a forecast stands where the old one was."""
    with faults.careless():
        _, wrong = faults.refuse_every(source, tmp_path, "predict", "write", errno.ENOSPC)

    assert any("not intact" in line or "left over" in line or "damaged" in line for line in wrong)


def test_a_folder_of_runs_that_cannot_be_written_is_found_before_training(tmp_path):
    """Row 119: in less time than TensorFlow takes to be imported."""
    write(tmp_path / "small.csv", business_days(100))
    write(tmp_path / "small.yaml", SMALL)
    code = (
        "import sys; from forecaster.cli import run; from forecaster.cli.boundary import guarded;"
        "from forecaster.workflows.journal import Journal; j = Journal();"
        "code = guarded(lambda: run(['train', 'small.yaml', '--runs', '/proc/nowhere'], j), j);"
        "print(code, 'tensorflow' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout == "8 False\n"
    assert "/proc/nowhere" in done.stderr


def fill(path):
    """Write until nothing goes on the disk any more."""
    with path.open("wb", buffering=0) as filler, suppress(OSError):
        while filler.write(bytes(4096)):
            pass


@pytest.fixture
def full_disk(home, tmp_path):
    """The folder of a trained run on a disk of its own, with no byte left."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        not Path("/bin/mount").exists()
        or subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False).returncode
    ):
        pytest.skip("no disk can be mounted here")
    try:
        place = shutil.copytree(home, disk / "home", symlinks=True)
        forecast("predict", "--csv", "small.csv", "--run", "small", cwd=place, check=0)
        fill(disk / "filler")
        yield place
    finally:
        subprocess.run(["/bin/umount", "-l", disk], check=True)


def test_a_disk_that_is_full_ends_a_forecast_with_code_8_and_keeps_what_was_published(full_disk):
    """Row 115, with a disk that is really full."""
    before = (full_disk / "small.forecast.csv").read_bytes()
    write(full_disk.parents[1] / "newer.csv", business_days(305))

    done = forecast("predict", "--csv", full_disk.parents[1] / "newer.csv", "--run", "small", cwd=full_disk)
    (full_disk.parent / "filler").unlink()
    after = forecast("runs", "verify", "small", cwd=full_disk)

    assert done.returncode == 8
    assert "the disk is full" in done.stderr
    assert (full_disk / "small.forecast.csv").read_bytes() == before
    assert (after.returncode, after.stderr) == (0, "")
    forecast("predict", "--csv", "small.csv", "--run", "small", cwd=full_disk, check=0)


def test_a_disk_that_is_full_ends_a_training_before_it_begins(full_disk):
    done = forecast("train", "small.yaml", cwd=full_disk)

    assert done.returncode == 8
    assert "are free" in done.stderr or "the disk is full" in done.stderr


def test_a_stdout_that_is_full_is_code_8(home):
    """Row 116."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "forecaster", "predict", "--csv", "small.csv", "--run", "small", "--out", "-"],
            cwd=home,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 8
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_went_away_in_the_middle_is_code_141_and_no_word(unbuffered, home):
    """Row 118: where Python does not buffer, a write that is cut short would pass for whole."""
    command = f"{sys.executable} -m forecaster predict --csv small.csv --run small --out - --horizon 2000 | head -c 1"

    done = subprocess.run(
        ["/bin/bash", "-c", f"{command} > /dev/null; exit ${{PIPESTATUS[0]}}"],
        cwd=home,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (141, b"")
