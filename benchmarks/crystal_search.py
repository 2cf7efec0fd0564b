"""Cost and success of the genetic search, beside random structure search.

    python benchmarks/crystal_search.py campaigns/charged_colloids.yaml --seeds 5 --random

Every point of a campaign file is searched with each seed. A search succeeds when it meets the
lowest enthalpy that any search of that point has met, within 1e-5; its cost is the number of
relaxations until then. Random search takes only random symmetric crystals, from the same generator
and with the same kernel and minimiser, for --quenches relaxations.
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
from operations.genetic import Genetic
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


if __name__ == "__main__":
    main()
