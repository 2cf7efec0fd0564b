"""Common-neighbour signatures of known structures."""

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.common_neighbours import CommonNeighbours
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


@pytest.mark.parametrize(
    ("name", "k", "expected"),
    [
        ("fcc", 12, {"421": 12}),
        ("hcp", 12, {"421": 6, "422": 6}),
        ("bcc", 14, {"666": 8, "444": 6}),
    ],
)
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_crystals(name, k, expected, noise):
    configuration = with_noise(crystal(name, 4, 1.0), noise, np.random.default_rng(0))
    descriptor = CommonNeighbours(k).compute(configuration)
    signature = dict(zip(descriptor.columns, descriptor.features[0], strict=True))
    assert {key: count for key, count in signature.items() if count} == expected
    assert (descriptor.features == descriptor.features[0]).all()


def test_icosahedron():
    golden = (1 + np.sqrt(5)) / 2
    corners = [np.roll([0, a, b * golden], s) for a in (-1, 1) for b in (-1, 1) for s in range(3)]
    positions = np.concatenate([np.zeros((1, 3)), corners])
    cluster = Configuration(positions, [20, 20, 20, 0, 0, 0], 3, np.zeros(13), periodic=False)
    descriptor = CommonNeighbours(12).compute(cluster)
    assert descriptor.features[0, descriptor.columns.index("555")] == 12


def test_numbers_of_neighbours():
    with pytest.raises(ValueError, match="k is 13, expected 12 or 14"):
        CommonNeighbours(13)
