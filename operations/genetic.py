"""Method `genetic`: evolutionary search for the crystals of lowest enthalpy.

A generation is parents and their children, all relaxed; the best distinct ones are the next
parents. After A. R. Oganov and C. W. Glass, J. Chem. Phys. 124, 244704 (2006).
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations import trajectory
from operations.driver import Task
from operations.files import replacing
from operations.pair_functions import pair_functions
from operations.search.crystal_moves import (
    closest_distance,
    heredity,
    permuted,
    rattled,
    soft_displaced,
    strained,
    transmuted,
)
from operations.search.expected_volume import Expected, expect
from operations.search.export import write_cif, write_extxyz
from operations.search.fingerprint import distance, fingerprint, same_structure
from operations.search.hull import above_hull
from operations.search.kernels import make_kernel
from operations.search.minimise import Minimum, Outcome, minimise
from operations.search.prototypes import prototype_name
from operations.search.random_crystals import random_crystal
from operations.search.scales import length_and_energy
from operations.search.symmetry import find_symmetry
from operations.search.wells import refuse_sunken_wells
from operations.seeds import generator
from workspace_schema.methods.genetic import Genetic as Parameters
from workspace_schema.statepoint import StatePoint

#: Root mean square gradients, in units of expected energy over expected distance: of candidates,
#: and of the structures given in the end.
TOLERANCE, FINAL_TOLERANCE = 1e-4, 1e-9
#: Structures relaxed tightly beyond those asked for, because some turn out to be the same.
SPARE = 5
#: Evaluations after which a relaxation is given up.
LONGEST = 1500
#: Displacements and strain that let a symmetric candidate leave a saddle point.
RATTLE = 0.02
#: Candidates with particles closer than this, in mean distances, are not relaxed.
TOO_CLOSE = 0.3
#: Volumes beyond this, relative to the one expected, have flown apart.
TOO_LARGE = 20.0
#: Fingerprints closer than this share one place in the population.
NICHE = 0.04
#: Candidates of the first generation, relative to the population, before it is given up.
PATIENCE = 4
#: The search fails where more than this part of the first candidates collapses.
MOST_COLLAPSED = 0.3


@dataclass
class Individual:
    """A relaxed crystal.

    Attributes
    ----------
    configuration : Configuration
    energy, enthalpy : float
        Per particle.
    fingerprint : ndarray
    origin : str
        What made it.
    generation, relaxations, evaluations : int
        When it was first met.
    times : int
        How often it was met.
    """

    configuration: Configuration
    energy: float
    enthalpy: float
    fingerprint: NDArray[np.float64]
    origin: str
    generation: int
    relaxations: int
    evaluations: int
    times: int = 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """Particles of each type."""
        n_types = len(self.configuration.type_names)
        return np.bincount(self.configuration.types, minlength=n_types)

    def same(self, other: Individual) -> bool:
        """Whether both are the same structure."""
        return same_structure(self.fingerprint, self.enthalpy, other.fingerprint, other.enthalpy)


@dataclass
class State:
    """A generation.

    Attributes
    ----------
    population, hall : list of Individual
        Best first: parents, and all the best distinct structures met so far.
    random : numpy.random.Generator
    expected : Expected
        Scales of the crystal.
    generation, stagnant, relaxations, evaluations : int
    outcomes : dict of str to int
        What became of the candidates.
    wall_seconds : float
    """

    population: list[Individual]
    hall: list[Individual]
    random: np.random.Generator
    expected: Expected
    generation: int = 0
    stagnant: int = 0
    relaxations: int = 0
    evaluations: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    wall_seconds: float = 0.0


class Genetic:
    """The search, driven by `operations.driver`; one step is one generation."""

    unit = "generations"

    def __init__(self, task: Task) -> None:
        self._task = task
        point = StatePoint.read(task.statepoint, task.extent)
        if not isinstance(point.method, Parameters) or point.potential is None:
            raise ValueError(f"method is {point.method.name!r}, expected genetic with a potential")
        self._parameters = point.method
        self._dimensions = point.system.dimensions
        self._types = point.system.types
        particles = point.system.particles or {}
        self._counts = np.array([particles[name] for name in self._types], dtype=np.int64)
        self._free = point.method.composition == "free"
        self._functions = pair_functions(point.potential, self._types, task.root)
        refuse_sunken_wells(self._functions, self._types)
        self._kernel = make_kernel(self._functions)

    # Candidates

    def _draw_counts(self, random: np.random.Generator) -> NDArray[np.int64]:
        if not self._free:
            return self._counts
        most = int(self._counts.sum())
        total = int(random.integers((most + 1) // 2, most + 1))
        shares = random.dirichlet(np.full(len(self._counts), 0.7))
        return random.multinomial(total, shares)

    def _fresh(self, state: State) -> Configuration:
        counts = self._draw_counts(state.random)
        volume = state.expected.volume * counts.sum()
        return random_crystal(
            *(counts, self._types, volume, state.expected.apart, self._dimensions, state.random)
        )

    def _parent(self, state: State) -> Configuration:
        """The best of a few."""
        size = len(state.population)
        drawn = state.random.integers(size, size=self._parameters.tournament)
        return state.population[int(drawn.min())].configuration

    def _candidate(self, state: State) -> tuple[Configuration, str]:
        random, variation = state.random, self._parameters.variation
        weights = variation.model_dump()
        if len(self._types) < 2:
            weights["permutation"] = 0.0
        if not self._free:
            weights["transmutation"] = 0.0
        if not state.population:
            weights = {"fresh": 1.0}
        names = list(weights)
        share = np.array(list(weights.values()))
        origin = names[int(random.choice(len(names), p=share / share.sum()))]
        if origin == "fresh":
            candidate = self._fresh(state)
        elif origin == "heredity":
            counts = None if self._free else self._counts
            for _ in range(10):
                candidate = heredity(self._parent(state), self._parent(state), counts, random)
                if candidate.n_particles <= self._counts.sum() and (
                    closest_distance(candidate) > TOO_CLOSE
                ):
                    break
            else:
                candidate, origin = self._fresh(state), "fresh"
        elif origin == "soft_displacement":
            candidate, evaluations = soft_displaced(self._kernel, self._parent(state), random)
            state.evaluations += evaluations
        else:
            vary = {"strain": strained, "permutation": permuted, "transmutation": transmuted}
            candidate = vary[origin](self._parent(state), random)
        return rattled(candidate, RATTLE, random), origin

    def _minimise(
        self, configuration: Configuration, expected: Expected, tolerance: float, longest: int
    ) -> Minimum:
        length = expected.volume ** (1.0 / self._dimensions)
        return minimise(
            *(self._kernel, configuration, self._parameters.pressure),
            tolerance=tolerance * expected.energy / length,
            max_step=0.4 * length,
            max_evaluations=longest,
        )

    def _relaxed(self, state: State, candidate: Configuration, origin: str) -> Individual | None:
        """The minimum below a candidate; None, and a note why, where there is no crystal."""
        found = self._minimise(candidate, state.expected, TOLERANCE, LONGEST)
        state.relaxations += 1
        state.evaluations += found.evaluations
        n = candidate.n_particles
        outcome = found.outcome.name.lower()
        individual = None
        # A step at the cut-off may be where a crystal comes to rest, stuck above the tolerance.
        if found.outcome in (Outcome.CONVERGED, Outcome.STUCK):
            volume = found.configuration.volume / n
            if volume > TOO_LARGE * state.expected.volume:
                outcome = "dispersed"
            elif self._parameters.pressure == 0.0 and not found.energy < 0.0:
                outcome = "unbound"
            else:
                individual = Individual(
                    *(found.configuration, found.energy / n, found.enthalpy / n),
                    *(fingerprint(found.configuration), origin, state.generation),
                    *(state.relaxations, state.evaluations),
                )
                if not np.isfinite(individual.fingerprint).all():
                    outcome, individual = "collapsed", None
        state.outcomes[outcome] = state.outcomes.get(outcome, 0) + 1
        return individual

    # Selection

    def _ranked(self, individuals: list[Individual]) -> list[Individual]:
        """Best first: by enthalpy, or by enthalpy above the convex hull."""
        if not individuals:
            return []
        values = np.array([each.enthalpy for each in individuals])
        if self._free:
            counts = np.array([each.counts for each in individuals])
            values = above_hull(counts, values, self._bound())
        return [individuals[k] for k in np.argsort(values, kind="stable")]

    def _bound(self) -> float | None:
        """Enthalpy of separated particles."""
        return 0.0 if self._parameters.pressure == 0.0 else None

    def _select(self, individuals: list[Individual]) -> list[Individual]:
        """The best, one of each niche."""
        kept: list[Individual] = []
        for each in self._ranked(individuals):
            if len(kept) == self._parameters.population:
                break
            near = [
                other
                for other in kept
                if other.fingerprint.shape == each.fingerprint.shape
                and abs(other.enthalpy - each.enthalpy) < 0.01 * (1e-3 + abs(each.enthalpy))
            ]
            if near:
                table = np.array([other.fingerprint for other in near])
                if distance(each.fingerprint, table).min() < NICHE:
                    continue
            kept.append(each)
        return kept

    def _remember(self, hall: list[Individual], individuals: list[Individual]) -> list[Individual]:
        """Hall of fame with new structures taken in."""
        hall = list(hall)
        for each in individuals:
            for k, known in enumerate(hall):
                if known.same(each):
                    better = each if each.enthalpy < known.enthalpy else known
                    hall[k] = replace(
                        *(known,),
                        configuration=better.configuration,
                        energy=better.energy,
                        enthalpy=better.enthalpy,
                        fingerprint=better.fingerprint,
                        times=known.times + each.times,
                    )
                    break
            else:
                hall.append(each)
        return self._ranked(hall)[: 2 * self._parameters.hall_of_fame + SPARE]

    def _progressed(self, before: list[Individual], after: list[Individual]) -> bool:
        """Whether the search has found something better."""
        if not before or not after:
            return bool(after)
        if not self._free:
            least = 1e-6 * (1e-3 + abs(before[0].enthalpy))
            return after[0].enthalpy < before[0].enthalpy - least
        counts = np.array([each.counts for each in (*before, *after)])
        values = np.array([each.enthalpy for each in (*before, *after)])
        height = above_hull(counts, values, self._bound())[: len(before)]
        alone = above_hull(counts[: len(before)], values[: len(before)], self._bound())
        return bool((height > alone + 1e-6 * (1e-3 + np.abs(values).max())).any())

    # Verbs of the driver

    def start(self) -> State:
        """Scales of the crystal; the first generation comes with the first step."""
        random = generator(self._task.seed, "genetic")
        pressure, d = self._parameters.pressure, self._dimensions
        distance, _ = length_and_energy(self._functions.values(), pressure, d)
        expected = expect(self._kernel, self._counts, pressure, d, distance, random)
        return State([], [], random, expected, evaluations=expected.evaluations)

    def step(self, state: State) -> State:
        """One generation."""
        begin = time.monotonic()
        size = self._parameters.population
        tries = size if state.population else PATIENCE * size
        children: list[Individual] = []
        for _ in range(tries):
            child = self._relaxed(state, *self._candidate(state))
            if child is not None:
                children.append(child)
            if len(children) == size:
                break
        if not state.population:
            self._check_first(state, children)
        hall = self._remember(state.hall, children)
        progressed = self._progressed(state.hall, hall)
        state.population = self._select([*state.population, *children])
        state.hall = hall
        state.stagnant = 0 if progressed else state.stagnant + 1
        state.generation += 1
        state.wall_seconds += time.monotonic() - begin
        return state

    def _check_first(self, state: State, children: list[Individual]) -> None:
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

    def finished(self, state: State) -> bool:
        """Whether a criterion to stop is met."""
        return self._stopped_by(state) is not None

    def _stopped_by(self, state: State) -> str | None:
        parameters = self._parameters
        if state.generation >= parameters.generations:
            return "generations"
        if state.stagnant >= parameters.stagnation:
            return "stagnation"
        budget = parameters.max_energy_evaluations
        return "max_energy_evaluations" if budget and state.evaluations >= budget else None

    def save(self, state: State, path: Path) -> None:
        """Everything, numbers bit by bit."""
        individuals = [*state.population, *state.hall]
        crystals = [each.configuration for each in individuals]
        notes = [
            {
                key: getattr(each, key)
                for key in (
                    *("energy", "enthalpy", "origin", "generation"),
                    *("relaxations", "evaluations", "times"),
                )
            }
            for each in individuals
        ]
        expected = asdict(state.expected) | {"apart": state.expected.apart.tolist()}
        content = {
            "individuals": notes,
            "in_population": len(state.population),
            "random": state.random.bit_generator.state,
            "expected": expected,
            **{
                key: getattr(state, key)
                for key in (
                    *("generation", "stagnant", "relaxations", "evaluations"),
                    *("outcomes", "wall_seconds"),
                )
            },
        }
        with replacing(path) as temporary:
            np.savez(
                temporary,
                state=json.dumps(content),
                sizes=[crystal.n_particles for crystal in crystals],
                boxes=np.array([crystal.box for crystal in crystals]).reshape(-1, 6),
                positions=np.concatenate([np.zeros((0, 3)), *(c.positions for c in crystals)]),
                types=np.concatenate([np.zeros(0, np.int32), *(c.types for c in crystals)]),
            )

    def load(self, path: Path) -> State:
        """Read a checkpoint."""
        with np.load(path) as file:
            content = json.loads(str(file["state"]))
            boxes, positions, types = file["boxes"], file["positions"], file["types"]
            ends = np.cumsum(file["sizes"])
        individuals = []
        for box, end, size, notes in zip(
            *(boxes, ends, np.diff(ends, prepend=0), content.pop("individuals")), strict=True
        ):
            part = slice(end - size, end)
            configuration = Configuration(
                *(positions[part], box, self._dimensions, types[part], self._types)
            )
            individuals.append(
                Individual(configuration, fingerprint=fingerprint(configuration), **notes)
            )
        random = generator(self._task.seed, "genetic")
        random.bit_generator.state = content.pop("random")
        expected = content.pop("expected")
        expected["apart"] = np.array(expected["apart"])
        first = content.pop("in_population")
        return State(
            *(individuals[:first], individuals[first:], random, Expected(**expected)), **content
        )

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Generations done, at most, and the best so far."""
        best = f"best {state.hall[0].enthalpy:.6g}" if state.hall else ""
        return state.generation, self._parameters.generations, 1.0, best

    def rescue(self, state: State) -> None:
        """Nothing explodes here."""

    def _final(self, state: State) -> list[Individual]:
        """The hall of fame, tightly relaxed."""
        tight: list[Individual] = []
        for each in state.hall:
            found = self._minimise(each.configuration, state.expected, FINAL_TOLERANCE, 4 * LONGEST)
            state.evaluations += found.evaluations
            n = each.configuration.n_particles
            if found.outcome in (Outcome.COLLAPSED, Outcome.DISPERSED):
                continue
            tight.append(
                replace(
                    each,
                    configuration=found.configuration,
                    energy=found.energy / n,
                    enthalpy=found.enthalpy / n,
                    fingerprint=fingerprint(found.configuration),
                )
            )
        if not tight:
            raise ValueError("no structure of the hall of fame relaxes to the final tolerance")
        return self._remember([], tight)[: self._parameters.hall_of_fame]

    def finish(self, state: State) -> dict[str, Any]:
        """Write final.gsd, final.cif and final.extxyz; return the content of result.json."""
        import numba

        begin = time.monotonic()
        pressure = self._parameters.pressure
        stopped_by = self._stopped_by(state)
        individuals = self._final(state)
        heights = np.array([each.enthalpy - individuals[0].enthalpy for each in individuals])
        if self._free:
            counts = np.array([each.counts for each in individuals])
            values = np.array([each.enthalpy for each in individuals])
            heights = above_hull(counts, values, self._bound())
        structures, frames, cells = [], [], []
        for each, height in zip(individuals, heights, strict=True):
            log = {
                "energy_per_particle": each.energy,
                "enthalpy_per_particle": each.enthalpy,
                "pressure": pressure,
            }
            crystal = replace(each.configuration, log=log)
            frames.append(crystal)
            row: dict[str, Any] = {
                "enthalpy_per_particle": each.enthalpy,
                "energy_per_particle": each.energy,
                "above_best" if not self._free else "above_hull": float(height),
                "number_density": crystal.number_density,
                "particles": dict(zip(self._types, each.counts.tolist(), strict=True)),
            }
            try:
                symmetry = find_symmetry(crystal)
            except ValueError:
                row |= {"space_group": None, "prototype": None}
                cells.append(crystal)
            else:
                row |= {
                    "space_group": symmetry.symbol,
                    "space_group_number": symmetry.number,
                    "wyckoff": "".join(symmetry.wyckoff),
                    "primitive_particles": symmetry.primitive.n_particles,
                    "prototype": prototype_name(crystal, symmetry),
                }
                cells.append(replace(symmetry.conventional, log=log))
            row |= {
                "origin": each.origin,
                "first_generation": each.generation,
                "first_quench": each.relaxations,
                "first_energy_evaluations": each.evaluations,
                "times": each.times,
            }
            structures.append(row)
        folder = self._task.folder
        trajectory.write(folder / "final.gsd", enumerate(frames))
        write_extxyz(folder / "final.extxyz", frames)
        write_cif(folder / "final.cif", cells)
        best = individuals[0]
        state.wall_seconds += time.monotonic() - begin
        return {
            "energy_per_particle": best.energy,
            "enthalpy_per_particle": best.enthalpy,
            "number_density": best.configuration.number_density,
            "pressure": pressure,
            "kT": None,
            "n_particles": best.configuration.n_particles,
            "space_group": structures[0]["space_group"],
            "prototype": structures[0]["prototype"],
            "structures": structures,
            "generations": state.generation,
            "stopped_by": stopped_by,
            "quenches": state.relaxations,
            "outcomes": state.outcomes,
            "engine": "numba",
            "engine_version": numba.__version__,
            "device": "cpu",
            "seed": self._task.seed,
            "wall_seconds": round(state.wall_seconds, 3),
            "energy_evaluations": state.evaluations,
        }
