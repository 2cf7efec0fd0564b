"""Crystals and fluids of molecular dynamics, labelled by the default model.

    pytest -m physical_validation -s tests/operations/results/test_labels_of_simulations.py

prints a row of docs/labels.md for each. The model was trained on Gaussian noise, other fluids
(`operations.training.reference_fluids`) and other soft crystals
(`operations.training.reference_crystals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.steinhardt import averaged_harmonics, quadratic
from analysis.labelling import label_configuration
from analysis.neighbourhoods import nearest
from operations.jobs.driver import drive

pytestmark = pytest.mark.physical_validation

LJ: dict[str, Any] = {"form": "lennard_jones", "epsilon": 1.0, "sigma": 1.0, "r_cut": 3.0}
SOFT: dict[str, Any] = {"form": "inverse_power", "n": 6.0, "r_cut": 4.0}


@dataclass(frozen=True)
class Case:
    """A state, where it starts, and the label it must have."""

    name: str
    label: str
    potential: dict[str, Any]
    number_density: float
    kT: float
    n: int
    start: str
    steps: int = 6_000


CASES = [
    # Lennard-Jones melts at 1.007 (kT 1.0) and 0.973 (kT 0.75): Mastny and de Pablo, J. Chem. Phys.
    # 127, 104504 (2007); Hansen and Verlet, Phys. Rev. 184, 151 (1969).
    Case("LJ near melting, kT = 1.0", "fcc", LJ, 1.01, 1.0, 864, "fcc"),
    Case("LJ near melting, kT = 0.75", "fcc", LJ, 0.975, 0.75, 864, "fcc"),
    Case("LJ, superheated", "fcc", LJ, 0.96, 0.75, 864, "fcc"),
    # r^-6 freezes into bcc at rho (epsilon/kT)^(1/2) = 2.30: Agrawal and Kofke, Mol. Phys. 85, 23
    # (1995).
    # The labels were trained with the motion of r^-5 and r^-7, Yukawa and Gaussian cores.
    Case("r⁻⁶, near melting", "bcc", SOFT, 1.0, 0.18, 686, "bcc", 4_000),
    Case("r⁻⁶, deeper", "bcc", SOFT, 1.0, 0.13, 686, "bcc", 4_000),
    # Below the triple point (kT 0.69) and below freezing, for too short a time to crystallise.
    Case("LJ, supercooled, kT = 0.60", "fluid", LJ, 0.90, 0.60, 400, "random", 3_000),
    Case("LJ, supercooled, kT = 0.55", "fluid", LJ, 0.88, 0.55, 400, "random", 3_000),
    Case("r⁻⁶, supercooled", "fluid", SOFT, 1.0, 0.17, 400, "random", 2_500),
]


def ordered(configuration: Configuration) -> float:
    """Part of the particles in crystalline order, without the network.

    Averaged q_6 of 12 neighbours above 0.4: Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008).
    """
    neighbours = nearest(configuration, 12).neighbour_list()
    averaged = quadratic(averaged_harmonics(configuration, neighbours, [6]))[:, 0]
    return float((averaged > 0.4).mean())


@pytest.mark.parametrize("case", CASES, ids=lambda case: getattr(case, "name", None))
def test_molecular_dynamics(tasks, case: Case) -> None:
    (task,) = tasks(
        system={"dimensions": 3, "particles": {"A": case.n}},
        potential={"r0": None, "epsilon": None} | case.potential,
        method={
            "number_density": case.number_density,
            "kT": case.kT,
            "steps": case.steps,
            "start": case.start,
        },
        settings={"engine": "lammps", "frames": 0},
    )
    drive(task)
    configuration = Configuration.read(task.folder / "final.gsd")
    labels = label_configuration(configuration)
    names = np.array(labels.phase_names)[labels.per_particle]
    share = {name: float((names == name).mean()) for name in np.unique(names)}
    right, unknown = share.get(case.label, 0.0), share.get("unknown", 0.0)
    others = 1.0 - right - unknown
    print(
        f"\n| {case.name} | {case.number_density} | {labels.label} | {labels.confidence:.2f} | "
        f"{right:.3f} | {unknown:.3f} | {others:.4f} | {ordered(configuration):.3f} |"
    )
    assert (ordered(configuration) < 0.02) == (case.label == "fluid")
    assert labels.label == case.label
    assert labels.confidence > 0.8
    assert others <= 0.01, share
