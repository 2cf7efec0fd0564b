"""A forest of own classes."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from analysis.descriptors.bond_angles import BondAngles
from analysis.descriptors.soap import Soap
from analysis.descriptors.sorted_distances import SortedDistances
from analysis.learning.forest import DESCRIPTORS, Forest, random_forest
from analysis.learning.learned import Learned
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
    right = probabilities.argmax(axis=1) == list(forest.classes).index(name)
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
    with pytest.raises(ValueError, match="a class is called 'unknown'"):
        random_forest({"fcc": [noisy("fcc", 0)], "unknown": [noisy("bcc", 0)]})
    plane = with_noise(crystal("square", 6, 1.0), 0.05, np.random.default_rng(0))
    with pytest.raises(ValueError, match="two and of three dimensions"):
        random_forest({"fcc": [noisy("fcc", 0)], "square": [plane]})
    with pytest.raises(ValueError, match="descriptor is Soap, expected one of"):
        random_forest({"fcc": [noisy("fcc", 0)], "bcc": [noisy("bcc", 0)]}, [Soap(1.8)])


def test_probabilities_are_those_of_scikit_learn():
    examples = {name: [noisy(name, 0, 0.12)] for name in CLASSES}
    forest = random_forest(examples, trees=20, sample=10_000)
    chosen = (SortedDistances(18), BondAngles(12))

    def features(configuration):
        return np.concatenate([d.compute(configuration).features for d in chosen], axis=1)

    # the same rows in the same order
    rng, rows, classes = np.random.default_rng(0), [], []
    for number, (configuration,) in enumerate(examples.values()):
        found = features(configuration)
        rows.append(found[rng.permutation(len(found))])
        classes.append(np.full(len(found), number))
    other = RandomForestClassifier(
        20, class_weight="balanced", min_samples_leaf=2, random_state=0
    ).fit(np.concatenate(rows), np.concatenate(classes))
    unseen = noisy("bcc", 4, 0.12)
    expected = other.predict_proba(features(unseen))
    assert expected.std() > 0.1
    np.testing.assert_allclose(forest.probabilities(unseen), expected, atol=1e-12)


def test_file(forest, tmp_path):
    for name in ("one.npz", "two.npz"):
        forest.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.npz", "two.npz"]
    again = Forest.load(tmp_path / "one.npz")
    assert again.hash == Forest.load(tmp_path / "two.npz").hash != ""
    configuration = noisy("bcc", 7)
    np.testing.assert_array_equal(
        again.probabilities(configuration), forest.probabilities(configuration)
    )
    replace(forest, threshold=forest.threshold + 1e-3).save(tmp_path / "three.npz")
    assert Forest.load(tmp_path / "three.npz").hash != again.hash


def test_every_descriptor_comes_back_from_a_file(forest, tmp_path):
    first = {"SymmetryFunctions": (1.7,), "CommonNeighbours": (14,), "Bispectrum": (10, 4)}
    some = {name: [noisy(name, 0)] for name in ("fcc", "bcc")}
    given = [each(*first.get(name, ())) for name, each in DESCRIPTORS.items()]
    random_forest(some, given, trees=20).save(tmp_path / "forest.npz")
    found = Forest.load(tmp_path / "forest.npz").descriptors
    assert [each.columns for each in found] == [each.columns for each in given]
    for one, other in zip(found, given, strict=True):
        np.testing.assert_array_equal(
            one.compute(some["fcc"][0]).features, other.compute(some["fcc"][0]).features
        )


def test_a_file_that_is_none_is_refused_and_never_unpickled(forest, tmp_path):
    file = tmp_path / "forest.npz"
    file.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"forest\.npz is no forest"):
        Forest.load(file)
    file.write_bytes(pickle.dumps({"classes": ["fcc"]}))
    with pytest.raises(ValueError, match=r"forest\.npz is no forest"):
        Forest.load(file)
    np.savez(file, classes=np.array(["fcc"]))
    with pytest.raises(ValueError, match=r"forest\.npz is no forest"):
        Forest.load(file)


@pytest.mark.parametrize("kind", [Forest, Learned])
def test_a_link_is_refused(tmp_path, kind):
    (tmp_path / "link.npz").symlink_to(tmp_path / "model.npz")
    with pytest.raises(ValueError, match=r"link\.npz is a link; expected the file itself"):
        kind.load(tmp_path / "link.npz")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("left", 0),  # around for ever
        ("right", 10**9),
        ("feature", 10**9),
        ("threshold", "text"),
        ("roots", -1),
    ],
)
def test_a_file_whose_trees_lead_nowhere_is_refused(forest, tmp_path, name, value):
    replace(forest, **{name: np.full(len(getattr(forest, name)), value)}).save(tmp_path / "f.npz")
    with pytest.raises(ValueError, match=r"f\.npz is no forest: its trees are none"):
        Forest.load(tmp_path / "f.npz")
    replace(forest, share=forest.share[:, 1:]).save(tmp_path / "f.npz")
    with pytest.raises(ValueError, match="its trees are none"):
        Forest.load(tmp_path / "f.npz")


def test_labels_of_a_configuration(forest, tmp_path):
    forest.save(tmp_path / "forest.npz")
    labels = Forest.load(tmp_path / "forest.npz").label(noisy("diamond", 8))
    assert labels.label == "diamond"
    assert labels.confidence > 0.5
    assert labels.phase_names == (*CLASSES, "unknown")
    assert labels.phases[0]["lattice_constant"] is None
    assert (labels.model, len(labels.model_hash)) == ("forest-1", 16)
    json.dumps(labels.to_json())
    plane = with_noise(crystal("square", 6, 1.0), 0.05, np.random.default_rng(0))
    with pytest.raises(ValueError, match="trained in 3 dimensions, the configuration has 2"):
        forest.label(plane)
