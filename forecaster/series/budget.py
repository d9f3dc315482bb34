"""How long the automatic choice trains: by arithmetic, never by a clock, so that the same table gives the same bits.

One update of the weights costs about three times its forward pass. Measured on two cores with a compiled loop: some
1e10 multiply-adds a second, and never less than what 200,000 of them take for one recurrent step of a batch. The
budget is that of one of the two trainings (the network that is judged, and the one that is deployed); with loading
TensorFlow, compiling, exporting and scoring, the whole takes about a minute.
"""

from __future__ import annotations

BUDGET = 150_000_000_000  # multiply-adds of one training
LEAST_OF_A_STEP = 200_000
PASSES = 3  # forward, and backward twice
FORECASTS = 40_000  # windows that scoring may forecast, over cutoffs and series
_LEAST_UPDATES = 100


def gru_arithmetic(units: int, inputs: int) -> int:
    """Multiply-adds of one step of a GRU: three gates, each from the inputs and the state.

    >>> gru_arithmetic(16, 1)
    816
    """
    return 3 * units * (units + inputs)


def arithmetic(step: int, recurrent_steps: int, batch: int) -> int:
    """Multiply-adds that one update counts as; the arguments are those of `updates`."""
    return PASSES * recurrent_steps * max(LEAST_OF_A_STEP, step * batch)


def updates(step: int, recurrent_steps: int, batch: int) -> int:
    """How many updates of the weights the budget holds.

    Args:
        step: Multiply-adds of one recurrent step of one window.
        recurrent_steps: Of one window.
        batch: Windows in one update.
    """
    return max(_LEAST_UPDATES, BUDGET // arithmetic(step, recurrent_steps, batch))
