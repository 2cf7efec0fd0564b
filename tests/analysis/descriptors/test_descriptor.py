"""Every descriptor: what it says it does not depend on, it does not depend on."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.bispectrum import Bispectrum
from analysis.descriptors.bond_angles import BondAngles
from analysis.descriptors.common_neighbours import CommonNeighbours
from analysis.descriptors.neighbourhood_graphs import NeighbourhoodGraphs
from analysis.descriptors.soap import Soap
from analysis.descriptors.sorted_distances import SortedDistances
from analysis.descriptors.spherical_neighbourhoods import SphericalNeighbourhoods
from analysis.descriptors.symmetry_functions import SymmetryFunctions
from analysis.descriptors.template_matching import TemplateMatching
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise

DESCRIPTORS = [
    SortedDistances(),
    BondAngles(),
    SymmetryFunctions(1.8),
    CommonNeighbours(12),
    CommonNeighbours(14),
    SphericalNeighbourhoods(),
    Bispectrum(),
    NeighbourhoodGraphs(12),
    NeighbourhoodGraphs(14),
]


def optional(descriptor, module):
    """A descriptor that needs a package which is an extra."""
    missing = pytest.mark.skipif(not find_spec(module), reason=f"{module} is not installed")
    return pytest.param(descriptor, marks=missing)


EVERY = pytest.mark.parametrize(
    "descriptor",
    [*DESCRIPTORS, optional(Soap(1.8), "dscribe"), optional(TemplateMatching(), "ovito")],
    ids=lambda each: f"{type(each).__name__}{getattr(each, 'k', '')}",
)
TOLERANCE = 2e-4  # freud computes in single precision


@pytest.fixture(scope="module")
def configuration():
    return with_noise(crystal("beta-Mn", 4, 1.0), 0.06, np.random.default_rng(3))


@EVERY
def test_columns(descriptor, configuration):
    features = descriptor.compute(configuration).features
    assert features.shape == (configuration.n_particles, len(descriptor.columns))
    assert len(set(descriptor.columns)) == len(descriptor.columns)
    assert np.isfinite(features).all()
    # Particles of a noisy crystal differ: a feature matrix of constants describes nothing.
    assert features.std(axis=0).max() > 1e-3


@EVERY
def test_translation(descriptor, configuration):
    assert "translation" in descriptor.invariances
    expected = descriptor.compute(configuration).features
    moved = replace(configuration, positions=configuration.positions + np.array([0.7, -9.1, 3.3]))
    np.testing.assert_allclose(descriptor.compute(moved).features, expected, atol=TOLERANCE)


@EVERY
def test_permutation(descriptor, configuration):
    assert "permutation" in descriptor.invariances
    expected = descriptor.compute(configuration).features
    order = np.random.default_rng(0).permutation(configuration.n_particles)
    mixed = replace(configuration, positions=configuration.positions[order])
    np.testing.assert_allclose(descriptor.compute(mixed).features, expected[order], atol=TOLERANCE)


@EVERY
def test_box(descriptor, configuration):
    assert "box" in descriptor.invariances
    expected = descriptor.compute(configuration).features
    larger = configuration.replicate((1, 2, 1))
    np.testing.assert_allclose(
        descriptor.compute(larger).features, np.tile(expected, (2, 1)), atol=TOLERANCE
    )
    # The same lattice of images, described by a sheared cell.
    box = configuration.box.copy()
    box[3] = 1.0
    sheared = replace(configuration, box=box)
    np.testing.assert_allclose(descriptor.compute(sheared).features, expected, atol=TOLERANCE)


@EVERY
def test_scale(descriptor, configuration):
    expected = descriptor.compute(configuration).features
    box = configuration.box.copy()
    box[:3] *= 1.3
    scaled = replace(configuration, positions=1.3 * configuration.positions, box=box)
    found = descriptor.compute(scaled).features
    if "scale" in descriptor.invariances:
        np.testing.assert_allclose(found, expected, atol=TOLERANCE)
    else:
        assert np.abs(found - expected).max() > 0.01


@EVERY
@pytest.mark.parametrize("determinant", [1, -1])
def test_rotation_and_reflection(descriptor, configuration, determinant):
    orthogonal, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    orthogonal *= determinant * np.linalg.det(orthogonal)

    def change(some):
        cluster = replace(some, periodic=False)
        turned = replace(cluster, positions=cluster.positions @ orthogonal.T)
        found, expected = (descriptor.compute(each).features for each in (turned, cluster))
        return np.abs(found - expected).max()

    if ("rotation" if determinant > 0 else "reflection") in descriptor.invariances:
        assert change(configuration) < TOLERANCE
    else:
        # Principal axes are arbitrary where the surroundings are cubic.
        assert change(crystal("fcc", 3, 1.0)) > 0.01


@EVERY
def test_reading_before_computing(descriptor):
    with pytest.raises(AttributeError, match="call compute before reading"):
        _ = type(descriptor)(*([1.0] if hasattr(descriptor, "r_cut") else [])).features


@EVERY
def test_too_few_particles(descriptor):
    box = [9, 9, 9, 0, 0, 0]
    pair = Configuration([[0, 0, 0], [1, 0, 0]], box, 3, [0, 0], periodic=False)
    assert np.isfinite(descriptor.compute(pair).features).all()
