"""External and bias terms are functions whose forces and virials are their derivatives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.interactions.bias import DensityWave, HarmonicBias, Hills
from operations.interactions.external import PlaneWave, Tethers, Trap, acting, sampled
from operations.interactions.neighbour_variables import BondOrder, Coordination, Near

N = 12


def places(dimensions=3, seed=1):
    """Particles in a tilted box, and how often they have been wrapped."""
    random = np.random.default_rng(seed)
    box = np.array([7.0, 8.0, 9.0, 0.1, -0.2, 0.3])
    if dimensions == 2:
        box[2:] = (1.0, 0.1, 0.0, 0.0)
    cell = Configuration(np.zeros((1, 3)), box, dimensions, np.zeros(1)).cell
    s, images = random.random((N, 3)) - 0.5, random.integers(-2, 3, (N, 3))
    s[:, dimensions:], images[:, dimensions:] = 0.0, 0
    return s @ cell, images, cell


@dataclass(frozen=True)
class Apart:
    """Squared distance of two particles, a variable that a strain changes."""

    name: str = "apart"
    conserves_momentum: bool = True

    def evaluate(self, positions, images, cell):
        r = (positions + images @ cell)[0] - (positions + images @ cell)[1]
        gradient = np.zeros_like(positions)
        gradient[:2] = 2.0 * r, -2.0 * r
        return float(r @ r), gradient, 2.0 * np.outer(r, r)


def terms(dimensions):
    random = np.random.default_rng(3)
    sites = random.random((N, 3)) * (1.0, 1.0, dimensions - 2.0)
    k, only = random.uniform(1.0, 5.0, N), np.arange(0, N, 2)
    flat, near = dimensions == 2, Near(3.0, 0.6, dimensions)
    hills = Hills.none(DensityWave((3, 1, 0 if flat else 2)), 0.0, 2.0, 0.2, 1.0)
    for value in (0.1, 0.7, 1.1):
        hills.lay(value, 5.0)
    return {
        "tethers": Tethers(sites, k),
        "centred": Tethers(sites, k, centred=True),
        "wave": PlaneWave(1.5, (2, -1, 0 if flat else 1), 0.3, np.where(k > 3.0, 1.0, 0.2)),
        "trap": Trap((1.0, 2.0, 0.0 if flat else 0.5), (0.1, 0.2, 0.0 if flat else -0.3), k),
        "density": HarmonicBias(DensityWave((3, 1, 0 if flat else 2)), 4.0, 2.0),
        "density of some": HarmonicBias(DensityWave((1, 2, 0), only), 4.0, 2.0),
        "variable": HarmonicBias(Apart(), 0.1, 9.0),
        "coordination": HarmonicBias(Coordination(near, k > 3.0, k < 4.0), 4.0, 2.0),
        "bond order": HarmonicBias(BondOrder(near, 6), 50.0, 1.0),
        "hills": hills,
        "walls": replace(hills, variable=Apart()),
    }


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("name", terms(3))
def test_forces_and_virial_are_derivatives_of_the_energy(name, dimensions) -> None:
    term, (positions, images, cell) = terms(dimensions)[name], places(dimensions)
    found = term.evaluate(positions, images, cell)
    assert np.abs(found.forces).max() > 0.1
    h, d = 1e-5, dimensions
    slopes = np.zeros((N, 3))
    for i, a in np.ndindex(N, d):
        step = np.zeros((N, 3))
        step[i, a] = h
        up, down = (term.evaluate(positions + x, images, cell).energy for x in (step, -step))
        slopes[i, a] = (up - down) / (2.0 * h)
    scale = np.abs(found.forces).max()
    assert found.forces == pytest.approx(-slopes, abs=1e-7 * scale)
    virial = np.zeros((3, 3))
    for a, b in np.ndindex(d, d):
        strain = np.zeros((3, 3))
        strain[a, b] = h
        energies = [
            term.evaluate(
                positions @ (np.eye(3) + sign * strain).T,
                images,
                cell @ (np.eye(3) + sign * strain).T,
            ).energy
            for sign in (1.0, -1.0)
        ]
        virial[a, b] = -(energies[0] - energies[1]) / (2.0 * h)
    largest = max(np.abs(virial).max(), scale)
    assert np.abs(found.virial - found.virial.T).max() < 1e-9 or name == "trap"
    # that of a trap of several strengths turns the box too, as W_ab with the strain ε_ab
    assert pytest.approx(virial, abs=1e-6 * largest) == found.virial.T
    still = np.abs(found.forces.sum(axis=0)).max() < 1e-9 * scale
    assert still == term.conserves_momentum


@pytest.mark.parametrize("name", terms(3))
def test_a_box_further_on_is_the_same_place(name) -> None:
    """Wrapping a particle, with its image flag, changes nothing."""
    term, (positions, images, cell) = terms(3)[name], places()
    shift = np.random.default_rng(5).integers(-2, 3, (N, 3))
    here = term.evaluate(positions, images, cell)
    there = term.evaluate(positions - shift @ cell, images + shift, cell)
    assert there.energy == pytest.approx(here.energy)
    assert there.forces == pytest.approx(here.forces)


def test_energies_of_known_places() -> None:
    cell, images = np.diag([10.0, 10.0, 10.0]), np.zeros((2, 3))
    positions = np.array([[1.0, 0.0, 0.0], [4.9, 2.0, 0.0]])
    sites = np.array([[0.0, 0.0, 0.0], [-0.5, 0.2, 0.0]])
    tied = Tethers(sites, np.array([2.0, 3.0])).evaluate(positions, images, cell)
    assert tied.energy == pytest.approx(0.5 * 2.0 + 1.5 * 9.9**2)
    trap = Trap((2.0, 0.0, 0.0), (-0.5, 0.0, 0.0)).evaluate(positions, images, cell)
    assert trap.energy == pytest.approx(4.0**2 + 0.1**2)
    wave = PlaneWave(2.0, (1, 0, 0)).evaluate(positions, images, cell)
    assert wave.energy == pytest.approx(2.0 * (np.cos(0.2 * np.pi) + np.cos(0.98 * np.pi)))
    crystal = np.stack([np.arange(10.0), np.zeros(10), np.zeros(10)], axis=1)
    value, _, _ = DensityWave((10, 0, 0)).evaluate(crystal, np.zeros((10, 3)), cell)
    assert value == pytest.approx(10**0.5)
    value, gradient, _ = DensityWave((5, 0, 0)).evaluate(crystal, np.zeros((10, 3)), cell)
    assert value == pytest.approx(0.0, abs=1e-12)
    assert np.isfinite(gradient).all()


def test_scales_act_and_are_not_sampled() -> None:
    where, both = places(), (terms(3)["tethers"], terms(3)["density"])
    single = [acting([term], *where) for term in both]
    scaled = [replace(term, scale=s) for term, s in zip(both, (0.3, 0.7), strict=True)]
    for k in range(3):
        expected = 0.3 * single[0][k] + 0.7 * single[1][k]
        assert acting(scaled, *where)[k] == pytest.approx(expected)
    variable = both[1].variable.evaluate(*where)[0]
    assert sampled(scaled, *where) == (single[0][0], single[1][0], variable)


def test_tethers_to_a_configuration_hold_it_where_it_is() -> None:
    positions, images, cell = places()
    box = np.array([7.0, 8.0, 9.0, 0.1, -0.2, 0.3])
    here = Configuration(positions, box, 3, np.zeros(N), images=images)
    assert here.cell == pytest.approx(cell)
    tethers = Tethers.to(here, 7.0)
    assert tethers.evaluate(positions, images, cell).energy == pytest.approx(0.0, abs=1e-20)
    aside = np.array([0.5, 0.0, 0.0])
    moved = tethers.evaluate(positions + aside, images, cell)
    assert moved.energy == pytest.approx(N * 3.5 * 0.25)
    along = Tethers.to(here, 7.0, centred=True).evaluate(positions + aside, images, cell)
    assert along.energy == pytest.approx(0.0, abs=1e-20)
