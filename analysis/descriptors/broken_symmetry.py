"""Which symmetry a distortion breaks, named by the spherical harmonics that it brings in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: A component below this part of the sum of the squared distances is rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class BrokenSymmetry:
    """The order parameters that lead from one cluster of points to another.

    Attributes
    ----------
    degree : int
        The lowest degree l that the symmetric cluster lacks and the other needs; 0 where none is.
    components : ndarray, shape (2 degree + 1,)
        Of that degree, from m = -l to l: real harmonics, z the axis; without what is along those
        of the symmetric cluster.
    even : bool
        Whether the distortion looks the same from the opposite side (parity + of the degree).
    """

    degree: int
    components: np.ndarray
    even: bool


def broken_symmetry(symmetric: np.ndarray, distorted: np.ndarray, l_max: int = 6) -> BrokenSymmetry:
    """Name what is broken on the way from a symmetric cluster to a distorted one.

    A map that keeps all symmetries of its input cannot turn the first cluster into the second. What
    it would have to be given besides is the gradient of its error with respect to harmonics of any
    degree at zero: for a density of points on the sphere, the difference of their expansions.

    Parameters
    ----------
    symmetric, distorted : ndarray, shape (N, 3)
        Points about their common centre, which may be at different distances; each counts by its
        squared distance, so that lengths matter, too.
    l_max : int

    Raises
    ------
    ValueError
        If the clusters do not have as many points.

    Notes
    -----
    T. E. Smidt, M. Geiger and B. K. Miller, Phys. Rev. Research 3, L012002 (2021).
    """
    if symmetric.shape != distorted.shape:
        raise ValueError(
            f"clusters of {len(symmetric)} and {len(distorted)} points, expected alike"
        )
    size = (symmetric**2).sum()
    for degree in range(1, l_max + 1):
        own = expansion(symmetric, degree)
        found = expansion(distorted, degree) - own
        if np.abs(own).max() > _ROUNDING * size:  # more or less of what is there breaks nothing
            found = found - own * (found @ own) / (own @ own)
        if np.abs(found).max() > _ROUNDING * size:
            return BrokenSymmetry(degree, found, degree % 2 == 0)
    return BrokenSymmetry(0, np.zeros(1), True)


def expansion(points: np.ndarray, degree: int) -> np.ndarray:
    """Sum of the real harmonics of one degree over points, times their squared distances.

    Returns
    -------
    ndarray, shape (2 degree + 1,)
        From m = -degree to degree.
    """
    from scipy.special import sph_harm_y

    r = np.linalg.norm(points, axis=1)
    polar = np.arccos(np.clip(points[:, 2] / np.maximum(r, 1e-300), -1.0, 1.0))
    azimuth = np.arctan2(points[:, 1], points[:, 0])
    found = np.zeros(2 * degree + 1)
    for m in range(degree + 1):
        values = sph_harm_y(degree, m, polar, azimuth)
        factor = 1.0 if m == 0 else np.sqrt(2.0)
        found[degree + m] = factor * (r**2 * values.real).sum()
        if m:
            found[degree - m] = factor * (r**2 * values.imag).sum()
    return found
