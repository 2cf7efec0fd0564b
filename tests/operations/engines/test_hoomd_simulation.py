"""Simulations that HOOMD-blue has done with leave the memory."""

from __future__ import annotations

import gc
import weakref

import pytest
from pydantic import TypeAdapter

from operations.engines import Integration, Sampling, Segment
from operations.engines.hoomd import Hoomd
from operations.engines.hpmc import Hpmc
from operations.interactions.external import PlaneWave
from operations.interactions.model import Model
from workspace_schema.building_blocks import AnyBuildingBlock

pytestmark = pytest.mark.hoomd


def molecular_dynamics(points):
    return Hoomd(points(), Integration("nvt", 0.005), 5, "cpu")


def with_terms(points):
    wave = PlaneWave(0.1, (1, 0, 0))
    return Hoomd(points(external=(wave,)), Integration("nvt", 0.005), 5, "cpu")


def monte_carlo(_):
    sphere = TypeAdapter(AnyBuildingBlock).validate_python({"form": "hard_sphere"})
    return Hpmc(Model(3, ("A",), blocks={"A": sphere}), Integration("nvt"), 7, "cpu")


@pytest.mark.parametrize("make", [molecular_dynamics, with_terms, monte_carlo])
def test_a_simulation_is_freed_with_its_engine_and_after_its_segment(points, crystal, make) -> None:
    engine = make(points)
    state = engine.begin(crystal(3, "fcc"))
    state = engine.run(state, Segment(0, 20, (1.0, 1.0)), 20, Sampling(10, 10, 20)).state
    first = weakref.ref(engine._live.simulation)
    chunk = engine.run(state, Segment(20, 40, (1.0, 0.9)), 40, Sampling(10, 10, 40))
    assert len(chunk.samples) == len(chunk.frames) == 2
    second = weakref.ref(engine._live.simulation)
    gc.collect()
    assert first() is None
    assert second() is not None
    del engine
    gc.collect()
    assert second() is None


def test_seeds_that_agree_in_16_bits_are_two_trajectories(crystal) -> None:
    sphere = TypeAdapter(AnyBuildingBlock).validate_python({"form": "hard_sphere"})
    start = crystal(3, "fcc")
    ends = []
    for seed in (7, 7, 7 + 2**16):
        engine = Hpmc(Model(3, ("A",), blocks={"A": sphere}), Integration("nvt"), seed, "cpu")
        chunk = engine.run(
            engine.begin(start), Segment(0, 20, (1.0, 1.0)), 20, Sampling(10, 10, 20)
        )
        assert chunk.samples[:, 0].tolist() == [10.0, 20.0]
        assert [step for step, _ in chunk.frames] == [10, 20]
        ends.append(chunk.state["position"])
    assert (ends[0] == ends[1]).all()
    assert not (ends[0] == ends[2]).any()
