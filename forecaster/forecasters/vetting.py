"""What the bytes of an ONNX graph say of themselves, read before any library acts on them.

ONNX Runtime opens the files that a graph names, allocates what it declares, and looks up whatever operators it asks
for. A graph that `training.export` wrote needs none of that: its constants lie inside it, each as long as its shape
says, it computes with the operators of ONNX alone, and what it makes is as long as its constants say, or as its inputs
are. Whatever asks for more is refused here, as far as the bytes tell: see `demands`.

The wire format is Protocol Buffers': a sequence of fields, each a number, a kind, and its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import DAMAGED, RunError
from forecaster.forecasters.demands import FEW, Body, Node, Sizes, excess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.series import Ints

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_LONGEST_VARINT = 70  # bits
_MODEL = {1: "ir_version", 2: "producer_name", 3: "producer_version", 7: "graph", 8: "opset_import"}
_GRAPH = {1: "node", 2: "name", 5: "initializer", 11: "input", 12: "output"}
_TENSOR = {1: "dims", 2: "data_type", 4: "float_data", 8: "name", 9: "raw_data"}
_ELSEWHERE = {13, 14}  # external_data and data_location, which ONNX Runtime would follow to any file
_ATTRIBUTES = {1: "FLOAT", 2: "INT", 3: "STRING", 4: "TENSOR", 5: "GRAPH", 6: "FLOATS", 7: "INTS", 8: "STRINGS"}
_ITEM = {1: 4, 6: 4, 7: 8, 9: 1, 11: 8}  # bytes of float, int32, int64, bool and double
_INTEGERS = {6: "<i4", 7: "<i8"}
_NUMBERS = {1: "<f4", **_INTEGERS, 9: "?", 11: "<f8"}
_DEEPEST = 8  # bodies of loops inside each other
_MOST = 1_000_000  # fields that are looked at, which takes half a second; a network of ours has some thousands
_HUGE = 2**28  # a constant integer beyond it asks for an array that no network has, or for more rounds
_ENDS = np.array([2**63 - 1, -(2**63), 2**31 - 1, -(2**31), 10**9])  # of slices: "to the end", as tf2onnx writes it
_FLOAT = 1


@dataclass
class Vetted:
    """What a graph takes and gives, as it says itself: by name, the sizes but for N; None where it leaves one open."""

    inputs: dict[str, tuple[int | None, ...]] = field(default_factory=dict)
    outputs: dict[str, tuple[int | None, ...]] = field(default_factory=dict)


def vet(onnx: bytes) -> Vetted:
    """Look through a graph, and tell its inputs and outputs.

    Args:
        onnx: The graph's bytes.

    Raises:
        RunError: If they are no graph, or one that asks for more than to compute with what it holds.
    """
    look = _Look()
    try:
        found, body = look.model(memoryview(onnx))
    except (IndexError, UnicodeDecodeError):
        raise _refused("it ends in the middle") from None
    steps = sum(prod(size or 1 for size in sizes) for sizes in (found.inputs | found.outputs).values())
    asked = excess(body, steps=steps, size=len(onnx))
    if asked:
        raise _refused(asked)
    return found


class _Look:
    """One pass over a graph; it counts what it has seen."""

    def __init__(self) -> None:
        self.seen = 0

    def model(self, content: memoryview) -> tuple[Vetted, Body]:
        graphs = []
        for number, value in self.fields(content):
            name = _known(_MODEL, number, "model")
            if name == "graph":
                graphs.append(value)
            elif name == "opset_import":
                self.opset(value)
        if len(graphs) != 1:
            raise _refused(f"it holds {len(graphs)} graphs")
        return self.graph(graphs[0], depth=0)

    def opset(self, content: Any) -> None:
        domain = next((_text(value) for number, value in self.fields(content) if number == 1), "")
        if domain:
            raise _refused(f"it asks for the operators of {domain!r:.60}")

    def graph(self, content: Any, *, depth: int) -> tuple[Vetted, Body]:
        if depth > _DEEPEST:
            raise _refused(f"its loops are more than {_DEEPEST} deep")
        found, body = Vetted(), Body()
        for number, value in self.fields(content):
            name = _known(_GRAPH, number, "graph")
            if name == "node":
                body.nodes.append(self.node(value, depth))
            elif name == "initializer":
                port, sizes = self.tensor(value)
                body.constants[port] = sizes
            elif name in {"input", "output"} and depth == 0:
                port, sizes = self.port(value)
                (found.inputs if name == "input" else found.outputs)[port] = sizes
        return found, body

    def node(self, content: Any, depth: int) -> Node:
        node = Node()
        for number, value in self.fields(content):
            match number:
                case 1:
                    node.takes.append(_text(value))
                case 2:
                    node.gives.append(_text(value))
                case 4:
                    node.operator = _text(value)
                case 5:
                    self.attribute(value, depth, node)
                case 7 if _text(value):
                    raise _refused(f"it asks for an operator of {_text(value)!r:.60}")
        return node

    def attribute(self, content: Any, depth: int, node: Node) -> None:
        whole: list[int] = []
        for number, value in self.fields(content):
            if number == 20:  # noqa: PLR2004  (the kind)
                _known(_ATTRIBUTES, value, "attribute")
            elif number in {3, 8}:
                whole += map(_signed, self.whole(value))
            elif number == 5:  # noqa: PLR2004
                node.attribute += self.tensor(value)[1]
            elif number == 6:  # noqa: PLR2004
                node.bodies.append(self.graph(value, depth=depth + 1)[1])
            elif number in {10, 11, 15, 21, 22, 23}:  # tensors, graphs, types and sparse ones: we write none
                raise _refused(f"it has an attribute of field {number}")
        _check_sizes(np.array(whole, dtype=np.int64))
        node.attribute += whole

    def tensor(self, content: Any) -> tuple[str, Sizes]:
        """The name of a constant, and its numbers, made whole, where they are few enough for a shape."""
        dims: list[int] = []
        kind, parts, port = 0, list[bytes](), ""
        for number, value in self.fields(content):
            if number in _ELSEWHERE:
                raise _refused("a constant of it lies in another file")
            name = _known(_TENSOR, number, "constant")
            if name == "dims":
                dims += self.whole(value)
            elif name == "data_type":
                kind = value
            elif name == "name":
                port = _text(value)
            elif name in {"raw_data", "float_data"}:  # the second in graphs of earlier versions: four bytes each, too
                parts.append(value)
        raw = b"".join(parts)
        _check_constant(kind, dims, raw)
        few = len(raw) <= FEW * _ITEM[kind]
        return port, tuple(map(_whole, np.frombuffer(raw, dtype=_NUMBERS[kind]).tolist())) if few else ()

    def port(self, content: Any) -> tuple[str, tuple[int | None, ...]]:
        name, kind = "", 0
        sizes: list[int | None] = []
        for number, value in self.fields(content):
            if number == 1:
                name = _text(value)
            elif number == 2:  # noqa: PLR2004  (its type: that of a tensor, or none we know)
                for inner, tensor in self.fields(value):
                    _known({1: "tensor"}, inner, "port")
                    kind, sizes = self.shape(tensor)
        if kind != _FLOAT:
            raise _refused(f"{name!r:.60} is no array of float32")
        return name, tuple(sizes[1:])

    def shape(self, content: Any) -> tuple[int, list[int | None]]:
        kind = 0
        sizes: list[int | None] = []
        for number, value in self.fields(content):
            if number == 1:
                kind = value
            elif number == 2:  # noqa: PLR2004
                sizes = [self.size(each) for inner, each in self.fields(value) if inner == 1]
        return kind, sizes

    def size(self, content: Any) -> int | None:
        return next((value for number, value in self.fields(content) if number == 1), None)

    def whole(self, value: Any) -> list[int]:
        """Whole numbers, one by one or packed; a negative one is no size."""
        if isinstance(value, int):
            return [value]
        place, found = 0, []
        while place < len(value):
            number, place = _varint(value, place)
            found.append(number)
            self.count()
        return found

    def fields(self, content: Any) -> Iterator[tuple[int, Any]]:
        """Each field's number and value: an int, or the bytes of what has a length."""
        if isinstance(content, int):
            raise _refused("it has a number where something else belongs")
        place = 0
        while place < len(content):
            self.count()
            key, place = _varint(content, place)
            kind = key & 7
            if kind == _VARINT:
                value, place = _varint(content, place)
                yield key >> 3, value
                continue
            if kind == _BYTES:
                size, place = _varint(content, place)
            elif kind in {_EIGHT, _FOUR}:
                size = 8 if kind == _EIGHT else 4
            else:
                raise _refused(f"it has a field of kind {kind}")
            if place + size > len(content):
                raise _refused("it ends in the middle")
            yield key >> 3, content[place : place + size]
            place += size

    def count(self) -> None:
        self.seen += 1
        if self.seen > _MOST:
            raise _refused(f"it has more than {_MOST:,} parts")


def _varint(content: Any, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:  # noqa: PLR2004
            return value, place
        if shift >= _LONGEST_VARINT:
            raise _refused("it has a number that is too long")


def _known(names: dict[int, str], number: int, where: str) -> str:
    if number not in names:
        raise _refused(f"its {where} has a part {number}, which none of ours has")
    return names[number]


def _check_constant(kind: int, dims: list[int], raw: bytes) -> None:
    if kind not in _ITEM:
        raise _refused(f"it has a constant of kind {kind}")
    if len(dims) > _DEEPEST or len(raw) != prod(dims) * _ITEM[kind]:
        raise _refused(f"a constant of shape {tuple(dims)!s:.60} has {len(raw)} bytes")
    if kind == _FLOAT and np.isnan(np.frombuffer(raw, dtype="<f4")).any():
        raise _refused("a constant of it is not a number")
    if kind in _INTEGERS:
        _check_sizes(np.frombuffer(raw, dtype=_INTEGERS[kind]))


def _check_sizes(values: Ints) -> None:
    odd = values[((values > _HUGE) | (values < -_HUGE)) & ~np.isin(values, _ENDS)]
    if odd.size:
        raise _refused(f"it counts to {odd[0]}")


def _signed(value: int) -> int:
    """A whole number of 64 bits, as it is meant."""
    return (value + 2**63) % 2**64 - 2**63


def _whole(value: float) -> int | None:
    return int(value) if isfinite(value) else None


def _text(value: Any) -> str:
    if isinstance(value, int):
        raise _refused("it has a number where a name belongs")
    return bytes(value).decode()


def _refused(what: str) -> RunError:
    return RunError(f"the graph is damaged: {what}", hint=DAMAGED)
