"""`check` and `init` in process: what is told of a table, and what is written for one."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from commands import SMALL, business_days, write

from forecaster.errors import ConfigError, DataError, UsageError
from forecaster.workflows.check import check
from forecaster.workflows.generate import ensure_table, generate, generated
from forecaster.workflows.init import init
from forecaster.workflows.preparing import read
from forecaster.workflows.schema import schema


@pytest.fixture
def yaml(tmp_path):
    write(tmp_path / "small.csv", business_days(300))
    return write(tmp_path / "small.yaml", SMALL)


def test_a_table_is_told_with_its_rows_its_step_its_span_and_its_season(yaml):
    first, table, told, *_ = check(yaml).splitlines()

    assert first == f"{yaml}: fine"
    assert table == f"table     {yaml.parent}/small.csv"
    assert told.split(", ")[:2] == ["          300 rows", "1 series"]
    assert "2024-01-01 to 2025-02-21" in told
    assert told.endswith("no season")


def test_a_season_that_the_config_names_is_told(yaml):
    assert ", season 5\n" in check(yaml, overrides=["data.season=5"])


def test_the_parts_are_told_with_their_sizes(yaml):
    """300 steps: 8 folds of 3, and 10 + 3 steps in every window."""
    window, parts, _ = check(yaml).splitlines()[-3:]

    assert window == "window    lookback 10, horizon 3, stride 1"
    assert parts.endswith("8 test folds 3 apart")


def test_the_time_and_the_memory_of_a_training_are_told_with_its_networks_and_updates(yaml):
    told = check(yaml, overrides=["training.ensemble=3"]).splitlines()[-1]

    assert re.fullmatch(
        r"training  about \d+ s on two cores \(6 networks, at most 40 updates each\), about [78]\d0 MiB", told
    )


def test_a_training_that_nothing_stops_early_is_told_with_all_its_updates(yaml):
    told = check(yaml, overrides=["training.early_stopping=null", "training.refit=false"])

    assert "(1 network, 40 updates)" in told


def test_a_long_training_is_told_in_minutes_and_hours(yaml):
    minutes, hours = (check(yaml, overrides=[f"training.steps={steps}"]) for steps in (1_000_000, 50_000_000))

    assert re.search(r"about \d+ minutes on two cores", minutes)
    assert re.search(r"about \d+\.\d hours on two cores", hours)


def test_the_layers_are_told_only_where_they_are_asked_for(yaml):
    plain, long = check(yaml), check(yaml, network=True)

    assert long.startswith(plain)
    assert "parameters" not in plain
    assert long.splitlines()[-1].endswith("MiB while training, besides TensorFlow")


def test_the_parameters_of_the_layers_sum_up_to_the_total(yaml):
    *layers, total = check(yaml, network=True).splitlines()[8:]

    counts = [int(line.split()[-1].replace(",", "")) for line in layers]
    assert sum(counts) == int(total.split()[0].replace(",", ""))


def test_a_table_alone_is_checked_with_the_automatic_choice(yaml):
    told = check(yaml.parent / "small.csv")

    assert told.startswith(f"{yaml.parent}/small.csv: fine\n")
    assert "training windows" in told


def test_a_table_that_is_generated_is_checked_without_being_written(tmp_path):
    text = SMALL.replace("time: date, target: price", "target: value, generate: {kind: sine, steps: 200}")

    assert "200 rows" in check(write(tmp_path / "small.yaml", text))
    assert not (tmp_path / "small.csv").exists()


def test_where_there_is_no_yaml_the_hint_says_set(tmp_path):
    table = write(tmp_path / "a.csv", "date,y\n" + "".join(f"0{n}/0{n}/2024,{n}\n" for n in range(1, 9)))

    with pytest.raises(DataError, match=r"set data\.resample.* \(without a YAML: --set KEY=VALUE\)$"):
        check(table)


def test_a_size_that_does_not_fit_the_table_is_told_with_the_config(yaml):
    with pytest.raises(ConfigError, match=r"small\.yaml: window\.lookback: "):
        check(yaml, overrides=["window.lookback=36h"])


def test_checking_loads_no_network(yaml, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)  # importing it is an error from here on

    assert "fine" in check(yaml, network=True)


def test_init_gives_the_yaml_and_writes_nothing(yaml):
    before = set(yaml.parent.iterdir())

    assert f"path: {yaml.parent}/small.csv" in init(yaml.parent / "small.csv")
    assert set(yaml.parent.iterdir()) == before


def test_a_yaml_that_is_written_names_its_table_from_where_it_lies(yaml):
    out = yaml.parent / "configs/made.yaml"

    text = init(yaml.parent / "small.csv", out=out)

    assert out.read_text() == text
    assert 'path: "../small.csv"' in text
    assert read(out).data.path == str(yaml.parent / "small.csv")


def test_what_is_set_stands_in_the_yaml_that_init_makes(yaml):
    assert "seed: 7" in init(yaml.parent / "small.csv", overrides=["training.seed=7"])


def test_the_schema_is_json_that_ends_with_a_line():
    assert schema().startswith('{\n  "$schema"')
    assert schema().endswith("}\n")


def test_a_seed_has_the_last_word(tmp_path):
    one = generate("random-walk", out=tmp_path / "a.csv", options=["steps=50", "seed=1"], seed=9)
    other = generate("random-walk", out=tmp_path / "b.csv", options=["steps=50"], seed=9)

    assert one.read_bytes() == other.read_bytes()


def test_a_kind_is_written_here_under_its_own_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert generate("sine", out=None, options=["steps=70"], seed=None) == tmp_path / "sine.csv"


def test_a_config_writes_its_table_where_it_says(tmp_path):
    text = SMALL.replace("time: date, target: price", "target: value, generate: {kind: sine, steps: 70}")

    assert generate(str(write(tmp_path / "a.yaml", text)), out=None, options=[], seed=None) == tmp_path / "small.csv"


def test_a_config_that_does_not_say_how_its_table_is_made_is_refused(yaml):
    with pytest.raises(ConfigError, match=r"data\.generate: the config does not say .*; add data\.generate: \{kind"):
        generate(str(yaml), out=None, options=[], seed=None)


def test_what_is_neither_a_kind_nor_a_yaml_is_told_the_kinds():
    with pytest.raises(UsageError, match=r'"cosine" is neither .*; choose one of sine, trend-season, random-walk'):
        generate("cosine", out=None, options=[], seed=None)


def test_a_table_that_lies_there_is_never_written_over(tmp_path):
    text = SMALL.replace("time: date, target: price", "target: value, generate: {kind: sine, steps: 70}")
    config = read(write(tmp_path / "a.yaml", text))

    assert ensure_table(config)
    Path(config.data.path).write_text("mine\n")

    assert not ensure_table(config)
    assert generated(config) is None
    assert Path(config.data.path).read_text() == "mine\n"
