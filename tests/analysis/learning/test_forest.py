"""A forest of own classes."""

import numpy as np
import pytest

from analysis.learning.forest import random_forest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise

CLASSES = {"fcc": 4, "hcp": (6, 3, 4), "bcc": 5, "diamond": 3}


def noisy(name, seed, sigma=0.05):
    perfect = crystal(name, CLASSES[name], 1.0)
    return with_noise(perfect, sigma, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def forest():
    examples = {name: [noisy(name, seed) for seed in range(2)] for name in CLASSES}
    return random_forest(examples, trees=60)


@pytest.mark.parametrize("name", CLASSES)
def test_other_configurations_of_the_same_classes(forest, name):
    probabilities = forest.probabilities(noisy(name, 99))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    right = probabilities.argmax(axis=1) == forest.classes.index(name)
    assert right.mean() > 0.9
    assert forest.out_of_bag > 0.9


def test_importances(forest):
    importances = forest.importances()
    assert sum(importances.values()) == pytest.approx(1.0)
    assert list(importances.values()) == sorted(importances.values(), reverse=True)
    assert len(importances) == sum(len(each.columns) for each in forest.descriptors)


def test_same_seed_same_forest(forest):
    examples = {name: [noisy(name, seed) for seed in range(2)] for name in CLASSES}
    again = random_forest(examples, trees=60)
    configuration = noisy("hcp", 5)
    np.testing.assert_array_equal(
        again.probabilities(configuration), forest.probabilities(configuration)
    )


def test_classes_that_are_missing():
    with pytest.raises(ValueError, match="expected at least two"):
        random_forest({"fcc": [noisy("fcc", 0)]})
    with pytest.raises(ValueError, match="class 'bcc' has no particles"):
        random_forest({"fcc": [noisy("fcc", 0)], "bcc": []})
