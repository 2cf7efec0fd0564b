"""The pressure of hard and patchy particles at constant volume.

From how many particles a small compression or expansion would bring to an overlap, or across the
edge of an attraction: HOOMD-blue's scale distribution functions s(x), whose limits at x = 0 give
βP = ρ (1 + (s_compression(0) - s_expansion(0)) / 2d). R. Eppenga and D. Frenkel, Mol. Phys. 52,
1303 (1984); E. de Miguel and G. Jackson, Mol. Phys. 104, 3717 (2006); J. A. Anderson et al.,
Comput. Phys. Commun. 204, 21 (2016).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

#: Bins of a scale distribution function, and degree of the polynomial that extrapolates it: of an
#: exponential in this range to 3e-5. Bodies that are not convex are tried in each bin.
BINS, DEGREE = 12, 3

#: So many particles should meet another one within the range of the function: fewer is noise, more
#: is no polynomial (there s falls like exp(-s(0) x)).
MEET = 0.5

#: Bounds of the range, and bins of the function that it is read from.
SMALLEST, LARGEST, WIDE_BINS = 0.002, 0.1, 250


class Pressure:
    """Pressure of a simulation. `fit_range` comes before the first reading.

    Parameters
    ----------
    simulation : hoomd.Simulation
    dimensions : 2 or 3
    edges : iterable of float
        Where attractions end, in units of the distance of contact.
    """

    def __init__(self, simulation: Any, dimensions: int, edges: Iterable[float] = ()) -> None:
        import hoomd

        self._sdf = hoomd.hpmc.compute.SDF(xmax=LARGEST, dx=LARGEST / BINS)
        self._wide = hoomd.hpmc.compute.SDF(xmax=LARGEST, dx=LARGEST / WIDE_BINS)
        simulation.operations.computes.extend([self._sdf, self._wide])
        self._simulation, self._dimensions, self._most = simulation, dimensions, narrowest(edges)

    def fit_range(self) -> None:
        """Take the range in which `MEET` of the particles would meet another one, as they are now.

        Attractions must be switched off meanwhile: they count as meetings, too.
        """
        met = np.cumsum(self._wide.sdf_compression) * self._wide.dx
        reach = LARGEST * (1 + int(np.searchsorted(met, MEET))) / WIDE_BINS
        reach = min(max(reach, SMALLEST), self._most)
        # HOOMD counts bins by division.
        self._sdf.xmax, self._sdf.dx = reach * (1 + 1e-9), reach / BINS
        self._weights = at_zero(self._sdf.x_compression), at_zero(self._sdf.x_expansion)

    @property
    def beta_p(self) -> float:
        """P / kT of the configuration as it is now."""
        sdf, state = self._sdf, self._simulation.state
        compression, expansion = self._weights
        limit = compression @ sdf.sdf_compression - expansion @ sdf.sdf_expansion
        density = state.N_particles / state.box.volume
        return float(density * (1.0 + limit / (2 * self._dimensions)))


def narrowest(edges: Iterable[float]) -> float:
    """Relative compression up to which no pair crosses two steps of its potential.

    Where one could, s(x) has a step: pairs in a well of range λ overlap up to x = 1 - 1/λ, beyond
    it none are left but those from outside the well.

    Parameters
    ----------
    edges : iterable of float
        Where attractions end, in units of the distance of contact.
    """
    steps = [1.0, *sorted(set(edges))]
    return min([LARGEST, *(1.0 - near / far for near, far in pairwise(steps))])


def at_zero(x: np.ndarray) -> np.ndarray:
    """Weights whose sum with values at `x` is the value at 0 of their fitted polynomial."""
    scaled = np.asarray(x) / np.abs(x).max()
    return np.asarray(np.linalg.pinv(np.vander(scaled, DEGREE + 1))[-1])
