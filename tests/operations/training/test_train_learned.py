"""What the learned descriptor of this code is trained on."""

import numpy as np
import pytest

from analysis.labelling import label_configuration
from analysis.neighbourhoods import nearest
from analysis.prototypes import names
from operations.training.reference_fluids import PLANE, simulate
from operations.training.train_learned import OBLIQUE, crystals, main


def test_every_crystal_cold_and_hot_with_its_sites():
    found = list(crystals(np.random.default_rng(0), 2, 1))
    assert [each.name for each in found] == list(np.repeat(names(3, 1), 3))
    assert {each.noise for each in found} == {0.0, 0.18}
    for each in found:
        away = each.configuration.positions - each.sites
        assert np.std(away) == pytest.approx(each.noise, rel=0.2)


def test_the_largest_noise_may_be_less():
    found = list(crystals(np.random.default_rng(0), 2, 1, largest=0.1))
    assert {each.noise for each in found} == {0.0, 0.1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--without dhcp", "--without, --noise: expected --network"),
        ("--noise 0.1", "--without, --noise: expected --network"),
        ("--network schnet", "--network: expected --out"),
        ("--network schnet --out x --noise 0", "--noise is 0.0, expected more than 0 and at most"),
        ("--network schnet --out x --without hpc", "--without hpc: expected some of fcc, hcp, "),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_is_simulated(words, said, capsys):
    with pytest.raises(SystemExit):
        main(words.split())
    assert said in capsys.readouterr().err


def test_a_network_learns_what_is_not_left_out(monkeypatch, tmp_path):
    asked = {}

    def trained(network, examples, seed):
        asked["names"] = {each.name for each in examples}
        asked["noise"] = max(each.noise for each in examples)
        raise RuntimeError

    monkeypatch.setattr("operations.training.train_learned.melts", lambda *_: iter(()))
    monkeypatch.setattr("analysis.learning.networks.training.train_network", trained)
    told = ["--network", "schnet", "--out", str(tmp_path / "x.npz")]
    with pytest.raises(RuntimeError):
        main([*told, "--without", "hcp", "dhcp", "--noise", "0.08"])
    assert asked == {"names": {*names(3, 1)} - {"hcp", "dhcp"}, "noise": 0.08}


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
