"""Annealing of small periodic cells of particles with pair potentials, each chain quenched."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from operations.interactions.pair_functions import U_MAX, pair_functions
from operations.interactions.start import core_diameter, particle_types
from operations.jobs.driver import Task
from operations.jobs.result import Result
from operations.methods.chains import Chain, Chains, SmallCells
from operations.search.cells import height, in_box, reduced
from operations.search.kernels import make_kernel
from operations.search.lbfgs import Outcome
from operations.search.minimise import Minimum
from operations.search.monte_carlo import sweep
from operations.search.relax import relax
from operations.search.wells import refuse_sunken_wells
from workspace_schema.interactions import Interactions

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
        interactions = Interactions.model_validate(task.statepoint["potential"])
        pairs = pair_functions(interactions, sorted(self._particles), task.root, U_MAX)
        refuse_sunken_wells(pairs, sorted(self._particles))
        self._kernel = make_kernel(pairs)
        cores = {pair: core_diameter(function, 2.0 * hot) for pair, function in pairs.items()}
        # A potential without a core orders at distances of the range of its energy.
        cores = {pair: core or 0.3 * pairs[pair].r_cut for pair, core in cores.items()}
        counts = [self._particles[name] for name in sorted(self._particles)]
        self._core_volume = sum(
            count * cores[k, k] ** self._dimensions for k, count in enumerate(counts)
        )
        self._spacing = (self._core_volume / self._n) ** (1.0 / self._dimensions)

    def begin(self, random: np.random.Generator) -> dict[str, np.ndarray]:
        """A random cell with random particles."""
        d = self._dimensions
        while True:
            cell = np.eye(3)
            cell[:d, :d] += 0.4 * random.standard_normal((d, d))
            determinant = np.linalg.det(cell)
            if determinant < 0.0:
                cell[0] *= -1.0
            cell = reduced(cell, d) if abs(determinant) > 0.05 else cell
            volume = abs(determinant)
            if volume > 0.05 and height(cell, d) > 0.5 * volume ** (1.0 / d):
                break
        wanted = self._core_volume * random.uniform(*START_VOLUME)
        cell[:d, :d] *= (wanted / volume) ** (1.0 / d)
        fractional = random.random((self._n, 3))
        fractional[:, d:] = 0.0
        types, _ = particle_types(self._particles, random)
        # The kind of each particle is fixed; where it is, is random.
        fractional = fractional[np.argsort(types, kind="stable")]
        return {
            "positions": np.ascontiguousarray((fractional @ cell).T),
            "cell": cell,
            "lengths": np.array([0.3 * self._spacing, 0.1]),
        }

    def sweep(self, chain: Chain, enthalpies: np.ndarray) -> int:
        """Sweeps at the temperature of a chain; writes their enthalpies, returns evaluations."""
        arrays, kT = chain.arrays, chain.cooling.kT
        push = PUSH * self._n * kT / self._core_volume
        problem = self._kernel.problem(self.types(), arrays["cell"], self._dimensions)
        _, evaluations = sweep(
            self._kernel.sum(True),
            problem._replace(pressure=self._pressure + push),
            arrays["positions"],
            arrays["lengths"],
            kT,
            LARGEST_VOLUME * self._core_volume,
            chain.random,
            enthalpies,
        )
        return int(evaluations)

    def harvest(self, state: Chains, chain: Chain) -> None:
        """Quench a chain; take in the minimum, if it is one."""
        (minimum,) = relax(
            self._kernel,
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
        names = sorted(self._particles)
        cell, positions = chain.arrays["cell"], chain.arrays["positions"]
        return in_box(cell, positions.T, self.types(), names, self._dimensions)
