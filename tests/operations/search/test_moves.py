"""Moves keep what they must: symmetry, types, the plane; random rotations are rotations."""

from __future__ import annotations

import numpy as np
import pytest

from operations.search import moves, vacancies
from operations.search.point_groups import point_groups
from operations.search.problem import Problem

ICOSAHEDRON = np.array(
    [
        [sign * a for a in np.roll([0.0, 1.0, turn * (1 + 5**0.5) / 2], shift)]
        for shift in range(3)
        for turn in (1, -1)
        for sign in (1, -1)
    ]
)


def test_rotations_are_random_rotations():
    rng = np.random.default_rng(0)
    matrices = np.array([moves.random_rotation(rng, 3) for _ in range(4000)])
    np.testing.assert_allclose(
        matrices @ matrices.transpose(0, 2, 1),
        np.broadcast_to(np.eye(3), matrices.shape),
        atol=1e-12,
    )
    assert np.allclose(np.linalg.det(matrices), 1.0)
    # Of uniform rotations every element has mean 0 and variance 1/3.
    assert np.abs(matrices.mean(axis=0)).max() < 5 * (1 / 3 / 4000) ** 0.5
    assert np.abs((matrices**2).mean(axis=0) - 1 / 3).max() < 0.03


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("mixture", [False, True])
def test_symmetric_clusters_have_their_symmetry(dimensions, mixture):
    """Every operation of the group maps particles on particles of the same type."""
    rng = np.random.default_rng(1)
    n, made = 13, 0
    radius = 1.6 if dimensions == 3 else 2.5
    types = np.zeros(n, np.int64)
    types[12:] = mixture
    none = np.zeros((2, 2, 0)), np.zeros((2, 2), np.int64)
    problem = Problem(types, *none, np.eye(3), dimensions)
    for name, group in point_groups(dimensions).items():
        for _ in range(5):
            v = np.zeros(3 * n)
            if not moves.symmetric_cluster(rng, problem, v, group, radius, 0.7, np.zeros((3, 0))):
                continue
            made += 1
            r = v.reshape(3, n).T
            apart = np.linalg.norm(r[:, None] - r[None], axis=2) + np.eye(n)
            assert apart.min() > 0.69, name
            images = np.einsum("gij,nj->gni", group, r)
            distance = np.linalg.norm(images[:, :, None] - r[None, None], axis=3)
            assert distance.min(axis=2).max() < 1e-6, name
            assert (types[distance.argmin(axis=2)] == types).all(), name
            assert dimensions == 3 or not r[:, 2].any()
    assert made > 20


def test_angular_move_puts_the_weakest_on_the_surface():
    rng = np.random.default_rng(2)
    n = 10
    v = rng.standard_normal(3 * n)
    energies = np.linspace(-10.0, -1.0, n)
    before = v.reshape(3, n).T.copy()
    moves.angular(rng, v, n, 3, energies, 0.25)
    after = v.reshape(3, n).T
    centred = before - before.mean(axis=0)
    np.testing.assert_allclose(after[:8], centred[:8], atol=1e-12)
    radius = np.linalg.norm(centred, axis=1).max()
    np.testing.assert_allclose(np.linalg.norm(after[8:], axis=1), radius)
    assert (after[8:] != centred[8:]).all()


def test_swap_exchanges_two_types():
    rng = np.random.default_rng(3)
    types = np.array([0, 0, 0, 1, 1])
    v = np.arange(15.0)
    moves.swap(rng, v, 5, types)
    moved = np.flatnonzero(v[:5] != np.arange(5.0))
    assert len(moved) == 2
    assert types[moved[0]] != types[moved[1]]
    assert sorted(v) == list(range(15))


def lennard_jones(r: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        u = 4 * (r**-12 - r**-6)
    return np.where(r > 0, u, 0.0)


def test_vacant_sites_of_an_icosahedron_are_its_faces():
    """Twenty caps, each touching three particles at their distance, none another."""
    edge = 2.0
    r = np.vstack([ICOSAHEDRON, np.zeros(3)])
    v = np.ascontiguousarray(r.T).ravel()
    sites = np.empty((3, 6 * 13))
    count = vacancies.vacant_sites(v, 13, 3, edge, sites)
    found = sites[:, :count].T
    distances = np.linalg.norm(found[:, None] - r[None], axis=2)
    touching = np.isclose(distances, edge, rtol=1e-9).sum(axis=1)
    assert count >= 20
    assert (touching >= 3).all()
    assert distances.min() > 0.85 * edge


def test_a_displaced_particle_settles_where_it_is_bound_best():
    """Of an icosahedron one vertex is put on a face: the vacancy takes it back."""
    r = np.vstack([ICOSAHEDRON, np.zeros(3)]) * 2 ** (1 / 6) / 2
    face = r[:3].mean(axis=0) * 2.1
    sites = np.vstack([r, face])
    energies = lennard_jones(np.linalg.norm(sites[:, None] - sites[None], axis=2))
    occupied = np.ones(14, dtype=bool)
    occupied[4] = False  # a vertex; the cap is taken instead
    field = energies[:, occupied].sum(axis=1)
    vacancies.settle(energies, occupied, field)
    assert occupied[:13].all()
    assert not occupied[13]
    np.testing.assert_allclose(field, energies[:, occupied].sum(axis=1))


def test_rearranging_keeps_the_number_of_particles():
    rng = np.random.default_rng(4)
    sites = rng.random((30, 3)) * 4
    energies = lennard_jones(
        np.linalg.norm(sites[:, None] - sites[None], axis=2) + 0.3 * ~np.eye(30, dtype=bool)
    )
    for _ in range(20):
        occupied = np.zeros(30, dtype=bool)
        occupied[rng.permutation(30)[:12]] = True
        field = energies[:, occupied].sum(axis=1)
        vacancies.rearrange(rng, energies, occupied, field, 3)
        assert occupied.sum() == 12
        np.testing.assert_allclose(field, energies[:, occupied].sum(axis=1), rtol=1e-9, atol=1e-9)
