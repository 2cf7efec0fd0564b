"""Thousands of relaxations at once: how many a second, whether to the same minima, and how soon.

    python -m benchmarks.batched_search --device gpu [--minutes 10] [--out batched_search.md]

on a machine with a GPU and numba-cuda (extra `gpu`); with `--device cpu` the same lines run on the
cores that OMP_NUM_THREADS names. Writes one table of each kind:

- relaxations a second against size and batch: by the sums of the CPU on one core; by the text of a
  GPU, a team of one lane on one core; on the device; and clusters by pele. Starts are random,
  clusters to an rms gradient of 1e-4, cells at no pressure to 1e-5. Which share of the starts ends
  in a minimum of the energy that the first found, and how many evaluations each takes;
- first encounter of the global minimum of Lennard-Jones clusters: batches of starts with the
  symmetry of random point groups, and walkers that only displace, on the device; beside the walk
  of one core and, where it is installed, pele.

The first table has hops of those walkers, too: quenches with all that is between them. Seconds are
of the wall, of what one core does of the process. A search begins no seed when its share of the
minutes is over; what they do not suffice for is left out, and the table says so. pele and walkers
that only displace would take hours to LJ75 and are not asked. pele 0.1.2: pip install pele==0.1.2.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from benchmarks.lennard_jones_clusters import (
    KERNEL,
    MINIMA,
    R0,
    as_pele_has_it,
    first_encounter,
    pele_first_encounter,
    pele_quench,
    problem,
    settings_of,
)
from operations.interactions.pair_functions import pair_functions
from operations.search.cells import in_box
from operations.search.kernels import Kernel, make_kernel
from operations.search.lbfgs import Outcome, lbfgs
from operations.search.minimise import make_problem
from operations.search.moves import random_cluster, symmetric_cluster
from operations.search.point_groups import packed
from operations.search.problem import Problem
from operations.search.relax import check_gpu, cores, lbfgs_of_all
from operations.search.team_sums import team_sum_alone
from operations.search.walk import Count, Strategy, Walk
from operations.search.walking import walk_on
from workspace_schema.interactions import Interactions

MOST = 10_000
GAUSS = {"form": "lennard_jones_gauss", "epsilon": 1.8, "r0": 1.52, "sigma2": 0.02, "r_cut": 2.5}
CHARGES = {"form": "screened_charges", "A": 4.0, "kappa": 3.0, "pairs": {"A-B": {"A": -4.0}}}
#: Clusters by their size; cells by potential, particles of each type and dimensions.
CLUSTERS = (13, 38, 75)
CELLS = {
    "Lennard-Jones-Gauss": (GAUSS, (8,), 2),
    "charged colloids": (CHARGES, (4, 4), 3),
}


def clock(device: str) -> float:
    """Seconds: of the process where one core does all, else of the wall."""
    return time.process_time() if device == "cpu" and cores() == 1 else time.perf_counter()


class Search(Protocol):
    """Relaxations, calls and seconds until the global minimum of a cluster is met."""

    def __call__(self, n: int, seed: int, *, most: float) -> tuple[int, int, float]:
        """TimeoutError where that takes more than so many seconds."""


class Case(NamedTuple):
    """What is relaxed: kernel, function that makes a start, boundary, tolerance."""

    kernel: Kernel
    start: Callable[[np.random.Generator], tuple[Problem, np.ndarray]]
    periodic: bool
    tolerance: float


def _cluster(n: int) -> Case:
    def start(random: np.random.Generator) -> tuple[Problem, np.ndarray]:
        v = np.zeros(3 * n)
        random_cluster(random, v, n, 3, (0.75 * 1.3 * n * R0**3 / np.pi) ** (1 / 3), 0.0)
        return problem(n), v

    return Case(KERNEL, start, False, 1e-4)


def _cell(potential: dict[str, object], counts: tuple[int, ...], d: int) -> Case:
    names = list("AB"[: len(counts)])
    kernel = make_kernel(pair_functions(Interactions.model_validate(potential), names))
    types, n = np.repeat(np.arange(len(counts)), counts), sum(counts)

    def start(random: np.random.Generator) -> tuple[Problem, np.ndarray]:
        cell = np.eye(3)
        cell[:d, :d] = 1.2 * n ** (1 / d) * (np.eye(d) + 0.2 * random.random((d, d)))
        fractional = random.random((n, 3)) * ([1, 1, 1] if d == 3 else [1, 1, 0])
        return make_problem(kernel, in_box(cell, fractional @ cell, types, names, d), 0.0)

    return Case(kernel, start, True, 1e-5)


def cases() -> dict[str, Case]:
    """All of them by name."""
    return {f"LJ{n}": _cluster(n) for n in CLUSTERS} | {
        f"{name}, {sum(counts)} a cell": _cell(potential, counts, d)
        for name, (potential, counts, d) in CELLS.items()
    }


def speed(name: str, case: Case, batch: int, device: str) -> list[str]:
    """Rows of the table: the same starts by every way."""
    random = np.random.default_rng(1)
    problems, starts = zip(*(case.start(random) for _ in range(batch)), strict=True)
    rules = case.tolerance, 0.4, MOST
    kernel, periodic = case.kernel, case.periodic
    alone = team_sum_alone(kernel.compiled, len(kernel.forms) == 1, periodic)

    def one_by_one(pair_sum):
        return lambda problems, v: [
            lbfgs(pair_sum, one, x, *rules) for one, x in zip(problems, v, strict=True)
        ]

    def at_once(device, problems, v):
        return lbfgs_of_all(kernel, problems, v, periodic, *rules, device)

    def by_pele(problems, v):
        found = [pele_quench(as_pele_has_it(x)) for x in v]
        return [(Outcome.CONVERGED, one.energy, one.nfev) for one in found]

    few = min(batch, 200)  # on one core
    ways = [
        ("one core", few, one_by_one(kernel.sum(periodic))),
        ("the text of a GPU on one core", few, one_by_one(alone)),
    ]
    if device == "gpu" or cores() > 1:
        by = device if device == "gpu" else f"{cores()} cores"
        ways.append((by, batch, partial(at_once, device)))
    if kernel is KERNEL and find_spec("pele"):
        ways.append(("pele, one core", few, by_pele))
    rows, expected = [], np.zeros(0)
    for way, count, run in ways:
        run(problems[:1], [starts[0].copy()])  # compiles
        v = [x.copy() for x in starts[:count]]
        begin = clock(device)
        ends = run(problems[:count], v)
        seconds = clock(device) - begin
        energies = np.array([energy for _, energy, _ in ends])
        expected = expected if len(expected) else energies
        both = min(len(energies), len(expected))
        same = np.isclose(energies[:both], expected[:both], rtol=1e-7, atol=1e-6).mean()
        calls = np.mean([calls for _, _, calls in ends])
        numbers = f"{count / seconds:.0f} | {calls:.0f} | {100 * same:.1f} %"
        rows.append(f"| {name} | {way} | {count} | {numbers} |")
    return rows


def walkers_speed(n: int, walkers: int, device: str) -> str:
    """A row of the table: some rounds of walkers that only displace, after their random starts."""
    settings = settings_of(n, {Strategy.DISPLACEMENT})._replace(target=-np.inf)
    walk = Walk.fresh(n, walkers, 10, 0.36 * R0, 0.8)
    functions = KERNEL.sum(False), KERNEL.pair_energies

    def rounds(count: int) -> np.ndarray:
        on_gpu = KERNEL if device == "gpu" else None
        walk_on(functions, problem(n), settings, walk, 1, count * walkers, on_gpu)
        return walk.counts.copy()

    before, begin = rounds(1), clock(device)
    made = rounds(max(4, 400 // walkers)) - before
    seconds = clock(device) - begin
    where = device if device == "gpu" else f"{cores()} cores"
    hops, calls = made[Count.HOPS], made[Count.EVALUATIONS]
    return f"| LJ{n} | hops, {where} | {walkers} | {hops / seconds:.0f} | {calls / hops:.0f} | |"


def batched_encounter(
    n: int, seed: int, batch: int, device: str, most: float = math.inf
) -> tuple[int, int, float]:
    """Relaxations, calls and seconds until a batch of symmetric starts has the global minimum.

    Raises
    ------
    TimeoutError
        Where it has not in so many seconds.
    """
    random, (matrices, orders) = np.random.default_rng([n, seed]), packed(3)
    radius, none = (0.75 * 1.3 * n * R0**3 / np.pi) ** (1 / 3), np.zeros((3, 0))
    cluster, relaxed, calls = problem(n), 0, 0

    def drawn(count: int) -> list[np.ndarray]:
        starts: list[np.ndarray] = []
        while len(starts) < count:
            v, g = np.zeros(3 * n), random.integers(len(orders))
            group = matrices[g, : orders[g]]
            if symmetric_cluster(random, cluster, v, group, radius, 0.8 * R0, none):
                starts.append(v)
        return starts

    drawn(1)  # compiles
    begin = clock(device)
    while True:
        starts = drawn(batch)
        ends = lbfgs_of_all(KERNEL, [cluster] * batch, starts, False, 1e-4, 0.4, MOST, device)
        relaxed, calls = relaxed + batch, calls + sum(end[2] for end in ends)
        if min(energy for _, energy, _ in ends) < MINIMA[n] + 1e-4:
            return relaxed, calls, clock(device) - begin
        if clock(device) - begin > most:
            raise TimeoutError(f"not met in {most:.0f} s, {relaxed} relaxations")


def row(name: str, found: Sequence[tuple[int, int, float]]) -> str:
    """Means with standard errors."""
    table = np.array(found, dtype=float)
    mean = table.mean(axis=0)
    error = table.std(axis=0, ddof=1) / np.sqrt(len(table)) if len(table) > 1 else mean * np.nan
    digits = partial(np.format_float_positional, fractional=False, trim="-")
    cells = (f"{digits(a, 3)} ± {digits(e, 1)}" for a, e in zip(mean, error, strict=True))
    return f"| {name} | {len(found)} | {' | '.join(cells)} |"


def main() -> None:
    """Run what the minutes suffice for, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--batches", type=int, nargs="*", default=None)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    if options.device == "gpu":
        check_gpu()
    batches = options.batches or ([1, 64, 1024, 16384] if options.device == "gpu" else [1, 200])
    deadline = time.monotonic() + 60.0 * options.minutes
    lines: list[str] = []

    def say(*more: str) -> None:
        lines.extend(more)
        print("\n".join(more), flush=True)
        if options.out:
            options.out.write_text("\n".join(lines) + "\n")

    def in_time(what: str) -> bool:
        if time.monotonic() > deadline:
            say(f"left out, the time was over: {what}")
        return time.monotonic() <= deadline

    say("| what | by | batch | a second | calls | same minima |", "|---|---|---|---|---|---|")
    for name, case in cases().items():
        for batch in batches:
            if in_time(f"{name}, {batch} at once"):
                say(*speed(name, case, batch, options.device))
    for n in CLUSTERS:
        for batch in batches:
            if in_time(f"hops of LJ{n}, {batch} walkers"):
                say(walkers_speed(n, batch, options.device))
    say("", "| first encounter | seeds | relaxations | calls | seconds |", "|---|---|---|---|---|")
    most, device = max(batches), options.device
    searches: dict[str, Search] = {
        "the walk, all strategies, one core": partial(first_encounter, strategies=set(Strategy)),
        "pele, one core": pele_first_encounter,
        f"walkers, {most} at once, {device}": partial(
            first_encounter, strategies={Strategy.DISPLACEMENT}, walkers=most, device=device
        ),
        f"symmetric starts, {most} at once, {device}": partial(
            batched_encounter, batch=most, device=device
        ),
    }
    if not find_spec("pele"):
        del searches["pele, one core"]
        say("pele is not installed here: left out (pip install pele==0.1.2)")
    hours = ("pele", "walkers")  # that LJ75 would take
    wanted = [
        (n, name) for n in (38, 75) for name in searches if n == 38 or not name.startswith(hours)
    ]
    for k, (n, name) in enumerate(wanted):
        found: list[tuple[int, int, float]] = []
        now = time.monotonic()
        share = now + (deadline - now) / (len(wanted) - k)
        try:
            while len(found) < options.seeds and time.monotonic() < share:
                longest = deadline - time.monotonic()
                found.append(searches[name](n, len(found), most=longest))
        except TimeoutError as error:
            say(f"LJ{n}, {name}, seed {len(found)}: {error}")
        if found:
            say(row(f"LJ{n}, {name}", found))
        elif time.monotonic() > deadline:
            say(f"left out, the time was over: LJ{n}, {name}")


if __name__ == "__main__":
    main()
