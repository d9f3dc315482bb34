"""The examples in the docstrings of the package that was installed, not of the folder the tests lie in."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import forecaster

HEAVY = ("forecaster.models", "forecaster.training")  # need TensorFlow
NAMES = [module.name for module in pkgutil.walk_packages(forecaster.__path__, "forecaster.")]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name.startswith(HEAVY) else [])
        for name in NAMES
        if name != "forecaster.__main__"
    ],
)
def test_every_example_in_a_docstring_is_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_an_example_that_is_false_is_caught():
    false = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "planted", None, 0)

    assert doctest.DocTestRunner(verbose=False).run(false, out=lambda _: None).failed == 1
