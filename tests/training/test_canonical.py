import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from forecaster.training import canonical as canonical_module
from forecaster.training.canonical import canonical

INPUT = helper.make_tensor_value_info("window", TensorProto.FLOAT, ["N", 2])
OUTPUT = helper.make_tensor_value_info("forecast", TensorProto.FLOAT, ["N", 2])
LAST = helper.make_tensor_value_info("last", TensorProto.FLOAT, ["N", 2])


def model(nodes, constants):
    tensors = [numpy_helper.from_array(np.float32(value), name) for name, value in constants.items()]
    opsets = [helper.make_opsetid("some.other", 1), helper.make_opsetid("", 18)]
    graph = helper.make_graph(nodes, "drawn at noon", [INPUT], [LAST], tensors)
    return helper.make_model(graph, opset_imports=opsets, producer_name="a converter", ir_version=8)


def content(*arguments):
    return canonical(model(*arguments), [INPUT], [OUTPUT]).SerializeToString(deterministic=True)


def node(kind, inputs, output, **options):
    return helper.make_node(kind, inputs, [output], **options)


def plain():
    """(window + 1) * (window - 2)"""
    nodes = [
        node("Add", ["window", "one"], "sum"),
        node("Sub", ["window", "two"], "difference"),
        node("Mul", ["sum", "difference"], "last"),
    ]
    return nodes, {"one": 1, "two": 2}


def run(content):
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(["forecast"], {"window": np.float32([[3, 5]])})[0].tolist()


def test_the_computation_stays_the_same():
    assert run(content(*plain())) == [[4, 18]]


def test_names_and_order_do_not_matter():
    nodes = [
        node("Sub", ["window", "b"], "x", name="Sub_7", doc_string="from line 3"),
        node("Add", ["window", "a"], "y", name="Add_19"),
        node("Mul", ["y", "x"], "last"),
    ]

    assert content(nodes, {"b": 2, "a": 1}) == content(*plain())


def test_what_no_output_needs_is_left_out():
    nodes, constants = plain()

    assert content([*nodes, node("Neg", ["three"], "unused")], constants | {"three": 3}) == content(*plain())


def test_copies_are_left_out():
    nodes, constants = plain()
    nodes[2] = node("Mul", ["copy", "difference"], "last")

    assert content([nodes[0], node("Identity", ["sum"], "copy"), *nodes[1:]], constants) == content(*plain())


def test_another_computation_has_other_bytes():
    nodes, constants = plain()
    nodes[2] = node("Mul", ["difference", "sum"], "last")

    assert content(nodes, constants) != content(*plain())


def test_nodes_whose_first_output_nobody_needs_are_told_apart():
    one, two = (helper.make_node("LSTM", ["x", "w", "r"], ["", name], hidden_size=2) for name in ("h1", "h2"))
    nodes = [node("Unsqueeze", ["window", "axis"], "x"), one, two, node("Add", ["h1", "h2"], "last")]

    kinds = [
        each.op_type for each in onnx.load_from_string(content(nodes, dict.fromkeys(("axis", "w", "r"), 0))).graph.node
    ]

    assert kinds == ["Unsqueeze", "LSTM", "LSTM", "Add"]


def test_several_outputs_keep_their_names_and_their_order():
    nodes, constants = plain()
    made = model(nodes, constants)
    made.graph.output.append(helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["N", 2]))
    outputs = [OUTPUT, helper.make_tensor_value_info("path", TensorProto.FLOAT, ["N", 2])]

    written = canonical(made, [INPUT], outputs)

    assert [value.name for value in written.graph.output] == ["forecast", "path"]
    assert [list(each.output) for each in written.graph.node] == [["path"], ["value1_0"], ["forecast"]]


def test_only_the_operator_sets_in_use_are_named():
    written = onnx.load_from_string(content(*plain()))

    assert [(opset.domain, opset.version) for opset in written.opset_import] == [("", 18)]
    assert (written.producer_name, written.graph.name) == ("forecaster", "forecaster")


def looped(*, copy, names):
    """Three times: state = state + window; the state and a scan of it leave the body, one of them as a copy."""
    one, two, new, again = names
    values = {
        name: helper.make_tensor_value_info(name, kind, shape)
        for name, kind, shape in (
            (one, TensorProto.INT64, []),
            ("go", TensorProto.BOOL, []),
            (two, TensorProto.FLOAT, ["unk__1" + one, 2]),
            ("go_on", TensorProto.BOOL, []),
            (new, TensorProto.FLOAT, None),
            (again, TensorProto.FLOAT, None),
        )
    }
    nodes = [
        node("Identity", ["go"], "go_on"),
        node("Add", [two, "window"], new),
        node("Identity", [new], again),
    ]
    state, scan = (again, new) if copy == "state" else (new, again)
    body = helper.make_graph(
        nodes, "body " + new, [values[one], values["go"], values[two]], [values["go_on"], values[state], values[scan]]
    )
    loop = helper.make_node("Loop", ["count", "", "window"], ["end", "all"], body=body)
    sum_ = node("ReduceSum", ["all", "axis"], "sum", keepdims=0)
    made = model([loop, sum_, node("Add", ["end", "sum"], "last")], {})
    made.graph.initializer.extend(
        [numpy_helper.from_array(np.int64(3), "count"), numpy_helper.from_array(np.int64([0]), "axis")]
    )
    return canonical(made, [INPUT], [OUTPUT]).SerializeToString(deterministic=True)


@pytest.mark.parametrize("copy", ["state", "scan"])
def test_the_body_of_a_loop_is_written_in_one_way_only(copy):
    assert looped(copy=copy, names="abcd") == looped(copy="state", names=["i", "h", "next", "out"])


def test_a_loop_computes_the_same():
    content = looped(copy="state", names="abcd")

    onnx.checker.check_model(onnx.load_from_string(content))
    assert run(content) == [[12 + 27, 20 + 45]]


def test_every_constant_is_written_as_plain_bytes():
    """As `forecasters.vetting` wants it; a converter may list the numbers instead."""
    listed = helper.make_tensor("old", TensorProto.FLOAT, [2], [1.5, 2.5])

    written = canonical_module._raw(listed, "new")

    assert (written.name, written.raw_data, list(written.float_data)) == ("new", b"\x00\x00\xc0?\x00\x00 @", [])
