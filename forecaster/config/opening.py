"""The bytes of a config file: an ordinary file, not too large, UTF-8; anything else is said in one line."""

from __future__ import annotations

import os
import stat
from difflib import get_close_matches
from typing import TYPE_CHECKING

from forecaster.errors import ConfigError, quoted

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 64 * 1024  # bytes
_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read_text(path: Path) -> str:
    """The text of a config file.

    Raises:
        ConfigError: If there is no such file, or it is no ordinary file, may not be read, is larger than 64 KiB, or
            is not UTF-8.
    """
    content = _content(path)
    if len(content) > LARGEST:
        raise _error(
            path, f"larger than {LARGEST // 1024} KiB", "a config has a few dozen lines; name the YAML, not data"
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _error(path, "the file is UTF-16", "save it as UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        what = f"not UTF-8: byte 0x{content[error.start]:02x}"
        raise ConfigError(what, hint="save the file as UTF-8", file=label(path), line=line, column=column) from None


def label(path: Path) -> str:
    """The absolute path as a message names it, on one line."""
    name = os.path.abspath(path)  # noqa: PTH100  (not resolved: a link keeps the name that the user knows)
    return name if name.isprintable() else quoted(name, longest=4096)[1:-1]


def _content(path: Path) -> bytes:
    try:
        # Without waiting for a writer: a named pipe must not hang a job that nobody watches.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _missing(path) from None
    except PermissionError:
        raise _error(
            path, f"may not be read ({_owner(path)})", "chmod or chown it for the user who runs this"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _error(path, f"cannot be opened: {reason}", "check the path") from None
    try:
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        if kind != stat.S_IFREG:
            raise _error(path, f"is {_KINDS.get(kind, 'no file')}", "name a YAML file")
        return _first(descriptor, LARGEST + 1)
    except OSError as error:
        raise _error(path, f"cannot be read: {error.strerror}", "check the disk") from None
    finally:
        os.close(descriptor)


def _first(descriptor: int, count: int) -> bytes:
    content = b""
    while len(content) < count and (more := os.read(descriptor, count - len(content))):
        content += more
    return content


def _owner(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return f"its folder is closed to uid {os.geteuid()}"
    return f"owner {status.st_uid}, mode {stat.S_IMODE(status.st_mode):04o}, we are uid {os.geteuid()}"


def _missing(path: Path) -> ConfigError:
    try:
        names = sorted(os.listdir(path.parent))  # noqa: PTH208  (names, not paths)
    except OSError:
        return _error(path, f"no such file: {quoted(path)}, and no such folder", "check the path")
    near = get_close_matches(path.name, names[:10_000], n=3, cutoff=0.5)
    others = near or [name for name in names if name.endswith((".yaml", ".yml"))][:3]
    hint = f"near it are {', '.join(map(quoted, others))}" if others else "its folder holds no YAML"
    return _error(path, f"no such file: {quoted(path)}", hint)


def _error(path: Path, what: str, hint: str) -> ConfigError:
    return ConfigError(what, hint=hint, file=label(path))
