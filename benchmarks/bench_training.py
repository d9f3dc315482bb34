"""What one update costs, by shapes and kernel: what `forecaster.training.kernels` rests on.

    python benchmarks/bench_training.py            # the table of the docstring there
    python benchmarks/bench_training.py --against  # our loop beside Keras' own fit, on the shapes of configs/sine.yaml

Protocol: random walks of 20,000 steps, scale `last`, three quantiles, horizon 8, Adam with clip_norm 1, one seed. The
kernels take turns, chunk by chunk, and the best of seven chunks of about 0.3 s counts, since other processes only ever
slow one down. The first call (tracing and compilation) is timed apart.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forecaster.config.schema import ModelConfig
from forecaster.config.training import OptimizerOptions
from forecaster.models.backend import keras, tf
from forecaster.models.build import build
from forecaster.models.sizes import Shapes
from forecaster.series.flat import Flat
from forecaster.training.compiled import CHUNK, Program
from forecaster.training.kernels import kernel_of, work_of
from forecaster.training.state import Recipe, Resident, State

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


@dataclass
class Timed:
    program: Program
    state: State
    first: float = 0.0
    best: float = field(default=float("inf"))  # seconds an update


def table() -> Resident:
    walk = np.cumsum(np.random.default_rng(SEED).normal(size=LENGTH)).astype(np.float32)
    floors = np.full(LENGTH, 0.01, np.float32)
    return Resident.of(Flat(walk, floors, np.zeros(1), np.array([0, LENGTH]), "last"))


def prepared(case: tuple[str, int, int, int], kernel: Any, held: Resident) -> Timed:
    layer, units, lookback, batch = case
    model = ModelConfig.model_validate({"layers": [{layer: {"units": units}}]}, strict=False)
    shapes = Shapes(lookback, HORIZON, model.levels)
    program = Program(Recipe(model, shapes, "pinball", "adam", OptimizerOptions(), batch, kernel))
    timed = Timed(program, program.start(build(model, shapes, seed=SEED)))
    begin = time.perf_counter()
    advance(timed, held, 1)
    timed.first = time.perf_counter() - begin
    return timed


def advance(timed: Timed, held: Resident, count: int) -> float:
    batch, lookback = timed.program.recipe.batch, timed.program.recipe.shapes.lookback
    starts = np.random.default_rng(SEED).integers(0, LENGTH - lookback - HORIZON, (count, batch))
    begin = time.perf_counter()
    timed.state, _ = timed.program.advance(timed.state, held, starts, np.full(count, 1e-3), 0)
    return (time.perf_counter() - begin) / count


def measured(case: tuple[str, int, int, int], held: Resident) -> dict[str, Timed]:
    found = {kernel: prepared(case, kernel, held) for kernel in KERNELS}
    for _ in range(TURNS):
        for timed in found.values():
            guess = timed.best if timed.best < np.inf else advance(timed, held, 1)
            timed.best = min(timed.best, advance(timed, held, int(np.clip(TARGET / guess, 2, CHUNK))))
    return found


def kernels() -> None:
    held = table()
    print(f"{'layer':>10} units steps batch {'work':>10}  plain ms   jit ms  plain/jit  compile s (plain, jit)  rule")
    for case in CASES:
        found = measured(case, held)
        plain, jit = found["plain"], found["jit"]
        recipe = jit.program.recipe
        work = work_of(recipe.model, recipe.batch)
        rule = kernel_of(recipe.model, recipe.shapes, recipe.batch, 2000)
        layer, units, lookback, batch = case
        print(
            f"{layer:>10} {units:5} {lookback:5} {batch:5} {work:10,} {1000 * plain.best:9.2f} {1000 * jit.best:8.2f} "
            f"{plain.best / jit.best:10.2f} {plain.first:14.1f} {jit.first:6.1f}    {rule}",
            flush=True,
        )


def against() -> None:
    """Our loop and `fit` on the same windows: LSTM 50, lookback 50, batch 32."""
    held, case = table(), ("lstm", 50, 50, 32)
    found = measured(case, held)
    batch, shapes = 32, found["jit"].program.recipe.shapes
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential([keras.Input((50, 1)), keras.layers.LSTM(50), keras.layers.Dense(HORIZON * 3)])
    model.compile(optimizer=keras.optimizers.Adam(clipnorm=1.0), loss="mae")
    starts = np.random.default_rng(SEED).integers(0, LENGTH - shapes.lookback - HORIZON, 100 * batch)
    windows = held.values.numpy()[starts[:, None] + np.arange(50)][..., None]
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
    chosen = parser.parse_args()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(
        f"{__doc__}\nPython {platform.python_version()}, TensorFlow {tf.__version__}, Keras {keras.__version__}, ",
        end="",
    )
    print(f"{cores} cores, seed {SEED}, load {os.getloadavg()[0]:.1f} before\n")
    against() if chosen.against else kernels()


if __name__ == "__main__":
    main()
