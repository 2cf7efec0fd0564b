"""Who judges a design, and whether the target has a name there."""

from __future__ import annotations

from typing import Any

from analysis.configuration import Configuration
from analysis.labelling.labels import Labels
from operations.jobs.document import labeller_of
from operations.jobs.driver import Task


def judged(task: Task, configuration: Configuration) -> Labels:
    """The labels of the campaign's labeller."""
    from analysis.labelling import MODELS, label_configuration

    return label_configuration(configuration, labeller_of(task.settings), task.root / MODELS)


def judge_of(task: Task, target: str, dimensions: int) -> str:
    """Name and hash of the labeller's model, by what it says of one configuration.

    Raises
    ------
    ValueError
        Where it has no class of the target, so that nothing would ever be the target.
    """
    from analysis.labelling import PRODUCTION
    from analysis.prototypes import crystal

    asked = labeller_of(task.settings)
    block: dict[str, Any] = {"model": asked} if isinstance(asked, str) else dict(asked)
    labels = judged(task, crystal("square" if dimensions == 2 else "sc", 4, 1.0))
    # the names that production labels add follow from the configuration; the schema knows them
    fixed = block["model"] != PRODUCTION and block.get("head") != "denoise"
    if fixed and target not in (*labels.phase_names, "fluid"):
        raise ValueError(
            f"method.target: the labeller {block['model']!r} has no class {target}; its classes"
            f" are {', '.join(labels.phase_names)}"
        )
    return f"{labels.model} {labels.model_hash}"


def check_same(before: str, now: str) -> None:
    """Raise ValueError where a design would go on before another judge; "" is not known."""
    if before and before != now:
        raise ValueError(f"it was judged by {before}, but the campaign's labels are now of {now}")
