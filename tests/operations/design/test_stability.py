"""Phonons against frequencies that are known, and crystals that are known to be unstable."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.prototypes import crystal
from operations.design.bases import Bases, Basis
from operations.design.stability import lowest_frequency
from operations.search.kernels import make_kernel
from workspace_schema.potentials import Designed

#: u = (1.3 - r)² of nearest neighbours only.
SPRINGS = Bases(("A",), {"A-A": Basis(Designed(r_cut=1.3, shape="convex", coefficients=4))})
ONE = np.array([0.0, 0.0, 0.0, 1.0])


def test_nearest_neighbours_under_pressure_do_not_hold_a_square_lattice():
    assert lowest_frequency(SPRINGS, ONE, crystal("square", 1, 1.0)) < -0.5


def test_they_hold_a_hexagonal_one_little_compressed():
    density = 2.0 / np.sqrt(3.0) / 1.29**2
    assert lowest_frequency(SPRINGS, ONE, crystal("hexagonal", 1, density)) > 0.0


def test_the_lowest_frequency_is_that_of_finite_displacements():
    """Of a square lattice in a cell of 2 x 2: its wave vectors are 0 and half."""
    basis = Basis(Designed(r_cut=2.4, shape="convex", coefficients=48))
    coefficients = np.zeros(48)
    coefficients[29:31] = 2.0, 1.6
    cell = crystal("square", 2, 1.0)
    kernel, h = make_kernel({(0, 0): basis.function(coefficients)}), 1e-4
    hessian = np.zeros((8, 8))
    for column in range(8):
        forces = []
        for sign in (1, -1):
            moved = cell.replicate((1, 1, 1))
            moved.positions[column // 2, column % 2] += sign * h
            forces.append(kernel.evaluate(moved)[1][:, :2].ravel())
        hessian[:, column] = -(forces[0] - forces[1]) / (2 * h)
    values = np.linalg.eigvalsh(hessian)
    assert values[:2] == pytest.approx([0.0, 0.0], abs=1e-6)
    lowest = lowest_frequency(
        Bases(("A",), {"A-A": basis}), coefficients, crystal("square", 1, 1.0), grid=2
    )
    assert lowest == pytest.approx(values[2], rel=1e-6)


def test_phonons_of_a_mixture_are_those_of_finite_displacements():
    """Of CsCl with three potentials, whose optical modes are unstable in the second case: its wave
    vectors in one cell are 0."""
    pairs = ("A-A", "A-B", "B-B")
    one = Basis(Designed(r_cut=1.8, shape="convex", coefficients=12))
    bases = Bases(("A", "B"), dict.fromkeys(pairs, one))
    last = np.zeros((3, 12))
    last[:, -1] = 10.0, 1.0, 10.0
    signs = []
    for coefficients in (np.random.default_rng(3).uniform(0.1, 1.0, 36), last.ravel()):
        signs.append(np.sign(_optical(bases, coefficients)))
    assert signs == [1.0, -1.0]


def _optical(bases: Bases, coefficients: np.ndarray) -> float:
    """The lowest optical frequency of CsCl by finite displacements, which the phonons have."""
    cell = crystal("CsCl", 1, 1.0)
    kernel, h = make_kernel(bases.functions(coefficients)), 1e-4
    hessian = np.zeros((6, 6))
    for column in range(6):
        forces = []
        for sign in (1, -1):
            moved = cell.replicate((1, 1, 1))
            moved.positions[column // 3, column % 3] += sign * h
            forces.append(kernel.evaluate(moved)[1].ravel())
        hessian[:, column] = -(forces[0] - forces[1]) / (2 * h)
    values = np.linalg.eigvalsh(hessian)
    uniform = np.abs(values).argsort()[:3]
    assert values[uniform] == pytest.approx(np.zeros(3), abs=1e-5)
    optical = np.delete(values, uniform)
    lowest = lowest_frequency(bases, coefficients, cell, grid=1)
    assert lowest == pytest.approx(optical.min(), rel=1e-5)
    return lowest
