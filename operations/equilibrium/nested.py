"""What a sequence of nested volumes says: averages at every temperature.

J. Skilling, Bayesian Analysis 1, 833 (2006); L. B. Pártay, A. P. Bartók and G. Csányi, J. Phys.
Chem. B 114, 10502 (2010). Of n configurations that are drawn alike below an energy the highest
leaves the volume below itself, in units of what was there, at a place that is distributed as the
largest of n uniform numbers. Where several have the same highest energy they go one by one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def log_weights(alive: FloatArray, random: np.random.Generator | None = None) -> FloatArray:
    """Logarithm of the volume between each configuration and the next lower one, shape (n,).

    Parameters
    ----------
    alive : ndarray, shape (n,)
        How many there were when each of them was the highest, in the order of their energies, the
        highest first. The volume is 1 at the beginning.
    random : numpy.random.Generator, optional
        Draw the volumes as they may be; otherwise the mean of their logarithms.
    """
    steps = np.ones(len(alive)) if random is None else random.standard_exponential(len(alive))
    volumes = -np.cumsum(steps / alive)
    before = np.append(0.0, volumes[:-1])
    # log(X' - X), both of one size
    return np.asarray(before + np.log(-np.expm1(volumes - before)))


def canonical(weights: FloatArray, heights: FloatArray, kT: float) -> FloatArray:
    """Probabilities at a temperature, shape (n,), that add up to 1.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        See `log_weights`.
    heights : ndarray, shape (n,)
        Energies, at a pressure enthalpies, of the whole system.
    """
    logarithms = weights - heights / kT
    found = np.exp(logarithms - logarithms.max())
    return np.asarray(found / found.sum())
