"""Elastic constants of a crystal that moves, from the fluctuations of its cell.

C = kT/V <ηη>⁻¹, η the strain of Lagrange from the mean cell to one of a free shape, at constant kT
and isotropic pressure (M. Parrinello and A. Rahman, J. Chem. Phys. 76, 2662 (1982)): whatever the
particles are, hard ones too. They are isothermal, and as in `elastic` the coefficients of stress
and strain: under a pressure second derivatives of F + PV, whose inverse is what fluctuates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import lattice_vectors
from analysis.properties.elastic import VOIGT, moduli
from analysis.statistics import SHORTEST, correlated_mean, jackknife

FloatArray = NDArray[np.float64]

#: Standard deviation of a strain beyond which a crystal is soft enough to be no more linear, or has
#: changed its shape.
LARGEST = 0.03


def cells_of(boxes: FloatArray, dimensions: int) -> FloatArray:
    """Lattice vectors as rows, shape (n, d, d)."""
    cells = np.array([lattice_vectors(box, dimensions) for box in boxes])
    return np.asarray(cells[:, :dimensions, :dimensions])


def strains(boxes: FloatArray, dimensions: int) -> FloatArray:
    """Strain of Lagrange from the mean cell, in Voigt's order, twice the components off the
    diagonal; shape (n, 6), in the plane (n, 3).

    Parameters
    ----------
    boxes : ndarray, shape (n, 6)
        As GSD has them.
    dimensions : int
    """
    cells = cells_of(boxes, dimensions)
    change = np.linalg.inv(cells.mean(axis=0)) @ cells
    # rows are vectors: r → r F, η = (F Fᵀ - 1)/2
    metric = change @ change.transpose(0, 2, 1)
    rows, columns = np.transpose(VOIGT[dimensions])
    twice = metric[:, rows, columns] - (rows == columns)
    return np.asarray(np.where(rows == columns, 0.5, 1.0) * twice)


def constants(strain: FloatArray, volume: float, kT: float) -> FloatArray:
    """The matrix C of strains, shape (6, 6) or (3, 3), without the part of the order of one over
    their number by which the inverse of a covariance is too large (Quenouille's halves).

    Raises
    ------
    ValueError
        Where strains are as many as their components, or fewer.
    """

    def stiffness(part: FloatArray) -> FloatArray:
        if len(part) <= 2 * part.shape[1]:
            raise ValueError(f"{len(part)} cells; expected more than {2 * part.shape[1]}")
        return np.asarray(kT / volume * np.linalg.inv(np.cov(part.T)))

    half = len(strain) // 2
    halves = 0.5 * (stiffness(strain[:half]) + stiffness(strain[half:]))
    return 2.0 * stiffness(strain) - halves


def fluctuating_constants(
    boxes: FloatArray, dimensions: int, kT: float
) -> dict[str, tuple[float, float]]:
    """Moduli of a crystal and their standard errors.

    Parameters
    ----------
    boxes : ndarray, shape (n, 6)
        Of frames of production, as GSD has them, all their components free.
    dimensions : int
    kT : float

    Returns
    -------
    dict
        `isothermal_bulk_modulus` and `isothermal_shear_modulus`, as `elastic.moduli` averages; in
        three dimensions C_11, C_12 and C_44 as means over the axes of the box, which of a cubic
        crystal are the constants where these are its axes.

    Raises
    ------
    ValueError
        Where cells are too few or correlated for errors, do not shear, or have changed too much.
    """
    strain = strains(boxes, dimensions)
    spread = strain.std(axis=0)
    if not (spread > 0.0).all():
        raise ValueError("the box does not change its shape; expected cell: flexible")
    if spread.max() > LARGEST:
        raise ValueError(
            f"the cell was strained by {spread.max():.2g} on average; expected {LARGEST:g} at most"
            " of a crystal that keeps its shape"
        )
    # of squares too: a cell that swings has a mean that is known better than its variance
    series = np.concatenate([strain, strain**2], axis=1)
    time = max(correlated_mean(column).autocorrelation_time for column in series.T)
    if not len(strain) >= SHORTEST * time:
        raise ValueError(
            f"{len(strain)} frames of production, the cell forgets its shape in {2.0 * time:.3g};"
            f" expected {SHORTEST / 2:g} times as many: a longer production, or more frames"
        )
    volume = float(np.linalg.det(cells_of(boxes, dimensions)).mean())

    def estimate(found: list[FloatArray]) -> FloatArray:
        return np.array(list(_named(constants(found[0], volume, kT)).values()))

    values, errors = jackknife([strain], estimate)
    pairs = zip(values.tolist(), errors.tolist(), strict=True)
    return dict(zip(_named(np.eye(strain.shape[1])), pairs, strict=True))


def _named(matrix: FloatArray) -> dict[str, float]:
    """The columns, of a matrix of constants."""
    bulk, shear = moduli(matrix)
    named = {"isothermal_bulk_modulus": bulk, "isothermal_shear_modulus": shear}
    if len(matrix) == 6:
        c11, c44 = np.diag(matrix)[:3].mean(), np.diag(matrix)[3:].mean()
        named |= {"c11": float(c11), "c12": float(1.5 * bulk - 0.5 * c11), "c44": float(c44)}
    return named
