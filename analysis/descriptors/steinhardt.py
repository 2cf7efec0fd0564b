"""Bond-orientational order in three dimensions: Steinhardt's q_l and w_l, and their averages."""

from __future__ import annotations

from collections.abc import Sequence
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
    return _invariants(harmonics(configuration, neighbours, degrees))


def averaged_q(
    configuration: Configuration,
    neighbours: freud.locality.NeighborList,
    degrees: Sequence[int] = (4, 6),
    over: np.ndarray | None = None,
) -> np.ndarray:
    """q_l of q_lm averaged over a particle and its neighbours.

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
    ndarray of float64, shape (N, len(degrees))
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
    return _invariants([(values + bonds @ values) / counts[:, None] for values in raw])


def w(
    configuration: Configuration,
    neighbours: freud.locality.NeighborList,
    degrees: Sequence[int] = (4, 6),
    average: bool = False,
) -> np.ndarray:
    """The cubic invariant w_l, normalised by (sum_m |q_lm|^2)^(3/2), or that of averaged q_lm.

    Parameters, result and errors as for `q`.
    """
    import freud

    _check_images(configuration, neighbours)
    shape = (configuration.n_particles, len(degrees))
    if not len(neighbours):
        return np.zeros(shape)
    order = freud.order.Steinhardt(l=list(degrees), average=average, wl=True, wl_normalize=True)
    order.compute((configuration.freud_box(), configuration.positions), neighbors=neighbours)
    return np.nan_to_num(np.asarray(order.particle_order, dtype=np.float64).reshape(shape))


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
        One for each degree.
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
    return [np.nan_to_num(np.asarray(values, dtype=complex)) for values in raw]


def _invariants(raw: list[np.ndarray]) -> np.ndarray:
    columns = [
        np.sqrt(4.0 * np.pi / values.shape[1] * (np.abs(values) ** 2).sum(axis=1)) for values in raw
    ]
    return np.stack(columns, axis=1)


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
