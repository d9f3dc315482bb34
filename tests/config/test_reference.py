import json
from pathlib import Path

import pytest

from forecaster.config.describe import keys_of, mappings_of
from forecaster.config.parts import Part
from forecaster.config.reference import config_markdown, json_schema_text
from forecaster.config.schema import Config

ROOT = Path(__file__).parents[2]


MARKDOWN = "python -c 'from forecaster.config.reference import *; print(config_markdown(), end=\"\")' > docs/config.md"


@pytest.mark.parametrize(
    ("path", "written", "command"),
    [
        ("docs/config.md", config_markdown, MARKDOWN),
        ("configs/forecaster.schema.json", json_schema_text, "forecast schema > configs/forecaster.schema.json"),
    ],
)
def test_what_is_generated_is_as_fresh_as_the_schema(path, written, command):
    assert (ROOT / path).read_text(encoding="utf-8") == written(), f"write it anew: {command}"


def every_mapping(part=Config):
    yield part
    for key in keys_of(part).values():
        for inner in mappings_of(key.annotation):
            yield from every_mapping(inner)


def test_every_key_says_why_it_is_there():
    wrappers = {part for part in every_mapping() if len(part.model_fields) == 1}
    silent = [
        f"{part.__name__}.{name}"
        for part in every_mapping()
        if part not in wrappers
        for name, key in keys_of(part).items()
        if not key.reason and name != "kind"
    ]

    assert silent == []


def test_every_mapping_has_a_sentence():
    assert all(part.__doc__ and part.__doc__ != Part.__doc__ for part in every_mapping())


def test_every_key_stands_in_the_reference():
    text = config_markdown()
    named = {name for part in every_mapping() for name in keys_of(part)} - {"kind"}

    assert [name for name in sorted(named) if f"`{name}`" not in text and f".{name}\n" not in text] == []


def test_the_schema_allows_short_forms():
    definitions = json.loads(json_schema_text())["$defs"]

    assert {"type": "string", "minLength": 1} in definitions["DataConfig"]["properties"]["target"]["anyOf"]
    assert "cosine" in definitions["TrainingConfig"]["properties"]["schedule"]["anyOf"][0]["enum"]
    assert "lstm" in definitions["ModelConfig"]["properties"]["layers"]["items"]["anyOf"][0]["enum"]
