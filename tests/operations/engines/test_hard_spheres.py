"""Hard spheres without HOOMD-blue: their equation of state, exact continuation, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from operations.engines import EngineError, Integration, Sampling, Segment
from operations.engines.hard_spheres import HardSpheres
from operations.interactions.model import Model
from operations.interactions.start import random_spheres
from operations.search.hard_sphere_walk import LONGEST, WIDEST
from workspace_schema.system import System

NEVER = 10**15


def engine_of(n: int, ensemble: str, until: int = 0, dimensions: int = 3) -> HardSpheres:
    system = System.model_validate(
        {
            "dimensions": dimensions,
            "particles": {"A": n},
            "building_blocks": {"A": {"form": "hard_sphere"}},
        }
    )
    return HardSpheres(Model.of(system), Integration(ensemble, adjust_until=until), 5)


def start(n: int, density: float, dimensions: int = 3):
    random = np.random.default_rng(2)
    return random_spheres(np.ones(1), {"A": n}, dimensions, density, random)


def carnahan_starling(density: float) -> float:
    eta = np.pi / 6.0 * density
    return density * (1.0 + eta + eta**2 - eta**3) / (1.0 - eta) ** 3


def test_a_pressure_gives_the_density_of_the_equation_of_state() -> None:
    n, density = 108, 0.7
    engine = engine_of(n, "npt", until=1000)
    pressure = carnahan_starling(density)
    segment = Segment(0, NEVER, (1.0, 1.0), (pressure, pressure))
    state = engine.begin(start(n, 0.7))
    for stop in range(100, 1001, 100):
        state = engine.run(state, segment, stop, Sampling(NEVER, 0, NEVER)).state
    chunk = engine.run(state, segment, 8_000, Sampling(10, 0, NEVER))
    volumes = chunk.samples[:, 4]
    assert abs(n / volumes.mean() / density - 1.0) < 0.015
    last = engine.configuration(chunk.state)
    edge = last.box[0]
    nearest = cKDTree(last.positions % edge, boxsize=edge).query(last.positions % edge, k=2)[0]
    assert nearest[:, 1].min() >= 1.0 - 1e-9


def test_a_run_in_pieces_is_the_same_for_the_same_pieces() -> None:
    """What a chunk does follows from its state, and steps do not change the state before."""
    engine, segment = engine_of(64, "nvt"), Segment(0, NEVER, (1.0, 1.0))
    begun = engine.begin(start(64, 0.8))
    before = {key: value.copy() for key, value in begun.items()}
    once = engine.run(begun, segment, 20, Sampling(NEVER, 0, NEVER)).state
    again = engine_of(64, "nvt").run(begun, segment, 20, Sampling(NEVER, 0, NEVER)).state
    for key, value in begun.items():
        assert np.array_equal(value, before[key])
        assert np.array_equal(once[key], again[key])


def test_disks_stay_in_their_plane() -> None:
    engine, segment = engine_of(60, "npt", dimensions=2), Segment(0, NEVER, (1.0, 1.0), (3.0, 3.0))
    state = engine.begin(start(60, 0.6, 2))
    last = engine.configuration(engine.run(state, segment, 50, Sampling(NEVER, 0, NEVER)).state)
    assert not last.positions[:, 2].any()
    assert last.box[2] == 1.0


def test_a_box_without_room_ends_the_job() -> None:
    engine, segment = engine_of(1, "nvt"), Segment(0, NEVER, (1.0, 1.0))
    state = engine.begin(start(1, 1.9**-3))
    with pytest.raises(EngineError, match="too narrow"):
        engine.run(state, segment, 20, Sampling(NEVER, 0, NEVER))


def test_a_narrow_box_has_short_steps() -> None:
    """Ten spheres whose box just holds a list."""
    engine, segment = engine_of(10, "nvt"), Segment(0, NEVER, (1.0, 1.0))
    state = engine.begin(start(10, 10 / 2.4**3))
    assert state["length"] < 0.02
    assert engine.run(state, segment, 20, Sampling(NEVER, 0, NEVER)).state["step"] == 20


def test_an_overlap_at_the_start_ends_the_job() -> None:
    two = start(2, 0.01)
    two.positions[1] = two.positions[0] + [0.9, 0.0, 0.0]
    with pytest.raises(EngineError, match=r"two are at 0\.9 of the distance"):
        engine_of(2, "nvt").begin(two)


def test_two_spheres_at_a_pressure_have_their_exact_volume() -> None:
    """They fill V^2 - V 4π/3 of the boxes in which a list of neighbours fits."""
    engine, pressure = engine_of(2, "npt"), 0.02
    state = engine.begin(start(2, 0.01)) | {"length": np.array([0.1])}
    segment = Segment(0, NEVER, (1.0, 1.0), (pressure, pressure))
    chunk = engine.run(state, segment, 20_000, Sampling(2, 0, NEVER))
    volume = np.linspace(((1.0 + 0.1 / LONGEST) / WIDEST) ** 3, 1500.0, 100_000)
    weight = (volume**2 - volume * 4.0 / 3.0 * np.pi) * np.exp(-pressure * volume)
    exact = (weight @ volume) / weight.sum()
    assert abs(chunk.samples[:, 4].mean() / exact - 1.0) < 0.02
