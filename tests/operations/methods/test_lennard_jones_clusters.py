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
    31: -133.586422,
    32: -139.635524,
    33: -144.842719,
    34: -150.044528,
    35: -155.756643,
    36: -161.825363,
    37: -167.033672,
    38: -173.928427,
    39: -180.033185,
    40: -185.249839,
    41: -190.536277,
    42: -196.277534,
    43: -202.364664,
    44: -207.688728,
    45: -213.784862,
    46: -220.680330,
    47: -226.012256,
    48: -232.199529,
    49: -239.091864,
    50: -244.549926,
    51: -251.253964,
    52: -258.229991,
    53: -265.203016,
    54: -272.208631,
    55: -279.248470,
    56: -283.643105,
    57: -288.342625,
    58: -294.378148,
    59: -299.738070,
    60: -305.875476,
    61: -312.008896,
    62: -317.353901,
    63: -323.489734,
    64: -329.620147,
    65: -334.971532,
    66: -341.110599,
    67: -347.252007,
    68: -353.394542,
    69: -359.882566,
    70: -366.892251,
    71: -373.349661,
    72: -378.637253,
    73: -384.789377,
    74: -390.908500,
    75: -397.492331,
    76: -402.894866,
    77: -409.083517,
    78: -414.794401,
    79: -421.810897,
    80: -428.083564,
    81: -434.343643,
    82: -440.550425,
    83: -446.924094,
    84: -452.657214,
    85: -459.055799,
    86: -465.384493,
    87: -472.098165,
    88: -479.032630,
    89: -486.053911,
    90: -492.433908,
    91: -498.811060,
    92: -505.185309,
    93: -510.877688,
    94: -517.264131,
    95: -523.640211,
    96: -529.879146,
    97: -536.681383,
    98: -543.665361,
    99: -550.666526,
    100: -557.039820,
    101: -563.411308,
    102: -569.363652,
    103: -575.766131,
    104: -582.086642,
    105: -588.266501,
    106: -595.061072,
    107: -602.007110,
    108: -609.033011,
    109: -615.411166,
    110: -621.788224,
}
SEEDS = 10


@pytest.mark.physical_validation
@pytest.mark.parametrize("n", MINIMA)
def test_global_minimum(tasks, n):
    quenches, evaluations, seconds = [], [], []
    for task in tasks(
        system={"dimensions": 3, "boundary": "open", "particles": {"A": n}},
        potential={"form": "lennard_jones", "r_cut": 100.0},
        method={"name": "basin_hopping", "hops": 1_000_000, "target_energy": MINIMA[n]},
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
