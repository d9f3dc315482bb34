"""Moments as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.zones import to_local

if TYPE_CHECKING:
    from forecaster.series import Times
    from forecaster.series.clock import Clock


def local(times: Times, clock: Clock) -> Times:
    """Moments as the wall clocks of the table's zone show them, for an axis."""
    if clock.zone is None or clock.daylong or times.dtype.kind != "M":
        return times
    instants = times.astype("datetime64[us]").astype(np.int64)
    return to_local(instants.ravel(), clock.zone).astype("datetime64[us]").reshape(times.shape)
