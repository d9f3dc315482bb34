"""`forecast schema`: the JSON Schema of the config."""

from __future__ import annotations

from forecaster.config.reference import json_schema_text


def schema() -> str:
    """The JSON Schema, as it stands beside the example configs."""
    return json_schema_text()
