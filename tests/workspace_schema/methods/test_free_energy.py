"""What a state point of method free_energy may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.methods.free_energy import FreeEnergy
from workspace_schema.statepoint import StatePoint

FCC = {"lattice": "fcc"}


def point(particles=None, system=None, potential=None, **method):
    words = {"phase": FCC, "number_density": 1.0, **method}
    return StatePoint.model_validate(
        {
            "system": {"dimensions": 3, "particles": particles or {"A": 256}, **(system or {})},
            "potential": potential or {"form": "lennard_jones", "r_cut": 2.5},
            "method": {"name": "free_energy", **words},
        }
    )


def hard(**method):
    words = {"name": "free_energy", "phase": FCC, **method}
    blocks = {"A": {"form": "hard_sphere"}}
    system = {"dimensions": 3, "particles": {"A": 256}, "building_blocks": blocks}
    return StatePoint.model_validate({"system": system, "method": words})


def test_the_length_is_no_part_of_the_state_point():
    one, other = point(), point(steps=1000)
    assert one.canonical() == other.canonical()
    assert other.extents() == {"steps": 1000}
    method = one.canonical()["method"]
    assert method["phase"] == FCC
    assert (method["kT"], method["points"]) == (1.0, 12)


def test_the_label_of_a_lattice_is_the_lattice():
    assert point(phase={"label": "fcc"}).canonical() == point().canonical()
    assert point(phase={"label": "hcp"}).canonical()["method"]["phase"] == {"label": "hcp"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"phase": "solid"}, "phase"),
        ({"phase": {"lattice": "hexagonal"}}, "phase.lattice: 'hexagonal' is a lattice in 2"),
        ({"particles": {"A": 255}}, "phase.lattice: fcc has .* expected a number that fills it"),
        ({"particles": {"A": 128, "B": 128}}, "one type"),
        ({"system": {"boundary": "open"}}, "needs a periodic box"),
        ({"particles": {"A": 32}}, "take more particles"),
        ({"points": 1}, "points"),
        ({"hot": 2.0}, "hot: has no meaning of a crystal"),
        ({"phase": "fluid", "hot": 0.5}, "expected more than kT = 1"),
        ({"kT": 0.0}, "kT"),
        ({"steps": 10}, "steps"),
    ],
)
def test_refused(words, message):
    with pytest.raises(ValidationError, match=message):
        point(**words)


def test_hard_spheres_do_not_overlap_on_their_lattice():
    assert hard(number_density=1.4).canonical()["method"]["number_density"] == 1.4
    with pytest.raises(ValidationError, match=r"expected less than 1\.4142"):
        hard(number_density=1.42)
    with pytest.raises(ValidationError, match="hot: has no meaning of hard particles"):
        hard(number_density=0.5, phase="fluid", hot=2.0)


def bodies(phase, particles=108, dimensions=3, block=None):
    block = block or {"form": "hard_spherocylinder", "elongation": 0.3}
    system = {"dimensions": dimensions, "particles": {"A": particles}}
    system["building_blocks"] = {"A": block}
    method = {"name": "free_energy", "phase": phase, "number_density": 0.7}
    return StatePoint.model_validate({"system": system, "method": method})


def test_bodies_that_turn_are_fluid_or_plastic():
    for phase in ("fluid", {"plastic": "fcc"}, {"plastic": "hcp"}):
        assert bodies(phase).canonical()["method"]["phase"] == phase
    with pytest.raises(ValidationError, match=r"bodies that turn .* expected fluid or"):
        bodies({"lattice": "fcc"})
    with pytest.raises(ValidationError, match=r"phase\.plastic: the particles do not turn"):
        bodies({"plastic": "fcc"}, block={"form": "hard_sphere"})
    with pytest.raises(ValidationError, match=r"phase\.plastic: fcc has .* a number that fills"):
        bodies({"plastic": "fcc"}, particles=100)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({}, "number_density: missing"),
        ({"pressure": 1.0, "number_density": 1.0}, "a density is given already"),
        ({"pressure": 1.0, "phase": "fluid"}, "only a crystal finds its density"),
        ({"pressure": 1.0, "phase": {"job": "abc"}}, r"phase\.job\.job"),
    ],
)
def test_density_or_pressure(words, message) -> None:
    with pytest.raises(ValueError, match=message):
        FreeEnergy.model_validate({"name": "free_energy", "phase": {"lattice": "fcc"}} | words)


@pytest.mark.parametrize("phase", [{"lattice": "fcc"}, {"label": "A15"}, {"job": "0" * 32}])
def test_phases_are_told_apart_by_their_key(phase) -> None:
    words = {"name": "free_energy", "phase": phase, "number_density": 1.0}
    assert FreeEnergy.model_validate(words).phase.model_dump() == phase
