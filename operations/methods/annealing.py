"""Simulated annealing: molecular dynamics in an engine, or Monte Carlo of small cells."""

from __future__ import annotations

from operations.jobs.driver import Method, Task


def Annealing(task: Task) -> Method:
    """The method for a job's `dynamics`."""
    if task.statepoint["system"].get("building_blocks"):
        from operations.methods.hard_annealing import HardAnnealing

        return HardAnnealing(task)
    if task.statepoint["method"]["dynamics"] == "mc":
        from operations.methods.cell_annealing import CellAnnealing

        return CellAnnealing(task)
    from operations.methods.md_annealing import MdAnnealing

    return MdAnnealing(task)
