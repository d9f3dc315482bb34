"""The layers that a config may stack, each a mapping of one key: `lstm: {units: 64}`.

A union, not a bag of options: a config can only mention what its network uses.
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from forecaster.config.parts import Before, Choice, Part

Rate = Annotated[float, Field(ge=0, lt=1)]
Units = Annotated[int, Field(gt=0, le=1_000_000)]
RecurrentActivation = Literal["sigmoid", "hard_sigmoid", "tanh", "relu"]


class RecurrentOptions(Part):
    """What every recurrent layer has."""

    units: Units
    """The size of the state: more remember more, and overfit short tables sooner."""
    activation: Literal["tanh", "sigmoid", "relu", "linear"] = "tanh"
    """What the candidate (and, for an LSTM, the cell) passes through."""
    dropout: Rate = 0.0
    """The share of the layer's inputs dropped, the same ones at every step of a window."""
    recurrent_dropout: Rate = 0.0
    """The share of the state dropped between steps, the same ones at every step of a window."""
    keep: bool = False
    """Whether both dropouts are kept where paths are drawn (Gal and Ghahramani, 2016)."""
    dilation: Annotated[int, Field(gt=0, le=10_000)] = 1
    """The steps between a state and the one it follows from (Chang et al., 2017)."""
    residual: bool = False
    """Whether the layer's inputs are added to its outputs, through a linear map where the widths differ."""


class LSTMOptions(RecurrentOptions):
    """A long short-term memory (Hochreiter and Schmidhuber, 1997)."""

    recurrent_activation: RecurrentActivation = "sigmoid"
    """What the gates pass through."""
    forget_bias: Literal["zero", "one", "chrono"] = "one"
    """The start of the forget gate: `one` remembers (Jozefowicz et al., 2015), `chrono` spreads the cells' memories
    over the lookback (Tallec and Ollivier, 2018)."""


class GRUOptions(RecurrentOptions):
    """A gated recurrent unit (Cho et al., 2014)."""

    recurrent_activation: RecurrentActivation = "sigmoid"
    """What the gates pass through."""
    reset_after: bool = True
    """Whether the reset gate comes after the product with the recurrent weights."""
    forget_bias: Literal["zero", "one", "chrono"] = "zero"
    """The start of the update gate, which keeps the old state where it is open; as for `lstm`."""


class DenseOptions(Part):
    """A fully connected layer: on every step before the last recurrent layer, on the state after it."""

    units: Units
    """The values that come out for each that goes in."""
    activation: Literal["linear", "relu", "tanh", "sigmoid", "elu", "gelu", "softplus"] = "relu"
    """What every value passes through."""


class DropoutOptions(Part):
    """Share of the values dropped while training."""

    rate: Annotated[float, Field(gt=0, lt=1)]
    """The share of the values dropped while training."""
    keep: bool = False
    """Whether values are dropped too where paths are drawn (Gal and Ghahramani, 2016)."""


class LayerNormOptions(Part):
    """Each step's values brought to mean 0 and deviation 1, then scaled by learned weights (Ba et al., 2016)."""

    epsilon: Annotated[float, Field(gt=0, le=0.1)] = 1e-3
    """The number added to the variance, so that a constant step is not divided by zero."""


class AttentionOptions(Part):
    """What the summary takes from each state of the recurrent layer below."""

    heads: Annotated[int, Field(gt=0, le=64)] = 1
    """The number of sets of weights over the states: each may look for something else."""
    kind: Literal["additive", "dot"] = "additive"
    """How a state is weighed: `additive` (Bahdanau et al., 2015) or `dot`, scaled (Vaswani et al., 2017)."""
    pool: Literal["last", "weighted"] = "last"
    """The question that states are weighed by: that of the `last` state, which goes on beside the answer, or a
    learned one, for a `weighted` mean."""


class SimpleRNNLayer(Part):
    """`simple_rnn`: the plain recurrence, which forgets after some ten steps."""

    simple_rnn: RecurrentOptions


class LSTMLayer(Part):
    """`lstm`: a memory cell behind three gates."""

    lstm: LSTMOptions


class GRULayer(Part):
    """`gru`: two gates and no separate cell; a quarter cheaper than an LSTM."""

    gru: GRUOptions


class BiLSTMLayer(Part):
    """`bilstm`: one LSTM reads the lookback forwards, one backwards; `units` each."""

    bilstm: LSTMOptions


class BiGRULayer(Part):
    """`bigru`: as `bilstm`, of GRUs."""

    bigru: GRUOptions


class DenseLayer(Part):
    """`dense`: fully connected."""

    dense: DenseOptions


def _rate(value: Any) -> Any:
    return {"rate": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


class DropoutLayer(Part):
    """`dropout: 0.1`, or `dropout: {rate: 0.1}`."""

    dropout: Annotated[
        DropoutOptions,
        Before(_rate, "a number greater than 0 and less than 1, or a mapping of rate", {"type": "number"}),
    ]


class LayerNormLayer(Part):
    """`layer_norm`, or `layer_norm: {epsilon: 0.001}`."""

    layer_norm: LayerNormOptions


class AttentionLayer(Part):
    """`attention`: a weighted look at all states, after the last recurrent layer."""

    attention: AttentionOptions


LAYERS: dict[str, type[Part]] = {
    "simple_rnn": SimpleRNNLayer,
    "lstm": LSTMLayer,
    "gru": GRULayer,
    "bilstm": BiLSTMLayer,
    "bigru": BiGRULayer,
    "attention": AttentionLayer,
    "dense": DenseLayer,
    "dropout": DropoutLayer,
    "layer_norm": LayerNormLayer,
}
RECURRENT = ("simple_rnn", "lstm", "gru", "bilstm", "bigru")


_KINDS = Choice("layer", tuple(LAYERS))
Layer = Annotated[
    Annotated[SimpleRNNLayer, Tag("simple_rnn")]
    | Annotated[LSTMLayer, Tag("lstm")]
    | Annotated[GRULayer, Tag("gru")]
    | Annotated[BiLSTMLayer, Tag("bilstm")]
    | Annotated[BiGRULayer, Tag("bigru")]
    | Annotated[AttentionLayer, Tag("attention")]
    | Annotated[DenseLayer, Tag("dense")]
    | Annotated[DropoutLayer, Tag("dropout")]
    | Annotated[LayerNormLayer, Tag("layer_norm")],
    Discriminator(_KINDS.tag),
    _KINDS,
]


def kind_of(layer: Any) -> str | None:
    """The one key of a layer's mapping; None where it is not a mapping of one known key."""
    if isinstance(layer, Part):
        return next(iter(type(layer).model_fields))
    if isinstance(layer, dict) and len(layer) == 1:
        kind = next(iter(layer))
        return kind if kind in LAYERS else None
    return None


def options_of(layer: Layer) -> Any:
    """The options under the one key of a layer."""
    return getattr(layer, str(kind_of(layer)))
