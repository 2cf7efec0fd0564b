"""From particles to the label of the whole configuration."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.lattice_constants import cluster, five_digits

#: A phase is listed above this fraction of the bulk particles.
LISTED = 0.15
#: Fewer bulk particles than this decide nothing.
FEWEST = 4
#: Below this confidence the label is "unknown".
LEAST_CONFIDENCE = 0.35


def verdict(
    probabilities: np.ndarray,
    phase_names: tuple[str, ...],
    surface: np.ndarray,
    lengths: dict[str, np.ndarray],
    neighbourhood: int,
    **rest: Any,
) -> Labels:
    """Dominant phase, fractions, lattice constants and confidence.

    Parameters
    ----------
    probabilities : ndarray, shape (N, n_phases)
        Of each particle; rows add up to 1. `phase_names` includes "unknown".
    surface : ndarray of bool, shape (N,)
        Particles at an edge, which do not decide while there are enough others.
    lengths : dict of str to ndarray, shape (N,)
        Lattice constant around each particle, were it of that crystal.
    neighbourhood : int
        Over how many particles probabilities were averaged: so many are one independent vote.
    **rest
        Further fields of `Labels`: void_fraction, grains, model, model_hash.
    """
    per_particle = probabilities.argmax(axis=1).astype(np.int8)
    common = {
        "per_particle": per_particle,
        "probabilities": probabilities.astype(np.float32),
        "phase_names": phase_names,
        **rest,
    }
    bulk = ~surface
    if bulk.sum() < (FEWEST if surface.any() else 1):
        reason = f"{int(bulk.sum())} particles away from the edge, at least {FEWEST} are needed"
        return Labels(label=UNKNOWN, confidence=0.0, phases=[], reason=reason, **common)
    counts = np.bincount(per_particle[bulk], minlength=len(phase_names)) / bulk.sum()
    ranking = np.argsort(-counts, kind="stable")
    dominant = int(ranking[0])
    members = bulk & (per_particle == dominant)
    purity = float(probabilities[members, dominant].mean())
    votes = max(bulk.sum() / neighbourhood, 1.0)
    confidence = purity * _outnumbers(counts[ranking[0]], counts[ranking[1]], votes)
    label, reason = phase_names[dominant], ""
    if label == UNKNOWN:
        reason = "solid-like, but none of the known phases"
    elif confidence < LEAST_CONFIDENCE:
        label, reason = UNKNOWN, f"no phase is clear; {label} comes closest"
    return Labels(
        label=label,
        confidence=round(confidence, 4),
        phases=_phases(per_particle, phase_names, bulk, lengths),
        reason=reason,
        **common,
    )


def _outnumbers(first: float, second: float, votes: float) -> float:
    """Probability that the first of two multinomial fractions is truly the larger one."""
    from scipy.stats import norm

    # One vote of doubt, so that a handful of unanimous particles is not certain.
    variance = (first + second - (first - second) ** 2 + 1.0 / votes) / votes
    return float(norm.cdf((first - second) / np.sqrt(variance)))


def _phases(
    per_particle: np.ndarray,
    phase_names: tuple[str, ...],
    bulk: np.ndarray,
    lengths: dict[str, np.ndarray],
) -> list[dict[str, Any]]:
    """Every phase, and every lattice constant of it, above the listed fraction."""
    phases: list[dict[str, Any]] = []
    for index, name in enumerate(phase_names):
        members = bulk & (per_particle == index)
        groups = [members]
        if name in lengths and members.any():
            number = cluster(lengths[name][members], least=LISTED * bulk.sum())
            groups = [np.zeros_like(members) for _ in range(number.max() + 1)]
            for k, group in enumerate(groups):
                group[members] = number == k
        for group in groups:
            fraction = float(group.sum() / bulk.sum())
            if fraction > LISTED:
                constant = float(np.median(lengths[name][group])) if name in lengths else None
                phases.append(
                    {
                        "phase": name,
                        "fraction": round(fraction, 4),
                        "lattice_constant": None if constant is None else five_digits(constant),
                    }
                )
    return sorted(phases, key=lambda phase: -phase["fraction"])
