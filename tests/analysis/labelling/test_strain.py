"""Crystals a little off ideal: strain, c/a, free coordinates, soft shear; cold, warm, few, many."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.labelling import label_configuration
from analysis.labelling.three_dimensional import classify, network
from analysis.labelling.train_three_dimensional import perfect
from analysis.prototypes import crystal, names, prototype
from analysis.prototypes.defects import deformed, harmonic_crystal, with_noise
from analysis.prototypes.prototype import Site

ALONG_Z = np.diag([0.0, 0.0, 1.0])
SHEAR = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])


def right(configuration, name):
    """Part of the particles called `name`."""
    found = classify(configuration, network())[0].argmax(axis=1)
    return float((found == network().classes.tolist().index(name)).mean())


@pytest.mark.parametrize("repeats", [1, 4, 5])
@pytest.mark.parametrize("ratio", [1.5873, 1.66, 1.70, 1.856])
def test_hcp_of_any_c_over_a(ratio, repeats):
    """Titanium has 1.587, zinc 1.856; the number of particles has no say."""
    cell = replace(prototype("hcp"), axes=(1.0, ratio)).cell()
    labels = label_configuration(cell.replicate((repeats, repeats, repeats)))
    assert labels.label == "hcp"
    assert labels.per_particle.tolist() == [labels.phase_names.index("hcp")] * (2 * repeats**3)


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("stretch", [-0.04, 0.04])
def test_stretched_fcc(stretch, noise):
    start = deformed(crystal("fcc", 5, np.sqrt(2.0)), np.eye(3) + stretch * ALONG_Z)
    labels = label_configuration(with_noise(start, noise, np.random.default_rng(1)))
    assert labels.label == "fcc"
    assert labels.confidence > 0.95


@pytest.mark.parametrize("x", [0.05, 0.052, 0.058])
def test_the_free_coordinate_of_ci16(x):
    cell = replace(prototype("cI16"), sites=(Site("A", "16c", (x, x, x)),)).cell()
    assert label_configuration(cell.replicate((3, 3, 3))).label == "cI16"


@pytest.mark.parametrize("name", names(3, 1))
def test_strain_is_no_novelty_with_and_without_noise(name):
    """Nor does noise make a label better than it is without."""
    start = perfect(name, 64)
    for strain in (0.04 * ALONG_Z, -0.04 * ALONG_Z, 0.05 * SHEAR):
        moved = deformed(start, np.eye(3) + strain)
        shares = [
            right(with_noise(moved, noise, np.random.default_rng(2)), name)
            for noise in (0.0, 0.02, 0.05)
        ]
        assert min(shares) > 0.94
        assert shares[0] >= max(shares) - 0.02


def in_nine_ways(size):
    """Longer and shorter along z (c/a) and along two other directions, shears of two planes, and
    longer along one direction and shorter across it."""
    axes = [np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0] for seed in range(4)]
    along = [ALONG_Z, *(np.outer(each[0], each[0]) for each in axes[:2])]
    yield from (sign * size * each for each in along for sign in (1, -1))
    yield from (size * np.outer(each[0], each[1]) for each in axes[:2])
    yield size * (np.outer(axes[2][0], axes[2][0]) - np.outer(axes[2][1], axes[2][1]))


@pytest.mark.parametrize("name", names(3, 1))
def test_a_strain_of_five_percent_in_nine_ways(name):
    """Cold ones at the rim of what was trained on: far from Gaussians, near nothing else."""
    start = perfect(name, 40)
    for number, strain in enumerate(in_nine_ways(0.05)):
        moved = deformed(start, np.eye(3) + strain)
        for noise in (0.0, 0.02):
            noisy = with_noise(moved, noise, np.random.default_rng(number))
            assert right(noisy, name) > 0.9, (strain, noise)


@pytest.mark.parametrize("name", ["fcc", "hcp", "sc", "sigma", "alpha-Mn"])
def test_the_number_of_particles_has_no_say(name):
    cell = deformed(crystal(name, 1, 1.0), np.eye(3) - 0.03 * ALONG_Z + 0.02 * SHEAR)
    classes = classify(cell, network())[0].argmax(axis=1)
    whole = cell.replicate((3, 2, 4))
    many = classify(whole, network())[0].argmax(axis=1)
    np.testing.assert_array_equal(many.reshape(-1, len(classes)), np.tile(classes, (24, 1)))


def test_simple_cubic_that_assembled_by_itself(simulated):
    """Rows slide twice as far as bonds are stretched."""
    labels = label_configuration(simulated("assembled_sc"))
    assert labels.label == "sc"
    assert labels.confidence > 0.9


@pytest.mark.parametrize("name", ["fcc", "bcc", "sc", "diamond"])
def test_crystals_whose_rows_slide(name):
    start = perfect(name, 200)
    moved = harmonic_crystal(start, 0.03, np.random.default_rng(3), 0.02, 14.0)
    assert right(moved, name) > 0.97


@pytest.mark.parametrize("name", ["AlB2", "CaCu5", "CaF2", "NaZn13", "MgZn2", "MgCu2", "NiAs"])
def test_strained_foreign_crystals_stay_unknown(name):
    start = perfect(name, 64)
    unknown = len(network().classes)
    for strain in (0.04 * ALONG_Z, -0.04 * ALONG_Z, 0.05 * SHEAR):
        moved = deformed(start, np.eye(3) + strain)
        for noise in (0.0, 0.03):
            noisy = with_noise(moved, noise, np.random.default_rng(4))
            found = classify(noisy, network())[0].argmax(axis=1)
            assert (found == unknown).mean() > 0.95
