"""A file as bytes: whole, unchanged while it was read, unpacked, and turned into UTF-8 with plain line ends."""

from __future__ import annotations

import codecs
import difflib
import errno
import gzip
import hashlib
import io
import os
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from forecaster.errors import ConfigError, DataError, SystemFault, quoted, remedy

STDIN = "stdin"
_BLOCK = 1 << 24
_ENCODINGS = "use a name such as utf-8, cp1252, latin-1 or utf-16"
_PIPE = "write a file, or pipe it in with --csv -"
_DOWNLOAD = "fix the download"
_GZIP = b"\x1f\x8b"
_OTHER_FORMATS = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"SQLite format 3": "an SQLite database",
}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_KINDS = ((stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"),
          (stat.S_ISBLK, "a device"))  # fmt: skip


@dataclass(frozen=True)
class Raw:
    """What a file holds.

    Attributes:
        file: The path for messages.
        data: UTF-8 without a mark in front, lines ending in a line feed.
        sha256: Of the bytes as they lie on disk.
        mark: What stands in front of the text on disk.
        encoding: Of the text on disk.
        newline: What ends its lines; a line feed where they differ.
    """

    file: str
    data: bytes
    sha256: str
    mark: bytes = b""
    encoding: str = "utf-8"
    newline: bytes = b"\n"

    def as_on_disk(self, data: bytes) -> bytes:
        """A text such as `data` in the encoding and with the line ends of the file."""
        ended = data if self.newline == b"\n" else data.replace(b"\n", self.newline)
        if self.encoding.startswith("utf-8"):
            return self.mark + ended
        return self.mark + ended.decode("utf-8", "surrogatepass").encode(self.encoding)


def read_raw(path: str, *, limit: int, encoding: str = "utf-8", content: bytes | None = None) -> Raw:
    """Read a file, or `content` from a pipe, once and whole.

    Args:
        path: An absolute path.
        limit: Bytes, also after unpacking.
        encoding: Of the text; a mark at the start of the file goes before it.
        content: Bytes that were read already.

    Raises:
        DataError: If the file is missing, unreadable, no regular file, too large, changed meanwhile, packed and
            damaged, not text, or a web page.
        ConfigError: If the encoding is not known.
    """
    file = STDIN if content is not None else path
    packed = _bytes_of(path, limit) if content is None else content
    if len(packed) > limit:
        raise _too_large(file, limit)
    if not packed:
        raise DataError("the file is empty (0 bytes)", hint="check the export that writes it", file=file)
    digest = hashlib.sha256(packed).hexdigest()
    plain = _unpacked(packed, limit, file) if packed.startswith(_GZIP) else packed
    _refuse_other_formats(plain, file)
    text = _utf8(plain, encoding, file)
    _refuse_pages(text, file)
    if text[:1000].isspace() and text.isspace():
        raise DataError(f"the file holds only blanks ({len(packed)} bytes)", hint="check the export", file=file)
    mark, name = next(((m, n) for m, n in _MARKS if plain.startswith(m)), (b"", encoding))
    newline = _newline(text)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return Raw(file, text, digest, mark, codecs.lookup(name).name, newline)


def _newline(text: bytes) -> bytes:
    ends = text.count(b"\n"), text.count(b"\r"), text.count(b"\r\n")
    if ends[0] == ends[1] == ends[2] > 0:
        return b"\r\n"
    return b"\r" if ends[1] > 0 == ends[0] else b"\n"


def _bytes_of(path: str, limit: int) -> bytes:
    try:
        # O_NONBLOCK: opening a named pipe that nobody writes to returns at once.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        before = os.fstat(descriptor)
        _refuse_irregular(before, path)
        if before.st_size > limit:
            raise _too_large(path, limit)
        data = _drained(descriptor, limit)
        after = os.stat(path)  # noqa: PTH116  (the name may lead to another file by now)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(descriptor)
    if len(data) != before.st_size or _identity(before) != _identity(after):
        raise DataError(
            f"changed while being read ({before.st_size} bytes at first, {after.st_size} at the end)",
            hint="have the exporter write to a temporary name and rename it; trying again helps",
            file=path,
        )
    return data


def _drained(descriptor: int, limit: int) -> bytes:
    blocks = []
    total = 0
    while total <= limit and (block := os.read(descriptor, _BLOCK)):
        blocks.append(block)
        total += len(block)
    return blocks[0] if len(blocks) == 1 else b"".join(blocks)


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev


def _refuse_irregular(status: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise DataError("is a directory", hint="name the CSV file in it", file=path)
    for is_kind, name in _KINDS:
        if is_kind(status.st_mode):
            raise DataError(f"is {name}, not a regular file", hint=_PIPE, file=path)


def _unreadable(path: str, error: OSError) -> DataError | SystemFault:
    here = Path(path)
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP):
        return DataError("there is no such file", hint=_nearest(here), file=path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return DataError(
            f"may not be read: {_permissions(here)}", hint="give this user the right to read it", file=path
        )
    if error.errno == errno.ENXIO:
        return DataError("is a socket, not a regular file", hint=_PIPE, file=path)
    return SystemFault(f"cannot be read: {error.strerror}", hint="check the disk that holds it", file=path)


def _nearest(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return f"the folder {quoted(path.parent)} is not there, or may not be read"
    near = difflib.get_close_matches(path.name, names, n=3) or [n for n in names if n.endswith((".csv", ".gz"))][:3]
    if near:
        return f"did you mean {' or '.join(quoted(name) for name in near)} in {path.parent}?"
    return f"the folder {path.parent} holds no table ({len(names)} names)"


def _permissions(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return f"a folder above it is closed to uid {os.getuid()}"
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    return f"its owner is uid {status.st_uid}, its mode {mode}, and we are uid {os.getuid()}"


def _too_large(file: str, limit: int) -> DataError:
    return DataError(
        f"holds more than {limit} bytes, the most that is read",
        hint="raise limits.csv_bytes if that much is meant",
        file=file,
    )


def _unpacked(packed: bytes, limit: int, file: str) -> bytes:
    blocks = []
    total = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
            while block := stream.read(_BLOCK):
                blocks.append(block)
                total += len(block)
                if total > limit:
                    raise _too_large(f"{file} (unpacked)", limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"the gzip file is damaged: {error}", hint="export or copy it again", file=file) from error
    if not total:
        raise DataError("the gzip file holds 0 bytes", hint="check the export that writes it", file=file)
    return b"".join(blocks)


def _refuse_other_formats(data: bytes, file: str) -> None:
    for magic, name in _OTHER_FORMATS.items():
        if data.startswith(magic):
            raise DataError(f"is {name}, not a CSV", hint="export the table as CSV", file=file)


def _refuse_pages(data: bytes, file: str) -> None:
    start = data[:1000].lstrip()
    first = start.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    low = start[:20].lower()
    if low.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        raise DataError(f"starts with {quoted(first)}: this is a web page, not a CSV", hint=_DOWNLOAD, file=file)
    if low.startswith((b"{", b"[{", b'["')):
        raise DataError(f"starts with {quoted(first)}: this is JSON, not a CSV", hint=_DOWNLOAD, file=file)


def _utf8(data: bytes, encoding: str, file: str) -> bytes:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _recoded(data[len(mark) :], name, file)
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise _no_encoding(encoding) from error
    if name in ("utf-8", "ascii", "utf-8-sig") and b"\0" in data[:4096]:
        where = data.index(b"\0")
        proposal = "utf-16" if where % 2 else "utf-16-be"
        raise DataError(
            f"not UTF-8 at byte {where - where % 2}",
            hint=f"try data.encoding: {proposal}",
            file=file,
            remedies=(remedy("data.encoding", proposal),),
        )
    return _recoded(data, name, file)


def _no_encoding(encoding: str) -> ConfigError:
    return ConfigError(f"{quoted(encoding)} is no text encoding", hint=_ENCODINGS, subject="data.encoding")


def _recoded(data: bytes, encoding: str, file: str) -> bytes:
    plain = encoding in ("utf-8", "utf-8-sig", "ascii") and data.isascii()
    text = data if plain else _decoded(data, encoding, file)
    if b"\0" in text:
        line = text.count(b"\n", 0, text.index(b"\0")) + 1
        raise DataError("a byte of value 0, which no text has", hint="export the file again", file=file, line=line)
    return text


def _decoded(data: bytes, encoding: str, file: str) -> bytes:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        byte = f"byte {error.start} (0x{data[error.start]:02x})"
        utf8 = encoding.startswith("utf-8")
        hint = "try data.encoding: cp1252" if utf8 else "set data.encoding to the file's own"
        mends = (remedy("data.encoding", "cp1252", "it was made on Windows in western Europe"),) if utf8 else ()
        what = f"not {'UTF-8' if utf8 else encoding} at {byte}"
        raise DataError(what, hint=hint, file=file, line=line, column=column, remedies=mends) from error
    except (UnicodeError, AssertionError, TypeError, LookupError) as error:
        raise _no_encoding(encoding) from error
    return data if encoding.startswith("utf-8") else text.encode("utf-8", "surrogatepass")
