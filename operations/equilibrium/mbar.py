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
from scipy.special import logsumexp

from operations.equilibrium.bennett import bennett

FloatArray = NDArray[np.float64]

#: Turns of the self-consistent equations before Newton's method, which begins near its end.
TURNS = 20
#: Steps of that method at most.
MOST_STEPS = 100
#: The weights of each state add up to 1 within this.
SUM = 1e-9
#: Samples that belong to both of two groups of states, about; with fewer nothing joins them.
LEAST_SHARED = 0.1
#: Samples of a state that an average is made of, and energies of samples in states, at most.
MOST_SAMPLES, MOST_ENERGIES = 4000, 10**7


class ApartError(ValueError):
    """Nothing joins the states up to one of them to the others.

    Attributes
    ----------
    last : int
        Number of that one.
    """

    def __init__(self, last: int) -> None:
        super().__init__(
            f"states {last} and {last + 1} share no samples: their free energies have no value"
        )
        self.last = last


def thinned(samples: FloatArray, states: int) -> FloatArray:
    """As many samples of one of so many states as can be put together."""
    most = min(MOST_SAMPLES, MOST_ENERGIES // states**2)
    return samples[:: -(-len(samples) // most)]


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
            βU of every sample in every state, the samples of the first state first. States that
            follow one another are neighbours.
        counts : sequence of int, length K
            Samples of each state.

        Raises
        ------
        ApartError
            Where nothing joins one part of the states to the others.
        ValueError
            Where the equations are not solved within `MOST_STEPS`.
        """
        number = np.asarray(counts, dtype=np.float64)
        f = _chain(reduced, counts)
        for _ in range(TURNS):
            density = logsumexp(f[:, None] - reduced, axis=0, b=number[:, None])
            f = -logsumexp(-reduced - density, axis=1)
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
        off = float(np.abs(shares.sum(axis=1) / number - 1.0).max())
        # the second eigenvalue is 1 where one part of the states shares no sample with the other
        shared = shares @ shares.T
        overlap = np.linalg.eigvalsh(shared / np.sqrt(np.outer(number, number)))
        if len(f) > 1 and (1.0 - overlap[-2]) * number.sum() < LEAST_SHARED:
            raise ApartError(int(np.argmin([shared[:k, k:].sum() for k in range(1, len(f))])))
        if not off < np.sqrt(SUM):
            raise ValueError(
                f"free energies of {len(f)} states: weights off by {off:.2g} after {MOST_STEPS}"
                " steps of Newton's method"
            )
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


def _chain(reduced: FloatArray, counts: Sequence[int]) -> FloatArray:
    """Free energies from neighbour to neighbour, where the equations of all begin: of large
    systems the shares of all at equal free energies are too small for numbers."""
    ends = np.cumsum([0, *counts])
    f = [0.0]
    for k in range(len(counts) - 1):
        work = reduced[k + 1] - reduced[k]
        here, there = slice(ends[k], ends[k + 1]), slice(ends[k + 1], ends[k + 2])
        f.append(f[-1] + bennett(work[here], -work[there]))
    return np.array(f)


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
