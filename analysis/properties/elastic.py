"""Elastic constants at rest: the stress of a crystal that is strained a little, particles relaxed.

C_ij = ∂σ_i/∂ε_j in Voigt's order (xx, yy, zz, yz, xz, xy; in the plane xx, yy, xy), by central
differences. Under a pressure these are the coefficients of stress and strain, not second
derivatives of the energy; both are the same at none. D. C. Wallace, Thermodynamics of Crystals
(Wiley, 1972).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration

FloatArray = NDArray[np.float64]

#: Strain to both sides.
STRAIN = 1e-4
#: Stress at rest beside a pressure, in units of the bulk modulus, that the constants may contain.
ANISOTROPIC = 0.01
#: Components of a symmetric tensor in Voigt's order.
VOIGT = {2: ((0, 0), (1, 1), (0, 1)), 3: ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))}


def elastic_constants(
    crystal: Configuration, stress: Callable[[Configuration], FloatArray]
) -> FloatArray:
    """The matrix C, shape (6, 6), in the plane (3, 3).

    Parameters
    ----------
    crystal : Configuration
        At rest.
    stress : callable
        The stress (3, 3), positive in tension, of a configuration whose particles it relaxes in
        their cell; an isotropic one of -P under a pressure.

    Raises
    ------
    ValueError
        Where the stress at rest is not isotropic.
    """
    components = VOIGT[crystal.dimensions]
    rows, columns = np.transpose(components)
    matrix = np.empty((len(components), len(components)))
    for k, (a, b) in enumerate(components):
        ends = []
        for sign in (1.0, -1.0):
            strain = np.zeros((3, 3))
            # engineering strain: twice the component off the diagonal
            strain[a, b] = strain[b, a] = sign * STRAIN * (1.0 if a == b else 0.5)
            deformed = strained(crystal, strain)
            # from the frame of the new cell to that of the strain
            turn = np.linalg.inv(crystal.cell @ (np.eye(3) + strain)) @ deformed.cell
            ends.append((turn @ stress(deformed) @ turn.T)[rows, columns])
        matrix[:, k] = (ends[0] - ends[1]) / (2.0 * STRAIN)
    d = crystal.dimensions
    at_rest = stress(crystal)[:d, :d]
    off = float(np.abs(at_rest - np.trace(at_rest) / d * np.eye(d)).max())
    bulk = float(matrix[:d, :d].mean())
    if not off <= ANISOTROPIC * abs(bulk):
        raise ValueError(
            f"stress at rest is not isotropic by {off:.3g}, of a bulk modulus of {bulk:.3g};"
            " expected a cell that is free (method.cell: flexible), or that of the crystal"
        )
    return 0.5 * (matrix + matrix.T)


def strained(configuration: Configuration, strain: FloatArray) -> Configuration:
    """Cell and particles after a small symmetric strain, turned as a GSD box is."""
    deformed = configuration.cell @ (np.eye(3) + strain)
    # the vectors of a GSD box are a triangle
    cell = np.linalg.cholesky(deformed @ deformed.T)
    lx, ly, lz = np.diag(cell)
    box = np.array([lx, ly, lz, cell[1, 0] / ly, cell[2, 0] / lz, cell[2, 1] / lz])
    if configuration.dimensions == 2:
        box[2], box[4:] = configuration.box[2], 0.0
    fractional = configuration.positions @ np.linalg.inv(configuration.cell)
    return replace(configuration, positions=fractional @ cell, box=box, velocities=None)


def moduli(matrix: FloatArray) -> tuple[float, float]:
    """Bulk and shear modulus of grains in all directions, strained alike (Voigt's average)."""
    d = 2 if len(matrix) == 3 else 3
    normal = matrix[:d, :d]
    bulk = float(normal.mean())
    diagonal, off = float(np.trace(normal)), float(normal.sum() - np.trace(normal)) / 2.0
    turning = float(np.trace(matrix[d:, d:]))
    if d == 2:
        return bulk, (diagonal - 2.0 * off + 4.0 * turning) / 8.0
    return bulk, (diagonal - off + 3.0 * turning) / 15.0
