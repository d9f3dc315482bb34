"""Every file of every version, every forecast, and `latest`: each problem in one line."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from commands import forecast

from forecaster.errors import RunError
from forecaster.runs.consistent import check_values
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_scores import put_score
from forecaster.runs.ledger_trainings import note_training
from forecaster.runs.manifest import KNOWN
from forecaster.runs.packing import pack
from forecaster.runs.published import keep_forecast, name_forecast
from forecaster.runs.saved import SavedForecast
from forecaster.runs.verifying import damage
from forecaster.store import MANIFEST

MOMENT = np.array([[1_709_683_200_000_000]])
STEP = np.array([[[1.5]]])
SAVED = SavedForecast(("FR",), (("2024-03-06",),), STEP[:, :, 0], (0.8,), STEP - 1, STEP + 1, (("ok",),), MOMENT)


@pytest.fixture
def run(tmp_path, make):
    """The newest of two versions, and one forecast."""
    make(tmp_path, "prices")
    newest = make(tmp_path, "prices")
    name = name_forecast(newest.folder, cutoff="2024-03-05", version=newest.version)
    keep_forecast(newest.folder, name, pack(SAVED))
    return newest


def told(run):
    return [str(problem) for problem in damage(run.folder)]


def test_a_run_that_is_whole_has_no_problem(run):
    assert told(run) == []


@pytest.mark.parametrize("file", [*KNOWN, MANIFEST])
def test_every_file_of_every_version_is_looked_at(file, run):
    for version in (run.folder / "versions").iterdir():
        content = (version / file).read_bytes()
        (version / file).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    lines = told(run)

    assert len(lines) >= 2
    assert all(file in line for line in lines)
    assert {line.split("/versions/")[1][:15] for line in lines} == {
        path.name for path in (run.folder / "versions").iterdir()
    }


def test_every_problem_is_told_in_a_line_of_its_own(run):
    (run.path / "model.onnx").unlink()
    (run.path / "folds.csv").write_bytes(b"")
    (run.path / "weights.safetensors").write_bytes(b"?" * run.manifest.files["weights.safetensors"].bytes)

    lines = told(run)

    assert [line.split(": ")[0].rpartition("/")[2] for line in lines] == [
        "folds.csv",
        "model.onnx",
        "weights.safetensors",
    ]
    assert "it is missing" in lines[1]


@pytest.mark.parametrize("name", ["model.keras", "saved_model.pb", "weights.h5", "x.pkl", "a.npz", "notes.txt"])
def test_a_file_that_no_manifest_names_is_told(name, run):
    """Row 109."""
    (run.path / name).write_bytes(b"payload")

    (line,) = told(run)

    assert line.startswith(f"{run.path / name}: it is no file of version {run.version}; ")


def test_a_latest_that_points_to_a_version_that_is_gone_is_told(run):
    shutil.rmtree(run.path)

    (line,) = told(run)

    assert f"version {run.version} is missing; go back" in line


def test_a_forecast_that_is_damaged_is_told(run):
    (path,) = (run.folder / "forecasts").iterdir()
    path.write_bytes(path.read_bytes()[:-1])

    (line,) = told(run)

    assert line.startswith(f"{path}: this forecast is damaged")


def test_a_pipe_a_link_and_a_folder_in_place_of_files_are_told(run):
    for name in ("model.onnx", "folds.csv", "losses.csv"):
        (run.path / name).unlink()
    os.mkfifo(run.path / "model.onnx")
    (run.path / "folds.csv").symlink_to("/etc/passwd")
    (run.path / "losses.csv").mkdir()

    assert len(told(run)) == 3


def test_a_version_that_is_pruned_meanwhile_is_no_problem(run, monkeypatch):
    older = min((run.folder / "versions").iterdir())
    monkeypatch.setattr("forecaster.runs.verifying.versions", lambda _: [older.name, run.version])
    shutil.rmtree(older)

    assert told(run) == []


def test_without_the_checksums_a_flipped_bit_is_not_told(run, monkeypatch):
    """The mutant of the tests above."""
    content = (run.path / "model.onnx").read_bytes()
    (run.path / "model.onnx").write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert len(told(run)) == 1

    monkeypatch.setattr("forecaster.runs.opening.digest", lambda _: run.manifest.files["model.onnx"].sha256)
    monkeypatch.setattr("forecaster.runs.opening.Run.config", lambda _: None)

    assert not any("model.onnx" in line for line in told(run))


@pytest.fixture
def entered(home):
    """A trained run with one forecast, which stands in its ledger."""
    forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, check=0)
    return home / "runs/small"


def test_a_forecast_that_is_not_the_one_in_the_ledger_is_told(entered):
    """A bit of a gzip header that no checksum inside the file covers."""
    (path,) = (entered / "forecasts").iterdir()
    content = bytearray(path.read_bytes())
    content[4] ^= 1
    path.write_bytes(content)

    (problem,) = damage(entered)

    assert str(problem).startswith(f"{path}: this forecast is damaged: its SHA-256 is not the one in the ledger")


def test_a_forecast_that_is_gone_is_told(entered):
    (path,) = (entered / "forecasts").iterdir()
    path.unlink()

    (problem,) = damage(entered)

    assert str(problem).startswith(f"{path}: it is missing")


def test_a_damaged_ledger_is_told_in_one_line(entered):
    (entered / "ledger.sqlite").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)

    (problem,) = damage(entered)

    assert "the ledger is damaged" in str(problem)


@pytest.mark.parametrize("hours", [1, 24, 24 * 365])
def test_a_clock_of_hours_or_days_is_not_out_of_proportion(hours, manifest, tmp_path):
    """A step is counted in microseconds: an hour has more of them than any size may have."""

    def clocked(every):
        clock = {"kind": "fixed", "every": every}
        return replace(manifest, table=replace(manifest.table, clock=clock))

    check_values(clocked(hours * 3_600_000_000), tmp_path / MANIFEST)
    with pytest.raises(RunError, match="every is -1"):
        check_values(clocked(-1), tmp_path / MANIFEST)


@pytest.mark.parametrize(
    ("note", "change", "what"),
    [
        (
            lambda book: note_training(book, kind="retrain", outcome="kept", version=None, why="no better"),
            "UPDATE trainings SET at = 'x' || substr(at, 2)",
            "training 1 is not as it was written",
        ),
        (
            lambda book: put_score(book, 1, {"error": [0.5]}, unit="MAE", whole=False, revised=False),
            "UPDATE scores SET tally = '{}'",
            "a score of entry 1 is not as it was written",
        ),
    ],
    ids=["training", "score"],
)
def test_a_row_of_the_ledger_that_is_not_as_it_was_written_is_told(note, change, what, entered):
    with ledger(entered) as book:
        note(book)
        whole = damage(entered)
        book.change(change)

    (problem,) = damage(entered)

    assert (whole, problem.what) == ((), f"the ledger is damaged: {what}")
