"""Method `genetic`: evolutionary search for the crystals of lowest enthalpy.

A generation is parents and their children, all relaxed; the best distinct ones are the next
parents. After A. R. Oganov and C. W. Glass, J. Chem. Phys. 124, 244704 (2006).
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from operations.interactions.building_blocks import type_shapes
from operations.interactions.pair_functions import PairFunction, pair_functions
from operations.jobs.driver import Task
from operations.jobs.result import Result
from operations.jobs.seeds import generator
from operations.methods.crystal_report import report
from operations.methods.generations import Generation
from operations.search.bodies import Bodies
from operations.search.body_crystals import expect_bodies
from operations.search.building_blocks import bodies_of
from operations.search.expected_volume import Expected, expect
from operations.search.kernels import Kernel, make_kernel
from operations.search.lbfgs import Outcome
from operations.search.minima import By, Found, Minima, heights, niches
from operations.search.minimise import Minimum
from operations.search.relax import device_of, relax
from operations.search.scales import length_and_energy
from operations.search.variation import Variation
from operations.search.wells import refuse_sunken_wells
from workspace_schema.methods.genetic import Genetic as Parameters
from workspace_schema.statepoint import StatePoint

#: What a finished search leaves, so that it can be lengthened.
SEARCH = "generations.npz"
#: Root mean square gradients, in units of expected energy over expected distance: of candidates,
#: and of the structures given in the end.
TOLERANCE, FINAL_TOLERANCE = 1e-4, 1e-9
#: Structures relaxed tightly beyond those asked for, because some turn out to be the same.
SPARE = 5
#: Evaluations after which a relaxation is given up.
LONGEST = 1500
#: Volumes beyond this, relative to the one expected, have flown apart.
TOO_LARGE = 20.0
#: Fingerprints closer than this share one place in the population.
NICHE = 0.04
#: Candidates of the first generation, relative to the population, before it is given up.
PATIENCE = 4
#: The search fails where more than this part of the first candidates collapses.
MOST_COLLAPSED = 0.3


class Genetic:
    """The search, driven by `operations.jobs.driver`; one step is one generation.

    Parameters
    ----------
    task : Task
    functions : mapping of (int, int) to PairFunction, optional
        In place of the potential of the state point: of a design, which tries many.
    """

    unit = "generations"
    #: What is kept between two steps, and whether it is of clusters.
    kind: type[Generation] = Generation
    _open = False

    def __init__(
        self, task: Task, functions: Mapping[tuple[int, int], PairFunction] | None = None
    ) -> None:
        self._task = task
        point = StatePoint.read(task.statepoint, task.extent)
        if not isinstance(point.method, Parameters):
            raise ValueError(f"method is {point.method.name!r}, expected genetic")
        self._parameters = point.method
        self._dimensions = point.system.dimensions
        particles, types = point.system.particles or {}, point.system.types
        self._counts = np.array([particles[name] for name in types], dtype=np.int64)
        self._free = point.method.composition == "free"
        self._by: By = "hull" if self._free else "enthalpy"
        if functions is None and point.potential is not None:
            functions = pair_functions(point.potential, types, task.root)
        functions = functions or {}
        if functions:
            refuse_sunken_wells(functions, types)
        self._functions = functions
        self._device = device_of(task)
        self._kernel: Kernel | Bodies
        shapes = None
        if point.system.building_blocks:
            self._kernel = bodies_of(point, task.root)
            shapes = tuple(shape.to_gsd() for shape in type_shapes(point.system))
        else:
            self._kernel = make_kernel(functions)
        self._variation = Variation(
            self._kernel,
            self._counts,
            types,
            self._dimensions,
            self._free,
            point.method.tournament,
            point.method.variation.model_dump(),
            shapes,
        )

    # Verbs of the driver

    def start(self) -> Generation:
        """Scales of the crystal, or the search that is lengthened."""
        finished = self._task.folder / SEARCH
        if finished.exists():
            return self.load(finished)
        random = generator(self._task.seed, "genetic")
        expected = self._expected(random)
        return self.kind([], self.hall(), random, expected, evaluations=expected.evaluations)

    def step(self, state: Generation) -> Generation:
        """One generation."""
        begin = time.monotonic()
        size = self._parameters.population
        tries = size if state.population else PATIENCE * size
        parents = [one.configuration for one in state.population]
        children: list[Found] = []
        while tries and len(children) < size:
            drawn = [
                self._variation.candidate(parents, state.expected, state.random)
                for _ in range(min(tries, size - len(children)))
            ]
            minima = self._relaxed([one for one, _, _ in drawn], state.expected)
            for (_, origin, spent), minimum in zip(drawn, minima, strict=True):
                child = self._judged(state, minimum, origin, spent)
                children += [child] if child else []
            tries -= len(drawn)
        if not state.population:
            self._check_first(state, children)
        before = list(state.hall.found)
        state.hall.take(children)
        progressed = self._progressed(before, state.hall.found)
        state.population = niches([*state.population, *children], self._by, size, NICHE)
        state.stagnant = 0 if progressed else state.stagnant + 1
        state.generation += 1
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: Generation) -> bool:
        """Whether a criterion to stop is met."""
        return self._stopped_by(state) is not None

    def save(self, state: Generation, path: Path) -> None:
        """Write a checkpoint."""
        state.save(path)

    def load(self, path: Path) -> Generation:
        """Read a checkpoint."""
        return self.kind.load(path, self.hall())

    def progress(self, state: Generation) -> tuple[float, float, float, str]:
        """Generations done, at most, and the best so far."""
        best = state.hall.best
        detail = "" if best is None else f"best {best.enthalpy:.6g}"
        return state.generation, self._parameters.generations, 1.0, detail

    def rescue(self, state: Generation) -> None:
        """Nothing explodes here."""

    def finish(self, state: Generation) -> Result:
        """Write the structures and the search."""
        state.save(self._task.folder / SEARCH)
        begin = time.monotonic()
        structures, evaluations = self.structures(state)
        values = heights(structures, self._by)
        above = "above_hull" if self._free else "above_best"
        rows = report(
            self._task.folder, structures, values if self._free else values - values[0], above
        )
        best = structures[0]
        result = Result.of_search(
            energy_per_particle=best.energy,
            enthalpy_per_particle=best.enthalpy,
            number_density=best.configuration.number_density,
            pressure=self._parameters.pressure,
            n_particles=best.configuration.n_particles,
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds + time.monotonic() - begin, 3),
            energy_evaluations=state.evaluations + evaluations,
            device=self._device,
        )
        return result.more(
            space_group=rows[0]["space_group"],
            prototype=rows[0]["prototype"],
            structures=rows,
            generations=state.generation,
            stopped_by=self._stopped_by(state),
            quenches=state.relaxations,
            outcomes=state.outcomes,
        )

    # Details

    def hall(self) -> Minima:
        """A hall of fame with nothing in it."""
        return Minima(self._by, most=2 * self._parameters.hall_of_fame + SPARE)

    def _expected(self, random: np.random.Generator) -> Expected:
        """Scales of the crystal."""
        pressure, d = self._parameters.pressure, self._dimensions
        if isinstance(self._kernel, Bodies):
            return expect_bodies(self._kernel, self._counts, pressure, d)
        distance, _ = length_and_energy(self._functions.values(), pressure, d)
        return expect(self._kernel, self._counts, pressure, d, distance, random)

    def _relaxed(
        self,
        configurations: list[Configuration],
        expected: Expected,
        tolerance: float = TOLERANCE,
        longest: int = LONGEST,
    ) -> list[Minimum]:
        length = expected.volume ** (1.0 / self._dimensions)
        return relax(
            self._kernel,
            configurations,
            None if self._open else self._parameters.pressure,
            tolerance=tolerance * expected.energy / length,
            max_step=0.4 * length,
            max_evaluations=longest,
            device=self._device,
        )

    def _judged(self, state: Generation, minimum: Minimum, origin: str, spent: int) -> Found | None:
        """What a candidate has become, made with `spent` evaluations; None, and a note why, where
        that is no crystal."""
        state.relaxations += 1
        state.evaluations += spent + minimum.evaluations
        pressure, n = self._parameters.pressure, minimum.configuration.n_particles
        outcome, found = minimum.outcome.name.lower(), None
        # A crystal may come to rest at a kink of the energy, stuck above the tolerance.
        if minimum.outcome in (Outcome.CONVERGED, Outcome.STUCK):
            volume = minimum.configuration.volume / n
            if not self._open and volume > TOO_LARGE * state.expected.volume:
                outcome = "dispersed"
            elif pressure == 0.0 and not minimum.energy < 0.0:
                outcome = "unbound"
            else:
                found = Found(
                    minimum.configuration,
                    minimum.energy / n,
                    math.nan if self._open else pressure,
                    1,
                    state.evaluations,
                    state.relaxations,
                    state.generation,
                    origin,
                )
                if not np.isfinite(found.fingerprint).all():
                    outcome, found = "collapsed", None
        state.outcomes[outcome] = state.outcomes.get(outcome, 0) + 1
        return found

    def _progressed(self, before: list[Found], after: list[Found]) -> bool:
        """Whether the search has found something better."""
        if not before or not after:
            return bool(after)
        least = 1e-6 * (1e-3 + max(abs(one.enthalpy) for one in (*before, *after)))
        if not self._free:
            least = 1e-6 * (1e-3 + abs(before[0].enthalpy))
            return after[0].enthalpy < before[0].enthalpy - least
        raised = heights([*before, *after], self._by)[: len(before)]
        return bool((raised > heights(before, self._by) + least).any())

    def _check_first(self, state: Generation, children: list[Found]) -> None:
        """Raise ValueError where random crystals do not relax to crystals."""
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(state.outcomes.items()))
        collapsed = state.outcomes.get("collapsed", 0) / state.relaxations
        if len(children) >= 2 and collapsed <= MOST_COLLAPSED:
            return
        what = (
            "no lower bound to the energy, or a false inner well"
            if collapsed > MOST_COLLAPSED
            else f"nothing that holds a crystal together at pressure {self._parameters.pressure:g}"
        )
        raise ValueError(f"potential has {what}: of {state.relaxations} random crystals {outcomes}")

    def _stopped_by(self, state: Generation) -> str | None:
        parameters = self._parameters
        if state.generation >= parameters.generations:
            return "generations"
        if state.stagnant >= parameters.stagnation:
            return "stagnation"
        budget = parameters.max_energy_evaluations
        return "max_energy_evaluations" if budget and state.evaluations >= budget else None

    def structures(self, state: Generation) -> tuple[list[Found], int]:
        """The hall of fame, tightly relaxed, and evaluations spent."""
        tight: list[Found] = []
        evaluations = 0
        crystals = [one.configuration for one in state.hall.found]
        minima = self._relaxed(crystals, state.expected, FINAL_TOLERANCE, 4 * LONGEST)
        for one, found in zip(state.hall.found, minima, strict=True):
            evaluations += found.evaluations
            if found.outcome not in (Outcome.COLLAPSED, Outcome.DISPERSED):
                energy = found.energy / found.configuration.n_particles
                tight.append(replace(one, configuration=found.configuration, energy=energy))
        if not tight:
            raise ValueError("no structure of the hall of fame relaxes to the final tolerance")
        distinct = Minima(self._by, most=self._parameters.hall_of_fame)
        distinct.take(tight)
        return distinct.found, evaluations
