"""Weights as safetensors: a format that holds numbers and nothing that could be executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from forecaster.errors import RunError, quoted
from forecaster.models.build import set_weights, weights_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.models.build import Network

_AGAIN = "train the run again, or use the version before it"
_HEADER = 1 << 20  # bytes that the names and shapes of one network may take


def to_safetensors(networks: Sequence[Network]) -> bytes:
    """Every weight of (M,) networks under its stable key; the same weights give the same bytes.

    The members of an ensemble are told apart by `member0/` before each key; a network alone has none.
    """
    return save({key: np.ascontiguousarray(value) for key, value in _weights(networks).items()})


def from_safetensors(networks: Sequence[Network], content: bytes) -> None:
    """Overwrite the weights of networks that were built from the same config.

    Args:
        networks: (M,) their names and shapes are what the content must have.
        content: As `to_safetensors` made it.

    Raises:
        RunError: If the content is damaged, another network's, or holds a number that is not finite.
    """
    wanted = _weights(networks)
    most = sum(value.nbytes for value in wanted.values()) + _HEADER * len(networks)
    if len(content) > most:
        raise _damaged(f"they have {len(content)} bytes, and this network needs at most {most}")
    try:
        found = load(content)
    except (SafetensorError, KeyError, ValueError, OverflowError) as error:
        raise _damaged(f"they cannot be read ({quoted(error)})") from error
    _check(wanted, found)
    for prefix, network in _named(networks):
        set_weights(network, {key: found[f"{prefix}{key}"] for key in weights_of(network)})


def _weights(networks: Sequence[Network]) -> dict[str, NDArray[np.float32]]:
    return {
        f"{prefix}{key}": value for prefix, network in _named(networks) for key, value in weights_of(network).items()
    }


def _named(networks: Sequence[Network]) -> list[tuple[str, Network]]:
    """The networks, each behind what its keys begin with."""
    alone = len(networks) == 1
    return [("" if alone else f"member{number}/", network) for number, network in enumerate(networks)]


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
