"""Sums over pairs from a list of neighbours, by a team of lanes.

Particles lie in the cell when a list is made and are not brought back while it holds, so that an
entry, a neighbour and the period that it is shifted by, needs no nearest image. Cells narrower
than the cut-off, where a particle meets images of itself, are no special case.

One lane alone has each pair in one list; of a team, where no lane may write what is another's, both
particles have it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cfunc, njit
from numba import types as nb
from numpy.typing import NDArray

from operations.search.compilation import FASTMATH, compiled
from operations.search.kernels import dispatched
from operations.search.pair_source import R_CUT_SQUARED, Form
from operations.search.problem import MATRIX, PROBLEM, VECTOR
from operations.search.team import WIDTH, lane, sync, total
from operations.search.team_sums import of_pairs

#: An entry is the number of a neighbour, of so many bits, and above them that of a shift.
BITS = 16
MASK = 2**BITS - 1
#: Entries are numbers of 31 bits.
MOST_SHIFTS = 2 ** (31 - BITS)


class Neighbours(NamedTuple):
    """A list of neighbours of N particles in one cell, and the space to make it anew.

    Attributes
    ----------
    reach, skin : float
        Neighbours within `reach` are in the list, which holds until a particle has moved by half
        of `skin`.
    grid : ndarray of int64, shape (3,)
        How many bins are along each lattice vector.
    layers : ndarray of int64, shape (3,)
        How many bins to either side `reach` extends.
    periods : ndarray of int64, shape (3,)
        How many lattice vectors either way a shift has at most.
    shifts : ndarray of float64, shape (S, 3)
        Vectors of all shifts.
    inverse : ndarray of float64, shape (3, 3)
        Of the cell: fractional coordinates are positions times this.
    reference : ndarray of float64, shape (3 N,)
        Where the particles were when it was made.
    entries : ndarray of int32, shape (N, most neighbours)
    counts : ndarray of int64, shape (N,)
        How many entries each particle has.
    bins : ndarray of int64, shape (N,)
        In which bin each particle is.
    starts, order : ndarray of int64, shapes (bins + 1,) and (N,)
        Particles bin by bin.
    """

    reach: float
    skin: float
    grid: NDArray[np.int64]
    layers: NDArray[np.int64]
    periods: NDArray[np.int64]
    shifts: NDArray[np.float64]
    inverse: NDArray[np.float64]
    reference: NDArray[np.float64]
    entries: NDArray[np.int32]
    counts: NDArray[np.int64]
    bins: NDArray[np.int64]
    starts: NDArray[np.int64]
    order: NDArray[np.int64]


_INTEGERS, _REAL = nb.int64[::1], nb.float64
_OF_CELL = (_REAL, _REAL, _INTEGERS, _INTEGERS, _INTEGERS, MATRIX, MATRIX)
_OF_PARTICLES = (VECTOR, nb.int32[:, ::1], _INTEGERS, _INTEGERS, _INTEGERS, _INTEGERS)
NEIGHBOURS = nb.NamedTuple(_OF_CELL + _OF_PARTICLES, Neighbours)
#: energy(problem, r, neighbours, force, virial)
LISTED_SUM = nb.float64(PROBLEM, VECTOR, NEIGHBOURS, VECTOR, MATRIX)


def make_neighbours(
    cell: NDArray[np.float64], dimensions: int, n: int, r_cut: float, skin: float
) -> Neighbours:
    """Space for a list, with room for all pairs and images that can ever be within reach.

    Raises
    ------
    ValueError
        Where particles or images are more than an entry can name.
    """
    reach, inverse = r_cut + skin, np.linalg.inv(cell)
    widths = 1.0 / np.linalg.norm(inverse, axis=0)
    grid, layers, periods = (np.array([a, a, a]) for a in (1, 0, 0))
    for k in range(dimensions):
        grid[k] = min(max(1, int(widths[k] // reach)), n)
        layers[k] = math.ceil(reach * grid[k] / widths[k])
        periods[k] = -(-layers[k] // grid[k])
    triples = np.array(list(np.ndindex(*(2 * periods + 1)))) - periods
    if n > MASK or len(triples) > MOST_SHIFTS:
        raise ValueError(
            f"{n} particles with {len(triples)} images within r_cut = {r_cut:g}; expected at most"
            f" {MASK} and {MOST_SHIFTS}"
        )
    # Bins beyond a period are met once for each image, and those between only once.
    images = int(np.prod(-(-(2 * layers + 1) // grid)))
    return Neighbours(
        reach=reach,
        skin=skin,
        grid=grid,
        layers=layers,
        periods=periods,
        shifts=np.ascontiguousarray(triples @ cell),
        inverse=np.ascontiguousarray(inverse, dtype=np.float64),
        reference=np.empty(3 * n),
        entries=np.empty((n, n * images), dtype=np.int32),
        counts=np.zeros(n, dtype=np.int64),
        bins=np.zeros(n, dtype=np.int64),
        starts=np.zeros(int(grid.prod()) + 1, dtype=np.int64),
        order=np.zeros(n, dtype=np.int64),
    )


@compiled
def _bin(r, images, cell, neighbours, n, d):
    """Bring particles into the cell, counting the periods, and sort them into bins."""
    inverse, grid, bins = neighbours.inverse, neighbours.grid, neighbours.bins
    starts, order = neighbours.starts, neighbours.order
    for i in range(lane(), n, WIDTH):
        x, y, z = r[i], r[n + i], r[2 * n + i]
        own = 0
        for k in range(d):
            s = inverse[0, k] * x + inverse[1, k] * y + inverse[2, k] * z + 0.5
            periods = math.floor(s)
            for a in range(3):
                r[a * n + i] -= periods * cell[k, a]
            images[k * n + i] += int(periods)
            own = own * grid[k] + max(0, min(int((s - periods) * grid[k]), grid[k] - 1))
        bins[i] = own
        for a in range(3):
            neighbours.reference[a * n + i] = r[a * n + i]
    sync()
    if lane() == 0:
        for b in range(len(starts)):
            starts[b] = 0
        for i in range(n):
            starts[bins[i] + 1] += 1
        for b in range(len(starts) - 1):
            starts[b + 1] += starts[b]
        for i in range(n):
            order[starts[bins[i]]] = i
            starts[bins[i]] += 1
        for b in range(len(starts) - 1, 0, -1):
            starts[b] = starts[b - 1]
        starts[0] = 0
    sync()


@compiled
def make_list(problem, r, images, neighbours):
    """Bring particles into the cell and list the neighbours of each, in place."""
    n, d = len(problem.types), problem.dimensions
    grid, layers, most = neighbours.grid, neighbours.layers, neighbours.periods
    shifts, order, starts = neighbours.shifts, neighbours.order, neighbours.starts
    _bin(r, images, problem.cell, neighbours, n, d)
    square = neighbours.reach * neighbours.reach
    for i in range(lane(), n, WIDTH):
        own, found = neighbours.bins[i], 0
        c = own % grid[2] if d == 3 else 0
        b = own // grid[2] % grid[1]
        a = own // (grid[2] * grid[1])
        for u in range(a - layers[0], a + layers[0] + 1):
            pu = u // grid[0]
            for v in range(b - layers[1], b + layers[1] + 1):
                pv = v // grid[1]
                row = ((u - pu * grid[0]) * grid[1] + v - pv * grid[1]) * grid[2]
                shift = ((pu + most[0]) * (2 * most[1] + 1) + pv + most[1]) * (2 * most[2] + 1)
                for w in range(c - layers[2], c + layers[2] + 1):
                    pw = w // grid[2]
                    where, s = row + w - pw * grid[2], shift + pw + most[2]
                    home = pu == 0 and pv == 0 and pw == 0
                    x = r[i] - shifts[s, 0]
                    y = r[n + i] - shifts[s, 1]
                    z = r[2 * n + i] - shifts[s, 2]
                    for k in range(starts[where], starts[where + 1]):
                        j = order[k]
                        dx, dy, dz = x - r[j], y - r[n + j], z - r[2 * n + j]
                        near = dx * dx + dy * dy + dz * dz < square
                        mine = WIDTH > 1 or j <= i
                        if near and mine and not (home and j == i):
                            neighbours.entries[i, found] = (s << BITS) | j
                            found += 1
        neighbours.counts[i] = found
    sync()


@lru_cache(maxsize=128)
def listed_sum(forms: tuple[Form | str, ...], one_type: bool) -> Any:
    """Compiled ``pairs(problem, r, neighbours, force, virial) → energy`` of these forms, for a
    team.

    Parameters
    ----------
    forms, one_type
        As in `operations.search.kernels.Kernel.sum`.
    """
    pair, _, width = dispatched(forms, one_type)
    of_all, of_pair = of_pairs(one_type, width)

    @njit(fastmath=FASTMATH, error_model="numpy")
    def of_list(problem, r, neighbours, force, virial):
        n, shifts = len(problem.types), neighbours.shifts
        shared = of_all(problem)
        energy = vxx = vyy = vzz = vxy = vxz = vyz = 0.0
        for i in range(lane(), n, WIDTH):
            force[i] = force[n + i] = force[2 * n + i] = 0.0
        for i in range(lane(), n, WIDTH):
            x, y, z = r[i], r[n + i], r[2 * n + i]
            fx = fy = fz = 0.0
            for k in range(neighbours.counts[i]):
                entry = neighbours.entries[i, k]
                j, s = entry & MASK, entry >> BITS
                dx = x - shifts[s, 0] - r[j]
                dy = y - shifts[s, 1] - r[n + j]
                dz = z - shifts[s, 2] - r[2 * n + j]
                q = dx * dx + dy * dy + dz * dz
                c, form = of_pair(shared, problem, i, j)
                if q < c[R_CUT_SQUARED]:
                    u, g = pair(q, form, c)
                    gx, gy, gz = g * dx, g * dy, g * dz
                    fx += gx
                    fy += gy
                    fz += gz
                    if WIDTH == 1:
                        force[j] -= gx
                        force[n + j] -= gy
                        force[2 * n + j] -= gz
                    if WIDTH > 1 or j == i:  # met from both sides
                        u, gx, gy, gz = 0.5 * u, 0.5 * gx, 0.5 * gy, 0.5 * gz
                    energy += u
                    vxx += gx * dx
                    vyy += gy * dy
                    vzz += gz * dz
                    vxy += gx * dy
                    vxz += gx * dz
                    vyz += gy * dz
            force[i] += fx
            force[n + i] += fy
            force[2 * n + i] += fz
        vxx, vyy, vzz = total(vxx), total(vyy), total(vzz)
        vxy, vxz, vyz = total(vxy), total(vxz), total(vyz)
        if lane() == 0:
            virial[0, 0], virial[1, 1], virial[2, 2] = vxx, vyy, vzz
            virial[0, 1] = virial[1, 0] = vxy
            virial[0, 2] = virial[2, 0] = vxz
            virial[1, 2] = virial[2, 1] = vyz
        sync()
        return total(energy)

    return of_list


@lru_cache(maxsize=128)
def listed_sum_alone(forms: tuple[Form | str, ...], one_type: bool) -> Any:
    """The same by a team of one on the CPU: a function pointer of signature `LISTED_SUM`."""
    pairs = listed_sum(forms, one_type)

    @cfunc(LISTED_SUM, fastmath=FASTMATH, error_model="numpy")
    def alone(problem, r, neighbours, force, virial):
        return pairs(problem, r, neighbours, force, virial)

    return alone
