"""By ground state: linear programs against competitors that genetic searches find.

One step is one generation of a search, or the linear program with what a search has found. Of
mixtures the target must be on the convex hull: below every combination of other crystals with its
composition. So the program has a difference in chemical potential, too, and searches mix freely.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from operations.design.enthalpies import Enthalpies
from operations.design.outcome import conclude, curves, described, tables
from operations.design.stability import lowest_frequency
from operations.jobs.driver import Task
from operations.jobs.files import part_of, replacing
from operations.jobs.result import Result
from operations.methods.crystal_report import report
from operations.methods.generations import Generation
from operations.methods.genetic import Genetic
from operations.search.kernels import make_kernel
from operations.search.minima import Found, Minima
from workspace_schema.methods.design_crystals import GroundState as Parameters
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: A structure is below the target by more than this part of its enthalpy.
BELOW = 1e-7
#: Part of the gap that every crystal that is found must leave.
LEFT = 0.5
#: Gaps smaller than this are none.
LEAST_GAP = 1e-6
#: Smaller ones are said with the verdict: above a hundredth of the unit of energy, a tenth of kT a
#: particle, by which the vibrations of two crystals may well differ, is more.
NARROW = 1e-3
#: Independent searches of each cell.
SEEDS = 3
#: Of each of them.
SEARCH = {"population": 12, "stagnation": 5, "generations": 25, "hall_of_fame": 10}


@dataclass
class State:
    """Where a design is.

    Attributes
    ----------
    competitors : Minima
        Crystals that searches have found below a target, as they were then.
    coefficients : ndarray
        Of the bases, then of each type but the first its chemical potential less that of the first.
    gap : float
        Of the linear program.
    update : int
        Linear programs solved.
    passed : int
        Searches of the present potential that found nothing below the target.
    search : Generation, optional
        The search that is going on.
    best : Minima
        What the searches of the present potential have found.
    history : list of dict
        One for each linear program.
    quenches, evaluations : int
    wall_seconds : float
    """

    competitors: Minima
    best: Minima
    coefficients: FloatArray
    gap: float
    update: int = 0
    passed: int = 0
    search: Generation | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    quenches: int = 0
    evaluations: int = 0
    wall_seconds: float = 0.0


_COUNTERS = ("gap", "update", "passed", "history", "quenches", "evaluations", "wall_seconds")


class GroundState:
    """The design, driven by `operations.jobs.driver`."""

    unit = "searches"

    def __init__(self, task: Task) -> None:
        self._task = task
        point = StatePoint.read(task.statepoint, task.extent)
        assert isinstance(point.method, Parameters)
        self._method, self._system = point.method, point.system
        self._types, self._dimensions = point.system.types, point.system.dimensions
        self._by: Literal["enthalpy", "hull"] = "hull" if len(self._types) > 1 else "enthalpy"
        self._linear = Enthalpies(point)
        self.bases = self._linear.bases
        self._potential = next(iter(self.bases.of.values())).potential

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """The linear program against the prototypes, or the design that is lengthened."""
        earlier = self._task.folder / "design.npz"
        if earlier.exists():
            return self.load(earlier)
        state = State(self._none(), self._none(), np.zeros(self.bases.size), 0.0)
        return self._solved(state)

    def step(self, state: State) -> State:
        """One generation of a search; what it has found, where it is over."""
        begin = time.monotonic()
        search = self._search(state)
        if state.search is None:
            state.search = search.start()
        elif not search.finished(state.search):
            state.search = search.step(state.search)
        else:
            found, evaluations = search.structures(state.search)
            state.evaluations += state.search.evaluations + evaluations
            state.quenches += state.search.relaxations
            state = self._searched(state, found)
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: State) -> bool:
        """Whether nothing is below the target, there is no gap, or the updates are spent."""
        if state.gap < LEAST_GAP or state.passed == self._searches:
            return True
        return state.update > self._method.updates

    def save(self, state: State, path: Path) -> None:
        """Write a checkpoint."""
        counters = {name: getattr(state, name) for name in _COUNTERS}
        arrays: dict[str, Any] = {
            "design": np.array(json.dumps(counters)),
            "coefficients": state.coefficients,
            **state.competitors.to_arrays("competitors"),
            **state.best.to_arrays("best"),
        }
        if state.search is not None:
            arrays |= {f"search_{k}": v for k, v in state.search.to_arrays().items()}
        with replacing(path) as temporary:
            np.savez(temporary, **arrays)

    def load(self, path: Path) -> State:
        """Read a checkpoint."""
        with np.load(path) as saved:
            state = State(
                Minima.from_arrays(self._by, saved, "competitors", most=10_000),
                Minima.from_arrays(self._by, saved, "best", most=10_000),
                saved["coefficients"],
                **json.loads(str(saved["design"])),
            )
            if "search_state" in saved.files:
                inner = part_of(saved, "search_")
                state.search = Generation.from_arrays(inner, self._search(state).hall())
        return state

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Searches passed of those needed, and the gap."""
        detail = f"update {state.update}  gap {state.gap:.4g}"
        return state.passed, self._searches, 1.0, detail

    def rescue(self, state: State) -> None:
        """Nothing explodes here."""

    def finish(self, state: State) -> Result:
        """Write the crystals and the potential; say what was found."""
        folder, pressure = self._task.folder, self._pressure(state)
        self.save(replace(state, search=None), folder / "design.npz")
        target, energy = self._target_found(state)
        distinct = Minima(self._by, most=20)
        distinct.take(
            [target, *state.best.found, *self._linear.lowest_prototypes(state.coefficients)]
        )
        crystals = sorted(
            distinct.found, key=lambda one: self._linear.above(one, state.coefficients)
        )
        heights = np.array([self._linear.above(one, state.coefficients) for one in crystals])
        rows = report(folder, crystals, heights, "above_target")
        others = [
            float(height)
            for one, height in zip(crystals, heights, strict=True)
            if self._linear.share(one.configuration) >= 1.0
        ]
        verdict, reason = self._verdict(state)
        softest = lowest_frequency(
            self.bases, self._linear.own(state.coefficients), self._linear.crystal
        )
        if verdict == "found" and softest < 0.0:
            verdict, reason = "undecided", f"the target is unstable: lowest ω² is {softest:.3g}"
        kernel = make_kernel(self._functions(state))
        summed = target.energy
        direct = kernel.evaluate(self._linear.crystal)[0] / self._linear.crystal.n_particles
        result = Result.of_search(
            energy_per_particle=crystals[0].energy,
            enthalpy_per_particle=crystals[0].enthalpy,
            number_density=crystals[0].configuration.number_density,
            pressure=pressure,
            n_particles=crystals[0].configuration.n_particles,
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds, 3),
            energy_evaluations=state.evaluations,
        )
        found = self.bases.found(self._linear.own(state.coefficients))
        design = {
            "by": "ground_state",
            "target": self._method.target,
            "ground_state": self._words(verdict, min(others, default=state.gap)),
            "gap": state.gap,
            "gap_to_found": min(others, default=None),
            "target_enthalpy": target.enthalpy,
            "target_energy": energy,
            "lattice_sum_error": abs(direct - summed) / max(abs(summed), 1e-300),
            "lowest_frequency_squared": softest,
            "updates": state.update,
            "competitors": len(state.competitors.found),
            "quenches": state.quenches,
            "history": state.history,
            "potential": described(found),
            "curves": curves(found),
        }
        result = result.more(structures=rows)
        return conclude(self._task, result, tables(found), verdict, reason, design)

    # -- the linear program ----------------------------------------------------------------------

    def _solved(self, state: State) -> State:
        """The state after the linear program with all competitors so far."""
        state.coefficients, state.gap = self._linear.widest_gap(state.competitors.found)
        state.update += 1
        state.history.append(
            {
                "update": state.update,
                "gap": state.gap,
                "pressure": self._pressure(state),
                "competitors": len(state.competitors.found),
            }
        )
        return replace(state, passed=0, search=None, best=self._none())

    def _pressure(self, state: State) -> float:
        return self._linear.pressure(state.coefficients)

    # -- searches --------------------------------------------------------------------------------

    @property
    def _searches(self) -> int:
        return SEEDS * len(self._method.cells)

    def _functions(self, state: State) -> dict[tuple[int, int], Any]:
        return self.bases.functions(self._linear.own(state.coefficients))

    def _search(self, state: State) -> Genetic:
        """The search whose turn it is."""
        cells = self._method.cells
        n, seed = cells[state.passed % len(cells)], state.passed // len(cells)
        text = f"{self._task.id} {state.update} {n} {seed}"
        # the program holds it above 0 but for rounding
        method = {"name": "genetic", "pressure": max(self._pressure(state), 0.0)}
        method |= {k: v for k, v in SEARCH.items() if k not in ("generations", "stagnation")}
        if len(self._types) > 1:
            method["composition"] = "free"
        share, rest = divmod(n, len(self._types))
        particles = {name: share + (k < rest) for k, name in enumerate(self._types)}
        statepoint = self._task.statepoint | {
            "system": {"dimensions": self._dimensions, "particles": particles},
            "method": method,
        }
        task = Task(
            hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
            self._task.folder / "search",
            self._task.root,
            statepoint,
            {name: SEARCH[name] for name in ("generations", "stagnation")},
            self._task.settings,
        )
        return Genetic(task, self._functions(state))

    def _searched(self, state: State, found: list[Found]) -> State:
        """The state after a search: its successor's turn, or another potential.

        Crystals below the target are competitors, and those that leave it less than `LEFT` of the
        gap.
        """
        state.best.take(found)
        state.search = None
        least = BELOW * (1.0 + abs(self._linear.enthalpy(state.coefficients)))
        close = [
            one
            for one in found
            if self._linear.above(one, state.coefficients)
            < LEFT * state.gap * self._linear.share(one.configuration) - least
        ]
        if not close:
            state.passed += 1
            return state
        state.competitors.found += [one for one in close if not self._known(state, one)]
        return self._solved(state)

    def _known(self, state: State, found: Found) -> bool:
        """Whether a competitor is listed; fingerprints of particles at one place say nothing."""
        return any(
            found.same(one)
            or (
                self._linear.alike(found.configuration, one.configuration)
                and np.allclose(found.energy, one.energy, rtol=1e-9)
                and np.allclose(
                    found.configuration.number_density, one.configuration.number_density, rtol=1e-9
                )
            )
            for one in state.competitors.found
        )

    # -- what it comes to ------------------------------------------------------------------------

    def _none(self) -> Minima:
        return Minima(self._by, most=10_000)

    def _target_found(self, state: State) -> tuple[Found, float]:
        """The target at its volume, with its energy by the sums."""
        energy = self._linear.energy(state.coefficients)
        return Found(self._linear.crystal, energy, self._pressure(state), origin="target"), energy

    def _verdict(self, state: State) -> tuple[str, str]:
        if state.gap < LEAST_GAP:
            return "not found", (
                f"no {self._potential.shape} potential of {self.bases.size} coefficients up to"
                f" {self._potential.r_cut:g} has this ground state: the gap is {state.gap:.3g}"
            )
        if state.passed < self._searches:
            return "undecided", f"after {state.update} updates searches still find lower crystals"
        return "found", ""

    def _words(self, verdict: str, gap: float) -> str:
        if verdict == "not found":
            return "not"
        words = f"up to {max(self._method.cells)} particles a cell"
        if verdict != "found":
            return f"undecided {words}"
        return f"ground state {words}" + (f", by less than {NARROW:g}" if gap < NARROW else "")
