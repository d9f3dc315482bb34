"""Run by test_same_bits: trains, refits and exports each stack, and prints a SHA-256 a file."""

import sys
from hashlib import sha256

import numpy as np

from forecaster.config.schema import ModelConfig
from forecaster.config.training import TrainingConfig
from forecaster.models.sizes import Shapes
from forecaster.series.flat import flatten
from forecaster.series.panel import Panel
from forecaster.series.windows import Window, cut
from forecaster.training.export import to_onnx
from forecaster.training.loop import Material, fit
from forecaster.training.weights import to_safetensors

STACKS = {
    "jit": ([{"lstm": {"units": 24, "recurrent_dropout": 0.1}}, {"dropout": 0.1}, {"dense": {"units": 8}}], 900),
    "plain": ([{"bigru": {"units": 96}}, {"layer_norm": {}}, {"simple_rnn": {"units": 160}}], 40),
}


def main():
    walk = np.cumsum(np.random.default_rng(0).normal(size=600))
    panel = Panel(walk, np.array([0, 600]), np.array([0]), ("a",), np.arange(600), None)
    window = Window(24, 3)
    for name, (layers, steps) in STACKS.items():
        model = ModelConfig.model_validate({"layers": layers}, strict=False)
        training = TrainingConfig.model_validate({"steps": steps, "batch_size": 64}, strict=False)
        shapes, flat = Shapes(24, 3, model.levels), flatten(panel, model.scale)
        material = Material(flat, window, cut(panel, window, before=400), cut(panel, window, since=400, before=500))
        judged = fit(model, shapes, training, material)
        whole = Material(flat, window, cut(panel, window), material.validation[:0])
        deployed = fit(model, shapes, training, whole, course=judged.course)
        for fitted in (judged, deployed):
            assert fitted.kernel == name
            files = (to_safetensors(fitted.network), to_onnx(fitted.network))
            sys.stdout.write(" ".join([name, *(sha256(file).hexdigest() for file in files)]) + "\n")


main()
