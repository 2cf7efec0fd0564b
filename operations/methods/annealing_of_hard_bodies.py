"""Annealing of hard and patchy particles in small periodic cells of free shape.

For hard particles cooling at a pressure is a compression to pressure / kT.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import packing_fraction, shape_of
from operations.interactions.start import DILUTE, random_orientations
from operations.jobs.driver import Task
from operations.jobs.result import Result
from operations.methods.chains import Chain, Chains, SmallCells
from operations.search.cells import in_box
from operations.search.hard_bodies import make_bodies
from operations.search.hard_monte_carlo import Crystal, energy, sweep
from operations.search.minima import Minima
from workspace_schema.system import System

#: Displacement (in diameters), turn, strain and slide (in diameters) to begin with.
FIRST_LENGTHS = (0.1, 0.3, 0.05, 0.1)


class HardAnnealing(SmallCells):
    """Monte Carlo of bodies, exchanges and cell, cooled."""

    unit = "trial moves"
    chunk = 100_000
    stages = 100

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        system = System.model_validate(task.statepoint["system"])
        blocks = dict(system.building_blocks or {})
        self._shapes = {name: shape_of(blocks[name], self._dimensions) for name in system.types}
        self._bodies = make_bodies(blocks, self._dimensions)

    def begin(self, random: np.random.Generator) -> dict[str, np.ndarray]:
        """Particles so far apart that they can turn."""
        d = self._dimensions
        edge = int(np.ceil(self._n ** (1 / d) - 1e-9))
        sites = np.array(list(np.ndindex(*(edge,) * d)), dtype=np.float64)
        s = np.zeros((self._n, 3))
        s[:, :d] = random.permutation(sites)[: self._n] / edge
        diameter = 2.0 * float(self._bodies.outer.max())
        cell = np.eye(3)
        cell[:d, :d] *= DILUTE * diameter * edge
        return {
            "s": s,
            "q": random_orientations(self._n, d, random),
            "cell": cell,
            "lengths": np.array(FIRST_LENGTHS) * [diameter, 1.0, 1.0, diameter],
        }

    def load(self, path: Path) -> Chains:
        """Read a checkpoint; one that knows of no slides begins with the first length of these."""
        state = super().load(path)
        if state.current is not None:
            arrays = state.current.arrays
            known, diameter = arrays["lengths"], 2.0 * float(self._bodies.outer.max())
            first = np.array(FIRST_LENGTHS)[len(known) :] * diameter
            arrays["lengths"] = np.concatenate([known, first])
        return state

    def sweep(self, chain: Chain, enthalpies: np.ndarray) -> int:
        """Sweeps at the temperature of a chain; writes their enthalpies, returns trial moves."""
        _, moves = sweep(
            self._bodies,
            self._crystal(chain),
            chain.arrays["lengths"],
            chain.cooling.kT,
            self._pressure,
            chain.random,
            enthalpies,
        )
        return int(moves)

    def harvest(self, state: Chains, chain: Chain) -> None:
        """Take in the structure of a chain as it is: nothing is left to quench."""
        value = energy(self._bodies, self._crystal(chain))
        state.outcomes["compressed" if value == 0.0 else "cooled"] += 1
        state.minima.add(self._configuration(chain), value, self._pressure, state.evaluations)

    def describe(self, minima: Minima) -> str:
        """The best structure, for the progress line."""
        if minima.best is None:
            return ""
        packing = packing_fraction(self._shapes, minima.best.configuration)
        return f"{super().describe(minima)}, packing fraction {packing:.4f}"

    def finish(self, state: Chains) -> Result:
        """Write final.gsd."""
        best = state.minima.found[0].configuration
        result = replace(super().finish(state), kT=float(self._method["kT"][1]))
        return result.more(packing_fraction=packing_fraction(self._shapes, best))

    def _crystal(self, chain: Chain) -> Crystal:
        arrays = chain.arrays
        return Crystal(self.types(), arrays["s"], arrays["q"], arrays["cell"], self._dimensions)

    def _configuration(self, chain: Chain) -> Configuration:
        """The particles in a GSD box, which is the cell turned; the particles turn with it."""
        import rowan

        names, d = sorted(self._particles), self._dimensions
        cell = chain.arrays["cell"]
        found = in_box(cell, chain.arrays["s"] @ cell, self.types(), names, d)
        turn = rowan.from_matrix((np.linalg.inv(cell) @ found.cell).T, require_orthogonal=False)
        return replace(
            found,
            orientations=rowan.normalize(rowan.multiply(turn, chain.arrays["q"])),
            type_shapes=tuple(self._shapes[name].to_gsd() for name in names),
        )
