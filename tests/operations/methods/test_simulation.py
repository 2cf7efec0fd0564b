"""A method whose model has terms: columns of its samples, checkpoints, products."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from operations.engines import Engine, Integration
from operations.engines.lammps import Lammps
from operations.interactions.bias import DensityWave, HarmonicBias
from operations.interactions.model import Model
from operations.jobs import samples
from operations.methods.forward import Forward
from tests.operations.interruptions import interrupted_at_every_checkpoint


class Pinned(Forward):
    """A forward run under a bias."""

    def use(self, model: Model, integration: Integration) -> Engine:
        bias = HarmonicBias(DensityWave((4, 4, 0)), 50.0, 3.0)
        return super().use(replace(model, bias=(bias,)), integration)


def test_terms_have_columns_in_checkpoints_and_products(
    tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lammps, "chunk_particle_steps", 64 * 250)
    method = {"kT": 2.0, "steps": 600, "production_steps": 1000}
    (task,) = tasks(method=method, settings={"log_period": 50, "frames": 4})
    run = Pinned(task)
    state = run.start()
    while not run.finished(state):
        state = run.step(state)
        run.save(state, task.folder / "checkpoint.npz")
    assert (task.folder / samples.FILE).stat().st_size == 32 * 7 * 8
    result = run.finish(state).to_json()
    with np.load(task.folder / "thermo.npz") as thermo:
        whole = {key: thermo[key] for key in thermo.files if key != "wall_seconds"}
    assert list(whole) == [
        "step",
        "kT",
        "energy_per_particle",
        "bias_energy",
        "density_wave",
        "enthalpy_per_particle",
        "pressure",
        "number_density",
    ]
    expected = 25.0 * (whole["density_wave"] - 3.0) ** 2
    assert whole["bias_energy"] == pytest.approx(expected)
    assert result["averages"]["density_wave"]["mean"] > 2.0  # without a bias less than 1
    folder, _ = interrupted_at_every_checkpoint(task, Pinned)
    with np.load(folder / "thermo.npz") as thermo:
        for key, values in whole.items():
            assert np.array_equal(thermo[key], values), key

    (task.folder / "result.previous.json").write_text(json.dumps(result))
    longer = Pinned(replace(task, extent={"production_steps": 1500})).start()
    assert longer.step == 1600
    assert np.array_equal(
        longer.watched[-1][5:], [whole["bias_energy"][-1], whole["density_wave"][-1]]
    )


def test_a_chunk_on_a_gpu_takes_a_time_and_not_a_number_of_steps(tasks) -> None:
    from operations.engines.pace import FIRST_CHUNK
    from operations.methods.forward import Forward

    (task,) = tasks(method={"kT": 1.0, "steps": 20_000}, settings={"frames": 0})
    method = Forward(task)
    method.engine.device = "gpu"
    state = method.step(method.start())
    assert state.step == FIRST_CHUNK
    method._pace.seconds = 0.2
    speed = method._pace._speed
    after = method.step(state)
    assert after.step == state.step + int(0.2 * speed)
    method.engine.device = "cpu"
    assert method.step(after).step == 20_000
