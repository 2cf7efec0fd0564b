"""The potential block: mixing rules, overrides, canonical form."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.potentials import GIVEN
from workspace_schema.interactions import Interactions
from workspace_schema.potentials import FORMS

FULL = {
    "form": "lennard_jones",
    "epsilon": 1.0,
    "sigma": 1.0,
    "r_cut": 2.5,
    "truncation": "cut",
}


def interactions(**block) -> Interactions:
    return Interactions.model_validate({"form": "lennard_jones", **block})


def test_plain_form_is_written_in_full():
    assert interactions().canonical() == FULL
    assert interactions(sigma="1e0", epsilon=1).canonical() == FULL


def test_minus_zero_is_zero():
    block = {"form": "morse", "r0": 1, "alpha": 1, "epsilon": -0.0}
    assert math.copysign(1, Interactions.model_validate(block).canonical()["epsilon"]) == 1


@pytest.mark.parametrize("form", [form for form in FORMS if form not in GIVEN])
def test_canonical_form_of_every_potential_is_a_fixed_point(form):
    canonical = Interactions.model_validate({"form": form}).canonical()
    assert canonical["form"] == form
    assert Interactions.model_validate(canonical).canonical() == canonical


@pytest.mark.parametrize(
    ("mixing", "epsilon", "sigma"),
    [
        ("lorentz_berthelot", math.sqrt(2.0), 1.25),
        ("geometric", math.sqrt(2.0), math.sqrt(1.5)),
        # M. Waldman and A. T. Hagler, J. Comput. Chem. 14, 1077 (1993), as in LAMMPS sixthpower
        (
            "waldman_hagler",
            2.0 * math.sqrt(2.0) * 1.5**3 / (1.0 + 1.5**6),
            ((1.0 + 1.5**6) / 2.0) ** (1.0 / 6.0),
        ),
    ],
)
def test_mixing_rules(mixing, epsilon, sigma):
    mixture = interactions(types={"B": {"epsilon": 2, "sigma": 1.5}}, mixing=mixing)
    pair = mixture.pair("B", "A")
    assert pair.epsilon == pytest.approx(epsilon, rel=1e-15)
    assert pair.sigma == pytest.approx(sigma, rel=1e-15)
    assert pair.r_cut == 2.5
    assert mixture.pair("A", "A") == mixture.base
    assert mixture.pair("B", "B").sigma == 1.5


def test_equal_values_are_mixed_without_rounding():
    mixture = interactions(epsilon=0.1, sigma=0.3, types={"B": {"r_cut": 3}}, mixing="geometric")
    assert (mixture.pair("A", "B").epsilon, mixture.pair("A", "B").sigma) == (0.1, 0.3)


def test_range_of_a_mixed_wca_pair_follows_from_its_sigma():
    mixture = Interactions.model_validate({"form": "wca", "types": {"B": {"sigma": 2}}})
    assert mixture.pair("A", "B").r_cut == pytest.approx(2 ** (1 / 6) * 1.5)


def test_negative_energies_keep_their_sign_and_opposite_ones_must_be_given():
    block = {"form": "lennard_jones_gauss", "epsilon": -1.0, "types": {"B": {"epsilon": -4.0}}}
    assert Interactions.model_validate(block).pair("A", "B").epsilon == pytest.approx(-2.0)
    block["types"] = {"B": {"epsilon": 4.0}}
    with pytest.raises(
        ValueError, match=r"epsilon is -1.0 for type A and 4.0 for type B.*pairs\.A-B"
    ):
        Interactions.model_validate(block).check_types(["A", "B"])


def test_what_cannot_be_mixed_must_be_given_for_the_pair():
    block = {"form": "mie", "types": {"B": {"n": 14}}}
    with pytest.raises(ValueError, match=r"give pairs\.A-B\.n"):
        Interactions.model_validate(block).check_types(["A", "B"])
    block["pairs"] = {"B-A": {"n": 13}}
    mixture = Interactions.model_validate(block)
    mixture.check_types(["A", "B"])
    assert mixture.pair("A", "B").n == 13.0
    assert mixture.canonical(["A", "B"])["pairs"]["A-B"]["n"] == 13.0


def test_pair_override_and_another_form():
    mixture = interactions(
        types={"B": {"sigma": 2}}, pairs={"B-A": {"epsilon": 0.5}, "B-B": {"form": "wca"}}
    )
    assert (mixture.pair("A", "B").epsilon, mixture.pair("A", "B").sigma) == (0.5, 1.5)
    assert mixture.pair("B", "B") == FORMS["wca"]()


def test_a_mixture_is_written_in_full_and_its_omissions_are_the_same_job():
    expected = FULL | {
        "types": {name: {k: v for k, v in FULL.items() if k != "form"} for name in "AB"},
        "pairs": {"A-B": FULL},
        "mixing": "lorentz_berthelot",
    }
    for blocks in (
        {},
        {"types": {"B": {"sigma": 1}}},
        {"types": {"A": {}, "B": {"epsilon": "1.0"}}, "mixing": "lorentz_berthelot"},
        {"pairs": {"B-A": {"epsilon": 1.0}}},
        {"pairs": {"A-B": {"form": "lennard_jones"}}},
    ):
        assert interactions(**blocks).canonical(["A", "B"]) == expected, blocks
    assert Interactions.model_validate(expected).canonical(["A", "B"]) == expected


def test_one_type_has_the_plain_form():
    plain = interactions(sigma=2).canonical(["A"])
    assert interactions(types={"A": {"sigma": 2}}).canonical(["A"]) == plain
    assert interactions(pairs={"A-A": {"sigma": 2}}, mixing="geometric").canonical(["A"]) == plain
    assert interactions(sigma=2, types={"A": {}}).canonical() == plain


@pytest.mark.parametrize(
    ("block", "named"),
    [
        ({"sigma": -1}, "sigma"),
        ({"sigma": True}, "sigma: True is a boolean"),
        ({"sigma": float("nan")}, "finite"),
        ({"gamma": 1}, "gamma"),
        ({"form": "lenard_jones"}, "lennard_jones"),
        ({"r_cut": 0}, "r_cut"),
        ({"truncation": "xplor"}, "r_on"),
        ({"r_on": 1.0}, "r_on"),
        ({"truncation": "xplor", "r_on": 2.5}, "expected less than r_cut = 2.5"),
        ({"mixing": "arithmetic"}, "mixing"),
        ({"types": {"B": {"sigma": -1}}}, "types.B.sigma"),
        ({"types": {"B": {"sigma": True}}}, "types.B.*boolean"),
        ({"types": {"B": {"gamma": 1}}}, "types.B.gamma"),
        ({"types": {"B": {"form": "wca"}}}, "types.B.form"),
        ({"types": {"A-B": {}}}, "A-B"),
        ({"pairs": {"AB": {}}}, "two type names"),
        ({"pairs": {"A-B": {}, "B-A": {}}}, "twice"),
        ({"pairs": {"A-B": {"form": "x"}}}, "pairs.A-B.form is 'x'"),
        ({"pairs": {"A-B": {"form": "mie", "n": 3}}}, "pairs.A-B.*more than m"),
        (
            {"form": "mie", "n": 14, "mixing": "waldman_hagler", "pairs": {"A-B": {}}},
            "waldman_hagler",
        ),
    ],
)
def test_errors_name_the_key(block, named):
    with pytest.raises(ValidationError, match=named):
        interactions(**block)


@pytest.mark.parametrize("block", [{"types": {"C": {"sigma": 2}}}, {"pairs": {"A-C": {}}}])
def test_unknown_types(block):
    with pytest.raises(ValueError, match=r"C.*types A, B"):
        interactions(**block).check_types(["A", "B"])


def test_tables_are_named_by_their_content(tmp_path: Path):
    (tmp_path / "a.txt").write_text("# r u\n1 3\n2 2\n3 1\n4 0\n")
    (tmp_path / "b.txt").write_text("1.0, 3.0\n2,2\n\n3,1.0\n4,-0.0 # end\n")
    blocks = [
        interactions(pairs={"A-B": {"form": "table", "file": name}}) for name in ("a.txt", "b.txt")
    ]
    with pytest.raises(ValueError, match="not been stored"):
        blocks[0].canonical(["A", "B"])
    canonical = [block.stored(tmp_path, tmp_path).canonical(["A", "B"]) for block in blocks]
    assert canonical[0] == canonical[1]
    assert canonical[0]["pairs"]["A-B"]["r_cut"] == 4.0
    assert Interactions.model_validate(canonical[0]).canonical(["A", "B"]) == canonical[0]
    assert len(list((tmp_path / "tables").iterdir())) == 1
