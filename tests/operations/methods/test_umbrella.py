"""Free energies against a distance and a density wave, which are known exactly."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from operations.equilibrium import runs
from operations.jobs.driver import drive
from operations.methods.umbrella import Umbrella
from tests.operations.equilibrium.test_crystal import merged
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)

PAIR = {
    "system": {"dimensions": 3, "particles": {"A": 1, "B": 1}},
    "potential": {"form": "lennard_jones", "epsilon": 3.0, "r_cut": 2.5},
    "method": {
        "name": "umbrella",
        "variable": {"distance": "A-B"},
        "low": 0.95,
        "high": 2.45,
        "windows": 7,
        "bins": 15,
        "kT": 0.7,
        "number_density": 2 / 6**3,
        "equilibration_steps": 500,
        "steps": 8000,
    },
    "settings": {"engine": "lammps", "frames": None},
}
#: Particles that hardly know of each other.
IDEAL = {
    "system": {"particles": {"A": 30, "B": 30}},
    "potential": {"form": "gaussian_core", "epsilon": 1e-9, "r_cut": 1.0},
    "method": {
        "low": 0.2,
        "high": 2.2,
        "windows": 4,
        "bins": 10,
        "kT": 1.0,
        "number_density": 0.5,
        "dt": 0.02,
    },
}


def by_bins(found, kT, density, low, high):
    """Free energies of bins by their exact probability."""
    edges = np.linspace(low, high, len(found["value"]) + 1)
    shares = np.array([quad(density, a, b)[0] for a, b in pairwise(edges)])
    return -kT * np.log(shares / shares.sum() / np.diff(edges))


def compared(found, expected, most):
    values, errors = np.array(found["free_energy"]), np.array(found["free_energy_error"])
    pulls = (values - expected) / errors
    assert errors.max() < most
    assert np.abs(pulls).max() < 5.0
    # of ten parts, so that the errors scatter themselves
    assert np.sqrt(np.mean(pulls**2)) < 2.0


def test_the_distance_of_two_particles_has_its_exact_free_energy(tasks) -> None:
    (task,) = tasks(**PAIR)
    drive(task)
    found = result(task)["umbrella"]

    def density(r):
        u = 12.0 * (r**-12 - r**-6)
        return r**2 * np.exp(-u / 0.7)

    compared(found, by_bins(found, 0.7, density, 0.95, 2.45), 0.5)
    assert found["variable"] == "distance"


@pytest.mark.physical_validation
def test_a_density_wave_of_an_ideal_gas_has_its_exact_free_energy(tasks) -> None:
    """|ρ_k|² of independent particles is exponential, but for 1/N."""
    words = merged(PAIR, IDEAL)
    words["method"] |= {"variable": {"density_wave": 2}}
    (task,) = tasks(**words)
    drive(task)
    found = result(task)["umbrella"]
    expected = by_bins(found, 1.0, lambda q: 2.0 * q * np.exp(-(q**2)), 0.2, 2.2)
    compared(found, expected, 0.6)


def test_a_job_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch) -> None:
    monkeypatch.setattr(runs, "CHUNK", 100)
    short = {"windows": 2, "low": 1.0, "high": 1.2, "bins": 4, "steps": 400}
    (task,) = tasks(**merged(PAIR, {"method": short}))
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, Umbrella)
    assert without_time(cut).items() <= result(task).items()
