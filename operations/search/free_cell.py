"""A small periodic cell of any shape: random starts, Monte Carlo at a pressure, its looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.interactions.pair_functions import U_MAX, pair_functions
from operations.interactions.start import core_diameter, particle_types
from operations.search.cells import height, in_box, reduced
from operations.search.kernels import make_kernel
from operations.search.monte_carlo import sweep
from operations.search.wells import refuse_sunken_wells
from workspace_schema.interactions import Interactions

FloatArray = NDArray[np.float64]


#: A cell flatter than this, in units of the distance between particles, is not tried.
FLATTEST = 0.2
#: Energy, in kT, that counts as a core.
CORE = 10.0


class FreeCell:
    """Particles with pair potentials in a cell that moves with them.

    Attributes
    ----------
    kernel : operations.search.kernels.Kernel
    types : ndarray of int, shape (N,)
    core_volume : float
        Sum of σ^d over the particles, σ where two of them have twice the highest kT.
    spacing : float
        Of that volume, a particle.
    flattest : float
        See `operations.search.monte_carlo.sweep`.
    """

    flattest = FLATTEST

    def __init__(
        self,
        particles: Mapping[str, int],
        dimensions: int,
        potential: Any,
        root: Path,
        hottest: float,
    ) -> None:
        self._particles, self._dimensions = dict(particles), dimensions
        self._names = sorted(particles)
        counts = [particles[name] for name in self._names]
        self.types = np.repeat(np.arange(len(counts)), counts)
        interactions = Interactions.model_validate(potential)
        self._pairs = pairs = pair_functions(interactions, self._names, root, U_MAX)
        refuse_sunken_wells(pairs, self._names)
        self.kernel = make_kernel(pairs)
        cores = {pair: core_diameter(function, 2.0 * hottest) for pair, function in pairs.items()}
        # A potential without a core orders at distances of the range of its energy.
        cores = {pair: core or 0.3 * pairs[pair].r_cut for pair, core in cores.items()}
        self.core_volume = sum(count * cores[k, k] ** dimensions for k, count in enumerate(counts))
        self.spacing = (self.core_volume / len(self.types)) ** (1.0 / dimensions)

    def dilute(self, kT: float, pressure: float) -> float:
        """Number density of a gas at a pressure whose particles lie anywhere, each repelled by the
        others with at most `CORE` kT: P = ρ kT + ρ² a, a = ½ ∫ u dr. That of anything that repels
        is higher, but for its cores."""
        shares = np.bincount(self.types) / len(self.types)
        d, a = self._dimensions, 0.0
        for (i, j), pair in self._pairs.items():
            r = np.linspace(1e-6, 1.0, 4001) * pair.r_cut
            u = np.full(len(r), CORE * kT)
            outside = r > pair.r_inner
            u[outside] = np.clip(pair.energy(r[outside]), 0.0, CORE * kT)
            shell = 4.0 * np.pi * r**2 if d == 3 else 2.0 * np.pi * r
            twice = 1.0 if i == j else 2.0
            a += 0.5 * twice * shares[i] * shares[j] * float(np.trapezoid(u * shell, r))
        # the root of a quadratic, in the form that holds where a is 0
        return 2.0 * pressure / (kT + float(np.sqrt(kT**2 + 4.0 * a * pressure)))

    def random(
        self, random: np.random.Generator, volume: Callable[[np.random.Generator], float]
    ) -> dict[str, FloatArray]:
        """A cell of random shape and of a volume that is drawn, with particles anywhere.

        Its height is at least half of the edge of a cube, or as `flattest` says.

        Returns
        -------
        dict
            positions (3, N), cell (3, 3), and lengths (2,), the first steps of particles and cell.
        """
        d, n = self._dimensions, len(self.types)
        flattest = max(0.5, self.flattest / n ** (1.0 / d))
        while True:
            cell = np.eye(3)
            cell[:d, :d] += 0.4 * random.standard_normal((d, d))
            determinant = np.linalg.det(cell)
            if determinant < 0.0:
                cell[0] *= -1.0
            cell = reduced(cell, d) if abs(determinant) > 0.05 else cell
            size = abs(determinant)
            if size > 0.05 and height(cell, d) > flattest * size ** (1.0 / d):
                break
        cell[:d, :d] *= (volume(random) / size) ** (1.0 / d)
        fractional = random.random((n, 3))
        fractional[:, d:] = 0.0
        types, _ = particle_types(self._particles, random)
        # The kind of each particle is fixed; where it is, is random.
        fractional = fractional[np.argsort(types, kind="stable")]
        return {
            "positions": np.ascontiguousarray((fractional @ cell).T),
            "cell": cell,
            "lengths": np.array([0.3 * self.spacing, 0.1]),
        }

    def sweep(
        self,
        arrays: Mapping[str, FloatArray],
        pressure: float,
        kT: float,
        ceiling: float,
        largest: float,
        random: np.random.Generator,
        enthalpies: FloatArray,
    ) -> int:
        """Sweeps in place, as many as there are enthalpies, which are written; see
        `operations.search.monte_carlo.sweep`. Returns evaluations."""
        problem = self.kernel.problem(self.types, arrays["cell"], self._dimensions)
        _, evaluations = sweep(
            self.kernel.sum(True),
            problem._replace(pressure=pressure),
            arrays["positions"],
            arrays["lengths"],
            kT,
            ceiling,
            largest,
            self.flattest,
            random,
            enthalpies,
        )
        return int(evaluations)

    def configuration(self, positions: FloatArray, cell: FloatArray) -> Configuration:
        """Of positions of shape (3, N)."""
        return in_box(cell, positions.T, self.types, self._names, self._dimensions)
