"""Goal 10 and section F of the catalogue: run folders that somebody prepared, each through the command line.

The full form, with times and memory, is benchmarks/reliability/malice.py.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import onnxruntime
import pytest

sys.path.append(str(Path(__file__).parents[1]))
from resigned import leaves, put, resign

from benchmarks.reliability import common, malice

HEAVY = {"a_graph_of_zeros", "a_wide_calibration", "a_history_of_empty_lines", "a_bomb_in_the_forecasts"}
SMALLER = {"a_wide_manifest", "folds_of_one_endless_cell"}
ROWS_OF_F = {98, 100, 101, 102, 103, 105, 106, 107, 109, 112, 113, 114}


@pytest.fixture(autouse=True)
def as_it_was():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def whole(trained, tmp_path_factory):
    """The trained run with a forecast."""
    folder = shutil.copytree(trained, tmp_path_factory.mktemp("malice") / "whole", symlinks=True)
    assert common.predicted(folder)[0] == 0
    return folder


@pytest.fixture
def sessions(monkeypatch):
    """How often ONNX Runtime is asked for a session."""
    asked = Mock(side_effect=onnxruntime.InferenceSession)
    monkeypatch.setattr(onnxruntime, "InferenceSession", asked)
    return asked


def cases():
    for name, (commands, _) in malice.ATTACKS.items():
        marks = [pytest.mark.slow] if name in HEAVY | SMALLER else []
        yield pytest.param(name, commands, id=name, marks=marks)


@pytest.mark.parametrize(("name", "commands"), list(cases()))
def test_a_prepared_run_is_refused_with_code_6_in_one_line_before_anything_computes(
    name, commands, whole, tmp_path, sessions, monkeypatch
):
    for command in commands:
        home = malice.prepared(whole, tmp_path, name)
        monkeypatch.chdir(home)
        code, said = common.called(*malice.COMMANDS[command])
        assert (command, code) == (command, 6), said
        assert said.startswith("forecast: error: ")
        assert "Traceback" not in said
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(home)

    assert sessions.call_count == commands.count("memory")  # whose graph is whole: the weights are not


def test_a_whole_run_reaches_onnx_runtime(whole, sessions):
    """The mutant of the count above."""
    assert common.predicted(whole)[0] == 0

    assert sessions.call_count == 1


@pytest.mark.parametrize(("name", "far"), [("an_array_of_gigabytes", 2**11), ("a_loop_of_many_rounds", 2**10)])
def test_without_its_demands_a_bomb_of_a_smaller_size_is_computed(name, far, whole, tmp_path, monkeypatch):
    """The mutant: the graph is right in all else, so that nothing but what it asks for keeps it out."""
    real = malice.np.array
    with monkeypatch.context() as patched:
        patched.setattr(malice.np, "array", lambda value, *more: real(smaller(value, far), *more))
        home = malice.prepared(whole, tmp_path, name)

    monkeypatch.setattr("forecaster.forecasters.vetting.excess", lambda *_, **__: None)
    assert common.predicted(home) == (0, "")


def smaller(value, most):
    return [min(each, most) for each in value] if isinstance(value, list) else min(value, most)


def test_a_refusal_loads_neither_keras_nor_onnx_runtime_and_stays_small(whole, tmp_path):
    home = malice.prepared(whole, tmp_path, "external_data")
    code = (
        "import resource, sys; from forecaster.cli import run; from forecaster.cli.boundary import guarded;"
        "from forecaster.workflows.journal import Journal; j = Journal();"
        "code = guarded(lambda: run(['predict', '--csv', 'small.csv', '--run', 'small'], j), j);"
        "heavy = {'keras', 'tensorflow', 'onnx', 'onnxruntime'} & set(sys.modules);"
        "print(code, *heavy, resource.getrusage(resource.RUSAGE_SELF).ru_utime < 5)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=True)

    assert done.stdout == "6 True\n"


def predicting(home, *more):
    return common.called("predict", "--csv", home / "small.csv", "--run", "small", "--runs", home / "runs", *more)


def row_98(home, version):
    shutil.rmtree(home / "runs/small")
    return common.called("evaluate", "small", "--runs", home / "runs"), "no model in "


def row_100(home, version):
    (version / "model.onnx").write_bytes((version / "model.onnx").read_bytes()[:-1])
    return predicting(home), "bytes, and MANIFEST.json says"


def row_101(home, version):
    content = bytearray((version / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (version / "model.onnx").write_bytes(content)
    return predicting(home), "its SHA-256 is not the one in MANIFEST.json; take the version before it with --previous"


def row_102(home, version):
    text = (version / "config.yaml").read_text()
    assert "units: 4" in text
    (version / "config.yaml").write_text(text.replace("units: 4", "units: 8"))
    return predicting(home), "config.yaml is damaged"


def row_103(home, version):
    malice.ATTACKS["not_a_number"][1](version, version.parents[1])
    return predicting(home), "is not a number"


def row_105(home, version):
    resign(version, change=lambda record: record.update(format=99))
    return predicting(home), "format 99, this version reads"


def row_106(home, version):
    text = (home / "small.csv").read_text().replace("date,price", "date,cost")
    (home / "small.csv").write_text(text)
    return predicting(home), "price"


def row_107(home, version):
    common.called("train", home / "small.yaml", "--runs", home / "runs", "--set", "training.steps=1", check=0)
    newer = common.version_of(home / "runs")
    shutil.copy(version / "calibration.json", newer / "calibration.json")
    shutil.copy(version / "model.onnx", newer / "model.onnx")
    return predicting(home), "is damaged"


def row_109(home, version):
    for name in ("model.keras", "model.pkl"):
        (version / name).write_bytes(b"\x80\x04.")
    return common.called("runs", "verify", "small", "--runs", home / "runs"), "it is no file of version"


def row_112(home, version):
    malice.ATTACKS["huge_initializer"][1](version, version.parents[1])
    return predicting(home), "a constant of shape"


def row_113(home, version):
    malice.ATTACKS["latest_out_of_the_tree"][1](version, version.parents[1])
    return predicting(home), "which is no version of this run"


def row_114(home, version):
    version.chmod(0o777)
    code, said = predicting(home)
    assert (code, said) == (0, "")
    assert "may be written by everyone" in (home / "runs/small/run_results.json").read_text()
    return predicting(home, "--strict"), "may be written by everyone"


ROWS = {int(name.removeprefix("row_")): value for name, value in dict(globals()).items() if name.startswith("row_")}


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_row_of_section_f_is_told_with_its_code_and_its_words(row, home):
    (code, said), words = ROWS[row](home, common.version_of(home / "runs"))

    assert (code, words in said) == (5 if row == 106 else 6, True), said


def test_no_row_of_section_f_is_forgotten():
    assert set(ROWS) == ROWS_OF_F


BAD = (None, -1, 10**18, "x", [], {}, ["x"])


@pytest.mark.slow
@pytest.mark.parametrize("file", ["MANIFEST.json", "calibration.json"])
def test_a_value_that_cannot_be_is_refused_or_harmless_under_whatever_checksum(file, home, monkeypatch):
    monkeypatch.chdir(home)
    version = common.version_of(home / "runs")
    whole = {path.name: path.read_bytes() for path in version.iterdir()}
    paths = [path for path in leaves(json.loads(whole[file])) if path]
    step = max(1, len(paths) // 25)
    codes = {}
    for place, path in enumerate(paths[::step]):
        bad = BAD[place % len(BAD)]
        record = json.loads(whole[file])
        put(record, path, bad)
        if file == "MANIFEST.json":
            resign(version, change=lambda manifest, record=record: (manifest.clear(), manifest.update(record)))
        else:
            resign(version, files={file: json.dumps(record).encode()})
        for command in ("predict", "evaluate"):
            codes.setdefault(common.called(*malice.COMMANDS[command])[0], []).append((command, path, bad))
        for name, content in whole.items():
            (version / name).write_bytes(content)

    assert set(codes) <= {0, 3, 6}, {code: codes[code] for code in set(codes) - {0, 3, 6}}
    assert 6 in codes


def test_nothing_of_a_prepared_run_was_executed():
    assert not os.path.lexists("/tmp/pwned")  # noqa: S108
