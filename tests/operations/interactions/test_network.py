"""Energies of a network of neighbourhoods, alone and in the engines; weights are random numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.engines import Integration, Sampling, Segment, choose, engine_classes
from operations.interactions.many_body import ManyBody
from operations.interactions.model import Model
from operations.interactions.start import thermal_velocities
from workspace_schema.potentials.learned import LearnedBasis, LearnedData

BASIS = LearnedBasis(r_in=0.7, r_cut=1.6, radial=4, channels=3, degree=3, hidden=6)
CELL = np.array([4.0, 4.2, 4.4, 0.1, -0.2, 0.05])


def network(types: int) -> ManyBody:
    species, n = ("A", "B")[:types], BASIS.size(types)
    return ManyBody(
        LearnedData.model_validate(
            {
                "species": species,
                "basis": BASIS,
                "coefficients": np.random.default_rng(1).normal(0.0, 0.1, n).tolist(),
                "smallest_distances": dict.fromkeys(("A-A", "A-B", "B-B")[: 2 * types - 1], 0.9),
                "fit": {
                    "frames": 1,
                    "blocks": 1,
                    "particles": 64,
                    "rms_force": 1.0,
                    "rms_error": 0.1,
                    "number_densities": [0.5, 1.0],
                },
            }
        )
    )


def liquid(types: int) -> Configuration:
    """A lattice that is shaken."""
    sites = np.stack(np.meshgrid(*[np.arange(4.0)] * 3), -1).reshape(-1, 3) / 4.0 - 0.4
    names = ("A", "B")[:types]
    found = Configuration(sites, CELL, 3, np.arange(64) % types, names)
    noise = np.random.default_rng(2).normal(0.0, 0.08, sites.shape)
    return replace(found, positions=sites @ found.cell + noise)


@pytest.mark.parametrize("types", [1, 2])
def test_forces_and_virial_are_slopes(types):
    potential, frame, h = network(types), liquid(types), 1e-5
    found = potential.evaluate(frame)
    np.testing.assert_allclose(found.forces.sum(axis=0), 0.0, atol=1e-12)

    def energy(strain: np.ndarray, shift: np.ndarray) -> float:
        cell = frame.cell @ (np.eye(3) + strain)
        (lx, _, _), (bx, ly, _), (cx, cy, lz) = cell.tolist()
        moved = (frame.positions + shift) @ (np.eye(3) + strain)
        box = np.array([lx, ly, lz, bx / ly, cx / lz, cy / lz])
        return potential.evaluate(replace(frame, positions=moved, box=box)).energy

    none, still = np.zeros((3, 3)), np.zeros((64, 3))
    for axis in range(3):
        shift, strain = still.copy(), none.copy()
        shift[7, axis] = strain[2, axis] = h
        slope = (energy(none, -shift) - energy(none, shift)) / (2 * h)
        assert found.forces[7, axis] == pytest.approx(slope, rel=1e-6, abs=1e-6)
        slope = (energy(-strain, still) - energy(strain, still)) / (2 * h)
        assert found.virial[2, axis] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_memory_has_a_bound(monkeypatch):
    monkeypatch.setattr("operations.interactions.network.MOST_NEIGHBOURS", 1000)
    with pytest.raises(ValueError, match=r"64 particles with up to .* a smaller r_cut"):
        network(1).evaluate(liquid(1))


def test_an_open_boundary_has_no_density_that_a_fit_may_not_have_seen():
    sites = np.indices((4, 4, 4)).reshape(3, -1).T - 1.5
    frame = Configuration(sites, np.array([20.0] * 3 + [0.0] * 3), 3, np.zeros(64), ("A",))
    assert network(1).n_outside([frame, replace(frame, periodic=False)]) == 1


@pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)])
def test_engines_have_its_energy_forces_and_virial(engine):
    potential, frame = network(2), liquid(2)
    model, nve = Model(3, ("A", "B"), many_body=potential), Integration("nve", 0.002)
    assert model.needs == {"points", "network"}
    kind = engine_classes(engine)[0]
    assert choose(engine, model, nve, "cpu") is kind
    run, wanted = kind(model, nve, 1, "cpu"), potential.evaluate(frame)
    energy, forces, virial = run.energy_and_forces(frame)
    assert energy == pytest.approx(wanted.energy, rel=1e-9)
    np.testing.assert_allclose(forces, wanted.forces, atol=1e-8)
    np.testing.assert_allclose(virial, wanted.virial, atol=1e-7)
    frame.velocities = thermal_velocities(64, 3, 0.5, np.random.default_rng(3))
    segment, sampling = Segment(0, 40, (0.5, 0.5)), Sampling(10, 20, 40)
    whole = run.run(run.begin(frame), segment, 40, sampling)
    total = whole.samples[:, 2] + 1.5 * whole.samples[:, 1] * (63 / 64)
    assert np.ptp(total) < 0.02 * np.ptp(whole.samples[:, 2])
    last = potential.evaluate(whole.frames[-1][1])
    assert whole.samples[-1, 2] == pytest.approx(last.energy / 64, rel=1e-9)
    half = run.run(run.begin(frame), segment, 20, sampling)
    fresh = kind(model, nve, 1, "cpu")
    rest = [each.run(half.state, segment, 40, sampling).samples for each in (run, fresh)]
    np.testing.assert_array_equal(rest[0], rest[1])
