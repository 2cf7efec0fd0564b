"""Source code of pair functions: what is compiled does not depend on what was compiled before."""

from __future__ import annotations

import re

import pytest

from operations.interactions.pair_functions import pair_functions
from operations.search.pair_source import Form, _pair_source, describe
from workspace_schema.interactions import Interactions


@pytest.mark.parametrize("truncation", ["cut", "xplor"])
@pytest.mark.parametrize(
    "form",
    ["lennard_jones", "lennard_jones_gauss", "inverse_power", "mie", "oscillating_pair_potential"],
)
def test_integer_powers_are_products(form: str, truncation: str) -> None:
    """numba keeps its own code for ``x**n`` from whoever needed it first, with or without
    fastmath: a search that goes on in another process would leave its path."""
    potential = {"form": form, "r_cut": 2.5, "truncation": truncation}
    if truncation == "xplor":
        potential["r_on"] = 2.0
    (function,) = pair_functions(Interactions.model_validate(potential), ["A"]).values()
    described, _ = describe(function)
    assert isinstance(described, Form)
    source, _ = _pair_source(described)
    assert not re.search(r"\*\*\s*-?\d", source)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 15, 36, -1, -6, -13])
def test_a_product_is_the_power(n: int) -> None:
    potential = {"form": "expression", "formula": f"(1 + r)**({n})", "r_cut": 2.0}
    (function,) = pair_functions(Interactions.model_validate(potential), ["A"]).values()
    described, _ = describe(function)
    assert isinstance(described, Form)
    source, _ = _pair_source(described)
    names: dict[str, object] = {}
    exec("import math\n" + source, names)
    energy, _ = names["_pair"](0.49, [4.0, 2.0, 0.0, 0.0, 0.0])  # type: ignore[operator]
    assert energy == pytest.approx(1.7**n, rel=1e-13)
