"""Lattice constants by clustering: as many as there are peaks, at no fixed place."""

from __future__ import annotations

import numpy as np

#: Width, relative to the lattice constant, by which values are blurred before peaks are sought.
BANDWIDTH = 0.025
#: Two peaks are two lattice constants where the valley between them is lower than this part of
#: the lower peak.
VALLEY = 0.5


def five_digits(length: float) -> float:
    """A length as labels and tables have it, whatever its unit."""
    return float(f"{length:.5g}")


def cluster(values: np.ndarray, least: float = 1) -> np.ndarray:
    """Group lengths into clusters.

    Parameters
    ----------
    values : ndarray, shape (M,)
        Positive lengths, such as the mean bond length around each particle.
    least : float
        A cluster with fewer members joins the one nearest to it.

    Returns
    -------
    ndarray of int, shape (M,)
        Cluster of each value, numbered by increasing length. The density of their logarithms,
        blurred by `BANDWIDTH`, is cut at its lowest point between two peaks if that is below
        `VALLEY` times the lower peak.
    """
    from scipy.ndimage import gaussian_filter1d

    if len(values) == 0:
        return np.zeros(0, dtype=int)
    logs = np.log(np.clip(values, 1e-12, 1e12))
    step = BANDWIDTH / 5
    # Outliers must not make the histogram long; beyond these they join the outermost cluster.
    low, high = np.quantile(logs, [0.005, 0.995]) + np.array([-5.0, 5.0]) * BANDWIDTH
    bins = int(min(np.ceil((high - low) / step), 20_000)) + 1
    histogram, edges = np.histogram(logs, bins=bins, range=(low, high))
    density = gaussian_filter1d(histogram.astype(float), BANDWIDTH / step, mode="constant")
    peak, lowest, cuts = 0, 0, []
    for k in range(1, bins):
        if density[k] < density[lowest]:
            lowest = k
        valley = density[lowest] < VALLEY * min(density[peak], density[k])
        if lowest > peak and valley:
            cuts.append(edges[lowest + 1])
            peak = lowest = k
        elif density[k] > density[peak]:
            peak = lowest = k
    while cuts:
        sizes = np.bincount(np.searchsorted(np.array(cuts), logs), minlength=len(cuts) + 1)
        small = int(sizes.argmin())
        if sizes[small] >= least:
            break
        means = [logs[np.searchsorted(np.array(cuts), logs) == k].mean() for k in range(len(sizes))]
        nearer = small == len(cuts) or (
            small > 0 and means[small] - means[small - 1] < means[small + 1] - means[small]
        )
        cuts.pop(small - 1 if nearer else small)
    return np.searchsorted(np.array(cuts), logs)
