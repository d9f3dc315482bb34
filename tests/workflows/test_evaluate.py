"""A published network scored again, on tables that have grown or shrunk since."""

from __future__ import annotations

import pytest
from commands import business_days, write

from forecaster.errors import RunError, UsageError
from forecaster.workflows.evaluate import evaluate


def scored(trained, rows, tmp_path, *, dropped=0, **more):
    lines = business_days(rows).splitlines()
    kept = [lines[0], *lines[1 + dropped :]]
    return evaluate("small", write(tmp_path / "now.csv", "\n".join(kept) + "\n"), runs=trained / "runs", **more)


def test_a_table_without_the_calibration_part_is_scored_with_intervals_that_know_no_fold(trained, tmp_path):
    whole = scored(trained, 300, tmp_path)

    rest = scored(trained, 300, tmp_path, dropped=250)

    assert any("no longer holds the calibration part" in note for note in rest.notes)
    assert rest.folds <= whole.folds
    assert rest.metrics["model"]["interval_score_80"] is not None


def test_the_units_do_not_depend_on_how_many_folds_are_asked_for(trained, tmp_path):
    whole, few = scored(trained, 300, tmp_path), scored(trained, 300, tmp_path, folds=3)

    last = whole.by_fold[-3:]
    assert few.by_fold == last


def test_a_table_that_ends_before_the_border_is_refused(trained, tmp_path):
    with pytest.raises(RunError, match=r"has seen everything before .*newer rows"):
        scored(trained, 200, tmp_path)


def test_more_folds_than_there_are_are_refused_with_their_number(trained, tmp_path):
    with pytest.raises(UsageError, match=r"--folds 999: there are 8; ask for at most 8"):
        scored(trained, 300, tmp_path, folds=999)
