from pathlib import Path

import pytest

from forecaster.store import mounts, remote
from forecaster.store.mounts import kind_of

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv rw,relatime shared:5 - nfs4 server:/export rw
31 30 8:2 / /srv/local rw - xfs /dev/sdb1 rw
32 22 0:50 / /mnt/my\\040share rw - cifs //server/share rw
33 22 0:51 / /home/me/far rw - fuse.sshfs me@server: rw
torn line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/srvother", "ext4"),
        ("/srv", "nfs4"),
        ("/srv/prices/runs", "nfs4"),
        ("/srv/local/runs", "xfs"),
        ("/mnt/my share/runs", "cifs"),
        ("/home/me/far/runs", "fuse.sshfs"),
    ],
)
def test_a_path_lies_on_its_longest_mount_point(path, kind):
    assert kind_of(path, MOUNTS) == kind


def test_of_two_mounts_on_one_point_the_newest_counts():
    assert kind_of("/srv/a", MOUNTS + "40 22 0:60 / /srv rw - tmpfs tmpfs rw\n") == "tmpfs"


@pytest.fixture
def mounted(tmp_path, monkeypatch):
    """A machine with the mounts above, on which `tmp_path / far` is one of them."""
    line = f"50 22 0:70 / {tmp_path}/far rw - {{}} server:/x rw\n"

    def mount(kind):
        table = tmp_path / "mountinfo"
        table.write_text(MOUNTS + line.format(kind))
        monkeypatch.setattr(mounts, "_MOUNTS", table)

    return mount


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "lustre", "fuse.sshfs"])
def test_a_folder_on_a_network_file_system_is_told_with_its_kind(kind, tmp_path, mounted):
    mounted(kind)

    assert remote(tmp_path / "far" / "not yet there") == kind
    assert remote(tmp_path) is None


def test_a_link_to_such_a_folder_is_followed(tmp_path, mounted):
    mounted("nfs4")
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to("far")

    assert remote(tmp_path / "near" / "runs") == "nfs4"


def test_where_nothing_tells_no_disk_is_remote(tmp_path, monkeypatch):
    monkeypatch.setattr(mounts, "_MOUNTS", Path("/nonexistent"))

    assert remote(tmp_path) is None
