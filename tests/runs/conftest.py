import pytest

from forecaster.runs.manifest import Borders, Hashes, Manifest, Result, ShapesMark, TableMark
from forecaster.runs.versions import publish

CONFIG = b"""\
data: {path: /srv/prices.csv, target: price}
window: {lookback: 60, horizon: 14}
model: {layers: [{lstm: {units: 64}}]}
"""
FILES = {
    "config.yaml": CONFIG,
    "weights.safetensors": bytes(range(256)),
    "scored.safetensors": bytes(range(255, -1, -1)),
    "model.onnx": b"\x08\x0a\x12\x04the graph",
    "scored.onnx": b"\x08\x0a\x12\x04another graph",
    "calibration.json": b"{}\n",
    "losses.csv": b"epoch,steps,training,validation\n",
    "report.json": b'{"schema": 1}\n',
    "folds.csv": b"series,cutoff\n",
    "history.csv": b"series,time,value\n",
}


def manifest_of(path="/srv/prices.csv", notes=()):
    return Manifest(
        run="prices",
        hashes=Hashes(config="c" * 64, data="d" * 64),
        table=TableMark(
            path=path,
            stem="prices",
            columns=("date", "price"),
            layout={"time": ["date"], "id": None, "targets": ["price"]},
            clock={"kind": "weekday", "every": 1},
            season=5,
            rows=1000,
            newest="2024-03-05",
        ),
        borders=Borders(
            validation="2023-01-02",
            calibration="2023-06-01",
            test="2023-12-01",
            refit=True,
            seen={"scored.onnx": "2023-05-31", "model.onnx": "2024-03-05"},
        ),
        steps=2000,
        kernel="plain",
        seed=0,
        versions={"python": "3.11.7"},
        cpu="a processor",
        shapes=ShapesMark(lookback=60, horizon=14, levels=(0.1, 0.5, 0.9), scale="last"),
        result=Result(
            verdict="no better", verdict_text="no better than repeating the last value", skill=-0.02, mae=1.5
        ),
        notes=notes,
    )


def accept(folder):
    """Refuse nothing."""


@pytest.fixture
def files():
    return dict(FILES)


@pytest.fixture
def manifest():
    return manifest_of()


@pytest.fixture
def make():
    """Publish a version of a run, trained on a table at `path`."""

    def published(runs, name, path="/srv/prices.csv", *, files=FILES, notes=(), **changed):
        return publish(runs, name, {**files, **changed}, manifest_of(str(path), notes), verify=accept)

    return published


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of runs with one run, `prices`, for tests that put back what they break."""
    runs = tmp_path_factory.mktemp("runs")
    publish(runs, "prices", FILES, manifest_of(), verify=accept)
    return runs
