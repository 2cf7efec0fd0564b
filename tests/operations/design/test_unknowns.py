"""What a design without gradients looks for."""

from __future__ import annotations

import numpy as np
import pytest

from operations.design.unknowns import HEIGHT, INNER, Coefficients, Parameters
from operations.interactions.pair_functions import PairFunction
from workspace_schema.interactions import Interactions
from workspace_schema.potentials import Designed

GAUSS = {"form": "lennard_jones_gauss", "r0": {"free": [1.1, 1.9]}, "epsilon": {"free": [0.5, 3.0]}}


def parameters(block):
    return Parameters(Interactions.model_validate(block).base)


def test_corners_are_bounds():
    unknowns = parameters(GAUSS)
    assert unknowns.values(np.zeros(2)) == {"epsilon": 0.5, "r0": 1.1}
    assert unknowns.values(np.ones(2)) == {"epsilon": 3.0, "r0": pytest.approx(1.9)}
    assert unknowns.values(unknowns.start) == {"epsilon": 1.75, "r0": 1.5}


@pytest.mark.parametrize(
    "block",
    [
        GAUSS,
        {"form": "wca", "sigma": {"free": [0.9, 1.2]}},
        {"form": "lennard_jones", "epsilon": {"free": [1, 2]}, "truncation": "force_shift"},
    ],
)
def test_the_table_is_the_formula(block):
    unknowns = parameters(block)
    for x in (0.1, 0.8):
        at = np.full(len(unknowns.start), x)
        table = unknowns.function(at)
        exact = PairFunction(unknowns.potential.at(unknowns.values(at)))
        r = np.linspace(0.75, unknowns.potential.r_cut, 5001)[:-1]
        force = exact.force(r)
        assert table.energy(r) == pytest.approx(exact.energy(r), abs=1e-7)
        assert np.abs(table.force(r) - force).max() < 1e-5 * np.abs(force).max()


@pytest.mark.parametrize("shape", ["convex", "monotone"])
def test_repulsive_shapes_start_as_walls(shape):
    unknowns = Coefficients(Designed(shape=shape, coefficients=10, r_cut=2.0), 1.0, unit=0.5)
    u = unknowns.function(unknowns.start).energy([INNER, 1.9])
    assert 0.5 * HEIGHT * 0.5 < u[0] < 2.5 * HEIGHT * 0.5
    assert u[1] < 0.1 * u[0]
    said = unknowns.found(unknowns.start)
    assert len(said["coefficients"]) == 10
    assert min(said["coefficients"]) > 0.0


def test_splines_have_both_signs():
    unknowns = Coefficients(Designed(coefficients=8, r_cut=2.0), 1.0, unit=1.0)
    assert unknowns.function(unknowns.start).energy([1.0, 1.5]) == pytest.approx([0.0, 0.0])
    assert unknowns.function(np.zeros(8)).energy([1.2])[0] < -1.0
    assert unknowns.function(np.ones(8)).energy([1.2])[0] > 1.0
