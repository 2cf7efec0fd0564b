"""Coordination numbers and bond order of known crystals, and what must not change them.

That their gradients are their derivatives is tested in `test_external`.
"""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.steinhardt import harmonics, quadratic
from operations.interactions.neighbour_variables import BondOrder, Coordination, Near
from operations.interactions.start import lattice
from operations.jobs.errors import EngineError

ALL = {"of": np.ones(108, bool), "among": np.ones(108, bool)}


def crystal(name, n, dimensions, jitter=0.0):
    random = np.random.default_rng(2)
    made = lattice(name, {"A": n}, dimensions, 1.0, random)
    made.positions[:, :dimensions] += jitter * random.standard_normal((n, dimensions))
    return made


def value_of(variable, there):
    return variable.evaluate(there.positions, np.zeros_like(there.positions), there.cell)[0]


@pytest.mark.parametrize(
    ("name", "n", "dimensions", "degree", "reach", "expected"),
    [
        ("fcc", 108, 3, 6, 1.35, 0.57452),
        ("fcc", 108, 3, 4, 1.35, 0.19094),
        ("bcc", 128, 3, 6, 1.6, 0.51069),  # fourteen neighbours
        ("sc", 125, 3, 4, 1.3, 0.76376),
        ("hexagonal", 120, 2, 6, 1.4, 1.0),
        ("square", 100, 2, 4, 1.3, 1.0),
        ("square", 100, 2, 6, 1.3, 0.0),
    ],
)
def test_bond_order_of_crystals(name, n, dimensions, degree, reach, expected) -> None:
    """Q_l as published by P. J. Steinhardt, D. R. Nelson and M. Ronchetti."""
    variable = BondOrder(Near(reach, 0.01, dimensions), degree)
    assert value_of(variable, crystal(name, n, dimensions)) == pytest.approx(expected, abs=1e-5)


def test_bond_order_is_that_of_freud() -> None:
    there, near = crystal("fcc", 256, 3, 0.1), Near(1.4, 1e-9, 3)
    import freud

    query = freud.AABBQuery(there.freud_box(), there.positions)
    found = query.query(there.positions, {"r_max": 1.4, "exclude_ii": True}).toNeighborList()
    (raw,) = harmonics(there, found)
    counts = np.bincount(found.query_point_indices, minlength=256)
    mean = (counts @ raw / counts.sum())[None]
    expected = float(quadratic([mean])[0, 0])
    assert value_of(BondOrder(near, 6), there) == pytest.approx(expected, abs=1e-5)


def test_coordination_of_crystals() -> None:
    there = crystal("fcc", 108, 3)
    assert value_of(Coordination(Near(1.35, 0.1, 3), **ALL), there) == pytest.approx(12.0)
    one = np.arange(108) == 7
    assert value_of(Coordination(Near(1.35, 0.1, 3), one, ~one), there) == pytest.approx(12.0)
    assert value_of(Coordination(Near(1.35, 0.1, 3), ~one, one), there) == pytest.approx(12 / 107)


def test_where_and_how_the_whole_stands_changes_nothing() -> None:
    there = crystal("fcc", 108, 3, 0.1)
    random = np.random.default_rng(5)
    order = random.permutation(108)
    turned = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    moved = ((there.positions + np.array([0.3, 4.0, -9.0])) @ turned)[order]
    moved += random.integers(-2, 3, (108, 3)) @ there.cell
    for variable in (
        BondOrder(Near(1.5, 0.3, 3), 6),
        Coordination(Near(1.5, 0.3, 3), **ALL),
    ):
        here = variable.evaluate(there.positions, np.zeros((108, 3)), there.cell)
        gone = variable.evaluate(moved, np.zeros((108, 3)), there.cell)
        assert gone[0] == pytest.approx(here[0], rel=1e-12)
        assert gone[1] == pytest.approx((here[1] @ turned)[order], abs=1e-12)


def test_a_neighbour_fades_without_a_step() -> None:
    near = Near(2.0, 0.5, 3)
    r = np.linspace(0.5, 2.5, 2001)
    value, slope = near.fading(r)
    assert value[r <= 1.0] == pytest.approx(1.0)
    assert value[r >= 2.0] == pytest.approx(0.0)
    assert np.gradient(value, r) == pytest.approx(slope, abs=1e-5)
    assert np.abs(np.diff(slope)).max() < 0.01


def test_few_and_no_neighbours_and_a_narrow_box() -> None:
    there = Configuration(np.zeros((1, 3)), np.array([4.0, 4.0, 4.0, 0, 0, 0]), 3, np.zeros(1))
    value, gradient, by_strain = BondOrder(Near(1.5, 0.2, 3), 6).evaluate(
        there.positions, there.positions, there.cell
    )
    assert (value, gradient.any(), by_strain.any()) == (0.0, False, False)
    with pytest.raises(EngineError, match="take more particles"):
        value_of(BondOrder(Near(2.1, 0.2, 3), 6), there)


def test_more_pairs_than_there_was_room_for_are_counted() -> None:
    """All 7140 of 120 particles nearly in one place."""
    random = np.random.default_rng(1)
    positions = 0.01 * random.standard_normal((120, 3))
    variable = Coordination(Near(1.0, 0.2, 3), np.ones(120, bool), np.ones(120, bool))
    value, *_ = variable.evaluate(positions, positions, 5.0 * np.eye(3))
    assert value == pytest.approx(119.0)
