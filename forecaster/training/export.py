"""Networks as ONNX, which predicts without TensorFlow; and Keras' own forecasts, to compare with."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.models.backend import tf
from forecaster.models.build import frozen
from forecaster.training.canonical import canonical
from forecaster.training.resident import resident, sampled, windows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onnx import ValueInfoProto

    from forecaster.models.build import Network
    from forecaster.models.sizes import Shapes
    from forecaster.series import Singles
    from forecaster.training.loop import Material

OPSET = 18


def to_onnx(networks: Sequence[Network]) -> bytes:
    """The prediction graphs of all members as one ONNX graph; the same weights give the same bytes, in any process.

    Its inputs are those of `Shapes.inputs`, in that order, for any N. Its outputs are `forecast` (N, H, Q), the mean
    over the members, level by level; `path` (N, H, M), one draw of each member, where the networks draw; `attention`
    and `sequence` of the first member, where the network has them. All are float32.

    Args:
        networks: (M,) of one config and one shape.
    """
    import tf2onnx

    names = tuple(networks[0].shapes.inputs)
    signature = [tf.TensorSpec([None, *size], tf.float32, name=name) for name, size in _sizes(networks[0].shapes)]
    outputs = _outputs(networks)

    def predict(*arrays: Any) -> tuple[Any, ...]:
        said = _joined(networks, dict(zip(names, arrays, strict=True)))
        return tuple(said[output.name] for output in outputs)

    function = tf.function(predict, input_signature=signature, autograph=False)
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # what it cannot convert, it raises
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converter, about its own libraries
        with frozen(networks):
            model, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)
    inputs = [_value(name, size) for name, size in _sizes(networks[0].shapes)]
    content: bytes = canonical(model, inputs, outputs).SerializeToString(deterministic=True)
    return content


def compared_forecasts(
    networks: Sequence[Network], material: Material, count: int = 64
) -> tuple[dict[str, Singles], dict[str, Singles]]:
    """What Keras says of real windows, for the exported graph to be compared with.

    Args:
        networks: (M,) trained.
        material: The training windows are sampled at equal distances, the newest among them.
        count: Windows at most.

    Returns:
        The inputs by name, as `Shapes.inputs` has them; and by name `forecast` (N, H, Q), the mean over the members,
        which no noise changes, and where the networks draw, `path` (N, H, M) by the noise among the inputs. All are
        float32, in the units of the flat table.
    """
    shapes = networks[0].shapes
    starts = tf.constant(sampled(material.training, count), tf.int32)
    found = windows(resident(material.flat, shapes), starts, shapes)
    noise = np.random.default_rng(0).normal(size=(len(starts), *shapes.inputs.get("noise", (0,))))
    found["noise"] = tf.constant(noise, tf.float32)
    inputs = {name: found[name] for name in shapes.inputs}
    said = _joined(networks, inputs)
    compared = {name: np.asarray(value) for name, value in said.items() if name in {"forecast", "path"}}
    return {name: value.numpy() for name, value in inputs.items()}, compared


def _joined(networks: Sequence[Network], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What the members say together."""
    said = [network.prediction(dict(inputs), training=False) for network in networks]
    together = dict(said[0])
    if len(said) > 1:
        together["forecast"] = tf.add_n([each["forecast"] for each in said]) / np.float32(len(said))
    if "path" in together:
        together["path"] = tf.concat([each["path"] for each in said], axis=-1)
    return together


def _sizes(shapes: Shapes) -> list[tuple[str, tuple[int, ...]]]:
    return list(shapes.inputs.items())


def _outputs(networks: Sequence[Network]) -> list[ValueInfoProto]:
    """The outputs that there are, with the sizes of the first member's."""
    said = {name: tuple(value.shape[1:]) for name, value in networks[0].prediction.output.items()}
    if "path" in said:
        said["path"] = (*said["path"][:-1], len(networks))
    return [_value(name, said[name]) for name in ("forecast", "path", "attention", "sequence") if name in said]


def _value(name: str, size: Sequence[int]) -> ValueInfoProto:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *size])
