import pytest

from forecaster.errors import RunError
from forecaster.runs.versions import find_run, list_runs, only_run, run_name, stem_of
from forecaster.store import MANIFEST


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "data" / "prices.csv"
    path.parent.mkdir()
    path.write_bytes(b"date,price\n")
    return path


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


def test_the_run_that_records_the_file_is_found_under_any_name(runs, csv, make):
    make(runs, "air")
    make(runs, "oil", csv)

    assert find_run(runs, csv).name == "oil"


def test_the_file_is_known_by_its_resolved_path(runs, csv, make, monkeypatch):
    make(runs, "oil", csv)
    (csv.parent / "link.csv").symlink_to("prices.csv")
    monkeypatch.chdir(csv.parent)

    assert find_run(runs, type(csv)("link.csv")).name == "oil"


def test_of_several_runs_the_one_named_after_the_file_is_taken(runs, csv, make):
    make(runs, "lstm", csv)
    make(runs, "prices", csv)

    assert find_run(runs, csv).name == "prices"


def test_several_runs_of_which_none_is_named_after_the_file_are_listed(runs, csv, make):
    make(runs, "lstm", csv)
    make(runs, "gru", csv)

    with pytest.raises(RunError, match=r"prices.csv: 2 runs were trained on it: gru, lstm; name one with --run"):
        find_run(runs, csv)


def test_a_file_that_no_run_knows_has_none(runs, csv, make):
    assert find_run(runs, csv) is None
    make(runs, "air")
    assert find_run(runs, csv) is None


def test_a_file_of_the_same_name_elsewhere_is_never_forecast_by_another_files_model(runs, csv, tmp_path, make):
    other = tmp_path / "prices.csv"
    other.write_bytes(b"date,price\n")
    make(runs, "prices", other)

    with pytest.raises(RunError, match=rf'run prices was trained on "{other}", another file; give it .* --run NAME'):
        find_run(runs, csv, agrees=bool)


def test_a_file_that_moved_keeps_its_run_if_the_rows_agree(runs, csv, make):
    make(runs, "prices", "/gone/prices.csv")

    assert find_run(runs, csv, agrees=lambda run: run.manifest.table.rows == 1000).name == "prices"


@pytest.mark.parametrize("agrees", [None, lambda run: run is None])
def test_a_file_that_moved_loses_its_run_if_the_rows_differ(agrees, runs, csv, make):
    make(runs, "prices", "/gone/prices.csv")

    with pytest.raises(RunError, match="which is gone, and the rows do not continue it; give it a run of its own"):
        find_run(runs, csv, agrees=agrees)


@pytest.mark.parametrize("name", ["prices", "oil"])
def test_a_damaged_run_of_the_file_is_not_replaced_by_a_new_one(name, runs, csv, make):
    path = make(runs, name, csv).path / MANIFEST
    path.write_bytes(path.read_bytes().replace(b'"seed": 0', b'"seed": 1'))

    with pytest.raises(RunError, match=r"MANIFEST.json is damaged"):
        find_run(runs, csv)


def test_a_damaged_run_of_another_file_does_not_matter(runs, csv, make):
    (make(runs, "air").path / MANIFEST).write_bytes(b"{}")

    assert find_run(runs, csv) is None


def test_the_only_run_needs_no_name(runs, make):
    make(runs, "air")

    assert only_run(runs).name == "air"


def test_several_runs_are_listed_for_a_choice(runs, make):
    for name in ("b", "a", *(f"c{index}" for index in range(10))):
        make(runs, name)

    with pytest.raises(RunError, match=r"12 runs in .*: a, b, c0, c1, .*, c7 and 2 more; name one of them"):
        only_run(runs)


def test_no_run_at_all_is_told_with_the_command_that_trains_one(runs):
    with pytest.raises(RunError, match=r"no run in .*runs; train first: forecast train CONFIG"):
        only_run(runs)
    assert list_runs(runs) == []


def test_the_name_of_a_run_is_safe_whatever_the_file_is_called(tmp_path):
    assert run_name("../../etc/passwd")[0].isalnum()
    assert run_name("日本") == "run"
    assert run_name("a" * 100) == "a" * 64


def test_the_stem_of_a_packed_table_is_that_of_the_table(tmp_path):
    assert [stem_of(tmp_path / name) for name in ("a.csv", "a.csv.gz", "a", "a.b.csv")] == ["a", "a", "a", "a.b"]
