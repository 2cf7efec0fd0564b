"""Steps of the coefficients of potentials towards radial distribution functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from operations.design.target import LEAST, Target

FloatArray = NDArray[np.float64]

#: Part of a ridge, where a matrix must be positive.
RIDGE = 1e-6
#: Part of a step's matrix that is the size of the change of u: it bounds what neither g nor
#: pressure determine, and moves no fixed point.
DAMPING = 1e-2
#: Least eigenvalue of partial structure factors, which are positive.
POSITIVE = 0.02
#: Largest change of a reduced potential in the Fisher metric, δc cov δc / kT², of a Newton step:
#: about exp(-this) of the frames keep their weight.
FISHER = float(np.log(2.0))


def boltzmann(target: Target, g: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Iterative Boltzmann inversion: δu = kT ln(g / g*); where the target has a pressure, with a
    ramp A (1 - r / r_cut)² below all potentials that brings it about."""
    step, ramp = [], []
    parts = target.parts.values()
    for part, now in zip(parts, np.split(g, len(target.parts)), strict=True):
        wanted, r_cut = part.distribution.g, part.basis.potential.r_cut
        known = (now > LEAST) & (wanted > LEAST)
        ratio = np.where(known, now, 1.0) / np.where(known, wanted, 1.0)
        step.append(part.projected(target.kT * np.log(ratio), known))
        ramp.append(part.projected((1.0 - part.distribution.r / r_cut) ** 2, part.inside))
    change, slope = np.concatenate(step), np.concatenate(ramp)
    if target.pressure is None:
        return change
    strength = target.lacking(coefficients + change) / float(target.pressures @ slope)
    return change + strength * slope


def response(target: Target, g: FloatArray) -> FloatArray:
    """∂g/∂u in the hypernetted-chain approximation, in three dimensions, shape (m, m).

    With h = g - 1, closure u/kT = h - c - ln g and, in reciprocal space, matrices over types
    c̃ = (1 + h̃ ρ)⁻¹ h̃: δc̃ = A δh̃ Aᵀ with A = (1 + h̃ ρ)⁻¹, and for every pair of types
    (1 - g) δg + g δc = -g δu / kT.
    """
    m, width = len(target.grid.r), target.grid.width
    # g = 0 below the first bin; bins are at half or at whole multiples of the width
    first = float(target.grid.r[0]) / width
    halves = abs(first % 1.0 - 0.5) < 0.25
    missing = round(first - 0.5) if halves else round(first) - 1
    full = (np.arange(missing + m) + (0.5 if halves else 1.0)) * width
    n = len(full)
    dk = np.full(n, np.pi / (width * (n if halves else n + 1)))
    k = dk * (np.arange(n) + 1.0)
    sines = np.sin(np.outer(k, full))
    forward = 4.0 * np.pi * width * sines * full / k[:, None]
    if halves:
        dk[-1] *= 0.5  # discrete sine transforms of the second kind; of the first without it
    back = (sines * (dk * k)[:, None] / (2.0 * np.pi**2)).T / full[:, None]
    names = list(target.particles)
    numbers = np.array([target.particles[name] for name in names], dtype=float)
    share = numbers / target.n_particles
    pairs = [(names.index(a), names.index(b)) for a, b in (key.split("-") for key in target.parts)]
    whole = [np.append(np.zeros(missing), part) for part in np.split(g, len(pairs))]
    structure = np.zeros((n, len(names), len(names)))
    for (a, b), one in zip(pairs, whole, strict=True):
        strength = target.number_density * np.sqrt(share[a] * share[b])
        structure[:, a, b] = structure[:, b, a] = (a == b) + strength * (forward @ (one - 1.0))
    values, vectors = np.linalg.eigh(structure)
    values = np.maximum(values, POSITIVE)
    inverse = np.einsum("kai,ki,kbi->kab", vectors, 1.0 / values, vectors)
    inverse *= np.sqrt(share[None, :] / share[:, None])  # A
    left = np.zeros((len(pairs) * n, len(pairs) * n))
    for p, (a, b) in enumerate(pairs):
        rows = slice(p * n, (p + 1) * n)
        left[rows, rows] += np.diag(1.0 - whole[p])
        for q, (c, d) in enumerate(pairs):
            factor = inverse[:, a, c] * inverse[:, b, d]
            if c != d:
                factor = factor + inverse[:, a, d] * inverse[:, b, c]
            direct = back @ (factor[:, None] * forward)
            left[rows, q * n : (q + 1) * n] += whole[p][:, None] * direct
    found = np.linalg.solve(left, -np.diag(np.concatenate(whole)) / target.kT)
    there = np.tile(np.arange(n) >= missing, len(pairs))
    return np.asarray(found[np.ix_(there, there)])


def gauss_newton(target: Target, g: FloatArray, coefficients: FloatArray) -> FloatArray:
    """The step that brings g nearest to the target as the hypernetted chain responds, with the
    pressure of the target where it has one."""
    matrix = response(target, g) @ target.values
    root = np.sqrt(target.ideal / target.ideal.sum())
    matrix, right = matrix * root[:, None], (target.g - g) * root
    return _constrained(target, matrix.T @ matrix, matrix.T @ right, coefficients)


def newton(
    target: Target, sums: FloatArray, coefficients: FloatArray, smoothness: float = 0.0
) -> tuple[FloatArray, float]:
    """A Newton step down the relative entropy with its filter, and its squared length in the Fisher
    metric before it was cut to `FISHER`. With the shape free it is that of inverse Monte Carlo; no
    coefficient of the shapes that repel becomes negative.

    Parameters
    ----------
    target : Target
    sums : ndarray, shape (frames, n)
        Σ over pairs of each function in every frame.
    coefficients : ndarray
    smoothness : float
        Weight of the filter per particle.
    """
    kT = target.kT
    covariance = np.cov(sums.T)
    filtered = target.n_particles * smoothness * kT * target.roughness
    matrix = covariance / kT + filtered
    right = sums.mean(axis=0) - target.sums - filtered @ coefficients
    if target.bases.signed:
        step = _constrained(target, matrix, right, coefficients)
    else:
        matrix += DAMPING * np.trace(matrix) * target.sizes
        size = len(matrix)
        root = np.linalg.cholesky(matrix + RIDGE * np.trace(matrix) / size * np.eye(size))
        bounds = (-coefficients - 1e-12, np.inf)
        step = np.asarray(lsq_linear(root.T, np.linalg.solve(root, right), bounds).x)
    squared = float(step @ covariance @ step) / kT**2
    if squared > FISHER:
        step = step * np.sqrt(FISHER / squared)
    return step, squared


def entropy_change(target: Target, sums: FloatArray, step: FloatArray) -> float:
    """Change of the relative entropy per particle by a step, by reweighting of frames."""
    change = sums @ step / target.kT
    lowest = float(change.min())
    free = lowest - float(np.log(np.mean(np.exp(lowest - change))))
    return (float(target.sums @ step) / target.kT - free) / target.n_particles


def weight_left(sums: FloatArray, step: FloatArray, kT: float) -> float:
    """Part of the frames that keeps its weight after a step: (Σ w)² / (n Σ w²)."""
    exponent = -(sums @ step) / kT
    weights = np.exp(exponent - exponent.max())
    return float(weights.sum() ** 2 / (len(weights) * (weights**2).sum()))


def _constrained(
    target: Target, matrix: FloatArray, right: FloatArray, coefficients: FloatArray
) -> FloatArray:
    """Solve matrix δ = right, with the pressure of the target where it has one."""
    n, size = len(right), target.sizes
    matrix = matrix + DAMPING * np.trace(matrix) * size
    scale = 1.0 / np.sqrt(np.diag(matrix))
    scaled = matrix * np.outer(scale, scale)
    if target.pressure is None:
        return np.asarray(scale * np.linalg.solve(scaled, scale * right))
    row = target.pressures * scale
    norm = float(np.linalg.norm(row))
    whole = np.block([[scaled, row[:, None] / norm], [row[None] / norm, np.zeros((1, 1))]])
    wanted = np.append(scale * right, target.lacking(coefficients) / norm)
    return np.asarray(scale * np.linalg.solve(whole, wanted)[:n])
