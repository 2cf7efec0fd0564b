"""Distinct minima, lowest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gsd.hoomd
import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.prototypes import crystal
from operations.search.minima import MOST, Minima


def test_the_lowest_comes_first_and_what_is_the_same_is_counted() -> None:
    minima = Minima("enthalpy")
    dense, open_ = crystal("square", 2, 1.2), crystal("hexagonal", 2, 0.8)
    minima.add(dense, -4 * 3.0, 5.0, 10)  # -3 + 5/1.2 = 1.17 per particle
    minima.add(open_, -8 * 4.0, 5.0, 20)  # -4 + 5/0.8 = 2.25
    minima.add(dense, -4 * (3.0 + 1e-7), 5.0, 30)
    assert [one.times for one in minima.found] == [2, 1]
    assert minima.best is not None
    assert minima.best.first == 10
    assert minima.best.energy == pytest.approx(-3.0 - 1e-7, abs=1e-12)
    assert minima.best.enthalpy == pytest.approx(-3.0 + 5 / 1.2, abs=1e-6)


def test_at_constant_volume_the_energy_decides() -> None:
    minima = Minima("energy")
    minima.add(crystal("square", 2, 1.0), -4 * 3.0, -9.0, 1)
    minima.add(crystal("hexagonal", 2, 1.0), -8 * 4.0, 9.0, 2)
    assert [one.energy for one in minima.found] == [-4.0, -3.0]


def test_arrays_and_file(tmp_path: Path) -> None:
    minima = Minima("enthalpy")
    for k in range(MOST + 5):
        minima.add(crystal("square", 2, 1.0 + 0.01 * k), -4.0 + 0.1 * k, 1.0, k)
    again = Minima.from_arrays("enthalpy", minima.to_arrays())
    assert len(again.found) == MOST
    for one, other in zip(minima.found, again.found, strict=True):
        assert (one.energy, one.pressure, one.times, one.first) == (
            other.energy,
            other.pressure,
            other.times,
            other.first,
        )
        assert np.array_equal(one.configuration.positions, other.configuration.positions)
    assert Minima.from_arrays("energy", {}).found == []
    minima.write(tmp_path / "final.gsd")
    with gsd.hoomd.open(tmp_path / "final.gsd") as frames:
        heights = [frame.log["enthalpy_per_particle"][0] for frame in frames]
    assert heights == sorted(heights)
    assert heights[0] == minima.quantities()["enthalpy_per_particle"]


DIMER = {"type": "SphereUnion", "diameters": [1.0, 1.0], "centers": [[-0.5, 0, 0], [0.5, 0, 0]]}
PATCHY = {"type": "Sphere", "diameter": 1.0, "patches": {"P": [[1.0, 0, 0], [-1.0, 0, 0]]}}


def layers(shape: dict[str, Any], angles: tuple[float, float]) -> Configuration:
    """Bodies on a square lattice, turned in the plane, the rows of it by one or the other angle."""
    found = crystal("square", 2, 0.5).replicate((2, 2, 1))
    rows = np.round(found.positions[:, 1] / np.sqrt(2.0) + 0.5).astype(int) % 2
    half = 0.5 * np.array(angles)[rows]
    found.orientations = np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], axis=1)
    found.type_shapes = (shape,)
    return found


@pytest.mark.parametrize("shape", [DIMER, PATCHY], ids=["dimers", "patches"])
def test_crystals_that_differ_in_orientations_only_are_two(shape: dict[str, Any]) -> None:
    parallel, herringbone = layers(shape, (0.5, 0.5)), layers(shape, (0.5, -0.5))
    minima = Minima("enthalpy")
    minima.add(parallel, -16 * 3.0, 1.0, 1)
    minima.add(herringbone, -16 * (3.0 + 1e-7), 1.0, 2)
    assert [one.times for one in minima.found] == [1, 1]
    # All of them turned end for end; rows exchanged; mirrored: the crystals that are known.
    minima.add(layers(shape, (0.5 + np.pi, 0.5 + np.pi)), -16 * 3.0, 1.0, 3)
    minima.add(layers(shape, (-0.5, 0.5)), -16 * 3.0, 1.0, 4)
    minima.add(layers(shape, (-0.5, -0.5)), -16 * 3.0, 1.0, 5)
    assert [(one.times, one.first) for one in minima.found] == [(2, 2), (3, 1)]
    again = Minima.from_arrays("enthalpy", minima.to_arrays())
    again.add(parallel, -16 * 3.0, 1.0, 6)
    assert [one.times for one in again.found] == [2, 4]
