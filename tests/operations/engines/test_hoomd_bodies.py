"""Rigid bodies in HOOMD-blue, against sums over sites with the symbolic pair functions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import rowan

from analysis.configuration import Configuration
from operations.engines import EngineError, Integration, Sampling, Segment
from operations.engines.hoomd_bodies import HoomdBodies
from operations.interactions.external import PlaneWave, Tethers, acting
from operations.interactions.model import Model
from operations.interactions.pair_functions import PairFunction
from operations.interactions.rigid_bodies import (
    clearance,
    random_bodies,
    rigid_bodies,
    rotational_freedom,
    thermalise,
)
from workspace_schema.potentials import FORMS
from workspace_schema.system import System

pytestmark = pytest.mark.hoomd

ROD = [[0, 0, 0], [1, 0, 0]]
#: No two moments of inertia are equal, and no principal axis is a coordinate axis.
BENT = [[0, 0, 0], [1, 0.3, 0.2], [0.1, 0.8, -0.5], [-0.4, 0.2, 0.9]]


def fluid(dimensions, centers, particles, number_density, functions, kT=1.0, seed=1):
    """Bodies of type A with these sites, and points of type B, with momenta."""
    block = {"form": "sphere_union", "centers": centers}
    system = System.model_validate(
        {"dimensions": dimensions, "particles": particles, "building_blocks": {"A": block}}
    )
    bodies, random = rigid_bodies(system), np.random.default_rng(seed)
    needed = clearance(bodies, functions, kT)
    start = random_bodies(bodies, particles, number_density, needed, random)
    thermalise(start, bodies, kT, random)
    return bodies, start


def model_of(bodies, functions):
    dimensions = bodies["A"].shape.dimensions
    return Model(dimensions, tuple(sorted(bodies)), functions, bodies)


def by_sites(configuration, bodies, functions):
    """Energy, forces, torques and virial of centres: a plain sum over pairs of sites."""
    names = configuration.type_names
    arms = [
        rowan.rotate(q, bodies[names[t]].shape.points)
        for q, t in zip(configuration.orientations, configuration.types, strict=True)
    ]
    n, d = configuration.n_particles, configuration.dimensions
    energy, forces, torques = 0.0, np.zeros((n, 3)), np.zeros((n, 3))
    virial = np.zeros((3, 3))
    lengths = configuration.box[:3].copy()
    lengths[d:] = np.inf
    for i in range(n):
        for j in range(i):
            pair = tuple(sorted((int(configuration.types[i]), int(configuration.types[j]))))
            r = configuration.positions[i] - configuration.positions[j]
            between = r + arms[i][:, None] - arms[j][None]
            shift = lengths.copy()
            shift[d:] = 0.0
            turns = np.round(between / lengths)
            between -= turns * shift
            distance = np.linalg.norm(between, axis=-1)
            near = distance < functions[pair].r_cut
            if not near.any():
                continue
            energy += functions[pair].energy(distance[near]).sum()
            strength = np.zeros(distance.shape)
            strength[near] = functions[pair].force(distance[near]) / distance[near]
            force = strength[..., None] * between
            forces[i] += force.sum(axis=(0, 1))
            forces[j] -= force.sum(axis=(0, 1))
            torques[i] += np.cross(arms[i], force.sum(axis=1)).sum(axis=0)
            torques[j] -= np.cross(arms[j], force.sum(axis=0)).sum(axis=0)
            # every pair of sites sees the centres of its own two images
            apart = r - turns * shift
            virial += np.einsum("abi,abj->ij", apart, force)
    return energy, forces, torques, virial


@pytest.mark.parametrize(
    ("dimensions", "centers", "density", "form"),
    [
        (3, BENT, 0.016, "lennard_jones"),
        (3, ROD, 0.05, "lennard_jones"),
        (2, ROD, 0.15, "lennard_jones"),
        (2, ROD, 0.15, "mie"),
    ],
)
def test_energy_forces_torques_and_virial_are_sums_over_sites(dimensions, centers, density, form):
    functions = {
        (0, 0): PairFunction(FORMS[form]()),
        (0, 1): PairFunction(FORMS[form](epsilon=1.5)),
        (1, 1): PairFunction(FORMS[form](sigma=0.9)),
    }
    bodies, start = fluid(dimensions, centers, {"A": 60, "B": 40}, density, functions)
    engine = HoomdBodies(model_of(bodies, functions), Integration("nve", 0.003), 5, "cpu")
    # a mixed fluid instead of the start
    state = engine.run(engine.begin(start), HOLD, 300, Sampling(300, 0, 300)).state
    configuration = engine.configuration(state)
    energy, forces, torques, virial = engine.energy_forces_and_torques(configuration)
    expected = by_sites(configuration, bodies, functions)
    assert np.abs(expected[1]).max() > 1.0
    assert np.abs(expected[2]).max() > 0.5
    scale = np.abs(expected[1]).max()
    assert energy == pytest.approx(expected[0], rel=1e-6)
    assert forces == pytest.approx(expected[1], abs=1e-6 * scale)
    assert torques == pytest.approx(expected[2], abs=1e-6 * scale)
    assert np.array_equal(virial, virial.T)
    half = np.tril(expected[3])
    assert np.tril(virial) == pytest.approx(half, abs=1e-6 * np.abs(half).max())


HOLD = Segment(0, 30_000, (1.0, 1.0), (0.5, 0.5))


@pytest.fixture
def wca():
    """Soft spheres of one kind."""
    return dict.fromkeys([(0, 0), (0, 1), (1, 1)], PairFunction(FORMS["wca"]()))


@pytest.mark.parametrize(
    "integration",
    [
        Integration("nvt", 0.005),
        Integration("nvt", 0.005, thermostat="langevin"),
        Integration("npt", 0.005),
    ],
    ids=["bussi", "langevin", "npt"],
)
@pytest.mark.parametrize(("dimensions", "centers"), [(2, ROD), (3, BENT)])
def test_a_new_engine_goes_on_exactly(wca, dimensions, centers, integration):
    density = {2: 0.1, 3: 0.02}[dimensions]
    bodies, start = fluid(dimensions, centers, {"A": 48, "B": 16}, density, wca)
    # the pressure makes the box much smaller
    segment, sampling = Segment(0, 600, (1.0, 0.5), (0.5, 0.5)), Sampling(50, 100, 600)

    def through(fresh):
        engine = HoomdBodies(model_of(bodies, wca), integration, 5, "cpu")
        state, samples, frames = engine.begin(start), [], []
        for stop in (150, 300, 600):
            if fresh:
                engine = HoomdBodies(model_of(bodies, wca), integration, 5, "cpu")
                state = {key: np.array(value) for key, value in state.items()}
            chunk = engine.run(state, segment, stop, sampling)
            state = chunk.state
            samples.append(chunk.samples)
            frames += chunk.frames
        return state, np.concatenate(samples), frames

    one, first, frames = through(fresh=False)
    two, second, _ = through(fresh=True)
    assert np.array_equal(first, second)
    for key in one:
        assert np.array_equal(one[key], two[key]), key
    assert [step for step, _ in frames] == [100, 200, 300, 400, 500, 600]
    last = frames[-1][1]
    assert last.n_particles == 64
    assert not np.allclose(last.orientations, start.orientations)
    assert not np.allclose(one["angmom"], 0.0)


@pytest.mark.parametrize("thermostat", ["bussi", "langevin"])
@pytest.mark.parametrize(("dimensions", "centers"), [(2, ROD), (3, ROD), (3, BENT)])
def test_translations_and_rotations_have_the_temperature(wca, dimensions, centers, thermostat):
    counts = {"A": 100, "B": 20}
    density, kT = {2: 0.1, 3: 0.02}[dimensions], 0.7
    bodies, start = fluid(dimensions, centers, counts, density, wca, kT=2.0)
    integration = Integration("nvt", 0.004, thermostat=thermostat, thermostat_time=0.2)
    engine = HoomdBodies(model_of(bodies, wca), integration, 5, "cpu")
    segment = Segment(0, 8000, (kT, kT))
    chunk = engine.run(engine.begin(start), segment, 8000, Sampling(200, 200, 8000))
    frames = [configuration for _, configuration in chunk.frames[10:]]
    body, a = bodies["A"], start.types == 0
    axes = np.flatnonzero(body.inertia)
    assert rotational_freedom(bodies, counts) == 100 * len(axes)
    moving, turning = [], []
    for frame in frames:
        moving.append(body.mass * np.mean(frame.velocities[a, :dimensions] ** 2, axis=0))
        q = rowan.multiply(frame.orientations[a], body.axes)
        momenta = 0.5 * rowan.multiply(
            rowan.conjugate(q), rowan.multiply(frame.angular_momenta[a], body.axes)
        )
        turning.append(np.mean(momenta[:, 1 + axes] ** 2, axis=0) / body.inertia[axes])
    for values in (np.array(moving), np.array(turning)):
        # every square is kT on average with variance 2 kT²; frames are 4 relaxation times apart
        error = kT * np.sqrt(2.0 / (100 * len(frames)))
        if thermostat == "langevin":
            assert values.mean(axis=0) == pytest.approx(kT, abs=4 * error)
        else:  # which exchanges no energy between the axes of a dilute gas
            error /= np.sqrt(values.shape[1])
            assert values.mean() == pytest.approx(kT, abs=5 * error)
    sampled = chunk.samples[10:, 1]
    freedom = dimensions * 120 + 100 * len(axes)
    assert sampled.mean() == pytest.approx(kT, abs=5 * kT * np.sqrt(2 / freedom / len(sampled)))


@pytest.mark.parametrize(("dimensions", "centers"), [(2, ROD), (3, BENT)])
def test_energy_is_conserved(dimensions, centers):
    function = PairFunction(FORMS["lennard_jones"](truncation="force_shift", r_cut=2.5))
    functions = dict.fromkeys([(0, 0), (0, 1), (1, 1)], function)
    density = {2: 0.15, 3: 0.016}[dimensions]
    counts = {"A": 64, "B": 16}
    bodies, start = fluid(dimensions, centers, counts, density, functions)
    freedom = dimensions * 79 + rotational_freedom(bodies, counts)

    def drift(dt, steps):
        engine = HoomdBodies(model_of(bodies, functions), Integration("nve", dt), 5, "cpu")
        segment = Segment(0, steps, (1.0, 1.0))
        samples = engine.run(engine.begin(start), segment, steps, Sampling(50, 0, steps)).samples
        total = samples[:, 2] + 0.5 * freedom / 80 * samples[:, 1]
        assert np.ptp(samples[:, 2]) > 0.1
        return np.abs(total - total[0]).max()

    small = drift(0.002, 3000)
    assert small < 1e-3
    # the integrator is of second order in dt
    assert 2.0 < drift(0.004, 1500) / small < 8.0


def test_a_dilute_gas_has_the_pressure_of_its_centres(wca):
    bodies, start = fluid(3, BENT, {"A": 125, "B": 1}, 1e-4, wca)
    engine = HoomdBodies(model_of(bodies, wca), Integration("nvt", 0.005), 5, "cpu")
    segment = Segment(0, 3000, (1.0, 1.0))
    samples = engine.run(engine.begin(start), segment, 3000, Sampling(50, 0, 3000)).samples
    # the kinetic energy of the translations fluctuates, and of these only
    assert samples[:, 3].mean() == pytest.approx(1e-4, rel=0.06)
    assert samples[0, 4] == pytest.approx(126 / 1e-4)


def test_frames_keep_shape_orientation_and_momentum(wca, tmp_path):
    import gsd.hoomd

    bodies, start = fluid(3, BENT, {"A": 48, "B": 16}, 0.02, wca)
    engine = HoomdBodies(model_of(bodies, wca), Integration("nvt", 0.005), 5, "cpu")
    state = engine.run(engine.begin(start), HOLD, 100, Sampling(100, 0, 100)).state
    configuration = engine.configuration(state)
    with gsd.hoomd.open(str(tmp_path / "one.gsd"), "w") as file:
        file.append(configuration.to_frame())
    again = engine.begin(Configuration.read(tmp_path / "one.gsd"))
    for key in ("position", "orientation", "angmom", "velocity"):
        assert again[key] == pytest.approx(state[key], abs=1e-5), key
    assert [shape["type"] for shape in configuration.type_shapes] == ["SphereUnion", "Sphere"]


def test_bodies_longer_than_the_box_are_refused(wca):
    rod = [[0, 0, 0], [20, 0, 0]]
    with pytest.raises(ValueError, match="nvt and npt compress"):
        fluid(3, rod, {"A": 8, "B": 1}, 0.01, wca)
    bodies, start = fluid(3, rod, {"A": 8, "B": 1}, 8e-5, wca)
    start.positions *= 0.4
    start.box[:3] *= 0.4  # about 18 wide
    engine = HoomdBodies(model_of(bodies, wca), Integration("nvt", 0.005), 5, "cpu")
    with pytest.raises(EngineError, match="more than their length"):
        engine.begin(start)


@pytest.mark.parametrize("scale", [1.0, 0.4])
def test_terms_act_on_centres_and_are_resumed_exactly(wca, scale):
    bodies, start = fluid(3, BENT, {"A": 48, "B": 16}, 0.02, wca)
    terms = (Tethers.to(start, 3.0), PlaneWave(2.0, (1, 2, 0)))
    alone = model_of(bodies, wca)
    model = replace(alone, external=terms, scale=scale)
    # somewhere near, where bodies touch
    free = HoomdBodies(alone, Integration("nvt", 0.005), 5, "cpu")
    squeezed, _ = free.compress(free.begin(start), 1.0, pressure=1e9)
    now = free.configuration(squeezed)
    with_terms = HoomdBodies(model, Integration("nvt", 0.005), 5, "cpu")
    without, found = (e.energy_forces_and_torques(now) for e in (free, with_terms))
    acts = acting(terms, now.positions, now.images, now.cell)
    assert np.abs(without[1]).max() > 0.1
    assert found[0] == pytest.approx(scale * without[0] + acts[0])
    assert found[1] == pytest.approx(scale * without[1] + acts[1])
    assert found[2] == pytest.approx(scale * without[2])
    assert np.tril(found[3]) == pytest.approx(np.tril(scale * without[3] + acts[2]))

    def through(fresh):
        engine = HoomdBodies(model, Integration("npt", 0.005), 5, "cpu")
        state, samples = engine.begin(now), []
        for stop in (150, 300):
            if fresh:
                engine = HoomdBodies(model, Integration("npt", 0.005), 5, "cpu")
                state = {key: np.array(value) for key, value in state.items()}
            chunk = engine.run(state, HOLD, stop, Sampling(50, 0, 300))
            state = chunk.state
            samples.append(chunk.samples)
        return state, np.concatenate(samples)

    (one, first), (two, second) = through(fresh=False), through(fresh=True)
    assert np.array_equal(first, second)
    assert first.shape == (6, 7)
    assert first[:, 5].min() > 1.0
    for key in one:
        assert np.array_equal(one[key], two[key]), key
