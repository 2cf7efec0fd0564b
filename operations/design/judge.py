"""Who judges a design, and whether the target has a name there."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.configuration import Configuration
from analysis.labelling.labels import Labels
from operations.design import checkpoint
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


class UnderJudge:
    """Verbs of a design that one judge decides about, whose name its state keeps as `judge`.

    A subclass sets `state`, the dataclass of its states, and `_task`, `_method`, `_dimensions`.
    """

    state: type[Any]
    _task: Task
    _method: Any
    _dimensions: int

    def save(self, state: Any, path: Path) -> None:
        """Write a checkpoint."""
        checkpoint.save(state, path)

    def load(self, path: Path) -> Any:
        """Read a checkpoint; another judge would be another design.

        Raises
        ------
        ValueError
            Where it was judged by another.
        """
        state = checkpoint.load(self.state, path)
        if state.judge and state.judge != self._judge:  # "" is not known
            raise ValueError(
                f"it was judged by {state.judge}, but the campaign's labels are now of"
                f" {self._judge}"
            )
        return replace(state, judge=self._judge)

    @cached_property
    def _judge(self) -> str:
        return judge_of(self._task, self._method.target, self._dimensions)
