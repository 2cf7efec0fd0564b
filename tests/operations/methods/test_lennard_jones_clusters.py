"""Every global minimum of Lennard-Jones clusters from random starts, ten seeds each.

    pytest -m physical_validation -s tests/operations/methods/test_lennard_jones_clusters.py

prints the rows of docs/validation.md. Energies: Cambridge Cluster Database (D. J. Wales et al.).
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from operations.jobs.driver import drive

MINIMA = {
    2: -1.0,
    3: -3.0,
    4: -6.0,
    5: -9.103852,
    6: -12.712062,
    7: -16.505384,
    8: -19.821489,
    9: -24.113360,
    10: -28.422532,
    11: -32.765970,
    12: -37.967600,
    13: -44.326801,
    14: -47.845157,
    15: -52.322627,
    16: -56.815742,
    17: -61.317995,
    18: -66.530949,
    19: -72.659782,
    20: -77.177043,
    21: -81.684571,
    22: -86.809782,
    23: -92.844472,
    24: -97.348815,
    25: -102.372663,
    26: -108.315616,
    27: -112.873584,
    28: -117.822402,
    29: -123.587371,
    30: -128.286571,
    38: -173.928427,
}
SEEDS = 10


@pytest.mark.physical_validation
@pytest.mark.parametrize("n", MINIMA)
def test_global_minimum(tasks, n):
    quenches, evaluations, seconds = [], [], []
    for task in tasks(
        system={"dimensions": 3, "boundary": "open", "particles": {"A": n}},
        potential={"form": "lennard_jones", "r_cut": 100.0},
        method={"name": "basin_hopping", "hops": 20_000, "target_energy": MINIMA[n]},
        settings=None,
        replicas=SEEDS,
    ):
        drive(task)
        result = json.loads((task.folder / "result.json").read_text())
        if abs(result["minima"][0]["energy"] - MINIMA[n]) < 1e-5:
            quenches.append(result["quenches"])
            evaluations.append(result["energy_evaluations"])
            seconds.append(result["wall_seconds"])
    means = [np.mean(column) for column in (quenches, evaluations, seconds)]
    print(
        f"\n| {n} | {MINIMA[n]:.6f} | {len(quenches)}/{SEEDS} | {means[0]:.0f} | {means[1]:.0f} |"
        f" {means[2]:.2g} |"
    )
    assert len(quenches) == SEEDS
