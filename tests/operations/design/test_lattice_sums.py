"""Sums over shells against the energies of searches, which know nothing of them."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.prototypes import crystal, prototype
from operations.design.bases import Basis
from operations.design.lattice_sums import Shells
from operations.search.kernels import make_kernel
from workspace_schema.potentials import Designed


def test_shells_of_the_square_lattice():
    shells = Shells.of(prototype("square").cell(), 2.3)
    assert shells.r == pytest.approx(np.sqrt([1, 2, 4, 5]))
    assert shells.neighbours.tolist() == [4, 4, 4, 8]


@pytest.mark.parametrize(
    ("name", "volume"), [("honeycomb", 0.9), ("kagome", 1.1), ("diamond", 1.0), ("hcp", 0.8)]
)
@pytest.mark.parametrize("shape", ["convex", "monotone", "free"])
def test_energy_and_pressure(name, volume, shape):
    basis = Basis(Designed(r_cut=2.2, shape=shape, coefficients=10), 0.5)
    coefficients = np.random.default_rng(5).uniform(0.1, 1.0, 10)
    shells = Shells.of(prototype(name).cell(), 3.0)
    energies, pressures = shells.sums(basis, np.array([1.3, volume]))
    kernel = make_kernel({(0, 0): basis.function(coefficients)})
    whole = crystal(name, 1, 1.0 / volume)
    energy = kernel.evaluate(whole)[0] / whole.n_particles
    assert energies[1] @ coefficients == pytest.approx(energy, rel=1e-10)
    assert pressures[1] @ coefficients == pytest.approx(kernel.pressure(whole), rel=1e-10)


def test_particles_at_one_place_count():
    """Soft cores may sit on each other: that has an energy, too."""
    basis = Basis(Designed(r_cut=1.5, shape="convex", coefficients=5))
    cell = prototype("square").cell()
    stacked = Configuration(
        np.repeat(cell.positions, 2, axis=0), cell.box, 2, np.zeros(2, dtype=int)
    )
    shells = Shells.of(stacked, 3.0)
    assert (shells.r[0], shells.neighbours[0]) == (0.0, 1.0)
    coefficients = np.arange(1.0, 6.0)
    energies, _ = shells.sums(basis, np.array([0.5]))
    energy = make_kernel({(0, 0): basis.function(coefficients)}).evaluate(stacked)[0]
    assert energies[0] @ coefficients == pytest.approx(energy / 2, rel=1e-5)


def test_too_few_shells_are_refused():
    basis = Basis(Designed(r_cut=2.2, shape="convex"))
    with pytest.raises(ValueError, match="too few"):
        Shells.of(prototype("sc").cell(), 2.2).sums(basis, np.array([0.9]))


@pytest.mark.parametrize("name", ["CsCl", "AlB2", "Cu3Au"])
def test_energy_and_pressure_of_mixtures(name):
    """Each pair of types has a potential of its own."""
    random = np.random.default_rng(6)
    cell = prototype(name).cell()
    functions, energy, pressure = {}, 0.0, 0.0
    for types in ((0, 0), (0, 1), (1, 1)):
        basis = Basis(Designed(r_cut=2.0, shape="convex", coefficients=10))
        coefficients = random.uniform(0.1, 1.0, 10)
        functions[types] = basis.function(coefficients)
        sums = Shells.of(cell, 2.5, types).sums(basis, np.array([1.1]))
        energy, pressure = energy + sums[0][0] @ coefficients, pressure + sums[1][0] @ coefficients
    kernel, whole = make_kernel(functions), crystal(name, 1, 1.0 / 1.1)
    assert energy == pytest.approx(kernel.evaluate(whole)[0] / whole.n_particles, rel=1e-10)
    assert pressure == pytest.approx(kernel.pressure(whole), rel=1e-10)
