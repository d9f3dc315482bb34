"""The reference of the YAML, as Markdown and as JSON Schema, both written from the schema itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from forecaster.config.describe import Key, expected, keys_of, kind_of_table, mappings_of
from forecaster.config.schema import Config
from forecaster.config.writing import flow, plain_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.config.parts import Part

INTRO = """# The configuration

Every key of the YAML: what may stand there, what an absent key means, and why. Written from the schema by
`forecaster.config.reference`; a test compares the two. Keys marked `*` are required, and unknown keys are refused.
Sizes are steps of the table, or spans such as `7d` and `48h`; paths are relative to the YAML, or absolute, and nothing
in them is expanded. Words mean what they mean in YAML 1.2: `no` is text, `1e-3` a number, a date is text.
`forecast check FILE` tells every mistake at once, and `--set model.segment=24` overrides one key, with the last word.
"""


def config_markdown() -> str:
    """`docs/config.md`."""
    return "\n".join([INTRO, *_sections(Config, "")])


def json_schema_text() -> str:
    """`configs/forecaster.schema.json`."""
    return json.dumps(schema_of(Config), indent=2, ensure_ascii=False) + "\n"


def schema_of(part: type[Part]) -> dict[str, Any]:
    """The JSON Schema of a mapping, with the reason of every key."""
    schema = part.model_json_schema()
    for found in _within(part):
        home = schema if found is part else schema["$defs"][found.__name__]
        for name, key in keys_of(found).items():
            if key.reason:
                home["properties"][name]["description"] = key.reason
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _within(part: type[Part]) -> Iterator[type[Part]]:
    yield part
    for key in keys_of(part).values():
        for inner in mappings_of(key.annotation):
            yield from _within(inner)


def _sections(part: type[Part], title: str, *, summary: str | None = None) -> Iterator[str]:
    yield _section(part, title, summary=summary)
    for name, key in keys_of(part).items():
        for inner in mappings_of(key.annotation):
            above = f"{title}.{name}" if title else name
            yield from _chosen(inner, above)


def _chosen(part: type[Part], title: str) -> Iterator[str]:
    """The sections of a mapping; one of a single key that holds a mapping is told in that mapping's section."""
    keys = keys_of(part)
    if "kind" in keys:
        yield _section(part, f"{title}, kind {kind_of_table(part)}", hidden=("kind",))
        return
    below = [(name, inner) for name, key in keys.items() for inner in mappings_of(key.annotation)]
    if len(keys) == 1 and below:
        ((name, inner),) = below
        yield from _sections(inner, f"{title}.{name}", summary=part.__doc__)
    else:
        yield from _sections(part, title)


def _section(part: type[Part], title: str, *, summary: str | None = None, hidden: tuple[str, ...] = ()) -> str:
    rows = [_row(name, key) for name, key in keys_of(part).items() if name not in hidden]
    told = " ".join((summary or part.__doc__ or "").split())
    heading = f"## {title}" if title else "## The file"
    return "\n".join([heading, "", told, "", "| key | what | default | why |", "|--|--|--|--|", *rows, ""])


def _row(name: str, key: Key) -> str:
    nested = bool(mappings_of(key.annotation)) and expected(key.annotation).startswith("a mapping of")
    default = "" if key.required or (nested and key.default is not None) else f"`{flow(plain_values(key.default))}`"
    what = "a mapping, see below" + (", or null" if key.default is None and not key.required else "")
    cells = (
        f"`{name}`{'*' if key.required else ''}",
        what if nested else expected(key.annotation),
        default,
        key.reason,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
