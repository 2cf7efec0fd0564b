"""Networks: what does not need torch, and training where it is there."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.learning.networks import model as model_module
from analysis.learning.networks.graphs import graph, joined
from analysis.learning.networks.layers import Layers
from analysis.learning.networks.model import FAMILIES, TrainedNetwork, scores
from analysis.learning.networks.training import check_learnt, train_network
from analysis.learning.train_learned import drawn
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise
from workspace_schema.labelling import NETWORKS


@pytest.fixture
def hot():
    return with_noise(crystal("fcc", 3, 1.0), 0.06, np.random.default_rng(5))


def untrained(family):
    weights, few = {}, graph(with_noise(crystal("fcc", 2, 1.0), 0.1, np.random.default_rng(7)))
    scores(family, 2)(Layers(weights, np.random.default_rng(1)), few)
    return TrainedNetwork(family, 3, ("fcc", "bcc"), weights, np.array([0.7], dtype=np.float32))


def test_names_of_a_campaign_file_are_those_of_the_families():
    assert set(NETWORKS) == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_means_nothing_changes_nothing(family, hot):
    """Order, scale, and the particles next door; orientation: test_graphs.py."""
    found = untrained(family)
    own = found.probabilities(hot)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_module, "_BLOCK", 30)
        np.testing.assert_allclose(found.probabilities(hot), own, atol=1e-6)
    shuffled = np.random.default_rng(0).permutation(hot.n_particles)
    other = replace(hot, positions=hot.positions[shuffled], types=hot.types[shuffled])
    np.testing.assert_allclose(found.probabilities(other), own[shuffled], atol=1e-4)
    larger = replace(hot, positions=2.0 * hot.positions, box=hot.box * (2, 2, 2, 1, 1, 1))
    np.testing.assert_allclose(found.probabilities(larger), own, atol=1e-4)
    seen, network = graph(hot), scores(family, 2)
    alone = network(Layers(found.weights), seen)
    twice = network(Layers(found.weights), joined([seen, seen]))
    np.testing.assert_allclose(twice[hot.n_particles :], alone, atol=1e-4)


@pytest.mark.parametrize("family", ["pointnet", "line_graph"])
def test_a_file_is_read_without_torch_and_a_damaged_one_refused(family, hot, tmp_path):
    file, found = tmp_path / "network.npz", untrained(family)
    found.save(file)
    read = TrainedNetwork.load(file)
    np.testing.assert_array_equal(read.probabilities(hot), found.probabilities(hot))
    assert read.label(hot).model_hash == read.hash
    with pytest.raises(ValueError, match="trained in 3 dimensions, the configuration has 2"):
        read.label(crystal("square", 5, 1.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_module, "VERSION", 1)
        found.save(file)
    with pytest.raises(ValueError, match="is no trained network: it is of version 1, expected 2"):
        TrainedNetwork.load(file)
    replace(found, classes=("fcc", "bcc", "hcp")).save(file)
    with pytest.raises(ValueError, match="is no trained network: its layers are others"):
        TrainedNetwork.load(file)


def test_what_has_not_been_learnt_is_no_model():
    rng = np.random.default_rng(0)
    examples = [drawn(name, 0.05, rng, 60) for name in ("fcc", "bcc")]
    with pytest.raises(ValueError, match=r"schnet has not learnt its classes: .* are right"):
        check_learnt(untrained("schnet"), examples)


@pytest.mark.slow
def test_training_tells_crystals_apart(hot, monkeypatch):
    """The text that torch trains is the one that numpy reads."""
    pytest.importorskip("torch")
    monkeypatch.setitem(
        model_module.FAMILIES, "schnet", replace(model_module.FAMILIES["schnet"], steps=40)
    )
    rng = np.random.default_rng(0)
    examples = [drawn(name, 0.05, rng, 60) for name in ("fcc", "diamond") for _ in range(3)]
    found = train_network("schnet", examples)
    assert found.loss[-5:].mean() < 0.3 * found.loss[:5].mean()
    check_learnt(found, examples)
    assert found.label(hot).label == "fcc"
    assert found.label(with_noise(crystal("diamond", 3, 1.0), 0.02, rng)).label == "diamond"
