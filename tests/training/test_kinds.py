"""Every kind of network goes through the same loop: what it is told, what is missing, and what it is judged by."""

from dataclasses import replace

import numpy as np
import pytest

from forecaster.config.channels import Channel, Channels
from forecaster.models.backend import tf
from forecaster.models.sizes import shapes_of
from forecaster.series.flat import flatten
from forecaster.series.panel import Panel
from forecaster.series.windows import Window, cut
from forecaster.training.loop import Material, fit
from forecaster.training.losses import loss_of
from forecaster.training.objective import objective_of
from forecaster.training.resident import resident, windows
from forecaster.training.schedules import judged_pace

WINDOW = Window(lookback=6, horizon=2)
TOLD = Channels(
    past=(Channel("load"),),
    known=(Channel("rain"), Channel("day", categories=("mon", "tue"), embed=2)),
    static=(Channel("size"),),
    series=("a", "b"),
)
SEQ2SEQ = {"seq2seq": {"attention": True}}
KINDS = {
    "told": {"embed": {"series": 3}},
    "parallel": {"decoder": "parallel", "segment": 3, "output": "gaussian"},
    "seq2seq": {"decoder": SEQ2SEQ, "output": "student_t"},
    "recursive": {"decoder": "recursive", "output": "quantiles"},
    "smoothing": {"skip": "smoothing", "scale": "affine"},
    "variational": {"latent": {"units": 2, "anneal": 1}, "decoder": SEQ2SEQ},
    "counts": {"output": "negative_binomial", "scale": "mean"},
}


@pytest.fixture(scope="module")
def table():
    """Two series of 60 counts, two holes in each."""
    counts = np.random.default_rng(3).poisson(20 + 5 * np.sin(np.arange(120) / 3)).astype(np.float64)
    counts[[20, 50, 75, 110]] = np.nan
    return Panel(counts, np.array([0, 60, 120]), np.array([0, 0]), ("a", "b"), np.arange(60), None)


@pytest.fixture(scope="module")
def of_kind(model_of, table):
    """The model, shapes and material of a kind: `of_kind("told")`."""

    def make(kind, **changes):
        model = model_of(**KINDS[kind] | changes)
        channels = TOLD if model.decoder != "recursive" else replace(TOLD, past=())
        draws = np.random.default_rng(4)
        beside = {
            "past": draws.normal(size=(120, 1)),
            "known": np.stack([draws.normal(size=120), draws.integers(0, 3, 120)], axis=1),
            "static": np.array([[1.0], [np.nan]]),
            "codes": np.array([0.0, 1.0]),
        }
        beside = {name: value.astype(np.float32) for name, value in beside.items()}
        flat = replace(flatten(table, model.scale, masked=True), **beside)
        trained, judged = (cut(table, WINDOW, **part, masked=True) for part in ({"before": 40}, {"since": 40}))
        return model, shapes_of(model, WINDOW, 4, channels, masked=True), Material(flat, WINDOW, trained, judged)

    return make


def changed(material, name, place, value):
    """The same material with another number at one place."""
    part = getattr(material.flat, name).copy()
    part[place] = value
    return replace(material, flat=replace(material.flat, **{name: part}))


@pytest.fixture(scope="module")
def trained(training_of):
    return lambda model, shapes, material, **changes: fit(model, shapes, training_of(**changes), material)


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def ready(kind, of_kind, trained):
    """A kind, with what it was trained on: the model, the shapes, the material, and what came out."""
    given = of_kind(kind)
    return *given, trained(*given, epochs=2)


def test_a_network_of_every_kind_learns(ready, trained):
    model, shapes, material, found = ready

    longer = trained(model, shapes, material, epochs=12, optimizer={"adam": {"learning_rate": 0.02}})

    assert longer.losses[-1].training < found.losses[0].training


def test_the_validation_loss_is_that_of_the_graph_that_runs_free(ready, training_of):
    model, shapes, material, found = ready
    batch = windows(resident(material.flat, shapes), material.validation.astype(np.int32), shapes)
    pace = np.tile(np.float32(judged_pace(model)), (len(material.validation), 1))

    said = found.networks[0].judging({**batch, "pace": tf.constant(pace)}, training=False)

    measure = loss_of(objective_of(training_of(), model), shapes.levels)
    losses = np.asarray(measure(said["parameters"], said["target"])) + np.asarray(said["penalty"])
    best = min(loss.validation for loss in found.losses)
    np.testing.assert_allclose(losses.mean(), best, rtol=1e-4)


def test_a_refit_repeats_a_network_of_every_kind_bit_by_bit(ready, training_of, bits):
    model, shapes, material, found = ready

    again = fit(model, shapes, training_of(epochs=2), material, courses=found.courses)

    assert bits(again) == bits(found)


def test_what_stands_where_a_target_is_missing_is_not_learned_from(of_kind, trained, bits):
    model, shapes, material = of_kind("told")
    only = replace(material, training=np.array([13]))  # its second target is the hole at step 20

    found = trained(model, shapes, changed(only, "values", 20, 1e3))

    assert not material.flat.present[20]
    assert bits(found) == bits(trained(model, shapes, only))


@pytest.mark.parametrize(
    ("name", "place"),
    [("values", 19), ("present", 18), ("past", (18, 0)), ("known", (19, 0)), ("known", (14, 1)), ("static", (0, 0))],
)
def test_everything_a_window_is_told_is_learned_from(of_kind, trained, bits, name, place):
    model, shapes, material = of_kind("told")
    only = replace(material, training=np.array([13]))

    found = trained(model, shapes, changed(only, name, place, 0.0))

    assert (bits(found) == bits(trained(model, shapes, only))) is False


@pytest.mark.parametrize(("name", "place"), [("past", (19, 0)), ("known", (21, 0)), ("static", (1, 0)), ("codes", 1)])
def test_nothing_beyond_a_window_is_learned_from(of_kind, trained, bits, name, place):
    model, shapes, material = of_kind("told")
    only = replace(material, training=np.array([13]))

    found = trained(model, shapes, changed(only, name, place, 0.0))

    assert bits(found) == bits(trained(model, shapes, only))


def test_a_series_never_seen_has_the_mean_of_what_was_learned_for_the_others(of_kind, trained):
    from forecaster.models.build import weights_of

    found = trained(*of_kind("told"))

    rows = next(value for key, value in weights_of(found.networks[0]).items() if key.startswith("series_embedding"))
    np.testing.assert_allclose(rows[2], rows[:2].mean(axis=0), rtol=1e-6)
