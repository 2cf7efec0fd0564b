"""Sums over pairs by a team of lanes, from the same pair functions as those of the CPU.

``pairs(problem, r, cell, force, virial, work) → energy`` is `operations.search.kernels.Kernel.sum`
without memory of its own, and over ordered pairs, so that no lane writes what is another's. In a
cluster lanes own particles; in a cell, which has few particles and many images, lanes share the
neighbours and images of one particle after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numba import cfunc, njit

from operations.search.compilation import FASTMATH
from operations.search.kernels import MAX_IMAGES, dispatched, longest_cutoff
from operations.search.lbfgs import INVERSE, NEAR, make_work
from operations.search.matrices import invert
from operations.search.pair_source import R_CUT_SQUARED, Form, first_coefficients
from operations.search.problem import SUM
from operations.search.team import WIDTH, lane, sync, total


@njit(fastmath=FASTMATH, error_model="numpy")
def _row(c):
    """All coefficients, left in their array: a spline has too many for registers."""
    return c


def of_pairs(one_type: bool, width: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Compiled functions that give coefficients and form of the pairs of one type, and from those,
    or from the tables of a mixture, the ones of a pair of particles."""
    if one_type:
        take = first_coefficients(width) if width > 1 else _row

        @njit(fastmath=FASTMATH, error_model="numpy")
        def of_all(problem):
            return take(problem.coefficients[0, 0]), problem.forms[0, 0]

        @njit(fastmath=FASTMATH, error_model="numpy")
        def of_pair(shared, problem, i, j):
            return shared

    else:

        @njit(fastmath=FASTMATH, error_model="numpy")
        def of_all(problem):
            return 0

        @njit(fastmath=FASTMATH, error_model="numpy")
        def of_pair(shared, problem, i, j):
            a, b = problem.types[i], problem.types[j]
            return problem.coefficients[a, b], problem.forms[a, b]

    return of_all, of_pair


@njit(fastmath=FASTMATH, error_model="numpy")
def images_either_way(inverse, k, dimensions, r_cut):
    """Periods along lattice vector k beyond the nearest image within reach, as `image_vectors`."""
    if k >= dimensions:
        return 0
    square = inverse[0, k] ** 2 + inverse[1, k] ** 2 + inverse[2, k] ** 2
    return int(max(0.0, min(math.ceil(r_cut * math.sqrt(square) + 0.5) - 1.0, MAX_IMAGES)))


@njit(fastmath=FASTMATH, error_model="numpy")
def _nearest(problem, r, cell, inverse, i, near):
    """Write r_i - r_j for every j, fractional components brought to [-1/2, 1/2]."""
    n = len(problem.types)
    for j in range(lane(), n, WIDTH):
        x, y, z = r[i] - r[j], r[n + i] - r[n + j], r[2 * n + i] - r[2 * n + j]
        for k in range(problem.dimensions):
            # Columns of the inverse are dual to the lattice vectors: one k at a time is exact.
            periods = math.floor(inverse[0, k] * x + inverse[1, k] * y + inverse[2, k] * z + 0.5)
            x -= periods * cell[k, 0]
            y -= periods * cell[k, 1]
            z -= periods * cell[k, 2]
        near[j], near[n + j], near[2 * n + j] = x, y, z


@lru_cache(maxsize=128)
def team_sum(forms: tuple[Form | str, ...], one_type: bool, periodic: bool) -> Any:
    """Compiled ``pairs(problem, r, cell, force, virial, work)`` of these forms, for a team.

    Parameters
    ----------
    forms, one_type
        As in `operations.search.kernels.Kernel.sum`.
    periodic : bool
        The other leaves the virial alone.
    """
    pair, _, width = dispatched(forms, one_type)
    of_all, of_pair = of_pairs(one_type, width)

    @njit(fastmath=FASTMATH, error_model="numpy")
    def of_cluster(problem, r, cell, force, virial, work):
        n = len(problem.types)
        shared = of_all(problem)
        energy = 0.0
        for i in range(lane(), n, WIDTH):
            x, y, z = r[i], r[n + i], r[2 * n + i]
            fx = fy = fz = 0.0
            for j in range(n):
                dx, dy, dz = x - r[j], y - r[n + j], z - r[2 * n + j]
                q = dx * dx + dy * dy + dz * dz
                c, form = of_pair(shared, problem, i, j)
                if q < c[R_CUT_SQUARED] and j != i:
                    u, g = pair(q, form, c)
                    energy += 0.5 * u
                    fx += g * dx
                    fy += g * dy
                    fz += g * dz
            force[i], force[n + i], force[2 * n + i] = fx, fy, fz
        sync()
        return total(energy)

    @njit(fastmath=FASTMATH, error_model="numpy")
    def of_cell(problem, r, cell, force, virial, work):
        n, d = len(problem.types), problem.dimensions
        near, inverse = work.rows[NEAR], work.matrices[INVERSE]
        if lane() == 0:
            invert(cell, inverse)
        sync()
        r_cut = longest_cutoff(problem.coefficients)
        most_a = images_either_way(inverse, 0, d, r_cut)
        most_b = images_either_way(inverse, 1, d, r_cut)
        most_c = images_either_way(inverse, 2, d, r_cut)
        size_b, size_c = 2 * most_b + 1, 2 * most_c + 1
        images = (2 * most_a + 1) * size_b * size_c
        if not images <= MAX_IMAGES:
            sync()  # the others may still be reading what the next call writes
            return np.nan
        # So many lanes for the neighbours; each such group takes its part of the images.
        side = 1
        while side < n and side < WIDTH:
            side *= 2
        shared = of_all(problem)
        energy = vxx = vyy = vzz = vxy = vxz = vyz = 0.0
        for i in range(n):
            _nearest(problem, r, cell, inverse, i, near)
            sync()
            fx = fy = fz = 0.0
            for image in range(lane() // side, images, WIDTH // side):
                a = image // (size_b * size_c) - most_a
                b = image // size_c % size_b - most_b
                c = image % size_c - most_c
                itself = i if a == 0 and b == 0 and c == 0 else -1
                sx = a * cell[0, 0] + b * cell[1, 0] + c * cell[2, 0]
                sy = a * cell[0, 1] + b * cell[1, 1] + c * cell[2, 1]
                sz = a * cell[0, 2] + b * cell[1, 2] + c * cell[2, 2]
                for j in range(lane() % side, n, side):
                    dx, dy, dz = near[j] + sx, near[n + j] + sy, near[2 * n + j] + sz
                    q = dx * dx + dy * dy + dz * dz
                    coefficients, form = of_pair(shared, problem, i, j)
                    if q < coefficients[R_CUT_SQUARED] and j != itself:
                        u, g = pair(q, form, coefficients)
                        energy += 0.5 * u
                        fx += g * dx
                        fy += g * dy
                        fz += g * dz
                        vxx += g * dx * dx
                        vyy += g * dy * dy
                        vzz += g * dz * dz
                        vxy += g * dx * dy
                        vxz += g * dx * dz
                        vyz += g * dy * dz
            fx, fy, fz = total(fx), total(fy), total(fz)
            if lane() == 0:
                force[i], force[n + i], force[2 * n + i] = fx, fy, fz
            sync()
        vxx, vyy, vzz = total(vxx), total(vyy), total(vzz)
        vxy, vxz, vyz = total(vxy), total(vxz), total(vyz)
        if lane() == 0:
            virial[0, 0], virial[1, 1], virial[2, 2] = 0.5 * vxx, 0.5 * vyy, 0.5 * vzz
            virial[0, 1] = virial[1, 0] = 0.5 * vxy
            virial[0, 2] = virial[2, 0] = 0.5 * vxz
            virial[1, 2] = virial[2, 1] = 0.5 * vyz
        sync()
        return total(energy)

    return of_cell if periodic else of_cluster


@lru_cache(maxsize=128)
def team_sum_alone(forms: tuple[Form | str, ...], one_type: bool, periodic: bool) -> Any:
    """The same by a team of one on the CPU, a function pointer as `Kernel.sum` gives: what a GPU
    sums, where there is none."""
    pairs = team_sum(forms, one_type, periodic)

    @cfunc(SUM, fastmath=FASTMATH, error_model="numpy")
    def alone(problem, r, cell, force, virial):
        return pairs(problem, r, cell, force, virial, make_work(len(r)))

    return alone
