"""Run by test_same_bits: trains, refits and exports each kind of network, and prints a SHA-256 a file."""

import sys
from hashlib import sha256

import numpy as np

from forecaster.config.channels import Channels
from forecaster.config.model import ModelConfig
from forecaster.config.training import TrainingConfig
from forecaster.models.sizes import shapes_of
from forecaster.series.flat import flatten
from forecaster.series.panel import Panel
from forecaster.series.windows import Window, cut
from forecaster.training.export import to_onnx
from forecaster.training.loop import Material, fit
from forecaster.training.weights import to_safetensors

LSTM, BIGRU = {"lstm": {"units": 24, "recurrent_dropout": 0.1}}, {"bigru": {"units": 96}}
KEPT = {"gru": {"units": 16, "dropout": 0.2, "keep": True, "dilation": 2, "residual": True}}
KINDS = {  # kernel, steps, members, model
    "fused": ("jit", 900, 1, {"layers": [LSTM, {"dropout": 0.1}, {"dense": {"units": 8}}]}),
    "wide": ("plain", 40, 1, {"layers": [BIGRU, {"layer_norm": {}}, {"simple_rnn": {"units": 160}}]}),
    "ensemble": ("plain", 20, 3, {"layers": [{"gru": {"units": 16}}, {"attention": {"heads": 2}}]}),
    "variational": (
        "plain",
        20,
        1,
        {"layers": [LSTM], "latent": {"units": 3}, "decoder": "parallel", "segment": 6, "output": "student_t"},
    ),
    "seq2seq": (
        "plain",
        20,
        1,
        {"layers": [KEPT], "decoder": {"seq2seq": {"attention": True}}, "output": "gaussian"},
    ),
    "recursive": ("plain", 20, 1, {"layers": [LSTM], "decoder": "recursive", "embed": {"series": 4}}),
    "smoothing": ("plain", 20, 1, {"layers": [LSTM], "skip": "smoothing", "scale": "affine"}),
}
WINDOW, SERIES = Window(24, 3), Channels(series=("a", "b"))


def panel(masked):
    walk = np.cumsum(np.random.default_rng(0).normal(size=600))
    if masked:
        walk[[30, 31, 200, 450, 599]] = np.nan
    return Panel(walk, np.array([0, 300, 600]), np.array([0, 0]), ("a", "b"), np.arange(300), None)


def main():
    for name, (kernel, steps, members, options) in KINDS.items():
        model = ModelConfig.model_validate(options, strict=False)
        training = TrainingConfig.model_validate({"steps": steps, "batch_size": 64, "ensemble": members}, strict=False)
        told = "embed" in options or "skip" in options
        channels, table = SERIES if told else Channels(), panel(told)
        shapes = shapes_of(model, WINDOW, 6, channels, masked=told)
        flat = flatten(table, model.scale, channels, masked=told)
        validation = cut(table, WINDOW, since=200, before=250, masked=told)
        judged = fit(model, shapes, training, Material(flat, WINDOW, cut(table, WINDOW, before=200), validation))
        whole = Material(flat, WINDOW, cut(table, WINDOW, masked=told), validation[:0])
        deployed = fit(model, shapes, training, whole, courses=judged.courses)
        for fitted in (judged, deployed):
            assert fitted.kernel == kernel, (name, fitted.kernel)
            files = (to_safetensors(fitted.networks), to_onnx(fitted.networks))
            sys.stdout.write(" ".join([name, *(sha256(file).hexdigest() for file in files)]) + "\n")


main()
