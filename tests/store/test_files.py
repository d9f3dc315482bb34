import errno
import hashlib
import os
import stat

import pytest

from forecaster import store
from forecaster.errors import SystemFault


def refuse(call, code, monkeypatch):
    def refused(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, refused)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "prices.forecast.csv"
    path.write_bytes(b"old")

    store.write_file(path, b"new")

    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["prices.forecast.csv"]


def test_a_file_that_replaces_another_keeps_its_mode(tmp_path):
    path = tmp_path / "prices.forecast.csv"
    path.write_bytes(b"old")
    path.chmod(0o640)

    store.write_file(path, b"new")

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_to_a_file_stays_a_link(tmp_path):
    target = tmp_path / "elsewhere.csv"
    target.write_bytes(b"old")
    link = tmp_path / "prices.forecast.csv"
    link.symlink_to("elsewhere.csv")

    store.write_file(link, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_device_is_never_replaced_by_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(SystemFault, match=r"pipe: it is not a regular file; give the name of a file"):
        store.write_file(pipe, b"new")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(call, tmp_path, monkeypatch):
    path = tmp_path / "prices.forecast.csv"
    path.write_bytes(b"old")
    refuse(call, errno.ENOSPC, monkeypatch)

    with pytest.raises(SystemFault, match=r"^/.*: the disk is full; free some space and run again"):
        store.write_file(path, b"new")

    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["prices.forecast.csv"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EROFS, "the file system is read-only; give a folder that can be written"),
        (errno.EIO, "the device reports an input/output error; look at the disk"),
        (errno.EDQUOT, "the disk quota is used up; free some space"),
        (errno.ENAMETOOLONG, "file name too long; look at the path"),
    ],
)
def test_what_the_system_refuses_is_told_in_plain_words(code, words, tmp_path, monkeypatch):
    refuse("open", code, monkeypatch)

    with pytest.raises(SystemFault, match=words) as caught:
        store.write_file(tmp_path / "a", b"new")
    assert caught.value.exit_code == 8


def test_a_missing_permission_names_the_owner_the_mode_and_us(tmp_path, monkeypatch):
    tmp_path.chmod(0o555)
    refuse("open", errno.EACCES, monkeypatch)

    with pytest.raises(SystemFault, match=rf"permission denied: .* belongs to .*uid {os.getuid()}.* with mode 0555"):
        store.write_file(tmp_path / "a", b"new")


def test_a_file_without_a_folder_is_told_with_its_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemFault, match=rf"^{tmp_path}/missing/.*: no such file or directory"):
        store.write_file(tmp_path.__class__("missing/a"), b"new")


def test_a_new_file_never_overwrites(tmp_path):
    (tmp_path / "a").write_bytes(b"old")

    with pytest.raises(SystemFault, match="file exists"):
        store.write_new(tmp_path / "a", b"new")


def test_digests_of_bytes_and_of_files_are_those_of_hashlib(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "a").write_bytes(content)

    assert store.digest(content) == store.digest(tmp_path / "a") == hashlib.sha256(content).hexdigest()


def test_preflight_creates_the_folder_and_leaves_it_empty(tmp_path):
    store.preflight(tmp_path / "runs" / "prices", needed=10)

    assert names(tmp_path / "runs" / "prices") == []


def test_preflight_tells_what_is_needed_and_what_is_free(tmp_path):
    with pytest.raises(SystemFault, match=r"1e\+03 TiB are needed and .* are free; free some space"):
        store.preflight(tmp_path, needed=1000 * 2**40)


def test_preflight_finds_a_read_only_disk(tmp_path, monkeypatch):
    refuse("open", errno.EROFS, monkeypatch)

    with pytest.raises(SystemFault, match="the file system is read-only"):
        store.preflight(tmp_path)
