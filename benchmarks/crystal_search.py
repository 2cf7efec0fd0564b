"""Cost and success of the genetic search, beside random structure search and ase-ga.

    python benchmarks/crystal_search.py campaigns/charged_colloids.yaml --seeds 5 --random --ase-ga

Every point of a campaign file is searched with each seed. A search succeeds when it meets the
lowest enthalpy that any search of that point has met, within 1e-5; its cost is the number of
relaxations until then. Random search takes only random symmetric crystals, from the same generator
and with the same kernel and minimiser, for --quenches relaxations. ase-ga (PyPI: ase-ga; not a
dependency of the project) makes candidates by its own cut and splice, strain, permutation and
random starts, relaxed by the same kernel and minimiser, and stops where it succeeds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from operations.driver import Task
from operations.genetic import LONGEST, TOLERANCE, Genetic
from operations.search.minimise import Outcome, minimise
from workspace_schema.campaign import read_campaign


def search(statepoint: dict[str, Any], seed: str) -> dict[str, Any]:
    """Result of one genetic search."""
    with tempfile.TemporaryDirectory() as name:
        method = Genetic(Task(seed, Path(name), Path(name), statepoint, {}, {}))
        state = method.start()
        while not method.finished(state):
            state = method.step(state)
        return method.finish(state)


def without_parents(statepoint: dict[str, Any], quenches: int) -> dict[str, Any]:
    """The same search with fresh crystals only."""
    method = dict(statepoint["method"])
    method["variation"] = dict.fromkeys(method["variation"], 0.0) | {"fresh": 1.0}
    method["generations"] = -(-quenches // method["population"])
    method["stagnation"] = method["generations"]
    return {**statepoint, "method": method}


def search_by_ase_ga(
    statepoint: dict[str, Any], seed: str, target: float, quenches: int
) -> tuple[int | None, float]:
    """Relaxations until the target is met (None: not within `quenches`), and seconds."""
    from ase_ga.cutandsplicepairing import CutAndSplicePairing
    from ase_ga.offspring_creator import OperationSelector
    from ase_ga.ofp_comparator import OFPComparator
    from ase_ga.standardmutations import PermutationMutation, StrainMutation
    from ase_ga.startgenerator import StartGenerator
    from ase_ga.utilities import CellBounds

    from analysis.configuration import Configuration
    from operations.search.cells import in_box
    from operations.search.export import to_ase

    random = np.random.RandomState(int.from_bytes(seed.encode(), "big") % 2**32)
    with tempfile.TemporaryDirectory() as name:
        method = Genetic(Task(seed, Path(name), Path(name), statepoint, {}, {}))
        expected = method.start().expected
    counts, types, pressure = method._counts, method._types, statepoint["method"]["pressure"]
    symbols = to_ase(
        Configuration(np.zeros((len(types), 3)), np.ones(6), 3, np.arange(len(types)), types)
    ).get_chemical_symbols()
    numbers = [symbols.index(s) for s in symbols]
    n, length = int(counts.sum()), expected.volume ** (1 / 3)
    from ase import Atoms
    from ase.data import atomic_numbers

    kinds = [atomic_numbers[s] for s in symbols]
    closest = {(a, b): 0.6 * length for a in kinds for b in kinds}
    bounds = CellBounds(
        {"phi": [35, 145], "chi": [35, 145], "psi": [35, 145]}
        | {axis: [0.6 * length, 3.0 * n ** (1 / 3) * length] for axis in "abc"}
    )
    slab = Atoms("", pbc=True)
    blocks = [(symbols[k], int(counts[k])) for k in numbers]
    start = StartGenerator(
        slab, blocks, closest, box_volume=1.2 * n * expected.volume,
        number_of_variable_cell_vectors=3, cellbounds=bounds,
        splitting={(2,): 1, (1,): 1}, rng=random,
    )  # fmt: skip
    pairing = CutAndSplicePairing(
        slab, n, closest, p1=1.0, p2=0.0, minfrac=0.15,
        number_of_variable_cell_vectors=3, cellbounds=bounds, use_tags=False, rng=random,
    )  # fmt: skip
    strain = StrainMutation(
        closest, stddev=0.7, cellbounds=bounds, number_of_variable_cell_vectors=3, rng=random
    )
    comparator = OFPComparator(
        n_top=n, dE=1.0, cos_dist_max=1e-3, rcut=3.0 * length, binwidth=0.05,
        pbc=[True, True, True], sigma=0.05, nsigma=4, recalculate=False,
    )  # fmt: skip
    operators, weights = [pairing, strain], [4.0, 2.0]
    if len(types) > 1:
        operators.append(PermutationMutation(n, probability=0.33, rng=random))
        weights.append(2.0)
    selector = OperationSelector(weights, operators, rng=random)

    begin = time.perf_counter()
    population: list[tuple[float, Atoms]] = []
    size = statepoint["method"]["population"]
    for done in range(1, quenches + 1):
        candidate = None
        if done > size and random.random_sample() > 0.1 and len(population) > 1:
            # Rank selection of two different parents.
            ranks = 1.0 / (1.0 + np.arange(len(population)))
            i, j = random.choice(len(population), 2, replace=False, p=ranks / ranks.sum())
            parents = [population[i][1].copy(), population[j][1].copy()]
            for number, parent in enumerate(parents):
                parent.info.update(confid=number, data={}, key_value_pairs={})
            candidate, _ = selector.get_new_individual(parents)
        if candidate is None:
            candidate = start.get_new_candidate()
        kind = np.array([kinds.index(z) for z in candidate.numbers])
        cell = np.array(candidate.cell)
        positions = candidate.get_positions()
        if np.linalg.det(cell) < 0:
            cell, positions = -cell, -positions
        found = minimise(
            method._kernel, in_box(cell, positions, kind, types, 3), pressure,
            tolerance=TOLERANCE * expected.energy / length, max_step=0.4 * length,
            max_evaluations=LONGEST,
        )  # fmt: skip
        if found.outcome not in (Outcome.CONVERGED, Outcome.STUCK):
            continue
        enthalpy = found.enthalpy / n
        if enthalpy <= target + 1e-5 * (1.0 + abs(target)):
            return done, time.perf_counter() - begin
        relaxed = found.configuration
        atoms = Atoms(
            numbers=[kinds[t] for t in relaxed.types],
            positions=relaxed.positions, cell=relaxed.cell, pbc=True,
        )  # fmt: skip
        atoms = atoms[np.argsort(relaxed.types, kind="stable")]
        atoms.info.update(confid=done, data={}, key_value_pairs={})
        same = any(
            abs(h - enthalpy) < 1e-4 * (1.0 + abs(h)) and comparator.looks_like(atoms, other)
            for h, other in population
        )
        if not same:
            population = sorted([*population, (enthalpy, atoms)], key=lambda entry: entry[0])[:size]
    return None, time.perf_counter() - begin


def first_met(result: dict[str, Any], target: float) -> int | None:
    """Relaxations until the target was met."""
    best = result["structures"][0]
    met = best["enthalpy_per_particle"] <= target + 1e-5 * (1.0 + abs(target))
    return best["first_quench"] if met else None


def summary(name: str, needed: list[int | None]) -> str:
    """Success rate and mean number of relaxations of the successful ones."""
    good = [count for count in needed if count is not None]
    cost = f"{np.mean(good):6.1f} ({min(good)}-{max(good)})" if good else "-"
    return f"    {name:8} {len(good)}/{len(needed)}  relaxations to the best: {cost}"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("campaign", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="part of a point's description")
    parser.add_argument("--random", action="store_true", help="compare with random search")
    parser.add_argument("--ase-ga", action="store_true", help="compare with ase-ga (3D only)")
    parser.add_argument("--quenches", type=int, default=400)
    options = parser.parse_args()
    campaign = read_campaign(options.campaign)
    points: dict[str, dict[str, Any]] = {}
    for point in campaign.points:
        statepoint = {key: value for key, value in point.statepoint.items() if key != "replica"}
        potential = {
            key: value
            for key, value in statepoint["potential"].items()
            if key not in ("types", "pairs", "mixing", "truncation")
        }
        words = json.dumps(potential | {"pressure": statepoint["method"]["pressure"]})
        points[words.strip("{}").replace('"', "")] = point.statepoint
    for words, statepoint in points.items():
        if options.only not in words:
            continue
        print(words, flush=True)
        # Compiled before anything is timed.
        warm = {**statepoint["method"], "generations": 2, "population": 4}
        search({**statepoint, "method": warm}, "warm")
        seeds = [f"seed {number}" for number in range(options.seeds)]
        found = []
        for seed in seeds:
            begin = time.perf_counter()
            result = search(statepoint, seed)
            result["seconds"] = time.perf_counter() - begin
            found.append(result)
        others = []
        if options.random:
            random = without_parents(statepoint, options.quenches)
            others = [search(random, seed) for seed in seeds]
        target = min(result["enthalpy_per_particle"] for result in [*found, *others])
        best = min(found, key=lambda result: result["enthalpy_per_particle"])
        for row in best["structures"][:3]:
            print(
                f"    H = {row['enthalpy_per_particle']:.6f}  density {row['number_density']:.4f}"
                f"  {row.get('space_group')} {row.get('wyckoff', '')}  {row['prototype']}"
            )
        print(summary("genetic", [first_met(result, target) for result in found]))
        print(
            f"             whole search: {np.mean([r['quenches'] for r in found]):.0f} relaxations,"
            f" {np.mean([r['energy_evaluations'] for r in found]):.0f} evaluations,"
            f" {np.mean([r['seconds'] for r in found]):.1f} s"
        )
        if options.random:
            print(summary("random", [first_met(result, target) for result in others]), flush=True)
        if options.ase_ga and statepoint["system"]["dimensions"] == 3:
            runs = [search_by_ase_ga(statepoint, seed, target, options.quenches) for seed in seeds]
            print(summary("ase-ga", [count for count, _ in runs]), flush=True)


if __name__ == "__main__":
    main()
