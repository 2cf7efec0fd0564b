"""A run from a random start, and what the judge says of its end."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.configuration import Configuration
from operations.design.judge import judged
from operations.engines import ExplodedError
from operations.jobs.driver import Task
from operations.methods.forward import Forward
from workspace_schema.potentials import Sought, TableData


@dataclass(frozen=True)
class Seen:
    """What a run came to.

    Attributes
    ----------
    probability : float
        Mean over the particles that they are of the target.
    label : str
    exploded : str
        Why there is none; empty where there is.
    configuration : Configuration, optional
    engine : tuple of str
        Name, version and device.
    """

    probability: float
    label: str
    exploded: str = ""
    configuration: Configuration | None = None
    engine: tuple[str, ...] = ()


def seen_at_the_end(
    task: Task | None,
    tables: dict[str, TableData] | str,
    potentials: dict[tuple[int, int], tuple[str, Sought]],
    target: str,
) -> Seen:
    """Run from a random start, and look at the end."""
    from operations.interactions.pair_functions import PairFunction

    if task is None or isinstance(tables, str):
        return Seen(0.0, "", str(tables))
    functions = {
        types: PairFunction(potential, data=tables[pair])
        for types, (pair, potential) in potentials.items()
    }
    try:
        run = Forward(task, functions)
        state = run.start()
        while not run.finished(state):
            state = run.step(state)
    except (ExplodedError, ValueError) as error:
        return Seen(0.0, "", str(error))
    configuration = run.engine.configuration(state.engine)
    labels = judged(task, configuration)
    probability = 0.0
    if target in labels.phase_names:
        probability = float(labels.probabilities[:, labels.phase_names.index(target)].mean())
    engine = (run.engine.name, run.engine.version, run.engine.device)
    return Seen(probability, labels.label, "", configuration, engine)
