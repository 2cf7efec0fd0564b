"""The pressure off the diagonal of each engine against its own virial and velocities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from operations.engines import Integration, Sampling, Segment, engine_classes
from operations.interactions.model import Model
from operations.interactions.pair_functions import pair_functions
from operations.interactions.start import random_configuration, thermal_velocities
from workspace_schema.interactions import Interactions

ENGINES = ["lammps", "batched", pytest.param("hoomd", marks=pytest.mark.hoomd)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dimensions", [2, 3])
def test_it_is_that_of_virial_and_velocities(engine, dimensions, tmp_path) -> None:
    random = np.random.default_rng(3)
    words = {"form": "lennard_jones", "r_cut": 2.0, "truncation": "force_shift"}
    pairs = pair_functions(Interactions.model_validate(words), ["A"], tmp_path)
    model = Model(dimensions, ("A",), pairs, shear=True)
    start = random_configuration({"A": 120}, dimensions, 0.5, pairs, 1.0, random)
    start.velocities = thermal_velocities(120, dimensions, 1.0, random)
    made = engine_classes(engine)[0](model, Integration("nve", 0.002), 1, "cpu")
    whole = Segment(0, 100, (1.0, 1.0))
    chunk = made.run(made.begin(start), whole, 40, Sampling(20, 0, 100))
    assert chunk.samples.shape == (2, 6 if dimensions == 2 else 8)
    end = made.configuration(chunk.state)
    _, _, virial = made.energy_and_forces(end)
    tensor = (virial + end.velocities.T @ end.velocities) / end.volume
    expected = tensor[(0, 0, 1), (1, 2, 2)][: 2 * dimensions - 3]
    assert chunk.samples[-1, 5:] == pytest.approx(expected, abs=1e-4)
    assert np.abs(expected).max() > 0.01
    plain = replace(model, shear=False)
    made = engine_classes(engine)[0](plain, Integration("nve", 0.002), 1, "cpu")
    same = made.run(made.begin(start), whole, 40, Sampling(20, 0, 100)).samples
    assert np.array_equal(same, chunk.samples[:, :5])
