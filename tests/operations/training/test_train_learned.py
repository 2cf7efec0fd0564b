"""What the learned descriptor of this code is trained on."""

import numpy as np
import pytest

from analysis.prototypes import names
from operations.training.train_learned import crystals


def test_every_crystal_cold_and_hot_with_its_sites():
    found = list(crystals(np.random.default_rng(0), 2, 1))
    assert [each.name for each in found] == list(np.repeat(names(3, 1), 3))
    assert {each.noise for each in found} == {0.0, 0.18}
    for each in found:
        away = each.configuration.positions - each.sites
        assert np.std(away) == pytest.approx(each.noise, rel=0.2)
