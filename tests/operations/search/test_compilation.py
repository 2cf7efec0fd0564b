"""What is relied upon of numba's compiler, and that results do not depend on what ran before."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import pytest
from numba import njit

import operations.search
from operations.search.compilation import FASTMATH, NoAlias, compiled

MODULES = [module.name for module in pkgutil.iter_modules(operations.search.__path__)]


def add(a, b):
    for k in range(len(a)):
        a[k] += b[k]


def total(a):
    result = 0.0
    for x in a:
        result += x
    return result


def llvm(function, *arguments) -> str:
    """What a compiled function looks like to LLVM."""
    function(*arguments)
    (code,) = function.inspect_llvm().values()
    return code


def test_arrays_are_promised_not_to_overlap():
    def promises(function) -> int:
        lines = llvm(function, np.zeros(4), np.ones(4)).splitlines()
        return sum(line.count("noalias") for line in lines if line.startswith("define"))

    assert promises(njit(pipeline_class=NoAlias)(add)) > promises(njit(add))


@pytest.mark.parametrize(("option", "inherits"), [(compiled, False), (njit, True)])
def test_what_calls_first_leaves_no_trace(option, inherits):
    """The second case is why: where it fails, numba has changed, and `compiled` may go."""
    inner = option(total, cache=False)  # no code to look at comes from disk

    @njit(fastmath=FASTMATH)
    def outer(a):
        return inner(a) + 1.0

    outer(np.ones(4))
    assert ("reassoc" in llvm(inner, np.ones(4))) == inherits


@pytest.mark.parametrize("name", MODULES)
def test_every_function_says_how_it_rounds(name):
    for key, found in vars(importlib.import_module(f"operations.search.{name}")).items():
        if hasattr(found, "targetoptions"):
            assert "fastmath" in found.targetoptions, key
