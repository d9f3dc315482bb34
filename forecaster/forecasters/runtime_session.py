"""One graph in ONNX Runtime, and never in TensorFlow."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import DAMAGED, RunError, SystemFault, quoted
from forecaster.forecasters.ports import ports_of
from forecaster.forecasters.vetting import vet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forecaster.forecasters.ports import Shapes
    from forecaster.series import Singles

    Inputs = Mapping[str, Singles]

BATCH = 256  # windows in one call: larger ones cost memory and are no faster
_MOST_THREADS = 4
_SILENT = 4  # only what ends the process; everything else arrives as an exception


class Session:
    """One graph, set up to start fast and to give the same bits; several threads may run it at once.

    Args:
        onnx: The graph's bytes.
        shapes: What it takes and gives.

    Attributes:
        ports: Its inputs and outputs, as its shapes ask for them.
        offers: The names of its outputs.

    Raises:
        RunError: If the bytes are no graph, it has other inputs and outputs than its shapes ask for, or it asks for
            more than to compute with what it holds; ONNX Runtime never sees such a graph.
        SystemFault: If ONNX Runtime is missing.
    """

    def __init__(self, onnx: bytes, shapes: Shapes) -> None:
        self.ports = ports_of(shapes)
        vetted, expected = vet(onnx), self.ports.inputs | self.ports.outputs
        if not self.ports.agree(vetted.inputs, vetted.outputs):
            received = vetted.inputs | vetted.outputs
            raise RunError(f"the graph has the shapes {received}, not {expected}", hint=DAMAGED)
        self.offers = tuple(vetted.outputs)
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # it would write into the user's home and call its maker
        try:
            import onnxruntime
            from onnxruntime.capi import onnxruntime_pybind11_state as state
        except ImportError as error:
            raise SystemFault(f"ONNX Runtime cannot be loaded: {error}", hint="pip install onnxruntime") from error
        onnxruntime.set_default_logger_severity(_SILENT)
        self._failures = _failures(state)
        try:
            self._session = onnxruntime.InferenceSession(
                onnx, _options(onnxruntime), providers=["CPUExecutionProvider"]
            )
        except self._failures as error:
            raise RunError(f"the graph is damaged: {quoted(error)}", hint=DAMAGED) from None

    def run(self, inputs: Inputs, outputs: Sequence[str] = ("forecast",)) -> tuple[Singles, ...]:
        """Compute one batch.

        Args:
            inputs: By name, (N, ...) each, as `ports.inputs` has them.
            outputs: Names of what is wanted, from `offers`.

        Returns:
            (N, ...) each, in the order of `outputs`.

        Raises:
            RunError: If the graph puts out another shape.
            SystemFault: If it cannot be computed here.
        """
        count = len(inputs["window"])
        try:
            results: list[Singles] = self._session.run(list(outputs), dict(inputs))
        except self._failures as error:
            raise SystemFault(
                f"the network cannot be computed for {count} windows: {quoted(error)}",
                hint="free some memory and run again",
            ) from error
        for name, result in zip(outputs, results, strict=True):
            if not self.ports.fits(name, result.shape, count):
                wanted = (count, *self.ports.outputs.get(name, ("...",)))
                raise RunError(f"the graph gives {name} as {result.shape}, not {wanted}", hint=DAMAGED)
        return tuple(results)

    def run_all(self, count: int, part: Callable[[slice], Inputs], outputs: Sequence[str]) -> tuple[Singles, ...]:
        """Compute many windows, in batches that are always parted alike, each by one thread alone.

        So the same windows give the same bits, however many threads there are.

        Args:
            count: N, at least 1.
            part: Gives the inputs of some of the windows.
            outputs: Names of what is wanted.

        Returns:
            (N, ...) each.

        Raises:
            RunError: As `run`.
            SystemFault: As `run`.
        """

        def fill(start: int) -> tuple[Singles, ...]:
            return self.run(part(slice(start, min(start + BATCH, count))), outputs)

        starts = range(0, count, BATCH)
        threads = min(threads_here(), len(starts))
        if threads <= 1:
            found = [fill(start) for start in starts]
        else:
            with ThreadPoolExecutor(threads) as pool:
                found = list(pool.map(fill, starts))
        return found[0] if len(found) == 1 else tuple(np.concatenate(each) for each in zip(*found, strict=True))


def threads_here() -> int:
    """How many threads may compute at once."""
    return min(_MOST_THREADS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)


def _options(onnxruntime: Any) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # how a product is parted among threads would change its last bits
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it keeps the largest batch for ever
    options.enable_mem_pattern = False
    options.use_deterministic_compute = True
    options.log_severity_level = _SILENT
    return options


def _failures(state: Any) -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises: classes of their own, without a common base."""
    own = tuple(kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception))
    return (*own, ValueError, RuntimeError, MemoryError)
