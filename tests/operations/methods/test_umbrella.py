"""Free energies against a distance and a density wave, which are known exactly."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from operations.equilibrium import along_variable, runs
from operations.equilibrium.runs import State
from operations.jobs.driver import drive
from operations.jobs.errors import EngineError
from operations.methods.umbrella import Umbrella
from tests.operations.equilibrium.test_crystal import merged
from tests.operations.interruptions import (
    ended,
    interrupted_at_every_checkpoint,
    result,
    without_time,
)

PAIR = {
    "system": {"dimensions": 3, "particles": {"A": 1, "B": 1}},
    "potential": {"form": "lennard_jones", "epsilon": 3.0, "r_cut": 2.5},
    "method": {
        "name": "umbrella",
        "variable": {"distance": "A-B"},
        "low": 0.95,
        "high": 2.45,
        "windows": 7,
        "bins": 15,
        "kT": 0.7,
        "number_density": 2 / 6**3,
        "equilibration_steps": 500,
        "steps": 8000,
    },
    "settings": {"engine": "lammps", "frames": None},
}
#: Particles that hardly know of each other.
IDEAL = {
    "system": {"particles": {"A": 30, "B": 30}},
    "potential": {"form": "gaussian_core", "epsilon": 1e-9, "r_cut": 1.0},
    "method": {
        "low": 0.2,
        "high": 2.2,
        "windows": 4,
        "bins": 10,
        "kT": 1.0,
        "number_density": 0.5,
        "dt": 0.02,
    },
}


#: Two hard spheres, whose distance has no force: the bias acts on segments.
SPHERES = {
    "system": {
        "dimensions": 3,
        "particles": {"A": 2},
        "building_blocks": {"A": {"form": "hard_sphere"}},
    },
    "potential": None,
    "method": {
        "name": "umbrella",
        "variable": {"distance": "A-A"},
        "low": 1.0,
        "high": 2.2,
        "windows": 3,
        "bins": 6,
        "number_density": 0.01,
        "segment": 3,
        "equilibration_steps": 300,
        "steps": 30000,
    },
    "settings": {"engine": "auto", "frames": None},
}


def clusters(bonds, particles, changes):
    """The same of clusters of more spheres, at a pressure."""
    words = merged(SPHERES, {"method": changes, "system": {"particles": {"A": particles}}})
    words["method"] |= {
        "variable": {"crystalline_cluster": 1.4, "aligned": 0.5, "bonds": bonds},
        "low": 0.0,
        "windows": 2,
        "number_density": 0.9,
        "pressure": 10.0,
    }
    return words


def by_bins(found, kT, density, low, high):
    """Free energies of bins by their exact probability."""
    edges = np.linspace(low, high, len(found["value"]) + 1)
    shares = np.array([quad(density, a, b)[0] for a, b in pairwise(edges)])
    return -kT * np.log(shares / shares.sum() / np.diff(edges))


def compared(found, expected, most):
    values, errors = np.array(found["free_energy"]), np.array(found["free_energy_error"])
    pulls = (values - expected) / errors
    assert errors.max() < most
    assert np.abs(pulls).max() < 5.0
    # of ten parts, so that the errors scatter themselves
    assert np.sqrt(np.mean(pulls**2)) < 2.0


def test_windows_drawn_from_their_density_have_its_free_energy(tasks) -> None:
    """Distances of points without a potential, as each window has them."""
    (task,) = tasks(**PAIR)
    job, random, r = Umbrella(task), np.random.default_rng(4), np.linspace(0.01, 4.0, 4000)
    samples = {}
    for k, target in enumerate(job._targets):
        share = np.cumsum(r**2 * np.exp(-0.5 * job._k * (r - target) ** 2 / 0.7))
        drawn = np.interp(random.random(1000), share / share[-1], r)
        samples[k] = np.column_stack([np.zeros(1000), drawn])
    _, found = job.add_up(State({}, np.full(7, job._length), samples))
    compared(found, by_bins(found, 0.7, lambda x: x**2, 0.95, 2.45), 0.3)


@pytest.mark.physical_validation
def test_the_distance_of_two_particles_has_its_exact_free_energy(tasks) -> None:
    (task,) = tasks(**PAIR)
    drive(task)
    found = result(task)["umbrella"]

    def density(r):
        u = 12.0 * (r**-12 - r**-6)
        return r**2 * np.exp(-u / 0.7)

    compared(found, by_bins(found, 0.7, density, 0.95, 2.45), 0.5)
    assert found["variable"] == "distance"


@pytest.mark.physical_validation
def test_a_density_wave_of_an_ideal_gas_has_its_exact_free_energy(tasks) -> None:
    """|ρ_k|² of independent particles is exponential, but for 1/N."""
    words = merged(PAIR, IDEAL)
    words["method"] |= {"variable": {"density_wave": 2}}
    (task,) = tasks(**words)
    drive(task)
    found = result(task)["umbrella"]
    expected = by_bins(found, 1.0, lambda q: 2.0 * q * np.exp(-(q**2)), 0.2, 2.2)
    compared(found, expected, 0.6)


def test_a_job_cut_at_every_chunk_equals_an_uninterrupted_one(tasks, monkeypatch) -> None:
    monkeypatch.setattr(runs, "CHUNK", 100)
    short = {
        "windows": 2,
        "low": 1.0,
        "high": 1.2,
        "bins": 4,
        "steps": 200,
        "equilibration_steps": 100,
    }
    (task,) = tasks(**merged(PAIR, {"method": short}))
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, Umbrella)
    assert without_time(cut).items() <= result(task).items()


@pytest.mark.physical_validation
def test_two_hard_spheres_by_segments_have_their_exact_free_energy(tasks) -> None:
    (task,) = tasks(**SPHERES)
    drive(task)
    found = result(task)["umbrella"]
    compared(found, by_bins(found, 1.0, lambda r: r**2, 1.0, 2.2), 0.3)
    assert min(found["overlap"]) > 0.3


@pytest.mark.physical_validation
def test_clusters_by_segments_are_those_without_a_bias(tasks) -> None:
    """A fluid so small and weakly biased that it is at every size without a bias, too."""
    changes = {"high": 12.0, "segment": 10}
    (biased,) = tasks(**clusters(4, 108, changes))
    drive(biased)
    found = result(biased)["umbrella"]
    (free,) = tasks(root="free", **clusters(4, 108, changes | {"stiffness": 1e-9}))
    drive(free)
    expected = result(free)["umbrella"]
    differences = np.subtract(found["free_energy"], expected["free_energy"], dtype=float)
    errors = np.hypot(
        np.array(found["free_energy_error"], float), np.array(expected["free_energy_error"], float)
    )
    assert np.abs(differences / errors).max() < 5.0
    assert np.nanmax(errors) < 0.5


def test_segments_cut_at_every_chunk_equal_uninterrupted_ones(tasks, monkeypatch) -> None:
    monkeypatch.setattr(runs, "CHUNK", 60)
    monkeypatch.setattr(along_variable, "SEGMENTS", 2)
    short = {"high": 8.0, "equilibration_steps": 40, "steps": 200}
    (task,) = tasks(**clusters(3, 64, short))
    drive(task)
    _, cut = interrupted_at_every_checkpoint(task, Umbrella)
    assert without_time(cut).items() <= result(task).items()


def test_lengthened_segments_equal_uninterrupted_ones(tasks) -> None:
    (task,) = tasks(**SPHERES)
    short, whole = Umbrella(task), Umbrella(task)
    short._length, whole._length = 900, 1500
    short.save(ended(short), task.folder / "kept.npz")
    found = ended(whole, whole.load(task.folder / "kept.npz"))
    expected = ended(whole)
    for k in range(3):
        assert np.array_equal(found.samples[k], expected.samples[k])
    rows = np.column_stack([expected.samples[k][:, 1] for k in range(3)])
    assert min(whole._exchanged(rows)["exchanged"]) > 0.3


def test_neighbours_exchange_where_their_values_are_crossed(tasks) -> None:
    (task,) = tasks(**SPHERES)
    job = Umbrella(task)
    steps, values = np.full(3, job._length), [[1.6, 1.0, 2.2], [1.0, 2.2, 1.6]]
    samples = {k: np.array([[1.0, each[k], 8.0] for each in values]) for k in range(3)}
    state = State({k: {"step": np.array(k)} for k in range(3)}, steps, samples)
    job._exchange(state)  # the second turn is that of the last two
    assert [int(state.engines[k]["step"]) for k in range(3)] == [0, 2, 1]
    q = np.array([[1.6, 1.0, 2.2], [1.0, 2.2, 1.6], [1.6, 1.0, 2.2], [1.0, 2.2, 1.6]])
    found = job._exchanged(np.tile(q, (3, 1)))
    assert found["round_trips"] == 3  # one of each
    uphill = np.exp(-job._k * 0.6 * 0.6)
    assert found["exchanged"] == pytest.approx([0.5 + 0.5 * uphill**2, 0.5 + 0.5 * uphill**2])


def test_every_cluster_is_counted_and_a_frozen_window_has_no_errors(tasks, monkeypatch) -> None:
    """Two clusters of 15 at a time are two of 15, whichever is the largest."""
    (task,) = tasks(**clusters(3, 108, {"high": 30.0, "stiffness": 1e-9}))
    job = Umbrella(task)
    now = job.start_configuration
    rows = []
    for sizes in ([15, 15, 3], [16]):
        monkeypatch.setattr(
            along_variable,
            "crystalline_clusters",
            lambda *_, sizes=sizes: (np.array(sizes), np.zeros(len(sizes), dtype=bool)),
        )
        rows.append(np.append(1.0, job._measure(None, now)))
    rows[1][2] = 100.0  # the volume
    random = np.random.default_rng(1)
    samples = {k: random.permutation(300 * rows) for k in range(2)}
    steps = np.full(2, job._length)
    averages, details = job.add_up(State({}, steps, samples))
    free_energy, errors = details["free_energy"], details["free_energy_error"]
    assert np.isclose(free_energy[14], -np.log(1.0 / 108))
    assert np.isclose(free_energy[15], -np.log(0.5 / 108))
    assert free_energy[13] is None
    assert "-kT ln(N_n/N)" in details["zero"]
    assert errors[14] > 0.0
    density = averages["number_density"]
    assert np.isclose(density["mean"], 108 / (0.5 * now.volume + 50.0))
    assert density["standard_error"] > 0.0
    samples[1][:] = rows[1]
    averages, details = job.add_up(State({}, steps, samples))
    assert details["free_energy_error"] == [None] * 30
    assert averages["number_density"]["standard_error"] is None
    assert details["autocorrelation_time"][1] is None


def test_two_nuclei_from_the_first_sample_to_the_last_are_refused(tasks) -> None:
    (task,) = tasks(**clusters(3, 108, {"high": 60.0, "stiffness": 1e-9}))
    job = Umbrella(task)
    rows = np.ones((100, 2 + 1 + len(job.values)))
    frozen = rows.copy()
    frozen[:30, 1] = np.inf
    state = State({}, np.full(2, job._length), {0: rows, 1: frozen})
    with pytest.raises(EngineError, match="run 2 of 2 begins with two nuclei"):
        job.add_up(state)


def test_beyond_half_of_the_narrow_edge_there_is_no_distance(tasks) -> None:
    """Of 12 sites of a hexagonal lattice in a box of 3 by 2 √3."""
    changes = {"start": "hexagonal", "pressure": 1.0, "low": 1.1, "high": 1.9, "bins": 8}
    changes |= {"number_density": 0.4, "windows": 2}
    system = {"dimensions": 2, "particles": {"A": 12}}
    (task,) = tasks(**merged(SPHERES, {"system": system, "method": changes}))
    job, volume = Umbrella(task), 12 * 0.5 * np.sqrt(3.0)
    edge = 3.0 if job.start_configuration.box[0] < job.start_configuration.box[1] else np.sqrt(12.0)
    rows = np.array([[1.0, 1.5, volume]])
    state = State({}, np.zeros(2), {0: rows, 1: rows})
    values = np.zeros(len(job.values) + 1)
    _, details = job.in_words(values, values.copy(), state)
    known = [one is not None for one in details["free_energy"]]
    assert known == [x + 0.05 <= 0.5 * edge + 1e-9 for x in details["value"]]
    assert known == [True] * 4 + [False] * 4


@pytest.mark.parametrize(
    ("sizes", "endless", "nucleus"),
    [
        ([60, 20], False, 60.0),
        ([60, 21], False, np.inf),
        ([16, 16], False, 16.0),
        ([17, 17], False, np.inf),
        ([60, 20], True, np.inf),
    ],
)
def test_the_rest_of_the_box_is_fluid(tasks, monkeypatch, sizes, endless, nucleus) -> None:
    """Where there is a second nucleus, or the nucleus meets its image, no segment ends."""
    (task,) = tasks(**clusters(3, 108, {"high": 60.0, "stiffness": 1e-9}))
    job = Umbrella(task)
    monkeypatch.setattr(
        along_variable,
        "crystalline_clusters",
        lambda *_: (np.array(sizes), np.array([endless, False])),
    )
    assert job._measure(None, job.start_configuration)[0] == nucleus


def test_point_particles_go_by_segments_of_dynamics(tasks, monkeypatch) -> None:
    monkeypatch.setattr(along_variable, "SEGMENTS", 1)
    words = clusters(4, 64, {"high": 4.0, "equilibration_steps": 0, "steps": 200, "segment": 50})
    words["potential"] = {"form": "lennard_jones", "r_cut": 2.0}
    words["system"] = {"dimensions": 3, "particles": {"A": 64}}
    words["method"] |= {"number_density": 0.8, "pressure": 2.0}
    (task,) = tasks(**words | {"settings": {"engine": "lammps", "frames": None}})
    drive(task)
    found = result(task)
    assert found["engine"] == "lammps"
    assert min(found["umbrella"]["accepted"]) > 0.0
    # of so few samples without an error
    assert found["averages"]["number_density"]["standard_error"] is None
    assert 0.5 < found["number_density"] < 1.1
    assert found["number_density"] != 0.8
    assert found["pressure"] == 2.0


#: The potential energy of two particles in a box of edge 4, whose well is 1.38 deep for each.
ENERGY = {
    "low": -1.3,
    "high": -0.05,
    "windows": 6,
    "bins": 9,
    "number_density": 2 / 4**3,
    "variable": "potential_energy",
    "segment": 10,
    "steps": 40_000,
    "dt": 0.01,
}


def of_energies(found, kT, potential, edge, n=400):
    """Free energies of bins of the energy per particle of two particles, by all places."""
    x = edge * ((np.arange(n) + 0.5) / n / 2.0)
    r = np.sqrt(x[:, None, None] ** 2 + x[None, :, None] ** 2 + x**2)
    u = potential(r).ravel()
    values = np.array(found["value"])
    half = 0.5 * (values[1] - values[0])
    edges = np.append(values - half, values[-1] + half)
    shares = np.histogram(0.5 * u, edges, weights=np.exp(-u / kT))[0]
    return -kT * np.log(shares / shares.sum() / np.diff(edges))


def pair_energy(r):
    u = 12.0 * (r**-12 - r**-6)
    return np.where(r < 1.9, u - 12.0 * (1.9**-12 - 1.9**-6), 0.0)


@pytest.mark.physical_validation
def test_the_potential_energy_of_two_particles_has_its_exact_free_energy(tasks) -> None:
    words = merged(PAIR, {"method": ENERGY, "potential": {"r_cut": 1.9}})
    words["method"]["variable"] = "potential_energy"
    words["settings"] = words["settings"] | {"engine": "auto"}
    (task,) = tasks(**words)
    drive(task)
    assert result(task)["engine"] == "batched"
    found = result(task)["umbrella"]
    assert found["variable"] == "potential_energy"
    compared(found, of_energies(found, 0.7, pair_energy, 4.0), 0.5)


@pytest.mark.physical_validation
def test_the_density_of_hard_spheres_has_its_exact_free_energy(tasks) -> None:
    """Of so small ones that the volume has a gamma distribution."""
    words = merged(SPHERES, {"method": {"low": 0.5, "high": 2.5, "windows": 4, "bins": 8}})
    blocks = {"A": {"form": "hard_sphere", "diameter": 0.01}}
    words["system"] = words["system"] | {"particles": {"A": 8}, "building_blocks": blocks}
    words["method"] |= {"variable": "number_density", "pressure": 1.0, "number_density": 1.0}
    (task,) = tasks(**words)
    drive(task)
    found = result(task)["umbrella"]
    expected = by_bins(found, 1.0, lambda rho: rho**-10.0 * np.exp(-8.0 / rho), 0.5, 2.5)
    compared(found, expected, 0.5)


def test_energies_of_segments_are_those_of_the_engine(tasks, monkeypatch) -> None:
    monkeypatch.setattr(along_variable, "SEGMENTS", 1)
    words = merged(PAIR, {"method": ENERGY, "potential": {"r_cut": 1.9}})
    words["method"] |= {"windows": 2, "steps": 200, "equilibration_steps": 0}
    (task,) = tasks(**words)
    job = Umbrella(task)
    engine, now = job.engine(0), job.start_configuration
    now.positions[:] = [[0.0, 0.0, 0.0], [0.0, 0.0, 1.2]]
    assert job._measure(engine, now)[0] == pytest.approx(0.5 * pair_energy(np.array(1.2)), rel=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variable": "number_density"}, "pressure: expected one"),
        ({"variable": "potential_energy"}, "hard spheres have no potential_energy"),
        ({"low": -1.0}, "low: got -1; expected 0 or more"),
        ({"variable": "energy"}, "potential_energy"),
    ],
)
def test_what_cannot_vary_is_refused(tasks, change, message, capsys) -> None:
    with pytest.raises(AssertionError):
        tasks(**merged(SPHERES, {"method": {**SPHERES["method"], **change}}))
    assert message in capsys.readouterr().err
