"""Periodic cells of any shape: shortest lattice vectors, and into the box convention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.search.compilation import compiled
from operations.search.matrices import determinant


@compiled
def _dot(cell, i, j):
    return cell[i, 0] * cell[j, 0] + cell[i, 1] * cell[j, 1] + cell[i, 2] * cell[j, 2]


@compiled
def reduced(cell, dimensions):
    """Shortest lattice vectors of the lattice that the rows of `cell` span.

    Minkowski reduction by the greedy algorithm: the longest vector is replaced by the shortest
    that differs from it by the others, until nothing gets shorter (P. Q. Nguyen, D. Stehlé, ACM
    Trans. Algorithms 5, 46 (2009)). Right-handed; not changed where it is reduced already.

    Parameters
    ----------
    cell : ndarray of float64, shape (3, 3)
        In two dimensions the third row is kept.
    dimensions : int

    Returns
    -------
    ndarray of float64, shape (3, 3)
    """
    a, best = cell.copy(), np.empty(3)
    for _ in range(200):
        changed = False
        for k in range(dimensions):
            p, q = (k + 1) % dimensions, (k + 2) % dimensions
            i0 = round(_dot(a, k, p) / _dot(a, p, p))
            j0 = round(_dot(a, k, q) / _dot(a, q, q)) if q != k else 0.0
            least = _dot(a, k, k) * (1.0 - 1e-9)
            shorter = False
            for i in range(-1, 2):
                for j in range(-1, 2):
                    if q == k and j != 0:
                        continue
                    length = 0.0
                    for c in range(3):
                        second = a[q, c] * (j - j0) if q != k else 0.0
                        length += (a[k, c] + (i - i0) * a[p, c] + second) ** 2
                    if length < least:
                        least, shorter = length * (1.0 - 1e-9), True
                        for c in range(3):
                            second = a[q, c] * (j - j0) if q != k else 0.0
                            best[c] = a[k, c] + (i - i0) * a[p, c] + second
            if shorter:
                for c in range(3):
                    a[k, c] = best[c]
                changed = True
        if not changed:
            break
    if determinant(a) < 0.0:
        for c in range(3):
            a[dimensions - 1, c] *= -1.0
    return a


@compiled
def strain(random, largest, cell, dimensions, strained):
    """Write a randomly strained cell and return the deformation, a matrix that acts on positions.

    exp(ε) to second order, ε with independent components up to `largest`. Its inverse is as likely,
    and it does not depend on which vectors span the lattice.
    """
    d = dimensions
    epsilon, deformation = np.zeros((3, 3)), np.empty((3, 3))
    for a in range(d):
        for b in range(d):
            epsilon[a, b] = largest * (2.0 * random.random() - 1.0)
    for a in range(3):
        for b in range(3):
            square = 0.0
            for k in range(3):
                square += epsilon[a, k] * epsilon[k, b]
            deformation[a, b] = epsilon[a, b] + 0.5 * square + (1.0 if a == b else 0.0)
    strained[:] = cell
    for a in range(d):
        for b in range(d):
            strained[a, b] = 0.0
            for k in range(d):
                strained[a, b] += cell[a, k] * deformation[b, k]
    return deformation


@compiled
def height(cell, dimensions):
    """Smallest distance between opposite faces of a cell."""
    if dimensions == 2:
        area = abs(cell[0, 0] * cell[1, 1] - cell[0, 1] * cell[1, 0])
        longest = max(np.dot(cell[0], cell[0]), np.dot(cell[1], cell[1]))
        return area / math.sqrt(longest)
    least = np.inf
    for k in range(3):
        normal = np.cross(cell[(k + 1) % 3], cell[(k + 2) % 3])
        least = min(least, abs(np.dot(normal, cell[k])) / math.sqrt(np.dot(normal, normal)))
    return least


def in_box(
    cell: NDArray[np.float64],
    positions: NDArray[np.float64],
    types: NDArray[np.integer],
    type_names: Sequence[str],
    dimensions: int,
    orientations: NDArray[np.float64] | None = None,
    type_shapes: tuple[dict[str, Any], ...] | None = None,
) -> Configuration:
    """Configuration of particles in a cell with any lattice vectors, turned into a box.

    Bodies turn with the cell.

    Parameters
    ----------
    cell : ndarray, shape (3, 3)
        Lattice vectors as rows, right-handed.
    positions : ndarray, shape (N, 3)
        Cartesian, anywhere.
    types : ndarray of int, shape (N,)
    type_names : sequence of str
    dimensions : int
    orientations : ndarray, shape (N, 4), optional
    type_shapes : tuple of dict, optional
        As in `Configuration`.

    Raises
    ------
    ValueError
        Where the cell has no volume or is left-handed.
    """
    if dimensions == 2:
        cell = np.array([[*cell[0, :2], 0.0], [*cell[1, :2], 0.0], [0.0, 0.0, 1.0]])
    if not np.linalg.det(cell) > 0.0:
        raise ValueError("the cell has no volume, or is left-handed")
    rotation, upper = np.linalg.qr(cell.T)
    signs = np.sign(np.diag(upper))
    rotation, lower = rotation * signs, (upper * signs[:, None]).T
    (lx, _, _), (yx, ly, _), (zx, zy, lz) = lower
    fractional = positions @ np.linalg.inv(cell)
    fractional[:, :dimensions] -= np.floor(fractional[:, :dimensions] + 0.5)
    if dimensions == 2:
        fractional[:, 2] = 0.0
    if orientations is not None:
        import rowan

        orientations = rowan.normalize(rowan.multiply(rowan.from_matrix(rotation.T), orientations))
    return Configuration(
        positions=fractional @ lower,
        box=np.array([lx, ly, lz, yx / ly, zx / lz, zy / lz]),
        dimensions=dimensions,
        types=np.asarray(types, dtype=np.int32),
        type_names=tuple(type_names),
        orientations=orientations,
        type_shapes=type_shapes,
    )


def placed(
    configuration: Configuration, cell: NDArray[np.float64], positions: NDArray[np.float64]
) -> Configuration:
    """The same particles at other positions in another cell; see `in_box`."""
    return in_box(
        cell,
        positions,
        configuration.types,
        configuration.type_names,
        configuration.dimensions,
        configuration.orientations,
        configuration.type_shapes,
    )
