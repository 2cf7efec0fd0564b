"""What a model needs of an engine, and what its samples have."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.engines import SAMPLE_COLUMNS, EngineError
from operations.interactions.bias import DensityWave, HarmonicBias
from operations.interactions.external import PlaneWave, Tethers
from operations.interactions.model import Model
from workspace_schema.interactions import Interactions
from workspace_schema.system import System

ROD = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]}
ELLIPSOID = {"form": "gay_berne", "length": 3.0}
LJ = Interactions.model_validate({"form": "lennard_jones"})


def system(block=None, **more):
    blocks = {"building_blocks": {"A": block}} if block else {}
    return System.model_validate({"dimensions": 3, "particles": {"A": 8}} | blocks | more)


@pytest.mark.parametrize(
    ("model", "needs"),
    [
        (Model.of(system(), LJ), {"points"}),
        (Model.of(system(boundary="open"), LJ), {"points", "open_boundary"}),
        (Model.of(system(ROD), LJ), {"rigid_bodies"}),
        (Model.of(system(ELLIPSOID)), {"anisotropic_bodies"}),
        (Model.of(system(ROD)), {"hard_particles"}),
        (Model.of(system({"form": "hard_sphere"})), {"hard_particles"}),
        (Model(2, ("A",), external=(PlaneWave(1.0, (1, 0, 0)),)), {"points", "external_terms"}),
        (Model(2, ("A",), scale=0.5), {"points", "scaled_energy"}),
    ],
)
def test_needs_follow_from_the_model(model, needs) -> None:
    assert model.needs == needs


def test_columns_are_those_of_every_engine_and_then_of_the_terms() -> None:
    assert Model.of(system(), LJ).columns == SAMPLE_COLUMNS
    bias = HarmonicBias(DensityWave((1, 0, 0)), 1.0, 2.0)
    model = Model(3, ("A",), external=(PlaneWave(1.0, (1, 0, 0)),), bias=(bias,))
    assert model.columns[5:] == ("plane_wave_energy", "bias_energy", "density_wave")
    assert not model.conserves_momentum
    assert Model(3, ("A",), bias=(bias,)).conserves_momentum


def test_what_is_no_model_is_refused() -> None:
    springs = Tethers(np.zeros((8, 3)), 1.0)
    with pytest.raises(ValueError, match="two terms with one name: tethers_energy, tethers_energy"):
        Model(3, ("A",), external=(springs, springs))
    with pytest.raises(ValueError, match="need a periodic box"):
        Model(3, ("A",), external=(springs,), periodic=False)


def test_particles_of_another_kind_are_refused() -> None:
    box = np.array([9.0, 9.0, 9.0, 0.0, 0.0, 0.0])
    particles = Configuration(np.zeros((1, 3)), box, 3, np.zeros(1), ("B",))
    with pytest.raises(EngineError, match=r"types of the configuration: \('B',\); expected \('A',"):
        Model.of(system(), LJ).check(particles)
