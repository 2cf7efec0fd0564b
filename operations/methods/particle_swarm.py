"""Method `particle_swarm`: structures that fly towards the best that each, and all, have met.

After each flight a structure is relaxed; the worst ones are made anew. J. Kennedy and R. Eberhart,
Proc. IEEE Int. Conf. Neural Networks 4, 1942 (1995); Y. Wang, J. Lv, L. Zhu and Y. Ma, Phys. Rev. B
82, 094116 (2010). What relaxes, judges and keeps is that of the genetic search.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.configuration import Configuration
from operations.jobs.result import Result
from operations.methods.generations import Generation
from operations.methods.genetic import PATIENCE, SEARCH
from operations.methods.search_of_points import SearchOfPoints
from operations.search.expected_volume import CLOSEST, Expected
from operations.search.flights import OF_THE_BOX, flown, towards
from operations.search.minima import Found, Minima
from operations.search.minimise import Minimum
from operations.search.moves import radius, random_cluster
from operations.search.scales import length_and_energy

#: Longest way of a particle in a flight, in units of the distance of neighbours, and of the box in
#: units of its lengths.
LONGEST_WAY, LARGEST_STRAIN = 1.0, 0.3
#: Shortest edge of a box, in units of that distance; volume of a fresh cluster for each particle.
SHORTEST, DILUTE = 0.5, 1.3


@dataclass
class Swarm(Generation):
    """A generation of a swarm; `population` is where the structures are.

    Attributes
    ----------
    best : list of Found
        The best that each has met.
    velocities : ndarray, shape (population, N + 2, 3)
        Their last flights, as `flights.towards` has them.
    """

    best: list[Found] = field(default_factory=list)
    velocities: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 3)))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """See `Generation`."""
        arrays = super().to_arrays() | {"velocities": self.velocities}
        return arrays | Minima(self.hall.by, self.best).to_arrays("best")

    @classmethod
    def from_arrays(cls, saved: Mapping[str, np.ndarray], empty: Minima) -> Swarm:
        """See `Generation`."""
        state = super().from_arrays(saved, empty)
        assert isinstance(state, Swarm)
        state.best = Minima.from_arrays(empty.by, saved, "best").found
        state.velocities = saved["velocities"]
        return state


class ParticleSwarm(SearchOfPoints):
    """See `operations.jobs.driver.Method`; one step is one generation."""

    kind = Swarm

    def step(self, state: Generation) -> Swarm:
        """One generation."""
        assert isinstance(state, Swarm)
        begin = time.monotonic()
        before = list(state.hall.found)
        if state.population:
            self._fly(state)
        else:
            self._gather(state)
        state.hall.take(state.population)
        state.stagnant = 0 if self._progressed(before, state.hall.found) else state.stagnant + 1
        state.generation += 1
        state.wall_seconds += time.monotonic() - begin
        return state

    # Details

    def _expected(self, random: np.random.Generator) -> Expected:
        if not self._open:
            return super()._expected(random)
        distance, depth = length_and_energy(self._functions.values(), None, self._dimensions)
        apart = np.full((len(self._counts),) * 2, CLOSEST * distance)
        return Expected(distance**self._dimensions, depth, apart, 0)

    def _gather(self, state: Swarm) -> None:
        """The first structures."""
        size = self._parameters.population
        found: list[Found] = []
        tries = PATIENCE * size
        while tries and len(found) < size:
            drawn = [self._fresh(state) for _ in range(min(tries, size - len(found)))]
            judged = [self._judged(state, one, "fresh", 0) for one in self._of(state, drawn)]
            found += [one for one in judged if one is not None]
            tries -= len(drawn)
        self._check_first(state, found)
        state.population, state.best = found, list(found)
        state.velocities = np.zeros((len(found), self._counts.sum() + OF_THE_BOX, 3))

    def _fly(self, state: Swarm) -> None:
        """Every structure flies on, or is made anew."""
        leader = min(state.best, key=lambda one: one.enthalpy)
        heights = [one.enthalpy for one in state.best]
        anew = set(np.argsort(heights)[::-1][: int(self._parameters.fresh * len(heights))].tolist())
        drawn = []
        for k, one in enumerate(state.population):
            if k in anew:
                state.velocities[k] = 0.0
                drawn.append(self._fresh(state))
                continue
            here = one.configuration
            way = self._parameters.inertia * state.velocities[k]
            for aim in (state.best[k], leader):
                pull = towards(here, aim.configuration, state.random)
                way += self._parameters.attraction * state.random.random(pull.shape) * pull
            state.velocities[k] = self._bounded(way, here, state.expected)
            length = SHORTEST * state.expected.volume ** (1.0 / self._dimensions)
            drawn.append(flown(here, state.velocities[k], length))
        for k, minimum in enumerate(self._of(state, drawn)):
            found = self._judged(state, minimum, "fresh" if k in anew else "flight", 0)
            if found is None:  # back to where it was best
                state.population[k], state.velocities[k] = state.best[k], 0.0
                continue
            state.population[k] = found
            if k in anew or found.enthalpy < state.best[k].enthalpy:
                state.best[k] = found

    def _of(self, state: Swarm, drawn: list[Configuration]) -> list[Minimum]:
        return self._relaxed(drawn, state.expected)

    def _bounded(self, way: np.ndarray, here: Configuration, expected: Expected) -> np.ndarray:
        """A flight in which nothing goes too far."""
        n, d = here.n_particles, self._dimensions
        cartesian = way[:n] @ here.cell if here.periodic else way[:n]
        longest = LONGEST_WAY * expected.volume ** (1.0 / d)
        far = np.linalg.norm(cartesian, axis=1, keepdims=True)
        way = way.copy()
        way[:n] *= np.minimum(1.0, longest / np.maximum(far, 1e-12))
        most = np.append(LARGEST_STRAIN * here.box[:3], np.full(3, LARGEST_STRAIN)).reshape(2, 3)
        way[n:] = np.clip(way[n:], -most, most)
        if d == 2:
            way[:n, 2], way[n, 2], way[n + 1, 1:] = 0.0, 0.0, 0.0
        return way

    def _fresh(self, state: Swarm) -> Configuration:
        """A random cluster, or a random crystal."""
        if not self._open:
            return self.fresh_crystal(state)
        counts, d, expected = self._counts, self._dimensions, state.expected
        n = int(counts.sum())
        v = np.zeros(3 * n)
        size = radius(DILUTE * n * expected.volume, d)
        random_cluster(state.random, v, n, d, size, CLOSEST * expected.volume ** (1.0 / d))
        positions = v.reshape(3, n).T.copy()
        types = state.random.permutation(np.repeat(np.arange(len(counts)), counts))
        box = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
        box[:d] = 2.0 * size + 2.0
        return Configuration(positions, box, d, types, tuple(self._types), periodic=False)

    def finish(self, state: Generation) -> Result:
        """Write the structures and the search."""
        if not self._open:
            return super().finish(state)
        state.save(self._task.folder / SEARCH)
        found, evaluations = self.structures(state)
        minima = Minima(self._by, found, len(found))
        minima.write(self._task.folder / "final.gsd")
        return Result.of_search(
            **minima.quantities(),
            kT=0.0,
            n_particles=int(self._counts.sum()),
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds, 3),
            energy_evaluations=state.evaluations + evaluations,
        ).more(
            generations=state.generation,
            stopped_by=self._stopped_by(state),
            quenches=state.relaxations,
            outcomes=state.outcomes,
        )
