"""Series of values on one regular clock: how they are read, cut into windows, made up and written.

Array letters, here and everywhere: **S** series, **T** steps, **K** steps of the clock, **N** windows, **L** lookback,
**H** horizon, **C** channels, **Q** levels, **I** intervals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
Times = NDArray[np.datetime64] | NDArray[np.int64]
