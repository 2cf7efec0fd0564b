"""Chemical short-range order of a mixture: who is next to whom, shell by shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.configuration import Configuration
from analysis.neighbourhoods import nearest


@dataclass(frozen=True)
class ShortRangeOrder:
    """Warren-Cowley parameters and motifs of a configuration.

    Attributes
    ----------
    parameters : ndarray, shape (n_shells, n_types, n_types)
        1 - P(j | i) / c_j, with the part of the neighbours of particles of type i in a shell that
        are of type j, and the part c_j of all particles that are: 0 in a random mixture, negative
        where unlike ones attract, at most 1 for i = j where they have separated. NaN where there
        are no particles of the type.
    motifs : ndarray, shape (n_types, first shell + 1)
        Part of the particles of every type that have 0, 1, … unlike neighbours in the first shell.
    random : ndarray, of the same shape
        The same, were types random: binomial.
    """

    parameters: np.ndarray
    motifs: np.ndarray
    random: np.ndarray


def short_range_order(
    configuration: Configuration, shells: Sequence[int] = (12, 6)
) -> ShortRangeOrder:
    """Order of the types of a crystal, from positions with thermal motion.

    Parameters
    ----------
    configuration : Configuration
    shells : sequence of int
        Neighbours of each shell: 12 and 6 in fcc, 8 and 6 in bcc. Neighbours are ranked by their
        distance.

    Raises
    ------
    ValueError
        If a shell has no neighbours, or the configuration fewer than two types.

    Notes
    -----
    Cowley, Phys. Rev. 77, 669 (1950). Motifs: Sheriff, Cao and Freitas, npj Comput. Mater. 10, 215
    (2024), who tell apart how unlike neighbours are arranged, too.
    """
    from scipy.stats import binom

    n_types = len(configuration.type_names)
    if n_types < 2:
        raise ValueError("the configuration has one type, expected at least two")
    if not shells or min(shells) < 1:
        raise ValueError(f"shells is {list(shells)}, expected numbers of neighbours")
    types = configuration.types
    share = np.bincount(types, minlength=n_types) / len(types)
    around = types[nearest(configuration, sum(shells)).indices]
    counts = np.stack([(around == j) for j in range(n_types)], axis=2)
    parameters = np.full((len(shells), n_types, n_types), np.nan)
    motifs = np.full((n_types, shells[0] + 1), np.nan)
    random = np.full_like(motifs, np.nan)
    bounds = [0, *np.cumsum(shells).tolist()]
    for i in np.flatnonzero(share):
        own = counts[types == i]
        for shell, (a, b) in enumerate(pairwise(bounds)):
            with np.errstate(divide="ignore", invalid="ignore"):
                parameters[shell, i] = 1.0 - own[:, a:b].mean(axis=(0, 1)) / share
        unlike = shells[0] - own[:, : shells[0], i].sum(axis=1)
        motifs[i] = np.bincount(unlike, minlength=shells[0] + 1) / len(own)
        random[i] = binom.pmf(np.arange(shells[0] + 1), shells[0], 1.0 - share[i])
    return ShortRangeOrder(parameters, motifs, random)
