"""Space groups, plane groups, Wyckoff letters and cells of crystals that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.prototypes import PROTOTYPES, crystal, names
from operations.search.cells import in_box
from operations.search.fingerprint import distance, fingerprint
from operations.search.symmetry import find_symmetry

SMALL = [name for name in PROTOTYPES if PROTOTYPES[name].cell().n_particles <= 30]


def skewed(configuration: Configuration, seed: int) -> Configuration:
    """The same crystal, turned, shifted, doubled, in a cell of other lattice vectors."""
    rng = np.random.default_rng(seed)
    d = configuration.dimensions
    double = configuration.replicate((2, 1, 1))
    cell = double.cell
    if d == 2:
        cell[2] = 0, 0, 1
    other = np.eye(3)
    other[1, 0], other[0, 1] = 1, 0
    if d == 3:
        other[2, 1] = -1
    turn = np.eye(3)
    turn[:d, :d] = np.linalg.qr(rng.standard_normal((d, d)))[0]
    cell = other @ cell @ turn
    if np.linalg.det(cell) < 0:
        cell[0] *= -1
    shift = rng.random(3) * ([1] * d + [0] * (3 - d))
    return in_box(cell, (double.positions + shift) @ turn, double.types, double.type_names, d)


@pytest.mark.parametrize("name", SMALL)
def test_prototypes(name):
    known = PROTOTYPES[name]
    structure = known.cell()
    found = find_symmetry(skewed(structure, 1))
    assert found.number == known.space_group
    if known.dimensions == 2:
        assert found.symbol == known.plane_group
    assert found.conventional.n_particles == structure.n_particles
    assert structure.n_particles % found.primitive.n_particles == 0
    for cell in (found.primitive, found.conventional):
        assert distance(fingerprint(cell), fingerprint(structure)) < 1e-4
        assert cell.number_density == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "letters", "primitive"),
    [
        ("fcc", "a", 1),
        ("hcp", "c", 2),
        ("diamond", "a", 2),
        ("A15", "ac", 8),
        ("hexagonal", "a", 1),
    ],
)
def test_wyckoff_letters(name, letters, primitive):
    found = find_symmetry(PROTOTYPES[name].cell())
    # a and b, or c and d, are each other's by another choice of origin
    assert set(found.wyckoff) <= set(letters) | {{"a": "b", "c": "d"}[x] for x in letters}
    assert len(set(found.wyckoff)) == len(letters)
    assert found.primitive.n_particles == primitive


@pytest.mark.parametrize("name", ["honeycomb", "kagome", "snub-square", "rhombic"])
def test_letters_of_plane_groups(name):
    """Those of the International Tables: p6mm 2b and 3c, p4gm 4c, c2mm 2a or 2b."""
    expected = {"honeycomb": "b", "kagome": "c", "snub-square": "c", "rhombic": "ab"}
    assert set(find_symmetry(PROTOTYPES[name].cell()).wyckoff) <= set(expected[name])


def test_tolerance():
    structure = crystal("fcc", 1, 1.0)
    noise = np.random.default_rng(0).standard_normal((4, 3)) * 5e-3
    noisy = replace(structure, positions=structure.positions + noise)
    assert find_symmetry(noisy).number == 1
    assert find_symmetry(noisy, 0.05).number == 225


def test_density_does_not_matter():
    assert find_symmetry(crystal("bcc", 1, 1e-3)).number == 229
    assert find_symmetry(crystal("square", 1, 1e3)).symbol == "p4mm"


def test_errors():
    structure = crystal("fcc", 1, 1.0)
    with pytest.raises(ValueError, match="boundary is open"):
        find_symmetry(replace(structure, periodic=False))
    with pytest.raises(ValueError, match="no symmetry"):
        find_symmetry(replace(structure, positions=np.zeros((4, 3))))


def test_all_plane_prototypes_are_there():
    assert set(names(2)) <= set(SMALL)
