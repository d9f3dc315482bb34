"""`forecast predict`, as people and cron jobs call it."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from commands import business_days, forecast, write


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def predicted(home, *arguments):
    return rows(
        forecast("predict", "--csv", "small.csv", "--run", "small", "--out", "-", *arguments, cwd=home, check=0).stdout
    )


def test_the_forecast_continues_the_table_under_its_own_columns(home):
    forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, check=0)

    table = rows((home / "small.forecast.csv").read_text())

    newest = rows((home / "small.csv").read_text())[-1]["date"]
    assert list(table[0]) == ["date", "forecast", "lower_80", "upper_80", "lower_95", "upper_95", "status"]
    assert [row["date"] for row in table] == [str(np.busday_offset(newest, n)) for n in (1, 2, 3)]


def test_intervals_hold_the_forecast_and_each_other(home):
    for row in predicted(home):
        ends = [float(row[key]) for key in ("lower_95", "lower_80", "forecast", "upper_80", "upper_95")]
        assert ends == sorted(ends)


def test_a_table_from_stdin_is_forecast_to_stdout(home):
    stdin = (home / "small.csv").read_bytes()

    done = forecast("predict", "--csv", "-", "--run", "small", cwd=home, stdin=stdin, check=0)

    assert rows(done.stdout) == predicted(home)


def test_names_of_the_output_are_filled_in(home):
    forecast("predict", "--csv", "small.csv", "--run", "small", "--out", "out/{stem}-{cutoff}.csv", cwd=home, check=0)

    newest = rows((home / "small.csv").read_text())[-1]["date"]
    assert (home / f"out/small-{newest}.csv").is_file()


def test_a_longer_horizon_is_rolled_and_grows_with_the_root_of_the_steps(home):
    table = predicted(home, "--horizon", "12")

    width = [float(row["upper_95"]) - float(row["lower_95"]) for row in table]
    assert len(table) == 12
    assert [row["status"] for row in table[3:]] == ["rolled"] * 9 or table[0]["status"] == "no skill"
    assert width[11] / width[2] == pytest.approx(np.sqrt(12 / 3), rel=1e-6)


def test_a_forecast_as_of_a_date_sees_nothing_after_it(home):
    table = rows((home / "small.csv").read_text())
    cutoff = table[200]["date"]

    then = predicted(home, "--cutoff", cutoff)

    write(home / "small.csv", "".join(f"{line}\n" for line in (home / "small.csv").read_text().splitlines()[:202]))
    assert then == predicted(home)
    assert then[0]["date"] == table[201]["date"]


def test_a_cutoff_before_the_table_is_refused_with_its_first_date(home):
    done = forecast("predict", "--csv", "small.csv", "--run", "small", "--cutoff", "1999-01-01", cwd=home)

    assert done.returncode == 2
    assert "2024-01-01" in done.stderr


def test_a_forecast_of_a_forecast_is_refused(home):
    forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, check=0)

    done = forecast("predict", "--csv", "small.forecast.csv", "--run", "small", cwd=home)

    assert done.returncode == 5
    assert "small.forecast.csv" in done.stderr
    assert not (home / "small.forecast.forecast.csv").exists()


def test_one_bad_table_does_not_keep_the_others_back(home):
    write(home / "bad.csv", "")
    write(home / "more.csv", business_days(60))

    done = forecast("predict", "--csv", "bad.csv", "--csv", "more.csv", "--run", "small", cwd=home)

    assert done.returncode == 5
    assert "bad.csv" in done.stderr
    assert (home / "more.forecast.csv").is_file()


def test_without_a_run_and_with_no_train_it_says_what_to_do(tmp_path):
    write(tmp_path / "new.csv", business_days(60))

    done = forecast("predict", "--csv", "new.csv", "--no-train", cwd=tmp_path)

    assert done.returncode == 6
    assert "--no-train" in done.stderr
    assert not (tmp_path / "runs/new").exists() or not (tmp_path / "runs/new/latest").exists()


def test_a_table_with_another_clock_is_refused_with_both(home):
    lines = "".join(f"2024-01-01 {hour:02}:00,{hour}\n" for hour in range(24))
    write(home / "hours.csv", "date,price\n" + lines)

    done = forecast("predict", "--csv", "hours.csv", "--run", "small", cwd=home)

    assert done.returncode == 6
    assert "1 business day" in done.stderr
    assert "1 hour" in done.stderr


def test_one_file_never_gets_the_model_of_another_of_the_same_name(home):
    """The run `small` records the original small.csv, which still exists: this is another file of that name."""
    done = forecast("predict", "--csv", "small.csv", cwd=home)

    assert done.returncode == 6
    assert "--run" in done.stderr


def test_stale_input_is_forecast_but_marked(home):
    yaml = (home / "small.yaml").read_text().replace("target: price", "target: price, max_age: 5b")
    write(home / "small.yaml", yaml)
    forecast("train", "small.yaml", cwd=home, check=0)

    done = forecast("predict", "--csv", "small.csv", "--now", "2030-01-01", cwd=home)

    assert done.returncode == 3
    assert {row["status"] for row in rows((home / "small.forecast.csv").read_text())} == {"stale"}


def test_json_holds_the_forecast_of_every_series(home):
    done = forecast("predict", "--csv", "small.csv", "--run", "small", "--json", cwd=home, check=0)

    (series,) = json.loads(done.stdout)["series"]
    assert series["series"] == "price"
    assert len(series["forecast"]) == len(series["upper_80"]) == len(series["times"]) == 3


def test_every_forecast_is_kept_in_the_run(home):
    kept = set((home / "runs/small/forecasts").glob("*")) if (home / "runs/small/forecasts").exists() else set()

    predicted(home)

    assert len(list((home / "runs/small/forecasts").glob("*"))) == len(kept) + 1


@pytest.mark.slow
def test_the_first_night_trains_a_run_and_the_second_uses_it(tmp_path):
    write(tmp_path / "prices.csv", business_days(400))

    first = forecast("predict", "--csv", "prices.csv", cwd=tmp_path, check=0)
    said = (tmp_path / "prices.forecast.csv").read_bytes()
    second = forecast("predict", "--csv", "prices.csv", "--no-train", cwd=tmp_path, check=0)

    assert first.stdout + first.stderr + second.stdout + second.stderr == ""
    assert (tmp_path / "prices.forecast.csv").read_bytes() == said
    assert len(list((tmp_path / "runs/prices/versions").iterdir())) == 1


def test_a_table_that_fails_does_not_keep_another_from_stdout(home):
    write(home / "bad.csv", "date,price\n")

    done = forecast("predict", "--csv", "small.csv", "--csv", "bad.csv", "--run", "small", "--out", "-", cwd=home)

    assert done.returncode == 5
    assert rows(done.stdout) == predicted(home)


def test_several_tables_have_results_of_their_own(home):
    write(home / "more.csv", business_days(60))
    tables = ("--csv", "small.csv", "--csv", "more.csv")

    forecast("predict", *tables, "--run", "small", "--results", "all.json", cwd=home, check=0)

    assert json.loads((home / "runs/small/run_results.json").read_text())["outputs"] == [
        str(home / "more.forecast.csv")
    ]
    assert len(json.loads((home / "all.json").read_text())["outputs"]) == 2


def test_a_forecast_as_of_a_time_that_the_network_has_seen_beyond_is_marked(home):
    early = predicted(home, "--cutoff", rows((home / "small.csv").read_text())[100]["date"])

    assert {row["status"] for row in early} == {"hindsight"}
    assert "hindsight" not in {row["status"] for row in predicted(home)}


def test_a_name_with_a_date_needs_a_run(tmp_path):
    write(tmp_path / "prices-2024-03-05.csv", business_days(60))

    done = forecast("predict", "--csv", "prices-2024-03-05.csv", cwd=tmp_path)

    assert done.returncode == 2
    assert "--run prices" in done.stderr


def test_the_version_before_the_latest_can_be_asked_for(home):
    forecast("train", "small.yaml", "--set", "training.seed=5", cwd=home, check=0)

    newest, previous = predicted(home), predicted(home, "--previous")

    assert newest != previous
    assert forecast("evaluate", "small", "--previous", "--json", cwd=home, check=0)


def test_a_run_that_is_trained_already_takes_no_settings(home):
    done = forecast("predict", "--csv", "small.csv", "--run", "small", "--set", "window.horizon=5", cwd=home)

    assert done.returncode == 2
    assert "forecast init" in done.stderr


def test_a_time_that_is_none_is_a_wrong_command_line(home):
    done = forecast("predict", "--csv", "small.csv", "--run", "small", "--now", "tomorrow", cwd=home)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_row_on_a_weekend_is_named(home):
    write(home / "small.csv", (home / "small.csv").read_text() + "2025-02-23,101.0\n")

    done = forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home)

    assert done.returncode == 5
    assert "small.csv:302: " in done.stderr
    assert '"2025-02-23"' in done.stderr


def test_a_forecast_with_a_fault_says_it_on_stderr(home):
    yaml = (home / "small.yaml").read_text().replace("target: price", "target: price, max_age: 5b")
    write(home / "aged.yaml", yaml.replace("name: small", "name: aged"))
    forecast("train", "aged.yaml", cwd=home, check=0)

    done = forecast("predict", "--csv", "small.csv", "--run", "aged", "--now", "2030-01-01", cwd=home)

    assert done.returncode == 3
    assert done.stderr.startswith("forecast: warning: last row")


def test_a_mistyped_file_leaves_no_folder_of_a_run(tmp_path):
    forecast("predict", "--csv", "pricse.csv", cwd=tmp_path)

    assert [path.name for path in tmp_path.rglob("*")] == ["runs", "run_results.json"]


def test_settings_that_the_run_was_trained_with_may_stay_in_the_line(home):
    forecast("predict", "--csv", "small.csv", "--run", "small", "--set", "window.horizon=3", cwd=home, check=0)


def test_a_cutoff_at_the_first_row_is_too_short_and_no_constant(home):
    done = forecast("predict", "--csv", "small.csv", "--run", "small", "--cutoff", "2024-01-01", cwd=home)

    assert done.returncode == 5
    assert "1 step" in done.stderr
