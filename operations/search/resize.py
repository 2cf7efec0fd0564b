"""A cluster made from a smaller or larger one, to start a search from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.search import vacancies
from operations.search.kernels import Kernel

FloatArray = NDArray[np.float64]


def resized(
    kernel: Kernel, configuration: Configuration, counts: NDArray[np.int64], distance: float
) -> FloatArray:
    """Positions of a cluster with other numbers of particles, one particle after another.

    Of a type of which there are too many the particle that is bound least goes; where there are too
    few, one comes to the vacant site at the surface where it is bound best.

    Parameters
    ----------
    kernel : Kernel
    configuration : Configuration
        A cluster, with the types of the kernel.
    counts : ndarray of int64, shape (n_types,)
        Particles of each type that are wanted.
    distance : float
        Between neighbours, where there are not enough particles to tell.

    Returns
    -------
    ndarray of float64, shape (N, 3)
        Sorted by type.
    """
    r, types = configuration.positions.copy(), configuration.types.astype(np.int64)
    for kind, count in enumerate(counts):
        while (types == kind).sum() > count:
            energies = np.where(types == kind, _bound(kernel, r, types, r, types), -np.inf)
            worst = int(np.argmax(energies))
            r, types = np.delete(r, worst, axis=0), np.delete(types, worst)
    for kind, count in enumerate(counts):
        while (types == kind).sum() < count:
            sites = _sites(r, configuration.dimensions, distance)
            energies = _bound(kernel, sites, np.full(len(sites), kind), r, types)
            r = np.concatenate([r, sites[[int(np.argmin(energies))]]])
            types = np.append(types, kind)
    return r[np.argsort(types, kind="stable")]


def _bound(
    kernel: Kernel,
    points: FloatArray,
    types: NDArray[np.int64],
    others: FloatArray,
    types_of_others: NDArray[np.int64],
) -> FloatArray:
    """Energy of a particle at each point with all others that are not there."""
    energies = kernel.energies_between(points, types, others, types_of_others)
    itself = (points[:, None] == others).all(axis=2)
    return np.where(itself, 0.0, energies).sum(axis=1)


def _sites(r: FloatArray, dimensions: int, distance: float) -> FloatArray:
    """Vacant sites at the surface; beyond the outermost particle where there is none."""
    n = len(r)
    if n >= dimensions:
        v = r.T.ravel()
        sites = np.empty((3, vacancies.SITES_PER_PARTICLE * n))
        apart = vacancies.neighbour_distance(v, n)
        count = vacancies.vacant_sites(v, n, dimensions, apart, sites)
        if count:
            return np.ascontiguousarray(sites[:, :count].T)
    outermost = r[np.argmax(r[:, 0])] if n else np.zeros(3)
    return (outermost + np.array([distance, 0.0, 0.0]))[None]
