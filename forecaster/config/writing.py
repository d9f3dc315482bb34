"""A config as complete YAML: every key, and every value so that reading it gives the same config again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from forecaster.config.parts import Part
from forecaster.config.scalars import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.config.schema import Config

WIDEST = 100  # characters of a mapping that is written on one line
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./+-]*")


def to_yaml(config: Config) -> str:
    """The whole config as YAML, defaults too; reading it gives an equal config."""
    return "\n".join(_block(plain_values(config), 0)) + "\n"


def flow(value: Any) -> str:
    """A value on one line.

    >>> flow({"lstm": {"units": 64}}), flow((0.1, "no 1", None))
    ('{lstm: {units: 64}}', '[0.1, "no 1", null]')
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and resolve(value) == value else _quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)


def plain_values(value: Any) -> Any:
    """A config, or a part of one, as plain mappings, lists and scalars."""
    if isinstance(value, Part):
        return plain_values(value.written())
    if isinstance(value, dict):
        return {key: plain_values(inner) for key, inner in value.items()}
    return tuple(plain_values(inner) for inner in value) if isinstance(value, tuple) else value


def _block(mapping: dict[str, Any], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for key, value in mapping.items():
        name = flow(key)
        line = f"{indent}{name}: {flow(value)}"
        if isinstance(value, dict) and (depth == 0 or len(line) > WIDEST):
            yield f"{indent}{name}:"
            yield from _block(value, depth + 1)
        elif isinstance(value, tuple) and any(isinstance(entry, dict) for entry in value):
            yield f"{indent}{name}:"
            yield from (f"{indent}  - {_entry(entry)}" for entry in value)
        else:
            yield line


def _entry(value: Any) -> str:
    """A layer as people write it, `lstm: {units: 64}`, without braces around its only key."""
    return flow(value)[1:-1] if isinstance(value, dict) and len(value) == 1 else flow(value)


def _quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in text) + '"'
