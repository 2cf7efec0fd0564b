"""Predicted crystals that the judge of particles does not know are named by their symmetry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.labelling import label_configuration
from analysis.labelling.labels import Labels
from analysis.prototypes import PROTOTYPES
from analysis.prototypes.defects import with_noise
from operations.results.crystals import LARGEST, named


def labels_of(structure) -> Labels:
    return named(structure, label_configuration(structure))[0]


@pytest.mark.parametrize("name", ["AlB2", "NiAs", "CaCu5"])
def test_what_has_no_known_parts_has_a_symmetry(name, tmp_path) -> None:
    cell = PROTOTYPES[name].cell()
    assert label_configuration(cell).label == "unknown"
    labels = labels_of(cell)
    assert labels.label == name
    assert labels.phases[0]["lattice_constant"] == pytest.approx(cell.box[0], rel=1e-3)
    assert {labels.phase_names[k] for k in labels.per_particle} == {name}
    labels.save(tmp_path)
    assert Labels.load(tmp_path).label == name


@pytest.mark.parametrize("name", ["AlB2", "NiAs", "CaCu5"])
def test_how_often_the_box_repeats_it_does_not_matter(name) -> None:
    whole = PROTOTYPES[name].cell().replicate((6, 5, 4))
    assert whole.n_particles > LARGEST
    labels = labels_of(whole)
    assert labels.label == name
    assert len(labels.per_particle) == whole.n_particles


def test_noise_does_not_hide_the_cell() -> None:
    cell = PROTOTYPES["AlB2"].cell().replicate((3, 3, 3))
    labels = labels_of(with_noise(cell, 0.03, np.random.default_rng(1)))
    assert labels.label == "AlB2"
    assert labels.crystal is not None
    assert labels.crystal["space_group"] == "P6/mmm"
    assert labels.crystal["wyckoff"] == ("A 1a", "B 2d")
    assert labels.phases[0]["fraction"] == 1.0


def test_what_is_known_is_left_alone() -> None:
    cell = PROTOTYPES["NaCl"].cell()
    assert labels_of(cell).to_json() == label_configuration(cell).to_json()


def test_clusters_have_no_space_group() -> None:
    cluster = replace(PROTOTYPES["AlB2"].cell(), periodic=False)
    assert labels_of(cluster).to_json() == label_configuration(cluster).to_json()


@pytest.mark.parametrize("name", ["beta-Mn", "sigma", "BC8", "gamma-brass"])
def test_crystals_that_move_are_named_by_their_cell(name) -> None:
    """None of these is known to the judge of particles."""
    cell = PROTOTYPES[name].cell()
    repeats = max(2, round((500 / cell.n_particles) ** (1 / 3)))
    whole = cell.replicate((repeats, repeats, repeats))
    unit = (whole.volume / whole.n_particles) ** (1 / 3)
    moving = with_noise(whole, 0.05 * unit, np.random.default_rng(3))
    unknown = replace(label_configuration(moving), label="unknown")
    labels, conventional = named(moving, unknown)
    assert labels.label == name
    assert labels.crystal is not None
    assert conventional is not None
    assert conventional.n_particles == cell.n_particles


def test_a_box_without_many_cells_is_no_evidence() -> None:
    cell = PROTOTYPES["clathrate-I"].cell()
    moving = with_noise(cell.replicate((2, 2, 1)), 0.05, np.random.default_rng(3))
    unknown = replace(label_configuration(moving), label="unknown")
    assert named(moving, unknown)[0].label == "unknown"
