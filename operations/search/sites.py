"""Rigid bodies of sites that interact by pair potentials: the compiled interaction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit

from operations.interactions.pair_functions import PairFunction
from operations.search.bodies import Bodies, Interact, with_geometry
from operations.search.kernels import make_kernel
from operations.search.pair_source import Form, Slot, compile_pair, dispatch
from operations.search.scales import length_and_energy


def site_bodies(
    sites: Sequence[np.ndarray],
    functions: Mapping[tuple[int, int], PairFunction],
    pressure: float | None = None,
) -> Bodies:
    """Bodies of the types that have these sites.

    Parameters
    ----------
    sites : sequence of ndarray, shape (n, 3)
        Relative to the centre of each type; a point has one at the origin.
    functions : mapping
        Of the sites of each pair of types.
    pressure : float, optional
        Sets the scales where nothing attracts.
    """
    kernel = make_kernel(functions)
    bond, depth = length_and_energy(functions.values(), pressure, 3)
    # A rotation moves the sites by their distance from the centre.
    square = max(float((each**2).sum(axis=1).mean()) for each in sites)
    length = math.sqrt(2.0 / 3.0 * square) or bond
    # As far apart as bodies of that many sites at the density of a cluster.
    most = max(len(each) for each in sites)
    farthest = [float(np.linalg.norm(each, axis=1).max()) for each in sites]
    distance = min(bond * most ** (1.0 / 3.0), bond + 2.0 * max(farthest))
    strongest = max(len(one) * len(other) for one in sites for other in sites)
    return Bodies(
        with_geometry(kernel.coefficients, sites, length),
        kernel.forms,
        _compile(kernel.compiled),
        distance,
        depth * min(strongest, most),
        float((kernel.coefficients[:, :, Slot.R_CUT] + np.add.outer(farthest, farthest)).max()),
    )


@lru_cache(maxsize=128)
def _compile(forms: tuple[Form | str, ...]) -> Interact:
    pair = dispatch([compile_pair(form)[0] for form in forms])

    @njit(fastmath=False, error_model="numpy")
    def interact(problem, vectors, one, other, x, y, z, out):
        for k in range(9):
            out[k] = 0.0
        (s, i, i_end), (t, j, j_end) = one, other
        c, form = problem.coefficients[s, t], problem.forms[s, t]
        energy = 0.0
        for a in range(i, i_end):
            ax, ay, az = vectors[a, 0], vectors[a, 1], vectors[a, 2]
            for b in range(j, j_end):
                bx, by, bz = vectors[b, 0], vectors[b, 1], vectors[b, 2]
                dx, dy, dz = x + bx - ax, y + by - ay, z + bz - az
                q = dx * dx + dy * dy + dz * dz
                if q >= c[Slot.R_CUT_SQUARED]:
                    continue
                u, g = pair(q, form, c)
                energy += u
                dx, dy, dz = -g * dx, -g * dy, -g * dz  # derivative by the vector
                out[0] += dx
                out[1] += dy
                out[2] += dz
                out[3] -= ay * dz - az * dy
                out[4] -= az * dx - ax * dz
                out[5] -= ax * dy - ay * dx
                out[6] += by * dz - bz * dy
                out[7] += bz * dx - bx * dz
                out[8] += bx * dy - by * dx
        return energy

    result: Any = interact
    return result
