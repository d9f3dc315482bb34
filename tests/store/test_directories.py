import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecaster import store
from forecaster.errors import SystemFault
from forecaster.store.processes import born_of


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_directory_appears_whole_at_the_end_of_the_block(tmp_path):
    with store.directory(tmp_path, "versions/1") as filling:
        (filling / "a").write_bytes(b"1")
        assert not (tmp_path / "versions" / "1").exists()

    assert (tmp_path / "versions" / "1" / "a").read_bytes() == b"1"
    assert names(tmp_path) == ["versions"]


def test_a_directory_vanishes_when_the_block_fails(tmp_path):
    def interrupted():
        with store.directory(tmp_path, "1") as filling:
            (filling / "a").write_bytes(b"1")
            raise KeyboardInterrupt("now")

    with pytest.raises(KeyboardInterrupt, match="now"):
        interrupted()

    assert names(tmp_path) == []


def test_a_directory_never_replaces_another(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "a").write_bytes(b"old")

    with pytest.raises(SystemFault, match="not empty"), store.directory(tmp_path, "1") as filling:
        (filling / "a").write_bytes(b"new")

    assert (tmp_path / "1" / "a").read_bytes() == b"old"


def test_files_are_flushed_before_the_manifest_and_the_manifest_before_the_rename(tmp_path, monkeypatch):
    done = []
    open_, fsync, rename, opened = os.open, os.fsync, os.rename, {}

    def watched_open(path, *args, **kwargs):
        descriptor = open_(path, *args, **kwargs)
        opened[descriptor] = Path(path).name
        return descriptor

    monkeypatch.setattr(os, "open", watched_open)
    monkeypatch.setattr(os, "fsync", lambda descriptor: (done.append(opened[descriptor]), fsync(descriptor)))
    monkeypatch.setattr(os, "rename", lambda old, new: (done.append("rename"), rename(old, new)))

    with store.directory(tmp_path, "versions/1") as filling:
        for name in ("a", store.MANIFEST, "z"):
            (filling / name).write_bytes(b"1")
        temporary = filling.name

    assert done == ["a", "z", "MANIFEST.json", temporary, "rename", "versions", tmp_path.name]


def test_a_link_moves_in_one_step(tmp_path):
    store.point(tmp_path / "latest", "versions/1")
    store.point(tmp_path / "latest", "versions/2")

    assert str((tmp_path / "latest").readlink()) == "versions/2"
    assert names(tmp_path) == ["latest"]


@pytest.mark.parametrize("call", ["symlink", "replace"])
def test_a_link_that_cannot_move_stays(call, tmp_path, monkeypatch):
    store.point(tmp_path / "latest", "versions/1")

    def refused(*args):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, call, refused)

    with pytest.raises(SystemFault, match="the disk is full"):
        store.point(tmp_path / "latest", "versions/2")
    assert str((tmp_path / "latest").readlink()) == "versions/1"
    assert names(tmp_path) == ["latest"]


def test_the_sweep_takes_only_what_was_left_behind(tmp_path):
    (tmp_path / ".tmp-1").mkdir()
    (tmp_path / ".tmp-1" / "a").write_bytes(b"half")
    (tmp_path / ".tmp-2").write_bytes(b"half")
    (tmp_path / ".trash-3").mkdir()
    (tmp_path / "kept").write_bytes(b"whole")
    (tmp_path / ".tmp-4").symlink_to("kept")

    store.sweep(tmp_path)

    assert names(tmp_path) == ["kept"]


WRITE = """
import sys
from pathlib import Path
from forecaster import store
from forecaster.errors import SystemFault
lost = 0
for number in range(150):
    try:
        store.write_file(Path(sys.argv[1]) / f"results-{sys.argv[2]}.json", b"x" * number)
    except SystemFault:
        lost += 1
print(lost)
"""


def lost_under_sweeping(folder):
    """How many writes of two processes fail while this one sweeps their folder."""
    commands = [[sys.executable, "-c", WRITE, str(folder), str(number)] for number in range(2)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    while any(writer.poll() is None for writer in writers):
        store.sweep(folder)
    return sum(int(writer.communicate()[0]) for writer in writers)


def test_the_sweep_leaves_what_living_processes_are_writing(tmp_path):
    assert lost_under_sweeping(tmp_path) == 0
    assert names(tmp_path) == ["results-0.json", "results-1.json"]


def test_a_sweep_that_asks_nobody_takes_what_others_are_writing(tmp_path, monkeypatch):
    """The mutant."""
    monkeypatch.setattr("forecaster.store.directories.in_use", lambda _: False)

    assert lost_under_sweeping(tmp_path) > 0


def test_the_sweep_takes_what_a_killed_process_left_even_if_another_has_its_number(tmp_path):
    parent = os.getppid()
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    (tmp_path / f".tmp-{parent}-1-00").write_bytes(b"of one that began a tick after the machine")
    (tmp_path / f".tmp-{killed.pid}-{born_of(parent)}-00").write_bytes(b"of one that is gone")
    (tmp_path / f".tmp-{parent}-{born_of(parent)}-00").write_bytes(b"of one that lives")

    store.sweep(tmp_path)

    assert names(tmp_path) == [f".tmp-{parent}-{born_of(parent)}-00"]


def test_the_sweep_does_not_follow_links(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a").write_bytes(b"whole")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".trash-1").symlink_to("../kept")

    store.sweep(tmp_path / "run")

    assert (tmp_path / "kept" / "a").read_bytes() == b"whole"


def test_what_is_discarded_is_renamed_before_it_is_removed(tmp_path, monkeypatch):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "a").write_bytes(b"1")
    monkeypatch.setattr("shutil.rmtree", str)

    store.discard(tmp_path / "1", into=tmp_path)

    assert [name[:7] for name in names(tmp_path)] == [".trash-"]


def test_a_command_without_the_lock_tidies_up_after_a_crash_unless_somebody_is_at_work(tmp_path):
    left = tmp_path / ".tmp-1-1-00"
    left.touch()
    with (tmp_path / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        store.tidy(tmp_path)
        assert left.exists()

    store.tidy(tmp_path)

    assert not left.exists()


def test_a_tidy_folder_is_not_locked(tmp_path):
    store.tidy(tmp_path)
    assert not any(tmp_path.iterdir())
