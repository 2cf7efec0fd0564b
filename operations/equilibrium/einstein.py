"""The Einstein crystal that a crystal is compared with: its free energy, its samples, their energy.

Particles are tied to their sites by springs of one stiffness; the centre of mass is that of the
sites. D. Frenkel and A. J. C. Ladd, J. Chem. Phys. 81, 3188 (1984); J. M. Polson, E. Trizac, S.
Pronk and D. Frenkel, J. Chem. Phys. 112, 5339 (2000).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.interactions.pair_functions import PairFunction
from operations.jobs.errors import EngineError

FloatArray = NDArray[np.float64]
Energy = Callable[[FloatArray], FloatArray]

#: Part of the displaced crystals of the stiffest springs that count, as their weights say.
OVERLAP = 0.1
#: Displaced crystals that decide about the stiffest springs.
TRIALS = 60
#: How far pairs may come nearer, in units of the distance of neighbours.
MARGIN = 0.5
#: Two sites are one if they are closer than this part of the box.
SAME = 1e-6


def hard_core(diameter: float) -> Energy:
    """The energy of hard spheres as a function of the distance."""
    return lambda r: np.where(r < diameter, np.inf, 0.0)


def finite(pair: PairFunction) -> Energy:
    """The energy of a pair function, which is infinite where its formula has no number."""

    def energy(r: FloatArray) -> FloatArray:
        u = pair.energy(r)
        return np.where(np.isnan(u), np.inf, u)

    return energy


@dataclass(frozen=True)
class Displaced:
    """Energies of a crystal whose particles are near their sites.

    Attributes
    ----------
    sites : ndarray, shape (N, 3)
    i, j : ndarray of int, shape (m,)
        Particles of each pair that can meet.
    apart : ndarray, shape (m, 3)
        From the site of j, or its image, to that of i.
    energy : callable
        Of a pair, by its distance.
    """

    sites: FloatArray
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    apart: FloatArray
    energy: Energy

    @classmethod
    def of(cls, crystal: Configuration, energy: Energy, reach: float) -> Displaced:
        """The pairs of a crystal that can come closer than `reach`."""
        from scipy.spatial import cKDTree

        d, positions = crystal.dimensions, crystal.positions
        most = np.zeros(3, dtype=int)
        nearest = (crystal.volume / crystal.n_particles) ** (1.0 / d)
        far = reach + MARGIN * nearest
        most[:d] = np.ceil(far / crystal.widths)
        axes = [np.arange(-k, k + 1) for k in most]
        shifts = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3) @ crystal.cell
        images = (positions[:, None] + shifts).reshape(-1, 3)
        met = cKDTree(positions).query_ball_tree(cKDTree(images), far)
        i = np.repeat(np.arange(len(met)), [len(one) for one in met])
        k = np.concatenate([np.asarray(one, dtype=int) for one in met])
        j = k // len(shifts)
        apart = positions[i] - images[k]
        ahead = (i < j) | ((i == j) & _ahead(apart))  # each pair once
        return cls(positions, i[ahead], j[ahead], apart[ahead], energy)

    def __call__(self, displacements: FloatArray) -> float:
        """Energy of all particles, displaced by (N, 3) from their sites."""
        between = self.apart + displacements[self.i] - displacements[self.j]
        return float(np.sum(self.energy(np.sqrt(np.einsum("ij,ij->i", between, between)))))


def _ahead(vectors: FloatArray) -> NDArray[np.bool_]:
    """True of one of the vectors v and -v; of zero, not."""
    signs = np.sign(np.where(np.abs(vectors) > SAME, vectors, 0.0))
    return signs @ np.array([4.0, 2.0, 1.0]) > 0.0


def displacements(n: int, dimensions: int, random: np.random.Generator) -> FloatArray:
    """Those of an Einstein crystal with k = kT, its centre of mass at rest, shape (n, 3)."""
    moved = np.zeros((n, 3))
    moved[:, :dimensions] = random.normal(size=(n, dimensions))
    return moved - moved.mean(axis=0)


def stiffest(crystal: Displaced, dimensions: int, kT: float, random: np.random.Generator) -> float:
    """The stiffness at which `OVERLAP` of the samples of an Einstein crystal count, in the sense of
    (Σw)² / Σw² of their weights w = exp(-βU), to two digits.

    Raises
    ------
    EngineError
        Where the crystal itself has no energy: its particles overlap.
    """
    n = len(crystal.sites)
    if not np.isfinite(crystal(np.zeros((n, 3)))):
        raise EngineError("number_density: particles overlap on the sites of the crystal")
    trials = [displacements(n, dimensions, random) for _ in range(TRIALS)]

    def share(k: float) -> float:
        scaled = np.array([crystal(one * np.sqrt(kT / k)) for one in trials]) / kT
        if not np.isfinite(scaled).any():
            return 0.0
        weights = np.exp(-(scaled - np.nanmin(scaled)))
        return float(weights.sum() ** 2 / (weights @ weights) / TRIALS)

    spacing = np.sqrt(np.min(np.einsum("ij,ij->i", crystal.apart, crystal.apart)))
    low = kT / spacing**2
    high = low
    while share(high) < OVERLAP:
        low, high = high, 4.0 * high
    while high > 1.05 * low:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if share(middle) >= OVERLAP else (middle, high)
    return float(f"{high:.2g}")


def softness(k: float, n: int, dimensions: int) -> float:
    """About the stiffness of the crystal itself: what makes that share of a harmonic one count."""
    return float(k * np.sqrt(2.0 * np.log(1.0 / OVERLAP) / (dimensions * n)))


def translations(crystal: Configuration) -> int:
    """Translations that bring a crystal onto itself, within its periodic box."""
    fractional = crystal.positions @ np.linalg.inv(crystal.cell)
    fractional = fractional[:, : crystal.dimensions]

    def wrapped(x: FloatArray) -> FloatArray:
        return np.asarray((x + 0.5 * SAME) % 1.0)

    from scipy.spatial import cKDTree

    tree = cKDTree(wrapped(fractional), boxsize=1.0)
    count = 0
    for shift in fractional - fractional[0]:
        distance, index = tree.query(wrapped(fractional + shift))
        count += bool(
            (distance < 10 * SAME).all() and (crystal.types[index] == crystal.types).all()
        )
    return count


def free_energy(crystal: Configuration, k: float, kT: float) -> float:
    """βF of the crystal of springs alone, whose centre of mass may be anywhere: of all particles.

    -ln(V/t) - d/2 ln N - d (N - 1)/2 ln(2π kT/k), where t translations bring the crystal onto
    itself: a translation by one of them is an exchange of identical particles.
    """
    n, d = crystal.n_particles, crystal.dimensions
    places = np.log(crystal.volume / translations(crystal)) + 0.5 * d * np.log(n)
    return float(-places - 0.5 * d * (n - 1) * np.log(2.0 * np.pi * kT / k))
