"""Nothing of the user's is overwritten, nothing is left in a home, nothing hangs, whatever the process was given."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from commands import business_days, forecast, write

PREDICT = [sys.executable, "-m", "forecaster", "predict", "--run", "small"]


@pytest.mark.parametrize("out", ["small.csv", "./small.csv", "link.csv"])
def test_a_forecast_never_overwrites_its_own_table(home, out):
    (home / "link.csv").symlink_to(home / "small.csv")
    before = (home / "small.csv").read_bytes()

    done = forecast("predict", "--csv", "small.csv", "--run", "small", "--out", out, cwd=home)

    assert done.returncode == 2
    assert "the table itself" in done.stderr
    assert (home / "small.csv").read_bytes() == before


def test_a_horizon_out_of_reach_is_refused_with_the_largest(home):
    done = forecast("predict", "--csv", "small.csv", "--run", "small", "--horizon", 10**12, cwd=home)

    assert done.returncode == 2
    assert "100,000" in done.stderr


def test_predicting_writes_nothing_into_the_users_home(home, tmp_path):
    (tmp_path / "user").mkdir()
    environment = {**os.environ, "HOME": str(tmp_path / "user")}

    done = forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, environment=environment, check=0)

    assert (done.stdout, done.stderr) == ("", "")
    assert list((tmp_path / "user").rglob("*")) == []


def test_a_home_that_is_no_folder_is_not_missed(home):
    environment = {**os.environ, "HOME": "/dev/null"}

    done = forecast("predict", "--csv", "small.csv", "--run", "small", cwd=home, environment=environment, check=0)

    assert (done.stdout, done.stderr) == ("", "")


def test_a_file_whose_name_is_not_utf_8_is_forecast(home):
    name = os.fsencode(home) + b"/t\xff.csv"
    with open(name, "w") as file:  # noqa: PTH123  (a name that Path would write as another)
        file.write(business_days(60))

    done = subprocess.run([*PREDICT, "--csv", name], cwd=home, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert os.path.exists(os.fsencode(home) + b"/t\xff.forecast.csv")  # noqa: PTH110


def test_a_process_without_stdout_and_stderr_still_forecasts(home):
    command = " ".join([*PREDICT, "--csv", "small.csv", ">&-", "2>&-"])

    done = subprocess.run(["/bin/bash", "-c", command], cwd=home, check=False)

    assert done.returncode == 0
    assert (home / "small.forecast.csv").exists()


def test_a_table_that_may_not_be_read_is_code_5_also_for_check(tmp_path):
    write(tmp_path / "folder.csv/inside", "")

    done = forecast("check", "folder.csv", cwd=tmp_path)

    assert done.returncode == 5
    assert "is a directory" in done.stderr


def test_a_config_never_overwrites_its_table(home):
    before = (home / "small.csv").read_bytes()

    done = forecast("init", "small.csv", "--out", "small.csv", cwd=home)

    assert done.returncode == 2
    assert (home / "small.csv").read_bytes() == before


def test_results_never_overwrite_the_table(home):
    before = (home / "small.csv").read_bytes()

    done = forecast("predict", "--csv", "small.csv", "--run", "small", "--results", "small.csv", cwd=home)

    assert done.returncode == 2
    assert (home / "small.csv").read_bytes() == before


def test_two_tables_of_one_name_do_not_share_a_forecast(home):
    write(home / "a/t.csv", business_days(60))
    write(home / "b/t.csv", business_days(60))

    done = forecast(
        "predict", "--csv", "a/t.csv", "--csv", "b/t.csv", "--run", "small", "--out", "{stem}.f.csv", cwd=home
    )

    assert done.returncode == 2
    assert not (home / "t.f.csv").exists()
