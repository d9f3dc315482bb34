"""Goal 10: run folders that somebody prepared; each must be refused with code 6, in a second and 500 MB.

    python -m benchmarks.reliability.malice

Every attack is put into a copy of a trained run, most of them under checksums that are all right, and the command that
would read it is asked in a process of its own, whose time and memory are told.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

from benchmarks.reliability.common import ended, head, trained, version_of

sys.path.append(str(Path(__file__).parents[2] / "tests" / "support"))
from resigned import resign, written

if TYPE_CHECKING:
    from collections.abc import Callable

DAMAGED = 6  # the exit code
SHOWN = 6  # lines of one error at the most
SECONDS, MEMORY = 1.0, 500.0  # of the goal: of one processor, whatever else it does; MB
COMMANDS = {
    "predict": ("predict", "--csv", "small.csv", "--run", "small"),
    "evaluate": ("evaluate", "small"),
    "plot": ("plot", "small", "--out", "small.svg"),
    "memory": ("plot", "small", "--kind", "memory", "--out", "small.svg"),
    "verify": ("runs", "verify", "small"),
    "rollback": ("runs", "rollback", "small", "--to", "1"),
    "update": ("update", "small", "--csv", "small.csv"),
}
ATTACKS: dict[str, tuple[tuple[str, ...], Callable[[Path, Path], None]]] = {}


def attack(*commands: str) -> Callable[[Callable[[Path, Path], None]], Callable[[Path, Path], None]]:
    """An attack, given the version's folder and that of the run, and the commands that must refuse it."""

    def entered(change: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
        ATTACKS[change.__name__] = (commands, change)
        return change

    return entered


@attack("verify", "rollback")
def foreign_files_beside(version: Path, _: Path) -> None:
    for name in ("model.keras", "weights.h5", "saved_model.pb", "model.pkl", "a.npz"):
        (version / name).write_bytes(b"\x80\x04cos\nsystem\n(S'touch /tmp/pwned'\ntR.")


@attack("predict", "evaluate", "plot", "verify")
def a_pickle_in_the_manifest(version: Path, _: Path) -> None:
    resign(version, files={"model.pkl": b"\x80\x04cos\nsystem\n(S'touch /tmp/pwned'\ntR."})


@attack("predict", "evaluate", "plot", "verify")
def a_path_upwards_in_the_manifest(version: Path, _: Path) -> None:
    def change(record: dict[str, Any]) -> None:
        record["files"]["../../../small.csv"] = record["files"]["config.yaml"]

    resign(version, change=change)


@attack("predict", "plot", "verify")
def latest_out_of_the_tree(version: Path, run: Path) -> None:
    outside = run.parent.parent / "outside"
    shutil.move(version, outside)
    (run / "latest").unlink()
    (run / "latest").symlink_to(outside)


@attack("predict", "plot", "verify")
def latest_upwards(version: Path, run: Path) -> None:
    (run / "latest").unlink()
    (run / "latest").symlink_to(f"versions/../versions/{version.name}")


@attack("predict", "plot", "verify")
def the_run_is_a_link(_: Path, run: Path) -> None:
    outside = run.parent.parent / "outside"
    shutil.move(run, outside)
    run.symlink_to(outside)


@attack("predict", "verify")
def a_graph_that_is_a_link(version: Path, run: Path) -> None:
    outside = run.parent.parent / "outside.onnx"
    shutil.move(version / "model.onnx", outside)
    (version / "model.onnx").symlink_to(outside)


@attack("predict", "plot", "verify")
def a_manifest_that_is_a_link(version: Path, run: Path) -> None:
    outside = run.parent.parent / "outside.json"
    shutil.move(version / "MANIFEST.json", outside)
    (version / "MANIFEST.json").symlink_to(outside)


@attack("predict", "verify")
def a_pipe_for_a_graph(version: Path, _: Path) -> None:
    (version / "model.onnx").unlink()
    os.mkfifo(version / "model.onnx")


@attack("predict", "verify")
def a_pipe_for_the_manifest(version: Path, _: Path) -> None:
    (version / "MANIFEST.json").unlink()
    os.mkfifo(version / "MANIFEST.json")


@attack("plot", "verify")
def a_socket_for_a_table(version: Path, _: Path) -> None:
    (version / "history.csv").unlink()
    here = Path.cwd()
    os.chdir(version)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("history.csv")
    os.chdir(here)


@attack("predict", "verify")
def a_folder_for_a_config(version: Path, _: Path) -> None:
    (version / "config.yaml").unlink()
    (version / "config.yaml").mkdir()


@attack("predict", "plot", "verify")
def a_manifest_of_a_gigabyte(version: Path, _: Path) -> None:
    with (version / "MANIFEST.json").open("r+b") as file:
        file.truncate(2**30)


@attack("predict", "plot", "verify")
def a_deep_manifest(version: Path, _: Path) -> None:
    (version / "MANIFEST.json").write_bytes(b"[" * 10**6)


@attack("predict", "plot", "verify")
def a_wide_manifest(version: Path, _: Path) -> None:
    (version / "MANIFEST.json").write_bytes(b"[" + b"{}," * 5_000_000 + b"{}]")


@attack("predict", "verify")
def sizes_beyond_reason_in_the_manifest(version: Path, _: Path) -> None:
    resign(version, change=lambda record: record["shapes"].update(lookback=10**15, horizon=10**15))


@attack("predict", "verify")
def a_sparse_graph_of_many_gigabytes(version: Path, _: Path) -> None:
    with (version / "model.onnx").open("r+b") as file:
        file.truncate(2**36)
    resign(version, change=lambda record: record["files"]["model.onnx"].update(bytes=2**36))


def _graph(change: Callable[[Any], None]) -> Callable[[Path, Path], None]:
    @functools.wraps(change)
    def put(version: Path, _: Path) -> None:
        model = onnx.load_from_string((version / "model.onnx").read_bytes())
        change(model)
        content = model.SerializeToString()
        resign(version, files={"model.onnx": content, "scored.onnx": content})

    return put


def _constant(model: Any) -> Any:
    return next(each for each in model.graph.initializer if each.data_type == onnx.TensorProto.FLOAT)


@attack("predict", "evaluate")
@_graph
def external_data(model: Any) -> None:
    tensor = _constant(model)
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": "/etc/passwd", "offset": "0", "length": str(4 * int(np.prod(tensor.dims)))}.items():
        tensor.external_data.add(key=key, value=value)


@attack("predict", "evaluate")
@_graph
def huge_initializer(model: Any) -> None:
    _constant(model).dims[:] = [2**40]


@attack("predict", "evaluate")
@_graph
def custom_operator(model: Any) -> None:
    model.graph.node[0].domain = "evil"


@attack("predict", "evaluate")
@_graph
def other_sizes(model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value += 1


@attack("predict", "evaluate")
@_graph
def not_a_number(model: Any) -> None:
    tensor = _constant(model)
    tensor.raw_data = np.full(len(tensor.raw_data) // 4, np.nan, np.float32).tobytes()


def _before(model: Any, *nodes: Any, **constants: Any) -> None:
    """Put nodes before a graph's own, whose last output is added to the forecast, so that none is optimized away."""
    model.graph.initializer.extend(onnx.numpy_helper.from_array(value, name) for name, value in constants.items())
    own = [*nodes, onnx.helper.make_node("ReduceMax", [nodes[-1].output[-1]], ["bomb"], keepdims=0)]
    last = next(node for node in model.graph.node if "forecast" in node.output)
    last.output[list(last.output).index("forecast")] = "disarmed"
    whole = [*own, *model.graph.node, onnx.helper.make_node("Add", ["disarmed", "bomb"], ["forecast"])]
    del model.graph.node[:]
    model.graph.node.extend(whole)


@attack("predict", "evaluate")
@_graph
def an_array_of_gigabytes(model: Any) -> None:
    _before(model, onnx.helper.make_node("ConstantOfShape", ["sizes"], ["much"]), sizes=np.array([2**16, 2**14]))


@attack("predict", "evaluate")
@_graph
def an_array_of_gigabytes_in_parts(model: Any) -> None:
    make = onnx.helper.make_node
    nodes = [
        make("Cast", ["part"], ["whole"], to=onnx.TensorProto.INT64),
        make("Concat", ["whole", "rest"], ["sizes"], axis=0),
        make("ConstantOfShape", ["sizes"], ["some"]),
        make("Tile", ["some", "times"], ["much"]),
    ]
    _before(model, *nodes, part=np.float32([2**10]), rest=np.array([2**10]), times=np.array([2**10, 1]))


@attack("predict", "evaluate")
@_graph
def a_loop_of_many_rounds(model: Any) -> None:
    make, port = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    ports = [("round", onnx.TensorProto.INT64, []), ("on", onnx.TensorProto.BOOL, []), ("sum", 1, [])]
    body = onnx.helper.make_graph(
        [make("Identity", ["on"], ["still"]), make("Add", ["sum", "none"], ["more"])],
        "body",
        [port(*each) for each in ports],
        [port("still", onnx.TensorProto.BOOL, []), port("more", 1, [])],
    )
    loop = make("Loop", ["rounds", "yes", "none"], ["much"], body=body)
    _before(model, loop, rounds=np.array(2**27), yes=np.array(True), none=np.array(0, np.float32))


@attack("predict", "evaluate")
@_graph
def an_operator_that_no_network_has(model: Any) -> None:
    _before(model, onnx.helper.make_node("RandomNormal", [], ["much"], shape=[2**14, 2**16]))


@attack("predict", "evaluate")
def a_graph_of_zeros(version: Path, _: Path) -> None:
    resign(version, files={"model.onnx": bytes(2**27), "scored.onnx": bytes(2**27)})


def _weights(header: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + body


@attack("memory")
def weights_of_huge_shapes(version: Path, _: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [2**40, 2**20], "data_offsets": [0, 2**62]}}).encode()
    resign(version, files={"weights.safetensors": _weights(header, bytes(64))})


@attack("memory")
def weights_with_a_huge_header(version: Path, _: Path) -> None:
    resign(version, files={"weights.safetensors": struct.pack("<Q", 2**60) + bytes(64)})


@attack("memory")
def weights_of_another_network(version: Path, _: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [16], "data_offsets": [0, 64]}}).encode()
    resign(version, files={"weights.safetensors": _weights(header, bytes(64))})


@attack("predict", "evaluate", "plot", "verify")
def a_config_of_a_layer_that_runs_code(version: Path, _: Path) -> None:
    text = (version / "config.yaml").read_text().replace("- gru:", "- lambda:")
    resign(version, files={"config.yaml": text.encode()})


@attack("predict", "evaluate", "plot", "verify")
def a_config_that_calls_python(version: Path, _: Path) -> None:
    resign(version, files={"config.yaml": b"name: !!python/object/apply:os.system ['touch /tmp/pwned']\n"})


@attack("predict", "evaluate", "plot", "verify")
def a_config_of_a_billion_laughs(version: Path, _: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    resign(version, files={"config.yaml": "\n".join(lines).encode()})


@attack("predict", "evaluate", "plot", "verify")
def a_config_of_two_megabytes(version: Path, _: Path) -> None:
    resign(version, files={"config.yaml": b"# \n" * 700_000})


@attack("predict", "evaluate", "plot", "verify")
def a_config_that_is_no_text(version: Path, _: Path) -> None:
    resign(version, files={"config.yaml": b"\xff\xfe\xfd"})


@attack("predict", "evaluate")
def a_deep_calibration(version: Path, _: Path) -> None:
    resign(version, files={"calibration.json": b"[" * 10**6})


@attack("predict", "evaluate")
def a_wide_calibration(version: Path, _: Path) -> None:
    resign(version, files={"calibration.json": b"[" + b"[]," * 20_000_000 + b"[]]"})


@attack("plot")
def a_deep_report(version: Path, _: Path) -> None:
    resign(version, files={"report.json": b'{"a":' * 10**6})


@attack("plot")
def a_history_of_empty_lines(version: Path, _: Path) -> None:
    resign(version, files={"history.csv": b"series,time,value\n" + b"\n" * 60_000_000})


@attack("plot")
def folds_of_one_endless_cell(version: Path, _: Path) -> None:
    resign(version, files={"folds.csv": b'"' + b"a" * 60_000_000})


@attack("plot", "verify")
def a_bomb_in_the_forecasts(_: Path, run: Path) -> None:
    packing = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    bomb = b"".join([*(packing.compress(bytes(2**24)) for _ in range(64)), packing.flush()])
    for path in (run / "forecasts").iterdir():
        path.write_bytes(bomb)


@attack("verify")
def a_pipe_in_the_forecasts(_: Path, run: Path) -> None:
    for path in (run / "forecasts").iterdir():
        path.unlink()
        os.mkfifo(path)


@attack("predict", "plot", "verify")
def a_manifest_of_nonsense(version: Path, _: Path) -> None:
    (version / "MANIFEST.json").write_bytes(written({"format": 1, "files": {}}))


def prepared(source: Path, place: Path, name: str) -> Path:
    """A copy of a folder with a table and a run, in which an attack lies."""
    home = Path(shutil.copytree(source, place / name, symlinks=True))
    ATTACKS[name][1](version_of(home / "runs"), home / "runs" / "small")
    return home


LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "forecaster", *sys.argv[1:]], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""  # a small process between, since the kernel counts a parent's memory for its child's


def timed(home: Path, command: str) -> tuple[int, float, float, str]:
    """The code of a command in a process of its own, its processor's seconds, its MB at the most, and what it said."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *COMMANDS[command]], cwd=home, capture_output=True, text=True, check=True
    )
    code, seconds, used = done.stdout.split()
    return int(code), float(seconds), int(used) / 1024, done.stderr


def main() -> None:
    """Try every attack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="one attack, by its name")
    only = parser.parse_args().only
    head("run folders that somebody prepared", attacks=len(ATTACKS), seconds=SECONDS, memory=f"{MEMORY:g} MB")
    missed = []
    with tempfile.TemporaryDirectory() as place:
        trained(Path(place) / "whole")
        for name in [only] if only else ATTACKS:
            for command in ATTACKS[name][0]:
                home = prepared(Path(place) / "whole", Path(place), name)
                code, seconds, memory, said = timed(home, command)
                fine = code == DAMAGED and 0 < said.count("\n") <= SHOWN and seconds < SECONDS and memory < MEMORY
                told = "" if fine else said.strip()
                print(f"{name:40} {command:9} code {code} {seconds:.2f} s {memory:4.0f} MB", told, flush=True)
                missed += [] if fine else [f"{name} {command}"]
                shutil.rmtree(home)
    ended(missed)


if __name__ == "__main__":
    main()
