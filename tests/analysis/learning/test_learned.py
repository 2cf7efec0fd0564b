"""The learned descriptor and its heads."""

from dataclasses import replace

import numpy as np
import pytest

import analysis.learning.train_learned as train_learned_module
from analysis.learning.learned import MODEL_FILES, Learned
from analysis.learning.regression import ridge
from analysis.learning.train_learned import Example, held_out, train_learned
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def examples(name, seed=0):
    rng = np.random.default_rng(seed)
    still = crystal(name, 8, 1.0)
    for noise in 0.02 * np.arange(8):
        yield Example(with_noise(still, noise, rng), name, noise, still.positions)


def melts(n=4):
    rng = np.random.default_rng(9)
    for _ in range(n):
        made = with_noise(crystal("hexagonal", 8, 1.0), 0.5, rng)
        yield Example(made, "fluid", np.nan, made.positions)


@pytest.fixture(scope="module")
def model():
    return train_learned([*melts(), *examples("square"), *examples("hexagonal")])


@pytest.fixture
def hot():
    return with_noise(crystal("square", 10, 1.0), 0.08, np.random.default_rng(5))


def test_every_head_of_a_model_of_the_plane(model, hot, tmp_path):
    model.save(tmp_path / "learned.npz")
    read = Learned.load(tmp_path / "learned.npz")
    assert len(read.hash) == 16
    assert read.embed(hot).shape == (hot.n_particles, 64)
    assert read.label(hot).label == "square"
    assert read.label(hot).model == "learned-1 classify"
    still, melt = crystal("square", 10, 1.0), next(melts(1)).configuration
    order = [float(read.crystallinity(each).mean()) for each in (still, hot, melt)]
    assert order[0] > 0.9 > order[1] > 0.3 > order[2]
    assert read.label(melt, "disorder").label == "fluid"
    hottest = with_noise(still, 0.14, np.random.default_rng(6))
    assert float(read.crystallinity(hottest).mean()) < 0.5  # nearer to the melt, but no melt
    assert read.label(hottest, "disorder").label == "crystal"
    hashes = {read.label(hot, head).model_hash for head in ("classify", "disorder", "denoise")}
    assert len(hashes) == 3
    assert read.label(hot, "denoise").model.startswith("learned-1+two_dimensional")


def test_denoised_particles_are_nearer_to_their_sites(model, hot):
    still = crystal("square", 10, 1.0)

    def error(configuration):
        away = (configuration.positions - still.positions)[:, :2]
        return float(np.std(away - away.mean(axis=0)))

    assert error(hot) > 0.07
    assert error(model.denoise(hot)) < 0.03
    assert error(model.denoise(still)) < 0.005


def test_a_file_trains_alike_twice(tmp_path):
    pair = [*examples("square"), *examples("hexagonal")]
    for name in ("one", "two"):
        train_learned(pair).save(tmp_path / f"{name}.npz")
    one, two = (Learned.load(tmp_path / f"{name}.npz").hash for name in ("one", "two"))
    assert one == two


def test_a_movie_is_held_out_whole_or_at_its_end():
    square = list(examples("square"))
    movies = [replace(each, source=f"movie {k // 4}") for k, each in enumerate(square)]
    assert held_out(movies) == [False] * 4 + [True] * 4
    alone = [replace(each, source="movie") for each in square]
    assert held_out(alone) == [False] * 6 + [True] * 2
    assert held_out(square) == [False, True, False, False] * 2


def test_the_strength_is_chosen_by_whole_configurations(monkeypatch):
    seen = []

    def kept(numbers, place, groups):
        seen.append((place, groups))
        return ridge(numbers, place, groups)

    monkeypatch.setattr(train_learned_module, "ridge", kept)
    train_learned([*melts(), *examples("square")])
    ((place, groups),) = seen
    assert len(set(groups)) == 3 + 6
    assert all(len(set(place[groups == group])) == 1 for group in groups)


def test_what_cannot_be_learnt_or_read(model, tmp_path):
    square = list(examples("square"))
    with pytest.raises(ValueError, match="of 1 classes, expected at least two"):
        train_learned(square)
    with pytest.raises(ValueError, match="called 'unknown'"):
        train_learned([*square, replace(square[0], name="unknown")])
    with pytest.raises(ValueError, match="class 'fluid' has one configuration"):
        train_learned([*square, *melts(1)])
    with pytest.raises(ValueError, match="of two and of three dimensions"):
        train_learned([*square, Example(crystal("fcc", 3, 1.0), "fcc")])
    with pytest.raises(ValueError, match="trained in 2 dimensions, the configuration has 3"):
        model.label(crystal("fcc", 3, 1.0))
    without = replace(model, disorder=np.zeros(0))
    with pytest.raises(ValueError, match="it has no disorder"):
        without.crystallinity(crystal("square", 5, 1.0))
    np.savez(tmp_path / "other.npz", classes=np.zeros(3))
    with pytest.raises(ValueError, match="is no learned model"):
        Learned.load(tmp_path / "other.npz")


@pytest.mark.parametrize("name", ["fcc", "bcc", "sigma", "clathrate-I"])
def test_the_model_of_this_code_in_space(name):
    model, rng = Learned.load(MODEL_FILES[3]), np.random.default_rng(3)
    still = crystal(name, {"fcc": 5, "bcc": 6}.get(name, 2), 1.0)
    hot = with_noise(still, 0.08 * nearest(still, 1).distances.min(), rng)
    labels = model.label(hot)
    assert labels.label == name
    assert labels.phases[0]["fraction"] > 0.97
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    one, two = (replace(each, periodic=False) for each in (hot, hot))
    two = replace(two, positions=two.positions @ turn)
    np.testing.assert_allclose(model.embed(one), model.embed(two), atol=0.05)


@pytest.mark.parametrize("name", ["square", "honeycomb", "rhombic", "snub-square"])
def test_the_model_of_this_code_in_the_plane(name):
    model, rng = Learned.load(MODEL_FILES[2]), np.random.default_rng(3)
    assert {"fluid", "decagonal", "oblique", name} < set(map(str, model.network.classes))
    still = crystal(name, 8, 1.0)
    hot = with_noise(still, 0.08 * nearest(still, 1).distances.min(), rng)
    labels = model.label(hot)
    assert labels.label == name
    assert labels.phases[0]["fraction"] > 0.95
    assert np.mean(model.crystallinity(hot)) > 0.5
    assert model.label(hot, "denoise").label == name
