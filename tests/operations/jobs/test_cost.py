"""The cost model finds the law that made the data, and says how far it may be trusted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from operations.jobs.cost import LEAST_SAFETY, UNKNOWN_SAFETY, UNKNOWN_SECONDS, CostModel
from workspace_schema.methods.facts import METHODS


def job(
    n: int, steps: int, seconds: float, form: str = "mie", **result: Any
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    statepoint = {
        "system": {"particles": {"A": n}},
        "potential": {"form": form},
        "method": {"name": "forward", "steps": steps, "dt": 0.005, "equilibration_steps": 0},
    }
    return (
        statepoint,
        {},
        {"wall_seconds": seconds, "engine": "lammps", "device": "cpu"} | result,
    )


def seconds(model: CostModel, n: int, steps: int, form: str = "mie", gpu: bool = False) -> float:
    return model.expect(*job(n, steps, 0.0, form)[:2], gpu)[0]


@pytest.mark.parametrize("exponent", [0.0, 0.6, 1.0, 1.8])
def test_the_law_is_found(exponent: float) -> None:
    random = np.random.default_rng(3)
    jobs = []
    for _ in range(200):
        n, steps = int(random.integers(50, 5000)), int(random.integers(1000, 10**6))
        noise = random.lognormal(sigma=0.1)
        jobs.append(job(n, steps, 2e-6 * n**exponent * steps * noise))
    model = CostModel(jobs)
    for n, steps in ((100, 10**4), (1000, 10**6), (20_000, 10**5)):
        assert seconds(model, n, steps) == pytest.approx(2e-6 * n**exponent * steps, rel=0.1)
    _, safety = model.expect(*jobs[0][:2], False)
    assert safety == pytest.approx(LEAST_SAFETY, rel=0.1)


def test_jobs_that_shared_a_gpu_share_its_time() -> None:
    known = {"device": "gpu", "engine": "batched"}
    model = CostModel([job(100, 1000, 8.0, together=16, **known), job(100, 1000, 8.0, **known)])
    (statepoint, _, _) = job(100, 1000, 0.0)
    assert seconds(model, 100, 2000, gpu=True) == pytest.approx(16.0)
    assert model.at_a_time(statepoint, gpu=True) == pytest.approx(2 / (1 + 1 / 16))
    assert model.at_a_time(statepoint, gpu=False) == 1.0


def test_forms_and_devices_are_told_apart() -> None:
    model = CostModel(
        [
            job(100, 1000, 1.0, "mie"),
            job(100, 1000, 5.0, "table"),
            job(100, 1000, 0.1, "mie", device="GPU 0", engine="hoomd"),
        ]
    )
    assert seconds(model, 100, 2000, "mie") == pytest.approx(2.0)
    assert seconds(model, 100, 2000, "table") == pytest.approx(10.0)
    assert seconds(model, 100, 2000, "mie", gpu=True) == pytest.approx(0.2)
    # a form never seen costs as the others of its engine
    assert 2.0 < seconds(model, 100, 2000, "morse") < 10.0


def test_one_size_is_carried_over_as_the_guess_has_it() -> None:
    model = CostModel([job(100, 1000, 1.0)] * 3)
    exponent = METHODS["forward"].guesses["cpu"][1]
    assert seconds(model, 200, 1000) == pytest.approx(2.0**exponent)


def test_nothing_known_is_a_guess_and_says_so() -> None:
    statepoint, extent, _ = job(1000, 10**6, 0.0)
    expected, safety = CostModel().expect(statepoint, extent, False)
    assert 300 < expected < 10_000
    assert safety == UNKNOWN_SAFETY
    assert CostModel().expect({}, {}, False)[0] > 0


@pytest.mark.parametrize(
    ("dimensions", "n", "per_step"),
    # CPU seconds of a step of forward, by LAMMPS on one core: in two dimensions the pairs of
    # campaigns/quickstart.yaml, in three Lennard-Jones at a density of 0.9
    [(2, 400, 1.0e-4), (2, 1600, 3.4e-4), (3, 256, 2.35e-4), (3, 864, 7.5e-4)],
)
def test_the_guess_is_right_for_small_simulations(dimensions: int, n: int, per_step: float) -> None:
    statepoint, extent, _ = job(n, 1000, 0.0)
    statepoint["system"]["dimensions"] = dimensions
    expected, _ = CostModel().expect(statepoint, extent, False)
    assert 1 / 1.5 < expected / (1000 * per_step) < 1.5


def test_a_longer_extent_costs_more() -> None:
    model = CostModel([job(100, 1000, 1.0)])
    statepoint, _, _ = job(100, 1000, 0.0)
    assert model.expect(statepoint, {"production_steps": 1000}, False)[0] == pytest.approx(2.0)


def test_a_search_is_as_long_as_its_hops() -> None:
    def search() -> dict[str, Any]:
        particles = {"particles": {"A": 38}}
        return {"system": particles, "method": {"name": "basin_hopping", "kT": 0.8, "keep": 20}}

    result = {"wall_seconds": 4.0, "engine": "numba", "device": "cpu"}
    model = CostModel([(search(), {"hops": 100}, result)])
    assert model.expect(search(), {}, False)[0] == pytest.approx(400.0)  # 10 000 by default
    assert model.expect(search(), {"hops": 1000}, False)[0] == pytest.approx(40.0)
    unknown = search() | {"method": {"name": "design"}}
    assert CostModel().expect(unknown, {}, False)[0] == UNKNOWN_SECONDS


def test_clusters_say_nothing_of_cells() -> None:
    cluster = {"dimensions": 3, "boundary": "open", "particles": {"A": 38}}
    cell = {"dimensions": 3, "boundary": "periodic", "particles": {"A": 8}}
    method = {"name": "basin_hopping"}
    result = {"wall_seconds": 4.0, "engine": "numba", "device": "cpu"}
    model = CostModel([({"system": cluster, "method": method}, {}, result)])
    unseen = CostModel().expect({"system": cell, "method": method}, {}, False)
    assert model.expect({"system": cell, "method": method}, {}, False) == unseen
    larger = {"system": cluster | {"particles": {"A": 76}}, "method": method}
    assert model.expect(larger, {}, False)[0] == pytest.approx(4.0 * 2**1.4)


@pytest.mark.parametrize(
    ("dimensions", "n", "method", "measured"),
    # seconds on one core of Lennard-Jones, in two dimensions Lennard-Jones-Gauss, cut at 2.5
    [
        (2, 576, {"name": "annealing", "dynamics": "md", "steps": 40_000}, 5.6),
        (3, 500, {"name": "annealing", "dynamics": "md", "steps": 8000}, 5.0),
        (2, 4, {"name": "annealing", "dynamics": "mc", "sweeps": 50_000, "chains": 4}, 4.0),
        (3, 16, {"name": "annealing", "dynamics": "mc", "sweeps": 3000, "chains": 4}, 6.1),
        (3, 20, {"name": "basin_hopping", "hops": 20_000}, 2.1),
        (3, 55, {"name": "basin_hopping", "hops": 3000}, 1.2),
        (2, 4, {"name": "basin_hopping", "hops": 10_000, "pressure": 1.0}, 19.5),
        (3, 8, {"name": "basin_hopping", "hops": 3000, "pressure": 1.0}, 27.6),
        (2, 4, {"name": "genetic", "generations": 60, "population": 16}, 1.9),
        (3, 8, {"name": "genetic", "generations": 20, "population": 16}, 1.6),
        (3, 16, {"name": "genetic", "generations": 8, "population": 16}, 1.7),
    ],
)
def test_the_guess_is_right_for_small_searches(
    dimensions: int, n: int, method: dict[str, Any], measured: float
) -> None:
    is_cluster = method["name"] == "basin_hopping" and "pressure" not in method
    boundary = "open" if is_cluster else "periodic"
    system = {"dimensions": dimensions, "boundary": boundary, "particles": {"A": n}}
    statepoint = {"system": system, "method": method}
    extent = {key: n for key, n in method.items() if key in ("hops", "generations")}
    extent |= {"stagnation": 0} if "generations" in extent else {}
    expected, safety = CostModel().expect(statepoint, extent, False)
    assert 0.5 < expected / measured < 2.0 < safety


def test_the_guess_of_hard_spheres_is_of_sweeps_and_windows() -> None:
    """864 of them, 21 windows: 12 minutes of a shared core."""
    system = {"dimensions": 3, "boundary": "periodic", "particles": {"A": 864}}
    method = {"name": "umbrella", "windows": 21, "equilibration_steps": 6000}
    statepoint = {"system": system, "potential": None, "method": method}
    expected, _ = CostModel().expect(statepoint, {"steps": 40_000}, False)
    assert 0.5 < expected / 720.0 < 2.0
    method["windows"], system["particles"] = 42, {"A": 1728}
    larger, _ = CostModel().expect(statepoint, {"steps": 40_000}, False)
    assert larger == pytest.approx(4.0 * expected)


def test_damaged_results_are_passed_over(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    good, torn, text = (workspace / name for name in ("a", "b", "c"))
    for folder in (good, torn, text):
        folder.mkdir(parents=True)
        statepoint, _, result = job(100, 1000, 3.0)
        (folder / "signac_statepoint.json").write_text(json.dumps(statepoint))
        (folder / "result.json").write_text(json.dumps(result))
    (torn / "result.json").write_text('{"wall_sec')
    (text / "result.json").write_text('{"wall_seconds": "long"}')
    assert seconds(CostModel.learn(tmp_path), 100, 1000) == pytest.approx(3.0)
    assert seconds(CostModel.learn(tmp_path / "nowhere"), 100, 1000) > 0
