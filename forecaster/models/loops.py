"""Loops over steps: by a function of our own, and over the chains of steps that a dilation leaves."""

from __future__ import annotations

from typing import Any

from forecaster.models.backend import keras, ops


class Cell:
    """What Keras' loop calls for every step; the layer sets `step` before each loop."""

    compute_dtype = "float32"

    def __init__(self, widths: list[int], step: Any = None) -> None:
        self.state_size = widths
        self.step = step

    def call(self, inputs: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """The output and the new states, each (N, width), from one step's inputs and the old states."""
        new = self.step(inputs, *states)
        return new[0], list(new[-len(self.state_size) :])

    __call__ = call


def looped(step: Any, sequences: Any, states: list[Any]) -> Any:
    """(N, P, W) what a function puts out at each step.

    Args:
        step: A function of what one step reads (N, C) and of the states, to the output (N, W) and the new states.
        sequences: (N, P, C) what the steps read.
        states: Those before the first step, each (N, any).
    """
    cell = Cell([state.shape[-1] for state in states], step)
    return keras.layers.RNN(cell, return_sequences=True)(sequences, initial_state=states)


def chains(sequences: Any, dilation: int) -> Any:
    """(N, P, C) to (N * dilation, P / dilation, C): every chain of steps that follow from each other by itself.

    Zeros at the end fill the chains up; no earlier step sees them.
    """
    steps, width = sequences.shape[1:]
    length = -(-steps // dilation)
    filled = ops.pad(sequences, [[0, 0], [0, length * dilation - steps], [0, 0]])
    apart = ops.transpose(ops.reshape(filled, (-1, length, dilation, width)), (0, 2, 1, 3))
    return ops.reshape(apart, (-1, length, width))


def woven(chains: Any, dilation: int) -> Any:
    """(N * dilation, P / dilation, C) to (N, P, C): undoes `chains`."""
    length, width = chains.shape[1:]
    apart = ops.reshape(chains, (-1, dilation, length, width))
    return ops.reshape(ops.transpose(apart, (0, 2, 1, 3)), (-1, length * dilation, width))
