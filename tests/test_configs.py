"""The stories in `configs/` and the tables in `data/`."""

import csv
from pathlib import Path

import pytest

from forecaster.config.layers import LAYERS, kind_of
from forecaster.config.reading import read_config
from forecaster.workflows.check import check

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
MADE = {Path(read_config(config).data.path).name for config in CONFIGS if read_config(config).data.generate}
SHORT = ("tutorial_lstm", "bilstm_attention", "seq2seq", "segrnn", "deepar", "esrnn", "variational")
TABLES = sorted(path for path in (ROOT / "data").glob("*.csv") if path.name not in MADE)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_config_is_a_short_story_that_editors_can_check(config):
    lines = config.read_text().splitlines()

    assert lines[0] == "# yaml-language-server: $schema=forecaster.schema.json"
    assert lines[1].startswith("# ")
    assert len(lines) <= 25


@pytest.mark.parametrize("name", SHORT)
def test_every_network_of_the_literature_takes_at_most_15_lines(name):
    lines = (ROOT / "configs" / f"{name}.yaml").read_text().splitlines()

    assert len([line for line in lines if line.strip() and not line.lstrip().startswith("#")]) <= 15


@pytest.mark.parametrize("name", SHORT)
def test_every_network_of_the_literature_fits_its_table(name):
    """Without TensorFlow; the training itself is another test's."""
    assert "fine" in check(ROOT / "configs" / f"{name}.yaml")


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_config_has_a_table_or_says_how_to_make_one(config):
    data = read_config(config).data

    assert data.generate is not None or Path(data.path) in TABLES


def test_every_kind_of_layer_appears_in_some_config():
    shown = {kind_of(layer) for config in CONFIGS for layer in read_config(config).model.layers}

    assert shown == set(LAYERS)


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_every_table_is_described_with_its_rows_and_columns(table):
    with table.open(newline="") as file:
        header, *rows = csv.reader(file)
    described = next(line for line in (ROOT / "data/README.md").read_text().splitlines() if f"`{table.name}`" in line)

    assert f"| {len(rows):,} |" in described
    assert [f"`{name}`" in described for name in header] == [True] * len(header)
