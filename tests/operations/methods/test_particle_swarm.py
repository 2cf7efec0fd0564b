"""A swarm from start to products: what it finds, and that interruptions change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.jobs.driver import drive
from operations.methods.particle_swarm import ParticleSwarm
from operations.search.flights import OF_THE_BOX, flown, towards
from tests.operations.interruptions import (
    ended,
    interrupted_at_every_checkpoint,
    result,
    without_time,
)


@pytest.fixture
def searches(tasks):
    def make(n, boundary, **method):
        system = {"dimensions": 3, "particles": {"A": n}, "boundary": boundary}
        potential = {"form": "lennard_jones", "r0": None, "epsilon": None}
        potential |= {"r_cut": 3.0 if boundary == "periodic" else None}
        words = {"name": "particle_swarm", "population": 6, "generations": 8} | method
        return tasks(system=system, potential=potential, method=words, settings={"engine": "auto"})

    return make


@pytest.mark.parametrize("periodic", [True, False])
def test_a_way_leads_to_the_other_structure(periodic) -> None:
    """Turned or shifted, and with particles of one type exchanged."""
    random = np.random.default_rng(2)
    places = random.normal(size=(8, 3))
    box = np.array([5.0, 5.0, 5.0, 0.2, 0.0, 0.0])
    types = np.repeat([0, 1], 4)
    here = Configuration(places, box, 3, types, ("A", "B"), periodic=periodic)
    shuffled = [2, 0, 1, 3, 6, 7, 4, 5]
    moved = places[shuffled] + [0.3, 0.1, 0.2]
    if not periodic:
        cos, sin = np.cos(0.4), np.sin(0.4)
        moved = moved @ [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]]
    there = Configuration(moved, box, 3, types, ("A", "B"), periodic=periodic)
    way = towards(here, there, random)
    assert way.shape == (8 + OF_THE_BOX, 3)
    assert np.abs(way).max() < 1e-6
    other = Configuration(places + 0.1 * random.normal(size=(8, 3)), box, 3, types, ("A", "B"),
                          periodic=periodic)  # fmt: skip
    end = flown(here, towards(here, other, random), 0.5)
    assert np.abs(towards(end, other, random)).max() < 1e-6


def test_thirteen_particles_make_an_icosahedron(searches) -> None:
    (task,) = searches(13, "open")
    drive(task)
    assert result(task)["energy_per_particle"] == pytest.approx(-44.326801 / 13, abs=1e-5)


def test_a_cell_finds_close_packing(searches) -> None:
    (task,) = searches(4, "periodic")
    drive(task)
    found = result(task)
    assert found["structures"][0]["prototype"] == found["prototype"] == "hcp"
    assert found["energy_per_particle"] == pytest.approx(-8.308217, abs=1e-5)


@pytest.mark.parametrize(("n", "boundary"), [(7, "open"), (2, "periodic")])
def test_a_search_cut_at_every_generation_equals_an_uninterrupted_one(
    searches, n, boundary
) -> None:
    (task,) = searches(n, boundary, population=4, generations=3)
    _, again = interrupted_at_every_checkpoint(task, ParticleSwarm)
    method = ParticleSwarm(task)
    assert without_time(again) == without_time(method.finish(ended(method)).to_json())
