"""A panel with covariates from training to forecast: what is known ahead, joint paths, and a look inside."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest
from commands import forecast, write

from forecaster.errors import DataError, RunError, UnusableError, UsageError
from forecaster.forecasters.runtime import Graph
from forecaster.runs.versions import open_run
from forecaster.workflows.evaluate import evaluate
from forecaster.workflows.plot import Look, plot
from forecaster.workflows.predict import predict, predict_files
from forecaster.workflows.preparing import prepare, read
from forecaster.workflows.request import Request
from forecaster.workflows.template import write_template
from forecaster.workflows.train import train
from forecaster.workflows.training import Session

SHOPS = """\
name: shops
data:
  path: shops.csv
  generate: {kind: panel, series: 4, steps: 150, covariates: true, ahead: 7}
  time: time
  id: series
  target: value
  known: [price, promo]
  static: region
  calendar: weekday
window: {lookback: 14, horizon: 7}
model:
  scale: standard
  segment: 7
  embed: {series: 2}
  layers:
    - lstm: {units: 4}
    - attention: {heads: 2}
  bounds: {min: 0, integer: true}
training: {steps: 60, ensemble: 2}
evaluation: {folds: 4}
"""


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """A folder with shops.csv, shops.yaml and runs/shops; not to be written to."""
    folder = tmp_path_factory.mktemp("shops")
    train(write(folder / "shops.yaml", SHOPS), runs=folder / "runs")
    return folder


@pytest.fixture
def shop(shops, tmp_path):
    """A copy of that folder that a test may change."""
    return shutil.copytree(shops, tmp_path / "shop", symlinks=True)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def cut(lines):
    return [line.split(",") for line in lines]


def published(folder, request):
    session = Session(folder / "runs")
    return next(iter(predict_files([str(folder / "shops.csv")], "shops", request, session)))


def test_the_rows_with_an_empty_target_say_what_is_known_of_the_future(shops):
    said = predict("shops", shops / "shops.csv", runs=shops / "runs")

    assert said.horizon == 7
    assert len(said.ids) == 4


def test_another_plan_makes_another_forecast(shop):
    before = predict("shops", shop / "shops.csv", runs=shop / "runs")
    lines = (shop / "shops.csv").read_text().splitlines()
    planned = [",".join([*cells[:3], "90", *cells[4:]]) if cells[2] == "" else ",".join(cells) for cells in cut(lines)]
    write(shop / "shops.csv", "\n".join(planned) + "\n")

    assert (predict("shops", shop / "shops.csv", runs=shop / "runs").lower != before.lower).any()


def test_a_day_of_the_horizon_without_its_plan_is_named(shop):
    lines = (shop / "shops.csv").read_text().splitlines()
    kept = [line for line in lines if line.split(",")[2] != ""]
    write(shop / "shops.csv", "\n".join(kept) + "\n")

    with pytest.raises(DataError, match=r'column "price" is known ahead, but missing at "\d{4}-\d\d-\d\d"'):
        predict("shops", shop / "shops.csv", runs=shop / "runs")


def test_the_template_holds_the_days_that_lack_their_plan_and_filled_in_it_is_read(shop):
    place, request = shop / "plan.csv", Request(horizon=9)
    write_template([str(shop / "shops.csv")], "shops", request, Session(shop / "runs"), out=place)
    wanted = rows(place)

    assert len(wanted) == 4 * 2
    assert {(row["value"], row["price"], row["promo"]) for row in wanted} == {("", "", "")}
    assert all(row["region"] for row in wanted)

    filled = [",".join({**row, "price": "9", "promo": "no"}.values()) for row in wanted]
    write(shop / "shops.csv", (shop / "shops.csv").read_text() + "\n".join(filled) + "\n")

    assert predict("shops", shop / "shops.csv", runs=shop / "runs", request=request).horizon == 9


def test_a_template_is_never_written_over_the_table(shop):
    with pytest.raises(UsageError, match="is the table itself"):
        write_template([str(shop / "shops.csv")], "shops", Request(), Session(shop / "runs"), out=shop / "shops.csv")


def test_a_template_is_of_one_table(shop):
    tables = [str(shop / "shops.csv"), str(shop / "other.csv")]

    with pytest.raises(UsageError, match=r"--template with 2 tables"):
        write_template(tables, "shops", Request(), Session(shop / "runs"), out=shop / "plan.csv")


def test_paths_lie_beside_the_forecast_and_the_same_seed_draws_them_again(shop):
    first = published(shop, Request(paths=30, seed=1))
    drawn = (shop / "shops.paths.csv").read_text()
    published(shop, Request(paths=30, seed=1))
    again = (shop / "shops.paths.csv").read_text()
    published(shop, Request(paths=30, seed=2))

    assert first.place == shop / "shops.forecast.csv"
    assert len(drawn.splitlines()) == 1 + 30 * 4 * 7
    assert again == drawn
    assert (shop / "shops.paths.csv").read_text() != drawn


def test_paths_keep_to_the_bounds_and_spread_as_the_intervals_do(shop):
    said = published(shop, Request(paths=200)).forecast
    values = np.array([float(row["value"]) for row in rows(shop / "shops.paths.csv")]).reshape(200, 4, 7)
    held = (values >= said.lower[..., 0]) & (values <= said.upper[..., 0])

    assert (values >= 0).all()
    assert (values == np.round(values)).all()
    assert 0.75 < held.mean() < 0.97  # 80 %, and more where whole numbers meet an end


def test_every_published_number_keeps_to_the_bounds(shops):
    said = predict("shops", shops / "shops.csv", runs=shops / "runs")
    folds = rows(shops / "runs" / "shops" / "latest" / "folds.csv")

    for numbers in (said.values, said.lower, said.upper, np.array([float(row["lower_80"]) for row in folds])):
        assert (numbers >= 0).all()
        assert (numbers == np.round(numbers)).all()


def test_a_series_never_seen_is_forecast_and_marked(shop):
    lines = (shop / "shops.csv").read_text().splitlines()
    new = [line.replace(",s0,", ",newcomer,") for line in lines if ",s0," in line]
    write(shop / "shops.csv", "\n".join([*lines, *new]) + "\n")
    said = predict("shops", shop / "shops.csv", runs=shop / "runs")
    place = said.ids.index("newcomer")

    assert set(said.status[place]) == {"unseen"}
    assert np.isfinite(said.values[place]).all()


def test_a_category_never_seen_is_warned_of(shop):
    text = (shop / "shops.csv").read_text()
    write(shop / "shops.csv", text.replace(",yes,", ",maybe,", 1))
    done = forecast("predict", "--csv", "shops.csv", "--run", "shops", cwd=shop, check=0)
    results = json.loads((shop / "runs" / "shops" / "run_results.json").read_text())

    assert done.stdout == ""
    assert any('column promo: the network has never seen "maybe"' in warning for warning in results["warnings"])


def test_a_category_never_seen_is_an_error_where_doubtful_input_is(shop):
    text = (shop / "shops.csv").read_text()
    write(shop / "shops.csv", text.replace(",yes,", ",maybe,", 1))

    with pytest.raises(DataError, match=r'column promo: the network has never seen "maybe"'):
        predict("shops", shop / "shops.csv", runs=shop / "runs", request=Request(strict=True))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--seed", "1"], "--seed draws nothing by itself; add --paths N"),
        (["--paths", "10001"], "--paths 10001 is out of reach; ask for at most 10,000"),
        (["--paths", "2", "--out", "-"], "--paths needs a file to write to; name the forecast's file with --out"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_is_read(tmp_path, options, told):
    done = forecast("predict", "--csv", "none.csv", *options, cwd=tmp_path, check=2)

    assert told in done.stderr


def test_paths_are_never_written_over_the_table(shop):
    shutil.copy(shop / "shops.csv", shop / "all.paths.csv")
    before = (shop / "all.paths.csv").read_bytes()
    done = forecast(
        *("predict", "--csv", "all.paths.csv", "--run", "shops", "--out", "all.csv", "--paths", "2"), cwd=shop, check=2
    )

    assert 'all.paths.csv" is the table itself' in done.stderr
    assert (shop / "all.paths.csv").read_bytes() == before


def test_a_table_of_paths_is_not_forecast(shop):
    published(shop, Request(paths=1))
    done = forecast("init", "shops.paths.csv", cwd=shop, check=5)

    assert "holds paths that were drawn, not a table of values" in done.stderr


def test_bounds_hide_no_forecast_that_is_absurd(shops, monkeypatch):
    """All bounds would leave of it is a zero that looks as good as any other."""
    raw = Graph.raw
    monkeypatch.setattr(Graph, "raw", lambda graph, inputs: raw(graph, inputs) - 1e12)

    with pytest.raises(UnusableError, match="further than 10 x"):
        predict("shops", shops / "shops.csv", runs=shops / "runs")


def test_the_report_says_that_folds_were_told_the_plan(shops):
    report = evaluate("shops", runs=shops / "runs")

    assert any("every fold was told what" in note and '"price", "promo"' in note for note in report.notes)


def test_evaluating_again_gives_the_errors_of_the_training(shops):
    run = open_run(shops / "runs", "shops")

    assert evaluate(run, runs=shops / "runs").metrics["model"]["mae"] == pytest.approx(run.manifest.result.mae)


@pytest.mark.parametrize("kind", ["memory", "attention", "importance"])
def test_a_look_inside_becomes_a_picture(shops, tmp_path, kind):
    place = plot("shops", Look(kind), runs=shops / "runs", out=tmp_path / f"{kind}.svg")

    assert place.read_text().startswith("<?xml")


def test_a_look_is_at_the_window_and_the_series_that_were_asked_for(shops, tmp_path):
    looks = [Look("memory", series, window) for series in ("s1", "s2") for window in ("2000-05-01", "2000-05-02")]
    pictures = [plot("shops", look, runs=shops / "runs", out=tmp_path / "memory.svg").read_text() for look in looks]

    assert len(set(pictures)) == 4


def test_a_window_before_the_first_whole_one_is_refused_with_those_there_are(shops, tmp_path):
    look = Look("memory", window="1999-01-01")

    with pytest.raises(UsageError, match=r"no window of 14 steps ends then; give a moment from 2000-\d\d-\d\d to 2"):
        plot("shops", look, runs=shops / "runs", out=tmp_path / "memory.png")


def test_a_window_after_the_newest_value_is_refused_too(shops, tmp_path):
    with pytest.raises(UsageError, match=r'--window "2040-01-01": no window of 14 steps ends then'):
        plot("shops", Look("memory", window="2040-01-01"), runs=shops / "runs", out=tmp_path / "memory.png")


def test_an_unknown_series_is_refused_with_some_that_are_known(shops, tmp_path):
    with pytest.raises(UsageError, match=r'--series "x": no such series; choose one of "s0"'):
        plot("shops", Look("attention", series="x"), runs=shops / "runs", out=tmp_path / "attention.png")


def test_importance_is_of_all_series_and_folds(shops, tmp_path):
    with pytest.raises(UsageError, match="leave out --series and --window"):
        plot("shops", Look("importance", series="s0"), runs=shops / "runs", out=tmp_path / "importance.png")


def test_a_network_that_does_not_attend_is_told_how_it_would(home, tmp_path):
    with pytest.raises(UsageError, match=r"does not attend; add a layer such as attention"):
        plot("small", Look("attention"), runs=home / "runs", out=tmp_path / "attention.png")


def test_a_window_belongs_to_a_look_inside(home, tmp_path):
    with pytest.raises(UsageError, match="--window belongs to a look inside"):
        plot("small", Look(window="2024-05-01"), runs=home / "runs", out=tmp_path / "small.png")


def test_a_run_that_knows_no_dependence_asks_for_another_training(home):
    version = (home / "runs" / "small" / "latest").resolve()
    text = json.loads((version / "calibration.json").read_text())
    for one in text["calibrations"].values():
        one["dependence"] = []
    run = open_run(home / "runs", "small", files=("config.yaml", "model.onnx", "calibration.json"))
    contents = {**run.contents, "calibration.json": json.dumps(text).encode()}
    old = type(run)(run.name, run.folder, run.version, run.manifest, contents)

    with pytest.raises(RunError, match="does not say how the errors of the steps ahead hang together"):
        predict(old, home / "small.csv", runs=home / "runs", request=Request(paths=2))


def test_negative_values_are_no_counts(tmp_path):
    table = "step,y\n" + "".join(f"{step},{-1 if step == 7 else step % 5}\n" for step in range(120))
    write(tmp_path / "counts.csv", table)
    config = """\
data: {path: counts.csv, time: step, target: y}
window: {lookback: 10, horizon: 2}
model: {layers: [{gru: {units: 2}}], scale: mean, output: negative_binomial}
"""

    with pytest.raises(DataError, match=r"1 of 120 values are below 0, the first being -1 in series .* at 7"):
        prepare(read(write(tmp_path / "counts.yaml", config)))
