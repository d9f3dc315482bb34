"""Row 122: after a power cut, whatever has its final name has all its bytes: the order of the calls promises it."""

import os
from pathlib import Path

import pytest

from forecaster.runs.versions import rollback
from forecaster.store import directories, files
from forecaster.store.files import write_file


@pytest.fixture
def calls(monkeypatch):
    """Every fsync, rename and replace, with the names of what they are about."""
    seen, real = [], {name: getattr(os, name) for name in ("fsync", "rename", "replace")}

    def fsync(opened):
        seen.append(("fsync", Path(f"/proc/self/fd/{opened}").readlink().name))
        return real["fsync"](opened)

    def moved(name):
        def call(source, target):
            seen.append((name, Path(target).name))
            return real[name](source, target)

        return call

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", moved("rename"))
    monkeypatch.setattr(os, "replace", moved("replace"))
    return seen


def problems(seen, version, files):
    """What a power cut between these calls could lose."""
    found = [f"{file} is not flushed" for file in files if ("fsync", file) not in seen]
    renamed = seen.index(("rename", version))
    if found or [name for call, name in seen[: renamed - 1] if call == "fsync"][-1:] != ["MANIFEST.json"]:
        found.append("the manifest is not flushed last")
    if not seen[renamed - 1][1].startswith(".tmp-"):
        found.append("the folder is not flushed before its name")
    if seen[renamed + 1 : renamed + 3] != [("fsync", "versions"), ("fsync", "prices")]:
        found.append("the name is not flushed")
    if seen[renamed + 3 :] != [("replace", "latest"), ("fsync", "prices")]:
        found.append("latest is not moved last, and flushed")
    return found


def test_a_version_is_flushed_then_named_then_pointed_to_each_flushed_before_the_next(tmp_path, make, calls):
    run = make(tmp_path, "prices")

    assert problems(calls, run.version, [*run.manifest.files, "MANIFEST.json"]) == []


def test_without_flushing_the_order_is_not_kept(tmp_path, make, calls, monkeypatch):
    """The mutant of the test above."""
    monkeypatch.setattr(directories, "flush", lambda _: None)

    run = make(tmp_path, "prices")

    assert len(problems([("fsync", "?"), *calls], run.version, list(run.manifest.files))) > 3


def test_a_file_that_is_replaced_is_flushed_first_and_its_name_after(tmp_path, calls):
    write_file(tmp_path / "prices.forecast.csv", b"new")

    assert [call for call, _ in calls] == ["fsync", "replace", "fsync"]
    assert calls[0][1].startswith(".tmp-")
    assert calls[1:] == [("replace", "prices.forecast.csv"), ("fsync", tmp_path.name)]


def test_a_file_that_is_not_flushed_is_caught(tmp_path, calls, monkeypatch):
    """The mutant of the test above."""
    monkeypatch.setattr(files, "flush", lambda _: None)

    write_file(tmp_path / "prices.forecast.csv", b"new")

    assert [call for call, _ in calls] == ["replace"]


def test_a_rollback_moves_one_link_and_flushes_it(tmp_path, make, calls):
    make(tmp_path, "prices")
    make(tmp_path, "prices")
    calls.clear()

    rollback(tmp_path, "prices")

    assert calls == [("replace", "latest"), ("fsync", "prices")]
