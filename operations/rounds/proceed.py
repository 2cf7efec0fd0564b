"""Go on with an adaptive campaign: make jobs that the ledger names, propose the next round.

Every process that proposes holds the lock under which `init.py` makes jobs, and looks at the ledger
when it has it. The round is written first, then its jobs are made: whoever comes after a kill in
between makes those that are missing.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from operations.jobs.attempts import recorded, survived
from operations.jobs.document import read_document
from operations.jobs.files import readable_json
from operations.jobs.folders import job_ids
from operations.jobs.locks import JOBS_LOCK, exclusive
from operations.jobs.progress import say
from operations.jobs.state import FAILED, STATEPOINT
from operations.rounds import ledger
from operations.rounds.candidates import Candidates
from operations.rounds.due import is_adaptive, is_due, may_propose, missing
from operations.rounds.knowledge import Knowledge, all_known
from operations.rounds.ledger import Round
from workspace_schema.campaign import Campaign
from workspace_schema.history import former_jobs
from workspace_schema.plan import Inventory, apply
from workspace_schema.points import Point
from workspace_schema.root import ADAPTIVE, check_links, existing_jobs
from workspace_schema.settings import Settings

#: Fewest and most runs of a round where the campaign file does not say.
LEAST_BATCH, MOST_BATCH = 8, 16


def proceed(root: Path) -> int:
    """Make what the ledger names; propose the next round where it is due, and make its jobs.

    Returns
    -------
    int
        Number of jobs that were made.
    """
    if not is_adaptive(root):
        return 0
    n_made = 0
    folder = root / ADAPTIVE
    with ExitStack() as stack:
        stack.enter_context(survived(folder, "propose"))
        check_links(root)
        busy = f"another process makes jobs in {root}; waiting for it"
        stack.enter_context(exclusive(root, JOBS_LOCK, wait=busy))
        if not is_due(root):
            return 0  # somebody else was faster
        stack.enter_context(recorded(folder, "propose", tries=1))
        candidates = Candidates.load(root)
        rounds = ledger.read(root)
        n_made = make(root, candidates, missing(root, rounds, candidates.header), rounds)
        if may_propose(root, rounds, candidates.header):
            new = next_round(root, candidates, rounds)
            ledger.write(root, [*rounds, new])
            rounds.append(new)
            n_made += make(root, candidates, [name for name, _ in new.chosen], rounds)
            say(f"propose: {in_words(new)}")
        (folder / FAILED).unlink(missing_ok=True)
    return n_made


def next_round(root: Path, candidates: Candidates, rounds: Sequence[Round]) -> Round:
    """The round that follows from what is in a root; nothing is written."""
    if candidates.sample.phases:
        from operations.rounds.propose_free_energies import propose
    else:
        from operations.rounds.propose import propose

    return propose(candidates, rounds, knowledge_of(root, candidates, rounds), batch_of(root))


def knowledge_of(root: Path, candidates: Candidates, rounds: Sequence[Round]) -> Knowledge:
    """What the jobs of a root have shown."""
    there = job_ids(root)
    strangers = [name for name in there if name not in candidates.by_id]
    is_compared = strangers and not candidates.sample.phases
    others = comparable(root, candidates, strangers) if is_compared else {}
    mine = list(dict.fromkeys([*ledger.chosen(rounds), *there]))
    mine = [name for name in mine if name in candidates.by_id]
    labels = all_known(root, [*mine, *others], bool(candidates.sample.phases))
    others = {name: values for name, values in others.items() if name in labels}
    pending = [name for name in mine if name not in labels]
    return Knowledge(labels, others, pending)


def comparable(root: Path, candidates: Candidates, names: Sequence[str]) -> dict[str, list[Any]]:
    """Values of those of some jobs which differ from candidates by the axes alone: of a coarser
    grid, say."""
    rests = {_rest(point.statepoint, candidates.varied) for point in candidates.points}
    found = {}
    for name in names:
        statepoint = readable_json(root / "workspace" / name / STATEPOINT)
        if statepoint and _rest(statepoint, candidates.varied) in rests:
            found[name] = candidates.values_of(statepoint)
    return found


def _rest(statepoint: dict[str, Any], varied: Sequence[str]) -> str:
    """A state point without what varies, as text."""
    rest = copy.deepcopy(statepoint)
    rest.pop("replica", None)
    for path in varied:
        *above, last = path.split(".")
        block: Any = rest
        for key in above:
            block = block.get(key) if isinstance(block, dict) else None
        if isinstance(block, dict):
            block.pop(last, None)
    return json.dumps(rest, sort_keys=True)


def batch_of(root: Path) -> int:
    """Runs of a round: the lanes of a pack of the cluster, within bounds."""
    from operations.slurm import cluster
    from workspace_schema.errors import CampaignError

    try:
        machine = cluster.read(root)
    except CampaignError:
        return LEAST_BATCH  # said by who submits
    gpu = read_document(root).get("settings", {}).get("device") == "gpu"
    part = machine.gpu if gpu else machine.cpu
    return min(max(part.nodes_per_job * part.lanes, LEAST_BATCH), MOST_BATCH)


def make(root: Path, candidates: Candidates, names: Sequence[str], rounds: Sequence[Round]) -> int:
    """Make the jobs of these ids through the same plan as `init.py`; the caller holds the lock.

    Returns
    -------
    int
        How many were not there.
    """
    if not names:
        return 0
    points = chosen_points(root, candidates.points, rounds)
    document = read_document(root)
    if not points or not document:
        return 0
    campaign = Campaign(
        name=document["name"],
        points=points,
        n_points=len(points),
        longer={},
        axes=tuple(document.get("axes", ())),
        settings=Settings.model_validate(document.get("settings", {})),
        inputs={},
        tables=[],
        folder=root,
        n_repeated=0,
        title=document.get("title") or "",
        also=also(rounds) | (existing_jobs(root) - former_jobs(root)),
    )
    inventory = Inventory(root)
    for point in points:
        inventory.add(point)
    plan = inventory.plan(campaign, document)
    apply(campaign, plan, root)
    return plan.n_new


def chosen_points(root: Path, points: Sequence[Point], rounds: Sequence[Round]) -> list[Point]:
    """Those of some points that rounds have chosen, or that are there."""
    wanted = {*ledger.chosen(rounds), *existing_jobs(root)}
    return [point for point in points if point.job_id in wanted]


def also(rounds: Sequence[Round]) -> frozenset[str]:
    """Ids of the jobs that rounds have seen though they are no candidates."""
    return frozenset(name for one in rounds for name in one.others)


def in_words(one: Round) -> str:
    """A round in one line."""
    known = "" if one.agreement is None else f", expected agreement {one.agreement:.3f}"
    known += "" if one.width is None else f", line known within {one.width:.3g} of the axes"
    if one.stop:
        return f"round {one.round}: {one.stop}{known}"
    whys = [why for _, why in one.chosen]
    counts = ", ".join(f"{whys.count(why)} {why}" for why in dict.fromkeys(whys))
    return f"round {one.round}: {len(whys)} jobs ({counts}){known}"
