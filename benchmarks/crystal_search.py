"""Relaxations that find a crystal: the genetic search, random search, and ase-ga, in one run.

    python -m benchmarks.crystal_search [--seeds 5] [--relaxations 600] [--seconds 20]

Each search ends where it meets the case's enthalpy (of lattice sums, for I4_1/amd the lowest known)
within 1e-5, or after --relaxations, or --seconds of process time; where a search of the run meets a
lower one, that is what all should have found. All share kernel, minimiser,
tolerances, the limit of evaluations per relaxation, and the expected volume:

genetic    the method with its defaults, but without end by stagnation
swarm      particle_swarm, likewise; metadynamics: cell_metadynamics with its defaults
hopping    basin_hopping of the free cell with its defaults
symmetric  random search: only fresh crystals of the same generator, with random space groups
random     random search without symmetry: uniform points in a random cell
ase-ga     cut and splice, strain, permutation and random starts of ase-ga 1.0.3 (PyPI; needed by
           this benchmark only, left out where it is not installed), rank selection, its
           fingerprint comparator; population as in the genetic search

The searches take turns, seed by seed; what each found goes to standard error as it comes. The error
is the standard error of the mean. The mean counts a search without success with what it
spent: a lower bound.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from analysis.configuration import Configuration
from operations.jobs.driver import Task
from operations.methods.basin_hopping import BasinHopping
from operations.methods.cell_metadynamics import CellMetadynamics
from operations.methods.genetic import Genetic
from operations.methods.particle_swarm import ParticleSwarm
from operations.search.cells import in_box
from operations.search.expected_volume import Expected
from operations.search.lbfgs import Outcome
from operations.search.random_crystals import VOLUMES, group, group_settings, random_metric
from operations.search.variation import Variation
from operations.search.walk import Count, Met
from workspace_schema.methods.genetic import Variation as Weights
from workspace_schema.statepoint import StatePoint

OSCILLATING = {"form": "oscillating_pair_potential"}


def charges(strength: float, kappa: float, n: int) -> dict[str, Any]:
    """Oppositely charged colloids of equal size."""
    form = {"form": "screened_charges", "A": strength, "kappa": kappa, "n": n, "r_cut": 4.0}
    return form | {"pairs": {"A-B": {"A": -strength}}}


def wells(*heights: float) -> dict[str, Any]:
    """A core and Gaussians at 1, 1.12, 1.24 …, whose heights a linear program has chosen so that
    one prototype is the lowest of all, and of the crystals of up to 12 particles that random
    search finds."""
    terms = [f"{h} * exp(-((r - {1.0 + 0.12 * k:.2f}) / 0.16)**2)" for k, h in enumerate(heights)]
    formula = " + ".join(["(0.8 / r)**14", *terms]).replace("+ -", "- ")
    return {"form": "expression", "formula": formula, "r_cut": 2.4, "truncation": "shift"}


SIGMA = wells(-0.6, -0.6, 0.2443, -0.2325, 0.6, 0.4254, 0.0849, -0.0087, -0.0298)
BETA_MN = wells(-0.0054, -0.6, 0.5205, -0.2239, 0.6, -0.1435, 0.0845, -0.0283, -0.0113)


def goal(enthalpy: float) -> float:
    """Enthalpy at which a crystal is found."""
    return enthalpy + 1e-5 * (1.0 + abs(enthalpy))


#: The limits are those of the benchmark.
ENDLESS = {"generations": 10**6, "stagnation": 10**6}


@dataclass(frozen=True)
class Case:
    """A crystal to be found: potential, particles in the cell, pressure, enthalpy per particle."""

    name: str
    potential: dict[str, Any]
    particles: dict[str, int]
    pressure: float
    target: float

    @property
    def met(self) -> float:
        """Enthalpy at which a search ends."""
        return goal(self.target)

    def genetic(self, seed: str, folder: Path, **method: Any) -> Genetic:
        """The genetic search of this case."""
        return Genetic(self.task(seed, folder, name="genetic", **ENDLESS, **method))

    def task(self, seed: str, folder: Path, **method: Any) -> Task:
        """A search of this case by a method."""
        point = StatePoint.model_validate(
            {
                "system": {"dimensions": 3, "particles": self.particles},
                "potential": self.potential,
                "method": {"pressure": self.pressure} | method,
            }
        )
        return Task(seed, folder, folder, point.canonical(), point.extents(), {})


CASES = (
    Case("I4_1/amd, A4B4", charges(1.0, 2.0, 36), {"A": 4, "B": 4}, 30.0, 23.933590),
    Case("I4_1/amd, A8B8", charges(1.0, 2.0, 36), {"A": 8, "B": 8}, 30.0, 23.933590),
    Case("I4_1/amd, A12B12", charges(1.0, 2.0, 36), {"A": 12, "B": 12}, 30.0, 23.933590),
    Case("CsCl, A8B8", charges(4.0, 4.0, 36), {"A": 8, "B": 8}, 0.0, -7.135721),
    Case("CsCl, A12B12", charges(4.0, 4.0, 36), {"A": 12, "B": 12}, 0.0, -7.135721),
    Case("Dzugutov bcc, A8", {"form": "dzugutov"}, {"A": 8}, 0.0, -2.636000),
    Case("Dzugutov bcc, A16", {"form": "dzugutov"}, {"A": 16}, 0.0, -2.636000),
    Case(
        "oscillating, φ = 0.6, A8", {**OSCILLATING, "k": 7.0, "phi": 0.6}, {"A": 8}, 0.0, -1.600747
    ),
    Case("oscillating A15, A8", {**OSCILLATING, "k": 7.0, "phi": 0.2}, {"A": 8}, 0.0, -1.359933),
    Case("oscillating A15, A16", {**OSCILLATING, "k": 7.0, "phi": 0.2}, {"A": 16}, 0.0, -1.359933),
    Case("β-Mn, A20", BETA_MN, {"A": 20}, 0.0, -1.545837),
    Case("σ, A30", SIGMA, {"A": 30}, 0.0, -3.212317),
)


class Unsymmetric(Variation):
    """Uniform points in a random cell."""

    def candidate(
        self, parents: Any, expected: Expected, random: np.random.Generator
    ) -> tuple[Configuration, str, int]:
        """See `Variation.candidate`."""
        counts, d = self.counts, self.dimensions
        cell = random_metric(group(group_settings(d)[0]), d, random)
        cell[:d] *= (random.uniform(*VOLUMES) * expected.volume * counts.sum()) ** (1.0 / d)
        types = np.repeat(np.arange(len(counts)), counts)
        points = random.random((len(types), 3))
        return in_box(cell, points @ cell, types, self.type_names, d), "random", 0


class Ended(NamedTuple):
    """A search that is over: relaxations at which structures were first met with their enthalpies,
    relaxations in all, and seconds."""

    met: list[tuple[int, float]]
    relaxations: int
    seconds: float

    @property
    def lowest(self) -> float:
        """Enthalpy of the lowest structure."""
        return min((height for _, height in self.met), default=np.inf)

    def row(self, goal: float) -> tuple[bool, int, float]:
        """Whether the goal was reached, relaxations until then or in all, seconds."""
        first = [quench for quench, enthalpy in self.met if enthalpy <= goal]
        return bool(first), min(first, default=self.relaxations), self.seconds


class Limits:
    """Relaxations and seconds of one search."""

    def __init__(self, relaxations: int, seconds: float) -> None:
        self.relaxations, self.seconds = relaxations, seconds

    def within(self, relaxations: int, begin: float) -> bool:
        """Whether the search may go on."""
        return relaxations < self.relaxations and time.process_time() - begin < self.seconds


def ours(method: Genetic | ParticleSwarm | CellMetadynamics, case: Case, limits: Limits) -> Ended:
    """A search by generations."""
    begin = time.process_time()
    state = method.start()
    while limits.within(state.relaxations, begin):
        state = method.step(state)
        best = state.hall.best
        if best is not None and best.enthalpy <= case.met:
            break
    met = [(one.quench, one.enthalpy) for one in state.hall.found]
    return Ended(met, state.relaxations, time.process_time() - begin)


def genetic(case: Case, seed: str, folder: Path, limits: Limits) -> Ended:
    """The method itself."""
    return ours(case.genetic(seed, folder), case, limits)


def swarm(case: Case, seed: str, folder: Path, limits: Limits) -> Ended:
    """The particle swarm."""
    task = case.task(seed, folder, name="particle_swarm", **ENDLESS)
    return ours(ParticleSwarm(task), case, limits)


def metadynamics(case: Case, seed: str, folder: Path, limits: Limits) -> Ended:
    """Metadynamics of the cell; what is relaxed in a fixed cell does not count as a relaxation."""
    task = case.task(seed, folder, name="cell_metadynamics", steps=10**6)
    return ours(CellMetadynamics(task), case, limits)


def hopping(case: Case, seed: str, folder: Path, limits: Limits) -> Ended:
    """Basin hopping of the cell, which begins without symmetry; hops are relaxations."""
    n, begin = sum(case.particles.values()), time.process_time()
    goal = {"target_energy": n * case.met, "hops": limits.relaxations}
    method = BasinHopping(case.task(seed, folder, name="basin_hopping", **goal))
    state = method.start()
    while not method.finished(state) and limits.within(0, begin):
        state = method.step(state)
    walk = state.walk
    lists = zip(walk.minima_met[:, Met.QUENCHES].tolist(), walk.minima.tolist(), strict=True)
    met = [(quenches, enthalpy / n) for quenches, enthalpy in lists if np.isfinite(enthalpy)]
    return Ended(met, int(walk.counts[Count.HOPS]), time.process_time() - begin)


def symmetric(case: Case, seed: str, folder: Path, limits: Limits) -> Ended:
    """Fresh symmetric crystals only."""
    only_fresh = dict.fromkeys(Weights.model_fields, 0.0) | {"fresh": 1.0}
    return ours(case.genetic(seed, folder, variation=only_fresh), case, limits)


def random(case: Case, seed: str, folder: Path, limits: Limits) -> Ended:
    """Random crystals without symmetry."""
    method = case.genetic(seed, folder)
    known = method._variation
    method._variation = Unsymmetric(**{name: getattr(known, name) for name in vars(known)})
    return ours(method, case, limits)


class AseGa:
    """Candidates of ase-ga, as its documentation sets it up for crystals of variable cell."""

    def __init__(self, method: Genetic, expected: Expected, seed: str) -> None:
        from ase import Atoms
        from ase_ga.cutandsplicepairing import CutAndSplicePairing
        from ase_ga.offspring_creator import OperationSelector
        from ase_ga.ofp_comparator import OFPComparator
        from ase_ga.standardmutations import PermutationMutation, StrainMutation
        from ase_ga.startgenerator import StartGenerator
        from ase_ga.utilities import CellBounds

        self._random = np.random.RandomState(int.from_bytes(seed.encode(), "big") % 2**32)
        self._variation = method._variation
        self._size = method._parameters.population
        counts, n = method._counts, int(method._counts.sum())
        length = expected.volume ** (1.0 / 3.0)
        # Elements stand for the types; only their order and the distances given here matter.
        self._elements = [1 + k for k in range(len(counts))]
        closest = {(a, b): 0.6 * length for a in self._elements for b in self._elements}
        bounds = CellBounds(
            {angle: [35.0, 145.0] for angle in ("phi", "chi", "psi")}
            | {edge: [0.6 * length, 3.0 * n ** (1.0 / 3.0) * length] for edge in "abc"}
        )
        slab = Atoms("", pbc=True)
        cell: dict[str, Any] = {"number_of_variable_cell_vectors": 3}
        cell |= {"cellbounds": bounds, "rng": self._random}
        blocks = [
            (Atoms(numbers=[z]), int(count))
            for z, count in zip(self._elements, counts, strict=True)
        ]
        volume = 1.2 * n * expected.volume
        self._start = StartGenerator(slab, blocks, closest, box_volume=volume, **cell)
        operators = [
            CutAndSplicePairing(slab, n, closest, p1=1.0, p2=0.0, minfrac=0.15, **cell),
            StrainMutation(closest, stddev=0.7, **cell),
        ]
        weights = [4.0, 2.0]
        if len(counts) > 1:
            operators.append(PermutationMutation(n, probability=0.33, rng=self._random))
            weights.append(2.0)
        self._operators = OperationSelector(weights, operators, rng=self._random)
        reach = {"rcut": 3.0 * length, "binwidth": 0.05, "sigma": 0.05, "nsigma": 4}
        self._comparator = OFPComparator(n_top=n, dE=1.0, cos_dist_max=1e-3, pbc=True, **reach)
        self._population: list[tuple[float, Any]] = []
        self._made = 0

    def candidate(self) -> Configuration:
        """A fresh crystal at first and sometimes later, else a child."""
        self._made += 1
        atoms = None
        if self._made > self._size and len(self._population) > 1:
            share = 1.0 / (1.0 + np.arange(len(self._population)))
            chosen = self._random.choice(
                len(self._population), 2, replace=False, p=share / share.sum()
            )
            if self._random.random_sample() > 0.1:
                parents = [self._population[k][1].copy() for k in chosen]
                for k, parent in enumerate(parents):
                    parent.info.update(confid=k, data={}, key_value_pairs={})
                atoms, _ = self._operators.get_new_individual(parents)
        while atoms is None:
            atoms = self._start.get_new_candidate()
        cell, positions = np.array(atoms.cell), atoms.get_positions()
        if np.linalg.det(cell) < 0.0:
            cell, positions = -cell, -positions
        types = np.array([self._elements.index(z) for z in atoms.numbers])
        return in_box(cell, positions, types, self._variation.type_names, 3)

    def take(self, enthalpy: float, configuration: Configuration) -> None:
        """Take a relaxed crystal into the population unless one is like it."""
        from ase import Atoms

        order = np.argsort(configuration.types, kind="stable")
        atoms = Atoms(
            numbers=[self._elements[k] for k in configuration.types[order]],
            positions=configuration.positions[order],
            cell=configuration.cell,
            pbc=True,
        )
        atoms.info.update(confid=0, data={}, key_value_pairs={})
        for height, other in self._population:
            near = abs(height - enthalpy) < 1e-4 * (1.0 + abs(height))
            if near and self._comparator.looks_like(atoms, other):
                return
        self._population.append((enthalpy, atoms))
        self._population.sort(key=lambda entry: entry[0])
        del self._population[self._size :]


def ase_ga(case: Case, seed: str, folder: Path, limits: Limits) -> Ended:
    """ase-ga with the same relaxations."""
    method = case.genetic(seed, folder)
    expected = method.start().expected
    other = AseGa(method, expected, seed)
    begin, relaxations = time.process_time(), 0
    met: list[tuple[int, float]] = []
    while limits.within(relaxations, begin):
        candidate = other.candidate()
        relaxations += 1
        (found,) = method._relaxed([candidate], expected)
        if found.outcome not in (Outcome.CONVERGED, Outcome.STUCK):
            continue
        enthalpy = found.enthalpy / candidate.n_particles
        met.append((relaxations, enthalpy))
        if enthalpy <= case.met:
            break
        other.take(enthalpy, found.configuration)
    return Ended(met, relaxations, time.process_time() - begin)


SEARCHES: dict[str, Callable[[Case, str, Path, Limits], Ended]] = {
    "genetic": genetic,
    "swarm": swarm,
    "metadynamics": metadynamics,
    "hopping": hopping,
    "symmetric": symmetric,
    "random": random,
    "ase-ga": ase_ga,
}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--relaxations", type=int, default=600, help="of one search at most")
    parser.add_argument("--seconds", type=float, default=20.0, help="of one search at most")
    parser.add_argument("--only", nargs="*", default=[""], help="parts of the names of cases")
    parser.add_argument("--searches", nargs="*", choices=SEARCHES, default=list(SEARCHES))
    options = parser.parse_args()
    if find_spec("ase_ga") is None and "ase-ga" in options.searches:
        print("ase-ga is not installed: left out (pip install ase-ga)")
        options.searches.remove("ase-ga")
    limits = Limits(options.relaxations, options.seconds)
    print("| case | enthalpy | search | found | relaxations, mean ± error (range) | seconds |")
    print("|---|---|---|---|---|---|", flush=True)
    for case in CASES:
        if not any(part in case.name for part in options.only):
            continue
        with tempfile.TemporaryDirectory() as name:
            # Compiled before anything is timed.
            genetic(case, "warm", Path(name), Limits(1, options.seconds))
            ended: dict[str, list[Ended]] = {search: [] for search in options.searches}
            for k in range(options.seeds):
                for search in options.searches:
                    one = SEARCHES[search](case, f"seed {k}", Path(name), limits)
                    ended[search].append(one)
                    found, relaxations, seconds = one.row(case.met)
                    print(
                        f"{case.name}, {search}, seed {k}: {'found' if found else 'not found'},"
                        f" {relaxations} relaxations, {seconds:.0f} s, lowest {one.lowest:.6f}",
                        file=sys.stderr,
                        flush=True,
                    )
        met = [height for rows in ended.values() for one in rows for _, height in one.met]
        wanted = min(case.target, *met)
        for search, rows in ended.items():
            found, relaxations, seconds = np.array([one.row(goal(wanted)) for one in rows]).T
            bound = "" if found.all() else "> "
            error = relaxations.std(ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else np.nan
            print(
                f"| {case.name} | {wanted:.6f} | {search} | {int(found.sum())}/{len(rows)} |"
                f" {bound}{relaxations.mean():.0f} ± {error:.0f}"
                f" ({relaxations.min():.0f}–{relaxations.max():.0f}) | {seconds.mean():.2g} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
