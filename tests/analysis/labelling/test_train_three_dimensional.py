"""Training on a few structures: what is learnt, what is new, the same twice."""

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling import train_three_dimensional
from analysis.labelling.network import Network
from analysis.labelling.train_three_dimensional import (
    averaged_features,
    disordered,
    perfect,
    sample,
    train,
)
from analysis.neighbourhoods import nearest
from analysis.prototypes import names
from analysis.prototypes.defects import with_noise

KNOWN = ("fcc", "bcc")


@pytest.fixture(scope="module")
def samples():
    patch = pytest.MonkeyPatch()
    patch.setattr(train_three_dimensional, "CRYSTALS_EACH", 6)
    patch.setattr(train_three_dimensional, "EPOCHS", 8)
    patch.setattr(train_three_dimensional, "PARTS", 2)
    found = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        gas = [
            Configuration(rng.uniform(-4, 4, (500, 3)), [8, 8, 8, 0, 0, 0], 3, np.zeros(500))
            for _ in range(3)
        ]
        found.append(sample(KNOWN, gas, rng))
    yield found
    patch.undo()


@pytest.fixture(scope="module")
def network(samples):
    return train(*samples, KNOWN, 0)


def test_what_was_trained_on(network, samples):
    held = samples[1]
    probabilities = network.probabilities(network.project(held.features))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    cold = ~(held.noise > 0.12)
    assert (probabilities.argmax(axis=1) == held.classes)[cold].mean() > 0.95
    rejected = probabilities.argmax(axis=1) == len(KNOWN) + 1
    assert rejected.mean() < 0.05


@pytest.mark.parametrize("name", ["sc", "diamond", "beta-Mn"])
def test_what_was_not(network, name):
    configuration = with_noise(perfect(name), 0.05, np.random.default_rng(3))
    probabilities = network.probabilities(network.project(averaged_features(configuration)))
    assert (probabilities.argmax(axis=1) == len(KNOWN) + 1).mean() > 0.9


def test_the_same_twice(network, samples, tmp_path):
    again = train(*samples, KNOWN, 0)
    network.save(tmp_path / "a.npz")
    again.save(tmp_path / "b.npz")
    first, second = (Network.load(tmp_path / name) for name in ("a.npz", "b.npz"))
    assert first.hash == second.hash
    features = samples[1].features[:50]
    np.testing.assert_array_equal(
        first.logits(first.project(features)), network.logits(network.project(features))
    )


@pytest.mark.parametrize("name", names(3, 1))
def test_perfect_crystals_have_the_shortest_distance_one(name):
    configuration = perfect(name)
    assert configuration.n_particles >= 300
    assert nearest(configuration, 1).distances.min() == pytest.approx(1.0)
    sides = configuration.box[:3]
    assert sides.max() < 2.5 * sides.min()


def test_disorder_differs_from_one_to_the_next():
    rng = np.random.default_rng(0)
    numbers = {disordered("sc", 0.0, rng).n_particles for _ in range(12)}
    assert len(numbers) > 2  # vacancies
    volumes = {round(disordered("sc", 0.0, rng).volume, 6) for _ in range(12)}
    assert len(volumes) > 2  # strain
