"""The other commands: generate, evaluate, plot, runs, check, init, schema."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import business_days, forecast, write

from forecaster.workflows.generate import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_generates_the_same_bytes(tmp_path, kind):
    for name in ("a.csv", "b.csv"):
        forecast("generate", kind, "--seed", 3, "--set", "steps=300", "--out", name, cwd=tmp_path, check=0)

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_sine_of_too_few_points_is_refused_by_name(tmp_path):
    done = forecast("generate", "sine", "--set", "steps=100", "--set", "cycles=30", cwd=tmp_path)

    assert done.returncode == 4
    assert "3.33 points" in done.stderr
    assert not (tmp_path / "sine.csv").exists()


def test_an_unknown_option_of_a_kind_is_named(tmp_path):
    done = forecast("generate", "sine", "--set", "cylces=3", cwd=tmp_path)

    assert done.returncode == 4
    assert "cylces" in done.stderr
    assert "cycles" in done.stderr


def test_the_report_of_a_run_has_the_documented_keys(home):
    done = forecast("evaluate", "small", "--json", cwd=home, check=0)

    report = json.loads(done.stdout)
    assert {"schema", "run", "version", "folds", "horizon", "metrics", "skill", "verdict", "verdict_text"} <= set(
        report
    )
    assert set(report["metrics"]) == {"model", "naive", "seasonal_naive", "drift"}
    assert {"mae", "rmse", "smape", "mase", "rmsse", "wql", "coverage_80"} <= set(report["metrics"]["model"])
    assert report["by_step"][0]["step"] == 1


def test_evaluating_again_scores_as_the_training_did(home):
    """Same table, same network, same border: the report is the one that was published."""
    published = json.loads((home / "runs/small/latest/report.json").read_text())

    again = json.loads(forecast("evaluate", "small", "--json", cwd=home, check=0).stdout)

    assert again["metrics"] == published["metrics"]
    assert again["verdict_text"] == published["verdict_text"]


def test_newer_rows_add_folds(home):
    old = json.loads(forecast("evaluate", "small", "--json", cwd=home, check=0).stdout)["folds"]
    write(home / "longer.csv", business_days(330))

    new = json.loads(forecast("evaluate", "small", "--csv", "longer.csv", "--json", cwd=home, check=0).stdout)["folds"]

    assert new == old + 10


def test_more_folds_than_there_are_is_code_2_with_their_number(home):
    done = forecast("evaluate", "small", "--folds", 5000, cwd=home)

    assert done.returncode == 2
    assert re.search(r"there are \d+", done.stderr)


def test_without_a_name_the_only_run_is_meant_and_several_are_listed(home):
    assert forecast("evaluate", cwd=home, check=0).stdout
    (home / "runs/other").symlink_to(home / "runs/small")

    done = forecast("evaluate", cwd=home)

    assert done.returncode == 6
    assert "other, small" in done.stderr


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_run_is_drawn(home, suffix, magic):
    forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, check=0)

    forecast("plot", "small", "--out", f"picture.{suffix}", cwd=home, check=0)

    assert (home / f"picture.{suffix}").read_bytes().startswith(magic)


def test_drawing_loads_no_network(home):
    program = (
        "import sys\nfrom pathlib import Path\nfrom forecaster.workflows.plot import plot\n"
        "plot('small', runs=Path('runs'))\n"
        "sys.exit(' '.join({'tensorflow', 'keras', 'onnxruntime', 'matplotlib.pyplot'} & set(sys.modules)) or 0)"
    )

    assert subprocess.run([sys.executable, "-c", program], cwd=home, check=False).returncode == 0


def test_runs_are_listed_and_damage_is_told(home):
    (home / "runs/small/latest/MANIFEST.json").write_text("{}")

    done = forecast("runs", cwd=home, check=0)

    assert "small" in done.stdout
    assert "damaged" in done.stdout


def test_where_there_are_no_runs_it_says_how_to_make_one(tmp_path):
    assert "forecast train" in forecast("runs", cwd=tmp_path, check=0).stdout


def test_check_tells_the_parts_and_the_layers_without_tensorflow(home):
    done = forecast("check", "small.yaml", "--network", cwd=home, check=0)

    assert "300 rows" in done.stdout
    assert "layer0_gru" in done.stdout
    assert "parameters" in done.stdout


def test_check_writes_nothing(tmp_path):
    config = Path("configs/sine.yaml").read_text()
    write(tmp_path / "configs/sine.yaml", config)

    forecast("check", "configs/sine.yaml", cwd=tmp_path, check=0)

    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["sine.yaml"]


def test_init_writes_a_config_that_checks(tmp_path):
    write(tmp_path / "prices.csv", business_days(400))

    forecast("init", "prices.csv", "--out", "made/prices.yaml", cwd=tmp_path, check=0)

    assert "../prices.csv" in (tmp_path / "made/prices.yaml").read_text()
    assert "fine" in forecast("check", "made/prices.yaml", cwd=tmp_path, check=0).stdout


def test_the_schema_is_the_one_beside_the_examples(tmp_path):
    said = forecast("schema", cwd=tmp_path, check=0).stdout

    assert json.loads(said) == json.loads(Path("configs/forecaster.schema.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["plot", "small"], "runs/small/run_results.json"),
        (["plot", "nosuch"], "runs/run_results.json"),
        (["runs"], "runs/run_results.json"),
        (["check", "small.yaml"], "runs/run_results.json"),
    ],
)
def test_every_command_leaves_its_results(home, arguments, place):
    for old in home.glob("runs/**/run_results.json"):
        old.unlink()

    done = forecast(*arguments, cwd=home)

    assert json.loads((home / place).read_text())["code"] == done.returncode
