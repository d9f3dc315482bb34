"""The table where the compiled loop gathers its windows from: every window by the network's own names of its parts.

Memory grows with the table, never with table times lookback: what stays here is one row a step, and a batch of windows
lives as long as its update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.models.backend import tf

if TYPE_CHECKING:
    from forecaster.models.sizes import Shapes
    from forecaster.series import Ints
    from forecaster.series.flat import Flat

    Table = dict[str, Any]
    Inputs = dict[str, Any]

_KINDS = {"owners": tf.int32, "repeated": tf.bool}  # all else is float32


def resident(flat: Flat, shapes: Shapes) -> Table:
    """What a network's windows are made of, copied once from the flat table.

    Returns:
        values (ΣT,) and floors (ΣT,); and where the network reads them: present (ΣT,), past (ΣT, Cp), known (ΣT, Ck),
        repeated (Ck,) which of these are not known beyond a cutoff, owners (ΣT,) which series a step belongs to,
        static (S, Cs), codes (S,).
    """
    parts = _parts(shapes)
    kept = {name: getattr(flat, name) for name in parts}
    if "repeated" in parts:
        kept["repeated"] = np.isin(np.arange(len(shapes.channels.known)), flat.repeated)
    return {name: tf.constant(np.asarray(kept[name], kind.as_numpy_dtype)) for name, kind in parts.items()}


def specs(shapes: Shapes) -> Table:
    """What `resident` returns for tables of any length, as the signature of a compiled function."""
    channels = shapes.channels
    wide = {"past": len(channels.past), "known": len(channels.known), "static": len(channels.static)}
    return {
        name: tf.TensorSpec([None, wide[name]] if name in wide else [None], kind)
        for name, kind in _parts(shapes).items()
    }


def windows(table: Table, starts: Any, shapes: Shapes) -> Inputs:
    """The windows that begin at `starts`, as the training graph reads them but for `pace`.

    Args:
        table: As `resident` made it.
        starts: (N,) int32.
        shapes: The network's.

    Returns:
        The prediction graph's inputs without `noise`, and `target` (N, H), NaN where a value is missing.
    """
    begins, lookback = starts[:, None], shapes.lookback
    last, steps = begins + lookback - 1, begins + tf.range(lookback + shapes.horizon)
    values = tf.gather(table["values"], steps)
    found = {"window": values[:, :lookback], "floor": tf.gather(table["floors"], last), "target": values[:, lookback:]}
    if "present" in table:
        present = tf.gather(table["present"], steps)
        found["present"] = present[:, :lookback]
        found["target"] = tf.where(present[:, lookback:] > 0, found["target"], np.float32(np.nan))
    if "past" in table:
        found["past"] = tf.gather(table["past"], steps[:, :lookback])
    if "known" in table:
        found["known"] = _known(tf.gather(table["known"], steps), table["repeated"], lookback)
    if "static" in table:
        found["static"] = tf.gather(table["static"], tf.gather(table["owners"], starts))
    if "codes" in table:
        found["series"] = tf.gather(table["codes"], tf.gather(table["owners"], begins))
    return found


def _known(values: Any, repeated: Any, lookback: int) -> Any:
    """(N, L + H, Ck) with the newest value of the lookback over the whole horizon, where a column is repeated."""
    ahead = tf.where(repeated, values[:, lookback - 1 : lookback], values[:, lookback:])
    return tf.concat([values[:, :lookback], ahead], axis=1)


def sampled(starts: Ints, count: int) -> Ints:
    """At most `count` of (N,) positions at equal distances, the first and the last among them."""
    places = np.unique(np.linspace(0, len(starts) - 1, min(count, len(starts))).round())
    return np.asarray(starts[places.astype(np.int64)])


def _parts(shapes: Shapes) -> dict[str, Any]:
    names = ["values", "floors"]
    names += [name for name in ("present", "past", "known", "static") if name in shapes.inputs]
    if "known" in names:
        names.append("repeated")
    if "series" in shapes.inputs:
        names.append("codes")
    if {"static", "codes"} & set(names):
        names.append("owners")
    return {name: _KINDS.get(name, tf.float32) for name in names}
