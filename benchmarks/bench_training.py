"""What one update costs, by shapes and kernel: what `forecaster.training.kernels` rests on.

    python benchmarks/bench_training.py            # the table of the docstring there
    python benchmarks/bench_training.py --wirings  # decoders, skips and outputs, each on one small layer
    python benchmarks/bench_training.py --against  # our loop beside Keras' own fit, on the shapes of configs/sine.yaml

Protocol: a random walk of 20,000 steps, scale `last`, three quantiles, horizon 8, Adam with clip_norm 1, one seed. The
kernels take turns, chunk by chunk, and the best of seven chunks of about 0.3 s counts, since other processes only ever
slow one down. The first call (tracing and compilation) is timed apart.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.config.model import ModelConfig
from forecaster.config.training import OptimizerOptions, TrainingConfig
from forecaster.models.backend import keras, tf
from forecaster.models.build import build
from forecaster.models.sizes import shapes_of
from forecaster.series.flat import Flat
from forecaster.training.compiled import CHUNK, Program
from forecaster.training.kernels import kernel_of, work_of
from forecaster.training.objective import objective_of
from forecaster.training.resident import resident
from forecaster.training.state import Recipe, State

if TYPE_CHECKING:
    from collections.abc import Mapping

SEED, LENGTH, HORIZON, TURNS, TARGET = 0, 20_000, 8, 7, 0.3
KERNELS = ("plain", "jit")
CASES = [  # layer, units, lookback, batch
    ("simple_rnn", 32, 50, 32),
    ("simple_rnn", 128, 50, 64),
    ("lstm", 16, 50, 32),
    ("lstm", 50, 50, 32),
    ("lstm", 32, 200, 32),
    ("lstm", 32, 24, 16),
    ("lstm", 64, 96, 64),
    ("lstm", 64, 96, 128),
    ("lstm", 128, 30, 32),
    ("lstm", 128, 30, 128),
    ("lstm", 256, 30, 64),
    ("gru", 32, 50, 32),
    ("gru", 64, 48, 64),
    ("gru", 128, 30, 32),
    ("gru", 128, 30, 128),
    ("gru", 256, 30, 64),
    ("gru", 256, 30, 256),
    ("gru", 512, 15, 64),
    ("bilstm", 32, 50, 32),
]
WIRINGS: dict[str, dict[str, Any]] = {  # on a GRU of 32 units, 48 steps, horizon 24, batch 32
    "direct": {},
    "segments of 4": {"segment": 4},
    "dilation 4, residual": {"layers": [{"gru": {"units": 32, "dilation": 4, "residual": True}}]},
    "attention": {"layers": [{"gru": {"units": 32}}, {"attention": {"heads": 2}}]},
    "parallel": {"decoder": "parallel"},
    "parallel, segments of 4": {"decoder": "parallel", "segment": 4},
    "seq2seq": {"decoder": {"seq2seq": {}}},
    "seq2seq, attention": {"decoder": {"seq2seq": {"attention": True}}},
    "recursive": {"decoder": "recursive"},
    "latent": {"latent": {"units": 8}},
    "student_t": {"output": "student_t"},
    "seq2seq, student_t": {"decoder": {"seq2seq": {}}, "output": "student_t"},
    "negative_binomial": {"output": "negative_binomial", "scale": "mean"},
    "smoothing": {"skip": "smoothing"},
}


@dataclass
class Timed:
    program: Program
    state: State
    first: float = 0.0
    best: float = field(default=float("inf"))  # seconds an update


class Span(NamedTuple):
    lookback: int
    horizon: int


def flat() -> Flat:
    walk = np.cumsum(np.random.default_rng(SEED).normal(size=LENGTH)).astype(np.float32)
    walk -= walk.min()
    return Flat(walk, np.full(LENGTH, 0.01, np.float32), np.zeros(1), np.array([0, LENGTH]), "last")


def prepared(model: ModelConfig, span: Span, batch: int, kernel: Any) -> Timed:
    shapes = shapes_of(model, span, 24)
    objective = objective_of(TrainingConfig.model_construct(loss="auto"), model)
    program = Program(Recipe(model, shapes, objective, "adam", OptimizerOptions(), batch, kernel))
    timed = Timed(program, program.start(build(model, shapes, seed=SEED)))
    begin = time.perf_counter()
    advance(timed, 1)
    timed.first = time.perf_counter() - begin
    return timed


def advance(timed: Timed, count: int) -> float:
    recipe = timed.program.recipe
    span = recipe.shapes.lookback + recipe.shapes.horizon
    starts = np.random.default_rng(SEED).integers(0, LENGTH - span, (count, recipe.batch))
    table, speeds = resident(flat(), recipe.shapes), (np.full(count, 1e-4), np.full((count, 2), 0.5))
    begin = time.perf_counter()
    timed.state, _ = timed.program.advance(timed.state, table, starts, speeds, 0)
    return (time.perf_counter() - begin) / count


def measured(model: ModelConfig, span: Span, batch: int) -> dict[str, Timed]:
    found = {kernel: prepared(model, span, batch, kernel) for kernel in KERNELS}
    for _ in range(TURNS):
        for timed in found.values():
            guess = timed.best if timed.best < np.inf else advance(timed, 1)
            timed.best = min(timed.best, advance(timed, int(np.clip(TARGET / guess, 2, CHUNK))))
    return found


def model_of(**options: Any) -> ModelConfig:
    return ModelConfig.model_validate({"layers": [{"gru": {"units": 32}}]} | options, strict=False)


def row(name: str, found: dict[str, Timed]) -> None:
    plain, jit = found["plain"], found["jit"]
    recipe = jit.program.recipe
    work = work_of(recipe.model, recipe.batch)
    rule = kernel_of(recipe.model, recipe.shapes, recipe.batch, 2000)
    print(
        f"{name:>26} {recipe.shapes.lookback:5} {recipe.batch:5} {work:10,} {1000 * plain.best:9.2f} "
        f"{1000 * jit.best:8.2f} {plain.best / jit.best:10.2f} {plain.first:14.1f} {jit.first:6.1f}    {rule}",
        flush=True,
    )


def kernels(cases: Mapping[str, tuple[ModelConfig, Span, int]]) -> None:
    print(f"{'':>26} steps batch {'work':>10}  plain ms   jit ms  plain/jit  compile s (plain, jit)  rule")
    for name, case in cases.items():
        row(name, measured(*case))


def layers() -> dict[str, tuple[ModelConfig, Span, int]]:
    return {
        f"{layer} {units}, {lookback}, {batch}": (
            model_of(layers=[{layer: {"units": units}}]),
            Span(lookback, HORIZON),
            batch,
        )
        for layer, units, lookback, batch in CASES
    }


def wirings() -> dict[str, tuple[ModelConfig, Span, int]]:
    return {name: (model_of(**options), Span(48, 24), 32) for name, options in WIRINGS.items()}


def against() -> None:
    """Our loop and `fit` on the same windows: LSTM 50, lookback 50, batch 32."""
    batch, span = 32, Span(50, HORIZON)
    found = measured(model_of(layers=[{"lstm": {"units": 50}}]), span, batch)
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential([keras.Input((50, 1)), keras.layers.LSTM(50), keras.layers.Dense(HORIZON * 3)])
    model.compile(optimizer=keras.optimizers.Adam(clipnorm=1.0), loss="mae")
    starts = np.random.default_rng(SEED).integers(0, LENGTH - sum(span), 100 * batch)
    windows = flat().values[starts[:, None] + np.arange(50)][..., None]
    target = np.zeros((len(starts), HORIZON * 3), np.float32)
    best = float("inf")
    for _ in range(TURNS):
        begin = time.perf_counter()
        model.fit(windows, target, batch_size=batch, verbose=0)
        best = min(best, (time.perf_counter() - begin) / 100)
    rows = {"Keras fit": best, **{f"our loop, {kernel}": timed.best for kernel, timed in found.items()}}
    for name, seconds in rows.items():
        print(f"{name:>16} {1000 * seconds:6.2f} ms an update")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", action="store_true", help="Compare with Keras' fit.")
    parser.add_argument("--wirings", action="store_true", help="Compare decoders, skips and outputs.")
    chosen = parser.parse_args()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(
        f"{__doc__}\nPython {platform.python_version()}, TensorFlow {tf.__version__}, Keras {keras.__version__}, ",
        end="",
    )
    print(f"{cores} cores, seed {SEED}, load {os.getloadavg()[0]:.1f} before\n")
    against() if chosen.against else kernels(wirings() if chosen.wirings else layers())


if __name__ == "__main__":
    main()
