"""Training on a few structures: what is learnt, what is new, the same twice."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling import train_three_dimensional
from analysis.labelling.network import Network
from analysis.labelling.three_dimensional import MODEL_FILE
from analysis.labelling.train_three_dimensional import (
    averaged_features,
    cold,
    disordered,
    extended,
    perfect,
    sample,
    sampled,
    train,
    with_novelty,
)
from analysis.neighbourhoods import nearest
from analysis.prototypes import names
from analysis.prototypes.defects import with_noise

KNOWN = ("fcc", "bcc")
#: Of the model file; tests use fewer.
PARTS = train_three_dimensional.PARTS


@pytest.fixture(scope="module")
def samples():
    patch = pytest.MonkeyPatch()
    patch.setattr(train_three_dimensional, "EPOCHS", 8)
    patch.setattr(train_three_dimensional, "PARTS", 2)
    found = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        gas = [
            Configuration(rng.uniform(-3, 3, (216, 3)), [6, 6, 6, 0, 0, 0], 3, np.zeros(216))
            for _ in range(3)
        ]
        found.append(sample(KNOWN, gas, rng, each=12))
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


def test_additions(network):
    """Dilute gas and sc noise are new to a network of a dense gas, fcc and bcc."""
    rng = np.random.default_rng(5)

    def configurations():
        for _ in range(4):
            points = rng.uniform(-9, 9, (500, 3))
            yield Configuration(points, [18, 18, 18, 0, 0, 0], 3, np.zeros(500)), 0, np.nan
            yield with_noise(perfect("sc"), 0.05, rng), 2, np.nan

    def found(model, configuration):
        features = averaged_features(configuration)
        return model.probabilities(model.project(features)).argmax(axis=1)

    patch = pytest.MonkeyPatch()
    patch.setattr(train_three_dimensional, "PARTS", 2)
    patch.setattr(train_three_dimensional, "MORE_PARTS", 1)
    more, held = sampled(configurations(), rng), sampled(configurations(), rng)
    larger = extended(network, more, held, 0)
    assert larger.reach.shape == (3, 3)
    assert (larger.reach[:, 2] > 0).tolist() == [True, False, True]
    known = with_noise(perfect("fcc"), 0.05, rng)
    np.testing.assert_array_equal(found(larger, known), found(network, known))
    foreign = with_noise(perfect("diamond"), 0.05, rng)
    assert (found(larger, foreign) == 3).mean() > 0.9
    for gas, _, _ in list(configurations())[::2]:
        assert (found(larger, gas) == 0).mean() > 0.95  # its parts are sure
    certain = extended(network, more, held, 0, certain=(network.classes[2],))
    for hot, _, _ in list(configurations())[1::2]:
        assert (found(certain, hot) == 2).mean() > 0.9
    patch.undo()
    np.testing.assert_array_equal(larger.reach[:, :2], network.reach)
    np.testing.assert_array_equal(larger.means[:, :2], network.means)


def test_gaussians_without_training_the_layers(network, samples, monkeypatch):
    monkeypatch.setattr(train_three_dimensional, "PARTS", 2)
    again = with_novelty(replace(network, reach=network.reach * 0.0), *samples, 0)
    np.testing.assert_array_equal(again.reach, network.reach)
    np.testing.assert_array_equal(again.output, network.output)


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


def test_cold_crystals_are_strained_and_their_free_coordinates_are_not_those_of_the_prototype():
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(20):
        box = cold("sc", 0.0, rng).box
        ratios.append(box[2] / box[0])
    assert 0.015 < np.std(ratios) < 0.06
    assert max(np.abs(np.array(ratios) - 1.0)) < 0.13
    shortest = [nearest(cold("cI16", 0.0, rng), 1).distances.min() for _ in range(6)]
    assert len(set(np.round(shortest, 6))) == 6


#: Crystals of two types whose sites are those of one.
SITES = {"CsCl": "bcc", "NaCl": "sc", "CuAu": "fcc", "Cu3Au": "fcc"}


@pytest.mark.parametrize("name", sorted({*names(3, 1), *names(3, 2)}))
def test_what_was_added_to_the_model_reaches_no_other_crystal(name):
    """So that it turns no other particle from unknown into one of its structures or fluid."""
    model = Network.load(MODEL_FILE)
    added = np.arange(model.reach.shape[1]) >= PARTS
    assert set(model.classes[(model.reach * added).any(axis=1)]) == {"fluid", "sc", "fcc", "bcc"}
    rng = np.random.default_rng(9)
    for noise in (0.0, 0.05, 0.1):
        projected = model.project(averaged_features(with_noise(perfect(name), noise, rng)))
        called = model.logits(projected).argmax(axis=1)
        for sure in (True, False):
            reach = model.reach * added * (model.sure == sure)
            parts = replace(model, reach=reach)
            for index in np.flatnonzero(reach.any(axis=1)):
                if model.classes[index] == SITES.get(name, name):
                    continue
                reached = parts.distances(projected, np.full(len(projected), index)) < 1.2
                # Parts that are not sure leave particles the name that the layers give.
                assert (reached & (sure | (called == index))).mean() < 0.005
