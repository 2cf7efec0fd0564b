"""Quenches and first encounters of Lennard-Jones global minima, side by side with pele.

    python -m benchmarks.lennard_jones_clusters [--seeds 50] [--without-pele] [--only unbiased]
    python -m benchmarks.lennard_jones_clusters --only compete --seeds 5 --sizes 75 76 77 98

pele 0.1.2 (PyPI) is needed by this benchmark only: pip install pele==0.1.2. Starts, tolerance
and random displacements are the same in kind: pele runs its own basin hopping with adaptive step
and temperature. The two take turns in one process, one core. Times are of the process, in seconds;
calls are evaluations of energy and gradient, and each unrelaxed trial of a lattice move.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from operations.interactions.pair_functions import pair_functions
from operations.jobs.driver import Task
from operations.methods.particle_swarm import ParticleSwarm
from operations.search.kernels import make_kernel
from operations.search.lbfgs import lbfgs
from operations.search.moves import random_cluster
from operations.search.point_groups import packed
from operations.search.problem import Problem
from operations.search.walk import Count, Settings, Strategy, Walk
from operations.search.walking import walk_on
from workspace_schema.interactions import Interactions
from workspace_schema.statepoint import StatePoint

#: Cambridge Cluster Database, and for 75 and 98 the same to more digits.
MINIMA = {
    13: -44.326801,
    38: -173.928427,
    75: -397.492331,
    76: -402.894866,
    77: -409.083517,
    98: -543.665361,
    102: -569.363652,
    103: -575.766131,
    104: -582.086642,
}
R0 = 2 ** (1 / 6)
TOLERANCE = 1e-4
#: In units of the well depth and its distance.
COMPRESSION = 10.0

KERNEL = make_kernel(
    pair_functions(Interactions.model_validate({"form": "lennard_jones", "r_cut": 100.0}), ["A"])
)


def problem(n: int) -> Problem:
    """n particles in free space."""
    return KERNEL.problem(np.zeros(n, dtype=np.int64), np.eye(3), 3)


def settings_of(
    n: int, strategies: set[Strategy], height: float = 0.0, compression: float = 0.0
) -> Settings:
    """Of a walk to the global minimum."""
    matrices, orders = packed(3)
    return Settings(
        open=True,
        free=False,
        target=MINIMA[n] + 1e-5,
        budget=np.iinfo(np.int64).max,
        distance=R0,
        depth=1.0,
        volume=1.3 * n * R0**3,
        enabled=np.array([strategy in strategies for strategy in Strategy]),
        patience=np.array([100 + 10 * n, 20 + n // 2, 3]),
        groups=matrices,
        orders=orders,
        seeds=np.zeros((0, 3 * n)),
        width=0.5,
        height=height,
        compression=compression / R0**2,
    )


def first_encounter(
    n: int,
    seed: int,
    strategies: set[Strategy],
    height: float = 0.0,
    walkers: int = 1,
    device: str = "cpu",
    most: float = math.inf,
    compression: float = 0.0,
) -> tuple[int, int, float]:
    """Quenches, calls and seconds until the global minimum is met, by all cores or a GPU.

    Raises
    ------
    TimeoutError
        Where it is not in so many seconds.
    """
    settings = settings_of(n, strategies, height, compression)
    walk = Walk.fresh(n, walkers, 10, 0.36 * R0, 0.8, height > 0.0)
    on_gpu = KERNEL if device == "gpu" else None
    clock = time.process_time if walkers == 1 else time.perf_counter
    functions = KERNEL.sum(False), KERNEL.pair_energies  # compiled before the time is taken
    here = functions, problem(n), settings
    if on_gpu:
        walk_on(*here, Walk.fresh(n, 1, 1, 0.36 * R0, 0.8), 1, 1, on_gpu)
    begin = clock()
    while not walk_on(*here, walk, seed, max(1000, walkers), on_gpu):
        if clock() - begin > most:
            raise TimeoutError(f"not met in {most:.0f} s")
    quenches, calls = walk.counts[[Count.QUENCHES, Count.EVALUATIONS]].tolist()
    return quenches, calls, clock() - begin


def swarm_first_encounter(n: int, seed: int, longest: int) -> tuple[int, int, float]:
    """The same with the particle swarm, given up after `longest` quenches."""
    point = StatePoint.model_validate(
        {
            "system": {"dimensions": 3, "particles": {"A": n}, "boundary": "open"},
            "potential": {"form": "lennard_jones"},
            "method": {"name": "particle_swarm", "generations": 10**6, "stagnation": 10**6},
        }
    )
    with tempfile.TemporaryDirectory() as name:
        task = Task(f"{n} {seed}", Path(name), Path(name), point.canonical(), point.extents(), {})
        swarm = ParticleSwarm(task)
        state = swarm.start()
        begin = time.process_time()
        while state.relaxations < longest:
            state = swarm.step(state)
            best = state.hall.best
            if best is not None and best.energy * n < MINIMA[n] + 1e-4:
                break
    return state.relaxations, state.evaluations, time.process_time() - begin


def pele_quench(v: np.ndarray, **options: Any) -> Any:
    """What pele's L-BFGS makes of a cluster whose x, y, z of all particles come in turn."""
    from pele.optimize import lbfgs_cpp
    from pele.potentials import LJ

    return lbfgs_cpp(v, LJ(), tol=TOLERANCE, **options)


def as_pele_has_it(v: np.ndarray) -> np.ndarray:
    """All x, then all y, then all z, put so."""
    return v.reshape(3, -1).T.ravel().copy()


def pele_first_encounter(n: int, seed: int, most: float = math.inf) -> tuple[int, int, float]:
    """`first_encounter` with pele's basin hopping."""
    from pele.basinhopping import BasinHopping
    from pele.potentials import LJ
    from pele.takestep import AdaptiveStepsizeTemperature, RandomDisplacement

    np.random.seed(seed)  # noqa: NPY002  (pele draws from it)
    calls = 0

    def quench(x: np.ndarray, **options: Any) -> Any:
        nonlocal calls
        result = pele_quench(x, **options)
        calls += result.nfev
        return result

    start = np.zeros(3 * n)
    radius = (0.75 * 1.3 * n * R0**3 / np.pi) ** (1 / 3)
    random_cluster(np.random.default_rng([n, seed]), start, n, 3, radius, 0.7 * R0)
    walk = BasinHopping(
        as_pele_has_it(start),
        LJ(),
        AdaptiveStepsizeTemperature(RandomDisplacement(stepsize=0.3)),
        temperature=0.8,
        quench=quench,
        outstream=None,
    )
    begin = time.process_time()
    quenches = 0
    while walk.result.energy > MINIMA[n] + 1e-4:
        walk.run(1)
        quenches += 1
        if time.process_time() - begin > most:
            raise TimeoutError(f"not met in {most:.0f} s")
    return quenches, calls, time.process_time() - begin


def quenches_per_second(n: int, starts: int, with_pele: bool) -> None:
    """Quenches from random points in a sphere; the same ones for both."""
    rng = np.random.default_rng(n)
    radius = (0.75 * 1.3 * n * R0**3 / np.pi) ** (1 / 3)
    random = []
    for _ in range(starts):
        v = np.zeros(3 * n)
        random_cluster(rng, v, n, 3, radius, 0.0)
        random.append(v)
    pair_sum, cluster, rows = KERNEL.sum(False), problem(n), []
    lbfgs(pair_sum, cluster, random[0].copy(), TOLERANCE, 0.4, 10_000)
    if with_pele:
        pele_quench(as_pele_has_it(random[0]))  # imports
    blocks = np.array_split(np.arange(starts), 10)
    for block in blocks:
        row = []
        begin = time.process_time()
        evaluations = sum(
            lbfgs(pair_sum, cluster, random[k].copy(), TOLERANCE, 0.4, 10_000)[2] for k in block
        )
        row += [time.process_time() - begin, evaluations]
        if with_pele:
            same = [as_pele_has_it(random[k]) for k in block]
            begin = time.process_time()
            evaluations = sum(pele_quench(x).nfev for x in same)
            row += [time.process_time() - begin, evaluations]
        rows.append(row)
    table, size = np.array(rows), len(blocks[0])
    print(f"\nLJ{n}: {starts} quenches from the same random points, rms gradient < {TOLERANCE}")
    print(f"ours  {size / np.median(table[:, 0]):7.0f} /s, {table[:, 1].sum() / starts:.0f} calls")
    if with_pele:
        ratio = table[:, 2] / table[:, 0]
        speed, calls = size / np.median(table[:, 2]), table[:, 3].sum() / starts
        print(f"pele  {speed:7.0f} /s, {calls:.0f} calls")
        print(f"ratio {np.median(ratio):.2f} ({ratio.min():.2f}-{ratio.max():.2f})", flush=True)


def header() -> None:
    """Of the table of searches."""
    print("\n| search | seeds | quenches | median | calls | seconds |")
    print("|---|---|---|---|---|---|", flush=True)


def report(name: str, rows: list[tuple[int, int, float]]) -> None:
    """Means with standard errors."""
    table = np.array(rows, dtype=float)
    mean, error = table.mean(axis=0), table.std(axis=0, ddof=1) / np.sqrt(len(table))
    print(
        f"| {name} | {len(rows)} | {mean[0]:.0f} ± {error[0]:.0f} | {np.median(table[:, 0]):.0f} |"
        f" {mean[1]:.0f} ± {error[1]:.0f} | {mean[2]:.3g} ± {error[2]:.1g} |",
        flush=True,
    )


def unbiased(seeds: int, with_pele: bool) -> None:
    """Quenches, and encounters from random starts by displacements only."""
    quenches_per_second(38, 400, with_pele)
    header()
    plain = {Strategy.DISPLACEMENT}
    ours, compressed, theirs = [], [], []
    for seed in range(seeds):
        ours.append(first_encounter(38, seed, plain))
        compressed.append(first_encounter(38, seed, plain, compression=COMPRESSION))
        if with_pele:
            theirs.append(pele_first_encounter(38, seed))
    report("LJ38, unbiased", ours)
    report(f"LJ38, unbiased, compression {COMPRESSION:g}", compressed)
    if theirs:
        report("LJ38, pele", theirs)
        for name, rows in (("", ours), (" compressed", compressed)):
            ratio = np.mean([row[2] for row in theirs]) / np.mean([row[2] for row in rows])
            print(f"pele takes {ratio:.1f} times as long as ours{name}", flush=True)
    paved = [first_encounter(38, seed, plain, 0.02) for seed in range(seeds)]
    report("LJ38, unbiased, paving 0.02", paved)


def main() -> None:
    """Run the comparison and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--without-pele", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="*", default=[75, 98], help="ten seeds at most")
    parser.add_argument("--only", choices=("unbiased", "symmetry", "compete"))
    parser.add_argument("--swarm", type=int, help="only the particle swarm, so many quenches each")
    options = parser.parse_args()
    if options.swarm:
        header()
        rows = [swarm_first_encounter(38, seed, options.swarm) for seed in range(options.seeds)]
        report("LJ38, particle swarm", rows)
        print(f"met by {sum(row[0] < options.swarm for row in rows)} of {len(rows)}")
        return
    if options.only in (None, "unbiased"):
        unbiased(options.seeds, not options.without_pele)
    if options.only == "unbiased":
        return
    header()
    everything = set(Strategy)
    for name, strategies in (("symmetry", {Strategy.SYMMETRY}), ("all compete", everything)):
        if options.only and options.only not in name:
            continue
        for n in (38, *options.sizes):
            seeds = options.seeds if n == 38 else min(options.seeds, 10)
            rows = [first_encounter(n, seed, strategies) for seed in range(seeds)]
            report(f"LJ{n}, {name}", rows)


if __name__ == "__main__":
    main()
