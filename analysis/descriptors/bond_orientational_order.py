"""Bond-orientational order in two dimensions, psi_n."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import freud


def psi(n: int, neighbours: freud.locality.NeighborList) -> np.ndarray:
    """psi_n = <exp(i n theta)> over the bonds of each particle.

    Parameters
    ----------
    n : int
        Rotational symmetry: 6 for hexagonal order, 4 for square order, ...
    neighbours : freud.locality.NeighborList
        Which bonds count; theta is the angle of the bond to the x axis.

    Returns
    -------
    ndarray of complex128, shape (N,)
        Zero for a particle without bonds.

    Notes
    -----
    Nelson and Halperin, Phys. Rev. B 19, 2457 (1979). The same as freud's `Hexatic`, without
    its restriction to n neighbours.
    """
    vectors = np.asarray(neighbours.vectors, dtype=np.float64)
    if len(vectors) == 0:
        return np.zeros(neighbours.num_query_points, dtype=complex)
    bonds = np.exp(1j * n * np.arctan2(vectors[:, 1], vectors[:, 0]))
    return neighbourhood_mean(bonds, neighbours)


def neighbourhood_mean(values: np.ndarray, neighbours: freud.locality.NeighborList) -> np.ndarray:
    """Mean of one value per bond over the bonds of each particle; 0 without bonds."""
    n = neighbours.num_query_points
    i = np.asarray(neighbours.query_point_indices)
    counts = np.maximum(np.bincount(i, minlength=n), 1)
    if np.iscomplexobj(values):
        total = np.bincount(i, values.real, n) + 1j * np.bincount(i, values.imag, n)
    else:
        total = np.bincount(i, values, n)
    return total / counts
