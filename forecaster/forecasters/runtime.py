"""The exported graph of a network as a forecaster, on ONNX Runtime and never on TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasters.dependence import stream
from forecaster.forecasters.past import check, fed, landmarks, moved
from forecaster.forecasters.ports import channels_of, members_of, noise_of
from forecaster.forecasters.runtime_session import BATCH, Session
from forecaster.forecasters.theta import LEAST_CYCLES, theta
from forecaster.series.encoding import unseen
from forecaster.series.flat import newest, restore
from forecaster.series.forecast import Forecast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.forecasters.dependence import Copula
    from forecaster.forecasters.ports import Shapes
    from forecaster.series import Floats, Singles
    from forecaster.series.panel import Panel

__all__ = ["BATCH", "Graph", "Inside", "Session"]

_MEDIAN = 0.5
_PURPOSE = 0  # of the random numbers: the noise
_DRAWN = 4096  # windows with noise that are held at once


@dataclass(frozen=True, eq=False)
class Inside:
    """What a network works with, for the newest window of each series.

    Attributes:
        attention: (S, A, P) how much each head, or each step ahead, looks at each of P recurrent steps, the oldest
            first; every row adds up to 1. None where the network does not attend.
        sequence: (S, P, C) what the first recurrent layer reads; None in a graph of an earlier version.
    """

    attention: Singles | None
    sequence: Singles | None


class Graph:
    """A network, or an ensemble, that was trained and exported.

    The same panel gives the same bits, however many threads there are: the windows are always parted into the same
    batches, each of which one thread computes alone.

    Args:
        onnx: The exported graph: float32 inputs as `ports_of(shapes)` names them, among them `window` (N, L) and
            `floor` (N, 1); outputs `forecast` (N, H, Q), `path` (N, H, M) where it takes `noise`, and perhaps
            `attention` and `sequence`.
        shapes: Its L, H and levels, and what else it takes.
        scale: As `model.scale`.
        name: As it stands in reports.

    Attributes:
        channels: What the network is told besides the target.
        masked: Whether it may be asked from a lookback with holes.
        members: M, the networks of the ensemble.
        theta: The share of the Theta method in what it says of a panel; `raw` is the network alone.
        draws: Whether it draws paths of the future by itself.

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
        self.channels = channels_of(shapes)
        self.masked = bool(getattr(shapes, "masked", False))
        self.members = members_of(shapes)
        self.theta = float(getattr(shapes, "theta", 0.0))
        self._noise = noise_of(shapes)
        self._apart: int | None = getattr(shapes, "apart", None)
        self._session = Session(onnx, shapes)

    @property
    def draws(self) -> bool:
        """Whether it draws paths of the future by itself."""
        return self._noise > 0

    def raw(self, inputs: Mapping[str, Singles]) -> Singles:
        """What the graph says of windows, in the units of `series.flat`.

        Args:
            inputs: By name, (N, ...) each, as `inputs` gives them; without `noise`, nothing is drawn or dropped.

        Returns:
            (N, H, Q)

        Raises:
            SystemFault: If the memory does not suffice.
        """
        count = len(inputs["window"])
        if not count:
            return np.empty((0, self.horizon, len(self.levels)), dtype=np.float32)
        return self._computed(inputs, ("forecast",))[0]

    def drawn(self, inputs: Mapping[str, Singles]) -> Singles:
        """(N, H, M) one draw of each member, by the `noise` among the inputs, in the units of `series.flat`.

        Raises:
            SystemFault: If the memory does not suffice.
        """
        return self._computed(inputs, ("path",))[0]

    def inputs(self, past: Panel, horizon: int | None = None) -> tuple[dict[str, Singles], Floats]:
        """What the graph is fed to forecast every series from its newest value, and (S,) shifts for `restored`.

        Args:
            past: What is known.
            horizon: Steps of the future whose known covariates must be there; by default the graph's own.

        Raises:
            TooShort: If a series has fewer steps than the lookback.
            DataError: If a series has a hole in its newest lookback, unless these are masked; a value that the scale
                cannot take; or a covariate is missing.
        """
        check(past, self.lookback, masked=self.masked)
        asked = horizon or self.horizon
        reach = self.horizon * -(-asked // self.horizon)
        return newest(past, self.lookback, self.scale, self.channels, reach, masked=self.masked, asked=asked)

    def restored(self, said: Singles, shifts: Floats) -> Floats:
        """(N, H, Q) of the graph in the data's own units."""
        return restore(said, shifts, self.scale)

    def forecast(self, past: Panel, horizon: int) -> Forecast:
        """Forecast every series from its own newest value.

        Beyond the graph's own horizon the median is taken for what happened, covariates of the past stay as they are,
        and the steps are marked `rolled`. Series that the network has never seen are marked `unseen`.

        Args:
            past: What is known.
            horizon: Steps to forecast.

        Returns:
            With `values`, `quantiles` and `status`, without intervals.

        Raises:
            TooShort: If a series has fewer steps than the lookback.
            DataError: As `inputs`.
        """
        quantiles = self._quantiles(past, horizon)[:, :horizon]
        if self.theta:
            quantiles = quantiles + self._towards_theta(past, quantiles)[..., None]
        forecast = Forecast(
            ids=past.ids,
            cutoffs=past.last,
            times=past.future(horizon),
            values=quantiles[:, :, self.levels.index(_MEDIAN)],
            levels=self.levels,
            quantiles=quantiles,
            status=(("ok",) * horizon,) * len(past),
        )
        if horizon > self.horizon:
            forecast = forecast.marked("rolled", since=self.horizon)
        strangers = unseen(past, self.channels)
        return forecast.marked("unseen", series=strangers) if strangers else forecast

    def paths(
        self, past: Panel, count: int, seed: int, copula: Copula | None = None, horizon: int | None = None
    ) -> Floats:
        """Joint draws of the future by a network that draws, as it sees it: not corrected by past errors.

        Args:
            past: What is known.
            count: P, how many; the members of an ensemble take turns.
            seed: The same one gives the same draws of a series, whoever else is forecast.
            copula: How errors hang together: for the steps of a network whose draw at one step is not fed back into
                the next, which would be independent without it.
            horizon: Steps whose known covariates must be there; by default all H.

        Returns:
            (S, P, H) in the data's own units.

        Raises:
            TooShort: If a series has fewer steps than the lookback.
            DataError: As `inputs`.
        """
        paths = np.empty((len(past), count, self.horizon))
        if not len(past):
            return paths
        inputs, shifts = self.inputs(past, min(horizon or self.horizon, self.horizon))
        block = max(1, _DRAWN // count)
        for start in range(0, len(past), block):
            part = slice(start, start + block)
            names = past.ids[part]
            rows = np.repeat(np.arange(len(names)), count)
            fed = {name: values[part][rows] for name, values in inputs.items()}
            fed["noise"] = np.concatenate([self._noise_of(name, count, seed, copula) for name in names])
            drawn = self._computed(fed, ("path",))[0]
            turns = np.tile(np.arange(count) % self.members, len(names))
            chosen = np.take_along_axis(drawn, turns[:, None, None], axis=2)
            paths[part] = self.restored(chosen.reshape(len(names), count, -1), shifts[part])
        if self.theta:
            paths += self._towards_theta(past, self._said(inputs, shifts))[:, None]
        return paths

    def inspect(self, past: Panel) -> Inside:
        """What the network works with, for the newest window of each series; for an ensemble, its first member.

        Raises:
            TooShort: If a series has fewer steps than the lookback.
            DataError: As `inputs`.
        """
        names = [name for name in ("attention", "sequence") if name in self._session.offers]
        found = dict(zip(names, self._computed(self.inputs(past)[0], names), strict=True)) if names else {}
        return Inside(found.get("attention"), found.get("sequence"))

    def _computed(self, inputs: Mapping[str, Singles], outputs: Sequence[str]) -> tuple[Singles, ...]:
        def part(rows: slice) -> dict[str, Singles]:
            fed = {name: values[rows] for name, values in inputs.items()}
            if self._noise and "noise" not in fed:
                fed["noise"] = np.zeros((len(fed["window"]), self._noise), dtype=np.float32)
            return fed

        return self._session.run_all(len(inputs["window"]), part, outputs)

    def _noise_of(self, series: str, count: int, seed: int, copula: Copula | None) -> Singles:
        rng = stream(seed, series, _PURPOSE)
        noise = rng.standard_normal((count, self._noise))
        if copula is not None and self._apart is not None:
            noise[:, self._apart : self._apart + self.horizon] = copula.draw(count, rng)
        return noise.astype(np.float32)

    def _quantiles(self, past: Panel, horizon: int) -> Floats:
        """(S, at least `horizon`, Q) in the data's own units."""
        if not len(past):
            return np.empty((0, horizon, len(self.levels)))
        inputs, shifts = self.inputs(past, horizon)
        marks, said = landmarks(past), [self._said(inputs, shifts)]
        while sum(part.shape[1] for part in said) < horizon:
            marks = marks.extended(said[-1][:, :, self.levels.index(_MEDIAN)])
            inputs = moved(inputs, newest(marks, self.horizon, self.scale, masked=self.masked)[0])
            said.append(self._said(inputs, shifts))
        return np.concatenate(said, axis=1)

    def _towards_theta(self, past: Panel, quantiles: Floats) -> Floats:
        """(S, H) how far the Theta method moves what the network says, (S, H, Q).

        Not at all where a series is too short for it to see a season that there is.
        """
        median = quantiles[:, :, self.levels.index(_MEDIAN)]
        able = (past.season == 1) | (past.lengths >= LEAST_CYCLES * past.season)
        return np.where(able[:, None], self.theta * (theta(past, median.shape[1]) - median), 0.0)

    def _said(self, inputs: Mapping[str, Singles], shifts: Floats) -> Floats:
        return self.restored(self.raw(fed(inputs, self.lookback + self.horizon)), shifts)
