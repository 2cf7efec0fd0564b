"""Static structure factor S(k), and the rotational symmetry of the diffraction pattern."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration


def structure_factor(
    configuration: Configuration, k_max: float, bins: int = 200
) -> tuple[np.ndarray, np.ndarray]:
    """S(k) averaged over directions, by the Debye formula.

    Parameters
    ----------
    configuration : Configuration
        Periodic images are not counted; small k, below 2 pi over half the box, mean nothing.
    k_max : float
        Largest wave number.
    bins : int

    Returns
    -------
    k, S : ndarray of float64, shape (bins,)
    """
    import freud

    debye = freud.diffraction.StaticStructureFactorDebye(num_k_values=bins, k_max=k_max)
    debye.compute((configuration.freud_box(), configuration.positions))
    return np.asarray(debye.k_values, dtype=float), np.asarray(debye.S_k, dtype=float)


def diffraction_pattern(
    configuration: Configuration, axis: int = 2, points: int = 420, reach: float = 20.0
) -> tuple[np.ndarray, np.ndarray]:
    """Scattered intensity in a plane of wave vectors: the pattern seen along a Cartesian axis.

    Parameters
    ----------
    configuration : Configuration
        Of a periodic box the largest ball counts, with a smooth edge (the square of a cosine), so
        that the box has no say; of a cluster, every particle alike.
    axis : {0, 1, 2}
        Along which one looks; in two dimensions always the third.
    points : int
        Wave vectors along each side.
    reach : float
        Largest component of a wave vector, in units of the inverse nearest-neighbour distance.

    Returns
    -------
    intensity : ndarray of float64, shape (points, points)
        Row by row upwards; 1 on average without any order.
    k : ndarray of float64, shape (points,)
        Components of the wave vectors.

    Raises
    ------
    ValueError
        If there are fewer than two particles apart from each other.
    """
    from analysis.neighbourhoods import nearest, periodic_images

    first = nearest(configuration, 1).distances[:, 0]
    first = first[np.isfinite(first) & (first > 0)]
    if len(first) == 0:
        raise ValueError("no pair of particles at a distance, expected at least one")
    dims = configuration.dimensions
    if configuration.periodic:
        radius = 0.5 * float(configuration.widths.min())
        found, _ = periodic_images(configuration, radius)
        distance = np.linalg.norm(found, axis=1)
        found, distance = found[distance < radius], distance[distance < radius]
        weight = np.cos(0.5 * np.pi * distance / radius) ** 2
    else:
        found = configuration.positions[:, :dims]
        weight = np.ones(len(found))
    right, up = (0, 1) if dims == 2 else [(1, 2), (2, 0), (0, 1)][axis]
    k = np.linspace(-reach, reach, points) / float(np.median(first))
    # exp(-i k.r) is a product, so that the sum over particles is one product of matrices
    across = np.exp(-1j * np.outer(found[:, right], k)) * weight[:, None]
    along = np.exp(-1j * np.outer(found[:, up], k))
    return np.abs(along.T @ across) ** 2 / max(float((weight**2).sum()), 1e-300), k


def diffraction_symmetry(
    configuration: Configuration,
    folds: tuple[int, ...] = (2, 4, 6, 8, 10, 12),
    members: np.ndarray | None = None,
) -> tuple[int, float]:
    """Rotational symmetry of the diffraction pattern of a plane of particles.

    Parameters
    ----------
    configuration : Configuration
        Two-dimensional. The pattern is that of a disc of particles as large as fits, with a
        smooth edge, so that neither the box nor the shape of the sample has a say.
    folds : tuple of int
        Symmetries that are tried; Friedel's law makes all of them even.
    members : ndarray of bool, shape (N,), optional
        The particles that count.

    Returns
    -------
    fold : int
        The symmetry found: the largest n for which the pattern, turned by 2 pi / n, is like
        itself to at least nine tenths of the best; 0 if none is.
    likeness : float
        Correlation of the pattern with itself, turned so; 1 is perfect, about 0 a fluid's.

    Raises
    ------
    ValueError
        If the configuration is not two-dimensional.
    """
    if configuration.dimensions != 2:
        raise ValueError(f"dimensions is {configuration.dimensions}, expected 2")
    from analysis.neighbourhoods import nearest, periodic_images

    kept = np.ones(configuration.n_particles, dtype=bool) if members is None else members
    if kept.sum() < 12:
        return 0, 0.0
    length = float(np.median(nearest(configuration, 1).distances[kept, 0]))
    points = configuration.positions[kept, :2]
    if configuration.periodic:
        # With images the disc may be as wide as the box is at its narrowest.
        radius = 0.5 * float(configuration.widths.min())
        images, origin = periodic_images(configuration, radius)
        points = images[kept[origin]]
        centre = np.zeros(2)
    else:
        centre = points.mean(axis=0)
        radius = float(np.quantile(np.linalg.norm(points - centre, axis=1), 0.95))
    away = np.linalg.norm(points - centre, axis=1)
    inside = away < radius
    points = points[inside] - centre
    window = np.cos(0.5 * np.pi * away[inside] / radius) ** 2
    radii = np.arange(4.0, 15.0, 0.5 * np.pi * length / radius) / length
    angles = np.arange(180) * np.pi / 180
    intensity = np.empty((len(radii), len(angles)))
    for column, angle in enumerate(angles):
        along = points @ np.array([np.cos(angle), np.sin(angle)])
        intensity[:, column] = np.abs(np.exp(1j * np.outer(radii, along)) @ window) ** 2
    # Rings of one length, each less its mean: what depends on the direction.
    deviation = intensity - intensity.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(deviation, axis=1)) ** 2
    total = spectrum.sum()
    if total == 0.0:
        return 0, 0.0
    # Angles cover half a turn: harmonic m of these is harmonic 2 m of a full one.
    harmonics = 2 * np.arange(spectrum.shape[1])
    weights = spectrum.sum(axis=0)
    weights[1:-1] *= 2.0
    likeness = {
        n: float((weights * np.cos(harmonics * 2.0 * np.pi / n)).sum() / weights.sum())
        for n in folds
        if n > 2
    }
    best = max(likeness.values())
    if best < 0.5:
        return 0, best
    fold = max(n for n, value in likeness.items() if value > 0.9 * best)
    return fold, likeness[fold]
