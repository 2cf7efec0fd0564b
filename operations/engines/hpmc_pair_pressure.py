"""The pressure of hard spheres with depletants at constant volume, from distances of pairs.

Scale distribution functions count the first event of a particle only, and say nothing where a
potential has steps so near to each other. With y(r) = g(r) exp(βu(r)), smooth across steps,
βP / ρ = 1 + (S ρ / 2d) Σ_k y(r_k) r_k^d [exp(-βu(r_k+)) - exp(-βu(r_k-))] over contact and the ends
of all steps, S the surface of the unit sphere: exact for the potential that is simulated.
"""

from __future__ import annotations

import math
from typing import Any

import freud
import numpy as np
from numpy.typing import NDArray

from operations.engines import EngineError
from operations.engines.hpmc_depletion import STEPS, Depletion

Array = NDArray[np.float64]

#: Neighbours of a particle in the range from contact on in which y is a polynomial of this degree;
#: of that many in a crystal y has fallen by a third. The range has so many steps at least.
NEIGHBOURS, DEGREE, FEWEST = 4.0, 2, 8


class PairPressure:
    """Pressure of a simulation. `fit_range` comes before the first reading.

    Parameters
    ----------
    simulation : hoomd.Simulation
    dimensions : 2 or 3
    depletion : Depletion
    type_names : tuple of str
        By number of the type.
    """

    def __init__(
        self, simulation: Any, dimensions: int, depletion: Depletion, type_names: tuple[str, ...]
    ) -> None:
        self._simulation, self._dimensions, self._names = simulation, dimensions, type_names
        n = len(type_names)
        self._kinds = np.zeros((n, n), dtype=np.int64)
        self._edges: list[Array] = []
        self._factors: list[Array] = []
        for i in range(n):
            for j in range(i, n):
                one, other = sorted((type_names[i], type_names[j]))
                ends, u = depletion.steps[one, other]
                width = ends[1] - ends[0]
                self._kinds[i, j] = self._kinds[j, i] = len(self._edges)
                # one more behind the last step, where nothing acts
                self._edges.append(np.concatenate([[ends[0] - width], ends, [ends[-1] + width]]))
                self._factors.append(np.concatenate([np.exp(-u), [1.0]]))
        self._fitted = STEPS + 1

    def fit_range(self) -> None:
        """Take the range in which particles have `NEIGHBOURS`, as they are now."""
        counts, types = self._counts()
        near = np.cumsum(counts.sum(axis=0)) * 2.0 / len(types)
        self._fitted = int(np.clip(np.searchsorted(near, NEIGHBOURS) + 1, FEWEST, STEPS + 1))

    @property
    def beta_p(self) -> float:
        """P / kT of the configuration as it is now."""
        counts, types = self._counts()
        n, d, volume = len(types), self._dimensions, self._simulation.state.box.volume
        of = np.bincount(types, minlength=len(self._names))
        virial = 0.0
        for i in range(len(of)):
            for j in range(i, len(of)):
                kind = self._kinds[i, j]
                pairs = of[i] * (of[i] - 1) / 2.0 if i == j else float(of[i] * of[j])
                if pairs:
                    virial += pairs * self._virial(counts[kind] / pairs * volume, kind)
        return float(n / volume + virial / (d * volume**2))

    def _virial(self, found: Array, kind: int) -> float:
        """Σ_k S y r_k^d [...] of pairs of a kind, from the counts that are 1 for each pair of an
        ideal gas in a unit of volume."""
        edges, factors = self._edges[kind], self._factors[kind]
        d, m = self._dimensions, self._fitted
        surface = 2.0 * math.pi ** (d / 2) / math.gamma(d / 2)
        jumps = surface * edges[:-1] ** d * np.diff(factors, prepend=0.0)
        ideal = surface / d * np.diff(edges**d) * factors
        y = found / ideal
        middles = (edges[1:] + edges[:-1]) / 2.0
        # at the inner end of each bin; of the fit weighted by the counts that are expected
        at = np.concatenate([y[:1], (y[1:] + y[:-1]) / 2.0])
        scale = middles[m - 1] - edges[0]
        basis = np.vander((middles[:m] - edges[0]) / scale, DEGREE + 1)
        root = np.sqrt(ideal[:m])
        fit = np.linalg.lstsq(basis * root[:, None], y[:m] * root, rcond=None)[0]
        at[:m] = np.polyval(fit, (edges[:m] - edges[0]) / scale)
        return float(jumps @ at)

    def _counts(self) -> tuple[Array, NDArray[np.int64]]:
        """Pairs of each kind in each bin, shape (kinds, `STEPS` + 1), and all types."""
        with self._simulation.state.cpu_local_snapshot as local:
            positions = np.array(local.particles.position)
            types = np.array(local.particles.typeid, dtype=np.int64)
        box = freud.box.Box.from_box(self._simulation.state.box)
        far = max(edges[-1] for edges in self._edges)
        try:
            query = freud.locality.AABBQuery(box, positions)
            near = query.query(positions, {"r_max": far, "exclude_ii": True}).toNeighborList()
        except RuntimeError:
            raise EngineError(
                f"the box is too narrow for the pressure of pairs, which count up to {far:g} apart,"
                " as no particle may meet two images of another; take more particles"
            ) from None
        i, j = near.query_point_indices, near.point_indices
        once = i < j
        kinds, r = self._kinds[types[i[once]], types[j[once]]], near.distances[once]
        first = np.array([edges[0] for edges in self._edges])[kinds]
        width = np.array([edges[1] - edges[0] for edges in self._edges])[kinds]
        # positions are rounded: what touches may seem to overlap
        bins = np.maximum(((r - first) / width).astype(np.int64), 0)
        inside = bins <= STEPS
        counts = np.zeros((len(self._edges), STEPS + 1))
        np.add.at(counts, (kinds[inside], bins[inside]), 1.0)
        return counts, types
