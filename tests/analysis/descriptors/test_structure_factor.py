"""Diffraction: peaks of a lattice, rotational symmetry of crystals, quasicrystals, fluids."""

import numpy as np
import pytest

from analysis.configuration import Configuration, lattice_vectors
from analysis.descriptors.structure_factor import (
    diffraction_pattern,
    diffraction_symmetry,
    structure_factor,
)
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise
from analysis.prototypes.tilings import decagonal_tiling, dodecagonal_tiling


def test_first_peak_of_simple_cubic():
    k, s = structure_factor(crystal("sc", 6, 1.0), 8.0, 400)
    peak = k[np.argmax(np.where(k > 4.0, s, 0.0))]
    assert peak == pytest.approx(2 * np.pi, abs=0.6) or peak == pytest.approx(
        np.sqrt(2) * 2 * np.pi, abs=0.6
    )


@pytest.mark.parametrize(
    ("name", "fold"),
    [("hexagonal", 6), ("square", 4), ("honeycomb", 6), ("kagome", 6), ("snub-square", 4)],
)
def test_crystals(name, fold):
    repeats = (18, 10) if name in ("hexagonal", "honeycomb", "kagome") else 14
    configuration = with_noise(crystal(name, repeats, 1.0), 0.05, np.random.default_rng(0))
    assert diffraction_symmetry(configuration)[0] == fold


@pytest.mark.parametrize("noise", [0.0, 0.08])
def test_quasicrystals(noise):
    rng = np.random.default_rng(0)
    assert diffraction_symmetry(with_noise(decagonal_tiling(14.0), noise, rng))[0] == 10
    assert diffraction_symmetry(with_noise(dodecagonal_tiling(2, 1.0, 0), noise, rng))[0] == 12


def test_no_order():
    rng = np.random.default_rng(0)
    points = with_noise(crystal("square", 25, 1.0), 1.0, rng)
    fold, likeness = diffraction_symmetry(points)
    assert fold == 0
    assert likeness < 0.5


def test_three_dimensions_are_refused():
    with pytest.raises(ValueError, match="dimensions is 3, expected 2"):
        diffraction_symmetry(crystal("sc", 3, 1.0))


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_pattern_of_a_lattice_has_its_peaks(dimensions: int) -> None:
    a, n = 1.3, 12
    grid = np.stack(np.meshgrid(*[np.arange(n)] * dimensions, indexing="ij"), -1)
    positions = np.zeros((n**dimensions, 3))
    positions[:, :dimensions] = a * (grid.reshape(-1, dimensions) - 0.5 * (n - 1))
    box = np.array([a * n] * dimensions + [1.0] * (3 - dimensions) + [0.0] * 3)
    crystal = Configuration(positions, box, dimensions, np.zeros(len(positions), dtype=int))
    for axis in range(3) if dimensions == 3 else (2,):
        intensity, k = diffraction_pattern(crystal, axis=axis, points=241, reach=15.0)
        order = np.round(k * a / (2 * np.pi))
        near = np.abs(k * a / (2 * np.pi) - order) < 0.06
        off = np.abs(k * a / (2 * np.pi) - order) > 0.3
        assert intensity[np.ix_(near, near)].max() == pytest.approx(intensity.max())
        assert intensity[np.ix_(near, near)].min() > 20 * intensity[np.ix_(off, off)].max()


def test_the_pattern_of_points_anywhere_is_one_on_average() -> None:
    random = np.random.default_rng(4)
    box = np.array([20.0, 20.0, 20.0, 0.2, 0.0, 0.1])
    fractional = random.random((4000, 3)) - 0.5
    gas = Configuration(fractional @ lattice_vectors(box, 3), box, 3, np.zeros(4000, dtype=int))
    intensity, k = diffraction_pattern(gas)
    beyond = np.hypot(*np.meshgrid(k, k)) > 0.2 * k.max()
    assert intensity[beyond].mean() == pytest.approx(1.0, rel=0.05)
    with pytest.raises(ValueError, match="no pair"):
        diffraction_pattern(Configuration(np.zeros((1, 3)), box, 3, np.zeros(1), periodic=False))
