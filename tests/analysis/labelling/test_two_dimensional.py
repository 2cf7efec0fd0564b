"""Labels in two dimensions: simulated configurations judged by eye, lattices, coexistence."""

import numpy as np
import pytest

from analysis.labelling import label_configuration
from analysis.labelling.two_dimensional import Thresholds
from analysis.lattices import (
    crystal,
    decagonal_tiling,
    dodecagonal_tiling,
    side_by_side,
    with_noise,
)
from analysis.neighbourhoods import nearest


def halves(left, right, part=0.5):
    return with_noise(side_by_side(left, right, part), 0.04, np.random.default_rng(7))


REPEATS = {
    "hexagonal": (18, 11),
    "square": 20,
    "honeycomb": (12, 8),
    "sigma": 10,
    "kagome": (10, 6),
}


def noisy(name, noise, seed=0):
    if name == "dodecagonal":
        configuration = dodecagonal_tiling(2, 1.0, seed)
    elif name == "decagonal":
        configuration = decagonal_tiling(14.0)
    else:
        configuration = crystal(name, REPEATS[name], 0.85)
    d = np.median(nearest(configuration, 1).distances)
    return with_noise(configuration, noise * d, np.random.default_rng(seed))


# Lennard-Jones-Gauss; see tests/analysis/data/README.md for how each one was made. Decagonal at
# r0 = 1.52, epsilon = 1.8: Engel and Trebin, Phys. Rev. Lett. 98, 225505 (2007).
@pytest.mark.parametrize(
    ("name", "label", "void"),
    [
        ("decagonal", "decagonal", 0.0),
        ("square_and_dilated_hexagonal", "square", 0.0),
        ("hexagonal_with_voids", "hexagonal", 0.25),
        ("hexagonal", "hexagonal", 0.03),
        ("fluid", "fluid", 0.0),
        ("dense_fluid", "fluid", 0.0),
        ("hexagonal_slab", "hexagonal", 0.61),
        ("dilated_hexagonal_at_low_pressure", "hexagonal", 0.0),
        ("square_with_void", "square", 0.16),
        ("dodecagonal", "dodecagonal", 0.19),
        ("hexagonal_fluid_vacuum", "hexagonal", 0.40),
    ],
)
def test_simulated(simulated, name, label, void):
    labels = label_configuration(simulated(name))
    assert labels.label == label
    assert labels.confidence > 0.5
    assert labels.void_fraction == pytest.approx(void, abs=0.05)
    np.testing.assert_allclose(labels.probabilities.sum(axis=1), 1.0, atol=1e-5)


def test_square_coexists_with_dilated_hexagonal(simulated):
    phases = label_configuration(simulated("square_and_dilated_hexagonal")).phases
    assert [phase["phase"] for phase in phases] == ["square", "hexagonal"]
    assert phases[0]["lattice_constant"] == pytest.approx(1.0, abs=0.02)
    assert phases[1]["lattice_constant"] == pytest.approx(1.38, abs=0.02)
    assert phases[1]["fraction"] == pytest.approx(0.2, abs=0.05)


def test_halves_of_square_and_hexagonal_are_both_listed(simulated):
    phases = label_configuration(simulated("square_and_hexagonal_halves")).phases
    assert {phase["phase"] for phase in phases} == {"square", "hexagonal"}
    assert all(0.35 < phase["fraction"] < 0.65 for phase in phases)


def test_crystal_and_fluid_with_vacuum(simulated):
    labels = label_configuration(simulated("hexagonal_fluid_vacuum"))
    assert {phase["phase"] for phase in labels.phases} == {"hexagonal", "fluid"}
    assert labels.confidence < 0.8


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize(
    "name", ["hexagonal", "square", "honeycomb", "sigma", "dodecagonal", "decagonal"]
)
def test_crystals(name, noise):
    labels = label_configuration(noisy(name, noise))
    assert labels.label == name
    assert labels.confidence > 0.85
    assert labels.grains == 1
    assert labels.void_fraction == 0.0
    assert (labels.per_particle == labels.phase_names.index(name)).mean() > 0.97


@pytest.mark.parametrize(
    ("name", "ratio"), [("hexagonal", 1.0), ("square", 1.0), ("honeycomb", np.sqrt(3.0))]
)
def test_lattice_constant(name, ratio):
    configuration = noisy(name, 0.0)
    (phase,) = label_configuration(configuration).phases
    d = nearest(configuration, 1).distances[0, 0]
    assert phase["lattice_constant"] == pytest.approx(ratio * d, rel=1e-3)


def test_an_unnamed_crystal_is_unknown():
    labels = label_configuration(noisy("kagome", 0.03))
    assert labels.label == "unknown"
    assert "none of the known phases" in labels.reason


def test_a_rectangular_lattice_is_not_square():
    configuration = crystal("square", 20, 1.0)
    stretch = np.array([1.3, 1.0, 1.0])
    configuration.positions *= stretch
    configuration.box[:3] *= stretch
    assert label_configuration(configuration).label == "unknown"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("square", 1.0, 0.0), ("hexagonal", 1.38, 5.0)),
        (("honeycomb", 1.0, 0.0), ("hexagonal", 1.0, 5.0)),
        (("hexagonal", 1.0, 0.0), ("hexagonal", 1.38, 5.0)),
        (("honeycomb", 1.0, 0.0), ("square", 1.0, 5.0)),
    ],
)
def test_coexistence(left, right):
    labels = label_configuration(halves(left, right))
    expected = {
        (name, round(a * (np.sqrt(3) if name == "honeycomb" else 1), 1))
        for name, a, _ in (left, right)
    }
    found = {(p["phase"], round(p["lattice_constant"], 1)) for p in labels.phases}
    assert found == expected
    assert labels.grains == 2


def test_the_larger_half_dominates():
    parts = (("square", 1.0, 0.0), ("hexagonal", 1.38, 5.0))
    assert label_configuration(halves(*parts, part=0.75)).label == "square"
    assert label_configuration(halves(*parts, part=0.12)).label == "hexagonal"


@pytest.mark.parametrize(("angle", "grains"), [(0.0, 1), (3.0, 1), (15.0, 2), (30.0, 2)])
def test_grains_of_hexagonal(angle, grains):
    labels = label_configuration(halves(("hexagonal", 1.0, 0.0), ("hexagonal", 1.0, angle)))
    assert labels.label == "hexagonal"
    assert labels.grains == grains


def test_edges_do_not_decide():
    whole = crystal("hexagonal", 16, 1.0)
    kept = np.linalg.norm(whole.positions, axis=1) < 3.3
    whole.positions, whole.types = whole.positions[kept], whole.types[kept]
    whole.periodic = False
    labels = label_configuration(whole)
    assert labels.label == "hexagonal"
    assert labels.void_fraction == 0.0


def test_the_hash_names_the_thresholds():
    assert Thresholds().hash() == Thresholds().hash()
    assert Thresholds(square=0.6).hash() != Thresholds().hash()
