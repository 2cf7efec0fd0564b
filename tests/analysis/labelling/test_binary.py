"""Crystals of two types are told from their untyped lattices, and from random mixtures on these."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling import label_configuration
from analysis.labelling.binary import PARTS
from analysis.prototypes import PROTOTYPES
from analysis.prototypes.defects import with_noise


def crystal(name: str, noise: float, particles: int = 400) -> Configuration:
    cell = PROTOTYPES[name].cell()
    k = int(np.ceil((particles / cell.n_particles) ** (1 / 3)))
    return with_noise(cell.replicate((k, k, k)), noise, np.random.default_rng(1))


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("noise", [0.02, 0.08])
def test_noisy_crystals_of_two_types(name: str, noise: float) -> None:
    labels = label_configuration(crystal(name, noise))
    assert labels.label == name
    (phase,) = labels.phases
    # One of 14 particles of NaZn13 has no like neighbour in its own crystal.
    assert phase["fraction"] > (0.9 if name == "NaZn13" else 0.97)
    assert phase["lattice_constant"] == pytest.approx(PROTOTYPES[name].cell().box[0], rel=0.03)
    assert labels.grains == 1
    assert np.allclose(labels.probabilities.sum(axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("name", ["CsCl", "Cu3Au", "MgCu2"])
def test_which_type_is_which_does_not_matter_nor_how_large_the_cell_is(name: str) -> None:
    cell = PROTOTYPES[name].cell()
    other = replace(cell, types=2 - cell.types, type_names=("x", "y", "z"))
    assert label_configuration(other).label == name


@pytest.mark.parametrize("name", ["fcc", "bcc", "sc", "diamond", "A15", "alpha-Mn"])
def test_random_types_leave_a_crystal_what_it_is(name: str) -> None:
    structure = crystal(name, 0.05)
    types = np.random.default_rng(2).integers(0, 2, structure.n_particles)
    labels = label_configuration(replace(structure, types=types, type_names=("A", "B")))
    assert labels.label == name
    assert labels.phases[0]["fraction"] > 0.97


def test_half_ordered() -> None:
    """One half of a bcc crystal is CsCl, the other has random types; near it nobody knows."""
    structure = crystal("CsCl", 0.05, 8000)
    random = structure.positions[:, 0] > 0
    types = structure.types.copy()
    types[random] = np.random.default_rng(3).integers(0, 2, random.sum())
    fractions = {
        phase["phase"]: phase["fraction"]
        for phase in label_configuration(replace(structure, types=types)).phases
    }
    assert fractions.keys() == {"bcc", "CsCl"}
    assert 0.2 < fractions["CsCl"] < 0.5
