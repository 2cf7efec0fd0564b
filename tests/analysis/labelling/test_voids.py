"""Vacuum of known size."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.labelling import three_dimensional, two_dimensional
from analysis.labelling.voids import find_voids
from analysis.prototypes import crystal, names
from analysis.prototypes.defects import with_noise

NAMED = [
    name
    for name in names()
    if name in (*two_dimensional.PHASES, *map(str, three_dimensional.network().classes))
]


@pytest.mark.parametrize("name", NAMED)
def test_crystals_have_none(name):
    voids = find_voids(with_noise(crystal(name, 6, 1.0), 0.03, np.random.default_rng(0)))
    assert voids.fraction == 0.0
    assert not voids.surface.any()


@pytest.mark.parametrize(("name", "repeats"), [("square", 20), ("sc", 8)])
def test_a_slab_in_twice_its_box(name, repeats):
    configuration = crystal(name, repeats, 1.0)
    box = configuration.box.copy()
    box[0] *= 2
    voids = find_voids(replace(configuration, box=box))
    # Half a bond on either side belongs to the particles at the surface.
    assert voids.fraction == pytest.approx(0.5, abs=0.04)
    layers = np.abs(configuration.positions[:, 0] - configuration.positions[:, 0].mean())
    np.testing.assert_array_equal(voids.surface, layers > layers.max() - 0.1)


def test_a_hole_across_the_boundary_is_as_large_as_one_inside():
    configuration = crystal("hexagonal", (20, 12), 1.0)
    fractions = []
    for centre in ([0, 0], [configuration.box[0] / 2, configuration.box[1] / 2]):
        away = configuration.positions[:, :2] - centre
        away -= configuration.box[:2] * np.round(away / configuration.box[:2])
        kept = np.linalg.norm(away, axis=1) > 4.0
        holed = replace(
            configuration, positions=configuration.positions[kept], types=np.zeros(kept.sum())
        )
        fractions.append(find_voids(holed).fraction)
    assert fractions[0] == pytest.approx(fractions[1], abs=0.01)
    area = (~kept).sum() / configuration.n_particles
    assert fractions[0] == pytest.approx(area, abs=0.03)


def test_an_open_cluster_has_a_surface_all_around():
    configuration = crystal("hexagonal", (10, 6), 1.0)
    voids = find_voids(replace(configuration, periodic=False))
    edge = np.abs(configuration.positions[:, :2]).max(axis=0)
    outermost = (np.abs(configuration.positions[:, :2]) > edge - 0.1).any(axis=1)
    assert voids.fraction == 0.0
    assert voids.surface[outermost].all()
    centre = np.linalg.norm(configuration.positions, axis=1) < 2.0
    assert not voids.surface[centre].any()
