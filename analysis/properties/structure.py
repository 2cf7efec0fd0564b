"""The structure of a fluid: the main peak of S(q), neighbours, and the entropy of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.descriptors.radial_distribution import first_minimum, radial_distribution

FloatArray = NDArray[np.float64]

#: Parts of the frames, whose spread gives errors.
PARTS = 5
#: Largest wave number, in units of 2π over the mean distance: beyond the main peak.
FARTHEST = 1.6
#: Bins of g(r) for each mean distance.
FINE = 40


def structure_factor_of_box(
    configuration: Configuration, k_max: float
) -> tuple[FloatArray, FloatArray]:
    """S(k) of a periodic box at its wave vectors but zero: of each and its opposite one at least.

    Returns
    -------
    k, s : ndarray, shape (m,)
        |k| up to `k_max`, and |Σ exp(-ik·r)|²/N.
    """
    d, n = configuration.dimensions, configuration.n_particles
    inverse = np.linalg.inv(configuration.cell[:d, :d])
    most = (k_max * np.linalg.norm(configuration.cell[:d, :d], axis=1) / (2.0 * np.pi)).astype(int)
    axes = [np.arange(0, most[0] + 1), *(np.arange(-m, m + 1) for m in most[1:])]
    fractional = (configuration.positions[:, :d] @ inverse).T
    waves = [np.exp(-2j * np.pi * np.outer(x, h)) for x, h in zip(fractional, axes, strict=True)]
    last = waves[2] if d == 3 else np.ones((n, 1))
    rho = np.array([(first[:, None] * waves[1]).T @ last for first in waves[0].T])
    indices = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, d)
    k = np.linalg.norm(2.0 * np.pi * indices @ inverse.T, axis=1)
    kept = (k > 0.0) & (k <= k_max)
    return k[kept], np.asarray(np.abs(rho.ravel()[kept]) ** 2 / n)


def structure(frames: Sequence[Configuration]) -> dict[str, tuple[float, float]]:
    """Quantities of a fluid with their standard errors, NaN of fewer frames than parts.

    Parameters
    ----------
    frames : sequence of Configuration
        Of one periodic box.

    Returns
    -------
    dict
        `structure_peak`, the height of the main peak of S(q), averaged over shells as wide as the
        box makes them: 2.85 of a simple liquid that freezes (J.-P. Hansen and L. Verlet, Phys. Rev.
        184, 151 (1969)). `coordination`, the neighbours up to the first minimum of g(r).
        `pair_entropy`, -(ρ/2) ∫ (g ln g - g + 1) d^d r up to half of the box, in k per particle
        (A. Baranyai and D. J. Evans, Phys. Rev. A 40, 3817 (1989)).
    """
    whole = _of(frames)
    if len(frames) < PARTS:
        return {name: (value, np.nan) for name, value in whole.items()}
    ends = np.linspace(0, len(frames), PARTS + 1).astype(int)
    found = [_of(frames[start:stop]) for start, stop in pairwise(ends)]
    errors = {name: np.std([one[name] for one in found], ddof=1) / np.sqrt(PARTS) for name in whole}
    return {name: (value, float(errors[name])) for name, value in whole.items()}


def _of(frames: Sequence[Configuration]) -> dict[str, float]:
    """The quantities, of averages over frames."""
    d, density = frames[0].dimensions, frames[0].number_density
    spacing, edge = density ** (-1.0 / d), float(min(frames[0].widths))
    k_max, width = FARTHEST * 2.0 * np.pi / spacing, 2.0 * np.pi / edge
    waves = [structure_factor_of_box(frame, k_max) for frame in frames]
    shells = np.concatenate([(k / width).astype(int) for k, _ in waves])
    sums, numbers = np.bincount(shells, np.concatenate([s for _, s in waves])), np.bincount(shells)
    bins = max(int(FINE * 0.5 * edge / spacing), 10)
    curves = [radial_distribution(frame, 0.5 * edge, bins) for frame in frames]
    r, g = curves[0][0], np.mean([g for _, g in curves], axis=0)
    shell = density * {2: 2.0 * np.pi * r, 3: 4.0 * np.pi * r**2}[d] * (r[1] - r[0])
    near = r < np.mean([first_minimum(frame) for frame in frames])
    excess = g * np.log(np.maximum(g, 1e-300)) - g + 1.0
    return {
        "structure_peak": float(np.max(sums[numbers > 0] / numbers[numbers > 0])),
        "coordination": float(np.sum((g * shell)[near])),
        "pair_entropy": float(-0.5 * np.sum(shell * excess)),
    }
