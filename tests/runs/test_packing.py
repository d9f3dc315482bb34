"""Kept forecasts as bytes: read back to the bit, or refused."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import RunError
from forecaster.runs.packing import pack, unpack
from forecaster.runs.saved import SavedForecast

HERE = Path("/srv/kept.values.gz")
names = st.lists(st.text(min_size=1), min_size=1, max_size=4, unique=True)
numbers = st.floats()
words = st.sampled_from(["ok", "rolled", "no skill", "fallback"])


def same(one, other):
    return np.array_equal(one.view(np.uint64), other.view(np.uint64))


@st.composite
def forecasts(draw):
    ids, horizon, intervals = draw(names), draw(st.integers(1, 3)), draw(st.sampled_from([(), (0.8,), (0.8, 0.999)]))

    def drawn(*shape):
        size = math.prod(shape)
        return np.array(draw(st.lists(numbers, min_size=size, max_size=size)), dtype=float).reshape(shape)

    shape = (len(ids), horizon)
    moments = np.array([[draw(st.integers(-3, 3)) for _ in range(horizon)] for _ in ids], dtype=np.int64)
    baseline = draw(st.sampled_from(["", "naive"]))
    return SavedForecast(
        ids=tuple(ids),
        times=tuple(tuple(f"t{moment}" for moment in row) for row in moments.tolist()),
        values=drawn(*shape),
        intervals=intervals,
        lower=drawn(*shape, len(intervals)),
        upper=drawn(*shape, len(intervals)),
        status=tuple(tuple(draw(words) for _ in range(horizon)) for _ in ids),
        moments=moments,
        baseline=baseline,
        beside=drawn(*shape) if baseline else np.empty((0, 0)),
    )


@given(forecasts())
def test_a_forecast_is_read_back_to_the_same_bits(saved):
    again = unpack(pack(saved), HERE)

    for field in ("ids", "times", "status", "intervals", "baseline"):
        assert getattr(again, field) == getattr(saved, field)
    for field in ("values", "lower", "upper", "beside"):
        assert same(getattr(again, field), getattr(saved, field))
    assert again.moments.tolist() == saved.moments.tolist()


@given(forecasts())
def test_the_same_forecast_gives_the_same_bytes(saved):
    assert pack(saved) == pack(saved)


def steps(**changed):
    one = np.array([[1.5, 2.0]])
    parts = {"values": one, "lower": one[..., None] - 1, "upper": one[..., None] + 1, "beside": one}
    return SavedForecast(
        ("FR",), (("3", "4"),), intervals=(0.8,), status=(("ok", "ok"),), moments=np.array([[3, 4]]), baseline="naive",
        **{**parts, **changed},
    )  # fmt: skip


def rewritten(change, body=None):
    """The bytes of a kept forecast whose first line says something else."""
    line, _, rest = gzip.decompress(pack(steps())).partition(b"\n")
    head = json.loads(line)
    change(head)
    return gzip.compress(json.dumps(head).encode() + b"\n" + (rest if body is None else body))


def test_a_newer_format_asks_for_an_upgrade():
    with pytest.raises(RunError, match=r"kept\.values\.gz: format 2, this version reads 1; upgrade forecaster"):
        unpack(rewritten(lambda head: head.update(format=2)), HERE)


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head.update(horizon=3),
        lambda head: head.update(horizon=0),
        lambda head: head.update(horizon=-2),
        lambda head: head.update(ids=["FR", "DE"]),
        lambda head: head.update(baseline=""),
        lambda head: head.update(intervals=[0.8, 0.95]),
        lambda head: head.update(labels=["3"], moments=[3]),
        lambda head: head.update(moments=[3]),
        lambda head: head.update(words=[]),
    ],
)
def test_a_first_line_that_does_not_fit_the_numbers_is_refused(change):
    with pytest.raises(RunError, match=r"kept\.values\.gz: this forecast is damaged; forecast again"):
        unpack(rewritten(change), HERE)


@pytest.mark.parametrize("change", [lambda head: head.update(more=1), lambda head: head.pop("ids")])
def test_a_first_line_with_other_keys_is_refused(change):
    with pytest.raises(RunError, match=r"kept\.values\.gz: (more|ids): expected"):
        unpack(rewritten(change), HERE)


def test_bytes_that_are_no_forecast_are_refused():
    for packed in (b"", b"abc", gzip.compress(b"[]\n"), gzip.compress(b"hello")):
        with pytest.raises(RunError, match=r"kept\.values\.gz: "):
            unpack(packed, HERE)


def test_moments_of_one_label_are_kept_apart():
    """The hour that comes twice in autumn, as a file without offsets writes it."""
    twice = steps()
    doubled = SavedForecast(
        **{**vars(twice), "times": (("02:00", "02:00"),), "moments": np.array([[0, 3_600_000_000]])}
    )

    assert unpack(pack(doubled), HERE).moments.tolist() == [[0, 3_600_000_000]]
