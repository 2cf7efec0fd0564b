"""Radial distribution function g(r) and its first minimum."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.neighbourhoods import nearest, within


def radial_distribution(
    configuration: Configuration, r_max: float, bins: int = 100
) -> tuple[np.ndarray, np.ndarray]:
    """g(r) of all pairs, periodic images included.

    Parameters
    ----------
    configuration : Configuration
    r_max : float
        Largest distance.
    bins : int
        Number of equal bins.

    Returns
    -------
    r, g : ndarray of float64, shape (bins,)
        Bin centres, and the density of neighbours there over the mean density of the box. With an
        open boundary the box has no meaning and neither has the absolute height of g.
    """
    distances = np.asarray(within(configuration, r_max).distances)
    counts, edges = np.histogram(distances, bins=bins, range=(0.0, r_max))
    inside = np.pi * edges**2 if configuration.dimensions == 2 else 4 / 3 * np.pi * edges**3
    expected = np.diff(inside) * configuration.number_density * max(configuration.n_particles, 1)
    return 0.5 * (edges[1:] + edges[:-1]), counts / expected


def first_minimum(configuration: Configuration) -> float:
    """Distance of the first minimum of g(r), the usual cut-off of the first shell.

    g(r) is smoothed by a Gaussian of 3 % of the nearest distance; the minimum is the lowest point
    between the first peak and the next peak that rises again by a tenth of the first one.

    Raises
    ------
    ValueError
        If there are fewer than two particles within reach, so that there is no g(r).
    """
    from scipy.ndimage import gaussian_filter1d

    first = nearest(configuration, 1).distances[:, 0]
    first = first[np.isfinite(first) & (first > 0)]
    if len(first) == 0:
        raise ValueError("no pair of particles at a distance, expected at least one for g(r)")
    scale = float(np.median(first))
    bins = 300
    r, g = radial_distribution(configuration, 3.0 * scale, bins)
    g = gaussian_filter1d(g, 0.03 * scale / (r[1] - r[0]))
    peak = int(np.argmax(np.where(r < 1.3 * scale, g, 0.0)))
    lowest = peak
    for k in range(peak, bins):
        if g[k] < g[lowest]:
            lowest = k
        elif g[k] > g[lowest] + 0.1 * g[peak]:
            break
    # A perfect crystal has a gap, not a point: its middle is farthest from both shells.
    gap = lowest
    while gap + 1 < bins and g[gap + 1] <= g[lowest] + 1e-9 * g[peak]:
        gap += 1
    return float(0.5 * (r[lowest] + r[gap]))
