import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import RunError
from forecaster.runs.packing import pack
from forecaster.runs.published import (
    drop_forecast,
    keep_forecast,
    load_forecast,
    name_forecast,
    newest_forecast,
    place_of,
    through,
)
from forecaster.runs.saved import SavedForecast


def saved(value=1.5, name="FR"):
    step = np.array([[[value]]])
    moments = np.array([[1_709_683_200_000_000]])
    return SavedForecast((name,), (("2024-03-06",),), step[:, :, 0], (0.8,), step - 1, step + 1, (("ok",),), moments)


def keep(folder, value=1.5, cutoff="2024-03-05", version="0000000042-6f3a", name="FR"):
    file = name_forecast(folder, cutoff=cutoff, version=version)
    keep_forecast(folder, file, pack(saved(value, name)))
    return folder / "forecasts" / file


def test_a_forecast_is_kept_under_a_counter_its_cutoff_and_its_version(tmp_path):
    path = keep(tmp_path, cutoff="2024-03-05T06:00+01:00")

    assert path.parent == tmp_path / "forecasts"
    assert path.name.startswith("0000000001-20240305T06000100-0000000042-6f3a-")
    assert load_forecast(path).values.tolist() == [[1.5]]


def test_the_newest_forecast_is_the_last_that_was_kept_whatever_the_clock_or_the_cutoff_says(tmp_path):
    """Row 136: ordered by a counter, not by a time."""
    assert newest_forecast(tmp_path) is None
    first = keep(tmp_path, cutoff="2024-03-05")
    second = keep(tmp_path, cutoff="2020-01-01", version="0000000041-0000")
    first.touch()

    assert newest_forecast(tmp_path) == second


def test_nothing_is_overwritten_even_by_the_same_forecast(tmp_path):
    paths = {keep(tmp_path, value) for value in (1.0, 2.0, 2.0)}

    assert sorted(float(load_forecast(path).values[0, 0]) for path in paths) == [1.0, 2.0, 2.0]


def test_other_files_in_the_folder_are_not_forecasts(tmp_path):
    path = keep(tmp_path)
    (path.parent / "zzz.csv.gz").write_bytes(b"")
    (path.parent / ".tmp-9999999999").write_bytes(b"")

    assert newest_forecast(tmp_path) == path


def test_an_id_that_is_not_utf8_is_kept(tmp_path):
    path = keep(tmp_path, name="pr\udcffix")

    assert load_forecast(path).ids == ("pr\udcffix",)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return keep(tmp_path_factory.mktemp("run"))


@given(st.data())
def test_a_forecast_cut_anywhere_is_refused(kept, data):
    content = kept.read_bytes()
    kept.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    try:
        with pytest.raises(RunError, match=r"this forecast is damaged; forecast again"):
            load_forecast(kept)
    finally:
        kept.write_bytes(content)


def test_a_forecast_with_a_flipped_bit_is_refused(tmp_path):
    path = keep(tmp_path)
    content = bytearray(path.read_bytes())
    content[-6] ^= 1
    path.write_bytes(content)

    with pytest.raises(RunError, match="this forecast is damaged"):
        load_forecast(path)


def test_a_forecast_that_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch):
    """Row 112."""
    monkeypatch.setattr("forecaster.runs.packing._HEAD_AT_MOST", 1000)
    path = keep(tmp_path)
    path.write_bytes(gzip.compress(b"a" * 10_000))

    with pytest.raises(RunError, match="this forecast is damaged"):
        load_forecast(path)


def test_a_link_to_a_forecast_is_not_followed(tmp_path):
    path = keep(tmp_path)
    path.rename(tmp_path / "outside.csv.gz")
    path.symlink_to("../outside.csv.gz")

    with pytest.raises(RunError, match="a link, or no folder, lies on the way"):
        load_forecast(path)


def test_a_forecast_that_was_kept_as_text_is_still_read_and_counted(tmp_path):
    old = tmp_path / "forecasts/0000000007-20240305-0000000042-6f3a-00ff00ff.csv.gz"
    old.parent.mkdir()
    old.write_bytes(gzip.compress(b"series,time,forecast,status\nFR,2024-03-06,1.5,ok\n"))

    assert newest_forecast(tmp_path) == old
    assert load_forecast(old).values.tolist() == [[1.5]]
    assert keep(tmp_path).name.startswith("0000000008-")


def test_a_forecast_is_dropped_with_what_is_left_of_its_writing(tmp_path):
    path = keep(tmp_path)
    (path.parent / through(path.name)).write_bytes(b"half")

    drop_forecast(tmp_path, path.name)

    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["../latest", "0000000001-a/../../b.values.gz", "x.values.gz", ""])
def test_a_name_that_is_not_one_of_ours_is_never_a_path(name, tmp_path):
    with pytest.raises(RunError, match="is not the name of a forecast"):
        place_of(tmp_path, name)
