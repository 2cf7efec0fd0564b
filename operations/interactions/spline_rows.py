"""What each spline of two and three bodies exerts (UF3)."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.neighbourhoods import pairs_within
from workspace_schema.potentials.uf3 import LEFT_OUT, Uf3Basis

#: How small second differences of the coefficients of two bodies shall be, and the coefficients of
#: three: enough for what no frame tells, nothing beside what some do.
SMOOTH, SMALL = 1e-4, 1e-5
#: Coefficients that a fit may have: least squares take some tables of their square.
MOST_SPLINES = 4000
#: Triples whose products of splines are made at once.
_BLOCK = 20_000


class SplineRows:
    """See `operations.engines.descriptors.Descriptors`.

    Parameters
    ----------
    basis : Uf3Basis
    types : int

    Raises
    ------
    ValueError
        Where there are more than `MOST_SPLINES` coefficients.
    """

    def __init__(self, basis: Uf3Basis, types: int) -> None:
        self._basis, self._size = basis, basis.size(types)
        if self._size > MOST_SPLINES:
            raise ValueError(
                f"{self._size} coefficients; expected at most {MOST_SPLINES}: lower two_body ="
                f" {basis.two_body}, or three_body = {basis.three_body}, on which most depend"
            )
        self._pairs, self._triples = basis.columns(types)
        self._knots = basis.knots()

    @property
    def small(self) -> np.ndarray:
        """Second differences of the splines of two bodies, and those of three themselves."""
        rows = np.eye(self._size)
        two = np.unique(self._pairs[self._pairs >= 0]).reshape(-1, self._basis.two_body)
        bent = [rows[k[:-2]] - 2.0 * rows[k[1:-1]] + rows[k[2:]] for k in two]
        return np.concatenate([*(SMOOTH * each for each in bent), SMALL * rows[two.size :]])

    def forces(self, configuration: Configuration) -> np.ndarray:
        """See `Descriptors`."""
        kinds, n = configuration.types, configuration.n_particles
        # where no coefficient is, in a last column
        table = np.zeros((n, 3, self._size + 1))
        i, j, vectors = pairs_within(configuration, self._basis.r_cut)
        first, _, slopes = _splines(self._knots[0], np.linalg.norm(vectors, axis=1))
        columns = _picked(self._pairs[kinds[i], kinds[j]], first)
        # LAMMPS counts every pair from both ends
        self._add(table, columns, slopes, vectors, i, j)
        if self._basis.three_body:
            i, j, k, to_j, to_k = _triplets(*pairs_within(configuration, self._basis.reach))
            for part in range(0, len(i), _BLOCK):
                cut = slice(part, part + _BLOCK)
                self._add_triplets(table, kinds, i[cut], j[cut], k[cut], to_j[cut], to_k[cut])
        return table[:, :, :-1].reshape(3 * n, self._size)

    def _add_triplets(
        self,
        table: np.ndarray,
        kinds: np.ndarray,
        i: np.ndarray,
        j: np.ndarray,
        k: np.ndarray,
        to_j: np.ndarray,
        to_k: np.ndarray,
    ) -> None:
        _, near, far = self._knots
        sides = ((i, j, to_j, near), (i, k, to_k, near), (j, k, to_k - to_j, far))
        splines = [_splines(knots, np.linalg.norm(way, axis=1)) for _, _, way, knots in sides]
        rows = [first[:, None] + np.arange(4) for first, _, _ in splines]
        a, b, c = (kinds[which][:, None, None, None] for which in (i, j, k))
        where = rows[0][:, :, None, None], rows[1][:, None, :, None], rows[2][:, None, None, :]
        columns = self._triples[a, b, c, where[0], where[1], where[2]].reshape(len(i), -1)
        for side, (one, other, way, _) in enumerate(sides):
            u, v, w = (s[2] if number == side else s[1] for number, s in enumerate(splines))
            products = np.einsum("tl,tm,tn->tlmn", u, v, w).reshape(len(i), -1)
            self._add(table, columns, products, way, one, other)

    def _add(
        self,
        table: np.ndarray,
        columns: np.ndarray,
        slopes: np.ndarray,
        ways: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
    ) -> None:
        """The forces of slopes along the ways from the particles `a` to `b`."""
        width = table.shape[-1]
        ways = ways / np.linalg.norm(ways, axis=1, keepdims=True)
        for axis in range(3):
            pull = (slopes * ways[:, axis, None]).ravel()
            for ends, sign in ((a, 1.0), (b, -1.0)):
                places = (ends[:, None] * width + columns % width).ravel()
                found = np.bincount(places, pull, len(table) * width)
                table[:, axis] += sign * found.reshape(-1, width)


def _splines(knots: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first of the four splines that are not zero at each r, their values and slopes."""
    from scipy.interpolate import BSpline

    intervals = len(knots) - 7
    first = np.clip((r / knots[-1] * intervals).astype(int), 0, intervals - 1)
    every = BSpline(knots, np.eye(len(knots) - 4), LEFT_OUT)
    return first, _picked(every(r), first), _picked(every.derivative()(r), first)


def _picked(rows: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Four numbers of each row, from the first on."""
    return np.take_along_axis(rows, first[:, None] + np.arange(4), axis=1)


def _triplets(
    i: np.ndarray, j: np.ndarray, vectors: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Every two neighbours of every particle once, and the vectors to them."""
    starts, counts = np.unique(i, return_index=True, return_counts=True)[1:]
    shells = zip(starts, counts, strict=True)
    rows = [start + np.array(np.triu_indices(count, 1)) for start, count in shells]
    p, q = np.concatenate([np.zeros((2, 0), int), *rows], axis=1)
    return i[p], j[p], j[q], vectors[p], vectors[q]
