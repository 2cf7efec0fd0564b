"""Which minima of a cluster are occupied at a temperature: a sum over them and their vibrations.

In the harmonic approximation the partition function of a cluster is Z = Σ 2 N!/o exp(-E/kT) R
Π √(2π kT/λ), over its distinct minima with energy E, order o of the point group (with
reflections), the curvatures λ of the energy and the volume R of the rotations; mirror images count
as one minimum. It needs no dynamics, so that no barrier between two funnels delays it. J. P. K.
Doye, D. J. Wales, J. Chem. Phys. 102, 9659 (1995).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.search.kernels import Kernel

FloatArray = NDArray[np.float64]

#: Step of a coordinate for the curvatures, and distance within which particles are on a site of a
#: cluster that has been turned, both in units of a pair's.
STEP, SAME = 1e-4, 0.02
#: Curvatures that are zero, in units of the largest.
ZERO = 1e-6
#: Part of the highest minima, and their share of the probability from which on minima are missing.
HIGHEST, SHARE = 0.1, 0.01


@dataclass(frozen=True)
class Superposition:
    """Minima of a cluster, the lowest first.

    Attributes
    ----------
    energies : ndarray of float64, shape (n,)
        Of the whole cluster.
    orders : ndarray of int64, shape (n,)
        Elements of the point groups.
    weights : ndarray of float64, shape (n,)
        ln of the factors of exp(-E/kT) that do not depend on kT, but for those all have alike.
    modes : int
        Vibrations.
    """

    energies: FloatArray
    orders: NDArray[np.int64]
    weights: FloatArray
    modes: int

    @classmethod
    def of(
        cls, clusters: Sequence[Configuration], kernel: Kernel, distance: float
    ) -> Superposition:
        """That of minima, some of which may be none: they are left out.

        Parameters
        ----------
        clusters : sequence of Configuration
            Open, of one composition; in two dimensions or three.
        kernel : Kernel
        distance : float
            That of a pair.
        """
        rows = []
        for cluster in clusters:
            curvatures, rotations = _modes(cluster, kernel, STEP * distance)
            if curvatures.min(initial=np.inf) <= ZERO * curvatures.max(initial=0.0):
                continue
            order = point_group_order(cluster, SAME * distance)
            weight = np.log(rotations).sum() - 0.5 * np.log(curvatures).sum() - np.log(order)
            rows.append((kernel.evaluate(cluster)[0], order, weight, len(curvatures)))
        if not rows:
            return cls(np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0), 0)
        rows.sort(key=lambda row: row[0])
        energies, orders, weights, modes = np.array(rows).T
        # of a chain, which turns about its axis for nothing, the other minima have one more
        usual = int(np.bincount(modes.astype(int)).argmax())
        same = modes == usual
        return cls(energies[same], orders[same].astype(np.int64), weights[same], usual)

    def occupations(self, kT: FloatArray) -> FloatArray:
        """Probabilities of the minima, shape (len(kT), n)."""
        exponents = self.weights - (self.energies - self.energies[0]) / np.asarray(kT)[:, None]
        parts = np.exp(exponents - exponents.max(axis=1, keepdims=True))
        return np.asarray(parts / parts.sum(axis=1, keepdims=True))

    def heat_capacity(self, kT: FloatArray) -> FloatArray:
        """Of the whole cluster in k, with the momenta of its vibrations alone."""
        p, above = self.occupations(kT), self.energies - self.energies[0]
        return self.modes + (p @ above**2 - (p @ above) ** 2) / np.asarray(kT) ** 2

    def known_to(self, kT: FloatArray) -> float | None:
        """The temperature from which on higher minima than these would count; None from the first
        on."""
        highest = max(1, int(HIGHEST * len(self.energies)))
        missing = self.occupations(kT)[:, -highest:].sum(axis=1) > SHARE
        last = int(missing.argmax()) if missing.any() else len(missing)
        return float(kT[last - 1]) if last else None


def _modes(cluster: Configuration, kernel: Kernel, step: float) -> tuple[FloatArray, FloatArray]:
    """Curvatures of the energy but for those of rigid motion, ascending; radii of gyration that the
    rotations have (square roots of the moments of inertia)."""
    n, d = cluster.n_particles, cluster.dimensions
    hessian = np.empty((n * d, n * d))
    for k in range(n * d):
        pulls = []
        for sign in (1.0, -1.0):
            positions = cluster.positions.copy()
            positions[k // d, k % d] += sign * step
            moved = replace(cluster, positions=positions)
            pulls.append(kernel.evaluate(moved)[1][:, :d].ravel())
        hessian[k] = (pulls[1] - pulls[0]) / (2.0 * step)
    x = cluster.positions - cluster.positions.mean(axis=0)
    axes = np.eye(3) if d == 3 else np.eye(3)[2:]
    turns = np.array([np.cross(axis, x)[:, :d].ravel() for axis in axes])
    radii = np.linalg.svd(turns, compute_uv=False)
    radii = radii[radii > ZERO * radii.max(initial=0.0)]
    curvatures = np.linalg.eigvalsh(0.5 * (hessian + hessian.T))
    rigid = np.argsort(np.abs(curvatures))[: d + len(radii)]
    return np.delete(curvatures, rigid), radii


def point_group_order(cluster: Configuration, tolerance: float) -> int:
    """How many rotations and reflections turn a cluster into itself, to within `tolerance`; of a
    chain in three dimensions, of which infinitely many do, twice those that differ on it."""
    d = cluster.dimensions
    x = cluster.positions[:, :d] - cluster.positions[:, :d].mean(axis=0)
    kinds = np.column_stack([cluster.types, np.round(np.linalg.norm(x, axis=1), 12)])

    def alike(i: int) -> NDArray[np.intp]:
        same = np.abs(kinds - kinds[i]).max(axis=1) < tolerance
        return np.flatnonzero(same)

    by_rarity = sorted(range(len(x)), key=lambda i: (len(alike(i)), -kinds[i, 1]))
    chosen: list[int] = []  # particles that span the space
    for i in by_rarity:
        spread = np.linalg.svd(x[[*chosen, i]], compute_uv=False)
        if len(chosen) < d - 1 and spread.min() > 10.0 * tolerance:
            chosen.append(i)
    if len(chosen) < d - 1:  # a chain, or a particle
        line = x @ np.linalg.svd(x)[2][0]
        back = np.abs(np.sort(line) + np.sort(line)[::-1]).max() < tolerance
        mirrored = cluster.types[np.argsort(line)]
        return 4 if back and len(x) > 1 and (mirrored == mirrored[::-1]).all() else 2
    frame = _frame(x[chosen], 1.0)
    count = 0
    places = np.stack(np.meshgrid(*(alike(i) for i in chosen), indexing="ij"), axis=-1)
    for place in places.reshape(-1, len(chosen)):
        if np.abs(x[place] @ x[place].T - x[chosen] @ x[chosen].T).max() > _slack(x, tolerance):
            continue
        for sign in (1.0, -1.0):
            turned = x @ frame.T @ _frame(x[place], sign)
            apart = np.linalg.norm(turned[:, None] - x, axis=2)
            apart[cluster.types[:, None] != cluster.types] = np.inf
            nearest = apart.argmin(axis=1)
            there = len(set(nearest.tolist())) == len(x)
            count += bool(there and apart.min(axis=1).max() < 3.0 * tolerance)
    return count


def _slack(x: FloatArray, tolerance: float) -> float:
    """By how much products of positions that are off by `tolerance` differ."""
    return float(3.0 * tolerance * np.linalg.norm(x, axis=1).max())


def _frame(vectors: FloatArray, sign: float) -> FloatArray:
    """Orthonormal rows from one less than the dimensions; the last with `sign`."""
    first = vectors[0] / np.linalg.norm(vectors[0])
    if len(first) == 2:
        return np.array([first, sign * np.array([-first[1], first[0]])])
    second = vectors[1] - (vectors[1] @ first) * first
    second /= np.linalg.norm(second)
    return np.array([first, second, sign * np.cross(first, second)])
