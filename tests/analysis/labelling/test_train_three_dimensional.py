"""The training data: is the fluid a fluid, is the noise the noise it says."""

import numpy as np
import pytest

from analysis.descriptors.radial_distribution import radial_distribution
from analysis.labelling.train_three_dimensional import lennard_jones_fluid, noisy_crystal
from analysis.neighbourhoods import nearest


def test_the_fluid_has_the_structure_of_the_lennard_jones_liquid():
    """First peak of g(r) near the triple point: about 2.9 at 1.09 (Verlet, 1968)."""
    liquid = lennard_jones_fluid(0.844, 0.75, 200, np.random.default_rng(0))
    r, g = radial_distribution(liquid, 2.4, 60)
    assert g[r < 0.85].max() < 0.05
    assert r[g.argmax()] == pytest.approx(1.09, abs=0.05)
    assert g.max() == pytest.approx(2.9, abs=0.4)


def test_noise_and_vacancies():
    noisy = noisy_crystal("fcc", 0.08, np.random.default_rng(0))
    assert 490 <= noisy.n_particles <= 500
    d = nearest(noisy, 12).distances
    # Along a bond the difference of two displacements has a width of sqrt(2) times the noise.
    assert d.std() / d.mean() == pytest.approx(0.08 * np.sqrt(2), rel=0.15)
