"""Method `free_energy`: of crystals and fluids, in `operations.equilibrium`."""

from __future__ import annotations

from operations.equilibrium.crystal import Crystal
from operations.equilibrium.fluid import Fluid
from operations.jobs.driver import Method, Task


def FreeEnergy(task: Task) -> Method:
    """The way to the free energy of the phase of a job."""
    is_fluid = task.statepoint["method"]["phase"] == "fluid"
    return Fluid(task) if is_fluid else Crystal(task)
