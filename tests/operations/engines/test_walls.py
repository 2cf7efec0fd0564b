"""Soft walls in every engine of molecular dynamics."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.integrate import trapezoid

from analysis.configuration import Configuration
from analysis.statistics import correlated_mean
from operations.engines import Integration, Sampling, Segment, engine_classes
from operations.interactions.model import Model
from operations.interactions.start import random_configuration, thermal_velocities
from operations.interactions.walls import Slit, SoftWalls
from operations.jobs.driver import drive

engines = pytest.mark.parametrize(
    "engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)]
)
WALLS = SoftWalls(separation=4.0, epsilon=1.5, sigma=1.0, r_cut=2.5, dimensions=3)


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
    z = np.linspace(-1.999, 1.999, 4001)
    zeros = np.zeros((1, 3))

    def weights(separation: float) -> np.ndarray:
        walls = SoftWalls(separation, 1.5, 1.0, 2.5, 3)
        each = []
        for height in z * separation / 4.0:
            at = np.array([[0.0, 0.0, height]])
            each.append(walls.evaluate(at, zeros, np.eye(3) * 9).energy)
        return np.exp(-np.array(each) / kT)

    total = [float(trapezoid(weights(h), z * h / 4.0)) for h in (3.99, 4.01)]
    area = float(np.prod(start.box[:2]))
    expected = n * kT / area * np.log(total[1] / total[0]) / 0.02
    pressure = correlated_mean(chunk.samples[50:, model.columns.index("wall_pressure")])
    assert pressure.mean == pytest.approx(expected, abs=4 * pressure.standard_error)
    assert pressure.standard_error < 0.1 * expected
    seen = np.abs(np.concatenate([frame.positions[:, 2] for _, frame in chunk.frames[5:]]))
    boltzmann = weights(4.0)
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
            "number_density": 0.5,
            "kT": 1.0,
            "steps": 400,
            "production_steps": 2000,
        },
        settings={"engine": engine, "device": "cpu", "log_period": 10},
    )
    drive(task)
    assert not (task.folder / "failed.json").exists(), (task.folder / "failed.json").read_text()
    result = json.loads((task.folder / "result.json").read_text())
    assert result["number_density"] == pytest.approx(0.5)
    final = Configuration.read(task.folder / "final.gsd")
    assert np.abs(final.positions[:, dimensions - 1]).max() < 2.4
    assert final.box[dimensions - 1] > 6.0 + 2 ** (1 / 6) - 1e-4
    lateral = float(np.prod(final.box[: dimensions - 1]))
    assert 200 / (lateral * 6.0) == pytest.approx(0.5, rel=1e-5)
    # above that of a gas of the particles in the room that the walls leave
    assert 0.6 < result["pressure"] < 6.0
