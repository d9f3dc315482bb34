import errno
import os
import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from forecaster import store
from forecaster.errors import RunError, SystemFault
from forecaster.runs.publishing import publish
from forecaster.runs.versions import open_run
from forecaster.store import MANIFEST

ONE = {"files": {"model.onnx": b"graph"}}  # few writes to refuse


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_publishing_fills_in_the_version_the_time_the_files_and_the_parent(tmp_path, make, files):
    first, second = make(tmp_path, "prices"), make(tmp_path, "prices")

    assert re.fullmatch(r"0000000001-[0-9a-f]{4}", first.version)
    assert second.version.startswith("0000000002-")
    assert (first.manifest.parent, second.manifest.parent) == (None, first.version)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(second.manifest.created)).total_seconds() < 60
    assert {name: mark.bytes for name, mark in second.manifest.files.items()} == {k: len(v) for k, v in files.items()}
    assert open_run(tmp_path, "prices") == second


def test_a_run_holds_a_lock_a_link_and_whole_versions(tmp_path, make):
    run = make(tmp_path, "prices")

    assert names(run.folder) == [".lock", "latest", "versions"]
    assert str((run.folder / "latest").readlink()) == f"versions/{run.version}"
    assert names(run.folder / "versions") == [run.version]


def test_the_last_five_versions_are_kept(tmp_path, make):
    published = [make(tmp_path, "prices").version for _ in range(7)]

    assert names(tmp_path / "prices" / "versions") == published[2:]


def test_the_version_that_latest_points_to_is_never_pruned(tmp_path, make):
    """Even after a hand has let it point to the oldest."""
    oldest = make(tmp_path, "prices")
    for _ in range(4):
        make(tmp_path, "prices")
    store.point(oldest.folder / "latest", f"versions/{oldest.version}")

    run = make(tmp_path, "prices")

    assert open_run(tmp_path, "prices") == run
    assert run.manifest.parent == oldest.version
    assert len(names(run.folder / "versions")) == 5


def test_a_version_that_latest_cannot_point_to_is_taken_back(tmp_path, make, monkeypatch):
    old = make(tmp_path, "prices")
    with monkeypatch.context() as patch:
        refuse_once(patch, "symlink", errno.ENOSPC, 1)
        with pytest.raises(SystemFault, match=r"the disk is full"):
            make(tmp_path, "prices")

    assert names(old.folder / "versions") == [old.version]
    assert open_run(tmp_path, "prices") == old


def test_verification_sees_the_files_as_they_lie_on_disk_and_may_refuse_them(tmp_path, make, files, manifest):
    old = make(tmp_path, "prices")
    seen = {}

    def refuse(folder):
        seen.update({path.name: path.read_bytes() for path in folder.iterdir()})
        raise RunError("the graph differs from the network", hint="report it")

    with pytest.raises(RunError, match="the graph differs from the network"):
        publish(tmp_path, "prices", files, manifest, verify=refuse)

    assert {name: seen[name] for name in files} == files
    assert MANIFEST in seen
    assert open_run(tmp_path, "prices") == old
    assert names(old.folder / "versions") == [old.version]


def test_what_was_left_behind_is_swept_before_the_next_version(tmp_path, make):
    folder = make(tmp_path, "prices").folder
    (folder / ".tmp-1").mkdir()
    (folder / ".trash-2").mkdir()

    make(tmp_path, "prices")

    assert names(folder) == [".lock", "latest", "versions"]


def test_a_run_that_is_a_link_is_not_published_through(tmp_path, make):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "prices").symlink_to("../elsewhere")

    with pytest.raises(RunError, match=r"runs/prices: it is a link"):
        make(tmp_path / "runs", "prices")
    assert names(tmp_path / "elsewhere") == []


def test_a_broken_latest_is_replaced(tmp_path, make):
    folder = make(tmp_path, "prices").folder
    (folder / "latest").unlink()
    (folder / "latest").symlink_to("/etc")

    run = make(tmp_path, "prices")

    assert run.version.startswith("0000000002-")
    assert open_run(tmp_path, "prices") == run


def test_a_file_that_no_version_knows_is_our_own_mistake(tmp_path, make):
    with pytest.raises(ValueError, match=r"no version holds a file named model.h5"):
        make(tmp_path, "prices", **{"model.h5": b""})


def test_a_disk_that_returns_other_bytes_is_noticed_before_anything_is_published(tmp_path, make, monkeypatch):
    old = make(tmp_path, "prices")
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: write(fd, bytes(content).replace(b"graph", b"grape")))

    with pytest.raises(SystemFault, match=r"model.onnx: what was read back is not what was written"):
        make(tmp_path, "prices")
    assert open_run(tmp_path, "prices") == old


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("call", ["open", "write", "fsync", "mkdir", "rename", "replace", "symlink", "unlink", "rmdir"])
def test_whatever_call_the_system_refuses_the_run_stays_whole_and_nothing_is_left(
    call, code, tmp_path, monkeypatch, make
):
    """Goal 10: the n-th call of each kind is refused, for every n that a publication reaches."""
    for _ in range(5):
        make(tmp_path / "0", "prices", **ONE)
    attempt = 0
    while True:
        attempt += 1
        runs = tmp_path / str(attempt)
        shutil.copytree(tmp_path / "0", runs, symlinks=True)
        with monkeypatch.context() as patch, suppress(SystemFault):
            count = refuse_once(patch, call, code, attempt)
            make(runs, "prices", **ONE, notes=("new",))
        run = open_run(runs, "prices", files=["model.onnx"])
        assert run.manifest.notes in {(), ("new",)}
        make(runs, "prices", **ONE)
        assert names(run.folder) == [".lock", "latest", "versions"]
        assert len(names(run.folder / "versions")) == 5
        if count() < attempt:
            break
    assert attempt > 1


def refuse_once(patch, call, code, attempt):
    real, calls = getattr(os, call), []

    def refused(*args, **kwargs):
        calls.append(args)
        if len(calls) == attempt:
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    patch.setattr(os, call, refused)
    return lambda: len(calls)
