"""Method `cell_metadynamics`: hills push the cell of a crystal out of where it has been.

R. Martoňák, A. Laio and M. Parrinello, Phys. Rev. Lett. 90, 075503 (2003), at zero temperature. One
step of the driver is one step of the cell. What relaxes, judges and keeps is that of the genetic
search.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.methods.generations import Generation
from operations.methods.genetic import LONGEST, PATIENCE, TOLERANCE
from operations.methods.search_of_points import SearchOfPoints
from operations.search.cells import height, placed
from operations.search.crystal_moves import rattled
from operations.search.lbfgs import Outcome
from operations.search.minima import Found, Minima
from operations.search.relax import relax

FloatArray = NDArray[np.float64]

#: Displacements that stand for a temperature, in units of the distance of neighbours.
RATTLE = 0.03
#: A flatter cell, in units of that distance, is begun anew.
FLATTEST = 0.5


@dataclass
class Hills(Generation):
    """A step; `population` is the crystal at rest in its cell.

    Attributes
    ----------
    hills : ndarray, shape (m, 3, 3)
        Cells, as rows of lattice vectors, where the walk has been since it began.
    lowest : float
        Enthalpy per particle of the lowest crystal of the walk.
    since : int
        Steps since that was found.
    """

    hills: FloatArray = field(default_factory=lambda: np.zeros((0, 3, 3)))
    lowest: float = np.inf
    since: int = 0

    def to_arrays(self) -> dict[str, np.ndarray]:
        """See `Generation`."""
        more = {"hills": self.hills, "lowest": np.array(self.lowest), "since": np.array(self.since)}
        return super().to_arrays() | more

    @classmethod
    def from_arrays(cls, saved: Mapping[str, np.ndarray], empty: Minima) -> Hills:
        """See `Generation`."""
        state = super().from_arrays(saved, empty)
        assert isinstance(state, Hills)
        state.hills, state.lowest = saved["hills"], float(saved["lowest"])
        state.since = int(saved["since"])
        return state


class CellMetadynamics(SearchOfPoints):
    """See `operations.jobs.driver.Method`."""

    unit, kind = "steps", Hills

    def progress(self, state: Generation) -> tuple[float, float, float, str]:
        """Steps done, at most, and the best so far."""
        assert isinstance(state, Hills)
        best = state.hall.best
        detail = "" if best is None else f"best {best.enthalpy:.6g}, {len(state.hills)} hills"
        return state.generation, self._parameters.steps, 1.0, detail

    def step(self, state: Generation) -> Hills:
        """One step of the cell."""
        assert isinstance(state, Hills)
        begin = time.monotonic()
        pushed = self._pushed(state) if state.population else None
        if pushed is None or state.since >= self._parameters.patience:
            found: Found | None = self._anew(state)
        else:
            state.population = [pushed]
            (minimum,) = self._relaxed([pushed.configuration], state.expected)
            found = self._judged(state, minimum, "walk", 0)
        state.since += 1
        if found is not None:
            state.hall.take([found])
            by = 1e-6 * abs(found.enthalpy)
            if found.enthalpy < state.lowest - by:
                state.lowest, state.since = found.enthalpy, 0
        state.generation += 1
        state.wall_seconds += time.monotonic() - begin
        return state

    # Details

    def _anew(self, state: Hills) -> Found:
        """A random crystal, relaxed, in a landscape without hills."""
        for _ in range(PATIENCE**2):
            drawn = rattled(self.fresh_crystal(state), RATTLE, state.random)
            found = self._judged(state, self._relaxed([drawn], state.expected)[0], "fresh", 0)
            if found is not None:
                state.population, state.hills = [found], np.zeros((0, 3, 3))
                state.lowest, state.since = np.inf, 0
                return found
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(state.outcomes.items()))
        raise ValueError(
            "potential has nothing that holds a crystal together: of"
            f" {state.relaxations} relaxations {outcomes}"
        )

    def _pushed(self, state: Hills) -> Found | None:
        """The crystal after a step of its cell, at rest in it; None where it does not hold, or the
        cell has become flat."""
        here, expected = state.population[0].configuration, state.expected
        cell, d = here.cell, self._dimensions
        unit = here.volume ** (1.0 / d)
        width = self._parameters.width * unit
        state.hills = np.concatenate([state.hills, cell[None]])
        apart = cell - state.hills
        near = np.exp(-0.5 * (apart**2).sum(axis=(1, 2)) / width**2)
        tall = self._parameters.height * expected.energy * here.n_particles
        # on top of a hill there is no way down
        force = 1e-3 * tall / width * state.random.normal(size=(3, 3))
        force += tall / width**2 * np.einsum("k,kij->ij", near, apart) - self._slope(here)
        force = np.tril(force)
        force[d:] = 0.0
        moved = cell + width * force / np.linalg.norm(force)
        length = expected.volume ** (1.0 / d)
        if min(np.diag(moved)[:d]) <= 0.0 or height(moved, d) < FLATTEST * length:
            return None
        positions = here.positions @ np.linalg.inv(cell) @ moved
        positions[:, :d] += RATTLE * length * state.random.normal(size=(len(positions), d))
        (minimum,) = relax(
            self._pairs,
            [placed(here, moved, positions)],
            tolerance=TOLERANCE * expected.energy / length,
            max_step=0.4 * length,
            max_evaluations=LONGEST,
        )
        state.evaluations += minimum.evaluations
        if minimum.outcome not in (Outcome.CONVERGED, Outcome.STUCK, Outcome.BUDGET):
            return None
        energy = minimum.energy / here.n_particles
        return Found(minimum.configuration, energy, self._parameters.pressure)

    def _slope(self, here: Configuration) -> FloatArray:
        """Derivative of the enthalpy by the lattice vectors, shape (3, 3)."""
        _, _, virial = self._pairs.evaluate(here)
        pressure = self._parameters.pressure * here.volume * np.eye(3)
        return np.linalg.inv(here.cell).T @ (pressure - virial)

    def _stopped_by(self, state: Generation) -> str | None:
        if state.generation >= self._parameters.steps:
            return "steps"
        budget = self._parameters.max_energy_evaluations
        return "max_energy_evaluations" if budget and state.evaluations >= budget else None
