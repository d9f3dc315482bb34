import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from forecaster.errors import RunError
from forecaster.runs.consistent import check_values
from forecaster.runs.manifest import FileMark, from_json, to_json
from forecaster.store import digest

FILE = Path("/srv/runs/prices/versions/1/MANIFEST.json")


def rewritten(content, change):
    """The manifest with a change by somebody who knows how to compute its checksum."""
    record = json.loads(content)
    change(record)
    record["checksum"] = "0" * 64
    text = json.dumps(record, indent=1, sort_keys=True).encode() + b"\n"
    return text.replace(b"0" * 64, digest(text).encode())


def test_a_manifest_is_read_back_as_it_was(manifest):
    whole = replace(manifest, version="0000000042-6f3a", files={"model.onnx": FileMark("a" * 64, 10)}, notes=("ä",))

    assert from_json(to_json(whole), FILE) == whole


def test_steps_of_an_integer_clock_stay_integers(manifest):
    whole = replace(manifest, table=replace(manifest.table, newest=999))

    assert from_json(to_json(whole), FILE).table.newest == 999


def test_numbers_that_are_not_finite_become_null(manifest):
    whole = replace(manifest, result=replace(manifest.result, skill=math.nan, mae=math.inf))

    result = from_json(to_json(whole), FILE).result

    assert (result.skill, result.mae) == (None, None)


def test_a_path_that_is_not_utf8_is_kept(manifest):
    whole = replace(manifest, table=replace(manifest.table, path="/srv/pr\udcffices.csv"))

    assert from_json(to_json(whole), FILE).table.path == "/srv/pr\udcffices.csv"


def test_a_newer_format_is_refused_by_number(manifest):
    """Row 105, whatever else a newer format holds."""
    content = json.dumps({"format": 4, "anything": {}}).encode()

    with pytest.raises(RunError, match=rf"^{FILE}: format 4, this version reads 3; upgrade forecaster"):
        from_json(content, FILE)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b"\0"])
def test_what_is_no_mapping_is_damaged(content):
    with pytest.raises(RunError, match=r"MANIFEST.json is damaged: it is not a mapping in JSON; take the version"):
        from_json(content, FILE)


def test_a_manifest_changed_by_hand_is_damaged(manifest):
    content = to_json(manifest).replace(b'"seed": 0', b'"seed": 1')

    with pytest.raises(RunError, match="its text does not have its own SHA-256"):
        from_json(content, FILE)


def test_even_another_space_is_noticed(manifest):
    with pytest.raises(RunError, match="its text does not have its own SHA-256"):
        from_json(to_json(manifest) + b" ", FILE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record.update(extra=1), r'extra: expected no such key, got "1"'),
        (lambda record: record.pop("seed"), r'seed: expected a whole number, got "nothing"'),
        (lambda record: record.update(seed="0"), r'seed: expected a whole number, got "0"'),
        (lambda record: record.update(seed=True), r'seed: expected a whole number, got "True"'),
        (lambda record: record.update(notes="x"), r'notes: expected a list, got "x"'),
        (lambda record: record.update(table=[]), r"table: expected a mapping"),
        (
            lambda record: record["table"].update(newest=1.5),
            r'table.newest: expected text or a whole number, got "1.5"',
        ),
        (lambda record: record["shapes"].update(levels=[None]), r'shapes.levels.0: expected a number, got "None"'),
        (lambda record: record["shapes"].pop("scale"), r'shapes.scale: expected text, got "nothing"'),
        (lambda record: record.update(files={"a": {"sha256": "x"}}), r"files.a.bytes: expected a whole number"),
        (lambda record: record.update(format=None), r"format: expected a whole number"),
    ],
)
def test_every_key_must_be_there_once_and_of_its_type(change, words, manifest):
    with pytest.raises(RunError, match=words):
        from_json(rewritten(to_json(manifest), change), FILE)


@pytest.mark.parametrize("name", ["model.h5", "../secret", "payload.pkl"])
def test_files_that_no_version_holds_are_refused(name, manifest):
    """Row 109."""
    content = to_json(replace(manifest, files={name: FileMark("a" * 64, 1)}))

    with pytest.raises(RunError, match=rf'it names "{name}", which no version holds'):
        from_json(content, FILE)


@pytest.mark.parametrize("every", [1, 60_000_000, 86_400_000_000, 7 * 86_400_000_000])
def test_a_clock_whose_step_is_told_in_microseconds_is_one_that_can_be(every, manifest):
    table = replace(manifest.table, clock={"kind": "fixed", "every": every})

    check_values(replace(manifest, table=table), FILE)


@pytest.mark.parametrize("every", [0, -1, 2**61])
def test_a_clock_that_never_goes_on_is_damaged(every, manifest):
    table = replace(manifest.table, clock={"kind": "fixed", "every": every})

    with pytest.raises(RunError, match=f"MANIFEST.json is damaged: every is {every}"):
        check_values(replace(manifest, table=table), FILE)
