"""Simulated annealing: molecular dynamics in an engine, or Monte Carlo of small cells."""

from __future__ import annotations

from operations.jobs.driver import Method, Task


def Annealing(task: Task) -> Method:
    """The method for a job's `dynamics`."""
    if task.statepoint["system"].get("building_blocks"):
        from operations.methods.annealing_of_hard_bodies import HardAnnealing

        return HardAnnealing(task)
    if task.statepoint["method"]["dynamics"] == "mc":
        from operations.methods.annealing_of_cells import CellAnnealing

        return CellAnnealing(task)
    from operations.methods.annealing_by_dynamics import MdAnnealing

    return MdAnnealing(task)
