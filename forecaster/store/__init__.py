"""Files and directories that are whole or absent, whatever ends the process that writes them.

What is written goes to a temporary name on the same file system, is flushed, and is renamed into place; a reader sees
the old or the new, never a mixture. Temporary names begin with `.tmp-`, discarded ones with `.trash-`; neither is ever
read, and the next command that can have the lock sweeps them. For local disks: `flock` is not for network file systems,
which `remote` tells.
"""

from forecaster.store.directories import directory, discard, point, remove, sweep, tidy
from forecaster.store.files import MANIFEST, digest, preflight, write_file, write_new
from forecaster.store.guarded import MissingFileError, read_below
from forecaster.store.locks import lock
from forecaster.store.mounts import remote
from forecaster.store.reasons import fault, faults

__all__ = [
    "MANIFEST",
    "MissingFileError",
    "digest",
    "directory",
    "discard",
    "fault",
    "faults",
    "lock",
    "point",
    "preflight",
    "read_below",
    "remote",
    "remove",
    "sweep",
    "tidy",
    "write_file",
    "write_new",
]
