"""Method `free_energy`: of crystals, plastic ones and fluids, in `operations.equilibrium`."""

from __future__ import annotations

from operations.equilibrium.crystal import Crystal
from operations.equilibrium.fluid import Fluid
from operations.equilibrium.plastic import Plastic
from operations.jobs.driver import Method, Task


def FreeEnergy(task: Task) -> Method:
    """The way to the free energy of the phase of a job."""
    phase = task.statepoint["method"]["phase"]
    if phase == "fluid":
        return Fluid(task)
    return Plastic(task) if "plastic" in phase else Crystal(task)
