"""Goal 8, the short form of `benchmarks/reliability/leaks.py`: the future changes nothing of the past."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # the benchmarks are no part of the installed package
leaks = importlib.import_module("benchmarks.reliability.leaks")
sys.path.pop(0)


def test_nothing_after_a_cutoff_changes_a_bit_of_what_was_seen_or_said_up_to_it():
    assert leaks.check(300) == 300


@pytest.mark.parametrize("mutant", sorted(leaks.MUTANTS))
def test_a_protection_that_is_taken_away_fails_the_property_above(mutant):
    assert leaks.caught(mutant, 300)


@pytest.mark.parametrize("policy", leaks.grid.FORESEEING)
def test_a_cutoff_in_a_filled_hole_is_what_the_table_was_that_night(policy):
    """The value at step 2 is filled with 2.5, half of which is the 4 that comes after it."""
    config = leaks.config_of("step", policy, "last", beside=False)
    text = "time,id,y\n0,a,1\n1,a,1\n2,a,\n3,a,4\n4,a,5\n"

    panel = leaks.read_table(config.data, content=text.encode()).panel

    assert panel.values.tolist() == [1, 1, 2.5, 4, 5]
    assert panel.until(2).values.tolist() == [1, 1]
    assert panel.until(3).values.tolist() == [1, 1, 2.5, 4]
