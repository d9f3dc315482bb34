"""How many threads share one operation: a fixed number, since sums that are split otherwise round otherwise.

The matrix library splits a product with one row or column among its threads along the sum (measured: 1536 x 1 by
1536 x 288 differs in its last bits between one thread and two), so the number must not follow from the machine.
"""

from __future__ import annotations

import contextlib

from forecaster.models.backend import tf

THREADS = 2


def fix_threads() -> None:
    """Set the number, unless this process has computed something with TensorFlow already, which settles it."""
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
