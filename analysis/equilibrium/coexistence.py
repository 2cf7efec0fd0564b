"""Where two phases have one pressure and one chemical potential, with error bars by resampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.equilibrium.branches import Branch, FloatArray, Points

#: Pressures at which chemical potentials are compared.
GRID = 500
#: Repetitions with another noise, and the part of them that must have a crossing for an error.
SAMPLES, ENOUGH = 100, 0.8
#: Part of the repetitions that is within an error: one without a crossing is outside.
WITHIN = 0.6827
#: Errors by which the densities of two phases differ at least: branches that are within their noise
#: of each other cross anywhere.
APART = 2.0


@dataclass(frozen=True)
class Coexistence:
    """Two phases side by side at one temperature.

    Attributes
    ----------
    phases : tuple of str
        That of lower density first.
    beta_pressure, beta_potential : tuple of float
        βP and βμ with the thermal wavelength 1, each with its error; NaN where that cannot be said.
    densities : tuple of (float, float)
        Of each phase, with its error.
    """

    phases: tuple[str, str]
    beta_pressure: tuple[float, float]
    beta_potential: tuple[float, float]
    densities: tuple[tuple[float, float], tuple[float, float]]


def crossings(one: Branch, other: Branch) -> FloatArray:
    """Where βμ of two branches is the same: βP, βμ, density of one, of the other; shape (n, 4)."""
    ends = [branch.pressure(branch.densities[[0, -1]]) for branch in (one, other)]
    low, high = max(e[0] for e in ends), min(e[1] for e in ends)
    if not low < high:
        return np.zeros((0, 4))
    pressures = np.linspace(low, high, GRID)
    a, b = one.at_pressure(pressures)[1], other.at_pressure(pressures)[1]
    difference = a - b
    k = np.flatnonzero(np.diff(np.sign(difference)) != 0)
    part = difference[k] / (difference[k] - difference[k + 1])
    found = pressures[k] + part * (pressures[k + 1] - pressures[k])
    rho_one, potential = one.at_pressure(found)
    rho_other, _ = other.at_pressure(found)
    found = np.column_stack([found, potential, rho_one, rho_other])
    return np.asarray(found[np.isfinite(found).all(axis=1)])


def coexistences(phases: Sequence[Points], seed: int = 0) -> list[Coexistence]:
    """All coexistences of pairs of phases at one temperature, where both are known.

    Those of a phase that another one undercuts there are left out: they are metastable; and those
    of phases whose densities are the same within their errors: they are not told apart.
    """
    random = np.random.default_rng(seed)
    known = []
    for points in phases:
        try:
            known.append((points, Branch.through(points)))
        except ValueError:
            continue
    found = []
    for (one, a), (other, b) in combinations(known, 2):
        rest = [branch for _, branch in known if branch is not a and branch is not b]
        for crossing in crossings(a, b):
            beta_p, potential = crossing[:2]
            below = [branch.at_pressure(np.array(beta_p))[1] < potential for branch in rest]
            if not any(below):
                found += _with_errors(one, other, crossing, random)
    return sorted(found, key=lambda each: each.beta_pressure[0])


def _with_errors(
    one: Points, other: Points, crossing: FloatArray, random: np.random.Generator
) -> list[Coexistence]:
    """One, or none where the phases are not told apart."""
    repeated = []
    for _ in range(SAMPLES):
        try:
            again = crossings(Branch.through(one, random), Branch.through(other, random))
        except ValueError:
            continue
        if len(again):
            repeated.append(again[np.argmin(np.abs(again[:, 0] - crossing[0]))])
    if len(repeated) < 2:
        return []
    rows = np.array(repeated)
    differences = rows[:, 2] - rows[:, 3]
    apart = (crossing[2] - crossing[3]) * np.sign(np.median(differences))
    if apart < APART * _width(differences[:, None], np.median(differences), len(rows))[0]:
        return []
    errors = np.full(4, np.nan)
    if len(rows) >= ENOUGH * SAMPLES:
        errors = _width(rows, crossing, SAMPLES)
    values = list(zip(crossing.tolist(), errors.tolist(), strict=True))
    names, densities = (one.name, other.name), (values[2], values[3])
    if crossing[2] > crossing[3]:
        names, densities = names[::-1], densities[::-1]
    return [Coexistence(names, values[0], values[1], densities)]


def _width(rows: FloatArray, centre: FloatArray, n: int) -> FloatArray:
    """Half of the widths around `centre` that have `WITHIN` of `n` repetitions; those of them that
    are no rows, shape (m, columns), are outside."""
    away = np.sort(np.abs(rows - centre), axis=0)
    return np.asarray(away[min(int(np.ceil(WITHIN * n)), len(rows)) - 1])
