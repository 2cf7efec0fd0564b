"""Annealing of small periodic cells of particles with pair potentials, each chain quenched."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from operations.jobs.driver import Task
from operations.jobs.result import Result
from operations.methods.chains import Chain, Chains, SmallCells
from operations.search.free_cell import FreeCell
from operations.search.lbfgs import Outcome
from operations.search.minimise import Minimum
from operations.search.relax import relax

#: Volume of a random start in units of that of the particles' cores (σ^d), and the largest volume.
START_VOLUME, LARGEST_VOLUME = (1.5, 4.0), 12.0

#: A smaller volume, in the same units, has collapsed.
SMALLEST_VOLUME = 0.03

#: At no pressure, particles with less binding energy each are not bound.
UNBOUND = 1e-9

#: Pressure added while it is hot, in units of kT over the volume of a core. Without it a crystal
#: that holds together by attraction would begin as a gas of any volume; it vanishes with cooling.
PUSH = 1.0

#: Root mean square of the gradient at which a quench ends, and its budget.
TOLERANCE, QUENCH_EVALUATIONS = 1e-6, 5_000


class CellAnnealing(SmallCells):
    """Monte Carlo of particles, exchanges and cell, cooled, then quenched."""

    chunk = 50_000
    stages = 50

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        hot = float(self._method["kT"][0])
        potential = task.statepoint["potential"]
        self._cell = FreeCell(self._particles, self._dimensions, potential, task.root, hot)
        self._core_volume = self._cell.core_volume

    def begin(self, random: np.random.Generator) -> dict[str, np.ndarray]:
        """A random cell with random particles."""
        return self._cell.random(
            random, lambda random: self._core_volume * random.uniform(*START_VOLUME)
        )

    def sweep(self, chain: Chain, enthalpies: np.ndarray) -> int:
        """Sweeps at the temperature of a chain; writes their enthalpies, returns evaluations."""
        kT = chain.cooling.kT
        push = PUSH * self._n * kT / self._core_volume
        largest = LARGEST_VOLUME * self._core_volume
        return self._cell.sweep(
            chain.arrays, self._pressure + push, kT, np.inf, largest, chain.random, enthalpies
        )

    def harvest(self, state: Chains, chain: Chain) -> None:
        """Quench a chain; take in the minimum, if it is one."""
        (minimum,) = relax(
            self._cell.kernel,
            [self._configuration(chain)],
            self._pressure,
            tolerance=TOLERANCE,
            max_evaluations=QUENCH_EVALUATIONS,
        )
        state.evaluations += minimum.evaluations
        outcome = self._outcome(minimum)
        state.outcomes[outcome.name.lower()] += 1
        if outcome not in (Outcome.COLLAPSED, Outcome.DISPERSED):
            state.minima.add(
                minimum.configuration, minimum.energy, self._pressure, state.evaluations
            )

    def finish(self, state: Chains) -> Result:
        """Write final.gsd.

        Raises
        ------
        ValueError
            Where no chain has ended in a minimum.
        """
        if state.minima.best is None:
            ends = ", ".join(f"{count} {name}" for name, count in sorted(state.outcomes.items()))
            raise ValueError(
                f"none of {sum(state.outcomes.values())} quenches ended in a minimum ({ends}): at"
                f" pressure {self._pressure:g} the potential may have none; expected a core that"
                " repels and attraction or pressure"
            )
        return super().finish(state)

    # -- details ---------------------------------------------------------------------------------

    def _outcome(self, minimum: Minimum) -> Outcome:
        """How a quench ended; what has lost its volume, or is not bound, is no minimum."""
        if minimum.outcome in (Outcome.COLLAPSED, Outcome.DISPERSED):
            return minimum.outcome
        if minimum.configuration.volume < SMALLEST_VOLUME * self._core_volume:
            return Outcome.COLLAPSED
        # Particles far from each other have no energy at all.
        if self._pressure == 0.0 and minimum.energy >= -UNBOUND * self._n:
            return Outcome.DISPERSED
        return minimum.outcome

    def _configuration(self, chain: Chain) -> Configuration:
        return self._cell.configuration(chain.arrays["positions"], chain.arrays["cell"])
