"""An ONNX graph written in one way only: the same computation gives the same bytes, however a converter named it.

Nodes stand in the order in which the outputs need them, depth first; nodes, values and constants are numbered in that
order. What no output needs is left out, and so are copies, and whatever only tells who wrote the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PRODUCER = "forecaster"


def canonical(model: ModelProto, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]) -> ModelProto:
    """The same computation under names and in an order that follow from it alone.

    Args:
        model: As a converter wrote it.
        inputs: Its inputs, under the names they have already.
        outputs: Its outputs, in their order there, under the names they shall have.
    """
    scope = _Scope({value.name: value.name for value in inputs}, "")
    scope.names |= {old.name: new.name for old, new in zip(model.graph.output, outputs, strict=True)}
    graph = scope.written(model.graph)
    graph.name = PRODUCER
    graph.input.extend(inputs)
    graph.output.extend(outputs)
    domains = {node.domain for node in _everywhere(graph.node)}
    opsets = sorted((opset for opset in model.opset_import if opset.domain in domains), key=lambda opset: opset.domain)
    return helper.make_model(graph, opset_imports=opsets, producer_name=PRODUCER, ir_version=model.ir_version)


def _raw(tensor: TensorProto, name: str) -> TensorProto:
    """A constant as plain bytes, which is how a reader that vets graphs expects it."""
    return numpy_helper.from_array(numpy_helper.to_array(tensor), name)


class _Scope:
    """One graph, or the body of a loop in it: the new names of what can be seen there."""

    def __init__(self, names: dict[str, str], prefix: str) -> None:
        self.names, self.prefix = names, prefix

    def written(self, graph: GraphProto) -> GraphProto:
        new, constants = GraphProto(), {tensor.name: tensor for tensor in graph.initializer}
        made = {name for node in graph.node for name in node.output}
        for node in _ordered(graph):
            self.add_constants(new, constants, _needed(node))
            if node.op_type == "Identity" and node.input[0] in made and node.output[0] not in self.names:
                self.names[node.output[0]] = self.names[node.input[0]]
                continue
            number = len(new.node)
            for place, name in enumerate(node.output):
                self.names.setdefault(name, f"{self.prefix}value{number}_{place}" if name else "")
            new.node.append(self.renamed(node, f"{self.prefix}node{number}"))
        self.add_constants(new, constants, [value.name for value in graph.output])
        return new

    def add_constants(self, new: GraphProto, constants: dict[str, TensorProto], names: Iterable[str]) -> None:
        for name in names:
            if name in constants:
                self.names[name] = f"{self.prefix}constant{len(new.initializer)}"
                new.initializer.append(_raw(constants.pop(name), self.names[name]))

    def renamed(self, node: NodeProto, name: str) -> NodeProto:
        new = NodeProto(op_type=node.op_type, domain=node.domain, name=name)
        new.input.extend(self.names[old] if old else "" for old in node.input)
        new.output.extend(self.names[old] if old else "" for old in node.output)
        for attribute in sorted(node.attribute, key=lambda each: each.name):
            copy = new.attribute.add()
            copy.CopyFrom(attribute)
            copy.ClearField("doc_string")
            if attribute.type == AttributeProto.TENSOR:
                copy.t.CopyFrom(_raw(attribute.t, ""))
            if attribute.type == AttributeProto.GRAPH:
                copy.g.CopyFrom(self.body(attribute.g, f"{name}_{attribute.name}_"))
        return new

    def body(self, graph: GraphProto, prefix: str) -> GraphProto:
        scope = _Scope(dict(self.names), prefix)
        scope.names |= {value.name: f"{prefix}input{place}" for place, value in enumerate(graph.input)}
        new = scope.written(graph)
        new.name = prefix
        new.input.extend(_value(value, scope.names) for value in graph.input)
        for place, value in enumerate(graph.output):
            output = _value(value, scope.names)
            if output.name in {other.name for other in new.output}:  # no value may leave a body twice
                new.node.append(helper.make_node("Identity", [output.name], [f"{prefix}copy{place}"]))
                output.name = f"{prefix}copy{place}"
            new.output.append(output)
        return new


def _value(value: ValueInfoProto, names: dict[str, str]) -> ValueInfoProto:
    new = ValueInfoProto(name=names[value.name], type=value.type)
    for size in new.type.tensor_type.shape.dim:
        if size.HasField("dim_param"):  # numbered by the converter
            size.Clear()
    return new


def _ordered(graph: GraphProto) -> list[NodeProto]:
    makers = {name: place for place, node in enumerate(graph.node) for name in node.output if name}
    order: list[NodeProto] = []
    seen: set[int] = set()
    stack = [(value.name, False) for value in reversed(graph.output)]
    while stack:
        name, ready = stack.pop()
        place = makers.get(name)
        if place is None or place in seen:
            continue
        if ready:
            seen.add(place)
            order.append(graph.node[place])
        else:
            stack.append((name, True))
            stack.extend((needed, False) for needed in reversed(_needed(graph.node[place])))
    return order


def _needed(node: NodeProto) -> list[str]:
    """What a node reads: its inputs, then what its bodies take from around them."""
    inside = [name for body in _bodies(node) for name in _taken(body)]
    return [name for name in (*node.input, *inside) if name]


def _taken(body: GraphProto) -> list[str]:
    own = {value.name for value in body.input} | {tensor.name for tensor in body.initializer}
    own |= {name for node in body.node for name in node.output}
    read = [name for node in _ordered(body) for name in _needed(node)]
    return [name for name in (*read, *(value.name for value in body.output)) if name not in own]


def _bodies(node: NodeProto) -> list[GraphProto]:
    graphs = [each for each in node.attribute if each.type == AttributeProto.GRAPH]
    return [each.g for each in sorted(graphs, key=lambda each: each.name)]


def _everywhere(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    for node in nodes:
        yield node
        for body in _bodies(node):
            yield from _everywhere(body.node)
