"""Labels in two dimensions: simulated configurations judged by eye, lattices, coexistence."""

from itertools import pairwise

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling import label_configuration
from analysis.labelling.thresholds import Thresholds
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.coexistence import side_by_side
from analysis.prototypes.defects import strained, with_noise
from analysis.prototypes.tilings import decagonal_tiling, dodecagonal_tiling


def halves(left, right, part=0.5):
    return with_noise(side_by_side(left, right, part), 0.04, np.random.default_rng(7))


REPEATS = {
    "hexagonal": (18, 11),
    "square": 20,
    "honeycomb": (12, 8),
    "snub-square": 10,
    "kagome": (10, 6),
    "rhombic": (14, 18),
    "elongated-triangular": (6, 20),
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


def shares(labels):
    """Fraction of all particles of each phase."""
    counts = np.bincount(labels.per_particle, minlength=len(labels.phase_names))
    return dict(zip(labels.phase_names, counts / counts.sum(), strict=True))


# What each one is was judged by eye and by the Bragg peaks of its structure factor.
@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("pentagonal", "unknown"),
        ("pentagonal_and_decagonal", "unknown"),
        ("decagonal_with_defects", "decagonal"),
        ("quenched_grains", "unknown"),
    ],
)
def test_a_cold_solid_is_no_fluid(simulated, name, label):
    labels = label_configuration(simulated(name))
    assert labels.label == label
    assert shares(labels)["fluid"] < 0.03
    assert shares(labels)["unknown"] > 0.3
    if label == "unknown":
        assert labels.reason == "solid-like, but none of the known phases"


@pytest.mark.parametrize(
    "name", ["fluid", "dense_fluid", "fluid_close_to_freezing", "lennard_jones_fluid"]
)
def test_a_fluid_is_no_solid(simulated, name):
    labels = label_configuration(simulated(name))
    assert labels.label == "fluid"
    assert shares(labels)["fluid"] > 0.8
    assert shares(labels)["unknown"] < 0.03


def test_crystal_and_fluid_without_vacuum(simulated):
    labels = label_configuration(simulated("hexagonal_and_fluid"))
    assert [phase["phase"] for phase in labels.phases] == ["hexagonal", "fluid"]
    assert shares(labels)["unknown"] < 0.06


def test_a_quench_without_bragg_peaks_keeps_the_structure_of_the_fluid(simulated):
    """A snapshot cannot tell whether particles with the structure of a liquid move."""
    labels = label_configuration(simulated("quenched_fluid"))
    assert [phase["phase"] for phase in labels.phases] == ["fluid", "decagonal"]
    assert labels.confidence < 0.65


def test_tiling_of_squares_and_triangles_between_hexagonal_grains(simulated):
    """By eye: complete wheels of squares and triangles around vertices of six triangles."""
    labels = label_configuration(simulated("hexagonal_and_dodecagonal_with_voids"))
    assert [phase["phase"] for phase in labels.phases] == ["hexagonal", "dodecagonal"]
    assert labels.phases[1]["fraction"] == pytest.approx(0.38, abs=0.08)
    assert labels.void_fraction == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("noise", [0.04, 0.08])
def test_defects_and_grain_boundaries_are_no_fluid(noise):
    rng = np.random.default_rng(5)
    grains = side_by_side(("hexagonal", 1.0, 0.0), ("hexagonal", 1.0, 17.0), 0.5)
    kept = rng.random(grains.n_particles) > 0.03
    grains.positions, grains.types = grains.positions[kept], grains.types[kept]
    labels = label_configuration(with_noise(grains, noise, rng))
    assert labels.label == "hexagonal"
    assert shares(labels)["fluid"] < 0.03
    assert shares(labels)["unknown"] > 0.0


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize(
    "name",
    [
        "hexagonal",
        "square",
        "honeycomb",
        "kagome",
        "rhombic",
        "elongated-triangular",
        "snub-square",
        "dodecagonal",
        "decagonal",
    ],
)
def test_crystals(name, noise):
    labels = label_configuration(noisy(name, noise))
    assert labels.label == name
    assert labels.confidence > 0.85
    assert labels.grains == 1
    assert labels.void_fraction == 0.0
    assert (labels.per_particle == labels.phase_names.index(name)).mean() > 0.97


ALL = [*REPEATS, "dodecagonal", "decagonal"]
STRAINS = (
    [[0.04, 0], [0, 0]],
    [[-0.04, 0], [0, 0]],
    [[0, 0], [0, 0.05]],
    [[0, 0], [0, -0.05]],
    [[0.04, 0], [0, -0.04]],
    [[0, 0.02], [0, 0]],
    [[0, 0.05], [0, 0]],
    [[0, 0.08], [0, 0]],
)


def right(configuration, name):
    labels = label_configuration(configuration)
    return float((labels.per_particle == labels.phase_names.index(name)).mean())


@pytest.mark.parametrize("strain", STRAINS, ids=str)
@pytest.mark.parametrize("name", ALL)
def test_strained_crystals_and_noise_makes_no_label_better(name, strain):
    """Without noise shear picks four of five bonds of one length."""
    shares = [right(strained(noisy(name, noise), np.array(strain)), name) for noise in (0.0, 0.02)]
    assert min(shares) > 0.97
    assert shares[0] >= shares[1]


@pytest.mark.parametrize("name", ALL)
def test_the_hotter_the_fewer_are_recognised(name):
    shares = [right(noisy(name, noise), name) for noise in (0.0, 0.03, 0.06, 0.09, 0.12)]
    assert all(cooler >= hotter - 0.01 for cooler, hotter in pairwise(shares))
    assert shares[0] == 1.0


@pytest.mark.parametrize("noise", [0.0, 0.04])
@pytest.mark.parametrize("repeats", [1, 2, 3])
@pytest.mark.parametrize("name", REPEATS)
def test_the_number_of_particles_of_a_crystal_has_no_say(name, repeats, noise):
    """Few particles in a small box are those in a box of six times as many."""
    few = with_noise(crystal(name, repeats, 1.0), noise, np.random.default_rng(8))
    few = strained(few, np.array([[0.03, 0.01], [0.0, -0.02]]))
    one, many = label_configuration(few), label_configuration(few.replicate((3, 2, 1)))
    np.testing.assert_array_equal(many.per_particle.reshape(6, -1), [one.per_particle] * 6)
    assert many.label == one.label == name
    assert many.phases == one.phases


@pytest.mark.parametrize("n", [40, 160, 640])
def test_the_number_of_particles_of_a_fluid_has_no_say(n):
    """Disks that were put down at random until a third of the plane was full."""
    rng, side = np.random.default_rng(n), np.sqrt(n * np.pi / 4 / 0.33)
    points = np.empty((0, 2))
    while len(points) < n:
        point = rng.uniform(-side / 2, side / 2, 2)
        away = points - point
        away -= side * np.round(away / side)
        if (np.linalg.norm(away, axis=1) > 1.0).all():
            points = np.vstack([points, point])
    positions = np.column_stack([points, np.zeros(n)])
    configuration = Configuration(positions, [side, side, 1, 0, 0, 0], 2, np.zeros(n))
    assert label_configuration(configuration).label == "fluid"


@pytest.mark.parametrize(
    ("name", "ratio"),
    [
        ("hexagonal", 1.0),
        ("square", 1.0),
        ("honeycomb", np.sqrt(3.0)),
        ("kagome", 2.0),
        ("rhombic", 1.0),
        ("elongated-triangular", 1.0),
    ],
)
def test_lattice_constant(name, ratio):
    configuration = noisy(name, 0.0)
    (phase,) = label_configuration(configuration).phases
    d = nearest(configuration, 1).distances[0, 0]
    assert phase["lattice_constant"] == pytest.approx(ratio * d, rel=1e-3)


@pytest.mark.parametrize("name", ["snub-square", "dodecagonal", "decagonal"])
def test_hot_tilings_are_not_recognised_but_are_no_fluid(name):
    """Noise as close to melting: no order within two shells, but Bragg peaks."""
    labels = label_configuration(noisy(name, 0.14))
    assert labels.label == "unknown"
    assert shares(labels)["fluid"] == 0.0


def test_an_unnamed_crystal_is_unknown():
    oblique = strained(crystal("square", 20, 1.0), np.array([[0.4, 0.3], [0.0, 0.0]]))
    labels = label_configuration(with_noise(oblique, 0.03, np.random.default_rng(0)))
    assert labels.label == "unknown"
    assert "none of the known phases" in labels.reason


@pytest.mark.parametrize(("side", "angle"), [(1.2, 78), (1.3, 76), (1.44, 73), (1.5, 72)])
def test_an_oblique_lattice_is_no_kagome(side, angle):
    """Whose four nearest are as far as one another."""
    x, y = side * np.cos(np.radians(angle)), side * np.sin(np.radians(angle))
    box = np.array([1.0, y, 1.0, x / y, 0.0, 0.0])
    cell = Configuration(np.zeros((1, 3)), box, 2, np.zeros(1, dtype=np.int32))
    labels = label_configuration(cell.replicate((12, 12, 1)))
    assert labels.label == "unknown"
    assert [phase["phase"] for phase in labels.phases] == ["unknown"]


@pytest.mark.parametrize("angle", [70, 75, 80])
def test_rhombic_of_other_angles(angle):
    """Of a square lattice with one side turned: the sides stay alike."""
    turned = np.radians(angle)
    strain = np.array([[0.0, np.cos(turned)], [0.0, np.sin(turned) - 1.0]])
    configuration = strained(crystal("square", 20, 1.0), strain)
    labels = label_configuration(with_noise(configuration, 0.03, np.random.default_rng(0)))
    assert labels.label == "rhombic"
    assert labels.grains == 1


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
        (("kagome", 1.0, 0.0), ("square", 1.0, 5.0)),
    ],
)
def test_coexistence(left, right):
    labels = label_configuration(halves(left, right))
    expected = {
        (name, round(a * {"honeycomb": np.sqrt(3), "kagome": 2.0}.get(name, 1), 1))
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
