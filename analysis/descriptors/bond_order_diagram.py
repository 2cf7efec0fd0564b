"""Bond-orientational order diagram: in which directions the bonds point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration

if TYPE_CHECKING:
    import freud


def bond_order_diagram(
    configuration: Configuration,
    neighbours: freud.locality.NeighborList,
    bins: tuple[int, int] = (180, 90),
) -> np.ndarray:
    """Number of bonds per solid angle, over that of an isotropic structure.

    Parameters
    ----------
    configuration : Configuration
        Three-dimensional.
    neighbours : freud.locality.NeighborList
    bins : tuple of int
        Bins of the azimuth from 0 to 2 pi and of the polar angle from 0 to pi.

    Returns
    -------
    ndarray of float64, shape `bins`
        Its mean over solid angle is 1.
    """
    import freud

    diagram = freud.environment.BondOrder(bins=bins, mode="bod")
    system = (configuration.freud_box(), configuration.positions)
    diagram.compute(system, neighbors=neighbours)
    density = np.asarray(diagram.bond_order, dtype=np.float64)
    polar = (np.arange(bins[1]) + 0.5) * np.pi / bins[1]
    weight = np.sin(polar) / np.sin(polar).sum() / bins[0]
    return density / max((density * weight).sum(), np.finfo(float).tiny)


def bond_symmetry(
    neighbours: freud.locality.NeighborList, degrees: tuple[int, ...] = (4, 6, 8, 10, 12)
) -> dict[int, float]:
    """Steinhardt's Q_l of all bonds together: the symmetry of the whole diagram.

    Parameters
    ----------
    neighbours : freud.locality.NeighborList
    degrees : tuple of int

    Returns
    -------
    dict of int to float
        About 1/sqrt(number of bonds) without long-range orientational order.

    Notes
    -----
    Steinhardt, Nelson and Ronchetti, Phys. Rev. B 28, 784 (1983). An icosahedral structure has
    Q_6 and Q_10 but neither Q_4 nor Q_8, whose icosahedral invariants vanish; cubic ones have Q_4.
    """
    from scipy.special import sph_harm_y

    vectors = np.asarray(neighbours.vectors, dtype=np.float64)
    length = np.linalg.norm(vectors, axis=1)
    vectors = vectors[length > 0] / length[length > 0, None]
    if len(vectors) == 0:
        return dict.fromkeys(degrees, 0.0)
    polar = np.arccos(np.clip(vectors[:, 2], -1.0, 1.0))
    azimuth = np.arctan2(vectors[:, 1], vectors[:, 0])
    found = {}
    for degree in degrees:
        mean = [sph_harm_y(degree, m, polar, azimuth).mean() for m in range(-degree, degree + 1)]
        square = np.sum(np.abs(mean) ** 2)
        found[degree] = float(np.sqrt(4.0 * np.pi / (2 * degree + 1) * square))
    return found
