"""Names of targets: those of the prototypes."""

from __future__ import annotations

import pytest

from analysis.labelling.phases import production_phases
from analysis.prototypes import crystal, names
from workspace_schema.methods.targets import (
    IN_A_CELL,
    PLASTIC,
    QUASICRYSTALS,
    TARGETS,
    check_target,
)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_targets_are_the_prototypes_of_one_type(dimensions):
    assert TARGETS[dimensions] == names(dimensions, 1)


def test_cells_have_so_many_particles():
    every = [name for names in TARGETS.values() for name in names]
    assert {name: crystal(name, 1, 1.0).n_particles for name in every} == IN_A_CELL


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_judge_knows_every_label(dimensions):
    known = production_phases(dimensions)
    names = (*TARGETS[dimensions], *QUASICRYSTALS[dimensions])
    assert set(names) <= set(known)
    assert {PLASTIC + name for name in names} <= set(known)


def test_a_name_is_mended():
    with pytest.raises(ValueError, match="did you mean honeycomb"):
        check_target("honycomb", 2)
