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
    average: bool = False,
) -> np.ndarray:
    """q_l of every particle.

    Parameters
    ----------
    configuration : Configuration
    neighbours : freud.locality.NeighborList
    degrees : sequence of int
        The degrees l.
    average : bool
        Average q_lm over a particle and its neighbours before the invariant is formed: Lechner
        and Dellago, J. Chem. Phys. 129, 114707 (2008). Without it: Steinhardt, Nelson and
        Ronchetti, Phys. Rev. B 28, 784 (1983).

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
    return _order(configuration, neighbours, degrees, average=average)


def w(
    configuration: Configuration,
    neighbours: freud.locality.NeighborList,
    degrees: Sequence[int] = (4, 6),
    average: bool = False,
) -> np.ndarray:
    """The cubic invariant w_l, normalised by (sum_m |q_lm|^2)^(3/2); arguments as for `q`."""
    return _order(configuration, neighbours, degrees, average=average, wl=True, wl_normalize=True)


def harmonics(
    configuration: Configuration, neighbours: freud.locality.NeighborList, degree: int = 6
) -> np.ndarray:
    """q_lm of every particle, normalised to length 1: its orientation.

    The product of those of two neighbours, sum_m q_lm(i) q_lm*(j), is near 1 in one crystal (ten
    Wolde, Ruiz-Montero and Frenkel, J. Chem. Phys. 104, 9932 (1996)).

    Returns
    -------
    ndarray of complex128, shape (N, 2 degree + 1)
    """
    import freud

    _check_images(configuration, neighbours)
    values = np.zeros((configuration.n_particles, 2 * degree + 1), dtype=complex)
    if len(neighbours):
        order = freud.order.Steinhardt(l=degree)
        order.compute((configuration.freud_box(), configuration.positions), neighbors=neighbours)
        raw = order.particle_harmonics
        values[:] = np.nan_to_num(raw[0] if isinstance(raw, list) else raw)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return values / np.where(length > 0, length, 1.0)


def _order(
    configuration: Configuration,
    neighbours: freud.locality.NeighborList,
    degrees: Sequence[int],
    **options: bool,
) -> np.ndarray:
    import freud

    _check_images(configuration, neighbours)
    shape = (configuration.n_particles, len(degrees))
    if not len(neighbours):
        return np.zeros(shape)
    order = freud.order.Steinhardt(l=list(degrees), **options)
    order.compute((configuration.freud_box(), configuration.positions), neighbors=neighbours)
    return np.nan_to_num(np.asarray(order.particle_order, dtype=np.float64).reshape(shape))


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
