"""Whether a folder lies on a network file system, where locks and renames are not what they are on a local disk."""

from __future__ import annotations

import os
import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_KINDS = """
9p afs beegfs ceph cifs coda davfs gfs2 glusterfs gpfs lustre ncpfs nfs nfs4 ocfs2 orangefs prl_fs smb3 smbfs
vboxsf virtiofs fuse.glusterfs fuse.gvfsd-fuse fuse.rclone fuse.s3fs fuse.sshfs fuse.vmhgfs-fuse
"""
_REMOTE = frozenset(_KINDS.split())


def remote(folder: Path) -> str | None:
    """The kind of network file system that a folder lies on, such as `nfs4`; None for a local disk.

    Only Linux tells; elsewhere, and where it does not say, the answer is None.

    Args:
        folder: Need not exist yet.
    """
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    kind = kind_of(os.path.realpath(folder), mounts)
    return kind if kind in _REMOTE else None


def kind_of(path: str, mounts: str) -> str | None:
    """The kind of the file system that a path lies on: that of its longest mount point, of several the newest.

    Args:
        path: Absolute, without links.
        mounts: As /proc/self/mountinfo tells them: the fifth field is the mount point, the kind follows a lone dash.
    """
    longest, kind = -1, None
    for line in mounts.splitlines():
        fields = line.split(" ")
        if "-" not in fields[6:]:
            continue
        point = _bare(fields[4])
        if _below(path, point) and len(point) >= longest:
            longest, kind = len(point), fields[fields.index("-", 6) + 1]
    return kind


def _below(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _bare(field: str) -> str:
    """A mount point with its spaces and backslashes, which are written in octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
