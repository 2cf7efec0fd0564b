"""Hops of many walkers: at once, on cores or a GPU, in any pieces, they are those of one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from operations.methods.basin_hopping import BasinHopping
from operations.search import gpu, walking
from operations.search.lbfgs import lbfgs
from operations.search.walk import PAVED, Count

CLUSTER: dict[str, Any] = {"dimensions": 3, "boundary": "open", "particles": {"A": 16}}
MIXTURE = CLUSTER | {"particles": {"A": 5, "B": 3}}
CELL = {"dimensions": 2, "particles": {"A": 3}}
POTENTIAL = {"form": "lennard_jones", "r_cut": 1.4, "types": {"B": {"sigma": 0.8}}}
CASES = [
    (CLUSTER, {"paving": 0.1}),
    (CLUSTER, {"compression": 10.0}),
    (MIXTURE, {}),
    (CELL, {"pressure": 0.5}),
]
WALKERS, HOPS = 6, 61


def relaxed_here(kernel, like, v, particles, types, cells, lengths, periodic, *rules):
    """In the place of a GPU."""
    ends = []
    for k, n in enumerate(particles):
        problem = kernel.problem(types[k, :n], cells[k], like.dimensions)
        problem = problem._replace(pressure=like.pressure, strain_length=float(lengths[k]))
        ends.append(lbfgs(kernel.sum(periodic), problem, v[k], *rules))
    return tuple(np.array(column) for column in zip(*ends, strict=True))


@pytest.mark.parametrize(
    ("system", "method"), CASES, ids=["cluster", "compressed", "mixture", "cell"]
)
def test_all_at_once_is_one_by_one(tasks, system, method, monkeypatch):
    potential = POTENTIAL if "B" in system["particles"] else POTENTIAL | {"types": None}
    (task,) = tasks(
        system=system,
        potential=potential,
        method={"name": "basin_hopping", "walkers": WALKERS, **method},
        settings=None,
    )
    search = BasinHopping(task)
    settings = search._settings._replace(patience=np.array([6, 5, 3]))  # runs end
    if settings.open:  # and later ones start from seeds, too
        size = 3 * sum(system["particles"].values())
        settings = settings._replace(seeds=3.0 * np.random.default_rng(1).random((9, size)))

    def walked(pieces: list[int], cores: int = 1, on_gpu: bool = False, **other: Any):
        monkeypatch.setenv("OMP_NUM_THREADS", str(cores))
        walk, rules = search.start().walk, settings._replace(**other)
        here = search._functions, search._problem, rules, walk, 3
        for hops in pieces:
            if walking.walk_on(*here, hops, search._kernel if on_gpu else None):
                break
        return walk

    monkeypatch.setattr(walking, "LEAST", 0)
    monkeypatch.setattr(gpu, "lbfgs_rows", relaxed_here)
    ways: list[dict[str, Any]] = [
        {"pieces": [HOPS], "cores": 3},
        {"pieces": [4, 1, 17, HOPS - 22], "cores": 2},
        {"pieces": [HOPS - 8, 8], "on_gpu": True},
    ]
    if settings.compression:
        with pytest.raises(ValueError, match="only the CPU compresses"):
            walked(**ways.pop())
    whole = walked([HOPS])
    assert whole.counts[Count.RUNS] >= WALKERS // 2
    assert whole.counts[Count.IN_PIECES] > 0 or system is not CLUSTER or settings.compression
    budget = int(whole.counts[Count.EVALUATIONS]) // 2  # is spent in the middle of a round
    others: list[dict[str, Any]] = [{}, {"budget": budget}]
    for other in others:
        whole = walked([HOPS], **other)
        for way in ways:
            for name, one in walked(**way, **other)._asdict().items():
                np.testing.assert_array_equal(one, getattr(whole, name), err_msg=f"{name} {way}")


def test_chunks_and_checkpoints_are_no_larger_than_their_use(tasks, monkeypatch):
    """The first chunk is one hop of each core, however many walkers there are; on a GPU, too."""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    (task,) = tasks(
        system=CLUSTER,
        potential=POTENTIAL | {"types": None},
        method={"name": "basin_hopping", "walkers": 16384, "hops": 10**6}
        | {"strategies": ["displacement"]},
        settings=None,
    )
    search = BasinHopping(task)
    state = search.step(search.start())
    assert state.walk.counts[Count.HOPS] == 2
    checkpoint = task.folder / "checkpoint.npz"
    search.save(state, checkpoint)
    assert checkpoint.stat().st_size < 1.5 * 16384 * 8 * (3 * 16 + 9 + 12)
    monkeypatch.setattr(gpu, "no_gpu", lambda: "")
    monkeypatch.setattr(gpu, "lbfgs_rows", relaxed_here)
    task.settings["device"] = "gpu"
    assert BasinHopping(task)._device == "gpu"  # it was marked for one
    there = BasinHopping(task).step(search.start())
    for one, other in zip(there.walk, state.walk, strict=True):
        np.testing.assert_array_equal(one, other)
    older = dict(np.load(checkpoint))  # had visits without a paving, no seeds, a generator
    del older["seed"]
    visits = np.zeros((16384, PAVED), dtype=np.int64)
    np.savez(checkpoint, **older | {"visits": visits, "random": "{}"})
    again = search.step(search.load(checkpoint)).walk
    for one, other in zip(again, search.step(state).walk, strict=True):
        np.testing.assert_array_equal(one, other)
