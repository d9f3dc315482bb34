"""A network as ONNX, which predicts without TensorFlow; and Keras' own forecasts, to compare with."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.models.backend import tf
from forecaster.training.canonical import canonical

if TYPE_CHECKING:
    from forecaster.models.build import Network
    from forecaster.series import Singles
    from forecaster.training.loop import Material

OPSET = 18


def to_onnx(network: Network) -> bytes:
    """The prediction graph as ONNX; the same weights give the same bytes, in any process.

    Its inputs are `window` (N, L) and `floor` (N, 1), its output is `forecast` (N, H, Q), all float32, for any N.
    """
    import tf2onnx
    from onnx import TensorProto, helper

    shapes = network.shapes
    specs = [_spec("window", shapes.lookback), _spec("floor", 1)]

    def predict(window: Any, floor: Any) -> Any:
        return network.prediction([window, floor], training=False)

    function = tf.function(predict, input_signature=specs, autograph=False)
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converter, about its own libraries
        model, _ = tf2onnx.convert.from_function(function, input_signature=specs, opset=OPSET)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width])
        for name, width in (("window", shapes.lookback), ("floor", 1))
    ]
    sizes = ["N", shapes.horizon, len(shapes.levels)]
    output = helper.make_tensor_value_info("forecast", TensorProto.FLOAT, sizes)
    content: bytes = canonical(model, inputs, [output]).SerializeToString(deterministic=True)
    return content


def _spec(name: str, width: int) -> Any:
    return tf.TensorSpec([None, width], tf.float32, name=name)


def compared_forecasts(network: Network, material: Material, count: int = 64) -> tuple[Singles, Singles, Singles]:
    """What Keras forecasts for real windows, for the exported graph to be compared with.

    Args:
        network: Trained.
        material: The training windows are sampled at equal distances, the newest among them.
        count: Windows at most.

    Returns:
        (N, L) windows, (N, 1) floors and (N, H, Q) forecasts, all float32, in the units of the flat table.
    """
    flat, lookback = material.flat, material.window.lookback
    places = np.unique(np.linspace(0, len(material.training) - 1, min(count, len(material.training))).round())
    starts = material.training[places.astype(np.int64)]
    windows = flat.values[starts[:, None] + np.arange(lookback)]
    floors = flat.floors[starts + lookback - 1][:, None]
    forecasts = network.prediction([tf.constant(windows), tf.constant(floors)], training=False)
    return windows, floors, np.asarray(forecasts)
