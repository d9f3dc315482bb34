"""`latest` goes back to a version that is whole, under the lock, and nothing is lost by it."""

import shutil
import threading

import pytest

from forecaster.errors import LockedError, RunError
from forecaster.runs import publishing, returning
from forecaster.runs.versions import open_run, rollback
from forecaster.store import MANIFEST, lock


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def three(tmp_path, make):
    """The versions of a run, oldest first."""
    return [make(tmp_path, "prices", **{"model.onnx": str(number).encode()}) for number in (1, 2, 3)]


def test_latest_goes_back_to_the_version_before_it_and_the_newer_one_stays(tmp_path, three):
    done = rollback(tmp_path, "prices")

    assert (done.run.version, done.left) == (three[1].version, three[2].version)
    assert open_run(tmp_path, "prices").read("model.onnx") == b"2"
    assert names(three[0].folder / "versions") == [run.version for run in three]


def test_going_back_twice_goes_two_versions_back(tmp_path, three):
    rollback(tmp_path, "prices")

    assert rollback(tmp_path, "prices").run == three[0]


@pytest.fixture
def fourth(tmp_path, three, make):
    """A version that was trained after the third was rejected."""
    rollback(tmp_path, "prices", to="2")
    return make(tmp_path, "prices")


def test_before_a_version_that_followed_a_return_is_the_one_returned_to_and_not_the_rejected(tmp_path, three, fourth):
    assert fourth.manifest.parent == three[1].version
    assert open_run(tmp_path, "prices", previous=True).version == three[1].version
    assert rollback(tmp_path, "prices").run == three[1]


@pytest.mark.parametrize("lost", ["the manifest", "what it says", "the parent"])
def test_where_the_parent_is_lost_the_number_decides(lost, tmp_path, three, fourth):
    if lost == "the parent":
        shutil.rmtree(three[1].path)
    elif lost == "the manifest":
        (fourth.path / MANIFEST).unlink()
    else:
        (fourth.path / MANIFEST).write_bytes(b"{")

    assert open_run(tmp_path, "prices", previous=True).version == three[2].version


def test_a_parent_that_is_no_older_version_is_not_followed(tmp_path, three):
    """Prepared by somebody: there would be no end to going back."""
    content = (three[2].path / MANIFEST).read_text()
    (three[2].path / MANIFEST).write_text(content.replace(three[1].version, three[2].version))

    assert open_run(tmp_path, "prices", previous=True).version == three[1].version


@pytest.mark.parametrize("written", ["name", "number", "padded number"])
def test_a_version_is_named_in_full_or_by_its_number(written, tmp_path, three):
    to = {"name": three[0].version, "number": "1", "padded number": "0000000001"}[written]

    assert rollback(tmp_path, "prices", to=to).run == three[0]


def test_a_newer_version_that_stayed_can_be_gone_forward_to(tmp_path, three):
    rollback(tmp_path, "prices", to="1")

    done = rollback(tmp_path, "prices", to="3")

    assert (done.run, done.left) == (three[2], three[0].version)


def test_going_to_the_version_that_is_the_latest_changes_nothing(tmp_path, three):
    link = three[0].folder / "latest"
    before = link.lstat()

    done = rollback(tmp_path, "prices", to="3")

    assert done.left == done.run.version
    assert link.lstat().st_ino == before.st_ino


@pytest.mark.parametrize("to", ["4", "0000000003-beef", "../1", "", "-1"])
def test_a_version_that_is_not_there_is_told_with_those_that_are(to, tmp_path, three):
    with pytest.raises(RunError, match=rf"there is no version .*; name one of {three[0].version}, {three[1].version}"):
        rollback(tmp_path, "prices", to=to)


def test_the_oldest_version_has_none_before_it(tmp_path, three):
    rollback(tmp_path, "prices", to="1")

    with pytest.raises(RunError, match=rf"there is no version before {three[0].version}"):
        rollback(tmp_path, "prices")


def test_a_damaged_version_is_not_gone_back_to_and_every_damage_is_told(tmp_path, three):
    for file in ("model.onnx", "folds.csv"):
        (three[1].path / file).write_bytes(b"?")

    with pytest.raises(RunError, match=r"folds.csv is damaged[\s\S]*model.onnx is damaged"):
        rollback(tmp_path, "prices")

    assert open_run(tmp_path, "prices") == three[2]


def test_without_the_verification_a_damaged_version_would_forecast(tmp_path, three, monkeypatch):
    """The mutant of the test above."""
    (three[1].path / "model.onnx").write_bytes(b"?")
    monkeypatch.setattr(returning, "damage_of", lambda *_: ())

    assert rollback(tmp_path, "prices").run.version == three[1].version


def test_a_run_at_work_is_not_rolled_back(tmp_path, three):
    held, leave = threading.Event(), threading.Event()

    def work():
        with lock(three[0].folder):
            held.set()
            leave.wait(30)

    worker = threading.Thread(target=work)
    worker.start()
    held.wait(30)
    try:
        with pytest.raises(LockedError, match="is at work on it"):
            rollback(tmp_path, "prices")
    finally:
        leave.set()
        worker.join()
    assert open_run(tmp_path, "prices") == three[2]


def test_a_run_that_is_not_there_is_not_made(tmp_path):
    for to in (None, "1"):
        with pytest.raises(RunError, match="no model in"):
            rollback(tmp_path, "prices", to=to)
    assert names(tmp_path) == []


def test_a_latest_that_leads_nowhere_is_mended_by_naming_a_version(tmp_path, three):
    (three[0].folder / "latest").unlink()
    (three[0].folder / "latest").symlink_to("/etc")

    with pytest.raises(RunError, match="which is no version of this run"):
        rollback(tmp_path, "prices")
    done = rollback(tmp_path, "prices", to="2")

    assert (done.left, open_run(tmp_path, "prices")) == (None, three[1])


def test_the_next_training_publishes_under_a_number_above_all(tmp_path, three, make):
    rollback(tmp_path, "prices", to="1")

    run = make(tmp_path, "prices")

    assert run.version.startswith("0000000004-")
    assert run.manifest.parent == three[0].version
    assert open_run(tmp_path, "prices") == run


def test_pruning_after_a_rollback_keeps_five_and_what_latest_points_to(tmp_path, three, make):
    rollback(tmp_path, "prices", to="1")

    versions = [make(tmp_path, "prices").version for _ in range(6)]

    assert names(three[0].folder / "versions") == versions[1:]
    assert open_run(tmp_path, "prices").version == versions[-1]


def test_a_version_whose_number_fell_back_is_not_pruned_as_it_is_published(tmp_path, make, monkeypatch):
    """A hand that removed the counter's memory must not cost the version that `latest` points to."""
    for _ in range(5):
        make(tmp_path, "prices")
    monkeypatch.setattr(publishing, "next_version", lambda _: "0000000000-aaaa")

    run = make(tmp_path, "prices")

    assert open_run(tmp_path, "prices") == run


def test_what_was_left_behind_is_swept(tmp_path, three):
    (three[0].folder / ".tmp-1").mkdir()

    rollback(tmp_path, "prices")

    assert names(three[0].folder) == [".lock", "latest", "versions"]


def test_a_run_that_is_a_link_is_not_rolled_back(tmp_path, three):
    (tmp_path / "other").symlink_to("prices")

    with pytest.raises(RunError, match="it is a link"):
        rollback(tmp_path, "other")


def test_a_version_without_a_manifest_is_no_way_back(tmp_path, three):
    (three[1].path / MANIFEST).unlink()

    with pytest.raises(RunError, match=r"MANIFEST.json: it is missing"):
        rollback(tmp_path, "prices")
