"""Published crystals like one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from analysis.prototypes import crystal, prototype
from operations.search.published import library, nearest_published, same_kind
from operations.search.symmetry import find_symmetry


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("alpha-Mn", "A_cI58_217_ac2g (A12, alpha)"),
        ("sigma", "A_tP30_136_bf2ij (A_b, beta Uranium)"),
        ("Cr3Si", "A3B_cP8_223_c_a (A15)"),
        ("CaF2", "AB2_cF12_225_a_c (C1, Fluorite)"),
        # of compounds that are not in the library, the nearest of another symmetry
        ("MgNi2", "A2B_cF24_227_d_a (C15, Cubic Laves)"),
    ],
)
def test_the_nearest(name: str, nearest: str) -> None:
    cell = prototype(name).cell()
    found = nearest_published(cell)
    assert found is not None
    assert found[0] == nearest
    assert found[1] < 0.05
    swapped = replace(cell.replicate((2, 1, 1)), type_names=("X", "A")[: len(cell.type_names)])
    again = nearest_published(swapped)
    assert again == (nearest, pytest.approx(found[1], abs=1e-3))


def test_none_has_the_composition() -> None:
    assert nearest_published(crystal("NaZn13", 1, 1.0)) is None
    five = replace(prototype("fcc").cell().replicate((5, 1, 1)), type_names=tuple("ABCDE"))
    many = replace(five, types=np.arange(five.n_particles) % 5)
    assert nearest_published(many) is None


def test_cells_have_the_space_group_and_the_particles_of_their_labels() -> None:
    """What rounding to four digits leaves of the symmetry of every twelfth crystal."""
    wrong = Counter[str]()
    for one in library()[::12]:
        cell = one.configuration()
        _, pearson, number, *_ = one.label.split("_")
        found = find_symmetry(cell, 0.001)
        wrong[one.label] += found.number != int(number)
        n = found.conventional.n_particles // (3 if pearson[1] == "R" else 1)
        wrong[one.label] += n != int(pearson[2:])
    assert len(wrong) == 24
    assert +wrong == Counter()


def test_kinds() -> None:
    assert len(same_kind("A_oC8_64_f")) == 3  # Ga, black P and I2
    assert same_kind("") == same_kind("A_cP8_1_a") == ()
    assert np.prod(library()[0].configuration().box[:3]) > 0
