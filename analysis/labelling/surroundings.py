"""What surrounds each particle of a plane: order parameters, each computed once when asked for."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from analysis.labelling.thresholds import Thresholds
from analysis.neighbourhoods import NearestNeighbours
from analysis.pieces import by_rows

#: Particles over which order and probabilities are averaged: the particle and its 12 nearest.
SHELL = 12


class Surroundings:
    """Order parameters of every particle.

    Parameters
    ----------
    table : NearestNeighbours
        At least `SHELL` of each particle.
    surface : ndarray of bool, shape (N,)
        Particles whose shell is incomplete.
    thresholds : Thresholds

    Notes
    -----
    psi_n is the mean of exp(i n theta) over bonds. `order` is the modulus of its average over
    neighbours as a complex number, which asks for a common direction.
    """

    def __init__(self, table: NearestNeighbours, surface: np.ndarray, thresholds: Thresholds):
        self.table, self.surface, self.thresholds = table, surface, thresholds
        self._present = np.isfinite(table.distances)

    @cached_property
    def _direction(self) -> np.ndarray:
        """exp(i theta) of each neighbour; 0 where there is none."""

        def direction(rows: slice) -> np.ndarray:
            x, y = self.table.vectors[rows, :, 0], self.table.vectors[rows, :, 1]
            return np.asarray(np.exp(1j * np.arctan2(y, x)) * self._present[rows])

        return by_rows(direction, len(self._present))

    def first(self, k: int) -> np.ndarray:
        """Which neighbours are of the k nearest, shape (N, n_neighbours)."""
        return self._present & (np.arange(self._present.shape[1]) < k)

    @cached_property
    def two_shells(self) -> np.ndarray:
        """The `SHELL` nearest."""
        return self.first(SHELL)

    @cached_property
    def bonds(self) -> np.ndarray:
        """Bonds of one length, at least three of each particle."""
        return self._shorter(self.thresholds.bond, 3)

    @cached_property
    def tiling_bonds(self) -> np.ndarray:
        """Bonds of one length, at least five: as vertices of squares and triangles have."""
        return self._shorter(self.thresholds.tiling_bond, 5)

    def _shorter(self, factor: float, k: int) -> np.ndarray:
        """Bonds shorter than `factor` times the mean distance of the k nearest."""
        first = self.first(k)
        total = np.where(first, self.table.distances, 0.0).sum(axis=1)
        mean = total / np.maximum(first.sum(axis=1), 1)
        return np.asarray(self._present & (self.table.distances < factor * mean[:, None]))

    def psi(self, n: int, bonds: np.ndarray) -> np.ndarray:
        """psi_n of each particle over some of its bonds, complex."""

        def mean(rows: slice) -> np.ndarray:
            some = bonds[rows]
            total = (_power({1: self._direction[rows]}, n) * some).sum(axis=1)
            return np.asarray(total / np.maximum(some.sum(axis=1), 1))

        return by_rows(mean, len(bonds))

    def averaged(self, values: np.ndarray, over: np.ndarray, sign: float = 1.0) -> np.ndarray:
        """Values averaged over a particle and some of its neighbours, which count with `sign`."""

        def mean(rows: slice) -> np.ndarray:
            some = over[rows]
            total = values[rows] + sign * (values[self.table.indices[rows]] * some).sum(axis=1)
            return np.asarray(total / (1 + some.sum(axis=1)))

        return by_rows(mean, len(values))

    def order(self, n: int, bonds: np.ndarray) -> np.ndarray:
        """|psi_n| of these bonds, averaged over two shells."""
        return np.abs(self.averaged(self.psi(n, bonds), self.two_shells))

    def lattice_order(self, n: int, k: int, sign: float = 1.0) -> np.ndarray:
        """|psi_n| of the k nearest, averaged over these; its modulus over these again.

        What crystals with one environment have. `sign` is -1 where the two sublattices point in
        opposite directions.
        """
        shell = self.first(k)
        return self.averaged(np.abs(self.averaged(self.psi(n, shell), shell, sign)), shell)

    @cached_property
    def order4(self) -> np.ndarray:
        """Order of the square lattice."""
        return self.lattice_order(4, 4)

    @cached_property
    def order6(self) -> np.ndarray:
        """Order of the hexagonal lattice."""
        return self.lattice_order(6, 6)

    @cached_property
    def order3(self) -> np.ndarray:
        """Order of honeycomb."""
        return self.lattice_order(3, 3, sign=-1.0)

    @cached_property
    def order10(self) -> np.ndarray:
        """Tenfold order of bonds of one length."""
        return self.order(10, self.bonds)

    @cached_property
    def order12(self) -> np.ndarray:
        """Twelvefold order of the bonds of a tiling of squares and triangles."""
        return self.order(12, self.tiling_bonds)

    @cached_property
    def rows(self) -> np.ndarray:
        """Sixfold order of these bonds."""
        return self.order(6, self.tiling_bonds)

    @cached_property
    def coordination(self) -> np.ndarray:
        """Their number, averaged over two shells."""
        return self.averaged(self.tiling_bonds.sum(axis=1).astype(float), self.two_shells)

    @cached_property
    def nameless(self) -> np.ndarray:
        """The largest order of all that is looked at, whether a phase has it or not."""
        return np.max(
            [self.order10, self.order12, self.rows]
            + [self.order(n, self.tiling_bonds) for n in (2, 4, 8)]
            + [self.order(n, self.first(6)) for n in (2, 4)],
            axis=0,
        )

    def stretch(self, k: int) -> np.ndarray:
        """<r exp(2 i theta)> / <r> of the k nearest: zero unless the shell is stretched."""
        first = self.first(k)

        def mean(rows: slice) -> np.ndarray:
            x, y = self.table.vectors[rows, :, 0], self.table.vectors[rows, :, 1]
            r = np.where(first[rows], self.table.distances[rows], 0.0)
            twice = np.where(first[rows], (x + 1j * y) ** 2 / np.where(r > 0, r, 1.0), 0.0)
            return np.asarray(twice.sum(axis=1) / np.maximum(r.sum(axis=1), np.finfo(float).tiny))

        return by_rows(mean, len(first))

    def strain(self, k: int) -> np.ndarray:
        """Modulus of the stretch, averaged over two shells."""
        return np.abs(self.averaged(self.stretch(k), self.two_shells))

    @cached_property
    def shear(self) -> np.ndarray:
        """|psi_2| of the four nearest, averaged over two shells: the cosine of the angle of a
        rhombus."""
        return np.abs(self.averaged(self.psi(2, self.first(4)), self.two_shells))

    @cached_property
    def unequal_sides(self) -> np.ndarray:
        """The stretch of the four nearest that is not in their directions, but their lengths."""
        stretch = self.stretch(4) - self.psi(2, self.first(4))
        return np.abs(self.averaged(stretch, self.two_shells))

    @cached_property
    def fifth(self) -> np.ndarray:
        """Gap behind the fifth neighbour less that before it, over the fourth distance."""
        fourth, fifth, sixth = np.where(self._present, self.table.distances, 0.0)[:, 3:6].T
        gaps = (fourth + sixth - 2.0 * fifth) / np.maximum(fourth, np.finfo(float).tiny)
        return self.averaged(gaps, self.two_shells)

    def median_distance(self, k: int) -> np.ndarray:
        """Of the k nearest. The median: one is missing beside a vacancy or an edge."""
        return np.asarray(np.median(self.table.distances[:, :k], axis=1))

    @cached_property
    def edge(self) -> np.ndarray:
        """Mean length of the bonds of a tiling."""
        total = np.where(self.tiling_bonds, self.table.distances, 0).sum(axis=1)
        return np.asarray(total / np.maximum(self.tiling_bonds.sum(axis=1), 1))

    def above(self, value: np.ndarray, threshold: float, width: float | None = None) -> np.ndarray:
        """Logit of what is above a threshold: the distance from it in units of a width."""
        return np.asarray((value - threshold) / (width or self.thresholds.width))

    def below(self, value: np.ndarray, threshold: float, width: float | None = None) -> np.ndarray:
        """Logit of what is below a threshold."""
        return -self.above(value, threshold, width)


def _power(powers: dict[int, np.ndarray], n: int) -> np.ndarray:
    """The n-th power of that which is there, by squaring: several times faster."""
    if n not in powers:
        powers[n] = _power(powers, n // 2) * _power(powers, n - n // 2)
    return powers[n]
