"""What a cut-off takes away from a crystal whose particles are not on their sites."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from operations.equilibrium.crystal import Crystal
from operations.equilibrium.truncation import first_orders, truncation
from operations.interactions.start import lattice
from tests.operations.equilibrium.test_crystal import COLD, merged


def test_no_shell_is_inside_or_outside_as_a_whole(tasks) -> None:
    """Lennard-Jones, fcc, r_cut = 2.5: by the perfect lattice the pressure jumps by 0.37 where the
    shell at √10/2 cells leaves the cut-off; integrated over displacements it does not."""
    found = {}
    for density in (1.01, 1.02):
        changes = {
            "system": {"particles": {"A": 256}},
            "potential": {"r_cut": 2.5},
            "method": {"kT": 1.0, "number_density": density},
        }
        task = tasks(**merged(COLD, changes))[-1]
        assert task.statepoint["method"]["number_density"] == density
        crystal, random = Crystal(task), np.random.default_rng(0)
        perfect = lattice("fcc", {"A": 256}, 3, density, random)
        noise = np.sqrt(0.018 / 3.0) * random.normal(size=(4, 256, 3))
        frames = [replace(perfect, positions=perfect.positions + each) for each in noise]
        sampled = truncation(crystal.point, crystal._model, crystal.beyond(frames))
        ((_, jumps),) = first_orders(crystal.point, crystal._model, [perfect])
        found[density] = sampled["energy_per_particle"], sampled["pressure"], jumps
    (energy, pressure, jump), (energy_after, pressure_after, jump_after) = found.values()
    assert (energy, energy_after) == pytest.approx((-1.068, -1.079), abs=0.003)
    assert (pressure, pressure_after) == pytest.approx((-1.078, -1.098), abs=0.02)
    assert jump_after - jump == pytest.approx(0.365, abs=0.01)
