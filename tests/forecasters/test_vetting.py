"""A graph that asks for more than to compute with what it holds is refused before ONNX Runtime sees it."""

from __future__ import annotations

import subprocess
import sys
from unittest.mock import Mock

import numpy as np
import onnx
import onnxruntime
import pytest
from graphs import exported, graph, repeat_last
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from forecaster.errors import RunError
from forecaster.forecasters import runtime_session, vetting
from forecaster.forecasters.vetting import vet


def changed(change):
    """The bytes of a graph of ours, changed by somebody."""
    model = onnx.load_from_string(repeat_last())
    change(model)
    return model.SerializeToString()


def constant(model):
    return next(each for each in model.graph.initializer if each.data_type == TensorProto.FLOAT)


def elsewhere(model):
    tensor = constant(model)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "../../../../../etc/passwd", "offset": "0", "length": "4"}.items():
        tensor.external_data.add(key=key, value=value)


def huge(model):
    constant(model).dims[:] = [2**40, 2**20]


def enormous(model):
    shape = next(each for each in model.graph.initializer if each.data_type == TensorProto.INT64)
    shape.raw_data = np.full(shape.dims[0], 2**40).tobytes()


def typed(model):
    tensor = constant(model)
    tensor.double_data.extend([0.0])
    tensor.ClearField("raw_data")


def not_a_number(model):
    tensor = constant(model)
    tensor.raw_data = np.full(len(tensor.raw_data) // 4, np.nan, np.float32).tobytes()


def foreign(model):
    model.graph.node[0].domain = "com.microsoft"


def imported(model):
    model.opset_import.append(helper.make_opsetid("evil.ops", 1))


def function(model):
    model.functions.append(helper.make_function("evil", "f", [], [], [], [helper.make_opsetid("", 13)]))


def nested(model):
    graph = helper.make_graph([], "inner", [], [])
    for _ in range(20):
        graph = helper.make_graph([helper.make_node("Loop", [], [], body=graph)], "inner", [], [])
    model.graph.node.append(helper.make_node("Loop", ["", ""], ["o"], body=graph))


def sparse(model):
    model.graph.sparse_initializer.add()


def whole_numbers(model):
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64


def sequences(model):
    model.graph.output[0].type.sequence_type.elem_type.tensor_type.elem_type = TensorProto.FLOAT


def crowded(model):
    for _ in range(300_000):
        model.graph.node.add(op_type="Identity", name="n", domain="")


REFUSED = {
    elsewhere: "a constant of it lies in another file",
    huge: r"a constant of shape \(1099511627776, 1048576\) has \d+ bytes",
    enormous: "it counts to 1099511627776",
    typed: "its constant has a part 10",
    not_a_number: "a constant of it is not a number",
    foreign: "it asks for an operator of 'com.microsoft'",
    imported: "it asks for the operators of 'evil.ops'",
    function: "its model has a part 25",
    nested: "its loops are more than 8 deep",
    sparse: "its graph has a part 15",
    whole_numbers: "'window' is no array of float32",
    sequences: "its port has a part 4",
    crowded: "it has more than 1,000,000 parts",
}


def in_floats(model):
    """As graphs of earlier versions have constants of one number."""
    tensor = constant(model)
    tensor.float_data.extend(np.frombuffer(tensor.raw_data, np.float32).tolist())
    tensor.ClearField("raw_data")


def sliced(model):
    """As the converter writes the end of a slice with a stride."""
    shape = next(each for each in model.graph.initializer if each.data_type == TensorProto.INT64)
    shape.raw_data = np.full(shape.dims[0], 10**9).tobytes()


@pytest.mark.parametrize("change", [in_floats, sliced], ids=lambda change: change.__name__)
def test_what_the_converter_writes_is_let_through(change):
    assert vet(changed(change)) == vet(changed(lambda _model: None))


@pytest.fixture
def runtime(monkeypatch):
    """ONNX Runtime, which counts how often it is asked for a session."""
    session = Mock(side_effect=onnxruntime.InferenceSession)
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    return session


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.__name__)
def test_a_graph_that_asks_for_more_is_refused_before_onnx_runtime_sees_it(change, runtime):
    """Rows 103, 109 and 112."""
    with pytest.raises(RunError, match=f"the graph is damaged: {REFUSED[change]}.*; take the version before it"):
        graph(changed(change))

    assert runtime.call_count == 0


def test_a_graph_of_ours_reaches_onnx_runtime(runtime):
    graph(repeat_last())

    assert runtime.call_count == 1


def unoptimized():
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return options


def asks(*nodes, inputs=None, **constants):
    """The bytes of a graph that computes these nodes beside its forecast."""
    nodes = [*nodes, helper.make_node("Identity", ["window"], ["forecast"])]
    return exported(
        nodes, inputs or {"window": (3,)}, {"forecast": (3,)}, [(k, np.array(v)) for k, v in constants.items()]
    )


def looping(rounds, name="outer", inner=()):
    """A loop that collects the numbers of its rounds."""
    at, on, still, seen = (f"{name}_{port}" for port in ("at", "on", "still", "seen"))
    copies = [helper.make_node("Identity", [at], [seen]), helper.make_node("Identity", [on], [still])]
    ports = [helper.make_tensor_value_info(port, kind, []) for port, kind in ((at, 7), (on, 9), (still, 9), (seen, 7))]
    body = helper.make_graph([*inner, *copies], name, ports[:2], ports[2:])
    return helper.make_node("Loop", [rounds, ""], [name], body=body)


SHAPED = helper.make_node("ConstantOfShape", ["shape"], ["much"])
HELD = {
    "a shape": asks(SHAPED, shape=[2**16, 2**14]),
    "a shape of two": asks(helper.make_node("Concat", ["a", "b"], ["shape"], axis=0), SHAPED, a=[2**16], b=[2**14]),
    "a shape after N": asks(
        helper.make_node("Shape", ["window"], ["n"]),
        helper.make_node("Concat", ["n", "b"], ["shape"], axis=0),
        SHAPED,
        b=[2**27],
    ),
    "a product": asks(helper.make_node("Mul", ["a", "a"], ["shape"]), SHAPED, a=[2**14]),
    "fractions": asks(helper.make_node("Cast", ["a"], ["shape"], to=7), SHAPED, a=np.float32([2**14, 2**14])),
    "an attribute": asks(helper.make_node("Constant", [], ["shape"], value_ints=[2**14, 2**14]), SHAPED),
    "a copy": asks(helper.make_node("Tile", ["window", "a"], ["much"]), a=[2**14, 2**14]),
    "copies of copies": asks(
        helper.make_node("Expand", ["one", "a"], ["some"]),
        helper.make_node("Tile", ["some", "a"], ["much"]),
        one=np.float32([1]),
        a=[2**14],
    ),
    "a frame": asks(helper.make_node("Pad", ["window", "a"], ["much"]), a=[2**13, 2**13, 2**13, 2**13]),
    "a range": asks(helper.make_node("Range", ["a", "b", "c"], ["much"]), a=0, b=2**27, c=1),
    "rounds": asks(looping("a"), a=2**27),
    "rounds in rounds": asks(looping("a", inner=[looping("a", "inner")]), a=2**10),
}


@pytest.mark.parametrize("content", HELD.values(), ids=HELD)
def test_a_graph_whose_constants_ask_for_much_is_refused(content):
    with pytest.raises(RunError, match=r"it asks for [\d,]{9,} (numbers|rounds of a loop); take"):
        vet(content)


@pytest.mark.parametrize("content", HELD.values(), ids=HELD)
def test_without_a_look_at_its_demands_it_passes(content, monkeypatch):
    """The mutant."""
    monkeypatch.setattr(vetting, "excess", lambda *_, **__: None)

    assert vet(content).outputs == {"forecast": (3,)}


def test_a_large_network_may_ask_for_more():
    """As many as steps times weights: 2^13 steps may have a row of 2^13 numbers each, which has weights."""
    weights = np.zeros(2**20, dtype=np.float32)

    content = asks(SHAPED, inputs={"window": (3,), "known": (2**13,)}, shape=[2**13, 2**13], weights=weights)

    assert "known" in vet(content).inputs


def test_an_operator_that_no_network_has_is_refused():
    content = asks(helper.make_node("RandomNormal", [], ["much"], shape=[1]))

    with pytest.raises(RunError, match="it asks for the operator 'RandomNormal'"):
        vet(content)


def test_an_attribute_that_counts_far_is_refused():
    content = asks(helper.make_node("Constant", [], ["a"], value_int=2**40))

    with pytest.raises(RunError, match="it counts to 1099511627776"):
        vet(content)


def test_numbers_that_grow_beyond_64_bits_cost_nothing():
    squares = [helper.make_node("Mul", [f"a{n}", f"a{n}"], [f"a{n + 1}"]) for n in range(2000)]

    assert vet(asks(*squares, a0=[2**20])).outputs == {"forecast": (3,)}


def test_without_the_look_onnx_runtime_reads_the_file_that_a_graph_names(tmp_path, monkeypatch):
    """The mutant: a secret beside us becomes the forecast. Only an optimizer of ONNX Runtime's happens to mind."""
    (tmp_path / "secret").write_bytes(np.float32(42).tobytes())

    def steal(model):
        elsewhere(model)
        entries = {"location": "secret", "offset": "0", "length": "4"}
        for entry in constant(model).external_data:
            entry.value = entries[entry.key]

    monkeypatch.chdir(tmp_path)
    content, known = changed(steal), vet(repeat_last())
    with pytest.raises(RunError, match="lies in another file"):
        graph(content)
    monkeypatch.setattr(runtime_session, "vet", lambda _: known)
    monkeypatch.setattr(runtime_session, "_options", lambda _: unoptimized())

    said = graph(content).raw({"window": np.full((1, 3), np.nan, np.float32), "floor": np.ones((1, 1), np.float32)})

    assert said.ravel().tolist() == [42.0, 42.0]


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ({"window": (4,), "floor": (1,)}, {"forecast": (2, 1)}),
        ({"window": (3,), "floor": (1,)}, {"forecast": (5, 1)}),
        ({"window": (3,), "floor": (1,), "more": (1,)}, {"forecast": (2, 1)}),
        ({"window": (3,)}, {"forecast": (2, 1)}),
        ({"window": (3,), "floor": (1,)}, {"forecast": (2, 1), "file": (2, 1)}),
    ],
)
def test_other_inputs_outputs_or_sizes_than_the_manifests_are_refused_before(inputs, outputs, runtime):
    """Row 112: what the graph declares is compared with what it should be."""
    nodes = [helper.make_node("Identity", [next(iter(inputs))], [name]) for name in outputs]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "other",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *size]) for name, size in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *size]) for name, size in outputs.items()],
        )
    )

    with pytest.raises(RunError, match=r"the graph has the shapes"):
        graph(model.SerializeToString())

    assert runtime.call_count == 0


def test_the_ports_of_a_graph_are_told_with_the_sizes_it_leaves_open():
    content = exported([helper.make_node("Identity", ["window"], ["forecast"])], {"window": (3,)}, {"forecast": ("H",)})

    assert (vet(content).inputs, vet(content).outputs) == ({"window": (3,)}, {"forecast": (None,)})


def told(content):
    """Whether bytes are a graph, or told as damage: any other exception is our mistake."""
    try:
        return bool(vet(content))
    except RunError as error:
        return "the graph is damaged" in str(error)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_it_is_told_as_damage(content):
    assert told(content)


@given(st.data())
def test_a_graph_with_any_bytes_changed_is_read_or_told_as_damage(data):
    content = bytearray(repeat_last())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    assert told(bytes(content))


def test_looking_loads_no_library_that_reads_onnx():
    code = "import sys, forecaster.forecasters.vetting; print({'onnx', 'onnxruntime'} & set(sys.modules) != set())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
