"""Energy and forces of a small network of neighbourhoods: numpy, and torch where it is trained.

The sums over pairs of neighbours of R_n(r) R_n(r') cos^l are squares of moments of the neighbours,
so that the work grows with the neighbours and not with their pairs. The slope of the energy is
written out: of what it gives, torch needs one derivative only, by the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import factorial
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.neighbourhoods import pairs_within
from operations.interactions.external import Evaluated
from workspace_schema.potentials.learned import LearnedBasis

#: Neighbours of all particles at once, of which each takes about 2 kB.
MOST_NEIGHBOURS = 4_000_000


@dataclass(frozen=True)
class Neighbourhoods:
    """All that does not depend on weights; where there is no neighbour, functions are zero.

    Attributes
    ----------
    types : ndarray of int, shape (N,)
    others : ndarray of int, shape (N, k)
        Numbers of the neighbours.
    ways : ndarray, shape (N, k, 3)
        Unit vectors to them.
    distances : ndarray, shape (N, k)
    radial, slopes : ndarray, shape (N, k, K)
        Functions of the distance.
    powers : ndarray, shape (N, k, M)
        Monomials of the unit vectors.
    turns : ndarray, shape (3, N, k, M)
        Their derivatives.
    """

    types: Any
    others: Any
    ways: Any
    distances: Any
    radial: Any
    slopes: Any
    powers: Any
    turns: Any

    @classmethod
    def of(cls, frames: Sequence[Configuration], basis: LearnedBasis) -> Neighbourhoods:
        """Those of configurations, one behind the other.

        Raises
        ------
        ValueError
            Where they have more than `MOST_NEIGHBOURS`, each particle counted like that with most.
        """
        starts = np.cumsum([0, *(frame.n_particles for frame in frames)])
        pairs = [pairs_within(frame, basis.r_cut) for frame in frames]
        i, j = (
            np.concatenate([pair[end] + start for pair, start in zip(pairs, starts, strict=False)])
            for end in (0, 1)
        )
        vectors, n = np.concatenate([pair[2] for pair in pairs]), starts[-1]
        counts = np.bincount(i, minlength=n)
        place = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
        shape = (int(n), max(int(counts.max(initial=0)), 1))
        if shape[0] * shape[1] > MOST_NEIGHBOURS:
            raise ValueError(
                f"{shape[0]} particles with up to {shape[1]} neighbours within r_cut ="
                f" {basis.r_cut:g} are too many for a network; expected at most {MOST_NEIGHBOURS}"
                " neighbours in all: fewer particles or frames, or a smaller r_cut"
            )
        others, y = np.zeros(shape, int), np.ones(shape)
        ways, distances = np.zeros((*shape, 3)), np.ones(shape)
        others[i, place] = j
        r, room = np.linalg.norm(vectors, axis=1), basis.r_cut - basis.r_in
        y[i, place], distances[i, place] = (r - basis.r_in) / room, r
        ways[i, place] = vectors / r[:, None]
        radial, slopes = _radial(y, basis.radial)
        powers, turns = _monomials(ways, basis.degree)
        types = np.concatenate([frame.types for frame in frames]).astype(int)
        return cls(types, others, ways, distances, radial, slopes / room, powers, turns)


def features(
    weights: Mapping[str, Any], seen: Neighbourhoods, degree: int, xp: Any = np
) -> tuple[Any, Any, Any]:
    """Numbers of every particle, shape (N, channels (degree + 2)), and what they are made of: the
    channels of every neighbour, and the moments."""
    channels = _mixed(seen.radial, weights["mix"], seen)
    moments = xp.swapaxes(channels, 1, 2) @ seen.powers
    squares = moments**2 @ _degrees(degree, xp)
    n = len(moments)
    return xp.concatenate([moments[:, :, 0], squares.reshape(n, -1)], 1), channels, moments


def energies_and_slopes(
    weights: Mapping[str, Any], seen: Neighbourhoods, degree: int, xp: Any = np
) -> tuple[Any, Any]:
    """Energy of every particle, shape (N,), and its derivatives by the vectors to its neighbours,
    shape (N, k, 3)."""
    found, channels, moments = features(weights, seen, degree, xp)
    bent = xp.tanh(found @ weights["inner"] + weights["bias"][seen.types])
    straight = weights["straight"][seen.types]
    energies = (found * straight).sum(1) + bent @ weights["outer"]
    by_feature = straight + ((1.0 - bent**2) * weights["outer"]) @ weights["inner"].T
    n, width = len(moments), channels.shape[-1]
    by_square = by_feature[:, width:].reshape(n, width, -1)
    by_moment = 2.0 * moments * (by_square @ _degrees(degree, xp).T)
    first = xp.zeros_like(by_moment)
    first[:, :, 0] = by_feature[:, :width]
    by_moment = by_moment + first
    by_channel = seen.powers @ xp.swapaxes(by_moment, 1, 2)
    by_power = channels @ by_moment
    along = (_mixed(seen.slopes, weights["mix"], seen) * by_channel).sum(-1)
    turned = xp.stack([(by_power * turn).sum(-1) for turn in seen.turns], -1)
    across = turned - (turned * seen.ways).sum(-1)[..., None] * seen.ways
    return energies, along[..., None] * seen.ways + across / seen.distances[..., None]


def evaluate(
    basis: LearnedBasis, weights: Mapping[str, np.ndarray], configuration: Configuration
) -> Evaluated:
    """The potential at a configuration."""
    seen = Neighbourhoods.of([configuration], basis)
    energies, slopes = energies_and_slopes(weights, seen, basis.degree)
    forces = slopes.sum(1)
    for axis in range(3):
        pull = np.bincount(seen.others.ravel(), slopes[..., axis].ravel(), len(forces))
        forces[:, axis] -= pull
    vectors = (seen.ways * seen.distances[..., None]).reshape(-1, 3)
    return Evaluated(float(energies.sum()), forces, -vectors.T @ slopes.reshape(-1, 3))


def _mixed(functions: Any, mix: Any, seen: Neighbourhoods) -> Any:
    """Channels of functions of the distance, by the types of the two."""
    if mix.shape[0] == 1:
        return functions @ mix[0, 0]
    return (functions[..., None, :] @ mix[seen.types[:, None], seen.types[seen.others]])[..., 0, :]


def _radial(y: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """cos(kπy) times what fades from 1 below y = 0 to 0 at 1 with two derivatives, and their
    derivatives."""
    y = y[..., None]
    k, z = np.pi * np.arange(count), np.maximum(y, 0.0)
    fade, fall = 1.0 + z**3 * (-10.0 + z * (15.0 - 6.0 * z)), -30.0 * (z * (1.0 - z)) ** 2
    return np.cos(k * y) * fade, np.cos(k * y) * fall - k * np.sin(k * y) * fade


@cache
def _exponents(degree: int) -> np.ndarray:
    """Of the monomials up to a degree, shape (M, 3), by degree."""
    return np.array(
        [
            (a, b, total - a - b)
            for total in range(degree + 1)
            for a in range(total, -1, -1)
            for b in range(total - a, -1, -1)
        ]
    )


@cache
def _degrees(degree: int, xp: Any) -> Any:
    """How often each monomial is in each power of the cosine, shape (M, degree + 1)."""
    found = np.zeros((len(_exponents(degree)), degree + 1))
    for row, each in zip(found, _exponents(degree).tolist(), strict=True):
        row[sum(each)] = factorial(sum(each)) / np.prod([factorial(n) for n in each])
    return found if xp is np else xp.tensor(found)


def _monomials(u: np.ndarray, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Of vectors, shape (..., M), and their derivatives, shape (3, ..., M)."""
    powers = [np.ones_like(u)]
    for _ in range(degree):
        powers.append(powers[-1] * u)
    table = np.stack(powers, axis=-1)  # (..., 3, degree + 1)
    exponents = _exponents(degree).T
    x, y, z = (table[..., axis, :][..., exponents[axis]] for axis in range(3))
    less = [
        table[..., axis, :][..., np.maximum(exponents[axis] - 1, 0)] * exponents[axis]
        for axis in range(3)
    ]
    return x * y * z, np.stack([less[0] * y * z, x * less[1] * z, x * y * less[2]])
