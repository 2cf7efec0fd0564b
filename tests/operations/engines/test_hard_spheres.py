"""Hard spheres without HOOMD-blue: their equation of state, exact continuation, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from operations.engines import EngineError, Integration, Sampling, Segment
from operations.engines.hard_spheres import HardSpheres
from operations.interactions.bias import DensityWave, Distance, HarmonicBias
from operations.interactions.model import Model
from operations.interactions.start import random_spheres
from operations.search.hard_sphere_walk import WIDEST
from workspace_schema.system import System

NEVER = 10**15


def engine_of(
    n: int,
    ensemble: str,
    until: int = 0,
    dimensions: int = 3,
    cell: str = "isotropic",
    diameter: float = 1.0,
    bias: tuple[HarmonicBias, ...] = (),
) -> HardSpheres:
    system = System.model_validate(
        {
            "dimensions": dimensions,
            "particles": {"A": n},
            "building_blocks": {"A": {"form": "hard_sphere", "diameter": diameter}},
        }
    )
    integration = Integration(ensemble, cell=cell, adjust_until=until)
    return HardSpheres(replace(Model.of(system), bias=bias), integration, 5)


def start(n: int, density: float, dimensions: int = 3):
    lengths = np.full(dimensions, (n / density) ** (1.0 / dimensions))
    return random_spheres(np.ones(1), {"A": n}, lengths, np.random.default_rng(2))


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
    with pytest.raises(EngineError, match="narrower than two diameters"):
        engine.run(state, segment, 20, Sampling(NEVER, 0, NEVER))


def test_an_overlap_at_the_start_ends_the_job() -> None:
    two = start(2, 0.01)
    two.positions[1] = two.positions[0] + [0.9, 0.0, 0.0]
    with pytest.raises(EngineError, match=r"two are at 0\.9 of the distance"):
        engine_of(2, "nvt").begin(two)


@pytest.mark.parametrize("cell", ["isotropic", "uniaxial"])
def test_two_spheres_at_a_pressure_have_their_exact_volume(cell) -> None:
    """They fill V^2 - V 4π/3 of the boxes of two diameters and more, however long the steps are."""
    engine, pressure = engine_of(2, "npt", cell=cell), 0.02 if cell == "isotropic" else 0.04
    begun = start(2, 0.01 if cell == "isotropic" else 3.2**-3)
    state = engine.begin(begun) | {"length": np.array([0.5])}
    segment = Segment(0, NEVER, (1.0, 1.0), (pressure, pressure))
    chunk = engine.run(state, segment, 20_000, Sampling(2, 0, NEVER))
    edges = np.full(3, 1.0 / WIDEST)
    if cell == "uniaxial":
        edges[:2] = begun.box[:2]
        assert np.array_equal(chunk.state["box"][:2], begun.box[:2])
    volume = np.linspace(edges.prod(), 1500.0, 100_000)
    weight = (volume**2 - volume * 4.0 / 3.0 * np.pi) * np.exp(-pressure * volume)
    exact = (weight @ volume) / weight.sum()
    assert abs(chunk.samples[:, 4].mean() / exact - 1.0) < 0.02


def test_a_stretched_box_has_the_pressure_of_the_equation_of_state() -> None:
    n, density = 108, 0.7
    engine, pressure = engine_of(n, "npt", 1000, cell="uniaxial"), carnahan_starling(density)
    segment = Segment(0, NEVER, (1.0, 1.0), (pressure, pressure))
    begun = start(n, 0.6)
    state = engine.begin(begun)
    for stop in range(100, 1001, 100):
        state = engine.run(state, segment, stop, Sampling(NEVER, 0, NEVER)).state
    chunk = engine.run(state, segment, 8_000, Sampling(10, 0, NEVER))
    assert abs(n / chunk.samples[:, 4].mean() / density - 1.0) < 0.015
    last = engine.configuration(chunk.state)
    assert np.array_equal(last.box[:2], begun.box[:2])
    edges = last.box[:3]
    nearest = cKDTree(last.positions % edges, boxsize=edges).query(last.positions % edges, k=2)[0]
    assert nearest[:, 1].min() >= 1.0 - 1e-9


def test_a_biased_gas_has_the_exact_density_wave_and_volume() -> None:
    """Of points, whose phases are uniform: |ρ_k| is the length of a walk of N steps, over √N; its
    bias leaves the volume alone, V^N exp(-βPV)."""
    n, k, target, pressure, kT = 4, 16.0, 1.6, 0.004, 2.0
    bias = HarmonicBias(DensityWave((1, 0, 0)), k, target)
    engine = engine_of(n, "npt", cell="uniaxial", diameter=1e-3, bias=(bias,))
    state = engine.begin(start(n, 0.01)) | {"length": np.array([0.5])}
    segment = Segment(0, NEVER, (kT, kT), (pressure, pressure))
    samples = engine.run(state, segment, 40_000, Sampling(2, 0, NEVER)).samples
    phases = np.random.default_rng(1).uniform(0.0, 2.0 * np.pi, (400_000, n))
    q = np.abs(np.exp(1j * phases).sum(axis=1)) / np.sqrt(n)
    weight = np.exp(-0.5 * k / kT * (q - target) ** 2)
    mean = weight @ q / weight.sum()
    spread = np.sqrt(weight @ (q - mean) ** 2 / weight.sum())
    energy, wave = samples[:, 5:].T
    assert wave.mean() == pytest.approx(mean, abs=0.05 * spread)
    assert wave.std() == pytest.approx(spread, rel=0.05)
    assert abs(mean - q.mean()) > spread  # the bias does something
    assert energy == pytest.approx(0.5 * k * (wave - target) ** 2)
    assert samples[:, 4].mean() == pytest.approx((n + 1) * kT / pressure, rel=0.03)


def test_a_bias_of_dense_spheres_is_that_of_weighed_samples() -> None:
    n, bias = 32, HarmonicBias(DensityWave((0, 1, 0)), 40.0, 0.7)
    segment, wave = Segment(0, NEVER, (1.0, 1.0)), []
    for scale in (0.0, 1.0):
        engine = engine_of(n, "nvt", bias=(replace(bias, scale=scale),))
        state = engine.begin(start(n, 0.5)) | {"length": np.array([0.15])}
        wave.append(engine.run(state, segment, 20_000, Sampling(2, 0, NEVER)).samples[:, -1])
    free, held = wave
    weight = np.exp(-0.5 * 40.0 * (free - 0.7) ** 2)
    mean = weight @ free / weight.sum()
    assert held.mean() == pytest.approx(mean, abs=0.02)
    assert mean - free.mean() > 0.1


def test_what_it_does_not_have_is_refused() -> None:
    with pytest.raises(EngineError, match="no flexible cell"):
        engine_of(8, "npt", cell="flexible")
    for variable in (Distance(0, 1), DensityWave((1, 0, 0), np.arange(3))):
        with pytest.raises(EngineError, match="one harmonic bias of a density wave"):
            engine_of(8, "nvt", bias=(HarmonicBias(variable, 1.0, 1.0),))
    leaning = start(32, 0.3)
    leaning.box[4] = 0.1
    with pytest.raises(EngineError, match="right angles"):
        engine_of(32, "npt", cell="uniaxial").begin(leaning)
