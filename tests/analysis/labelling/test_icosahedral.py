"""Icosahedral quasicrystals by their bonds: told from crystals, fluids and twinned clusters."""

from itertools import combinations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling import label_configuration
from analysis.labelling.icosahedral import ICOSAHEDRAL, bond_symmetry, refine
from analysis.labelling.labels import UNKNOWN
from analysis.labelling.train_three_dimensional import perfect
from analysis.prototypes import names
from analysis.prototypes.defects import with_noise
from analysis.prototypes.tilings import icosahedral_patch

GOLDEN = (1 + np.sqrt(5)) / 2
CORNERS = np.array(
    [np.roll([0, a, b * GOLDEN], s) for a in (-1, 1) for b in (-1, 1) for s in range(3)]
)


@pytest.fixture(scope="module")
def patch():
    return icosahedral_patch(7.0)


def forced(configuration):
    """What becomes of particles that are all unknown."""
    radius = np.linalg.norm(configuration.positions, axis=1)
    surface = (radius > radius.max() - 1.0) & (not configuration.periodic)
    unknown = np.ones((configuration.n_particles, 1), dtype=np.float32)
    probabilities, phases = refine(configuration, unknown, (UNKNOWN,), surface)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    return (probabilities.argmax(axis=1) == 1).mean() if ICOSAHEDRAL in phases else 0.0


@pytest.mark.parametrize(("noise", "least"), [(0.0, 0.99), (0.04, 0.95), (0.08, 0.6)])
def test_a_quasicrystal(patch, noise, least):
    labels = label_configuration(with_noise(patch, noise, np.random.default_rng(1)))
    share = float((labels.per_particle == len(labels.phase_names) - 1).mean())
    print(f"\n| {noise} | {labels.label} | {share:.3f} |")
    assert labels.label == labels.phase_names[-1] == "icosahedral"
    assert labels.phases[0]["fraction"] > least
    np.testing.assert_allclose(labels.probabilities.sum(axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("name", [*names(3, 1), *names(3, 2)])
def test_no_crystal_is_one(name):
    assert forced(with_noise(perfect(name, 500), 0.05, np.random.default_rng(0))) == 0.0


def test_no_fluid_is_one(simulated):
    assert forced(simulated("liquid")) == 0.0


def test_two_grains_of_different_orientation_have_no_symmetry_in_common(patch):
    rng = np.random.default_rng(2)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    left, right = patch.positions - [7.5, 0, 0], patch.positions @ turn + [7.5, 0, 0]
    both = np.concatenate([left, right])
    two = Configuration(both, [40, 40, 40, 0, 0, 0], 3, np.zeros(len(both)), periodic=False)
    assert forced(patch) > 0.95
    assert forced(two) < 0.5


def test_a_twinned_cluster_is_crystal():
    """A Mackay icosahedron of 923 particles: all bonds together have the symmetry, too."""
    edges = np.linalg.norm(CORNERS[:, None] - CORNERS, axis=2)
    faces = [
        face
        for face in combinations(range(12), 3)
        if all(edges[a, b] < 2.1 for a, b in combinations(face, 2))
    ]
    points = {(0.0, 0.0, 0.0)}
    for shell in range(1, 7):
        for a, b, c in CORNERS[np.array(faces)] / 2:
            for i in range(shell + 1):
                for j in range(shell + 1 - i):
                    points.add(tuple(np.round(i * a + j * b + (shell - i - j) * c, 6) + 0.0))
    positions = np.array(sorted(points))
    assert len(positions) == 923
    cluster = Configuration(
        positions, [40, 40, 40, 0, 0, 0], 3, np.zeros(len(positions)), periodic=False
    )
    labels = label_configuration(with_noise(cluster, 0.03, np.random.default_rng(0)))
    assert "icosahedral" not in labels.phase_names
    assert labels.label in ("fcc", "hcp", "dhcp")


def test_invariants_of_one_icosahedron():
    """Steinhardt, Nelson and Ronchetti: Q_6 = 0.66332, W_6 = -0.169754."""
    from analysis.descriptors.real_harmonics import mean_harmonics
    from analysis.neighbourhoods import nearest

    positions = np.concatenate([np.zeros((1, 3)), CORNERS])
    cluster = Configuration(positions, [20, 20, 20, 0, 0, 0], 3, np.zeros(13), periodic=False)
    table = nearest(cluster, 12)
    found = bond_symmetry({degree: mean_harmonics(table, 12, degree)[:1] for degree in (4, 6)})
    assert found.q4 == pytest.approx(0.0, abs=1e-5)
    assert found.q6 == pytest.approx(0.66332, abs=1e-4)
    assert found.w6 == pytest.approx(-0.169754, abs=1e-5)
    assert found.icosahedral
