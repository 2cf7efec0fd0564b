"""Basin hopping: published minima, exact continuation, budgets, hostile potentials."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.jobs import trajectory
from operations.jobs.driver import Task, drive
from operations.methods.basin_hopping import BasinHopping
from operations.search.walk import Count
from tests.operations.interruptions import ended, killed, result, resumed

CLUSTER: dict[str, Any] = {
    "system": {"dimensions": 3, "boundary": "open"},
    "potential": {"form": "lennard_jones", "r_cut": 100.0},
    "settings": None,
}

#: Cambridge Cluster Database (D. J. Wales et al.).
MINIMA = {4: -6.0, 7: -16.505384, 13: -44.326801, 19: -72.659782, 26: -108.315616}


def cluster(tasks: Any, n: int, replicas: int = 1, **method: Any) -> list[Task]:
    changes = {
        **CLUSTER,
        "system": CLUSTER["system"] | {"particles": {"A": n}},
        "method": {"name": "basin_hopping"} | method,
        "replicas": replicas,
    }
    return tasks(**changes)


@pytest.mark.parametrize("n", MINIMA)
def test_published_minima(tasks, n):
    (task,) = cluster(tasks, n, hops=3000, target_energy=MINIMA[n])
    drive(task)
    found = result(task)
    assert found["minima"][0]["energy"] == pytest.approx(MINIMA[n], abs=1e-5)
    assert found["energy_per_particle"] == pytest.approx(MINIMA[n] / n, abs=1e-6)
    assert found["quenches"] <= 3000
    energies = [minimum["energy"] for minimum in found["minima"]]
    assert energies == sorted(energies)
    best = Configuration.read(task.folder / "final.gsd")
    assert not best.periodic
    assert best.n_particles == n


def test_minima_are_weighted_by_their_symmetry(tasks):
    """The four minima of LJ7: D5h, C3v, C3v, C2; what else the list has are saddles."""
    (task,) = cluster(tasks, 7, hops=400, superposition=[0.01, 0.1])
    drive(task)
    found = result(task)
    assert [one["energy"] for one in found["minima"][:4]] == pytest.approx(
        [-16.505384, -15.935043, -15.593211, -15.533060], abs=1e-5
    )
    assert found["superposition"]["point_group_orders"] == [20, 6, 6, 2]
    assert found["superposition"]["lowest"][0] == pytest.approx(1.0)
    # vibrations have 15/7 k a particle, half of it of the momenta
    assert found["superposition"]["heat_capacity"][0] == pytest.approx(15 / 7, abs=1e-3)


def test_a_core_of_another_structure_is_found(tasks):
    """LJ76, a Marks decahedron and one more; most of its low minima are icosahedral."""
    (task,) = cluster(tasks, 76, hops=50_000, target_energy=-402.894866)
    drive(task)
    assert result(task)["minima"][0]["energy"] == pytest.approx(-402.894866, abs=1e-5)


def test_compressed_quenches_meet_the_truncated_octahedron(tasks):
    """LJ38 by displacements: 43 ± 4 quenches in the mean, 2182 ± 335 without."""
    (task,) = cluster(
        tasks,
        38,
        hops=1000,
        strategies=["displacement"],
        compression=10.0,
        target_energy=-173.928427,
    )
    drive(task)
    assert result(task)["minima"][0]["energy"] == pytest.approx(-173.928427, abs=1e-5)
    assert result(task)["quenches"] < 1000


def test_compression_is_gone_at_the_end_of_a_quench(tasks):
    """Minima are minima of the energy alone."""
    (task,) = cluster(tasks, 13, hops=30, compression=30.0)
    search = BasinHopping(task)
    state = ended(search)
    best = search._minima(state.walk).best.configuration
    energy, forces, _ = search._kernel.evaluate(best)
    assert energy == pytest.approx(state.walk.minima[0], abs=1e-9)
    assert np.abs(forces).max() < 1e-6


@pytest.mark.parametrize("more", [{}, {"paving": 0.1}, {"compression": 10.0}])
def test_a_resumed_search_equals_an_uninterrupted_one(tasks, more):
    (task,) = cluster(tasks, 10, hops=600, walkers=2, **more)
    whole, (_, state) = ended(BasinHopping(task)), resumed(task, BasinHopping)
    for a, b in zip(whole.walk, state.walk, strict=True):
        np.testing.assert_array_equal(a, b)


def test_paving_leads_away_from_where_a_walk_has_been(tasks):
    both = cluster(tasks, 13, hops=1000, strategies=["displacement"], paving=[0.0, 1.0])
    visits = {}
    for task in both:
        drive(task)
        lowest = result(task)["minima"][0]
        assert lowest["energy"] == pytest.approx(MINIMA[13], abs=1e-5)
        visits[task.statepoint["method"].get("paving", 0.0)] = lowest["visits"]
    assert visits[1.0] < 0.5 * visits[0.0]


def test_lengthening_goes_on_where_it_ended(tasks):
    (task,) = cluster(tasks, 8, hops=200)
    drive(task)
    assert result(task)["hops"] == 200
    longer = Task(**{**vars(task), "extent": {"hops": 500}})
    method = BasinHopping(longer)
    state = method.start()
    assert state.walk.counts[Count.HOPS] == 200
    state = ended(method, state)
    assert state.walk.counts[Count.HOPS] == 500


def test_the_budget_is_kept(tasks):
    (task,) = cluster(tasks, 20, hops=100_000, max_energy_evaluations=20_000)
    drive(task)
    spent = result(task)["energy_evaluations"]
    assert 20_000 <= spent < 30_000


def test_replicas_differ_and_a_seed_repeats(tasks):
    first, second = cluster(tasks, 12, replicas=2, hops=50)
    for task in (first, second):
        drive(task)
    assert result(first)["energy_evaluations"] != result(second)["energy_evaluations"]
    (first.folder / "walk.npz").unlink()
    state = ended(BasinHopping(first))
    assert int(state.walk.counts[Count.EVALUATIONS]) == result(first)["energy_evaluations"]


def test_smaller_and_larger_clusters_seed_a_search(tasks):
    """LJ19 from the minima of 18 and of 20: met in the first run, which starts there."""
    for n, energy in ((18, -66.530949), (20, -77.177043)):
        other = _of(cluster(tasks, n, hops=1500, target_energy=energy), n, seeded=False)
        drive(other)
        file = other.folder / "final.gsd"
        task = _of(cluster(tasks, 19, hops=1, start={"file": str(file)}), 19, seeded=True)
        method = BasinHopping(task)
        state = method.step(method.start())
        assert state.walk.minima[0] == pytest.approx(MINIMA[19], abs=1e-5)
        shutil.rmtree(task.folder)


def _of(made: list[Task], n: int, seeded: bool) -> Task:
    """The task of that size; all jobs stand in one root."""
    (task,) = (
        task
        for task in made
        if task.statepoint["system"]["particles"] == {"A": n}
        and ("start" in task.statepoint["method"]) == seeded
    )
    return task


def test_clusters_in_pieces_are_rejected(tasks):
    """With a short cut-off random starts fall into pieces, which are no minima."""
    (task,) = tasks(
        **{
            **CLUSTER,
            "system": CLUSTER["system"] | {"particles": {"A": 8}},
            "potential": CLUSTER["potential"] | {"r_cut": 1.4},
            "method": {"name": "basin_hopping", "hops": 400, "keep": 50},
        }
    )
    drive(task)
    assert result(task)["in_pieces"] > 0
    for one in trajectory.read(task.folder / "final.gsd"):
        near = np.linalg.norm(one.positions[:, None] - one.positions, axis=2) < 1.4
        assert (np.linalg.matrix_power(near.astype(int), 8) > 0).all()


def test_two_dimensional_cluster_is_a_hexagon(tasks):
    """Seven particles in the plane: a hexagon with its centre, twelve bonds."""
    (task,) = tasks(
        **{**CLUSTER, "system": {"dimensions": 2, "boundary": "open", "particles": {"A": 7}}},
        method={"name": "basin_hopping", "hops": 200},
    )
    drive(task)
    assert result(task)["minima"][0]["energy"] == pytest.approx(-12.5349, abs=2e-3)
    assert not Configuration.read(task.folder / "final.gsd").positions[:, 2].any()


def test_mixture_of_sizes_finds_the_small_particle_inside(tasks):
    """Twelve large around one small particle: the icosahedron with the small one at its centre."""
    (task,) = _mixture(tasks)
    drive(task)
    best = Configuration.read(task.folder / "final.gsd")
    (small,) = best.positions[best.types == best.type_names.index("B")]
    assert np.linalg.norm(small - best.positions.mean(axis=0)) < 0.05
    assert result(task)["minima"][0]["energy"] < MINIMA[13]


def _mixture(tasks: Any) -> list[Task]:
    return tasks(
        system={"dimensions": 3, "boundary": "open", "particles": {"A": 12, "B": 1}},
        potential={
            "form": "lennard_jones",
            "r_cut": 100.0,
            "epsilon": 1.0,
            "types": {"B": {"sigma": 0.9}},
        },
        method={"name": "basin_hopping", "hops": 300},
        settings=None,
    )


def test_crystal_at_pressure_is_close_packed(tasks):
    """fcc at r_cut = 2.5, of four particles in a free cell; the lattice sum is in test_minimise."""
    (task,) = tasks(
        system={"dimensions": 3, "particles": {"A": 4}},
        potential={"form": "lennard_jones"},
        method={"name": "basin_hopping", "hops": 150, "pressure": 1.0},
        settings=None,
    )
    drive(task)
    found = result(task)
    best = Configuration.read(task.folder / "final.gsd")
    assert best.periodic
    assert best.number_density == pytest.approx(found["number_density"], rel=1e-5)
    assert found["enthalpy_per_particle"] == pytest.approx(
        found["energy_per_particle"] + 1.0 / found["number_density"], abs=1e-9
    )
    r = np.linalg.norm(best.replicate((3, 3, 3)).positions, axis=1)
    assert found["enthalpy_per_particle"] < -6.5
    assert len(r) == 108


@pytest.mark.parametrize(
    ("potential", "words"),
    [
        ({"form": "inverse_power", "n": 12.0}, "fly apart"),
        ({"form": "expression", "formula": "-exp(-r**2)", "r_cut": 3.0}, "collapse"),
        ({"form": "screened_charges", "A": -4.0, "kappa": 10.0, "n": 12}, "false inner well"),
    ],
)
def test_hostile_potentials_fail_in_bounded_time(tasks, potential, words):
    periodic = words == "collapse"
    (task,) = tasks(
        system={
            "dimensions": 3,
            "boundary": "periodic" if periodic else "open",
            "particles": {"A": 4},
        },
        potential=potential,
        method={
            "name": "basin_hopping",
            "hops": 600,
            "pressure": 0.0 if periodic else None,
        },
        settings=None,
    )
    drive(task)
    assert not (task.folder / "result.json").exists()
    assert words in json.loads((task.folder / "failed.json").read_text())["reason"]


@pytest.mark.parametrize("pace", [1.0, 1e6])
def test_whether_a_search_is_hopeless_does_not_depend_on_its_pace(tasks, pace, monkeypatch):
    def in_vain(functions, problem, settings, walk, key, hops, on_gpu):
        walk.counts[[Count.HOPS, Count.QUENCHES]] += hops
        return False

    monkeypatch.setattr("operations.methods.basin_hopping.walk_on", in_vain)
    (task,) = cluster(tasks, 7)
    search = BasinHopping(task)
    with pytest.raises(ValueError, match="none of 50 quenches"):
        ended(search, replace(search.start(), hops_per_second=pace))


def test_a_foreign_walk_is_refused(tasks):
    """Compiled code would take its numbers for places in arrays."""
    (task,) = cluster(tasks, 7, paving=0.1, walkers=2)
    search, file = BasinHopping(task), task.folder / "walk.npz"
    search.save(search.start(), file)
    good = dict(np.load(file))
    assert search.start().walk.counts[Count.HOPS] == 0
    runs, bad = good["counts"].copy(), good["run_strategy"].copy()
    runs[Count.RUNS], bad[0] = 1, 10**7
    for name, changes in {
        "counts": {"counts": -1 - runs},
        "strategy": {"strategy": np.array([3, 0])},
        "run_strategy": {"counts": runs},  # of a run that is over it is known
        "run_strategy ": {"run_strategy": bad},
        "lacking": {"lacking": np.array([0, 7])},
        "seed": {"seed": np.array([0, -1])},
        "positions": {"positions": np.full((2, 21), np.nan)},
        "step": {"step": np.array([0.1])},
        "kT": {"kT": np.array([1, 1])},
        "minima": {"minima": np.zeros(0)},
        "visits": {"visits": np.zeros((2, 0), dtype=np.int64)},
        "wall_seconds": {"wall_seconds": np.zeros(2)},
    }.items():
        np.savez(file, **good | changes)
        with pytest.raises(ValueError, match=rf"walk\.npz: {name.strip()} (is not of|has numbers)"):
            search.start()
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(ValueError, match=r"walk\.npz cannot be read"):
        search.start()


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_the_same(tasks):
    """SIGKILL in the middle of chunks; the products of the walk agree bit for bit."""
    first, second = cluster(tasks, 30, replicas=2, hops=8000)
    random = np.random.default_rng(5)
    assert all(killed(first, random.uniform(0.0, 0.2)) for _ in range(4))
    assert not (first.folder / "result.json").exists()
    drive(first)
    interrupted = result(first)
    fresh = Task(**{**vars(first), "folder": second.folder})
    drive(fresh)
    uninterrupted = result(fresh)
    for key in ("minima", "energy_evaluations", "quenches", "runs"):
        assert interrupted[key] == uninterrupted[key]
