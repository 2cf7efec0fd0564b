"""Neighbourhoods as points of a plane."""

import numpy as np
import pytest

from analysis.learning.neighbourhood_map import draw_neighbourhood_map, neighbourhood_map
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


@pytest.mark.parametrize("names", [("square", "honeycomb"), ("fcc", "diamond")])
def test_alike_ones_are_near_each_other(names, tmp_path):
    rng = np.random.default_rng(0)
    still = {
        name: crystal(name, 6 if name in ("square", "honeycomb") else 3, 1.0) for name in names
    }
    configurations = [with_noise(still[name], 0.03, rng) for name in names for _ in range(2)]
    found = neighbourhood_map(configurations, each=20)
    assert found.points.shape == (80, 2)
    assert 0.5 < found.explained <= 1.0
    kinds = np.repeat(names, 40)
    one, two = (found.points[kinds == name] for name in names)
    apart = np.linalg.norm(one.mean(axis=0) - two.mean(axis=0))
    assert max(one.std(), two.std()) < 0.3 * apart
    typical = found.typical(kinds)
    assert {name: kinds[point] for name, point in typical.items()} == {n: n for n in names}
    again = neighbourhood_map(configurations, each=20)
    np.testing.assert_array_equal(again.particle, found.particle)
    path = tmp_path / "map.png"
    noise = np.repeat([0.1, 0.2, 0.3, 0.4], 20)
    draw_neighbourhood_map(found, configurations, list(kinds), {"epsilon": noise}, path)
    from matplotlib.image import imread

    pixels = imread(path)
    assert pixels.shape[1] > 1.3 * pixels.shape[0]  # two panels
    assert pixels[..., :3].std() > 0.05


def test_few_particles_without_a_box():
    few = crystal("square", 3, 1.0)
    few.periodic = False
    assert len(neighbourhood_map([few, few]).points) == 18


def test_dimensions_differ():
    with pytest.raises(ValueError, match="trained in 2 dimensions, the configuration has 3"):
        neighbourhood_map([crystal("square", 5, 1.0), crystal("fcc", 3, 1.0)])


def test_neighbourhoods_that_are_all_alike_still_have_two_coordinates():
    assert neighbourhood_map([crystal("square", 5, 1.0)], each=5).points.shape == (5, 2)
