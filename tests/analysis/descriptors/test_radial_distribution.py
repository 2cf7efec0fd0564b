"""g(r), against freud and lattice shells."""

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.radial_distribution import first_minimum, radial_distribution
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


@pytest.mark.parametrize(("name", "repeats"), [("hexagonal", (12, 7)), ("bcc", 5)])
def test_agrees_with_freud(name, repeats):
    freud = pytest.importorskip("freud")
    configuration = with_noise(crystal(name, repeats, 1.0), 0.1, np.random.default_rng(2))
    r, g = radial_distribution(configuration, 2.4, 48)
    reference = freud.density.RDF(48, 2.4, normalization_mode="finite_size")
    reference.compute((configuration.freud_box(), configuration.positions))
    n = configuration.n_particles
    np.testing.assert_allclose(r, reference.bin_centers, atol=1e-6)
    np.testing.assert_allclose(g, reference.rdf * (n - 1) / n, rtol=0.02, atol=0.02)


@pytest.mark.parametrize(("name", "second"), [("square", np.sqrt(2)), ("fcc", np.sqrt(2))])
def test_first_minimum_is_between_the_shells(name, second):
    configuration = crystal(name, 6, 1.0)
    d = 1.0 if name == "square" else 2 ** (1 / 6)
    assert 1.05 * d < first_minimum(configuration) < 0.95 * second * d


def test_no_pair_is_refused():
    lone = Configuration(np.zeros((1, 3)), [5, 5, 1, 0, 0, 0], 2, [0], periodic=False)
    with pytest.raises(ValueError, match="no pair"):
        first_minimum(lone)
