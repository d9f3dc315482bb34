"""All that can be wrong between a config and its table is found before TensorFlow is loaded."""

from __future__ import annotations

import pytest
from commands import SMALL, business_days, write

from forecaster.config.reading import read_config
from forecaster.errors import ConfigError, DataError, TooShort
from forecaster.workflows.preparing import prepare


def prepared(folder, *overrides, table=None):
    write(folder / "small.csv", business_days(300) if table is None else table)
    return prepare(read_config(write(folder / "small.yaml", SMALL), overrides))


def test_spans_become_steps_of_the_tables_clock(tmp_path):
    config = prepared(tmp_path, "window.lookback=20b", "window.horizon=5b").config

    assert (config.window.lookback, config.window.horizon) == (20, 5)


def test_a_span_that_is_no_whole_number_of_steps_is_refused_by_its_key(tmp_path):
    with pytest.raises(ConfigError, match=r"window\.lookback: .*36h"):
        prepared(tmp_path, "window.lookback=36h")


def test_the_season_is_written_into_the_config(tmp_path):
    assert prepared(tmp_path, "data.season=5").config.data.season == 5
    assert isinstance(prepared(tmp_path).config.data.season, int)


def test_a_seasonal_skip_without_a_season_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"model\.skip: .*no season.*data\.season"):
        prepared(tmp_path, "data.season=1", "model.skip=seasonal_naive")


def test_values_without_a_logarithm_are_counted_and_the_first_is_named(tmp_path):
    table = business_days(300).replace("2024-03-04,", "2024-03-04,-")

    with pytest.raises(DataError, match=r"small\.csv: .*1 of 300.*2024-03-04.*scale: standard"):
        prepared(tmp_path, "model.scale=log", table=table)


def test_a_table_shorter_than_a_window_is_refused_with_the_sizes(tmp_path):
    with pytest.raises(TooShort, match=r"12 steps.*lookback 10 \+ horizon 3"):
        prepared(tmp_path, table=business_days(12))


def test_holes_that_leave_under_half_the_windows_are_refused_with_both_counts(tmp_path):
    lines = business_days(300).splitlines()
    holed = [
        line.split(",")[0] + "," if number % 24 < 4 and number < 280 else line for number, line in enumerate(lines[1:])
    ]

    with pytest.raises(DataError, match=r"data\.gaps: \d+ missing values leave \d+ of \d+ windows whole"):
        prepared(tmp_path, table="\n".join([lines[0], *holed, "2025-02-24,100.0"]) + "\n")


def test_a_hole_in_the_newest_lookback_is_refused_before_training(tmp_path):
    lines = business_days(300).splitlines()
    lines[-8:-3] = [line.split(",")[0] + "," for line in lines[-8:-3]]

    with pytest.raises(DataError, match=r"small\.csv: data\.gaps: 1 hole of 5 steps, .* in the newest 10 steps"):
        prepared(tmp_path, table="\n".join(lines) + "\n")


def test_too_many_parameters_are_refused_before_anything_is_built(tmp_path):
    with pytest.raises(ConfigError, match=r"parameters"):
        prepared(tmp_path, "limits.parameters=10")
