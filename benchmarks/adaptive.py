"""How many runs a phase diagram takes: rounds as this program proposes them, beside other ways.

    python -m benchmarks.adaptive [--seeds 8] [--only FAMILY …] [--ways WAY …] [--noise]

Each way sees the same diagrams, whose phases are known everywhere (`adaptive_diagrams.py`), through
the same first 16 points, in batches of 8, and is asked after each what is where. Printed is after
how many runs 95 % of the grid are right for the first time: median, and range over the seeds.

| way | next points | what is where |
|---|---|---|
| rounds | `analysis.phase_map.design` | `analysis.phase_map.phases` |
| label propagation (Terayama et al. 2019) | least confident | the same |
| nimo (PDC), where `ADAPTIVE_NIMO` names a Python that has it | the same | the same |
| random forest | least margin | the same |
| Sobol, map | a Sobol sequence | `analysis.phase_map.phases` |
| Sobol, random | a sequence; any | the nearest run |
| grid | regular grids of more and more points | the nearest run |
"""

from __future__ import annotations

import argparse
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from benchmarks.adaptive_diagrams import Diagram, Laboratory, lennard_jones_gauss, random_diagram
from benchmarks.adaptive_ways import BATCH, BEGIN, Rounds, Way, chosen

ENOUGH = 0.95
NEVER = math.inf


@dataclass
class Course:
    """How one way fares on one diagram.

    Attributes
    ----------
    runs : list of int
    right : list of float
        Share of the points of the grid that is right after so many runs.
    expected : list of float
        Agreement that was expected then; empty for those who do not say.
    phases : list of int
        Phases that have been seen by then.
    """

    runs: list[int] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    expected: list[float] = field(default_factory=list)
    phases: list[int] = field(default_factory=list)

    def until(self, right: float = ENOUGH) -> float:
        """Runs until so much is right."""
        return next((n for n, a in zip(self.runs, self.right, strict=True) if a >= right), NEVER)

    def until_all(self, n_phases: int) -> float:
        """Runs until so many phases have been seen."""
        pairs = zip(self.runs, self.phases, strict=True)
        return next((n for n, seen in pairs if seen >= n_phases), NEVER)

    def stop(self, until: float = ENOUGH) -> int | None:
        """Which round the stop rule ends at: so much expected, two rounds running."""
        pairs = zip(self.expected, self.expected[1:], strict=False)
        return next((k + 1 for k, pair in enumerate(pairs) if min(pair) >= until), None)


@dataclass(frozen=True)
class Family:
    """A kind of diagrams, and how they are looked at.

    Attributes
    ----------
    make : callable
        The diagram of a seed.
    most : int
        Runs after which nobody goes on.
    begin, batch : int
    """

    make: Callable[[int], Diagram]
    most: int
    begin: int = BEGIN
    batch: int = BATCH


def course(way: Way, laboratory: Laboratory, most: int, whole: bool = True) -> Course:
    """Run a way on a diagram: so many runs, or only until enough is right."""
    diagram, made = way.diagram, Course()
    truth = diagram.phase.astype(str)
    while True:
        way.look(laboratory)
        right = float((way.read() == truth).mean())
        made.runs.append(len(way.places))
        made.right.append(right)
        made.phases.append(len(set(way.labels) - {"failed", "unknown"}))
        expected = way.expected()
        if expected is not None:
            made.expected.append(expected)
        if len(way.places) >= most or (not whole and right >= ENOUGH):
            return made
        chosen = way.choose()
        if not chosen:
            return made
        way.places += chosen


def regular(diagram: Diagram) -> float:
    """Runs of the coarsest regular grid that, read at the nearest run, is right enough."""
    n = diagram.shape[0]
    for side in range(2, n + 1):
        steps = np.unique(np.round(np.linspace(0, n - 1, side)).astype(int))
        index = np.stack(np.meshgrid(*(steps for _ in diagram.shape), indexing="ij"), -1).reshape(
            -1, len(diagram.shape)
        )
        places = np.ravel_multi_index(tuple(index.T), diagram.shape)
        way = Way(diagram, 0)
        way.places, way.labels = list(places), list(diagram.phase[places].astype(str))
        if (way.nearest() == diagram.phase.astype(str)).mean() >= ENOUGH:
            return float(len(places))
    return NEVER


def families() -> dict[str, Family]:
    """The kinds of diagrams."""
    lattice = lennard_jones_gauss()
    return {
        "Lennard-Jones-Gauss": Family(lambda seed: lattice, 160),
        "random 1D": Family(lambda seed: random_diagram((200,), 4, 4000 + seed, 0.15), 40, 6, 2),
        "random 2D": Family(lambda seed: random_diagram((40, 40), 3 + seed % 4, 1000 + seed), 200),
        "rare phases": Family(
            lambda seed: random_diagram((40, 40), 6, 2000 + seed, least=0.01), 160
        ),
        "random 3D": Family(lambda seed: random_diagram((12, 12, 12), 4, 3000 + seed, 0.5), 200),
    }


def shown(values: Sequence[float]) -> str:
    """Median and range."""
    text = [f"{v:.0f}" if math.isfinite(v) else "never" for v in sorted(values)]
    median = float(np.median(values))
    middle = f"{median:.0f}" if math.isfinite(median) else "never"
    return f"{middle} ({text[0]} to {text[-1]})"


def clean(names: Sequence[str], ways: Sequence[str], seeds: int) -> Iterator[str]:
    """Without noise: runs until enough is right, and until every phase has been seen."""
    for name_of, family in families().items():
        if names and name_of not in names:
            continue
        diagrams = [family.make(seed) for seed in range(seeds)]
        yield f"{name_of}: {len(diagrams[0].points)} points"
        for name, kind in chosen(ways):
            begin = time.monotonic()
            courses = [
                course(
                    kind(diagram, seed, family.begin, family.batch),
                    Laboratory(diagram),
                    family.most,
                    kind is Rounds,
                )
                for seed, diagram in enumerate(diagrams)
            ]
            seconds = (time.monotonic() - begin) / sum(len(one.runs) for one in courses)
            enough = shown([one.until() for one in courses])
            every = [
                one.until_all(int((diagram.shares >= 0.01).sum()))
                for one, diagram in zip(courses, diagrams, strict=True)
            ]
            line = f"  {name:18} {enough:22} all phases {shown(every):22} {seconds:.2f} s a round"
            if kind is Rounds:
                line += f"  {honesty(courses)}"
            yield line
        yield f"  {'grid':18} {shown([regular(diagram) for diagram in diagrams])}"


def honesty(courses: Sequence[Course], after: int = 3) -> str:
    """How far the expected agreement is from the true one, and whether the stop rule is right."""
    off = np.concatenate(
        [np.array(one.expected[after:]) - np.array(one.right[after:]) for one in courses]
    )
    stops = [(one, one.stop()) for one in courses]
    ended = [one.right[at] for one, at in stops if at is not None]
    good = sum(right >= ENOUGH - 0.02 for right in ended)
    return (
        f"expected − true {off.mean():+.3f} ± {off.std():.3f}, within 0.02 in"
        f" {(abs(off) <= 0.02).mean():.0%} of rounds; stopped in {len(ended)} of {len(stops)},"
        f" rightly (true ≥ {ENOUGH - 0.02:.2f}) in {good}"
    )


def noisy(ways: Sequence[str], seeds: int, most: int = 160) -> Iterator[str]:
    """With noise: soft boundaries, 2 % wrong, 3 % unknown, 2 % failed."""
    noise = {"temperature": 0.05, "wrong": 0.02, "unknown": 0.03, "failed": 0.02}
    for family in ("Lennard-Jones-Gauss", "random 2D"):
        make = families()[family].make
        yield f"{family}, noisy labels: share that is right after 48, 96, 160 runs"
        for name, kind in chosen(ways):
            courses = []
            for seed in range(seeds):
                diagram = make(seed)
                laboratory = Laboratory(diagram, seed=seed, **noise)
                courses.append(course(kind(diagram, seed), laboratory, most))
            at = [[one.right[one.runs.index(n)] for one in courses] for n in (48, 96, 160)]
            text = "  ".join(f"{np.median(v):.3f} ({min(v):.3f} to {max(v):.3f})" for v in at)
            yield f"  {name:18} {text}" + (f"  {honesty(courses)}" if kind is Rounds else "")


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--only", nargs="*", default=[], help="names of families")
    parser.add_argument("--ways", nargs="*", default=[], help="names of ways")
    parser.add_argument("--noise", action="store_true", help="with noisy labels")
    told = parser.parse_args()
    warnings.simplefilter("ignore")  # that an iteration did not converge
    cleanly = partial(clean, told.only)
    for line in (noisy if told.noise else cleanly)(told.ways, told.seeds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
