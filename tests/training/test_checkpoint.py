"""A training that is ended anywhere goes on to the same bits."""

import json

import numpy as np
import pytest

from forecaster.training import checkpoint, compiled
from forecaster.training.checkpoint import CheckpointFolder, foreign, identity
from forecaster.training.standing import HaltedError

LONG = {"epochs": 12, "optimizer": {"adam": {"learning_rate": 0.3}}, "early_stopping": {"patience": 3}}
KINDS = {
    "a cosine": LONG,
    "a plateau": LONG | {"schedule": {"plateau": {"patience": 1}}, "early_stopping": None},
    "an ensemble": LONG | {"ensemble": 3},
    "epochs of several chunks": LONG | {"epochs": 3, "batch_size": 4},
}
DROPPING = [{"lstm": {"units": 4, "dropout": 0.3}}, {"dropout": 0.2}]


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Chunks of 3 updates, epochs of 4, and a checkpoint after each chunk."""
    monkeypatch.setattr("forecaster.training.epochs.CHUNK", 3)
    monkeypatch.setattr(checkpoint, "SOONEST", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", 1e9)


@pytest.fixture
def ended(fitted, tmp_path):
    """Train, and be asked to end after so many chunks, again and again, until the training is over."""

    def train(changes, chunks, kind=CheckpointFolder, **keywords):
        for _ in range(100):
            left = iter(range(chunks - 1))
            folder = kind(tmp_path / "checkpoint", "a" * 64, asked=lambda left=left: next(left, None) is None)
            try:
                return fitted(changes, checkpoints=folder, **keywords), folder
            except HaltedError:
                continue
        raise AssertionError("it never ends")

    return train


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunks", [1, 4])
def test_a_training_that_is_ended_and_goes_on_has_the_bits_of_one_that_was_not(
    fitted, ended, bits, model_of, kind, chunks
):
    whole = fitted(KINDS[kind], model=model_of(layers=DROPPING))

    found, _ = ended(KINDS[kind], chunks, model=model_of(layers=DROPPING))

    assert bits(found) == bits(whole)
    assert (found.losses, found.courses, found.stopped) == (whole.losses, whole.courses, whole.stopped)


@pytest.mark.parametrize("lost", ["moments", "fixed", "keeper"])
def test_what_a_checkpoint_forgets_would_show_in_the_bits(fitted, ended, bits, model_of, lost):
    class Forgets(CheckpointFolder):
        def resumed(self, member, fresh, keeper):
            now = super().resumed(member, fresh, keeper)
            if lost == "keeper":
                keeper.restore({**keeper.to_dict(), "patience": [None, 0]}, getattr(keeper, "best", None))
            else:
                getattr(now.state, lost)[:] = getattr(fresh.state, lost)
            return now

    whole = fitted(LONG, model=model_of(layers=DROPPING))

    found, _ = ended(LONG, 2, kind=Forgets, model=model_of(layers=DROPPING))

    assert bits(found) != bits(whole)


def test_a_refit_goes_on_too(fitted, ended, bits):
    judged = fitted(LONG)
    whole = fitted(LONG, courses=judged.courses)

    found, _ = ended(LONG, 2, courses=judged.courses)

    assert bits(found) == bits(whole)


def test_a_network_that_is_trained_to_its_end_is_not_trained_again(ended, fitted, tmp_path, monkeypatch):
    first, _ = ended(LONG | {"ensemble": 2}, 100)
    monkeypatch.setattr(compiled.Program, "advance", None)

    again = fitted(LONG | {"ensemble": 2}, checkpoints=CheckpointFolder(tmp_path / "checkpoint", "a" * 64))

    assert again.courses == first.courses


def test_two_checkpoints_are_kept_while_a_network_is_trained_and_one_of_a_trained_one(fitted, tmp_path):
    counts = []

    class Counts(CheckpointFolder):
        def passed(self, member, now, keeper):
            super().passed(member, now, keeper)
            counts.append((now.stopped is not None, len(list((tmp_path / "checkpoint").iterdir()))))

    fitted(LONG, checkpoints=Counts(tmp_path / "checkpoint", "a" * 64))

    assert {count for over, count in counts if not over} == {1, 2}
    assert counts[-1] == (True, 1)


@pytest.mark.parametrize("file", ["state.safetensors", "progress.json", "MANIFEST.json"])
@pytest.mark.parametrize("how", ["flipped", "cut", "gone", "a link"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before_it(fitted, bits, tmp_path, file, how):
    whole, folder = fitted(LONG), tmp_path / "checkpoint"
    chunks = iter(range(4))
    with pytest.raises(HaltedError, match="after 11 updates"):
        fitted(LONG, checkpoints=CheckpointFolder(folder, "a" * 64, asked=lambda: next(chunks, None) is None))
    damage(max(folder.iterdir()) / file, how)

    again = CheckpointFolder(folder, "a" * 64)
    found = fitted(LONG, checkpoints=again)

    assert again.resumed_at[0] < 11
    assert bits(found) == bits(whole)


def damage(file, how):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.unlink()
    if how == "flipped":
        file.write_bytes(content)
    elif how == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif how == "a link":
        file.symlink_to("/dev/zero")


def test_a_checkpoint_of_another_network_is_not_taken(fitted, model_of, tmp_path):
    """Even where it has the same name, as a hash of 16 digits might."""
    folder = tmp_path / "checkpoint"
    fitted(LONG, checkpoints=CheckpointFolder(folder, "a" * 64))

    other = CheckpointFolder(folder, "a" * 64)
    fitted({"epochs": 1}, model=model_of(layers=[{"simple_rnn": {"units": 5}}]), checkpoints=other)

    assert other.resumed_at == {}


def test_what_a_deadline_cut_short_is_not_kept(fitted, tmp_path):
    found = fitted(LONG, checkpoints=CheckpointFolder(tmp_path / "checkpoint", "a" * 64), deadline=0.0)

    assert found.stopped == "time"
    assert not (tmp_path / "checkpoint").exists()


def test_a_folder_is_foreign_where_only_other_trainings_left_something(fitted, tmp_path):
    folder = tmp_path / "checkpoint"
    assert not foreign(folder, "b" * 64)

    fitted({"epochs": 1}, checkpoints=CheckpointFolder(folder, "a" * 64))

    assert foreign(folder, "b" * 64)
    assert not foreign(folder, "a" * 64)


def changed_material(material_of, values):
    other = values.copy()
    other[50] = np.nextafter(other[50], 9)
    return material_of(other.astype(np.float32).astype(float) + np.where(np.arange(100) == 50, 1e-3, 0))


@pytest.mark.parametrize("what", ["model", "training", "table", "windows", "weights", "machine", "courses"])
def test_another_training_has_another_identity(model_of, shapes_of, training_of, material_of, fitted, values, what):
    model, training, material = model_of(), training_of(), material_of()
    start, machine = (None, None), {"numpy": "2"}
    before = identity(model, shapes_of(model), training, material, start=start, machine=machine)
    model = model_of(scale="none") if what == "model" else model
    training = training_of(seed=1) if what == "training" else training
    material = changed_material(material_of, values) if what == "table" else material
    material = material_of(validation=False) if what == "windows" else material
    start = (None, b"weights") if what == "weights" else start
    start = (fitted({"epochs": 1}).courses, None) if what == "courses" else start
    machine = {"numpy": "3"} if what == "machine" else machine

    after = identity(model, shapes_of(model), training, material, start=start, machine=machine)

    assert after != before


def test_the_same_training_has_the_same_identity(model_of, shapes_of, training_of, material_of):
    keys = {
        identity(model_of(), shapes_of(model_of()), training_of(), material_of(), start=(None, None), machine={})
        for _ in range(2)
    }

    assert len(keys) == 1


def test_checkpoints_hold_numbers_and_text_and_nothing_that_could_be_run(fitted, tmp_path):
    fitted({"epochs": 1}, checkpoints=CheckpointFolder(tmp_path / "checkpoint", "a" * 64))

    (folder,) = (tmp_path / "checkpoint").iterdir()

    assert sorted(file.name for file in folder.iterdir()) == ["MANIFEST.json", "progress.json", "state.safetensors"]
    assert json.loads((folder / "progress.json").read_text())["stopped"] == "end"
