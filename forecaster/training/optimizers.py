"""The optimizers as pure functions of tensors, so that a whole epoch of updates compiles into one loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.models.backend import tf

if TYPE_CHECKING:
    from forecaster.config.training import OptimizerOptions

    Tensors = list[Any]

_FIRST, _SECOND, _RMS = 0.9, 0.999, 0.9  # decay of the moments
_LEAST = 1e-7  # under every root
SLOTS = {"adam": 2, "adamw": 2, "rmsprop": 1, "sgd": 1}  # moments kept for each weight


def fresh(kind: str, weights: Tensors) -> Tensors:
    """The moments before the first update: zeros, as many lists of the weights' shapes as `kind` keeps."""
    return [tf.zeros_like(weight) for _ in range(SLOTS[kind]) for weight in weights]


def clipped(gradients: Tensors, options: OptimizerOptions) -> Tensors:
    """The gradients, all shortened alike where together they are longer than `clip_norm`."""
    if options.clip_norm is None:
        return gradients
    shorter, _ = tf.clip_by_global_norm(gradients, options.clip_norm)
    return list(shorter)


def updated(
    kind: str, options: Any, held: tuple[Tensors, Tensors], gradients: Tensors, when: tuple[Any, Any]
) -> tuple[Tensors, Tensors]:
    """One update.

    adam: Kingma and Ba (2015), with the bias corrections folded into the rate as at the end of their section 2;
    adamw: the weights also shrink by rate times decay (Loshchilov and Hutter, 2019); rmsprop: Hinton's lecture 6e;
    sgd: with momentum as a velocity.

    Args:
        kind: The optimizer.
        options: Its options.
        held: The weights, and the moments as `fresh` made them or the update before.
        gradients: One for each weight, clipped.
        when: The learning rate, and the number of this update from 1, both float32 scalars.

    Returns:
        The new weights and moments.
    """
    (weights, moments), (rate, number) = held, when
    count = len(weights)
    if kind == "sgd":
        speed = [options.momentum * old - rate * slope for old, slope in zip(moments, gradients, strict=True)]
        return [weight + step for weight, step in zip(weights, speed, strict=True)], speed
    if kind == "rmsprop":
        second = _averaged(_RMS, moments, [slope * slope for slope in gradients])
        steps = [rate * slope / tf.sqrt(size + _LEAST) for slope, size in zip(gradients, second, strict=True)]
        return [weight - step for weight, step in zip(weights, steps, strict=True)], second
    if kind == "adamw":
        weights = [weight - rate * options.weight_decay * weight for weight in weights]
    first = _averaged(_FIRST, moments[:count], gradients)
    second = _averaged(_SECOND, moments[count:], [slope * slope for slope in gradients])
    corrected = rate * tf.sqrt(1.0 - tf.pow(_SECOND, number)) / (1.0 - tf.pow(_FIRST, number))
    steps = [corrected * mean / (tf.sqrt(size) + _LEAST) for mean, size in zip(first, second, strict=True)]
    return [weight - step for weight, step in zip(weights, steps, strict=True)], first + second


def _averaged(decay: float, old: Tensors, new: Tensors) -> Tensors:
    return [decay * before + (1.0 - decay) * now for before, now in zip(old, new, strict=True)]
