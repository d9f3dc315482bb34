"""A function of tensors as ONNX Runtime computes it, to compare with what Keras does."""

import logging
import warnings

OPSET = 18


def exported(function, *arrays):
    """The outputs of a function, once converted to ONNX for any N.

    Args:
        function: Of as many tensors as there are arrays, to one tensor or several.
        arrays: (N, any) float32 each.
    """
    import onnxruntime
    import tf2onnx

    from forecaster.models.backend import tf

    specs = [tf.TensorSpec([None, *array.shape[1:]], tf.float32, name=f"x{i}") for i, array in enumerate(arrays)]
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converter, about its own libraries
        traced = tf.function(function, input_signature=specs, autograph=False)
        model, _ = tf2onnx.convert.from_function(traced, input_signature=specs, opset=OPSET)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {f"x{i}": array for i, array in enumerate(arrays)})
