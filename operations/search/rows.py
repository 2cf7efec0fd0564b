"""Compiled sums over the pairs j < i of a cluster, row by row.

``rows(x, y, z, fx, fy, fz, types, coefficients, forms) → energy`` adds the forces to fx, fy and fz.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from operations.search.compilation import FASTMATH, NoAlias
from operations.search.pair_source import R_CUT_SQUARED, Slot, first_coefficients

#: Rows are padded to whole vectors of so many numbers; what is left over would run one by one.
LANES = 4


def vector_rows(pair: Any, width: int) -> Any:
    """Rows without branches, of one type of particle.

    Two rows at a time share what they load and store. Arrays are padded to whole vectors, and
    where the number of particles is odd, the next one has to be beyond every cut-off.

    Parameters
    ----------
    pair : callable
        Compiled ``pair(q, form, c) → (u, -(du/dr)/r)``.
    width : int
        Number of coefficients c.
    """
    in_registers = first_coefficients(width)

    @njit(fastmath=FASTMATH, error_model="numpy")
    def act(dx, dy, dz, counts, form, c):
        q = dx * dx + dy * dy + dz * dz
        u, g = pair(q, form, c)
        # The particle itself gives inf or nan, which is masked like what is far.
        counts &= q < c[R_CUT_SQUARED]
        g = g if counts else 0.0
        return u if counts else 0.0, g * dx, g * dy, g * dz

    @njit(pipeline_class=NoAlias, fastmath=FASTMATH, error_model="numpy")
    def rows(x, y, z, fx, fy, fz, types, coefficients, forms):
        # In registers: loads from an array might see the forces that are stored in between.
        c, form = in_registers(coefficients[0, 0]), forms[0, 0]
        energy = 0.0
        for i in range(0, len(types), 2):
            k = i + 1
            xi, yi, zi, xk, yk, zk = x[i], y[i], z[i], x[k], y[k], z[k]
            e = fxi = fyi = fzi = fxk = fyk = fzk = 0.0
            for j in range((k + LANES - 1) // LANES * LANES):
                u, ax, ay, az = act(xi - x[j], yi - y[j], zi - z[j], j < i, form, c)
                v, bx, by, bz = act(xk - x[j], yk - y[j], zk - z[j], j < k, form, c)
                e += u + v
                fxi += ax
                fyi += ay
                fzi += az
                fxk += bx
                fyk += by
                fzk += bz
                fx[j] -= ax + bx
                fy[j] -= ay + by
                fz[j] -= az + bz
            energy += e
            fx[i] += fxi
            fy[i] += fyi
            fz[i] += fzi
            fx[k] += fxk
            fy[k] += fyk
            fz[k] += fzk
        return energy

    return rows


def scalar_rows(pair: Any, one_type: bool) -> Any:
    """Rows of any particles, one pair by another and only within the cut-off."""

    @njit(fastmath=FASTMATH, error_model="numpy")
    def rows(x, y, z, fx, fy, fz, types, coefficients, forms):
        c, form = coefficients[0, 0], forms[0, 0]
        energy = 0.0
        for i in range(len(types)):
            fxi = fyi = fzi = 0.0
            for j in range(i):
                dx, dy, dz = x[i] - x[j], y[i] - y[j], z[i] - z[j]
                q = dx * dx + dy * dy + dz * dz
                if not one_type:
                    c = coefficients[types[i], types[j]]
                    form = forms[types[i], types[j]]
                if q < c[Slot.R_CUT_SQUARED]:
                    u, g = pair(q, form, c)
                    energy += u
                    fxi += g * dx
                    fyi += g * dy
                    fzi += g * dz
                    fx[j] -= g * dx
                    fy[j] -= g * dy
                    fz[j] -= g * dz
            fx[i] += fxi
            fy[i] += fyi
            fz[i] += fzi
        return energy

    return rows
