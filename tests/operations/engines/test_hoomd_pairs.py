"""HOOMD-blue's own pair classes and the tables of the same potentials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from operations.engines import Integration, hoomd_pairs
from operations.engines.hoomd import Hoomd
from operations.interactions.model import Model
from operations.interactions.pair_functions import pair_functions
from tests.operations.engines.test_agreement import TOLERANCE, configuration, direct_sum
from workspace_schema.interactions import Interactions
from workspace_schema.potentials import FORMS

pytestmark = pytest.mark.hoomd

LJ: dict[str, Any] = {"form": "lennard_jones"}
MIXTURE: dict[str, Any] = LJ | {
    "truncation": "xplor",
    "r_on": 2.0,
    "types": {"B": {"sigma": 0.8, "epsilon": 0.5}},
}
TRUNCATIONS: list[dict[str, Any]] = [
    {},
    {"truncation": "shift"},
    {"truncation": "xplor", "r_on": 1.8},
]


def cases() -> list[Any]:
    return [
        *(
            pytest.param({"form": form} | truncation, id=f"{form}-{truncation.get('truncation')}")
            for form in hoomd_pairs.NATIVE
            for truncation in TRUNCATIONS
            if not truncation or "truncation" in FORMS[form].model_fields
        ),
        pytest.param(MIXTURE, id="mixture"),
    ]


@pytest.mark.parametrize("native", [True, False], ids=["class", "table"])
@pytest.mark.parametrize("potential", cases())
def test_class_and_table_agree_with_the_formula(
    potential: dict[str, Any], native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hoomd

    if not native:
        monkeypatch.setattr(hoomd_pairs, "NATIVE", {})
    names = ["A", "B"] if "types" in potential else ["A"]
    functions = pair_functions(Interactions.model_validate(potential), names)
    engine = Hoomd(Model(3, tuple(names), functions), Integration("nve", 0.005), 1, "cpu")
    assert isinstance(engine._forces()[0], hoomd.md.pair.Table) != native
    particles = configuration(functions, 3, seed=5)
    energy, forces, _ = engine.energy_and_forces(particles)
    expected_energy, expected_forces, _ = direct_sum(functions, particles)
    largest = np.abs(expected_forces).max()
    tolerance = 1e-12 if native else TOLERANCE
    assert np.abs(forces - expected_forces).max() < tolerance * largest
    assert abs(energy - expected_energy) < tolerance * largest * particles.n_particles


@pytest.mark.parametrize(
    "potential",
    [
        pytest.param({"form": "mie"}, id="a class that is slower"),
        pytest.param(LJ | {"truncation": "force_shift"}, id="a truncation it has not"),
        pytest.param(LJ | {"types": {"B": {}}, "pairs": {"A-B": {"form": "wca"}}}, id="two forms"),
    ],
)
def test_tables_otherwise(potential: dict[str, Any]) -> None:
    import hoomd

    names = ["A", "B"] if "types" in potential else ["A"]
    functions = pair_functions(Interactions.model_validate(potential), names)
    engine = Hoomd(Model(3, tuple(names), functions), Integration("nve", 0.005), 1, "cpu")
    assert isinstance(engine._forces()[0], hoomd.md.pair.Table)
