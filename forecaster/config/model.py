"""`model`: the network, from the scale of its windows to the form of its output."""

from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from forecaster.config.layers import RECURRENT, Layer, kind_of
from forecaster.config.parts import Choice, Part, refuse
from forecaster.config.quantities import Size, word_tag

Level = Annotated[float, Field(gt=0, lt=1)]
Text = Annotated[str, Field(min_length=1)]


class SeasonalNaiveSkip(Part):
    """The network learns what the values one season ago leave over."""

    seasonal_naive: Annotated[tuple[Annotated[int, Field(gt=0, le=1_000_000)], ...], Field(min_length=1, max_length=8)]
    """The steps in one cycle, such as [168]; of several, such as [168, 336], the network learns how much to take."""

    @field_validator("seasonal_naive")
    @classmethod
    def _told_apart(cls, seasons: tuple[int, ...]) -> tuple[int, ...]:
        season, count = Counter(seasons).most_common(1)[0]
        if count > 1:
            raise refuse(f"a season of {season} steps is named {count} times", hint="name it once")
        return seasons


class LinearSkip(Part):
    """The network learns what a linear forecast leaves over."""

    linear: Annotated[int, Field(gt=0, le=1_000_000)]
    """The steps between the values of the past that one step ahead is made of, such as 24: the same hour of every day,
    with the same weights for every hour (Lin et al., 2024). 1: of all values, each step with weights of its own."""


class ThetaBlend(Part):
    """The network's forecast is averaged with that of the Theta method."""

    theta: Annotated[float, Field(gt=0, lt=1)]
    """The share of the Theta method (Assimakopoulos and Nikolopoulos, 2000), which smooths a long past of each
    series; the rest is the network's. Quantiles move as the median does."""


class Forcing(Part):
    """The share of steps at which a decoder in training is given what happened instead of what it said itself."""

    from_: Annotated[float, Field(ge=0, le=1, alias="from")] = 1.0
    """The share at the first update."""
    to: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The share at the last update; in between it changes in equal parts (Bengio et al., 2015)."""


class Seq2SeqOptions(Part):
    """An encoder and a decoder, which reads its own last value at every step (Sutskever et al., 2014)."""

    forcing: Forcing = Forcing.model_construct()
    """Teacher forcing, and its schedule down to running free."""
    attention: bool = False
    """Whether the decoder attends to the encoder's states at every step (Bahdanau et al., 2015)."""


class Seq2Seq(Part):
    """`seq2seq`: encoder and decoder."""

    seq2seq: Seq2SeqOptions


class Latent(Part):
    """A few numbers drawn at random between encoder and decoder (Kingma and Welling, 2014)."""

    units: Annotated[int, Field(gt=0, le=10_000)]
    """The number of values drawn for each window: a few tell how the futures of one past differ."""
    anneal: Annotated[int, Field(ge=0, le=1_000_000)] = 10
    """The epochs over which the weight of their divergence from a standard normal rises to 1; 0: it is 1 at once."""


_WHOLE = "give a whole number there, or drop integer"


class Bounds(Part):
    """What every number that is published keeps to: forecasts, quantiles, intervals and paths."""

    min: float | None = None
    """The least value."""
    max: float | None = None
    """The largest value."""
    integer: bool = False
    """Whether values are rounded to whole numbers."""

    @field_validator("max")
    @classmethod
    def _above(cls, most: float | None, info: ValidationInfo) -> float | None:
        least = info.data.get("min")
        if most is not None and least is not None and most <= least:
            raise refuse(f"max {most:g} is not above min {least:g}", hint="give the larger one as max")
        return most

    @field_validator("integer")
    @classmethod
    def _whole(cls, integer: bool, info: ValidationInfo) -> bool:
        for name in ("min", "max"):
            bound = info.data.get(name)
            if integer and bound is not None and not float(bound).is_integer():
                raise refuse(f"{name} {bound:g} is no whole number, but values are rounded to one", hint=_WHOLE)
        return integer


class Quantiles(Part):
    """Levels of the forecast, strictly between 0 and 1, rising, with the median among them."""

    quantiles: Annotated[tuple[Level, ...], Field(max_length=99)]
    """The levels, strictly between 0 and 1, rising, with 0.5 among them."""

    @field_validator("quantiles")
    @classmethod
    def _rising(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if list(levels) != sorted(set(levels)) or 0.5 not in levels:  # noqa: PLR2004
            raise refuse(
                f"levels must rise and hold the median 0.5, got {list(levels)}", hint="write such as [0.1, 0.5, 0.9]"
            )
        return levels


_LEVELS = (0.1, 0.5, 0.9)
SPREAD_LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)  # that a distribution is exported at
DISTRIBUTIONS = ("gaussian", "student_t", "negative_binomial")
SKIPS = Choice("skip", ("linear", "seasonal_naive"), words=("none", "linear", "seasonal_naive", "smoothing"))
OUTPUTS = Choice("output", ("quantiles",), words=("point", *DISTRIBUTIONS), bare={"quantiles": _LEVELS})
DECODERS = Choice("decoder", ("seq2seq",), words=("direct", "recursive", "parallel"))


def _skip_tag(value: Any) -> str | None:
    return "word" if isinstance(value, str) else SKIPS.tag(value)


Skip = Annotated[
    Annotated[Literal["none", "linear", "seasonal_naive", "smoothing"], Tag("word")]
    | Annotated[LinearSkip, Tag("linear")]
    | Annotated[SeasonalNaiveSkip, Tag("seasonal_naive")],
    Discriminator(_skip_tag),
    SKIPS,
]
Output = Annotated[
    Annotated[Literal["point", "gaussian", "student_t", "negative_binomial"], Tag("word")]
    | Annotated[Quantiles, Tag("other")],
    Discriminator(word_tag),
    OUTPUTS,
]
Decoder = Annotated[
    Annotated[Literal["direct", "recursive", "parallel"], Tag("word")] | Annotated[Seq2Seq, Tag("other")],
    Discriminator(word_tag),
    DECODERS,
]


class ModelConfig(Part):
    """The network."""

    scale: Literal["none", "last", "mean", "standard", "log", "log_mean", "affine"] = "last"
    """How a window is scaled by its own past: `last`: (y - last) / mean |step|; `mean`: y / mean |y|;
    `standard`: (y - mean) / deviation; `log`: `last` of the logarithms; `log_mean`: log y - mean log y;
    `affine`: `standard`, then a learned factor and shift (Kim et al., 2022)."""
    segment: Size | None = None
    """The steps of one patch: a lookback of 720 becomes 30 recurrent steps with 24."""
    embed: dict[Text, Annotated[int, Field(gt=0, le=1024)]] = Field(default_factory=dict)
    """Learned numbers that stand for each series, or for each value of a column of categories: {series: 16}."""
    layers: Annotated[tuple[Layer, ...], Field(min_length=1, max_length=100)]
    """The layers, in the order in which data flows."""
    decoder: Decoder = "direct"
    """How the steps of the horizon are put out; `direct`: all at once, from the last state; `recursive`: one step,
    fed back; `seq2seq`: by a second recurrent layer that reads its own last value; `parallel`: by one recurrent step
    for each segment of the horizon (Lin et al., 2023)."""
    latent: Latent | None = None
    """Numbers drawn at random between encoder and decoder: a variational network."""
    skip: Skip = "none"
    """What the network's output is added to; `linear`: a linear forecast;
    {linear: 24}: one from the same hour of every day; `seasonal_naive`: the value one season ago;
    `smoothing`: level and season, smoothed exponentially, learned for each series (Smyl, 2020)."""
    blend: ThetaBlend | None = None
    """What the network's forecast is averaged with, once it is trained: {theta: 0.5}."""
    output: Output = Quantiles.model_construct(quantiles=_LEVELS)
    """What the network puts out: `point`, {quantiles: [0.1, 0.5, 0.9]}, or the parameters of a distribution:
    `gaussian`, `student_t` or `negative_binomial` (counts)."""
    bounds: Bounds = Bounds.model_construct()
    """What every published number keeps to."""

    @field_validator("layers")
    @classmethod
    def _recurrent(cls, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        if not any(kind_of(layer) in RECURRENT for layer in layers):
            kinds = ", ".join(str(kind_of(layer)) for layer in layers)
            raise refuse(f"no recurrent layer among {kinds}", hint=f"add one of {', '.join(RECURRENT)}")
        return layers

    @property
    def theta(self) -> float:
        """The share of the Theta method in a forecast; 0 for none."""
        return 0.0 if self.blend is None else self.blend.theta

    @property
    def levels(self) -> tuple[float, ...]:
        """(Q,) the levels the network puts out; a point forecast is its median."""
        if isinstance(self.output, str):
            return (0.5,) if self.output == "point" else SPREAD_LEVELS
        return self.output.quantiles
