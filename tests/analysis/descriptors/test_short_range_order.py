"""Warren-Cowley parameters."""

from dataclasses import replace

import numpy as np
import pytest
from numba import njit

from analysis.descriptors.short_range_order import short_range_order
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def alloy(types, repeats=6):
    return replace(crystal("fcc", repeats, 1.0), types=types, type_names=("A", "B"))


@pytest.mark.parametrize(
    ("name", "shells", "expected"),
    [
        ("CsCl", (8, 6), (-1.0, 1.0)),
        ("CuAu", (12, 6), (-1 / 3, 1.0)),
        ("Cu3Au", (12, 6), (-1 / 3, 1.0)),
        ("NaCl", (6, 12), (-1.0, 1.0)),
    ],
)
def test_ordered_crystals(name, shells, expected):
    order = short_range_order(crystal(name, 4, 1.0), shells)
    np.testing.assert_allclose(order.parameters[:, 0, 1], expected, atol=1e-9)
    np.testing.assert_allclose(order.parameters[:, 1, 0], expected, atol=1e-9)


def test_a_random_alloy_has_none():
    rng = np.random.default_rng(0)
    order = short_range_order(alloy((rng.random(6912) < 0.25).astype(int), 12))
    assert np.abs(order.parameters).max() < 0.03
    np.testing.assert_allclose(order.motifs, order.random, atol=0.03)
    np.testing.assert_allclose(order.motifs.sum(axis=1), 1.0)


@njit
def exchange(types, table, energy, steps, rng):
    """Metropolis exchanges on a lattice; unlike neighbours have this energy over kT."""
    for _ in range(steps):
        i, j = rng.integers(0, len(types)), rng.integers(0, len(types))
        if types[i] == types[j]:
            continue
        change = 0
        for here, other in ((i, j), (j, i)):
            for k in table[here]:
                if k != other:
                    change += (types[k] != types[other]) - (types[k] != types[here])
        if np.log(rng.random()) < -energy * change:
            types[i], types[j] = types[j], types[i]


@pytest.mark.parametrize(("energy", "sign"), [(-0.2, -1), (0.1, 1)])
def test_the_alloy_of_lattice_monte_carlo_in_thermal_motion(energy, sign):
    """What is counted on the lattice is found among particles that have left their sites."""
    still = crystal("fcc", 8, 1.0)
    unit = nearest(still, 1).distances.min()
    table = nearest(still, 18).indices
    types = np.random.default_rng(1).permutation(np.arange(len(table)) % 2)
    exchange(types, table[:, :12], energy, 400_000, np.random.default_rng(3))
    exact = [
        1.0 - 2.0 * (types[table[:, a:b]] != types[:, None]).mean() for a, b in ((0, 12), (12, 18))
    ]
    found = short_range_order(with_noise(alloy(types, 8), 0.05 * unit, np.random.default_rng(2)))
    assert np.sign(exact[0]) == sign
    assert abs(exact[0]) > 0.05
    np.testing.assert_allclose(found.parameters[:, 0, 1], exact, atol=0.01)


def test_what_cannot_be_asked():
    with pytest.raises(ValueError, match="one type, expected at least two"):
        short_range_order(crystal("fcc", 3, 1.0))
    with pytest.raises(ValueError, match="shells is"):
        short_range_order(crystal("CsCl", 3, 1.0), ())
