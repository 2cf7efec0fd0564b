"""Periods that follow from what is measured."""

from __future__ import annotations

import time

import numpy as np
import pytest
from pydantic import TypeAdapter

from operations.engines import EngineError, Integration, Sampling, Segment, hpmc
from operations.engines.hpmc import NARROW_ON_GPU, Hpmc
from operations.engines.hpmc_pace import BOX_PERIOD, LONGEST, Costs, costs
from operations.engines.messages import meaning
from operations.interactions.model import Model
from workspace_schema.building_blocks import AnyBuildingBlock

SPHERE = TypeAdapter(AnyBuildingBlock).validate_python({"form": "hard_sphere"})


def spheres(ensemble="npt", asked="auto", adjust_until=0):
    """An engine that takes the CPU for a GPU."""
    integration = Integration(ensemble, adjust_until=adjust_until)
    engine = Hpmc(Model(3, ("A",), blocks={"A": SPHERE}), integration, 7, "cpu")
    engine.device, engine._asked = "gpu", asked
    return engine


def start(n=216, density=0.4):
    from operations.interactions.start import lattice

    return lattice("sc", {"A": n}, 3, density, np.random.default_rng(1))


def test_the_period_of_box_moves_follows_their_cost() -> None:
    assert Costs(1e-3, 1e-3, 0.0).box_period == BOX_PERIOD  # the CPU
    assert Costs(1e-3, 0.0, 0.0).box_period == BOX_PERIOD
    assert Costs(1e-3, 10e-3, 0.0).box_period == 20
    assert Costs(1e-5, 1.0, 0.0).box_period == LONGEST


def test_the_pressure_takes_a_fifth_of_the_time_and_every_frame_has_one() -> None:
    # N = 64 000 on a fast GPU: 0.064 s a sample, 0.05 s for 100 sweeps
    slow = Costs(5e-4, 0.0, 0.064)
    assert slow.pressure_every(100, 0) == 7
    assert slow.pressure_every(100, 2000) == 10  # 20 log periods a frame
    assert slow.pressure_every(100, 300) == 3
    assert Costs(5e-4, 0.0, 1e-3).pressure_every(100, 2000) == 1


class Slept:
    """A simulation that takes its time."""

    box = 0.0

    def run(self, steps: int) -> None:
        time.sleep(steps * (1e-4 + self.box))


def test_what_takes_how_long() -> None:
    simulation = Slept()

    def move_box() -> None:
        simulation.box = 2e-4

    found = costs(simulation, move_box, lambda: time.sleep(5e-3))
    assert found.sweep < found.box < 10 * found.sweep
    assert 5e-3 <= found.pressure < 0.1


@pytest.mark.hoomd
def test_what_was_measured_is_kept_in_the_state(monkeypatch) -> None:
    npt = spheres()
    state = npt.begin(start())
    segment, sampling = Segment(0, 800, (1.0, 1.0), (2.0, 2.0)), Sampling(100, 400, 800)
    measured = npt.run(state, segment, 400, sampling)
    assert int(measured.state["box_period"]) >= BOX_PERIOD
    monkeypatch.setattr(hpmc, "costs", None)  # never again
    assert len(npt.run(measured.state, segment, 800, sampling).samples) == 4
    slow = measured.state | {"box_period": np.asarray(50)}
    npt = spheres()
    chunk = npt.run(slow, segment, 800, sampling)
    (box,) = npt._live.simulation.operations.updaters
    assert sum(box.volume_moves) == 400 / 50
    assert chunk.samples[:, 0].tolist() == [500.0, 600.0, 700.0, 800.0]
    nvt = spheres("nvt")
    state = nvt.begin(start()) | {"box_period": np.asarray(2), "pressure_every": np.asarray(2)}
    chunk = nvt.run(state, segment, 800, sampling)
    assert chunk.samples[:, 0].tolist() == [200.0, 400.0, 600.0, 800.0]
    assert [step for step, _ in chunk.frames] == [400, 800]


@pytest.mark.hoomd
def test_a_compression_stops_where_it_is_complete() -> None:
    gpu = spheres("nvt")
    gpu.chunk_particle_steps = 10**9
    state, done = gpu.compress(gpu.begin(start(64, 0.5)), 1.0, volume=64 / 0.55)
    assert done
    assert int(state["step"]) <= 4000


@pytest.mark.hoomd
def test_a_box_that_is_too_narrow_for_a_gpu(monkeypatch, capsys) -> None:
    narrow = start(8, 0.4)
    width = float(narrow.widths.min())
    assert 2.0 < width < NARROW_ON_GPU
    with pytest.raises(EngineError, match="take more particles, or device: cpu"):
        spheres(asked="gpu").begin(narrow)
    engine = spheres()
    engine.begin(narrow)
    assert engine.device == "cpu"
    assert "hard particles need more than 3 diameters, 3: the CPU is taken" in (
        capsys.readouterr().err
    )
    monkeypatch.setenv("SLURM_JOB_GPUS", "0")
    with pytest.raises(EngineError, match="would be idle"):
        spheres().begin(narrow)


def test_what_hoomd_says_of_a_narrow_box_is_translated() -> None:
    said = "Simulation box too small for GPU accelerated HPMC execution - increase it"
    error = meaning("HOOMD-blue", said, "before sweep 100", 1.0)
    assert isinstance(error, EngineError)
    assert "too narrow for a GPU before sweep 100: take more particles, or device: cpu" in str(
        error
    )


@pytest.mark.hoomd
def test_what_a_gpu_asked_for_is_forgotten_on_the_cpu() -> None:
    cpu = spheres()
    cpu.device = "cpu"
    state = cpu.begin(start()) | {"box_period": np.asarray(50), "pressure_every": np.asarray(3)}
    chunk = cpu.run(state, Segment(0, 100, (1.0, 1.0), (2.0, 2.0)), 100, Sampling(50, 0, 100))
    (box,) = cpu._live.simulation.operations.updaters
    assert sum(box.volume_moves) == 100 / BOX_PERIOD
    assert "box_period" not in chunk.state
