"""`forecast check --fix` writes a repaired copy, and never the table itself."""

from __future__ import annotations

import os

import pytest
from commands import SMALL, business_days, forecast, write

from forecaster.errors import DataError, UsageError
from forecaster.workflows import repairing
from forecaster.workflows.check import check, examine


@pytest.fixture
def mixed(tmp_path):
    """A table newest first, with a row that comes twice and one that is missing, and its config."""
    head, *rows = business_days(300).splitlines()
    write(tmp_path / "small.csv", "\n".join([head, *reversed(rows[:100] + rows[101:] + rows[200:202])]) + "\n")
    return write(tmp_path / "small.yaml", SMALL)


def test_a_copy_is_written_and_what_was_done_is_told(mixed):
    done = examine(mixed, fix=mixed.parent / "out/fixed.csv")

    first, *notes = done.text.splitlines()
    assert first == f"{mixed.parent}/out/fixed.csv: written, 299 rows for 301"
    assert any("they were sorted" in note for note in notes)
    assert any("2 rows that repeat another were dropped" in note for note in notes)


def test_the_copy_is_fine_and_checked_without_a_note(mixed):
    fixed = mixed.parent / "fixed.csv"

    examine(mixed, fix=fixed)

    assert "note " in check(mixed)
    assert "note " not in check(mixed, overrides=[f"data.path={fixed}"])
    assert [line for line in check(fixed).splitlines() if line.startswith("note") and " part: " not in line] == []


def test_the_table_itself_is_never_touched(mixed):
    before = (mixed.parent / "small.csv").read_bytes()

    examine(mixed, fix=mixed.parent / "fixed.csv")

    assert (mixed.parent / "small.csv").read_bytes() == before


@pytest.mark.parametrize("way", ["itself", "a link", "a hard link", "another way to write it"])
def test_a_copy_onto_the_table_is_refused(mixed, way):
    table, link = mixed.parent / "small.csv", mixed.parent / "link.csv"
    out = {"itself": table, "another way to write it": mixed.parent / "x/../small.csv"}.get(way, link)
    (mixed.parent / "x").mkdir()
    if way == "a link":
        link.symlink_to(table)
    elif way == "a hard link":
        os.link(table, link)

    with pytest.raises(UsageError, match=r"is the table itself; give the copy a name of its own"):
        examine(mixed, fix=out)


def test_without_the_guard_the_table_itself_is_written_over(mixed, monkeypatch):
    """The mutant."""
    monkeypatch.setattr(repairing, "refuse_original", lambda *_: None)
    before = (mixed.parent / "small.csv").read_bytes()

    examine(mixed, fix=mixed.parent / "small.csv")

    assert (mixed.parent / "small.csv").read_bytes() != before


def test_rows_that_contradict_each_other_are_refused_with_what_to_set(mixed):
    with (mixed.parent / "small.csv").open("a") as table:
        table.write("2024-01-01,7\n")

    done = examine(mixed, fix=mixed.parent / "fixed.csv")

    assert isinstance(done.error, DataError)
    assert "data.duplicates" in done.text
    assert not (mixed.parent / "fixed.csv").exists()
    assert examine(mixed, overrides=["data.duplicates=last"], fix=mixed.parent / "fixed.csv").error is None


def test_a_table_without_a_config_is_repaired_from_the_command_line(mixed):
    done = forecast("check", "small.csv", "--fix", "fixed.csv", cwd=mixed.parent, check=0)

    assert "fixed.csv: written, 299 rows for 301" in done.stdout
    assert forecast("check", "small.csv", "--fix", "small.csv", cwd=mixed.parent).returncode == 2
