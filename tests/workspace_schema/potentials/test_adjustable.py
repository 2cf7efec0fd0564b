"""Forms with free parameters: canonical, and refused where that means nothing."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.interactions import Interactions
from workspace_schema.job_ids import block_text

ID = "0123456789abcdef" * 2
GAUSS = {
    "form": "lennard_jones_gauss",
    "r0": {"free": [1.1, 1.9]},
    "epsilon": {"free": [0.5, 3]},
    "r_cut": 2.5,
}
FORMULA = {
    "form": "expression",
    "formula": "b * exp(-a * r**4)",
    "parameters": {"b": 1, "a": {"free": [1, 2]}},
    "r_cut": 2,
}


@pytest.mark.parametrize("block", [GAUSS, FORMULA, {"form": "wca", "sigma": {"free": [0.9, 1.2]}}])
def test_the_canonical_form_is_the_block_in_full(block):
    potential = Interactions.model_validate(block)
    plain = potential.canonical(("A",))
    assert Interactions.model_validate(plain) == potential
    assert potential.designed
    found = potential.by_design(ID)
    assert found.canonical(("A",)) == plain | {"design": ID}
    assert not Interactions.model_validate(found.canonical(("A",))).designed


def test_every_key_is_said():
    plain = Interactions.model_validate(GAUSS).canonical(("A",))
    assert plain == {
        "form": "lennard_jones_gauss",
        "r0": {"free": [1.1, 1.9]},
        "epsilon": {"free": [0.5, 3.0]},
        "sigma2": 0.02,
        "r_cut": 2.5,
        "truncation": "cut",
    }
    other = dict(reversed(GAUSS.items()))
    assert block_text(Interactions.model_validate(other).canonical(("A",))) == block_text(plain)
    assert list(Interactions.model_validate(other).base.free) == ["epsilon", "r0"]


def test_values_make_the_form():
    one = Interactions.model_validate(GAUSS).base.at({"r0": 1.5, "epsilon": 2.0})
    assert (one.form, one.r0, one.epsilon, one.sigma2) == ("lennard_jones_gauss", 1.5, 2.0, 0.02)
    one = Interactions.model_validate(FORMULA).base.at({"a": 1.5})
    assert one.formula_parameters() == {"a": 1.5, "b": 1.0}


def test_the_range_is_the_largest():
    potential = Interactions.model_validate({"form": "wca", "sigma": {"free": [0.9, 1.2]}}).base
    assert potential.r_cut == pytest.approx(1.2 * 2 ** (1 / 6))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"r0": {"free": [1.9, 1.1]}}, r"r0: got \[1.9, 1.1\]; expected low < high"),
        ({"r0": {"free": [1.1]}}, "r0: got .*; expected two numbers"),
        ({"r0": {"free": [True, 2]}}, "r0: got .*; expected two numbers"),
        ({"r0": {"free": [-1, 1.1]}}, "r0: got -1.0 as a bound; expected greater than 0"),
        ({"r_cut": {"free": [2, 3]}}, "r_cut: only numbers of the formula can be free"),
        ({"truncation": {"free": [2, 3]}}, "truncation: only numbers of the formula"),
        ({"sigma2": -1}, "sigma2: got -1; expected greater than 0"),
        ({"sigma": 1}, "sigma: unknown key"),
        ({"types": {"A": {"r0": 1.0}}}, r"types.A: only one type of particle"),
        ({"design": "no"}, "String should match pattern"),
    ],
)
def test_what_means_nothing_is_refused(changes, words):
    with pytest.raises(ValidationError, match=words):
        Interactions.model_validate(GAUSS | changes)


def test_mixtures_have_no_free_parameters():
    with pytest.raises(ValueError, match="epsilon: only one type of particle"):
        Interactions.model_validate(GAUSS).check_types(("A", "B"))
    pairs = {"A-B": {"r0": {"free": [1.1, 1.5]}}}
    with pytest.raises(ValidationError, match=r"pairs\.A-B: only one type of particle"):
        Interactions.model_validate({"form": "lennard_jones_gauss", "pairs": pairs})
