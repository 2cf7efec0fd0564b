"""What the frames of a simulated liquid say: g(r), its noise, phases, errors of the potential."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.design.target import Target

FloatArray = NDArray[np.float64]

#: Blocks of frames, whose spread gives the noise of g.
BLOCKS = 5
#: Blocks of frames, whose spread gives the noise of sums over pairs.
SUM_BLOCKS = 10
#: Particles of a liquid move further than this part of their distance in one simulation.
LEAST_MOTION = 0.3
#: Eighths (quarters) of the box of one phase have numbers of particles with a smaller variance,
#: in units of their mean.
SEPARATED = 4.0


def radial(target: Target, counts: FloatArray) -> FloatArray:
    """g(r) of the pairs counted in every bin, shape (frames, bins)."""
    return np.asarray(counts.mean(axis=0) / target.ideal)


def noise(target: Target, counts: FloatArray) -> FloatArray:
    """Standard error of g from blocks, smoothed, together with that of the target."""
    blocks = np.array([radial(target, part) for part in np.array_split(counts, BLOCKS)])
    error = blocks.std(axis=0, ddof=1) / np.sqrt(BLOCKS)
    squares = []
    for part, own in zip(target.parts.values(), np.split(error**2, len(target.parts)), strict=True):
        square = np.convolve(own, np.ones(5) / 5.0, mode="same")
        given = part.distribution.error
        # a target without errors is as noisy as what it is compared with
        squares.append(square + (square if given is None else given**2))
    return np.asarray(np.sqrt(np.concatenate(squares)))


def no_liquid(first: Configuration, last: Configuration) -> str:
    """Why what was simulated is no liquid of one phase; empty where it is."""
    d, spacing = last.dimensions, last.number_density ** (-1.0 / last.dimensions)
    cells = np.floor((last.positions[:, :d] / last.box[:d] + 0.5) * 2.0).astype(int) % 2
    numbers = np.bincount(cells @ (2 ** np.arange(d)), minlength=2**d)
    if numbers.var() > SEPARATED * numbers.mean():
        return "the system separates into two phases"
    moved = _unwrapped(last) - _unwrapped(first)
    moved -= moved.mean(axis=0)
    if np.sqrt((moved**2).sum(axis=1).mean()) < LEAST_MOTION * spacing:
        return "the system freezes: particles stay where they are"
    return ""


def potential_errors(target: Target, sums: FloatArray, onto: FloatArray) -> tuple[FloatArray, int]:
    """Standard error of curves, and how many directions are undetermined.

    Parameters
    ----------
    target : Target
    sums : ndarray, shape (frames, n)
        Σ over pairs of each function in every frame.
    onto : ndarray, shape (m, n)
        What each coefficient adds to u at m distances.

    Notes
    -----

    What the noise of the sums leaves open: δc = kT cov⁻¹ δS, with the variance of the mean of
    the sums (twice: the target has it, too), in directions that the frames determine to better
    than kT; the others are counted.
    """
    covariance = np.cov(sums.T)
    scale = 1.0 / np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    values, vectors = np.linalg.eigh(covariance * np.outer(scale, scale))
    vectors = vectors * scale[:, None]  # changes of coefficients
    onto = onto @ vectors
    variance = np.zeros(len(onto))
    undetermined = 0
    for value, vector, curve in zip(values, vectors.T, onto.T, strict=True):
        series = sums @ vector
        blocks = [part.mean() for part in np.array_split(series, SUM_BLOCKS)]
        spread = 2.0 * np.var(blocks, ddof=1) / SUM_BLOCKS
        one = target.kT**2 * spread / max(value, 1e-100) ** 2 * curve**2
        if not np.sqrt(one.max()) < target.kT:
            undetermined += 1
        else:
            variance += one
    return np.sqrt(variance), undetermined


def _unwrapped(frame: Configuration) -> FloatArray:
    """Positions without the periods that particles have been moved by."""
    assert frame.images is not None
    return np.asarray(frame.positions + frame.images @ frame.cell)
