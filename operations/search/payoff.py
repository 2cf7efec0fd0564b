"""Which strategy a run of basin hopping follows: by what the latest runs have paid; compiled."""

from __future__ import annotations

import numpy as np

from operations.search.compilation import compiled
from operations.search.walk import HISTORY, Count


@compiled
def choose(rng, settings, walk):
    """A strategy.

    Of the evaluations one half goes to all strategies alike, the other by the share of a
    strategy's runs that ended among the best tenth of all, for the evaluations they cost. In a
    double funnel the strategy that pays reaches the wider one again and again; what can reach the
    other must not starve meanwhile.
    """
    runs = min(walk.counts[Count.RUNS], HISTORY)
    # Before its first run a strategy is taken to cost its patience, of 100 evaluations a hop.
    n = len(settings.enabled)
    tried, good, cost = np.ones(n), np.full(n, 0.3), np.empty(n)
    for s in range(n):
        cost[s] = 100.0 * settings.patience[s]
    for k in range(runs):
        tried[walk.run_strategy[k]] += 1
        cost[walk.run_strategy[k]] += walk.run_cost[k]
    if runs > 0:
        threshold = -np.inf
        for _ in range(runs // 10 + 1):  # the next higher energy, as often as that
            higher = np.inf
            for k in range(runs):
                if threshold < walk.run_energy[k] < higher:
                    higher = walk.run_energy[k]
            threshold = higher
        threshold += 1e-3 * settings.depth
        for k in range(runs):
            if walk.run_energy[k] <= threshold:
                good[walk.run_strategy[k]] += 1
    pay = np.where(settings.enabled, good / cost, 0.0)
    share = pay / pay.sum() + settings.enabled / settings.enabled.sum()
    share *= tried / cost  # of evaluations; a short run is drawn more often than a long one
    u, last = rng.random() * share.sum(), 0
    for s in range(n):
        if settings.enabled[s]:
            last = s
            if u < share[s]:
                break
            u -= share[s]
    return last
