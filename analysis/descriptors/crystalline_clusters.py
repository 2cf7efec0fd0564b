"""Clusters of crystalline particles in a fluid.

P. R. ten Wolde, M. J. Ruiz-Montero and D. Frenkel, J. Chem. Phys. 104, 9932 (1996). freud has the
same crystalline particles (`freud.order.SolidLiquid`), but parts a cluster where two grains meet;
where it is asked after every few sweeps of a walk it takes more time than the walk.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.configuration import Configuration
from analysis.descriptors.real_harmonics import add_harmonics, recurrence
from analysis.periodic_neighbours import between, list_neighbours

DEGREE = 6
#: Added up harmonics of particles without neighbours are divided by the root of this.
TINY = 1e-30


def crystalline_clusters(
    configuration: Configuration, r_cut: float, aligned: float, bonds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sizes of the clusters of crystalline particles, the largest first, and which have no end.

    Parameters
    ----------
    configuration : Configuration
        In three dimensions, periodic.
    r_cut : float
        Particles closer than this are neighbours.
    aligned : float
        A pair of neighbours is a bond where the normalised product of their q_6m, which is 1 in
        one perfect crystal, is larger.
    bonds : int
        A particle with so many, at least, is crystalline. Crystalline neighbours are of one
        cluster, however they are aligned: grains that touch are one nucleus.

    Returns
    -------
    sizes : ndarray of int64
    endless : ndarray of bool
        Whether a cluster meets its own periodic image.

    Raises
    ------
    ValueError
        Where the box is narrower than twice `r_cut`.
    """
    if configuration.widths.min() < 2.0 * r_cut:
        raise ValueError(
            f"box is {configuration.widths.min():.4g} wide, expected at least {2 * r_cut:.4g},"
            " twice the distance of neighbours"
        )
    cell = np.ascontiguousarray(configuration.cell, dtype=np.float64)
    s = np.ascontiguousarray(configuration.positions @ np.linalg.inv(cell))
    n, room = len(s), 32
    counts = np.empty(n, np.int64)
    while True:
        entries = np.empty((n, room), np.int64)
        list_neighbours(s, cell, r_cut, 3, counts, entries)
        if counts.max(initial=0) <= room:
            break
        room = int(counts.max())
    a, b = (each.astype(np.float64) for each in recurrence(DEGREE))
    sizes, endless = _clusters(s, cell, counts, entries, a, b, aligned, bonds)
    order = np.argsort(sizes, kind="stable")[::-1]
    return sizes[order], endless[order]


@njit(cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"}, error_model="numpy")
def _clusters(s, cell, counts, entries, a, b, aligned, bonds):
    n, columns = len(s), 2 * DEGREE + 1
    q, of_bond = np.zeros((n, columns)), np.empty(columns)
    for i in range(n):
        for k in range(counts[i]):
            j = entries[i, k]
            if j > i:  # harmonics of even degree are the same from both sides
                x, y, z = between(s, cell, i, j)
                far = np.sqrt(x * x + y * y + z * z)
                of_bond[:] = 0.0
                add_harmonics(x / far, y / far, z / far, a, b, of_bond)
                for c in range(columns):
                    q[i, c] += of_bond[c]
                    q[j, c] += of_bond[c]
    for i in range(n):
        length = 0.0
        for c in range(columns):
            length += q[i, c] * q[i, c]
        for c in range(columns):
            q[i, c] /= np.sqrt(max(length, TINY))
    crystalline = np.empty(n, np.bool_)
    for i in range(n):
        found = 0
        for k in range(counts[i]):
            product = 0.0
            for c in range(columns):
                product += q[i, c] * q[entries[i, k], c]
            found += product > aligned
        crystalline[i] = found >= bonds
    sizes, stack = np.zeros(n, np.int64), np.empty(n, np.int64)
    # of each particle its cluster, and in which period the way to it has led
    cluster, period = np.full(n, -1), np.zeros((n, 3))
    endless, clusters = np.zeros(n, np.bool_), 0
    for first in range(n):
        if not crystalline[first] or cluster[first] >= 0:
            continue
        cluster[first] = clusters
        stack[0], left = first, 1
        while left:
            left -= 1
            i = stack[left]
            sizes[clusters] += 1
            for k in range(counts[i]):
                j = entries[i, k]
                if not crystalline[j]:
                    continue
                is_new = cluster[j] < 0
                for c in range(3):
                    there = period[i, c] - np.round(s[j, c] - s[i, c])
                    if is_new:
                        period[j, c] = there
                    elif period[j, c] != there:
                        endless[clusters] = True
                if is_new:
                    cluster[j] = clusters
                    stack[left] = j
                    left += 1
        clusters += 1
    return sizes[:clusters], endless[:clusters]
