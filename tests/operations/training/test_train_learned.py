"""What the learned descriptor of this code is trained on."""

import numpy as np
import pytest

from analysis.labelling import label_configuration
from analysis.neighbourhoods import nearest
from analysis.prototypes import names
from operations.training.reference_fluids import PLANE, simulate
from operations.training.train_learned import OBLIQUE, crystals


def test_every_crystal_cold_and_hot_with_its_sites():
    found = list(crystals(np.random.default_rng(0), 2, 1))
    assert [each.name for each in found] == list(np.repeat(names(3, 1), 3))
    assert {each.noise for each in found} == {0.0, 0.18}
    for each in found:
        away = each.configuration.positions - each.sites
        assert np.std(away) == pytest.approx(each.noise, rel=0.2)


def test_in_the_plane_also_what_has_no_prototype():
    found = list(crystals(np.random.default_rng(0), 2, 1, 2))
    others = ("dodecagonal", "decagonal", OBLIQUE, OBLIQUE, "rhombic")
    assert [each.name for each in found] == [*np.repeat(names(2, 1), 3), *others * 3]
    for each in found:
        away = (each.configuration.positions - each.sites)[:, :2]
        near = np.median(nearest(each.configuration, 1).distances)
        if each.noise <= 0.06:  # nearest distances are those of the sites, strained by up to 6 %
            assert np.std(away) == pytest.approx(each.noise * near, rel=0.3)
        assert (each.inside is None) == each.configuration.periodic
    lattice = [each.configuration for each in found if each.name == OBLIQUE and each.noise == 0.0]
    for one in lattice:
        first, second = nearest(one, 4).distances[0, 1:4:2]
        assert second > 1.08 * first
        assert label_configuration(one).label == "unknown"


@pytest.mark.parametrize("fluid", PLANE)
def test_fluids_of_the_plane_are_not_frozen(fluid):
    """Dense ones have hexagonal neighbourhoods here and there, which crystals have everywhere."""
    (frame,) = simulate(fluid, 300, 4000, 5, dimensions=2)
    assert frame.dimensions == 2
    labels = label_configuration(frame)
    assert labels.label == "fluid"
    assert labels.phases[0]["fraction"] > 0.6
