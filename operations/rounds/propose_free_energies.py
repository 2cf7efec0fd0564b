"""The next round of an adaptive campaign that looks for the line between two crystals: where both
Gibbs energies should be computed next. A pure function of what is known, as `propose`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from analysis.phase_diagram.table import Scale
from analysis.phase_map.design import BEGIN, BOUNDARY, EXPLORE, spread
from analysis.phase_map.difference import DIGITS, VALUE, Difference, Seen
from analysis.phase_map.phases import PhaseMap
from analysis.phase_map.space import Space
from operations.results.coexistence import phase_of
from operations.rounds import ledger
from operations.rounds.candidates import Candidates
from operations.rounds.due import signature
from operations.rounds.knowledge import Knowledge
from operations.rounds.ledger import Round, Shares
from operations.rounds.propose import BUDGET, NOTHING_LEFT

#: Why a campaign stops, beside what `propose` knows.
KNOWN, NO_LINE = "the line is known", "one phase is the lower one everywhere"
#: Width at which it stops unless the file says, in units of the ranges of the axes.
WIDTH = 0.02
#: Distance to all that were looked at, in the same units, from which on nothing is known: before a
#: campaign stops such points are looked at, for a line may turn back, or be another one.
FAR = 0.3
#: Probability of the lower phase at every point from which on there is no line.
SURE = 0.99
#: Axes along which the derivative of the Gibbs energy over kT is known: v/kT along the pressure,
#: -h/(kT)² along kT (Gibbs and Helmholtz); and the factor of the quantity of a particle, of kT.
SLOPES: tuple[tuple[str, str, Callable[[float], float]], ...] = (
    ("method.pressure", "volume", lambda kT: 1.0 / kT),
    ("method.kT", "enthalpy", lambda kT: -1.0 / kT**2),
)


def map_of(candidates: Candidates, knowledge: Knowledge) -> tuple[Space, PhaseMap]:
    """Which phase has the lower Gibbs energy at each point, as far as it is known."""
    space = Space.of(candidates.values, candidates.varied)
    process = _process(candidates, knowledge, space)
    return space, _map(candidates, space, process)


def propose(
    candidates: Candidates, rounds: Sequence[Round], knowledge: Knowledge, lanes: int
) -> Round:
    """The next round; parameters as those of `propose.propose`."""
    sample = candidates.sample
    assert sample.adaptive is not None
    batch = sample.batch or lanes
    seen = knowledge.labels
    gone = {*seen, *knowledge.pending}
    left = sample.adaptive - len(ledger.chosen(rounds))
    space = Space.of(candidates.values, candidates.varied)
    if space.n_groups > 1 or not space.axes:
        raise ValueError(
            "sample.phases: a line is looked for along axes of numbers, which all points have; got"
            f" {', '.join(candidates.varied) or 'none'}"
        )
    jobs = _jobs(candidates)
    taken = [place for place, pair in enumerate(jobs) if gone.issuperset(pair)]

    def proposal(places: Sequence[int], why: str, stop: str, process: Difference | None) -> Round:
        phases = None if process is None else _map(candidates, space, process)
        pairs = [jobs[place] for place in places[: left // 2]]
        names = [name for pair in pairs for name in pair if name not in gone]
        return Round(
            round=len(rounds),
            file=signature(candidates.header),
            labels=ledger.changes(rounds, seen),
            others={},
            seen=ledger.digest(seen),
            pending=sorted(knowledge.pending),
            batch=batch,
            chosen=[(name, why) for name in names],
            agreement=None if phases is None else round(phases.agreement, 4),
            lengths={} if phases is None else {str(g): list(v) for g, v in phases.lengths.items()},
            stop=stop,
            width=None if process is None else _width(space, process),
        )

    n_first = max(sample.begin // 2, 1)
    process = _process(candidates, knowledge, space)
    if left < 2:
        return proposal([], "", BUDGET, process)
    if process is None or (not rounds and len(taken) < n_first):
        # where no pair has held there may be one elsewhere
        n = n_first if not rounds else n_first + len(taken)
        first = [one.place for one in spread(space, n, taken, sample.seed)][:n_first]
        return proposal(first, BEGIN, "" if first else NOTHING_LEFT, process)
    width = _width(space, process)
    limit = sample.width or WIDTH
    before = rounds[-1].width if rounds else None
    stop = ""
    if width is None and (_map(candidates, space, process).certainty > SURE).all():
        stop = NO_LINE
    elif width is not None and before is not None and max(width, before) <= limit:
        stop = KNOWN
    if stop:
        waiting = {candidates.places[name] for name in knowledge.pending}
        far = _far(space, {*taken, *waiting}, max(min(batch, left) // 2, 1))
        return proposal(far, EXPLORE if far else "", "" if far else stop, process)
    free = np.ones(len(space.points), dtype=bool)
    free[taken] = False
    expecting = process
    for place in sorted({candidates.places[name] for name in knowledge.pending}):
        expecting = expecting.supposing(space.points[place], process.error)
    with threadpool_limits(1):
        places = expecting.next(space.points, free, max(min(batch, left) // 2, 1))
    return proposal(places, BOUNDARY, "" if places else NOTHING_LEFT, process)


def _jobs(candidates: Candidates) -> list[tuple[str, str]]:
    """The jobs of both phases at each point.

    Raises
    ------
    ValueError
        Where a candidate is no free energy of one of them at a pressure, or not the only one.
    """
    phases = candidates.sample.phases
    assert phases is not None
    pairs = []
    for names in candidates.replicas:
        here: dict[str, str] = {}
        for name in names:
            point = candidates.by_id[name].statepoint
            method = point["method"]
            if method["name"] != "free_energy" or "pressure" not in method:
                raise ValueError(
                    f"sample.phases: {name} is a job of method {method['name']}; expected"
                    " free_energy at a pressure"
                )
            other = here.setdefault(phase_of(point), name)
            if other != name:
                raise ValueError(
                    f"sample.phases: {other} and {name} are free energies of {phase_of(point)} at"
                    " one point; expected one"
                )
        if set(here) != set(phases):
            raise ValueError(
                f"sample.phases: got {', '.join(phases)}; at one point are jobs of"
                f" {', '.join(sorted(here))}"
            )
        pairs.append((here[phases[0]], here[phases[1]]))
    return pairs


@threadpool_limits.wrap(limits=1)
def _process(candidates: Candidates, knowledge: Knowledge, space: Space) -> Difference | None:
    """What the finished pairs say of the difference of both phases, over kT; None where there is
    none."""
    values, slopes = [], []
    for place, names in enumerate(_jobs(candidates)):
        pair = [knowledge.labels.get(name, {}) for name in names]
        if not all("energy" in one for one in pair):
            continue
        kT = candidates.by_id[names[0]].statepoint["method"]["kT"]
        values.append((place, VALUE, *(x / kT for x in _between(pair, "energy"))))
        for axis, key, factor in SLOPES:
            if axis in space.axes and all(key in one for one in pair):
                number = candidates.varied.index(axis)
                unit = _unit([point[number] for point in candidates.values], axis, place)
                value, error = (unit * factor(kT) * x for x in _between(pair, key))
                slopes.append((place, space.axes.index(axis), value, abs(error)))
    if not values:
        return None
    columns = zip(*values, *slopes, strict=True)
    places, kinds, means, errors = (np.array(one) for one in columns)
    return Difference.fit(Seen(space.points[places], kinds, means, errors))


def _between(pair: Sequence[Shares], key: str) -> tuple[float, float]:
    """What the first phase has more than the second, and the error."""
    a, b = pair
    return a[key] - b[key], float(np.hypot(a[f"{key}_error"], b[f"{key}_error"]))


def _unit(column: Sequence[float], axis: str, place: int) -> float:
    """By how much the value of a point grows along its axis in units of its range."""
    scale = Scale.of(column, axis)
    grows = column[place] * np.log(10.0) if scale.kind == "log" else 1.0
    return float(np.ptp(scale.coordinates) * grows)


def _map(candidates: Candidates, space: Space, process: Difference | None) -> PhaseMap:
    assert candidates.sample.phases is not None
    a, b = candidates.sample.phases
    half = np.full(len(space.points), 0.5)
    lower = half if process is None else process.lower(space.points)
    lengths = {} if process is None else {0: process.lengths}
    return PhaseMap((a, b), np.column_stack([lower, 1.0 - lower]), lengths, 0.0)


def _width(space: Space, process: Difference) -> float | None:
    """The largest of the widths at points beside the line; None where there is no line."""
    mean, _ = process.predict(space.points)
    # the line passes nearer to a point than the nearest other one is away
    near = np.abs(mean) < process.steepness(space.points) * _spacing(space)
    if not near.any() or mean.min() * mean.max() > 0.0:
        return None
    return float(f"{process.widths(space.points[near]).max():.3g}")


def _far(space: Space, looked: set[int], most: int) -> list[int]:
    """Points further than `FAR` from all others that are looked at, the furthest first."""
    apart = np.full(len(space.points), np.inf)
    for place in sorted(looked):
        apart = np.minimum(apart, np.linalg.norm(space.points - space.points[place], axis=1))
    found: list[int] = []
    while len(found) < most and (apart > FAR).any():
        found.append(int(apart.round(DIGITS).argmax()))
        step = np.linalg.norm(space.points - space.points[found[-1]], axis=1)
        apart = np.minimum(apart, step)
    return found


def _spacing(space: Space) -> float:
    """Distance of points next to each other, the largest along the axes."""
    steps = [np.diff(np.unique(column.round(9))) for column in space.points.T]
    return float(max(step.max() for step in steps))
