import os
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import ConfigError, RunError
from forecaster.runs import opening
from forecaster.runs.manifest import KNOWN
from forecaster.runs.versions import list_runs, open_run
from forecaster.store import MANIFEST


def read_all(runs, name="prices", **options):
    return open_run(runs, name, files=KNOWN, **options)


def test_every_file_is_read_back_as_it_was_published(tmp_path, make, files):
    make(tmp_path, "prices")

    run = open_run(tmp_path, "prices")

    assert {name: run.read(name) for name in files} == files
    assert (run.name, run.folder, run.manifest.version) == ("prices", tmp_path / "prices", run.version)


@pytest.mark.parametrize("missing", ["absent", "empty", "wrong"])
def test_a_folder_without_a_model_is_told_with_the_command_that_trains_one(missing, tmp_path):
    """Row 98."""
    if missing != "absent":
        (tmp_path / "sine").mkdir()
    if missing == "wrong":
        (tmp_path / "sine" / "model.keras").write_bytes(b"PK")

    with pytest.raises(RunError, match=rf"no model in {tmp_path}/sine; train first: forecast train CONFIG$"):
        open_run(tmp_path, "sine")


def test_a_run_that_is_missing_is_told_with_those_that_are_there(tmp_path, make):
    make(tmp_path, "prices")

    with pytest.raises(RunError, match=r"no model in .*/price; train first: .*, or take one of prices$"):
        open_run(tmp_path, "price")


@pytest.mark.parametrize("name", ["../prices", "a/b", ".hidden", "", "a" * 65, "a\n", "-x"])
def test_a_name_that_could_leave_the_folder_is_refused(name, tmp_path):
    """Row 96."""
    with pytest.raises(ConfigError, match=r"is not the name of a run; use up to 64 letters"):
        open_run(tmp_path, name)


@given(st.data())
def test_one_bit_flipped_anywhere_is_refused(whole, data):
    """Rows 101 and 107, for every file of a version."""
    path = opening.open_run(whole, "prices").path / data.draw(st.sampled_from([*KNOWN, MANIFEST]))
    content = path.read_bytes()
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    damaged = bytearray(content)
    damaged[bit // 8] ^= 1 << bit % 8

    _refused(whole, path, content, bytes(damaged))


@given(st.data())
def test_a_file_cut_anywhere_or_grown_is_refused(whole, data):
    """Row 100, for every file of a version."""
    path = opening.open_run(whole, "prices").path / data.draw(st.sampled_from([*KNOWN, MANIFEST]))
    content = path.read_bytes()
    length = data.draw(st.integers(0, len(content) + 3).filter(lambda length: length != len(content)))

    _refused(whole, path, content, (content + b"\0\0\0")[:length])


def _refused(runs, path, content, damaged):
    path.write_bytes(damaged)
    try:
        with pytest.raises(RunError, match=r"damaged|this version reads"):
            read_all(runs)
    finally:
        path.write_bytes(content)


def test_truncated_weights_are_told_with_both_sizes(tmp_path, make):
    """Row 100."""
    path = make(tmp_path, "prices").path / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:100])

    words = r"weights.safetensors is damaged: it has 100 bytes, and MANIFEST.json says 256; take .* --previous"
    with pytest.raises(RunError, match=words):
        open_run(tmp_path, "prices").read("weights.safetensors")


def test_a_flipped_bit_is_told_with_the_file(tmp_path, make):
    """Row 101."""
    path = make(tmp_path, "prices").path / "weights.safetensors"
    path.write_bytes(b"\1" + path.read_bytes()[1:])

    with pytest.raises(RunError, match=rf"^{path}: weights.safetensors is damaged: its SHA-256 is not the one"):
        open_run(tmp_path, "prices").read("weights.safetensors")


def test_the_graph_of_another_version_is_refused(tmp_path, make):
    """Row 107."""
    first = make(tmp_path, "prices", **{"model.onnx": b"1" * 10})
    second = make(tmp_path, "prices", **{"model.onnx": b"2" * 10})
    shutil.copy(first.path / "model.onnx", second.path / "model.onnx")

    with pytest.raises(RunError, match=r"model.onnx is damaged"):
        open_run(tmp_path, "prices").read("model.onnx")


def test_the_manifest_of_another_version_is_refused(tmp_path, make):
    """Row 107."""
    first, second = make(tmp_path, "prices"), make(tmp_path, "prices")
    shutil.copy(first.path / MANIFEST, second.path / MANIFEST)

    with pytest.raises(RunError, match=rf'MANIFEST.json is that of version "{first.version}"'):
        open_run(tmp_path, "prices")


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "saved.pkl", "../../../secret"])
def test_a_file_that_the_manifest_does_not_name_is_never_opened(name, tmp_path, make):
    """Row 109."""
    (tmp_path / "secret").write_bytes(b"x")
    path = make(tmp_path, "prices").path / name
    path.write_bytes(b"payload")

    with pytest.raises(RunError, match="this version holds no "):
        open_run(tmp_path, "prices").read(name)


def test_a_link_in_place_of_a_file_is_refused_even_to_the_same_bytes(tmp_path, make):
    """Row 113."""
    path = make(tmp_path, "prices").path / "model.onnx"
    shutil.move(path, tmp_path / "outside.onnx")
    path.symlink_to(tmp_path / "outside.onnx")

    with pytest.raises(RunError, match=rf"^{path}: a link, or no folder, lies on the way"):
        open_run(tmp_path, "prices").read("model.onnx")


@pytest.mark.parametrize("part", ["", "versions", "versions/VERSION"])
def test_a_link_in_place_of_a_folder_is_refused(part, tmp_path, make):
    """Row 113."""
    run = make(tmp_path / "runs", "prices")
    folder = run.folder / part.replace("VERSION", run.version)
    shutil.move(folder, tmp_path / "outside")
    folder.symlink_to(tmp_path / "outside")

    with pytest.raises(RunError, match="a link, or no folder, lies on the way"):
        open_run(tmp_path / "runs", "prices")


@pytest.mark.parametrize(
    "target",
    ["/etc", "../other/versions/0000000001-0000", "versions", "versions/../versions/0000000001-0000", "versions/1/"],
)
def test_latest_may_only_point_to_a_version_of_its_run(target, tmp_path, make):
    """Row 113."""
    run = make(tmp_path, "prices")
    (run.folder / "latest").unlink()
    os.symlink(target, run.folder / "latest")  # noqa: PTH211  (a Path would drop the last slash)

    with pytest.raises(RunError, match=r"latest: it points to .*, which is no version of this run"):
        open_run(tmp_path, "prices")


def test_latest_must_be_a_link(tmp_path, make):
    run = make(tmp_path, "prices")
    (run.folder / "latest").unlink()
    shutil.copytree(run.path, run.folder / "latest")

    with pytest.raises(RunError, match=r"latest: it is not a link to a version; train again"):
        open_run(tmp_path, "prices")


def test_a_pipe_in_place_of_a_file_does_not_make_us_wait(tmp_path, make):
    path = make(tmp_path, "prices").path / "model.onnx"
    path.unlink()
    os.mkfifo(path)

    with pytest.raises(RunError, match="it is not a regular file"):
        open_run(tmp_path, "prices").read("model.onnx")


def test_the_version_before_is_taken_only_when_asked_for(tmp_path, make):
    first, second = make(tmp_path, "prices"), make(tmp_path, "prices")
    (second.path / "model.onnx").write_bytes(b"broken")

    with pytest.raises(RunError, match="--previous"):
        read_all(tmp_path)
    assert read_all(tmp_path, previous=True).version == first.version


def test_a_first_version_has_none_before_it(tmp_path, make):
    run = make(tmp_path, "prices")

    with pytest.raises(RunError, match=rf"there is no version before {run.version}"):
        open_run(tmp_path, "prices", previous=True)


def test_a_version_that_was_pruned_meanwhile_is_resolved_once_more(tmp_path, make, monkeypatch):
    old = make(tmp_path, "prices")
    resolve, seen = opening.latest, []

    def and_then_someone_publishes(folder):
        seen.append(resolve(folder))
        if len(seen) == 1:
            make(tmp_path, "prices")
            shutil.rmtree(old.path)
        return seen[-1]

    monkeypatch.setattr(opening, "latest", and_then_someone_publishes)
    run = read_all(tmp_path)

    assert seen == [old.version, run.version]
    assert run.version != old.version


def test_files_read_when_the_run_was_opened_stay_at_hand(tmp_path, make, files):
    make(tmp_path, "prices")

    run = open_run(tmp_path, "prices", files=["model.onnx"])
    shutil.rmtree(run.path)

    assert run.read("model.onnx") == files["model.onnx"]
    with pytest.raises(RunError, match=r"config.yaml: it is missing"):
        run.read("config.yaml")


def test_the_config_is_read_from_the_version_and_never_from_outside(tmp_path, make):
    text = b"""
data: {path: /srv/prices.csv, target: price}
window: {lookback: 60, horizon: 14}
model: {layers: [{lstm: {units: 64}}]}
"""
    make(tmp_path, "prices", **{"config.yaml": text})

    assert open_run(tmp_path, "prices").config().window.lookback == 60


def test_a_folder_that_everyone_may_write_is_doubted(tmp_path, make):
    """Row 114."""
    run = make(tmp_path, "prices")
    assert run.doubts() == ()

    run.path.chmod(0o777)

    assert run.doubts() == (f"{run.path} may be written by everyone (mode 0777)",)


def test_damaged_runs_are_listed_as_damaged_among_the_others(tmp_path, make):
    make(tmp_path, "air")
    (make(tmp_path, "broken").path / MANIFEST).write_bytes(b"{}")
    make(tmp_path, "sine")
    (tmp_path / "not a run").mkdir()
    (tmp_path / "file").write_bytes(b"")

    found = list_runs(tmp_path)

    assert [run.name for run in found] == ["air", "broken", "sine"]
    assert "MANIFEST.json is damaged" in found[1].problem
