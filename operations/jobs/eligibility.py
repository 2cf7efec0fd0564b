"""Which operation a job is eligible for: the one place that says so.

It follows from the names of the files in the job's folder (`state.py`), and from which designs have
found a potential, where a job uses one (`designs.py`); signac-flow's conditions (`conditions.py`),
packs and the dashboard all ask here.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from operations.jobs.attempts import was_killed
from operations.jobs.designs import needed
from operations.jobs.state import (
    AGAIN,
    CPU_ONLY,
    FAILED,
    GPU_TOO,
    HOOMD_ONLY,
    LABELS,
    RESULT,
    RUNNING,
    marker,
)
from workspace_schema.methods.facts import METHODS


@dataclass(frozen=True)
class Step:
    """An operation on one job, and the files between which it stands.

    Attributes
    ----------
    operation : str
        As `project.py run -o` takes it.
    summary : str
        What it does, in a sentence.
    needs, makes : str
        It is due where the first is there, the second is not, and nothing has failed.
    on_gpu : bool
        Whether it runs on a GPU where the campaign asks for one.
    """

    operation: str
    summary: str
    needs: str
    makes: str
    on_gpu: bool = False


#: What is done to one job, in order.
STEPS = (
    *(
        Step(facts.operation or name, facts.summary, marker(name), RESULT, facts.on_gpu)
        for name, facts in METHODS.items()
    ),
    Step("label", "Label what formed.", RESULT, LABELS),
)
#: The operations by name.
OPERATIONS = {step.operation: step for step in STEPS}
#: Group of all of them.
SIMULATE = "simulate"
#: Operations on the whole campaign, which run on its anchor job, and the folders of the root in
#: which their tries are recorded.
CAMPAIGN_LEVEL = {"propose": "adaptive", "aggregate": "results"}


def next_step(names: Collection[str], designs: Collection[str] = ()) -> Step | None:
    """What a job needs next; None where it has everything, has failed, waits or is no job of ours.

    Parameters
    ----------
    names : collection of str
        Of the files in its folder.
    designs : collection of str
        Ids of the designs that have found a potential, and of jobs that have found a crystal.
    """
    if FAILED in names or waits_for_hoomd(names) or waits_for_design(names, designs):
        return None
    due = (step for step in reversed(STEPS) if step.needs in names)
    step = next(due, None)
    return step if step and step.makes not in names else None


def next_operation(
    names: Collection[str], settings: Mapping[str, Any], designs: Collection[str] = ()
) -> tuple[str, bool] | None:
    """What a job is submitted for next, and whether on a GPU.

    One visit to a core does all that is left; on a GPU only what needs it.
    """
    step = next_step(names, designs)
    if step is None:
        return None
    if runs_on_gpu(step, names, settings):
        return step.operation, True
    return ("label" if step.operation == "label" else SIMULATE), False


def runs_on_gpu(step: Step, names: Collection[str], settings: Mapping[str, Any]) -> bool:
    """Whether a job, by the names of its files, takes this step on a GPU."""
    able = CPU_ONLY not in names if step.on_gpu else GPU_TOO in names
    return able and step.makes == RESULT and settings.get("device") == "gpu"


def goes_together(
    step: Step, folder: Path, names: frozenset[str], settings: Mapping[str, Any]
) -> bool:
    """Whether a job, with files of these names in its folder, takes this step side by side with
    others in one process, where that has several: not after a try that was killed."""
    name = step.needs.removeprefix(".")
    method = METHODS.get(name)
    if method is None or not method.together or CPU_ONLY in names:
        return False
    if settings.get("engine") != "batched":
        return False
    return names.isdisjoint((AGAIN, RUNNING)) or not was_killed(folder, name)


@cache
def hoomd_installed() -> bool:
    """Whether HOOMD-blue is installed here."""
    return importlib.util.find_spec("hoomd") is not None


def waits_for_hoomd(names: Collection[str]) -> bool:
    """Whether a job needs HOOMD-blue, which is not installed here, to go on."""
    over = RESULT in names or FAILED in names
    return HOOMD_ONLY in names and not over and not hoomd_installed()


def waits_for_design(names: Collection[str], designs: Collection[str]) -> str | None:
    """Id of the design, or of the job with a crystal, that a job waits for, to go on; None where it
    waits for none."""
    if RESULT in names or FAILED in names:
        return None
    return next((design for design in needed(names) if design not in designs), None)
