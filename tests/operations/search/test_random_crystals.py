"""Random crystals have the numbers, distances and symmetry asked for."""

from __future__ import annotations

import numpy as np
import pytest

from operations.search.crystal_moves import closest_distance
from operations.search.random_crystals import (
    VOLUMES,
    group,
    group_settings,
    random_crystal,
    random_metric,
)
from operations.search.symmetry import find_symmetry


def test_number_of_groups():
    assert [len(group_settings(d)) for d in (2, 3)] == [17, 230]
    assert sorted(group(hall).number for hall in group_settings(3)) == list(range(1, 231))


@pytest.mark.parametrize("dimensions", [2, 3])
def test_operations_form_a_group(dimensions):
    for hall in group_settings(dimensions)[:: 1 if dimensions == 2 else 7]:
        found = group(hall).operations
        m = len(found.rotations)
        products = np.einsum("aij,bjk->abik", found.rotations, found.rotations)
        shifts = np.einsum("aij,bj->abi", found.rotations, found.translations)
        shifts = (shifts + found.translations[:, None]) % 1.0
        for a in range(m):
            for b in range(m):
                same = (found.rotations == products[a, b]).all(axis=(1, 2))
                assert same.sum() == 1
                difference = shifts[a, b] - found.translations[same][0]
                assert np.abs(difference - np.rint(difference)).max() < 1e-6
        assert (
            np.linalg.matrix_power(found.rotations[m - 1], int(found.orders[m - 1])) == np.eye(3)
        ).all()


@pytest.mark.parametrize("dimensions", [2, 3])
def test_metric_has_the_symmetry(dimensions):
    rng = np.random.default_rng(0)
    for hall in group_settings(dimensions)[:: 1 if dimensions == 2 else 11]:
        found = group(hall)
        cell = random_metric(found, dimensions, rng)
        metric = cell @ cell.T
        for rotation in found.operations.rotations:
            np.testing.assert_allclose(rotation.T @ metric @ rotation, metric, atol=1e-9)
        assert np.linalg.det(cell) == pytest.approx(1.0)


@pytest.mark.parametrize(("hall", "sizes"), [(523, {1, 2, 3, 4}), (529, {1, 3, 4, 6})])
def test_orbits_of_cubic_groups(hall, sizes):
    """Fm-3m: 4a, 8c, 24d, 32f … over 4; Im-3m: 2a, 6b, 8c, 12d … over 2."""
    found = group(hall)
    assert found.number == (225 if hall == 523 else 229)
    smallest = {int(size) for size in found.orbits if size <= max(sizes)}
    expected = {1, 2} if hall == 523 else sizes
    assert expected <= smallest
    assert found.has_orbits_for(np.array([1]))


def test_a_group_without_small_orbits_is_refused():
    """P2_1 2_1 2_1 has no special positions: four, eight, …"""
    hall = next(hall for hall in group_settings(3) if group(hall).number == 19)
    assert group(hall).orbits.tolist() == [4]
    assert group(hall).has_orbits_for(np.array([4, 8]))
    assert not group(hall).has_orbits_for(np.array([4, 2]))


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("counts", [[1], [4], [7], [3, 4], [40]])
def test_random_crystals(dimensions, counts):
    counts = np.array(counts)
    rng = np.random.default_rng(1)
    apart = np.full((len(counts), len(counts)), 0.6)
    n = counts.sum()
    symbols, close = set(), 0
    for _ in range(20):
        made = random_crystal(counts, ("A", "B")[: len(counts)], float(n), apart, dimensions, rng)
        assert np.bincount(made.types, minlength=len(counts)).tolist() == counts.tolist()
        assert VOLUMES[0] * n <= made.volume * (1 + 1e-9)
        assert made.volume <= VOLUMES[1] * n * (1 + 1e-9)
        assert made.dimensions == dimensions
        close += closest_distance(made) < 0.59
        symbols.add(find_symmetry(made).symbol)
    assert close <= 4
    assert len(symbols) >= (2 if dimensions == 2 else 5)


def test_types_keep_their_own_distances():
    rng = np.random.default_rng(3)
    apart = np.array([[0.9, 0.5], [0.5, 0.5]])
    for _ in range(10):
        made = random_crystal(np.array([4, 4]), ("A", "B"), 8.0, apart, 3, rng)
        large = made.positions[made.types == 0]
        difference = (large[:, None] - large) @ np.linalg.inv(made.cell)
        vectors = (difference - np.rint(difference)) @ made.cell
        distances = np.linalg.norm(vectors, axis=-1)[~np.eye(4, dtype=bool)]
        assert distances.min() > 0.9 * VOLUMES[0] ** (1 / 3) - 1e-6


def test_the_seed_decides():
    first, again = (
        random_crystal(np.array([5]), ("A",), 5.0, np.array([[0.6]]), 3, np.random.default_rng(8))
        for _ in range(2)
    )
    assert np.array_equal(first.positions, again.positions)
    assert np.array_equal(first.box, again.box)


def test_high_groups_more_often():
    """By the order of the point group: 24 on average of high ones, 10.6 where all are alike."""
    rng, apart, orders = np.random.default_rng(0), np.array([[0.1]]), {False: 0, True: 0}
    for high in orders:
        for _ in range(60):
            made = random_crystal(np.array([48]), ("A",), 48.0, apart, 3, rng, high)
            orders[high] += find_symmetry(made, 1e-4).order
    assert orders[True] > 1.4 * orders[False]
