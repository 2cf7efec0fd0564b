"""Variations keep what they should and change what they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.prototypes import crystal, prototype
from operations.interactions.pair_functions import pair_functions
from operations.interactions.start import random_orientations
from operations.search.body_crystals import energy_of
from operations.search.building_blocks import bodies_of
from operations.search.cells import in_box
from operations.search.crystal_moves import (
    _in_random_axes,
    closest_distance,
    closest_distances,
    heredity,
    permuted,
    rattled,
    strained,
    transmuted,
    turned,
)
from operations.search.fingerprint import distance, fingerprint
from operations.search.kernels import make_kernel
from operations.search.soft_modes import soft_displaced
from workspace_schema.interactions import Interactions
from workspace_schema.statepoint import StatePoint


@pytest.fixture
def random():
    return np.random.default_rng(11)


def mixture(name: str, repeats: int, seed: int):
    structure = crystal(name, repeats, 1.0)
    types = np.random.default_rng(seed).permutation(np.arange(structure.n_particles) % 2)
    return replace(structure, types=types.astype(np.int32), type_names=("A", "B"))


@pytest.mark.parametrize("names", [("sc", "bcc"), ("square", "hexagonal")])
def test_heredity(names, random):
    """Numbers of each type, volume in between, particles from both parents."""
    a, b = (
        mixture(name, 2, k)
        if name != "bcc"
        else replace(mixture(name, 2, k), positions=crystal(name, 2, 0.7).positions)
        for k, name in enumerate(names)
    )
    counts = np.bincount(a.types)
    for _ in range(20):
        child = heredity(a, b, counts if len(b.types) >= len(a.types) else None, random)
        if len(b.types) >= len(a.types):
            assert np.bincount(child.types, minlength=2).tolist() == counts.tolist()
        low, high = sorted([a.volume, b.volume])
        assert low * (1 - 1e-9) <= child.volume <= high * (1 + 1e-9)
        assert child.dimensions == a.dimensions


def test_heredity_of_one_crystal_with_itself_can_give_it_back(random):
    """Slabs of sc from parents cut at the same place are sc again, for some draws."""
    parent = crystal("sc", 2, 1.0)
    found = fingerprint(parent)
    children = [heredity(parent, parent, np.array([8]), random) for _ in range(60)]
    gaps = [float(distance(found, fingerprint(child))) for child in children]
    assert min(gaps) < 0.9
    assert max(gaps) > 0.2


def test_strain_keeps_volume_and_fractions(random):
    parent = crystal("fcc", 1, 1.0)
    child = strained(parent, random)
    assert child.volume == pytest.approx(parent.volume)
    assert distance(fingerprint(parent), fingerprint(child)) > 0.05


def test_permutation_and_transmutation(random):
    parent = mixture("sc", 2, 5)
    for _ in range(20):
        child = permuted(parent, random)
        assert np.bincount(child.types).tolist() == [4, 4]
        assert np.array_equal(child.positions, parent.positions)
        other = transmuted(parent, random)
        assert 0 <= other.types.min() <= other.types.max() <= 1
    assert any((permuted(parent, random).types != parent.types).sum() == 2 for _ in range(20))
    assert any(abs(int(transmuted(parent, random).types.sum()) - 4) == 1 for _ in range(20))


def test_rattle_breaks_the_symmetry_a_little(random):
    parent = crystal("fcc", 1, 1.0)
    gap = distance(fingerprint(parent), fingerprint(rattled(parent, 0.02, random)))
    assert 0.001 < gap < 0.5


def test_soft_displacement_follows_the_softest_modes(random):
    """Two square layers on springs: sliding costs less than stretching.

    In sc with the layers along z twice as far apart as the range of the potential, moving a layer
    as a whole costs nothing.
    """
    kernel = make_kernel(
        pair_functions(Interactions.model_validate({"form": "lennard_jones", "r_cut": 2.0}), ["A"])
    )
    layer = crystal("square", 2, 1 / 1.1**2)
    layers = replace(layer, dimensions=3, box=np.array([*layer.box[:2], 6.0, 0, 0, 0])).replicate(
        (1, 1, 2)
    )
    along = 0
    for _ in range(20):
        child, evaluations = soft_displaced(kernel, layers, random)
        assert evaluations == 6 * layers.n_particles
        fractional = (child.positions - layers.positions) @ np.linalg.inv(layers.cell)
        moved = (fractional - np.rint(fractional)) @ layers.cell
        assert 0.1 < np.linalg.norm(moved, axis=1).max() < 3.0
        upper = layers.positions[:, 2] > 0
        together = np.ptp(moved[upper], axis=0).max() < 1e-3
        along += together and np.ptp(moved[~upper], axis=0).max() < 1e-3
    assert along >= 1


def test_soft_displacement_of_one_particle_is_a_strain(random):
    kernel = make_kernel(
        pair_functions(Interactions.model_validate({"form": "lennard_jones"}), ["A"])
    )
    child, evaluations = soft_displaced(kernel, crystal("sc", 1, 1.0), random)
    assert evaluations == 0
    assert child.volume == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "expected"), [("sc", 1.0), ("fcc", 2 ** (1 / 6)), ("square", 1.0)]
)
def test_closest_distance(name, expected):
    assert closest_distance(crystal(name, 1, 3.0)) == pytest.approx(expected)
    assert closest_distance(crystal(name, 2, 1.0)) == pytest.approx(expected)


PATCHY = {"form": "patchy_lennard_jones", "directions": "tetrahedron", "width": 0.5, "r_cut": 2.5}


@pytest.fixture
def bodies():
    point = StatePoint.read(
        {
            "system": {"dimensions": 3, "particles": {"A": 4}, "building_blocks": {"A": PATCHY}},
            "method": {"name": "genetic"},
        }
    )
    return bodies_of(point, None)


def of_bodies(name: str, spacing: float, seed: int):
    structure = crystal(name, 1, spacing**-3.0)
    orientations = random_orientations(
        structure.n_particles, structure.dimensions, np.random.default_rng(seed)
    )
    return replace(structure, orientations=orientations, type_shapes=({"type": "Sphere"},))


def test_other_axes_of_bodies_are_the_same_crystal(bodies, random):
    """Lattice vectors in another order, sign and place in space: bodies go along, unmirrored."""
    parent = of_bodies("fcc", 1.2, 3)
    energy = energy_of(bodies, parent)
    for _ in range(8):
        cell, fractional, turned = _in_random_axes(parent, random)
        child = in_box(cell, fractional @ cell, parent.types, ("A",), 3, turned)
        assert energy_of(bodies, child) == pytest.approx(energy, rel=1e-9)


def test_variations_carry_bodies(bodies, random):
    """Every child has unit quaternions, one for each body; a rattle of no size changes nothing."""
    a, b = of_bodies("fcc", 1.2, 3), of_bodies("fcc", 1.3, 4)
    soft, evaluations = soft_displaced(bodies, a, random)
    assert evaluations == 2 * 6 * 4
    children = [soft, heredity(a, b, np.array([4]), random), strained(a, random), turned(a, random)]
    for child in children:
        assert child.orientations.shape == (4, 4)
        assert np.linalg.norm(child.orientations, axis=1) == pytest.approx(1.0)
        assert child.type_shapes == a.type_shapes
        assert abs(energy_of(bodies, child) - energy_of(bodies, a)) > 1e-6
    assert energy_of(bodies, rattled(a, 0.0, random)) == pytest.approx(energy_of(bodies, a))
    rotated = turned(a, random)
    assert np.array_equal(rotated.positions, a.positions)
    assert 1 <= np.any(rotated.orientations != a.orientations, axis=1).sum() <= 4


def test_a_single_body_swings(bodies, random):
    """Its centre has no vibration, its rotation has."""
    alone = of_bodies("sc", 1.1, 5)
    child, _ = soft_displaced(bodies, alone, random)
    shift = child.positions[0] @ np.linalg.inv(child.cell)
    assert np.abs(shift - np.rint(shift)).max() < 0.05
    assert np.abs(child.orientations @ alone.orientations.T).max() < 0.9999


def test_closest_distances_by_type():
    """CsCl with edge 1: like particles an edge apart, others half a diagonal of the cube."""
    cell = prototype("CsCl").cell()
    edge = cell.volume ** (1 / 3)
    found = closest_distances(cell) / edge
    np.testing.assert_allclose(found, [[1.0, 0.75**0.5], [0.75**0.5, 1.0]])
    pure = replace(cell, types=np.zeros(2, dtype=np.int32))
    assert np.isinf(closest_distances(pure)).tolist() == [[False, True], [True, True]]
