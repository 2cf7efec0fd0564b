"""Densest packings of hard bodies by annealing in small cells.

    pytest -m physical_validation -s tests/operations/methods/test_densest_packings.py

prints a row of docs/validation.md for each.
"""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from operations.jobs.driver import drive

pytestmark = pytest.mark.physical_validation

#: Densest known packings: octahedra, H. Minkowski (1904), a lattice; truncated cubes, U. Betke, M.
#: Henk, Comput. Geom. 16, 157 (2000), a lattice; truncated tetrahedra, P. F.
#: Damasceno, M. Engel, S. C. Glotzer, ACS Nano 6, 609 (2012), and Y. Jiao, S. Torquato, J. Chem.
#: Phys. 135, 151101 (2011), 207/208; tetrahedra, E. R. Chen, M. Engel, S. C. Glotzer, Discrete
#: Comput. Geom. 44, 253 (2010), 4000/4671; spherocylinders, hexagonal layers in the hollows of each
#: other, a lattice, of which 2 / (√2 + √3 L/D) fill D³; ellipsoids with a ratio of axes of √3, A.
#: Donev, F. H. Stillinger, P. M. Chaikin, S. Torquato, Phys. Rev. Lett. 92, 255506 (2004). The last
#: column is the part of it that must be reached (for tetrahedra the fraction 0.82).
CASES = [
    ("cube", 1, 5, 1.0, 0.99),
    ("octahedron", 1, 10, 18 / 19, 0.99),
    ("truncated_cube", 1, 10, 9 / (5 + 3 * math.sqrt(2)), 0.999),
    ("truncated_tetrahedron", 2, 50, 207 / 208, 0.98),
    ("tetrahedron", 4, 100, 4000 / 4671, 0.82 * 4671 / 4000),
    ("spherocylinder", 1, 10, 5 / 6 * math.pi / (math.sqrt(2) + math.sqrt(3)), 0.99),
    ("ellipsoid", 2, 30, 0.770732, 0.99),
]
#: Those that are no polyhedra.
ROUND: dict[str, dict[str, Any]] = {
    "spherocylinder": {"form": "hard_spherocylinder", "elongation": 1.0},
    "ellipsoid": {"form": "hard_ellipsoid", "aspect": math.sqrt(3)},
}


@pytest.mark.parametrize(("name", "n", "chains", "known", "part"), CASES)
def test_annealing_packs_as_densely_as_is_known(tasks, name, n, chains, known, part) -> None:
    block = ROUND.get(name, {"form": "hard_polyhedron", "name": name})
    (task,) = tasks(
        system={"dimensions": 3, "particles": {"A": n}, "building_blocks": {"A": block}},
        potential=None,
        method={
            "name": "annealing",
            "dynamics": "mc",
            "kT": {"ramp": [1.0, 1e-5]},
            "pressure": 1.0,
            "chains": chains,
            "sweeps": 20_000,
        },
        settings={"engine": "auto"},
    )
    drive(task)
    result = json.loads((task.folder / "result.json").read_text())
    packing, seconds = result["packing_fraction"], result["wall_seconds"]
    print(
        f"\n| {name} | {n} | {chains} | {packing:.5f} | {known:.5f} | {packing / known:.4f} |"
        f" {seconds:.0f} s |"
    )
    assert known * part < packing < known + 1e-6
