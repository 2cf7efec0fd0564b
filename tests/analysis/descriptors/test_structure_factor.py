"""Diffraction: peaks of a lattice, rotational symmetry of crystals, quasicrystals, fluids."""

import numpy as np
import pytest

from analysis.descriptors.structure_factor import diffraction_symmetry, structure_factor
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
