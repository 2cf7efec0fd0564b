"""The next round of an adaptive campaign: a pure function of what is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.phase_map.design import Choice, next_batch, spread
from analysis.phase_map.phases import PhaseMap, infer
from analysis.phase_map.space import Space
from operations.jobs.cost import CostModel
from operations.rounds import ledger
from operations.rounds.candidates import Candidates
from operations.rounds.due import signature
from operations.rounds.knowledge import Knowledge
from operations.rounds.ledger import Round

#: Why a campaign stops.
BUDGET, UNTIL, NOTHING_LEFT, NOTHING_LEARNED = (
    "all runs are spent",
    "the expected agreement is reached",
    "nothing is left to choose from",
    "nothing learned: labels have nothing to do with where they are",
)
#: Less than so much gain (`PhaseMap.gain`) after so many runs, in multiples of `begin`, is nothing.
LEAST_GAIN, PATIENCE = 3.0, 3


def map_of(candidates: Candidates, knowledge: Knowledge) -> tuple[Space, PhaseMap]:
    """The phases of all candidates, and of the others behind them in the space."""
    others = sorted(knowledge.others)
    values = [*candidates.values, *(knowledge.others[name] for name in others)]
    space = Space.of(values, candidates.varied)
    place = candidates.places | {name: len(candidates.values) + k for k, name in enumerate(others)}
    names = sorted(knowledge.labels)
    phases = infer(space, [place[n] for n in names], [knowledge.labels[n] for n in names])
    return space, phases


def propose(
    candidates: Candidates, rounds: Sequence[Round], knowledge: Knowledge, lanes: int
) -> Round:
    """The next round.

    Parameters
    ----------
    candidates : Candidates
    rounds : sequence of Round
        Those before it.
    knowledge : Knowledge
    lanes : int
        Runs of a round where the campaign file does not say.
    """
    sample = candidates.sample
    assert sample.adaptive is not None
    batch = sample.batch or lanes
    n_chosen = len(ledger.chosen(rounds))
    left = sample.adaptive - n_chosen
    seen, n_places = knowledge.labels, len(candidates.values)
    taken = sorted(
        {candidates.places[n] for n in (*seen, *knowledge.pending) if n in candidates.places}
    )

    def proposal(choices: Sequence[tuple[str, str]], phases: PhaseMap | None, stop: str) -> Round:
        return Round(
            round=len(rounds),
            file=signature(candidates.header),
            labels=ledger.changes(rounds, seen),
            others={name: list(values) for name, values in sorted(knowledge.others.items())},
            seen=ledger.digest(seen),
            pending=sorted(knowledge.pending),
            batch=batch,
            chosen=list(choices),
            agreement=None if phases is None else round(_agreement(phases, n_places), 4),
            gain=None if phases is None else round(phases.gain, 2),
            lengths={} if phases is None else {str(g): list(v) for g, v in phases.lengths.items()},
            stop=stop,
        )

    if not rounds and len(taken) + len(knowledge.others) < sample.begin:
        space = Space.of(candidates.values, candidates.varied)
        first = spread(space, sample.begin, taken, sample.seed)[: max(left, 0)]
        return proposal(_first_replicas(candidates, first), None, "" if first else NOTHING_LEFT)
    if not seen:
        return proposal([], None, NOTHING_LEFT)
    space, phases = map_of(candidates, knowledge)
    agreement = _agreement(phases, n_places)
    before = [one.agreement for one in rounds[-1:] if one.agreement is not None]
    if left <= 0:
        return proposal([], phases, BUDGET)
    if agreement >= sample.until and any(value >= sample.until for value in before):
        return proposal([], phases, UNTIL)
    if len(seen) >= PATIENCE * sample.begin and phases.gain < LEAST_GAIN:
        return proposal([], phases, NOTHING_LEARNED)
    n = min(batch, left)
    n_explore = int((n_chosen + n) * sample.explore) - int(n_chosen * sample.explore)
    outside = range(n_places, len(space.points))
    pending = sorted({candidates.places[name] for name in knowledge.pending})
    choices = next_batch(
        space,
        phases,
        [*taken, *outside],
        pending,
        n,
        min(n_explore, n),
        _doubtful(candidates, knowledge, phases),
        _costs(candidates, len(space.points)) if sample.cost else None,
    )
    chosen = _next_replicas(candidates, knowledge, choices)
    return proposal(chosen, phases, "" if chosen else NOTHING_LEFT)


def _agreement(phases: PhaseMap, n_places: int) -> float:
    """Expected agreement with the full grid: over the candidates alone."""
    return float(phases.certainty[:n_places].mean())


def _first_replicas(candidates: Candidates, choices: Sequence[Choice]) -> list[tuple[str, str]]:
    return [(candidates.replicas[one.place][0], one.why) for one in choices]


def _next_replicas(
    candidates: Candidates, knowledge: Knowledge, choices: Sequence[Choice]
) -> list[tuple[str, str]]:
    """The jobs at chosen points: the first replica of which nothing is known or on its way."""
    gone = {*knowledge.labels, *knowledge.pending}
    return [
        (next(name for name in candidates.replicas[one.place] if name not in gone), one.why)
        for one in choices
    ]


def _doubtful(candidates: Candidates, knowledge: Knowledge, phases: PhaseMap) -> list[int]:
    """Points that may get one more replica: the map says otherwise than one that was seen."""
    if candidates.sample.repeat == 1:
        return []
    winner = phases.winner
    found = []
    for place, names in enumerate(candidates.replicas):
        labels = [knowledge.labels[name] for name in names if name in knowledge.labels]
        waits = any(name in knowledge.pending for name in names)
        doubted = any(max(one, key=lambda k: one[k]) != winner[place] for one in labels)
        if doubted and not waits and len(labels) < len(names):
            found.append(place)
    return found


def _costs(candidates: Candidates, n: int) -> np.ndarray:
    """Expected cost of each point, in units of their mean; from the state points alone."""
    model = CostModel()
    seconds = np.ones(n)
    for place, names in enumerate(candidates.replicas):
        point = candidates.by_id[names[0]]
        seconds[place] = model.expect(point.statepoint, point.extent, False)[0]
    return np.asarray(seconds / seconds.mean())
