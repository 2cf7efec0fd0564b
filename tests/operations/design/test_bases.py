"""Bases: their functions, derivatives, shapes, and tables that hold them exactly."""

from __future__ import annotations

import numpy as np
import pytest

from operations.design.bases import Basis
from workspace_schema.potentials import Designed

R_CUT = 2.4
R = np.linspace(0.55, R_CUT - 1e-9, 801)
INNER = {"convex": 0.0, "monotone": 0.0, "free": 0.5}


def basis(shape, n=12):
    return Basis(Designed(r_cut=R_CUT, shape=shape, coefficients=n), INNER[shape])


@pytest.mark.parametrize("shape", INNER)
def test_functions_end_smoothly_at_the_cut_off(shape):
    one = basis(shape)
    assert one.values(R).shape == (len(R), 12)
    for derivative in (0, 1):
        assert one.values([R_CUT], derivative) == pytest.approx(np.zeros((1, 12)), abs=1e-9)
        assert (one.values([R_CUT + 0.1], derivative) == 0.0).all()
    # every one of them is needed
    assert np.linalg.matrix_rank(one.values(np.linspace(INNER[shape], R_CUT, 400)[1:])) == 12


@pytest.mark.parametrize("shape", INNER)
def test_derivatives(shape):
    one, h = basis(shape), 1e-6
    away = R[np.abs(R[:, None] - one.knots).min(axis=1) > 1e-4]
    for derivative in (1, 2):
        difference = one.values(away + h, derivative - 1) - one.values(away - h, derivative - 1)
        assert one.values(away, derivative) == pytest.approx(difference / (2 * h), abs=1e-6)


def test_shapes():
    convex = basis("convex").values(R, 2)
    assert (convex >= 0.0).all()
    monotone = basis("monotone").values(R, 1)
    assert (monotone <= 1e-12).all()
    assert (basis("free").values(R, 1) > 0.1).any()
    assert [basis(shape).signed for shape in INNER] == [False, False, True]


@pytest.mark.parametrize("shape", INNER)
def test_tables_are_exact_between_their_rows(shape):
    one = basis(shape)
    coefficients = np.random.default_rng(4).uniform(0.1, 1.0, 12)
    function = one.function(coefficients)
    assert function.energy(R) == pytest.approx(one.values(R) @ coefficients, abs=1e-12)
    assert function.force(R) == pytest.approx(-(one.values(R, 1) @ coefficients), abs=1e-11)
    assert function.energy(R_CUT) == 0.0


@pytest.mark.parametrize("pull", [-1.0, 1.0])
def test_a_wall_continues_splines_inwards(pull):
    """Whatever the first coefficients say, particles do not come through."""
    one = basis("free")
    function = one.function(pull * np.linspace(1.0, 0.1, 12))
    r = np.linspace(function.r_inner, 0.5, 2000)
    assert function.energy(r[0]) >= 900.0
    outer = function.energy(0.5)
    assert (np.diff(function.energy(r))[r[1:] < 0.45] < 0.0).all()
    assert function.energy(r).min() > outer - 1e-2
    steps = 0.5 * (function.force(r)[1:] + function.force(r)[:-1]) * np.diff(r)
    assert -steps.sum() == pytest.approx(function.energy(0.5) - function.energy(r[0]), rel=1e-3)
