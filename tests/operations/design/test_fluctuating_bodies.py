"""Designs by alchemy of hard shapes and patches: distributions of parameters that are known."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.design.alchemy import Alchemy
from operations.design.fluctuating_bodies import STEP, Bodies
from operations.engines import Sampling, Segment
from operations.jobs.driver import drive
from tests.operations.interruptions import (
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from workspace_schema.design_files import table_file, write_numbers
from workspace_schema.statepoint import StatePoint

RODS = {"form": "hard_spherocylinder", "elongation": {"free": [0.2, 3.0]}}
PATCHY = {
    "form": "kern_frenkel",
    "patches": {"X": {"directions": "pole", "half_angle": {"free": [0.2, 1.2]}, "range": 1.5}},
}
SQUARES = {"form": "hard_polygon", "sides": 4, "rounding": {"free": [0.0, 0.5]}}
CUBES = {"form": "hard_polyhedron", "family": "truncated_cube", "truncation": {"free": [0.0, 0.4]}}


@pytest.fixture
def design(tasks):
    """Function that makes the task of a small design of bodies."""

    def make(n, block, dimensions=3, **method):
        (task,) = tasks(
            system={
                "dimensions": dimensions,
                "particles": {"A": n},
                "building_blocks": {"A": block},
            },
            potential=None,
            method={"name": "design", "by": "alchemy", "target": "fluid", "kT": 1.0} | method,
            settings={"engine": "hoomd", "device": "cpu"},
        )
        return task

    return make


def two(task, apart, turns):
    """Two particles along x in a wide box, and their energy by parameters."""
    bodies = Bodies(task, StatePoint.read(task.statepoint))
    configuration = Configuration(
        positions=np.array([[0.0, 0.0, 0.0], [apart, 0.0, 0.0]]),
        box=np.array([9.0, 9.0, 9.0, 0.0, 0.0, 0.0]),
        dimensions=3,
        types=np.zeros(2, dtype=int),
        type_names=("A",),
        orientations=np.array(turns),
    )
    return bodies, bodies.energies(configuration)


def diameter(elongation):
    """Of a spherocylinder of volume 1."""
    return (np.pi * (1.0 / 6.0 + elongation / 4.0)) ** (-1.0 / 3.0)


def test_rods_side_by_side_overlap_where_they_are_thick(design):
    bodies, energies = two(design(2, RODS, number_density=0.01), 0.9, [[1.0, 0, 0, 0]] * 2)
    touching = np.interp(-0.9, -diameter(line := np.linspace(0.2, 3.0, 2801)), line)
    x = (touching - 0.2) / 2.8
    assert energies(np.array([x - 2e-3])) == np.inf
    assert energies(np.array([x + 2e-3])) == 0.0
    # moves fill what is left evenly
    random = np.random.default_rng(1)
    visited, _ = bodies.visited(np.array([0.9]), np.array([0.5]), energies, random, 4000)
    assert visited.min() >= x - 2e-3
    assert visited.mean() == pytest.approx(0.5 * (1.0 + x), abs=0.03)
    # a step down is refused within a step of the contact
    wide, narrow = np.array([0.5]), np.array([0.2 * STEP])
    assert bodies.forces(np.array([x + 0.5 * STEP]), energies, wide).tolist() == [1.0, 0.0]
    assert bodies.forces(np.array([x + 0.5 * STEP]), energies, narrow).tolist() == [1.0, 1.0]
    assert bodies.forces(np.array([x + 1.5 * STEP]), energies, wide).tolist() == [1.0, 1.0]
    assert np.isnan(bodies.forces(np.array([0.5 * STEP]), energies, wide)).all()


def test_forces_of_many_overlaps_do_not_vanish(design):
    """Steps up and down lead to overlaps at rates of 150 and 200 in the range: hardly one of six
    is accepted, and the force is the difference of the rates."""
    bodies = Bodies(task := design(2, RODS, number_density=0.01), StatePoint.read(task.statepoint))
    random = np.random.default_rng(4)
    chances = np.exp(-STEP * np.array([150.0, 200.0]))
    looks = (random.random((20_000, 2)) < chances).astype(float)
    force, error = bodies.force(looks, 0, np.array([0.5]))
    assert error < 5.0
    assert force == pytest.approx(50.0 / 2, abs=3.0 * error)
    looks[:, 1] = 0.0
    assert bodies.force(looks, 0, np.array([0.5])) is None


@pytest.mark.hoomd
@pytest.mark.slow
def test_forces_of_many_bodies_do_not_depend_on_the_step(design):
    """Of 64 cut cubes steps of the greater width are accepted six and four times in seven."""
    task = design(64, CUBES, target="sc", number_density=0.6)
    bodies = Bodies(task, StatePoint.read(task.statepoint))
    state, x = bodies.begin()
    engine, widths = bodies.engine(x, 500), [np.array([STEP]), np.array([0.4 * STEP])]
    looks = [[], []]
    for update in range(400):
        stop = 20 * (update + 1)
        segment = Segment(stop - 20, stop, (1.0, 1.0))
        state = engine.run(state, segment, stop, Sampling(20, 0, stop)).state
        if update >= 50:
            energies = bodies.energies(engine.configuration(state))
            for found, width in zip(looks, widths, strict=True):
                found.append(bodies.forces(x, energies, width))
    (wide, one), (narrow, other) = (
        bodies.force(np.array(found), 0, width) for found, width in zip(looks, widths, strict=True)
    )
    print(f"{wide:.3f} ± {one:.3f}, {narrow:.3f} ± {other:.3f}, {np.mean(looks, axis=1)}")
    assert np.mean(looks[0]) < 0.8
    assert wide > 4.0 * one
    assert wide == pytest.approx(narrow, abs=3.0 * np.hypot(one, other))


def test_patches_meet_where_they_are_wide(design):
    # poles turned by 0.5 rad away from the line of centres
    turns = [[np.cos(a / 2), 0.0, np.sin(a / 2), 0.0] for a in (np.pi / 2 - 0.5, 0.5 - np.pi / 2)]
    _, energies = two(design(2, PATCHY, number_density=0.01), 1.3, turns)
    assert energies(np.array([0.29])) == 0.0  # 0.49 rad
    assert energies(np.array([0.31])) == -1.0


def apart(first, second, u, v, half):
    """Distances of segments of half length `half` about points along unit vectors, each (n, 3).

    The least over both ends of each, and inside both: the distance is convex.
    """
    w = first - second
    b, d, e = (u * v).sum(-1), (u * w).sum(-1), (v * w).sum(-1)
    found = []
    denominator = np.maximum(1.0 - b**2, 1e-12)
    s, t = (b * e - d) / denominator, (e - b * d) / denominator
    inside = (abs(s) <= half) & (abs(t) <= half)
    s, t = np.where(inside, s, half), np.where(inside, t, half)
    found.append(np.where(inside, np.linalg.norm(w + s[:, None] * u - t[:, None] * v, axis=-1), 9))
    for end in (-half, half):
        t = np.clip(e + b * end, -half, half)
        found.append(np.linalg.norm(w + end * u - t[:, None] * v, axis=-1))
        s = np.clip(b * end - d, -half, half)
        found.append(np.linalg.norm(w + s[:, None] * u - end * v, axis=-1))
    return np.min(found, axis=0)


def free_share(elongation, n, edge, samples=20_000):
    """The part of all placements of n rods in a cube in which none overlap: drawn at random."""
    random = np.random.default_rng(5)
    positions = random.uniform(0.0, edge, (samples, n, 3))
    u = random.standard_normal((samples, n, 3))
    u /= np.linalg.norm(u, axis=-1, keepdims=True)
    d = diameter(elongation)
    free = np.ones(samples, dtype=bool)
    for i in range(n):
        for j in range(i):
            w = positions[:, i] - positions[:, j]
            w -= edge * np.rint(w / edge)
            for shift in product((-edge, 0.0, edge), repeat=3):
                near = np.flatnonzero(np.linalg.norm(w + shift, axis=-1) < d * (1.0 + elongation))
                zero = np.zeros((len(near), 3))
                one, other = u[near, i], u[near, j]
                r = apart(w[near] + shift, zero, one, other, 0.5 * elongation * d)
                free[near] &= r >= d
    return free.mean()


@pytest.mark.hoomd
@pytest.mark.physical_validation
def test_three_rods_have_the_exact_distribution(design):
    task = design(3, RODS, number_density=3.0 / 27.0, steps=50, updates=4000)
    drive(task)
    row = result(task)["design"]["distributions"]["elongation"]
    line = np.linspace(0.2, 3.0, 15)
    p = np.array([free_share(e, 3, 3.0) for e in line])
    p /= np.trapezoid(p, line)
    mean = np.trapezoid(line * p, line)
    print(f"p at the ends {p[0]:.3f} {p[-1]:.3f}")
    print(f"mean {row['mean']:.4f} ± {row['mean_error']:.4f}, exact {mean:.4f}, even 1.6")
    assert abs(mean - 1.6) > 5.0 * row["mean_error"]
    assert row["mean"] == pytest.approx(mean, abs=3.0 * row["mean_error"])
    inner = np.interp([0.2 + 2.8 * STEP, 3.0 - 2.8 * STEP], line, p)
    force = (inner[1] - inner[0]) / 3.0 / np.trapezoid(p, line)
    print(f"force {row['conjugate_force']:.4f} ± {row['conjugate_force_error']:.4f}, {force:.4f}")
    assert row["conjugate_force"] == pytest.approx(force, abs=3.0 * row["conjugate_force_error"])


@pytest.mark.hoomd
@pytest.mark.physical_validation
def test_two_patchy_spheres_have_the_exact_distribution(design):
    kT, edge = 0.3, 3.2
    task = design(2, PATCHY, kT=kT, number_density=2.0 / edge**3, steps=50, updates=4000)
    drive(task)
    row = result(task)["design"]["distributions"]["patches.X.half_angle"]
    theta = np.linspace(0.2, 1.2, 1001)
    shell = 4.0 / 3.0 * np.pi * (1.5**3 - 1.0)
    covered = np.sin(theta / 2.0) ** 2
    p = edge**3 - 4.0 / 3.0 * np.pi + shell * covered**2 * np.expm1(1.0 / kT)
    p /= np.trapezoid(p, theta)
    mean = np.trapezoid(theta * p, theta)
    print(f"mean {row['mean']:.4f} ± {row['mean_error']:.4f}, exact {mean:.4f}, even 0.7")
    assert abs(mean - 0.7) > 5.0 * row["mean_error"]
    assert row["mean"] == pytest.approx(mean, abs=3.0 * row["mean_error"])
    inner = np.interp([0.2 + STEP, 1.2 - STEP], theta, p)
    force = 0.5 * kT * (inner[1] - inner[0])
    print(f"force {row['conjugate_force']:.4f} ± {row['conjugate_force_error']:.4f}, {force:.4f}")
    assert row["conjugate_force"] == pytest.approx(force, abs=3.0 * row["conjugate_force_error"])


@pytest.mark.hoomd
def test_a_crystal_of_cut_cubes_is_held(design):
    task = design(64, CUBES, target="sc", number_density=0.7, steps=20, updates=50)
    drive(task)
    found = result(task)["design"]
    assert found["held"][-1].removeprefix("plastic ") == "sc"
    assert 0.0 < found["parameters"]["truncation"] < 0.4
    assert found["verdict"] in ("found", "undecided")
    assert table_file(task.root, task.id).exists() == (found["verdict"] == "found")
    assert "curves" not in found


@pytest.mark.hoomd
def test_a_fluid_is_compressed_first(design):
    task = design(36, SQUARES, 2, number_density=0.5, steps=20, updates=50)
    drive(task)
    final = Configuration.read(task.folder / "final.gsd")
    assert final.number_density == pytest.approx(0.5)
    assert result(task)["design"]["distributions"]["rounding"]["accepted"] > 0.0
    # what was accepted here does not overlap for HOOMD-blue either
    method = Alchemy(task)
    state = method.load(task.folder / "design.npz")
    assert method._fluctuating.engine(state.x).overlaps(state.engine) == 0


@pytest.mark.hoomd
def test_a_compression_goes_on_from_its_checkpoints(design, monkeypatch):
    engine = Bodies.engine

    def slow(bodies, *words):
        built = engine(bodies, *words)
        built.chunk_particle_steps = 36 * 10 * 20
        return built

    monkeypatch.setattr(Bodies, "engine", slow)
    task = design(36, SQUARES, 2, number_density=0.6, steps=20, updates=50)
    method = Alchemy(task)
    state = method.start()
    assert state.compression == 0
    state = method.step(state)
    assert (state.update, state.compression) == (0, 20)
    assert method.progress(state)[3] == "compressing: 20 sweeps"
    drive(task)
    whole = {k: v for k, v in without_time(result(task)).items() if k != "extent"}
    _, continued = interrupted_at_every_checkpoint(task, Alchemy)
    assert without_time(continued) == whole


@pytest.mark.hoomd
def test_a_longer_run_does_not_equilibrate_again(design):
    drive(design(16, SQUARES, 2, target="square", number_density=0.5, steps=10, updates=50))
    longer = design(16, SQUARES, 2, target="square", number_density=0.5, steps=10, updates=400)
    method = Alchemy(longer)
    state = method.start()
    assert (state.update, len(state.values)) == (50, 40)
    width = state.width
    state = method.step(state)
    assert (state.update, len(state.values)) == (51, 41)
    assert np.array_equal(state.width, width)


@pytest.mark.hoomd
def test_a_run_has_the_body_that_was_found(tasks):
    design = {"name": "design", "by": "alchemy", "target": "square", "kT": 1.0}
    run = {"name": "monte_carlo", "steps": 100}
    made = tasks(
        system={"dimensions": 2, "particles": {"A": 16}, "building_blocks": {"A": SQUARES}},
        potential=None,
        method=[each | {"number_density": 0.5} for each in (design, run)],
        settings={"engine": "hoomd", "device": "cpu"},
    )
    by_name = {task.statepoint["method"]["name"]: task for task in made}
    design, run = by_name["design"], by_name["monte_carlo"]
    drive(run)
    failed = run.folder / "failed.json"
    assert f"waits for the design {design.id}, which is not finished" in failed.read_text()
    failed.unlink()
    write_numbers(run.root, design.id, {"rounding": 0.25})
    drive(run)
    assert result(run)["design_used"]["id"] == design.id
    final = Configuration.read(run.folder / "final.gsd")
    assert final.type_shapes[0]["rounding_radius"] == pytest.approx(0.25)


@pytest.mark.hoomd
def test_bodies_that_overlap_in_the_target_are_an_error(design):
    block = {"form": "hard_spherocylinder", "elongation": {"free": [4.0, 6.0]}}
    task = design(64, block, target="sc", number_density=0.5, steps=20, updates=50)
    with pytest.raises(Exception, match="no turn of all bodies alike brings them apart"):
        Alchemy(task).start()


@pytest.mark.hoomd
def test_continued_at_every_look(design):
    task = design(36, SQUARES, 2, target="square", number_density=0.7, steps=10, updates=50)
    drive(task)
    whole = {k: v for k, v in without_time(result(task)).items() if k != "extent"}
    _, continued = interrupted_at_every_checkpoint(task, Alchemy)
    assert without_time(continued) == whole
