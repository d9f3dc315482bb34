"""Attention: how much of each state goes into a summary, by how well it answers a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.models.backend import keras, ops
from forecaster.models.scaling import plus

if TYPE_CHECKING:
    from forecaster.config.layers import AttentionOptions
    from forecaster.models.layers import Place


def attend(options: AttentionOptions, sequence: Any, place: Place, last: Any = None) -> tuple[Any, Any]:
    """One summary of the states of a layer.

    Args:
        options: Heads, kind and pool.
        sequence: (N, P, U) the states.
        place: Of the layer, which is made here.
        last: (N, any) the state that asks, under `pool: last`; None: that of the last step.

    Returns:
        (N, U) the summary, and (N, heads, P) the weights of the states, which sum to 1.
    """
    summary, weights = Attention(options, place)(sequence, sequence[:, -1] if last is None else last)
    return summary, weights


class Attention(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Several heads, each with a question, keys and values of its own (Vaswani et al., 2017, section 3.2.2).

    Under `pool: last`, the last state is the question, and the summary is made of the answer and of that state
    (Luong et al., 2015, equation 5); under `weighted`, the questions are learned, and the summary is made of the
    answer.
    """

    def __init__(self, options: AttentionOptions, place: Place) -> None:
        super().__init__(name=place.name)
        self.options, self.place = options, place

    def build(self, sequence_shape: tuple[int | None, ...], last_shape: tuple[int | None, ...]) -> None:
        """Create the weights for states (N, P, U); a head's width is U divided by the heads, and 1 at least."""
        units = int(sequence_shape[-1] or 0)
        heads, asked = self.options.heads, self.options.pool == "last"
        self.head = max(1, units // heads)
        wide, last = heads * self.head, last_shape[-1] or 0
        shapes = {
            "question": (last, wide) if asked else (1, wide),
            "key": (units, wide),
            "value": (units, wide),
            "output": (wide + last if asked else wide, units),
        }
        if self.options.kind == "additive":
            shapes["score"] = (1, wide)
        for role, (name, shape) in enumerate(shapes.items()):
            start = keras.initializers.GlorotUniform(seed=self.place.draw(role))
            setattr(self, f"{name}_kernel", self.add_weight(shape, start, name=name))
        self.bias = self.add_weight((units,), "zeros", name="bias")

    def call(self, sequence: Any, last: Any) -> tuple[Any, Any]:
        """The summary (N, U) and the weights (N, heads, P) of states (N, P, U), and of the one that asks (N, any)."""
        keys, values = (self._apart(ops.matmul(sequence, kernel)) for kernel in (self.key_kernel, self.value_kernel))
        asked = self.options.pool == "last"
        question = self._apart(ops.matmul(last, self.question_kernel) if asked else self.question_kernel)
        weights = ops.transpose(ops.softmax(self._scores(question, keys), axis=1), (0, 2, 1))
        answer = ops.matmul(ops.expand_dims(weights, 2), ops.transpose(values, (0, 2, 1, 3)))
        flat = ops.reshape(answer, (-1, self.options.heads * self.head))
        read = ops.concatenate([flat, last], axis=-1) if asked else flat
        summary = plus(ops.matmul(read, self.output_kernel), self.bias)
        return ops.tanh(summary) if asked else summary, weights

    def _apart(self, values: Any) -> Any:
        """(N, P, heads, width) from (N, P, heads times width), and (N, 1, heads, width) from (N, heads times width)."""
        steps = values.shape[1] if len(values.shape) > 2 else 1  # noqa: PLR2004
        return ops.reshape(values, (-1, steps, self.options.heads, self.head))

    def _scores(self, question: Any, keys: Any) -> Any:
        """(N, P, heads) how well each state answers."""
        if self.options.kind == "dot":
            return ops.sum(keys * question, axis=-1) / self.head**0.5
        return ops.sum(ops.tanh(plus(keys, question)) * self._apart(self.score_kernel), axis=-1)

    def compute_output_shape(self, sequence_shape: tuple[int | None, ...], last_shape: tuple[int | None, ...]) -> Any:
        """Of (N, P, U): (N, U) and (N, heads, P)."""
        del last_shape
        count, steps, units = sequence_shape
        return (count, units), (count, self.options.heads, steps)


class AdditiveAttention(keras.layers.Layer):  # type: ignore[misc]
    """What a decoder takes from the states of an encoder at one of its steps (Bahdanau et al., 2015, appendix A.1.2).

    Args:
        units: A, the width of the sum of a question and a key.
        place: Where it stands.
    """

    def __init__(self, units: int, place: Place) -> None:
        super().__init__(name=place.name)
        self.units, self.place = units, place

    def build(self, query_shape: tuple[int | None, ...], states_shape: tuple[int | None, ...]) -> None:
        """Create the weights for questions (N, U) and states (N, P, V)."""
        shapes = {"question": (query_shape[-1], self.units), "key": (states_shape[-1], self.units)}
        for role, (name, shape) in enumerate({**shapes, "score": (1, self.units)}.items()):
            start = keras.initializers.GlorotUniform(seed=self.place.draw(role))
            setattr(self, f"{name}_kernel", self.add_weight(shape, start, name=name))

    def keys(self, states: Any) -> Any:
        """(N, P, A) of states (N, P, V): what does not change from step to step of the decoder."""
        return ops.matmul(states, self.key_kernel)

    def call(self, query: Any, states: Any, keys: Any = None) -> tuple[Any, Any]:
        """The context (N, V) and the weights (N, P) for a question (N, U) to states (N, P, V), of which `keys` are."""
        keys = self.keys(states) if keys is None else keys
        question = ops.expand_dims(ops.matmul(query, self.question_kernel), 1)
        weights = ops.softmax(ops.sum(ops.tanh(plus(keys, question)) * self.score_kernel, axis=-1), axis=-1)
        return ops.matmul(ops.expand_dims(weights, 1), states)[:, 0], weights

    def compute_output_shape(self, query_shape: Any, states_shape: Any, keys_shape: Any = None) -> Any:
        """Of (N, U) and (N, P, V): (N, V) and (N, P)."""
        del keys_shape
        return (query_shape[0], states_shape[-1]), states_shape[:2]
