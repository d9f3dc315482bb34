"""Weights as safetensors: a format that holds numbers and nothing that could be executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from forecaster.errors import RunError, quoted
from forecaster.models.build import set_weights, weights_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from forecaster.models.build import Network

_AGAIN = "train the run again, or use the version before it"
_HEADER = 1 << 20  # bytes that names and shapes may take


def to_safetensors(network: Network) -> bytes:
    """Every weight of the network under its stable key; the same weights give the same bytes."""
    return save({key: np.ascontiguousarray(value) for key, value in weights_of(network).items()})


def from_safetensors(network: Network, content: bytes) -> None:
    """Overwrite the weights of a network that was built from the same config.

    Args:
        network: Its names and shapes are what the content must have.
        content: As `to_safetensors` made it.

    Raises:
        RunError: If the content is damaged, another network's, or holds a number that is not finite.
    """
    wanted = weights_of(network)
    most = sum(value.nbytes for value in wanted.values()) + _HEADER
    if len(content) > most:
        raise _damaged(f"they have {len(content)} bytes, and this network needs at most {most}")
    try:
        found = load(content)
    except (SafetensorError, KeyError, ValueError, OverflowError) as error:
        raise _damaged(f"they cannot be read ({quoted(error)})") from error
    _check(wanted, found)
    set_weights(network, found)


def _check(wanted: Mapping[str, NDArray[np.float32]], found: Mapping[str, NDArray[np.float32]]) -> None:
    if wanted.keys() != found.keys():
        odd = min(wanted.keys() ^ found.keys())
        whose = "is missing" if odd in wanted else "is not one of this network's"
        raise _damaged(f"{quoted(odd)} {whose}")
    for key, value in found.items():
        expected = wanted[key]
        if (value.shape, value.dtype) != (expected.shape, expected.dtype):
            raise _damaged(
                f"{quoted(key)} is {value.dtype} {value.shape}, and this network needs {expected.dtype} "
                f"{expected.shape}"
            )
        if not np.isfinite(value).all():
            raise _damaged(f"{quoted(key)} holds {int((~np.isfinite(value)).sum())} values that are not finite")


def _damaged(what: str) -> RunError:
    return RunError(f"the saved weights do not fit the config: {what}", hint=_AGAIN, subject="weights.safetensors")
