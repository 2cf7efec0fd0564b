"""Soft walls in every engine of molecular dynamics."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import trapezoid

from analysis.configuration import Configuration
from analysis.statistics import correlated_mean
from operations.engines import EngineError, Integration, Sampling, Segment, engine_classes
from operations.interactions.model import Model
from operations.interactions.start import random_configuration, thermal_velocities
from operations.interactions.walls import Slit, SoftWalls
from operations.jobs import trajectory
from operations.jobs.driver import drive
from operations.methods.forward import Forward

engines = pytest.mark.parametrize(
    "engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)]
)
WALLS = SoftWalls(separation=4.0, epsilon=1.5, sigma=1.0, r_cut=2.5, dimensions=3)


def weights(walls: SoftWalls, kT: float) -> tuple[np.ndarray, np.ndarray]:
    """Heights, and Boltzmann factors of a particle there."""
    z, axis = np.linspace(-0.4995, 0.4995, 4001) * walls.separation, walls.dimensions - 1
    at = np.zeros((1, 3))
    each = []
    for at[0, axis] in z:
        each.append(walls.evaluate(at, np.zeros((1, 3)), np.eye(3) * 9).energy)
    return z, np.exp(-np.array(each) / kT)


def per_particle(walls: SoftWalls, kT: float) -> float:
    """Force of one particle on a wall, kT ∂ln Z/∂H, Z = ∫ exp(-βu) dz."""
    total = []
    for change in (-0.01, 0.01):
        z, factors = weights(replace(walls, separation=walls.separation + change), kT)
        total.append(float(trapezoid(factors, z)))
    return kT * float(np.log(total[1] / total[0])) / 0.02


@engines
def test_an_ideal_gas_has_its_profile_and_pressure(engine: str) -> None:
    """ρ(z) follows Boltzmann, and the pressure is N kT ∂ln Z/∂H / A, Z = ∫ exp(-βu) dz."""
    n, kT, steps = 400, 1.2, 6000
    random = np.random.default_rng(2)
    slit = Slit.of_points(4.0, 0.0, 1.0)
    start = random_configuration({"A": n}, 3, 0.5, {}, kT, random, slit, WALLS.nearest(kT))
    start.velocities = thermal_velocities(n, 3, kT, random)
    integration = Integration("nvt", 0.005, thermostat="langevin", thermostat_time=0.2)
    model = Model(3, ("A",), external=(WALLS,))
    simulator = engine_classes(engine)[0](model, integration, 5, "cpu")
    chunk = simulator.run(
        simulator.begin(start), Segment(0, steps, (kT, kT)), steps, Sampling(20, 200, steps)
    )
    expected = n / float(np.prod(start.box[:2])) * per_particle(WALLS, kT)
    pressure = correlated_mean(chunk.samples[50:, model.columns.index("wall_pressure")])
    assert pressure.mean == pytest.approx(expected, abs=4 * pressure.standard_error)
    assert pressure.standard_error < 0.1 * expected
    seen = np.abs(np.concatenate([frame.positions[:, 2] for _, frame in chunk.frames[5:]]))
    z, boltzmann = weights(WALLS, kT)
    mean = float(trapezoid(np.abs(z) * boltzmann, z) / trapezoid(boltzmann, z))
    spread = seen.std() / np.sqrt(len(seen) / 4)
    assert seen.mean() == pytest.approx(mean, abs=4 * spread)
    assert seen.max() < 1.5


@engines
@pytest.mark.parametrize("dimensions", [2, 3])
def test_jobs_between_walls(tasks, engine: str, dimensions: int) -> None:
    (task,) = tasks(
        system={
            "dimensions": dimensions,
            "particles": {"A": 200},
            "walls": {"separation": 6.0},
        },
        potential={"form": "wca"},
        method={
            "name": "forward",
            "number_density": 0.02,
            "kT": 1.0,
            "steps": 400,
            "production_steps": 8000,
        },
        settings={"engine": engine, "device": "cpu", "log_period": 10},
    )
    drive(task)
    assert not (task.folder / "failed.json").exists(), (task.folder / "failed.json").read_text()
    result = json.loads((task.folder / "result.json").read_text())
    assert result["number_density"] == pytest.approx(0.02)
    final = Configuration.read(task.folder / "final.gsd")
    assert np.abs(final.positions[:, dimensions - 1]).max() < 2.4
    assert final.box[dimensions - 1] > 6.0 + 2 ** (1 / 6) - 1e-4
    lateral = float(np.prod(final.box[: dimensions - 1]))
    assert 200 / (lateral * 6.0) == pytest.approx(0.02, rel=1e-5)
    # pairs add some per cent; in bulk it would be two thirds of this
    gas = 200 / lateral * per_particle(SoftWalls(6.0, 1.0, 1.0, 2 ** (1 / 6), dimensions), 1.0)
    assert result["pressure"] == pytest.approx(1.06 * gas, rel=0.15)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_particles_between_walls_begin_with_their_temperature(tasks, dimensions: int) -> None:
    """With the motion of their centre, which nothing changes along the walls."""
    (task,) = tasks(
        system={"dimensions": dimensions, "particles": {"A": 10}, "walls": {"separation": 6.0}},
        potential={"form": "wca"},
        method={"name": "forward", "number_density": 0.05, "kT": 1.5, "steps": 10},
        settings={"engine": "lammps"},
    )
    method = Forward(task)
    velocities = method.engine.configuration(method.start().engine).velocities
    assert np.sum(velocities**2) == pytest.approx(1.5 * dimensions * 10)
    momentum = velocities[:, :dimensions].sum(axis=0)
    assert momentum**2 == pytest.approx(np.full(dimensions, 15.0))


def test_a_file_of_other_walls_is_refused(tasks, tmp_path) -> None:
    """Its density would be another; particles beyond the walls would explode."""
    system = {"dimensions": 3, "particles": {"A": 10}, "walls": {"separation": 6.0}}
    method = {"name": "forward", "number_density": 0.05, "kT": 1.0, "steps": 10}
    settings = {"engine": "lammps"}
    (task,) = tasks(system=system, potential={"form": "wca"}, method=method, settings=settings)
    first = Forward(task)
    start = first.engine.configuration(first.start().engine)
    again = method | {"number_density": None, "start": {"file": "start.gsd"}}
    system["walls"] = {"separation": 4.0}
    beyond = replace(start, box=start.box.copy(), positions=start.positions.copy())
    beyond.box[2] = 4.0 + start.box[2] - 6.0
    beyond.positions[0, 2] = 2.1
    said = {"the box is .* along the normal of the walls": start, "lie beyond the walls": beyond}
    for number, (message, configuration) in enumerate(said.items()):
        trajectory.write(tmp_path / "start.gsd", [(0, configuration)])
        (other,) = tasks(
            root=f"root {number}",
            system=system,
            potential={"form": "wca"},
            method=again,
            settings=settings,
        )
        with pytest.raises(EngineError, match=message):
            Forward(other).start()
