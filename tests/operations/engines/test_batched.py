"""Dynamics of small systems: what it refuses, energy, and averages beside LAMMPS."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.engines import (
    EngineError,
    ExplodedError,
    Integration,
    Sampling,
    Segment,
    batched,
    choose,
    engine_classes,
)
from operations.engines.batched import Batched
from operations.interactions.model import Model
from operations.interactions.pair_functions import pair_functions
from operations.interactions.start import lattice, thermal_velocities
from workspace_schema.interactions import Interactions
from workspace_schema.settings import MOST_BATCHED

LJ = {"form": "lennard_jones", "r_cut": 2.5, "truncation": "shift"}
#: Of the truncation that leaves no step, so that energy is conserved.
SMOOTH = {"form": "lennard_jones", "r_cut": 2.5, "truncation": "force_shift"}
GAUSS = {"form": "lennard_jones_gauss", "epsilon": 1.8, "r0": 1.52, "sigma2": 0.02, "r_cut": 2.5}


def system(potential: dict[str, Any], d: int, n: int, density: float, kT: float):
    random = np.random.default_rng(3)
    pairs = pair_functions(Interactions.model_validate(potential), ["A"])
    start = lattice({2: "hexagonal", 3: "fcc"}[d], {"A": n}, d, density, random)
    start.velocities = thermal_velocities(start.n_particles, d, kT, random)
    return Model(d, ("A",), pairs), start


def test_it_is_taken_where_it_is_asked_for_and_can(points) -> None:
    assert choose("batched", points(3), Integration("nvt", 0.005)) is Batched
    assert choose("auto", points(3), Integration("nvt", 0.005), "cpu") is not Batched
    for what, integration, reason in (
        (points(3), Integration("npt", 0.005), "batched: cannot do npt; set engine: lammps"),
        (points(2), Integration("nvt", 0.005, "gjf"), "batched: cannot do gjf"),
        (points(3, periodic=False), Integration("nvt", 0.005), "cannot do open_boundary"),
        (points(3), Integration("nvt"), "batched: cannot do monte_carlo"),
    ):
        with pytest.raises(EngineError, match=reason):
            choose("batched", what, integration)


def test_what_it_has_no_room_for(points, monkeypatch) -> None:
    engine = Batched(points(2), Integration("nvt", 0.005), 1)
    many = Configuration(
        np.zeros((MOST_BATCHED + 1, 3)),
        np.array([80.0, 80.0, 1.0, 0.0, 0.0, 0.0]),
        2,
        np.zeros(MOST_BATCHED + 1, dtype=np.int64),
    )
    with pytest.raises(EngineError, match=r"at most 4096 particles; got 4097; set engine: lammps"):
        engine.begin(many)
    with pytest.raises(EngineError, match="batched needs pair potentials"):
        Batched(Model(2, ("A",)), Integration("nvt", 0.005), 1)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match="device: gpu, but numba-cuda is not installed"):
        Batched(points(2), Integration("nvt", 0.005), 1, "gpu")


def test_an_explosion_is_named(points, crystal) -> None:
    engine = Batched(points(3), Integration("nve", 5.0), 1)
    with pytest.raises(ExplodedError, match=r"before step 100 .dt too large"):
        engine.run(
            engine.begin(crystal(3, "fcc")), Segment(0, 100, (1.0, 1.0)), 100, Sampling(100, 0, 100)
        )


@pytest.mark.parametrize("dimensions", [2, 3])
def test_energy_is_conserved(dimensions: int) -> None:
    """And drifts as the square of the time step."""
    model, start = system(SMOOTH, dimensions, 108, 0.7, 1.5)
    spread = []
    for dt, steps in ((0.004, 1000), (0.002, 2000)):
        engine = Batched(model, Integration("nve", dt), 1)
        segment, sampling = Segment(0, steps, (1.0, 1.0)), Sampling(steps // 200, 0, steps)
        samples = engine.run(engine.begin(start), segment, steps, sampling).samples
        free = dimensions * (1.0 - 1.0 / start.n_particles)
        spread.append((samples[:, 2] + 0.5 * free * samples[:, 1])[20:].std())
    assert spread[0] < 1e-3
    assert spread[0] / spread[1] == pytest.approx(4.0, abs=1.0)


def means(engine: str, model: Model, start: Configuration, run: Integration, kT: float, steps: int):
    """Temperature, energy and pressure, with standard errors from blocks."""
    kind = engine_classes(engine)[0]
    one, warm = kind(model, run, 7, "cpu"), steps // 5
    segment = Segment(0, warm + steps, (kT, kT))
    sampling = Sampling(20, 0, warm + steps)
    state = one.run(one.begin(start), segment, warm, sampling).state
    samples = one.run(state, segment, warm + steps, sampling).samples[:, 1:4]
    blocks = np.array([block.mean(axis=0) for block in np.array_split(samples, 20)])
    return blocks.mean(axis=0), blocks.std(axis=0, ddof=1) / np.sqrt(len(blocks))


def compared(potential, d, n, density, kT, thermostat, steps) -> np.ndarray:
    """How many errors batched and LAMMPS are apart."""
    model, start = system(potential, d, n, density, kT)
    run = Integration("nvt", 0.004, thermostat)
    (a, da), (b, db) = (
        means(engine, model, start, run, kT, steps) for engine in ("batched", "lammps")
    )
    print(f"{potential['form']} {d}D {thermostat}: {a} ± {da}, LAMMPS {b} ± {db}")
    assert abs(a[0] - kT) < 4.0 * da[0] + 0.002 * kT
    pulls: np.ndarray = (a - b) / np.hypot(da, db)
    return pulls


@pytest.mark.parametrize("thermostat", ["bussi", "langevin"])
def test_averages_are_those_of_lammps(thermostat: str) -> None:
    assert np.abs(compared(LJ, 3, 108, 0.7, 1.5, thermostat, 5_000)).max() < 4.0


@pytest.mark.physical_validation
@pytest.mark.parametrize("thermostat", ["bussi", "langevin"])
@pytest.mark.parametrize(
    ("potential", "d", "n", "density", "kT"),
    [(LJ, 3, 256, 0.7, 1.5), (LJ, 2, 256, 0.6, 1.0), (GAUSS, 2, 256, 0.7, 1.0)],
    ids=["3D", "2D", "2D LJG"],
)
def test_long_averages_are_those_of_lammps(potential, d, n, density, kT, thermostat) -> None:
    pulls = compared(potential, d, n, density, kT, thermostat, 100_000)
    assert np.abs(pulls).max() < 4.0


@pytest.mark.parametrize("thermostat", ["bussi", "langevin"])
def test_kinetic_energies_are_canonical(thermostat: str) -> None:
    """Their variance, which a thermostat that only held the mean would miss: kT² d.o.f. / 2."""
    model, start = system(LJ, 2, 30, 0.4, 1.0)
    engine = Batched(model, Integration("nvt", 0.005, thermostat, 0.1), 11)
    steps = 30_000
    samples = engine.run(
        engine.begin(start), Segment(0, steps, (1.0, 1.0)), steps, Sampling(15, 0, steps)
    ).samples[100:, 1]
    free = 2 * (start.n_particles - (thermostat == "bussi"))
    assert samples.mean() == pytest.approx(1.0, abs=0.02)
    assert samples.var() == pytest.approx(2.0 / free, rel=0.15)


def test_a_particle_alone_flies_on(points) -> None:
    """Bussi's thermostat, which conserves the momentum, has nothing to act on; and the state that a
    run starts from stays as it is."""
    engine = Batched(points(2), Integration("nvt", 0.01), 1)
    alone = Configuration(
        np.zeros((1, 3)),
        np.array([9.0, 9.0, 1.0, 0.0, 0.0, 0.0]),
        2,
        np.zeros(1, dtype=np.int64),
        velocities=np.array([[1.0, 0.5, 0.0]]),
    )
    begin = engine.begin(alone)
    end = engine.run(begin, Segment(0, 1000, (1.0, 1.0)), 1000, Sampling(0, 0, 1000)).state
    assert end["positions"] == pytest.approx(np.array([[1.0, -4.0, 0.0]]))
    assert end["images"].tolist() == [[1, 1, 0]]
    assert not begin["positions"].any()


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("thermostat", ["bussi", "langevin"])
def test_two_particles_have_the_temperature(dimensions: int, thermostat: str) -> None:
    model, _ = system(LJ, dimensions, 4, 0.1, 1.0)
    edge, two = 8.0, np.array([[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    box = np.array([edge, edge, edge if dimensions == 3 else 1.0, 0.0, 0.0, 0.0])
    start = Configuration(two, box, dimensions, np.zeros(2, dtype=np.int64))
    start.velocities = thermal_velocities(2, dimensions, 1.0, np.random.default_rng(1))
    engine = Batched(model, Integration("nvt", 0.005, thermostat, 0.1), 5)
    segment, sampling = Segment(0, 40_000, (1.0, 1.0)), Sampling(20, 0, 40_000)
    samples = engine.run(engine.begin(start), segment, 40_000, sampling).samples
    assert samples[:, 1].mean() == pytest.approx(1.0, abs=0.15)


def test_chunks_are_bounded_by_steps_and_by_what_is_sampled(monkeypatch) -> None:
    """On a grid that is that of the system alone."""
    monkeypatch.setattr(batched, "check_gpu", lambda: None)
    model = system(LJ, 3, 32, 0.8, 1.0)[0]
    core, gpu = (Batched(model, Integration("nvt", 0.005), 1, d) for d in ("cpu", "gpu"))
    seldom, often = Sampling(1000, 0, 10**9), Sampling(2, 0, 10**9)
    assert gpu.most_steps(4, seldom) == batched.MOST_STEPS
    assert core.most_steps(4, seldom) == 1000 * batched.MOST_EVENTS
    assert gpu.most_steps(4, often) == core.most_steps(4, often) == 2 * batched.MOST_EVENTS
    frames = Sampling(100, 200, 10**9)
    assert core.most_steps(1000, frames) == 200 * (batched.MOST_IN_FRAMES // 1000)
    assert core.most_steps(10 * batched.MOST_IN_FRAMES, frames) == 200
