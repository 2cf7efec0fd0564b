"""Nested Steinhardt invariants: against freud, invariances, no jumps at degenerate shells."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.configuration import Configuration
from analysis.descriptors.nested_shells import (
    COHERENT_COLUMNS,
    COLUMNS,
    L_MAX,
    NEIGHBOURS,
    SHELLS,
    average,
    coherent_invariants,
    nested_invariants,
)
from analysis.descriptors.steinhardt import q
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal, names
from analysis.prototypes.defects import with_noise


def features(configuration):
    return nested_invariants(nearest(configuration, NEIGHBOURS))[0]


@pytest.mark.parametrize(("name", "k"), [("fcc", 12), ("fcc", 18), ("sc", 6), ("diamond", 4)])
def test_closed_shells_have_the_invariants_of_freud(name, k):
    configuration = crystal(name, 5, 1.0)
    expected = q(configuration, nearest(configuration, k).neighbour_list(), range(1, L_MAX + 1))
    first = SHELLS.index(k) * (L_MAX + 1)
    found = features(configuration)[:, first : first + L_MAX + 1]
    np.testing.assert_allclose(found[:, 0], 1.0, atol=1e-6)
    np.testing.assert_allclose(found[:, 1:], expected, atol=5e-4)  # freud: single precision


def test_columns_are_named():
    assert features(crystal("bcc", 4, 1.0)).shape[1] == len(COLUMNS)
    assert len(set(COLUMNS)) == len(COLUMNS)


@pytest.mark.parametrize("name", names(3, 1))
def test_a_perfect_crystal_is_the_limit_of_one_that_is_not(name):
    """Shells of equal distances are cut by every neighbour number: no feature may jump there."""
    configuration = crystal(name, 2, 1.0)
    moved = with_noise(configuration, 1e-5, np.random.default_rng(0))
    np.testing.assert_allclose(features(moved), features(configuration), atol=1e-3)


@pytest.mark.parametrize(("name", "degree"), [("fcc", 6), ("hcp", 4), ("sc", 4)])
def test_averaged_harmonics_of_a_perfect_lattice(name, degree):
    """All particles alike: averaging changes nothing where the sublattices are alike, too."""
    configuration = crystal(name, 4, 1.0)
    table = nearest(configuration, NEIGHBOURS)
    own, weights, harmonics = nested_invariants(table)
    indices = table.indices[:, : weights.shape[1]].astype(np.int32)
    found = coherent_invariants(harmonics, indices, weights)
    expected = own[:, COLUMNS.index(f"q{degree}_12")]
    for rounds in (1, 2):
        column = COHERENT_COLUMNS.index(f"q{degree}_12_averaged{rounds}")
        np.testing.assert_allclose(found[:, column], expected, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), noise=st.floats(0.0, 0.15))
def test_invariances(seed, noise):
    """Rotation and reflection, translation, order, scale, and the box around it."""
    rng = np.random.default_rng(seed)
    configuration = with_noise(crystal("beta-Mn", 2, 1.0), noise, rng)
    expected = features(configuration)
    n = configuration.n_particles
    order = rng.permutation(n)
    moved = configuration.positions[order] + rng.uniform(-5, 5, 3)
    scaled = replace(configuration, positions=2.5 * moved, types=np.zeros(n))
    scaled.box[:3] *= 2.5
    np.testing.assert_allclose(features(scaled), expected[order], atol=2e-4)

    orthogonal, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    open_copy = replace(configuration.replicate((3, 3, 3)), periodic=False)
    middle = np.linalg.norm(open_copy.positions, axis=1).argsort()[:20]
    turned = replace(open_copy, positions=open_copy.positions @ orthogonal)
    np.testing.assert_allclose(features(turned)[middle], features(open_copy)[middle], atol=2e-4)


def test_another_cell_of_the_same_crystal():
    configuration = with_noise(crystal("fcc", 2, 1.0), 0.05, np.random.default_rng(0))
    larger = configuration.replicate((2, 1, 3))
    repeated = np.tile(features(configuration), (6, 1))
    np.testing.assert_allclose(features(larger), repeated, atol=2e-4)


def test_a_lone_pair_and_an_empty_configuration():
    box = [9, 9, 9, 0, 0, 0]
    pair = Configuration([[0, 0, 0], [1, 0, 0]], box, 3, [0, 0], periodic=False)
    assert np.isfinite(features(pair)).all()
    empty = Configuration(np.zeros((0, 3)), box, 3, [], periodic=False)
    assert features(empty).shape == (0, len(COLUMNS))


def test_averaging_is_a_weighted_mean():
    values = np.array([[1.0], [4.0], [10.0]], dtype=np.float32)
    indices = np.array([[1, 2], [0, 2], [0, 1]], dtype=np.int32)
    weights = np.array([[1.0, 0.5], [0.0, 0.0], [1.0, 1.0]], dtype=np.float32)
    expected = [[(1 + 4 + 5) / 2.5], [4.0], [5.0]]
    np.testing.assert_allclose(average(values, indices, weights), expected)
