"""What the frames of a simulated liquid say: g(r), its noise, phases, errors of the potential."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from analysis.configuration import Configuration
from operations.design.outcome import curves
from operations.design.pairs import by_types, pairs_within
from operations.design.target import Target

FloatArray = NDArray[np.float64]

#: Blocks of frames, whose spread gives the noise of g.
BLOCKS = 5
#: Blocks of frames, whose spread gives the noise of sums over pairs.
SUM_BLOCKS = 10
#: Particles of a liquid move further than this part of their distance in one simulation.
LEAST_MOTION = 0.3
#: Eighths (quarters) of the box of one phase have numbers of particles, of all and of each type,
#: with a smaller variance, in units of their mean.
SEPARATED = 4.0


def counted(target: Target, frame: Configuration) -> tuple[FloatArray, FloatArray]:
    """Pairs of a frame in every bin, and sums of the functions of the bases over them."""
    counts, sums, edges = [], [], target.grid.edges
    pairs = pairs_within(frame, float(edges[-1]), once=True)
    for key, chosen in by_types(frame, pairs, target.bases.types):
        basis, r = target.bases.of[key], pairs.r[chosen]
        counts.append(np.histogram(r, edges)[0].astype(float))
        # the first bin counts as a whole
        first = basis.inner - (0.5 * target.grid.width if basis.signed else 0.0)
        near = r[(r < basis.potential.r_cut) & (r >= first)]
        sums.append(basis.values(np.maximum(near, basis.inner)).sum(axis=0))
    return np.concatenate(counts), np.concatenate(sums)


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
    cells = cells @ (2 ** np.arange(d))
    for members in (np.full(len(cells), True), *(last.types == k for k in np.unique(last.types))):
        numbers = np.bincount(cells[members], minlength=2**d)
        if numbers.var() > SEPARATED * numbers.mean():
            return "the system separates into two phases"
    moved = _unwrapped(last) - _unwrapped(first)
    moved -= moved.mean(axis=0)
    if np.sqrt((moved**2).sum(axis=1).mean()) < LEAST_MOTION * spacing:
        return "the system freezes: particles stay where they are"
    return ""


def structures(target: Target, counts: FloatArray) -> dict[str, Any]:
    """g(r) beside that of the target, of each pair of types; of one type without its name."""
    known = len(counts) > 0
    g = np.split(radial(target, counts), len(target.parts)) if known else []
    found = {
        pair: {
            "r": part.distribution.r.tolist(),
            "target": part.distribution.g.tolist(),
            "g": g[k].tolist() if known else [],
        }
        for k, (pair, part) in enumerate(target.parts.items())
    }
    return next(iter(found.values())) if len(found) == 1 else found


def curves_with_errors(
    target: Target, best: FloatArray, start: FloatArray, sums: FloatArray
) -> tuple[dict[str, Any], int | None]:
    """u(r) of each pair of types, where it began, and, where there are frames, its error and how
    many directions are undetermined."""
    found, first = target.bases.found(best), target.bases.found(start)
    band = curves(found)
    values = {pair: basis.values(band[pair]["r"]) for pair, (basis, _) in found.items()}
    for pair, onto in values.items():
        band[pair]["u_start"] = (onto @ first[pair][1]).tolist()
    if len(sums) < 2:
        return band, None
    error, undetermined = potential_errors(target, sums, block_diag(*values.values()))
    for pair, own in zip(values, np.split(error, len(values)), strict=True):
        band[pair]["u_error"] = own.tolist()
    return band, undetermined


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
