"""What two-dimensional Lennard-Jones-Gauss particles assemble into, from random starts.

Four points at σ² = 0.02, number density 0.85, kT 1.0 → 0.1 in 200 000 steps; the first is the
published decagonal quasicrystal (M. Engel and H.-R. Trebin, Phys. Rev. Lett. 98, 225505 (2007)).
The energies are those that HOOMD-blue 4.8.2 and LAMMPS 22Jul2025 gave from square starts. At
(1.8, 1.8) some random starts end in a square-triangle tiling instead, so that there the label that
most of three replicas have counts.

    pytest -m physical_validation -s tests/operations/methods/test_lennard_jones_gauss.py
"""

from __future__ import annotations

import json

import pytest

from operations.jobs.driver import drive
from operations.results.label import label

POINTS = [
    pytest.param(1.52, 1.8, "decagonal", -6.39, 1, id="decagonal"),
    pytest.param(1.40, 1.8, "square", -5.95, 1, id="square"),
    pytest.param(1.80, 1.8, "hexagonal", -9.30, 3, id="hexagonal, strong second well"),
    pytest.param(1.20, 1.0, "hexagonal", -4.77, 1, id="hexagonal"),
]


@pytest.mark.physical_validation
@pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)])
@pytest.mark.parametrize(("r0", "epsilon", "phase", "energy", "replicas"), POINTS)
def test_assembles(tasks, r0, epsilon, phase: str, energy: float, replicas: int, engine) -> None:
    found = []
    for task in tasks(
        system={"particles": {"A": 576}},
        potential={"r0": r0, "epsilon": epsilon, "sigma2": 0.02, "r_cut": 2.5},
        method={
            "number_density": 0.85,
            "kT": {"ramp": [1.0, 0.1]},
            "steps": 200_000,
            "dt": 0.005,
            "start": "random",
        },
        replicas=replicas,
        settings={"engine": engine},
    ):
        drive(task)
        label(task.folder, task.root)
        result = json.loads((task.folder / "result.json").read_text())
        labels = json.loads((task.folder / "labels.json").read_text())
        found.append((result["energy_per_particle"], labels))
        phases = ", ".join(
            f"{p['phase']} {p['fraction']:.2f}"
            + (f" (a = {p['lattice_constant']:.2f})" if p["lattice_constant"] else "")
            for p in labels["phases"]
        )
        print(
            f"\n| {engine} | {r0} | {epsilon} | {labels['label']} | {labels['confidence']:.2f} |"
            f" {phases} | {labels['void_fraction']:.2f} | {result['energy_per_particle']:.3f} |"
        )
    agreeing = [pair for pair in found if pair[1]["label"] == phase]
    assert len(agreeing) > replicas / 2
    energy_found, labels = agreeing[0]
    assert energy_found == pytest.approx(energy, abs=0.25)
    if phase == "square":
        dilated = [p for p in labels["phases"] if p["phase"] == "hexagonal"]
        assert dilated
        assert dilated[0]["lattice_constant"] == pytest.approx(1.38, abs=0.05)
