"""Bond-orientational order in three dimensions: Steinhardt's q_l and w_l, and their averages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration

if TYPE_CHECKING:
    import freud


def q(
    configuration: Configuration,
    neighbours: freud.locality.NeighborList,
    degrees: Sequence[int] = (4, 6),
) -> np.ndarray:
    """q_l of every particle: Steinhardt, Nelson and Ronchetti, Phys. Rev. B 28, 784 (1983).

    Parameters
    ----------
    configuration : Configuration
    neighbours : freud.locality.NeighborList
    degrees : sequence of int
        The degrees l.

    Returns
    -------
    ndarray of float64, shape (N, len(degrees))
        Zero for particles without neighbours.

    Raises
    ------
    ValueError
        If a periodic box is narrower than twice the distance of a neighbour: freud takes the
        nearest image of each particle, which then is not the neighbour that was found.
    """
    return quadratic(harmonics(configuration, neighbours, degrees))


def averaged_harmonics(
    configuration: Configuration,
    neighbours: freud.locality.NeighborList,
    degrees: Sequence[int] = (4, 6),
    over: np.ndarray | None = None,
) -> list[np.ndarray]:
    """q_lm averaged over a particle and its neighbours.

    Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008).

    Parameters
    ----------
    configuration, neighbours, degrees
        As for `q`.
    over : ndarray of bool, shape (N,), optional
        Which neighbours to average over; all of them unless told otherwise. Those at a free
        surface, whose own shell is incomplete, are better left out.

    Returns
    -------
    list of ndarray of complex128, shape (N, 2 l + 1)
    """
    from scipy.sparse import csr_matrix

    n = configuration.n_particles
    i = np.asarray(neighbours.query_point_indices) if len(neighbours) else np.zeros(0, int)
    j = np.asarray(neighbours.point_indices) if len(neighbours) else np.zeros(0, int)
    if over is not None:
        i, j = i[over[j]], j[over[j]]
    bonds = csr_matrix((np.ones(len(i)), (i, j)), shape=(n, n))
    counts = 1.0 + np.bincount(i, minlength=n)
    raw = harmonics(configuration, neighbours, degrees)
    return [(values + bonds @ values) / counts[:, None] for values in raw]


def quadratic(raw: list[np.ndarray]) -> np.ndarray:
    """The invariants q_l, or averaged q_l, of q_lm; shape (N, number of degrees)."""
    columns = [
        np.sqrt(4.0 * np.pi / values.shape[1] * (np.abs(values) ** 2).sum(axis=1)) for values in raw
    ]
    return np.stack(columns, axis=1)


def cubic(raw: list[np.ndarray]) -> np.ndarray:
    """The invariants w_l, normalised by (sum_m |q_lm|^2)^(3/2), of q_lm of even l.

    Returns
    -------
    ndarray of float64, shape (N, number of degrees)
        Zero where all q_lm are.
    """
    columns = []
    for values in raw:
        degree = values.shape[1] // 2
        total = np.zeros(len(values))
        for m1 in range(-degree, degree + 1):
            for m2 in range(max(-degree, -degree - m1), min(degree, degree - m1) + 1):
                product = values[:, m1] * values[:, m2] * values[:, -m1 - m2]
                total += wigner_3j(degree, degree, degree, m1, m2) * product.real
        length = np.linalg.norm(values, axis=1) ** 3
        columns.append(np.where(length > 1e-12, total / np.maximum(length, 1e-12), 0.0))
    return np.stack(columns, axis=1)


def harmonics(
    configuration: Configuration,
    neighbours: freud.locality.NeighborList,
    degrees: Sequence[int] = (6,),
) -> list[np.ndarray]:
    """q_lm of every particle: the mean of the spherical harmonics of its bonds.

    The normalised product of those of two neighbours, sum_m q_lm(i) q_lm*(j), is near 1 in one
    crystal (ten Wolde, Ruiz-Montero and Frenkel, J. Chem. Phys. 104, 9932 (1996)).

    Returns
    -------
    list of ndarray of complex128, shape (N, 2 l + 1)
        One for each degree; m = 0, 1, ..., l, -l, ..., -1, so that column m is that of m.
    """
    import freud

    _check_images(configuration, neighbours)
    if not len(neighbours):
        return [
            np.zeros((configuration.n_particles, 2 * degree + 1), complex) for degree in degrees
        ]
    order = freud.order.Steinhardt(l=list(degrees))
    order.compute((configuration.freud_box(), configuration.positions), neighbors=neighbours)
    # freud leaves out the list around a single degree.
    raw = order.particle_harmonics if len(degrees) > 1 else [order.particle_harmonics]
    # It puts -1 first among the negative m; reversed, Python's negative indices fit.
    ordered = [
        np.concatenate([v[:, : v.shape[1] // 2 + 1], v[:, : v.shape[1] // 2 : -1]], axis=1)
        for v in raw
    ]
    return [np.nan_to_num(values.astype(complex)) for values in ordered]


@cache
def wigner_3j(l1: int, l2: int, l3: int, m1: int, m2: int) -> float:
    """The 3j symbol (l1 l2 l3; m1 m2 -m1-m2), by Racah's formula."""
    f = math.factorial
    m3 = -m1 - m2
    triangle = f(l1 + l2 - l3) * f(l1 - l2 + l3) * f(-l1 + l2 + l3) / f(l1 + l2 + l3 + 1)
    for degree, m in ((l1, m1), (l2, m2), (l3, m3)):
        triangle *= f(degree + m) * f(degree - m)
    total = 0.0
    first = max(0, l2 - l3 - m1, l1 - l3 + m2)
    for t in range(first, min(l1 + l2 - l3, l1 - m1, l2 + m2) + 1):
        rest = f(l1 + l2 - l3 - t) * f(l1 - m1 - t) * f(l2 + m2 - t)
        total += (-1) ** t / (f(t) * rest * f(l3 - l2 + m1 + t) * f(l3 - l1 - m2 + t))
    return (-1) ** (l1 - l2 - m3) * math.sqrt(triangle) * total


def _check_images(configuration: Configuration, neighbours: freud.locality.NeighborList) -> None:
    if not (configuration.periodic and len(neighbours)):
        return
    width = float(1.0 / np.linalg.norm(np.linalg.inv(configuration.cell), axis=0).max())
    farthest = float(np.max(neighbours.distances))
    if width < 2.0 * farthest:
        raise ValueError(
            f"box is {width:.4g} wide, expected at least {2 * farthest:.4g}, twice the distance "
            "of the farthest neighbour; repeat the cell"
        )
