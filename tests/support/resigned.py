"""A version as someone would change it who can also write its checksums: nothing in it is to be believed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST, BLANK = "MANIFEST.json", "0" * 64


def written(record):
    """A manifest as the bytes of its file, whatever stands in it, with the checksum of its own text."""
    text = json.dumps(record | {"checksum": BLANK}, indent=1, sort_keys=True).encode() + b"\n"
    return text.replace(BLANK.encode(), hashlib.sha256(text).hexdigest().encode())


def resign(version: Path, *, files=None, change=None):
    """Put other files into a version, change its manifest, and write every checksum anew.

    Args:
        version: The version's folder.
        files: Bytes by name.
        change: Called with the manifest as a mapping, which it changes.
    """
    record = json.loads((version / MANIFEST).read_bytes())
    for name, content in (files or {}).items():
        (version / name).write_bytes(content)
        record["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    if change is not None:
        change(record)
    (version / MANIFEST).write_bytes(written(record))


def leaves(value, path=()):
    """The path of every value inside JSON, those that hold others included."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from leaves(inner, (*path, key))


def put(record, path, value):
    """Replace the value at a path."""
    for key in path[:-1]:
        record = record[key]
    record[path[-1]] = value
