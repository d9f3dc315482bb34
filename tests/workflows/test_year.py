"""Nights on end: late, cut off, made twice, killed; and every one of them is in the ledger, once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forecaster.runs import ledger as ledger_module

ROOT = Path(__file__).parents[2]
NIGHTS = 20


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder with an hourly table and a run that was trained on it."""
    folder = tmp_path_factory.mktemp("year")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        from benchmarks.reliability.year import Year

        Year(folder).begin()
    return folder, Year


@pytest.fixture
def lived(begun):
    """What does not add up after some nights of a run that has been trained and never used."""
    folder, kind = begun
    run = folder / "runs/load"

    def nights(count):
        shutil.rmtree(run / "forecasts", ignore_errors=True)
        for end in ("", "-wal", "-shm"):
            (run / f"{ledger_module.FILE}{end}").unlink(missing_ok=True)
        year = kind(folder, nights=count, weekly=False)
        year.live()
        return year.account()

    return nights


@pytest.mark.slow
def test_every_night_is_accounted_for_and_none_is_doubled(lived):
    assert lived(NIGHTS) == []


@pytest.mark.slow
def test_without_the_key_of_the_ledger_a_night_is_doubled(lived, monkeypatch):
    """A mutant of the test above: the eighth night is forecast twice."""
    monkeypatch.setattr(ledger_module, "SCHEMA", tuple(sql for sql in ledger_module.SCHEMA if " once " not in sql))

    assert any(fault.endswith(": 2 entries") for fault in lived(9))


@pytest.mark.slow
def test_without_the_look_of_the_next_start_a_night_is_lost(lived, monkeypatch):
    """Another mutant: the eleventh night is killed when everything is out but the last word."""
    for module in ("keeping", "score"):
        monkeypatch.setattr(f"forecaster.workflows.{module}.reconcile", lambda _: None)

    found = lived(13)

    assert any(fault.endswith(": lost") for fault in found)
    assert "1 entries are pending" in found


@pytest.mark.slow
def test_many_forecasts_in_one_process_take_no_more_memory_than_the_first(begun):
    folder, _ = begun
    program = "import sys; from pathlib import Path; from benchmarks.reliability.year import grown\n"
    program += "print(*grown(Path(sys.argv[1]), 60, warm=20))"

    done = subprocess.run([sys.executable, "-c", program, folder], cwd=ROOT, capture_output=True, text=True, check=True)

    before, after = map(int, done.stdout.split())
    assert after <= 1.05 * before


@pytest.mark.slow
def test_a_process_that_keeps_every_forecast_takes_more(begun):
    """The mutant of the test above: a list of everything that was packed, as a cache without a bound would be."""
    folder, _ = begun
    program = "import sys; from pathlib import Path; from benchmarks.reliability.year import grown\n"
    program += "from forecaster.workflows import predict\nkept, real = [], predict.publishing\n"
    program += "predict.publishing = lambda *a, **k: kept.append(bytearray(2**20)) or real(*a, **k)\n"
    program += "print(*grown(Path(sys.argv[1]), 20, warm=5))"

    done = subprocess.run([sys.executable, "-c", program, folder], cwd=ROOT, capture_output=True, text=True, check=True)

    before, after = map(int, done.stdout.split())
    assert after > 1.05 * before
