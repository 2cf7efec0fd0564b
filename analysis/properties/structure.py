"""The structure of a fluid: the main peak of S(q), neighbours, and the entropy of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from analysis.configuration import Configuration
from analysis.descriptors.radial_distribution import first_minimum
from analysis.neighbourhoods import pairs_within

FloatArray = NDArray[np.float64]

#: Parts of the frames, whose spread gives errors.
PARTS = 5
#: Wave numbers of the main peak, in units of 2π over the mean distance: without the small ones,
#: where a fluid near its critical point scatters more.
NEAREST, FARTHEST = 0.7, 1.6
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
        Of one periodic system; the box may fluctuate.

    Returns
    -------
    dict
        `structure_peak`, the height of the main peak of S(q), averaged over shells as wide as the
        box makes them: 2.85 of a simple liquid that freezes (J.-P. Hansen and L. Verlet, Phys. Rev.
        184, 151 (1969)). `coordination`, neighbours of any type up to the first minimum of g(r).
        `pair_entropy`, -(ρ/2) Σ x_a x_b ∫ (g_ab ln g_ab - g_ab + 1) d^d r up to half of the box,
        x_a the part of the particles of a type, in k per particle (A. Baranyai and D. J. Evans,
        Phys. Rev. A 40, 3817 (1989)), without what the noise of the numbers of pairs adds to it on
        average.
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
    d, n = frames[0].dimensions, frames[0].n_particles
    shells, waves = [], []
    for frame in frames:
        unit, width = (
            2.0 * np.pi * frame.number_density ** (1.0 / d),
            2.0 * np.pi / min(frame.widths),
        )
        k, s = structure_factor_of_box(frame, FARTHEST * unit)
        near = k >= NEAREST * unit
        shells.append(np.rint(k[near] / width).astype(int))
        waves.append(s[near])
    numbers = np.bincount(np.concatenate(shells))
    sums = np.bincount(np.concatenate(shells), np.concatenate(waves))
    reach = 0.5 * min(min(frame.widths) for frame in frames)
    bins = max(int(FINE * reach * frames[0].number_density ** (1.0 / d)), 10)
    edges = np.linspace(0.0, reach, bins + 1)
    space = np.diff({2: np.pi, 3: 4.0 * np.pi / 3.0}[d] * edges**d)
    # numbers of pairs of each two types, and those without structure
    of_type = np.bincount(frames[0].types, minlength=len(frames[0].type_names))
    possible = np.triu(np.outer(of_type, of_type)) / (1.0 + np.eye(len(of_type)))
    pairs, even = np.zeros((2, *possible.shape, bins))
    for frame in frames:
        pairs += _pairs(frame, edges)
        even += possible[..., None] * space / frame.volume
    near = 0.5 * (edges[1:] + edges[:-1]) < np.mean([first_minimum(frame) for frame in frames])
    pairs, even = pairs[possible > 0.0], even[possible > 0.0]
    # of Poisson's numbers c with the mean m <c ψ(c)> = m (ln m + E1(m)), <c ln c> is half larger
    logarithm = np.where(pairs > 0, digamma(np.maximum(pairs, 1.0)), 0.0) - np.log(even)
    excess = pairs * logarithm - pairs + even
    return {
        "structure_peak": float(np.max(sums[numbers > 0] / numbers[numbers > 0])),
        "coordination": float(2.0 * np.sum(pairs[:, near]) / (n * len(frames))),
        "pair_entropy": float(-np.sum(excess) / (n * len(frames))),
    }


def _pairs(frame: Configuration, edges: FloatArray) -> FloatArray:
    """Numbers of pairs of each two types, the first not after the second, at distances, shape
    (types, types, bins)."""
    i, j, vectors = pairs_within(frame, float(edges[-1]))
    once = (frame.types[i] < frame.types[j]) | ((frame.types[i] == frame.types[j]) & (i < j))
    i, j, r = i[once], j[once], np.linalg.norm(vectors[once], axis=1)
    place = np.minimum(np.searchsorted(edges, r, side="right") - 1, len(edges) - 2)
    types, bins = len(frame.type_names), len(edges) - 1
    flat = (frame.types[i] * types + frame.types[j]) * bins + place
    found = np.bincount(flat, minlength=types * types * bins).astype(np.float64)
    return found.reshape(types, types, bins)
