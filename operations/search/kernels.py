"""Compiled energy, forces and virial of a configuration.

The loops over pairs are compiled around the pair functions of `operations.search.pair_source`,
once for each combination of forms. All sums have one signature, so that what is built on them
(minimisers, moves) is compiled once for all potentials and kept on disk.

Coordinates are a structure of arrays (x, y, z apart). A potential of one type of particle without
transcendental functions is summed without branches, which vectorises; any other only within its
cut-off.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import cfunc, njit
from numba import types as nb
from numpy.typing import NDArray

from operations.interactions.pair_functions import PairFunction
from operations.search.compilation import FASTMATH, NoAlias, compiled
from operations.search.matrices import inverse, transposed
from operations.search.pair_source import (
    R_CUT_SQUARED,
    Form,
    Slot,
    compile_pair,
    describe,
    dispatch,
    first_coefficients,
)
from operations.search.problem import PAIR_SUM, PAIRS, SUM, Problem
from operations.search.rows import LANES, scalar_rows, vector_rows

if TYPE_CHECKING:
    from analysis.configuration import Configuration

FloatArray = NDArray[np.float64]

#: More periodic images than this within the cut-off: the energy is nan.
MAX_IMAGES = 6_000

#: A distance beyond every cut-off, whose powers do not underflow: that costs a hundred cycles.
FAR = 1e9


@compiled(nb.float64(PAIR_SUM, *SUM.args))
def _call(pair_sum, problem, r, cell, force, virial):
    return pair_sum(problem, r, cell, force, virial)


@dataclass(frozen=True)
class Kernel:
    """Energy, forces and virial of configurations with given interactions.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (n_types, n_types, n_coefficients)
        Cut-off, truncation constants and parameters of each pair of types.
    forms : ndarray of int64, shape (n_types, n_types)
        Which of the compiled pair functions a pair of types has.
    compiled : tuple
        The distinct forms.
    """

    coefficients: FloatArray
    forms: NDArray[np.int64]
    compiled: tuple[Form | str, ...]

    def sum(self, periodic: bool) -> Any:
        """Compiled sum over pairs, a function pointer with the signature `SUM`.

        ``sum(problem, r, cell, force, virial) → energy`` with all x, then all y, then all z in
        ``r`` (3 N) and ``force`` (3 N), and lattice vectors as the rows of ``cell`` (3, 3) writes
        forces and virial (3, 3); the sum for an open boundary leaves cell and virial alone.
        """
        return (_compile_periodic if periodic else _compile_open)(
            self.compiled, len(self.forms) == 1
        )

    @property
    def pair_energies(self) -> Any:
        """Compiled energies of the pairs of two sets of points, with the signature `PAIRS`."""
        return _compile_pair_energies(self.compiled, len(self.forms) == 1)

    def problem(self, types: NDArray[np.integer], cell: FloatArray, dimensions: int) -> Problem:
        """What the compiled functions take for particles of these types in a fixed cell."""
        types = np.ascontiguousarray(types, dtype=np.int64)
        return Problem(types, self.coefficients, self.forms, cell, dimensions)

    def energies_between(
        self,
        points: FloatArray,
        types: NDArray[np.int64],
        others: FloatArray,
        types_of_others: NDArray[np.int64],
    ) -> FloatArray:
        """Pair energies of points (n, 3) with others (m, 3), shape (n, m); without images."""
        energies = np.empty((len(points), len(others)))
        a, b = np.ascontiguousarray(points.T), np.ascontiguousarray(others.T)
        self.pair_energies(
            self.problem(types, np.eye(3), 3), a, types, b, types_of_others, energies
        )
        return energies

    def evaluate(self, configuration: Configuration) -> tuple[float, FloatArray, FloatArray]:
        """Potential energy, forces and virial.

        Parameters
        ----------
        configuration : Configuration
            In any periodic cell, also one smaller than the cut-off, or open.

        Returns
        -------
        energy : float
        forces : ndarray of float64, shape (N, 3)
        virial : ndarray of float64, shape (3, 3)
            Σ over pairs of r_ij ⊗ f_ij, the negative derivative of the energy by a
            homogeneous strain; the pressure is (N kT + trace/dimensions) / volume.
        """
        n = configuration.n_particles
        forces = np.zeros(3 * n)
        types = configuration.types
        if len(types) and types.max() >= len(self.forms):
            raise ValueError(f"type {types.max()} has no pair functions in this kernel")
        virial = np.zeros((3, 3))
        cell, r = configuration.cell, configuration.positions.T.ravel()
        problem = self.problem(types, cell, configuration.dimensions)
        energy = _call(self.sum(configuration.periodic), problem, r, cell, forces, virial)
        forces = np.ascontiguousarray(forces.reshape(3, n).T)
        if not configuration.periodic:
            # Without a net force the origin does not matter; near the particles it rounds least.
            positions = configuration.positions - configuration.positions.mean(axis=0)
            virial = positions.T @ forces
        return float(energy), forces, virial

    def pressure(self, configuration: Configuration) -> float:
        """Pressure of a configuration at rest; nan where the boundary is open."""
        if not configuration.periodic:
            return math.nan
        _, _, virial = self.evaluate(configuration)
        d = configuration.dimensions
        return float(np.trace(virial[:d, :d])) / (d * configuration.volume)


def make_kernel(pair_functions: Mapping[tuple[int, int], PairFunction]) -> Kernel:
    """Kernel for the pair functions of all pairs of types (i, j), i <= j.

    Its sums are compiled when first asked for, once in a process for each combination of forms.
    """
    n_types = 1 + max(j for _, j in pair_functions)
    described = {pair: describe(function) for pair, function in pair_functions.items()}
    forms = tuple(dict.fromkeys(form for form, _ in described.values()))
    width = max(len(row) for _, row in described.values())
    coefficients = np.zeros((n_types, n_types, width))
    index = np.zeros((n_types, n_types), dtype=np.int64)
    for (i, j), (form, row) in described.items():
        for a, b in ((i, j), (j, i)):
            coefficients[a, b, : len(row)] = row
            index[a, b] = forms.index(form)
    return Kernel(coefficients, index, forms)


@compiled
def longest_cutoff(coefficients):
    """The longest cut-off of all pairs of types."""
    longest = 0.0
    for a in range(coefficients.shape[0]):
        for b in range(coefficients.shape[1]):
            longest = max(longest, coefficients[a, b, Slot.R_CUT])
    return longest


@compiled(fastmath=FASTMATH)
def image_vectors(cell, reciprocal, dimensions, r_cut):
    """Lattice vectors by which images within reach differ from the nearest; zero first.

    The nearest image along lattice vector k is within half a period; images m
    periods further are at least (m - 1/2) times the height of the cell away. None where they are
    more than `MAX_IMAGES`, or the cell has no volume.
    """
    most = np.zeros(3, dtype=np.int64)
    for k in range(dimensions):
        square = 0.0
        for a in range(3):
            square += reciprocal[k, a] * reciprocal[k, a]
        most[k] = max(0.0, min(math.ceil(r_cut * math.sqrt(square) + 0.5) - 1.0, MAX_IMAGES))
    size = 2 * most + 1
    if not size[0] * 1.0 * size[1] * size[2] <= MAX_IMAGES:
        return np.zeros((0, 3))
    result = np.zeros((size[0] * size[1] * size[2], 3))
    row = 1
    for a in range(-most[0], most[0] + 1):
        for b in range(-most[1], most[1] + 1):
            for c in range(-most[2], most[2] + 1):
                if a != 0 or b != 0 or c != 0:
                    for k in range(3):
                        result[row, k] = a * cell[0, k] + b * cell[1, k] + c * cell[2, k]
                    row += 1
    return result


@compiled(fastmath=FASTMATH)
def nearest_images(i, last, x, y, z, cell, reciprocal, dimensions, near):
    """Write r_i - r_j for j < last, fractional components brought to [-1/2, 1/2]."""
    for j in range(last):
        near[0, j], near[1, j], near[2, j] = x[i] - x[j], y[i] - y[j], z[i] - z[j]
    for k in range(dimensions):
        gx, gy, gz = reciprocal[k, 0], reciprocal[k, 1], reciprocal[k, 2]
        ax, ay, az = cell[k, 0], cell[k, 1], cell[k, 2]
        for j in range(last):
            # Rows of the inverse are dual to the lattice vectors: one k at a time is exact.
            periods = np.rint(gx * near[0, j] + gy * near[1, j] + gz * near[2, j])
            near[0, j] -= periods * ax
            near[1, j] -= periods * ay
            near[2, j] -= periods * az


def dispatched(forms: tuple[Form | str, ...], one_type: bool) -> tuple[Any, bool, int]:
    """Compiled pair function of all forms, whether their sums vectorise, and how many coefficients
    the first form has (of a spline, whose sums are not vectorised, one will do).

    The flags are constants to the compiler, which drops the branches they decide.
    """
    compiled = [compile_pair(form) for form in forms]
    pair = dispatch([function for function, _ in compiled])
    vectorises = one_type and all(vectorises for _, vectorises in compiled)
    first = forms[0]
    width = 1 if isinstance(first, str) else Slot.PARAMETERS + len(first.parameters)
    return pair, vectorises, width


@lru_cache(maxsize=128)
def _compile_open(forms: tuple[Form | str, ...], one_type: bool) -> Any:
    """Sum over the pairs of a cluster; cell and virial are left alone."""
    pair, vectorises, width = dispatched(forms, one_type)
    rows = vector_rows(pair, width) if vectorises else scalar_rows(pair, one_type)

    @cfunc(SUM, fastmath=FASTMATH, error_model="numpy")
    def total(problem, r, cell, force, virial):
        types = problem.types
        n = len(types)
        p = np.zeros((6, (n + LANES - 1) // LANES * LANES))
        x, y, z, fx, fy, fz = p[0], p[1], p[2], p[3], p[4], p[5]
        for i in range(n):
            x[i], y[i], z[i] = r[i], r[n + i], r[2 * n + i]
        if n % 2:
            x[n] = FAR  # shares the last two rows, beyond every cut-off
        energy = rows(x, y, z, fx, fy, fz, types, problem.coefficients, problem.forms)
        for i in range(n):
            force[i], force[n + i], force[2 * n + i] = fx[i], fy[i], fz[i]
        return energy

    return total


@lru_cache(maxsize=128)
def _compile_periodic(forms: tuple[Form | str, ...], one_type: bool) -> Any:
    """Sum over the pairs of a periodic cell and their images; ordered where that vectorises."""
    pair, ordered, width = dispatched(forms, one_type)
    in_registers = first_coefficients(width)

    @cfunc(SUM, fastmath=FASTMATH, error_model="numpy")
    def total(problem, r, cell, force, virial):
        types, coefficients, forms = problem.types, problem.coefficients, problem.forms
        n, dimensions = len(types), problem.dimensions
        x, y, z = r[:n], r[n : 2 * n], r[2 * n : 3 * n]
        fx, fy, fz = force[:n], force[n : 2 * n], force[2 * n : 3 * n]
        c = coefficients[0, 0]
        # In registers: loads from an array might see the forces that are stored in between.
        fixed = in_registers(c)
        form = forms[0, 0]
        # Row k gives fractional coordinate k as its product with a position.
        reciprocal = transposed(inverse(cell))
        shifts = image_vectors(cell, reciprocal, dimensions, longest_cutoff(coefficients))
        if len(shifts) == 0:
            return np.nan
        near = np.empty((3, n))
        near_x, near_y, near_z = near[0], near[1], near[2]
        energy = vxx = vyy = vzz = vxy = vxz = vyz = 0.0
        for i in range(n):
            fx[i] = fy[i] = fz[i] = 0.0
        for i in range(n):
            last = n if ordered else i + 1
            nearest_images(i, last, x, y, z, cell, reciprocal, dimensions, near)
            fxi = fyi = fzi = 0.0
            for image in range(len(shifts)):
                sx, sy, sz = shifts[image, 0], shifts[image, 1], shifts[image, 2]
                # The particle itself is put beyond every cut-off, its images are not.
                itself = FAR * FAR if image == 0 else 0.0
                for j in range(last):
                    dx, dy, dz = near_x[j] + sx, near_y[j] + sy, near_z[j] + sz
                    q = dx * dx + dy * dy + dz * dz + (itself if j == i else 0.0)
                    if ordered:
                        u, g = pair(q, form, fixed)
                        inside = q < fixed[R_CUT_SQUARED]
                        u = 0.5 * u if inside else 0.0
                        g = 0.5 * g if inside else 0.0
                    else:
                        if not one_type:
                            c = coefficients[types[i], types[j]]
                            form = forms[types[i], types[j]]
                        if q >= c[Slot.R_CUT_SQUARED]:
                            continue
                        u, g = pair(q, form, c)
                        if j == i:  # each image of a particle is met from both sides
                            u *= 0.5
                            g *= 0.5
                        else:
                            fx[j] -= g * dx
                            fy[j] -= g * dy
                            fz[j] -= g * dz
                    energy += u
                    fxi += g * dx
                    fyi += g * dy
                    fzi += g * dz
                    vxx += g * dx * dx
                    vyy += g * dy * dy
                    vzz += g * dz * dz
                    vxy += g * dx * dy
                    vxz += g * dx * dz
                    vyz += g * dy * dz
            # Over ordered pairs g is half of what acts on i.
            scale = 2.0 if ordered else 1.0
            fx[i] += scale * fxi
            fy[i] += scale * fyi
            fz[i] += scale * fzi
        virial[0, 0], virial[1, 1], virial[2, 2] = vxx, vyy, vzz
        virial[0, 1] = virial[1, 0] = vxy
        virial[0, 2] = virial[2, 0] = vxz
        virial[1, 2] = virial[2, 1] = vyz
        return energy

    return total


@lru_cache(maxsize=128)
def _compile_pair_energies(forms: tuple[Form | str, ...], one_type: bool) -> Any:
    """Energies of all pairs of two sets of points, without periodic images."""
    pair, vectorises, width = dispatched(forms, one_type)
    in_registers = first_coefficients(width)

    @njit(pipeline_class=NoAlias, fastmath=FASTMATH, error_model="numpy")
    def row(x, y, z, b, coefficients, forms, result):
        c, form = in_registers(coefficients[0, 0]), forms[0, 0]
        for j in range(len(result)):
            dx, dy, dz = x - b[0, j], y - b[1, j], z - b[2, j]
            q = dx * dx + dy * dy + dz * dz
            u, _ = pair(q, form, c)
            result[j] = u if q < c[R_CUT_SQUARED] else 0.0

    @cfunc(PAIRS, fastmath=FASTMATH, error_model="numpy")
    def pair_energies(problem, a, types_a, b, types_b, result):
        for i in range(a.shape[1]):
            if vectorises:
                x, y, z = a[0, i], a[1, i], a[2, i]
                row(x, y, z, b, problem.coefficients, problem.forms, result[i])
                continue
            for j in range(b.shape[1]):
                c = problem.coefficients[types_a[i], types_b[j]]
                dx, dy, dz = a[0, i] - b[0, j], a[1, i] - b[1, j], a[2, i] - b[2, j]
                q = dx * dx + dy * dy + dz * dz
                u, _ = pair(q, problem.forms[types_a[i], types_b[j]], c)
                result[i, j] = u if q < c[Slot.R_CUT_SQUARED] else 0.0

    return pair_energies
