"""Bennett's acceptance ratio: the free energy between two states from the work on both sides.

C. H. Bennett, J. Comput. Phys. 22, 245 (1976), with the maximum-likelihood form of M. R. Shirts, E.
Bair, G. Hooker and V. S. Pande, Phys. Rev. Lett. 91, 140601 (2003). pymbar 4.0.3 has it too, but
answers "0, error 0" where hard cores make works infinite.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from analysis.statistics import mean_of

FloatArray = NDArray[np.float64]


def bennett(forward: FloatArray, backward: FloatArray) -> float:
    """β(F_1 - F_0).

    Parameters
    ----------
    forward : ndarray, shape (n,)
        β(U_1 - U_0) of samples of state 0; may be infinite.
    backward : ndarray, shape (m,)
        β(U_0 - U_1) of samples of state 1.

    Raises
    ------
    ValueError
        Where the states do not overlap.
    """
    ratio = np.log(len(forward) / len(backward))
    finite = forward[np.isfinite(forward)]
    if len(finite) == 0 or not np.isfinite(backward).any():
        raise ValueError("no sample of the one state is possible in the other")

    def excess(x: float) -> float:
        there = expit(-(ratio + forward - x)).sum()
        back = expit(ratio - backward - x).sum()
        return float(there - back)

    ends = np.concatenate([finite, -backward[np.isfinite(backward)]])
    # where almost all samples are impossible, the root is above all works by the log of their share
    margin = 50.0 + np.log(len(forward) * len(backward))
    return float(brentq(excess, ends.min() - margin, ends.max() + margin, xtol=1e-12))


def bennett_error(forward: FloatArray, backward: FloatArray) -> float:
    """Standard error: of both sums at the root, each a series in the order of sampling, over their
    slope."""
    shift = np.log(len(forward) / len(backward)) - bennett(forward, backward)
    there, back = expit(-(shift + forward)), expit(shift - backward)
    slope = (there * (1.0 - there)).sum() + (back * (1.0 - back)).sum()
    error = np.hypot(len(there) * mean_of(there)[1], len(back) * mean_of(back)[1])
    return float(error / slope)
