"""The exported graph of a network as a forecaster, on ONNX Runtime and never on TensorFlow."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from forecaster.errors import RunError, SystemFault, quoted
from forecaster.forecasters.past import check, extended, shortened
from forecaster.series.flat import newest, restore
from forecaster.series.forecast import Forecast

if TYPE_CHECKING:
    from forecaster.series import Floats, Singles
    from forecaster.series.panel import Panel

BATCH = 256  # windows in one call: larger ones cost memory and are no faster
_MOST_THREADS = 4
_MEDIAN = 0.5
_SILENT = 4  # only what ends the process; everything else arrives as an exception
_HINT = "take the version before it with --previous, or train again"


class Shapes(Protocol):
    """What a graph takes and gives."""

    @property
    def lookback(self) -> int:
        """L."""

    @property
    def horizon(self) -> int:
        """H."""

    @property
    def levels(self) -> tuple[float, ...]:
        """(Q,) rising, the median 0.5 among them."""


class Session:
    """One graph in ONNX Runtime, set up to start fast and to give the same bits; several threads may run it at once.

    Args:
        onnx: The graph's bytes.
        shapes: Its L, H and levels.

    Raises:
        RunError: If the bytes are no graph, or its inputs and outputs are not `window` (N, L), `floor` (N, 1) and
            `forecast` (N, H, Q).
        SystemFault: If ONNX Runtime is missing.
    """

    def __init__(self, onnx: bytes, shapes: Shapes) -> None:
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
            raise RunError(f"the graph is damaged: {quoted(error)}", hint=_HINT) from None
        self._out = (shapes.horizon, len(shapes.levels))
        expected = {"window": (shapes.lookback,), "floor": (1,), "forecast": self._out}
        ports = (*self._session.get_inputs(), *self._session.get_outputs())
        received = {port.name: tuple(port.shape[1:]) for port in ports}
        if received.keys() != expected.keys() or not all(_agree(received[name], expected[name]) for name in expected):
            raise RunError(f"the graph has the shapes {received}, not {expected}", hint=_HINT)

    def run(self, windows: Singles, floors: Singles) -> Singles:
        """Compute one batch.

        Args:
            windows: (N, L)
            floors: (N, 1)

        Returns:
            (N, H, Q)

        Raises:
            RunError: If the graph puts out another shape.
            SystemFault: If it cannot be computed here.
        """
        try:
            result: Singles = self._session.run(["forecast"], {"window": windows, "floor": floors})[0]
        except self._failures as error:
            raise SystemFault(
                f"the network cannot be computed for {len(windows)} windows: {quoted(error)}",
                hint="free some memory and run again",
            ) from error
        if result.shape != (len(windows), *self._out):
            raise RunError(f"the graph gives {result.shape}, not {(len(windows), *self._out)}", hint=_HINT)
        return result


class Graph:
    """A network that was trained and exported.

    The same panel gives the same bits, however many threads there are: the windows are always parted into the same
    batches, each of which one thread computes alone.

    Args:
        onnx: The exported graph: inputs `window` (N, L) and `floor` (N, 1), output `forecast` (N, H, Q), in float32.
        shapes: Its L, H and levels.
        scale: As `model.scale`.
        name: As it stands in reports.

    Raises:
        RunError: If the bytes are no such graph.
        SystemFault: If ONNX Runtime is missing.
    """

    def __init__(self, onnx: bytes, shapes: Shapes, scale: str, *, name: str = "model") -> None:
        self.name = name
        self.lookback = shapes.lookback
        self.horizon = shapes.horizon
        self.levels = tuple(shapes.levels)
        self.scale = scale
        self._session = Session(onnx, shapes)

    def raw(self, windows: Singles, floors: Singles) -> Singles:
        """What the graph says of windows, in the units of `series.flat`.

        Args:
            windows: (N, L)
            floors: (N, 1) the least denominator of each.

        Returns:
            (N, H, Q)

        Raises:
            SystemFault: If the memory does not suffice.
        """
        count = len(windows)
        out = np.empty((count, self.horizon, len(self.levels)), dtype=np.float32)

        def fill(start: int) -> None:
            part = slice(start, start + BATCH)
            out[part] = self._session.run(windows[part], floors[part])

        threads = min(_threads(), -(-count // BATCH))
        if threads <= 1:
            for start in range(0, count, BATCH):
                fill(start)
            return out
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, range(0, count, BATCH)))
        return out

    def forecast(self, past: Panel, horizon: int) -> Forecast:
        """Forecast every series from its own newest value.

        Beyond the graph's own horizon the median is taken for what happened, and the steps are marked `rolled`.

        Args:
            past: What is known.
            horizon: Steps to forecast.

        Returns:
            With `values`, `quantiles` and `status`, without intervals.

        Raises:
            TooShort: If a series has fewer steps than the lookback.
            DataError: If a series has a hole in its newest lookback, or a value that `scale: log` cannot take.
        """
        check(past, self.lookback)
        quantiles = self._quantiles(past)
        if horizon > self.horizon:
            quantiles = self._rolled(past, quantiles, horizon)
        quantiles = quantiles[:, :horizon]
        forecast = Forecast(
            ids=past.ids,
            cutoffs=past.last,
            times=past.future(horizon),
            values=quantiles[:, :, self._median],
            levels=self.levels,
            quantiles=quantiles,
            status=(("ok",) * horizon,) * len(past),
        )
        return forecast.marked("rolled", since=self.horizon) if horizon > self.horizon else forecast

    @property
    def _median(self) -> int:
        return self.levels.index(_MEDIAN)

    def _quantiles(self, past: Panel) -> Floats:
        if not len(past):
            return np.empty((0, self.horizon, len(self.levels)))
        windows, floors, shifts = newest(past, self.lookback, self.scale)
        return restore(self.raw(windows, floors), shifts, self.scale)

    def _rolled(self, past: Panel, quantiles: Floats, horizon: int) -> Floats:
        parts, known = [quantiles], shortened(past, self.lookback)
        while sum(part.shape[1] for part in parts) < horizon:
            known = extended(known, parts[-1][:, :, self._median])
            parts.append(self._quantiles(known))
        return np.concatenate(parts, axis=1)


def _threads() -> int:
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


def _agree(received: tuple[Any, ...], expected: tuple[int, ...]) -> bool:
    """Whether a shape is the expected one, as far as the graph says; sizes that it leaves open are names or None."""
    sizes = zip(received, expected, strict=False)
    return len(received) == len(expected) and all(not isinstance(got, int) or got == size for got, size in sizes)
