"""The phases of all candidates as a table, `results/phase_map.parquet`, and rounds as columns.

The table has what is known now, and what was known after each round before; what an older table
says of these is taken from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.phase_diagram.regions import (
    MAP_FILE,
    Stage,
    keep_stages,
    read_regions,
    stages_of,
)
from operations.jobs.files import replacing
from operations.jobs.progress import say
from operations.results.rows import value_at
from operations.rounds import ledger, propose, propose_free_energies
from operations.rounds.candidates import Candidates
from operations.rounds.due import is_adaptive
from operations.rounds.knowledge import Knowledge
from operations.rounds.ledger import Round
from operations.rounds.proceed import knowledge_of

if TYPE_CHECKING:
    import pandas as pd

    from analysis.phase_map.phases import PhaseMap
    from analysis.phase_map.space import Space


def map_of(candidates: Candidates, knowledge: Knowledge) -> tuple[Space, PhaseMap]:
    """What is probable everywhere, by labels or by free energies."""
    if candidates.sample.phases:
        return propose_free_energies.map_of(candidates, knowledge)
    return propose.map_of(candidates, knowledge)


def phase_map(root: Path, axes: list[str]) -> pd.DataFrame | None:
    """What is known of every point of an adaptive campaign; None of any other, or before anything
    is known.

    Returns
    -------
    DataFrame
        One row a point, of pairs of free energies a job: `job_id` of its first replica, the axes
        and whatever else differs, `method`, `label` (the most probable phase), `confidence` (its
        probability), `probability NAME` of each class, those that fail ("failed") and that nobody
        has seen ("unseen") among them; `label after round K` and `confidence after round K` of each
        round but the last. What `analysis.phase_diagram.regions.stages_of` says of it.
    """
    import pandas as pd

    if not is_adaptive(root):
        return None
    candidates = Candidates.load(root)
    rounds = ledger.read(root)
    knowledge = knowledge_of(root, candidates, rounds)
    if not knowledge.labels:
        return None
    phases = map_of(candidates, knowledge)[1]
    # of free energies both phases have the map in their panels
    shown = None if candidates.sample.phases else 1
    pairs = [(k, one) for k, names in enumerate(candidates.replicas) for one in names[:shown]]
    at, jobs = [k for k, _ in pairs], [one for _, one in pairs]
    statepoints = [candidates.by_id[name].statepoint for name in jobs]
    columns: dict[str, Any] = {"job_id": jobs}
    for path in dict.fromkeys([*axes, *candidates.varied]):
        columns[path] = [value_at(one, path) for one in statepoints]
    columns["method"] = [value_at(one, "method.name") for one in statepoints]
    columns |= {"label": phases.winner[at], "confidence": phases.certainty[at].round(4)}
    columns |= {f"probability {name}": phases.of(name)[at].round(4) for name in phases.names}
    before = last_map(root)
    known = {} if before is None else {one.made_from: one for one in stages_of(before)[:-1]}
    stages = []
    for number, then in _past(candidates, rounds):
        made_from = f"{candidates.header['jobs'][:16]} {ledger.digest(then.labels)}"
        stage = known.get(made_from)
        if before is not None and stage is not None and stage.round == number:
            columns |= {name: before[name] for name in stage.columns}
        else:
            seen = map_of(candidates, then)[1]
            stage = _stage(number, candidates, then, seen, made_from)
            values = (seen.winner[at], seen.certainty[at].round(4))
            columns |= dict(zip(stage.columns, values, strict=True))
        stages.append(stage)
    last = max((one.round for one in rounds if one.chosen), default=None)
    table = pd.DataFrame(columns)
    keep_stages(table, [*stages, _stage(last, candidates, knowledge, phases, "")])
    return table


def _past(candidates: Candidates, rounds: list[Round]) -> Iterator[tuple[int, Knowledge]]:
    """The numbers of the rounds that others came after, and what those followed from."""
    others: dict[str, list[Any]] = {}
    with_jobs = [one.round for one in rounds if one.chosen]
    for one in rounds[1:]:
        others |= one.others
        if one.round - 1 not in with_jobs[:-1]:
            continue
        labels = {
            name: shares
            for name, shares in ledger.known(rounds[: one.round + 1]).items()
            if name in candidates.by_id or name in others
        }
        if labels:
            values = {k: v for k, v in others.items() if k in labels and k not in candidates.by_id}
            yield one.round - 1, Knowledge(labels, values, ())


def _stage(
    number: int | None, candidates: Candidates, known: Knowledge, phases: PhaseMap, made_from: str
) -> Stage:
    agreement = float(phases.certainty[: len(candidates.replicas)].mean())
    runs = sum(name in candidates.by_id for name in known.labels)
    return Stage(number, runs, round(agreement, 4), made_from)


def last_map(root: Path) -> pd.DataFrame | None:
    """The table that was written last; None where there is none that can be read."""
    try:
        return read_regions(root)
    except (OSError, ValueError) as error:
        say(str(error))
        return None


def write_phase_map(root: Path, table: pd.DataFrame | None) -> None:
    """Write results/phase_map.parquet; remove an old one where there is no map."""
    if table is None:
        (root / MAP_FILE).unlink(missing_ok=True)
        return
    with replacing(root / MAP_FILE) as temporary:
        table.to_parquet(temporary, index=False, write_page_checksum=True)


def with_rounds(root: Path, table: pd.DataFrame) -> pd.DataFrame:
    """The table of jobs with the columns `round` and `why`, where rounds have chosen any."""
    rounds = ledger.read(root)
    if not rounds:
        return table
    number = {name: one.round for one in rounds for name, _ in one.chosen}
    why = {name: reason for one in rounds for name, reason in one.chosen}
    ids = table["job_id"]
    return table.assign(round=ids.map(number).astype("Int64"), why=ids.map(why))
