"""Forward simulation: start, equilibrate, ramp or hold, produce; what assembles by itself."""

from __future__ import annotations

from operations.jobs.driver import Task
from operations.methods.molecular_dynamics import MolecularDynamics
from operations.methods.schedule import Scheduled, hottest


class Forward(Scheduled, MolecularDynamics):
    """Molecular dynamics at given temperatures and pressures."""

    def __init__(self, task: Task) -> None:
        super().__init__(task, hottest(task.statepoint["method"]))
