"""Forward simulation: start, equilibrate, ramp or hold, produce; what assembles by itself."""

from __future__ import annotations

from collections.abc import Mapping

from operations.interactions.pair_functions import PairFunction
from operations.jobs.driver import Task
from operations.methods.molecular_dynamics import MolecularDynamics
from operations.methods.schedule import Scheduled, hottest


class Forward(Scheduled, MolecularDynamics):
    """Molecular dynamics at given temperatures and pressures; for `pairs` see its base."""

    def __init__(
        self, task: Task, pairs: Mapping[tuple[int, int], PairFunction] | None = None
    ) -> None:
        super().__init__(task, hottest(task.statepoint["method"]), pairs)
