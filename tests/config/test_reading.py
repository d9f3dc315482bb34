import subprocess
import sys

import pytest

from forecaster.config.names import run_name
from forecaster.config.reading import json_schema, read_config
from forecaster.config.schema import Config
from forecaster.errors import ConfigError


def test_a_relative_path_starts_from_the_folder_of_the_yaml(good, tmp_path, monkeypatch):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "a.yaml").write_text(good.replace("prices.csv", "../data/prices.csv"))
    monkeypatch.chdir("/")

    assert read_config(tmp_path / "configs" / "a.yaml").data.path == str(tmp_path / "data" / "prices.csv")


def test_an_absolute_path_is_left_alone(good, parsed):
    assert parsed(good.replace("prices.csv", "/data/prices.csv")).data.path == "/data/prices.csv"


def test_a_run_without_a_name_is_named_after_its_file(good, tmp_path):
    (tmp_path / "air.yaml").write_text(good)

    assert read_config(tmp_path / "air.yaml").name == "air"


def test_a_given_name_is_kept(good, tmp_path):
    (tmp_path / "air.yaml").write_text(good + "name: passengers\n")

    assert read_config(tmp_path / "air.yaml").name == "passengers"


def test_a_file_whose_name_names_no_run_must_say_a_name(good, tmp_path):
    (tmp_path / "日本.yaml").write_text(good)

    with pytest.raises(ConfigError, match=r"name: the file's name, .* gives no name to a run; write a name, such as"):
        read_config(tmp_path / "日本.yaml")


@pytest.mark.parametrize(
    ("stem", "name"),
    [("prices", "prices"), ("prices 2024", "prices-2024"), ("..x..", "x"), ("a/b", "a-b"), ("a" * 70, "a" * 64)],
)
def test_a_stem_becomes_a_name(stem, name):
    assert run_name(stem) == name


def test_all_mistakes_are_told_in_the_order_of_the_file(good, complaints):
    text = good.replace("target: close", "taget: close").replace("60", "-1").replace("units: 64", "units: 0")

    places = [line.split(": ")[0] for line in complaints(text, ["training.seed=-1"])]

    assert places == ["a.yaml:1:1", "a.yaml:1:26", "a.yaml:3:13", "a.yaml:7:21", "--set training.seed=-1"]


def test_a_mistake_of_the_text_does_not_hide_the_others(good, complaints):
    text = good.replace("lookback: 60", "lookback: 60\n  lookback: 7").replace("units: 64", "unitz: 64")

    told = "\n".join(complaints(text))

    assert "already set on line 3" in told
    assert 'did you mean "units"?' in told


def test_nothing_is_said_of_what_lies_below_a_mistake_of_the_text(good, complaints):
    assert len(complaints(good + "training: &x {seed: -1}\n")) == 1


def test_a_message_keeps_what_is_outside_on_one_line(good, complaints):
    (line,) = complaints(good + '"a\\nforecast: error": 1\n')

    assert line.isprintable()
    assert r'unknown key "a\nforecast: error"' in line


def test_thousands_of_mistakes_are_counted(good, complaints):
    lines = complaints(good + "training:\n" + "".join(f"  k{n}: 1\n" for n in range(4000)))

    assert len(lines) == 4000


def test_the_schema_names_every_section_and_why_it_is_there():
    schema = json_schema()

    assert set(schema["properties"]) == set(Config.model_fields)
    assert schema["$defs"]["WindowConfig"]["properties"]["lookback"]["description"].startswith("The steps of the past")


def test_reading_a_config_loads_no_heavy_library():
    heavy = {"numpy", "pandas", "tensorflow", "keras", "matplotlib", "onnxruntime", "typer"}
    code = "import sys, forecaster.config.reading; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert heavy.isdisjoint(loaded)
    assert "pydantic" in loaded


def test_mistakes_are_sorted_by_line_and_not_by_section(good, complaints):
    lines = complaints("training: {seed: -1}\n" + good.replace("60", "-1"))

    assert [line.split(": ")[0] for line in lines] == ["a.yaml:1:18", "a.yaml:4:13"]
