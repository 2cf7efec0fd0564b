"""What Monte Carlo of small cells shares, whatever is in them; compiled."""

from __future__ import annotations

import math

from operations.search.compilation import compiled
from operations.search.moves import is_mixture


@compiled
def metropolis(random, weight):
    """Whether a trial move is accepted whose states have weights in the ratio exp(weight)."""
    return weight >= 0.0 or random.random() < math.exp(weight)


@compiled
def exchanges(types):
    """Trial exchanges of unlike particles in one sweep."""
    return len(types) // 2 + 1 if is_mixture(types) else 0


@compiled
def adapt(lengths, tried, accepted, share, shortest, longest):
    """Step lengths for the next sweeps, in place, so that this share of trial moves is accepted."""
    for k in range(len(lengths)):
        if tried[k] > 0.0:
            lengths[k] *= math.exp(accepted[k] / tried[k] - share)
            lengths[k] = min(max(lengths[k], shortest), longest[k])
