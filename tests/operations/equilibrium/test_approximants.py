"""The crystals that stand in for quasicrystals."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.equilibrium.approximants import at_rest
from operations.equilibrium.finite_size import finite_size
from operations.equilibrium.phases import as_lattice, lattice_of
from operations.interactions.pair_functions import PairFunction, pair_functions
from operations.jobs.errors import EngineError
from operations.search.inherent_structure import inherent_structure
from operations.search.kernels import make_kernel
from workspace_schema.interactions import Interactions
from workspace_schema.methods.free_energy import LabelledPhase


def pair(**words) -> PairFunction:
    interactions = Interactions.model_validate({"r_cut": 2.5, **words})
    return pair_functions(interactions, ["A"], Path())[0, 0]


GAUSS = {"form": "lennard_jones_gauss", "r0": 1.52, "epsilon": 1.8, "sigma2": 0.02}


def test_the_decagonal_approximant_is_lower_than_what_assembles() -> None:
    """Whose quenched enthalpy is -6.4 or so at this pressure (docs/validation/prediction.md)."""
    rest = at_rest("decagonal", pair(**GAUSS), 0.1)
    assert rest.n_particles == 26  # two primitive cells
    again = inherent_structure(make_kernel({(0, 0): pair(**GAUSS)}), rest, 0.1)
    assert again.enthalpy / 26 == pytest.approx(-6.65680, abs=1e-5)
    lattice = as_lattice(rest)
    assert lattice.tilts == (0.0, 0.0, 0.0)
    lacking = finite_size(lattice, 104, 13.0 / rest.number_density, 0.015)
    assert lacking is not None
    assert -0.1 < lacking < -0.03
    assert lattice_of(LabelledPhase(label="decagonal"), Path()).n_sites(104) == 104


def test_where_the_approximant_becomes_something_else_there_is_none() -> None:
    with pytest.raises(EngineError, match="approximant of decagonal relaxes to"):
        at_rest("decagonal", pair(form="lennard_jones"), 0.1)
