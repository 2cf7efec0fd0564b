"""Several states at once: the multistate Bennett acceptance ratio.

M. R. Shirts and J. D. Chodera, J. Chem. Phys. 129, 124105 (2008): the free energies under which the
samples of all states are most probable, and the weights that make of all of them averages of any
state. Without bins it is the weighted histogram analysis of A. M. Ferrenberg and R. H. Swendsen,
Phys. Rev. Lett. 63, 1195 (1989).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Turns of the self-consistent equations before Newton's method, which begins near its end.
TURNS = 20
#: Steps of that method at most.
MOST_STEPS = 100
#: The weights of each state add up to 1 within this.
SUM = 1e-9
#: Samples that belong to both of two groups of states, about; with fewer nothing joins them.
LEAST_SHARED = 0.1


@dataclass(frozen=True)
class Mixture:
    """Samples of several states as samples of one mixture of them.

    Attributes
    ----------
    free_energies : ndarray, shape (K,)
        βF of the states, that of the first being 0.
    log_density : ndarray, shape (n,)
        ln Σ_k N_k exp(f_k - u_k) at every sample.
    """

    free_energies: FloatArray
    log_density: FloatArray

    @classmethod
    def of(cls, reduced: FloatArray, counts: Sequence[int]) -> Mixture:
        """The mixture of samples.

        Parameters
        ----------
        reduced : ndarray, shape (K, n)
            βU of every sample in every state, the samples of the first state first.
        counts : sequence of int, length K
            Samples of each state.

        Raises
        ------
        ValueError
            Where nothing joins one part of the states to the others.
        """
        number = np.asarray(counts, dtype=np.float64)
        f = np.zeros(len(number))
        for _ in range(TURNS):
            f -= np.log(_shares(reduced, number, f)[1].sum(axis=1) / number)
            f -= f[0]
        # Newton's method on -ln of the likelihood, which is convex
        density, shares = _shares(reduced, number, f)
        for _ in range(MOST_STEPS):
            sums = shares.sum(axis=1)
            if np.abs(sums / number - 1.0).max() < SUM:
                break
            curvature = (np.diag(sums) - shares @ shares.T)[1:, 1:]
            step = np.append(0.0, np.linalg.lstsq(curvature, (number - sums)[1:], rcond=None)[0])
            before = density.sum() - number @ f
            while True:
                density, shares = _shares(reduced, number, f + step)
                if density.sum() - number @ (f + step) <= before + SUM or np.abs(step).max() < SUM:
                    break
                step *= 0.5
            f = f + step
        # the second eigenvalue is 1 where one part of the states shares no sample with the other
        overlap = np.linalg.eigvalsh(shares @ shares.T / np.sqrt(np.outer(number, number)))
        if len(f) > 1 and (1.0 - overlap[-2]) * number.sum() < LEAST_SHARED:
            raise ValueError("the states share no samples: their free energies have no value")
        return cls(f, density)

    def log_weights(self, reduced: FloatArray) -> FloatArray:
        """Logarithms of the weights of the samples in a state, up to normalisation: their sum is
        exp(-βF) of the state.

        Parameters
        ----------
        reduced : ndarray, shape (n,)
            βU of every sample in the state.
        """
        return -reduced - self.log_density


def _shares(
    reduced: FloatArray, number: FloatArray, f: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Logarithm of the density of the mixture at every sample, and which share of each sample
    belongs to each state, shape (K, n)."""
    terms = f[:, None] - reduced
    most = terms.max(axis=0)
    weights = number[:, None] * np.exp(terms - most)
    sums = weights.sum(axis=0)
    return most + np.log(sums), weights / sums
