"""Whether hard bodies overlap, against what is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.shapes import shape_of
from operations.equilibrium.overlaps import Overlaps, second_virial
from operations.interactions.start import lattice
from workspace_schema.building_blocks import BUILDING_BLOCKS


def block(form: str, **words):
    return BUILDING_BLOCKS[form].model_validate({"form": form, **words})


def test_second_virial_coefficient_of_convex_bodies() -> None:
    """A. Isihara, J. Chem. Phys. 18, 1446 (1950): V + S M / 4π, in the plane A + P² / 4π."""
    rod = block("hard_spherocylinder", elongation=1.0)
    r, length = shape_of(rod, 3).radius, 2.0 * shape_of(rod, 3).radius
    surface, curvature = 2.0 * np.pi * r * (2.0 * r + length), np.pi * (4.0 * r + length)
    expected = 1.0 + surface * curvature / (4.0 * np.pi)
    random = np.random.default_rng(0)
    assert second_virial(rod, 3, random) == pytest.approx(expected, rel=2e-3)
    square = block("hard_polygon", sides=4)
    assert second_virial(square, 2, random) == pytest.approx(1.0 + 4.0 / np.pi, rel=2e-3)


def test_where_cubes_that_are_turned_alike_touch() -> None:
    crystal = lattice("sc", {"A": 27}, 3, 0.5, np.random.default_rng(0))
    overlaps = Overlaps.of(crystal, block("hard_polyhedron", name="cube"))
    upright, none = np.tile([1.0, 0.0, 0.0, 0.0], (27, 1)), np.zeros((27, 3))
    assert overlaps.tightest(upright[0]) == pytest.approx(0.5 ** (1.0 / 3.0), abs=1e-6)
    assert not overlaps(none, upright)
    moved = none.copy()
    moved[5, 0] = 0.27  # the gap is 0.26
    assert overlaps(moved, upright)
    assert not overlaps(np.roll(moved, 1, axis=1) * 0.9, upright)
