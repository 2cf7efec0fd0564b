"""Free energies by a bias that grows, along variables whose own are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from operations.equilibrium import runs
from operations.equilibrium.runs import State
from operations.interactions.neighbour_variables import Near
from operations.jobs.driver import drive
from operations.methods.metadynamics import GRID, Metadynamics
from tests.operations.equilibrium.test_crystal import merged
from tests.operations.interruptions import (
    ended,
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from tests.operations.methods.test_umbrella import (
    ENERGY,
    IDEAL,
    PAIR,
    SPHERES,
    by_bins,
    clusters,
    compared,
    of_energies,
    pair_energy,
)
from workspace_schema.methods.metadynamics import PERIOD

#: The pair of `test_umbrella`.
METHOD = {
    "name": "metadynamics",
    "variable": {"distance": "A-B"},
    "low": 0.95,
    "high": 2.45,
    "bins": 15,
    "kT": 0.7,
    "number_density": 2 / 6**3,
    "dt": 0.01,
    "filling_steps": 20_000,
    "steps": 100_000,
}


def words(**changes):
    return {key: PAIR[key] for key in ("system", "potential", "settings")} | {
        "method": METHOD | changes
    }


def pair(r):
    return r**2 * np.exp(-12.0 * (r**-12 - r**-6) / 0.7)


def test_samples_under_a_bias_have_the_free_energy_without_it(tasks) -> None:
    """Distances of points without a potential, drawn as a bias of three hills has them."""
    (task,) = tasks(**words())
    job, random, r = Metadynamics(task), np.random.default_rng(4), np.linspace(0.9, 2.6, 4000)
    for where in (1.1, 1.5, 1.55):
        job._hills.lay(where, 1.0)
    grid = job._hills.grid.copy()
    share = np.cumsum(r**2 * np.exp(-job._hills.at(r)[0] / 0.7))
    drawn = np.interp(random.random(20_000), share / share[-1], r)[:, None]
    state = State({0: {GRID: grid}}, np.full(1, job._length), {0: drawn})
    _, found = job.add_up(state)
    compared(found, by_bins(found, 0.7, lambda x: x**2, 0.95, 2.45), 0.15)
    # one half here, the other there: of errors nothing is known
    state.samples[0] = np.sort(drawn, axis=0)
    _, found = job.add_up(state)
    assert found["round_trips"] == 0
    assert found["free_energy_error"] == [None] * 15


@pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)])
def test_a_job_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch, engine) -> None:
    monkeypatch.setattr(runs, "CHUNK", 60)  # hills fall within chunks and at their ends
    short = words(stride=40, filling_steps=200, steps=200, bins=4)
    (task,) = tasks(**short | {"settings": {"engine": engine, "frames": None}})
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, Metadynamics)
    assert without_time(cut).items() <= result(task).items()
    assert PERIOD == runs.PERIOD  # so that there is a sample where a hill is laid


def test_hills_are_laid_where_the_variable_is_and_become_smaller(tasks) -> None:
    (task,) = tasks(**words(stride=20, filling_steps=1000, steps=200, bias_factor=2.0, low=0.1))
    job = Metadynamics(task)
    state = ended(job)
    grid = state.engines[0][GRID]
    hills = job._equilibration // 20
    # of a Gaussian of height 0.35 the area; hills outside the range are none
    area = np.trapezoid(grid[0], np.linspace(0.1, 2.45, grid.shape[1]))
    first = 0.35 * job._hills.width * np.sqrt(2.0 * np.pi)
    assert first < area < 0.9 * hills * first
    assert (grid[0] >= 0.0).all()
    assert grid[0].max() > 0.35


@pytest.mark.physical_validation
def test_the_distance_of_two_particles_has_its_exact_free_energy(tasks) -> None:
    (task,) = tasks(**words())
    drive(task)
    found = result(task)["metadynamics"]
    compared(found, by_bins(found, 0.7, pair, 0.95, 2.45), 0.5)
    assert found["round_trips"] >= 5


@pytest.mark.physical_validation
def test_a_wall_that_plain_dynamics_does_not_climb(tasks) -> None:
    """Of 13 kT, between two regions."""
    wall = {"potential": {"form": "expression", "formula": "9*exp(-50*(r-1.6)**2)", "r_cut": 2.6}}
    (plain,) = tasks(**words(height=1e-9, steps=50_000) | wall)
    drive(plain)
    assert result(plain)["metadynamics"]["round_trips"] == 0
    (task,) = tasks(root="hills", **words(bias_factor=15, height=0.7, stride=40) | wall)
    drive(task)
    found = result(task)["metadynamics"]

    def density(r):
        return r**2 * np.exp(-9.0 * np.exp(-50.0 * (r - 1.6) ** 2) / 0.7)

    compared(found, by_bins(found, 0.7, density, 0.95, 2.45), 0.7)


def ideal(particles, **changes):
    """Particles that hardly know of each other."""
    method = {key: value for key, value in IDEAL["method"].items() if key != "windows"}
    shorter = {"filling_steps": 10_000, "steps": 50_000}
    system = {"dimensions": 3, "particles": particles}
    made = words(**method | shorter | changes)
    return made | {"system": system, "potential": IDEAL["potential"]}


@pytest.mark.physical_validation
def test_a_density_wave_of_an_ideal_gas_has_its_exact_free_energy(tasks) -> None:
    """See `test_umbrella`."""
    (task,) = tasks(**ideal({"A": 60}, variable={"density_wave": 2}))
    drive(task)
    found = result(task)["metadynamics"]
    expected = by_bins(found, 1.0, lambda q: 2.0 * q * np.exp(-(q**2)), 0.2, 2.2)
    compared(found, expected, 0.3)


@pytest.mark.physical_validation
def test_the_coordination_of_a_particle_in_an_ideal_gas_has_its_exact_free_energy(tasks) -> None:
    """A sum of independent numbers: its density is a power of their Fourier transform."""
    near = {"coordination": "A-B", "within": 2.4, "soft": 1.0}
    (task,) = tasks(**ideal({"A": 1, "B": 59}, variable=near, low=1.0, high=9.0, bins=16))
    drive(task)
    found = result(task)["metadynamics"]
    step, volume = 0.002, 60 / 0.5
    r = (np.arange(200_000) + 0.5) * 2.4 / 200_000
    edges = np.append(0.0, (np.arange(8192) + 0.5) * step)
    shells = 4.0 * np.pi * r**2 * (r[1] - r[0]) / volume
    one = np.histogram(Near(2.4, 1.0, 3).fading(r)[0], edges, weights=shells)[0]
    one[0] += 1.0 - one.sum()
    all_of_them = np.fft.irfft(np.fft.rfft(one, 2**16) ** 59, 2**16)[: round(9.0 / step)]
    parts = all_of_them[round(1.0 / step) :].reshape(16, -1).sum(axis=1)
    compared(found, -np.log(parts / parts.sum() / 0.5), 0.4)


#: A fluid of 32 Lennard-Jones particles, too hot to freeze.
HOT = {
    "system": {"dimensions": 3, "particles": {"A": 32}},
    "potential": {"form": "lennard_jones", "r_cut": 1.6, "truncation": "shift"},
    "settings": {"engine": "lammps", "frames": None},
}
BOND_ORDER = {
    "variable": {"steinhardt": 1.5, "degree": 6},
    "low": 0.1,
    "high": 0.26,
    "bins": 8,
    "kT": 2.0,
    "number_density": 0.8,
    "dt": 0.004,
}


@pytest.mark.physical_validation
def test_bond_order_has_the_free_energy_that_a_run_without_a_bias_has(tasks) -> None:
    """By umbrella sampling and metadynamics; some 200 s of a core."""
    by = {
        "umbrella": {"windows": 5, "steps": 12_000},
        "metadynamics": {"filling_steps": 20_000, "steps": 60_000, "stride": 100},
        "free": {"name": "umbrella", "windows": 2, "stiffness": 1e-9, "steps": 40_000},
    }
    found = {}
    for name, more in by.items():
        method = {"name": name, **BOND_ORDER, **more}
        (task,) = tasks(root=name, **HOT | {"method": method})
        drive(task)
        found[name] = result(task)[method["name"]]
    values, errors = (
        {name: np.array(one[key], dtype=float) for name, one in found.items()}
        for key in ("free_energy", "free_energy_error")
    )
    for name in ("umbrella", "metadynamics"):
        pulls = (values[name] - values["free"]) / np.hypot(errors[name], errors["free"])
        print(name, values[name], errors[name], values["free"], errors["free"], pulls)
        assert errors[name].max() < 1.5
        assert np.isfinite(pulls).sum() >= 6
        assert np.sqrt(np.nanmean(pulls**2)) < 2.0


#: What hills are laid on between segments.
BETWEEN = {"name": "metadynamics", "stride": 60, "segment": 20, "filling_steps": 400, "steps": 400}


def energy(**changes):
    """The energy of the two particles of `test_umbrella`."""
    method = {key: value for key, value in ENERGY.items() if key != "windows"}
    made = words(**method | changes)
    potential = made["potential"] | {"r_cut": 1.9}
    return made | {"potential": potential, "settings": {"engine": "auto", "frames": None}}


def spheres(**changes):
    """64 hard spheres, so small that their volume has a gamma distribution."""
    blocks = {"A": {"form": "hard_sphere", "diameter": 0.01}}
    made = merged(SPHERES, {"system": {"particles": {"A": 64}, "building_blocks": blocks}})
    method = {"name": "metadynamics", "variable": "number_density", "low": 0.7, "high": 1.4}
    method |= {"bins": 7, "number_density": 1.0, "pressure": 1.0, "segment": 5, "stride": 20}
    return made | {"method": method | changes}


@pytest.mark.parametrize("what", ["energy", "density", "cluster"])
def test_segments_cut_at_every_chunk_equal_uninterrupted_ones(tasks, monkeypatch, what) -> None:
    """Hills fall within chunks and at their ends."""
    made = {
        "energy": energy(**BETWEEN),
        "density": spheres(**BETWEEN),
        "cluster": clusters(3, 64, {}),
    }[what]
    if what == "cluster":
        del made["method"]["windows"], made["method"]["equilibration_steps"]
        made["method"] |= BETWEEN | {"high": 8.0}
    monkeypatch.setattr(runs, "CHUNK", 200)
    (task,) = tasks(**made)
    drive(task)
    whole = result(task)
    assert whole["metadynamics"]["bias"] != [0.0] * len(whole["metadynamics"]["bias"])
    assert 0.0 < whole["metadynamics"]["accepted"][0] <= 1.0
    _, cut = interrupted_at_every_checkpoint(task, Metadynamics)
    assert without_time(cut).items() <= whole.items()


@pytest.mark.physical_validation
def test_the_potential_energy_of_two_particles_has_its_exact_free_energy(tasks) -> None:
    (task,) = tasks(**energy(stride=100, filling_steps=100_000, steps=400_000))
    drive(task)
    found = result(task)["metadynamics"]
    compared(found, of_energies(found, 0.7, pair_energy, 4.0), 0.5)


@pytest.mark.physical_validation
def test_the_density_of_hard_spheres_has_its_exact_free_energy(tasks) -> None:
    """See `test_umbrella`."""
    (task,) = tasks(**spheres(filling_steps=20_000, steps=100_000))
    drive(task)
    found = result(task)["metadynamics"]
    expected = by_bins(found, 1.0, lambda rho: rho**-66.0 * np.exp(64.0 - 64.0 / rho), 0.7, 1.4)
    assert found["round_trips"] >= 5
    compared(found, expected, 0.5)
