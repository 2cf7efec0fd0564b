"""What compiled functions are given: the problem, and the signatures of sums over pairs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import typeof
from numba import types as nb

VECTOR = nb.float64[::1]
MATRIX = nb.float64[:, ::1]
TYPES = nb.int64[::1]
GENERATOR = typeof(np.random.default_rng())


class Problem(NamedTuple):
    """What is minimised, in the form the compiled functions take.

    Attributes
    ----------
    types : ndarray of int64, shape (N,)
    coefficients, forms : ndarray
        As in `operations.search.kernels.Kernel`.
    cell : ndarray of float64, shape (3, 3)
        Lattice vectors as rows, at F = 1; of rigid bodies the orientations that their rotation
        vectors are relative to, shape (N, 4).
    dimensions : int
    pressure : float
        Only where the cell is free.
    strain_length : float
        The length c of `operations.search.minimise`; 0 where the cell is fixed.
    compression : float
        The stiffness of `operations.search.lbfgs.compress`, where the cell is fixed.
    """

    types: np.ndarray
    coefficients: np.ndarray
    forms: np.ndarray
    cell: np.ndarray
    dimensions: int
    pressure: float = 0.0
    strain_length: float = 0.0
    compression: float = 0.0


PROBLEM = nb.NamedTuple(
    (TYPES, nb.float64[:, :, ::1], nb.int64[:, ::1], MATRIX, nb.int64, *3 * (nb.float64,)),
    Problem,
)
#: energy(problem, r, cell, force, virial) with all x, then all y, then all z in r and force, in
#: this cell instead of the problem's
SUM = nb.float64(PROBLEM, VECTOR, MATRIX, VECTOR, MATRIX)
#: pair_energies(problem, a, types_a, b, types_b, result), a and b of shape (3, n)
PAIRS = nb.void(PROBLEM, MATRIX, TYPES, MATRIX, TYPES, MATRIX)

PAIR_SUM = nb.FunctionType(SUM)
PAIR_ENERGIES = nb.FunctionType(PAIRS)
