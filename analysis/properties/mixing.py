"""Who is next to whom in a mixture: Warren's and Cowley's parameter of the nearest neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.radial_distribution import first_minimum
from analysis.descriptors.short_range_order import short_range_order
from analysis.neighbourhoods import pairs_within

#: Parts of the frames, whose spread gives the error.
PARTS = 5


def mixing(frames: Sequence[Configuration], neighbours: int | None = None) -> tuple[float, float]:
    """Σ c_i c_j α_ij / Σ c_i c_j over unlike types i and j, and its standard error, NaN of fewer
    frames than parts.

    α_ij = 1 - P(j | i)/c_j of the nearest neighbours (J. M. Cowley, Phys. Rev. 77, 669 (1950)), c_j
    the part of the other particles that are of type j, N_j/(N - 1); of two types it is α itself: 0
    where they mix at random, however few, -1 + 2/N where a half each has unlike neighbours only,
    towards 1 where they part.

    Parameters
    ----------
    frames : sequence of Configuration
        Of one system with two types at least.
    neighbours : int, optional
        Of a particle in the first shell; left out, as many as are nearer than the first minimum of
        g(r) in the first frame, on average.
    """
    if neighbours is None:
        i, _, _ = pairs_within(frames[0], first_minimum(frames[0]))
        neighbours = max(round(len(i) / frames[0].n_particles), 1)
    values = np.array([_of(frame, neighbours) for frame in frames])
    if len(values) < PARTS:
        return float(values.mean()), np.nan
    parts = [part.mean() for part in np.array_split(values, PARTS)]
    return float(values.mean()), float(np.std(parts, ddof=1) / np.sqrt(PARTS))


def _of(frame: Configuration, neighbours: int) -> float:
    found = short_range_order(frame, (neighbours,)).parameters[0]
    # by the others, N_j/(N - 1), in place of all, N_j/N
    found = 1.0 - (1.0 - found) * (1.0 - 1.0 / frame.n_particles)
    share = np.bincount(frame.types, minlength=len(frame.type_names)) / frame.n_particles
    unlike = np.outer(share, share) * (1.0 - np.eye(len(share)))
    return float(np.sum(unlike * np.nan_to_num(found)) / unlike.sum())
