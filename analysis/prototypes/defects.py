"""What makes a perfect crystal imperfect: noise, thermal motion, strain, vacancies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration


def with_noise(
    configuration: Configuration, sigma: float, rng: np.random.Generator
) -> Configuration:
    """The same configuration with Gaussian noise of width `sigma` on every coordinate."""
    positions = configuration.positions.copy()
    dims = configuration.dimensions
    positions[:, :dims] += rng.normal(0.0, sigma, (len(positions), dims))
    return replace(configuration, positions=positions, velocities=None, images=None)


def harmonic_crystal(
    configuration: Configuration, sigma: float, rng: np.random.Generator
) -> Configuration:
    """The same crystal with the thermal motion of a harmonic solid.

    Springs join each particle to its 14 nearest, as stiff along the bond as three times across
    it, and to its site, a hundred times softer. Displacements u are drawn from
    exp(-u K u / 2 kT), with kT such that the mean square of a coordinate is `sigma` squared.
    Unlike noise they are correlated, as sound waves are.

    Parameters
    ----------
    configuration : Configuration
        Three-dimensional; up to about 1000 particles, because K is dense.
    sigma : float
    rng : numpy.random.Generator
    """
    from scipy.linalg import cho_factor, solve_triangular

    from analysis.neighbourhoods import nearest

    n = configuration.n_particles
    table = nearest(configuration, 14)
    bond = table.vectors / table.distances[..., None]
    springs = np.einsum("nki,nkj->nkij", bond, bond) + np.eye(3) / 3.0
    matrix = np.zeros((n, n, 3, 3))
    rows = np.arange(n)
    for k in range(14):
        # Half from each end, because neighbourhood is not mutual.
        j, spring = table.indices[:, k], 0.5 * springs[:, k]
        for a, b, sign in ((rows, rows, 1), (j, j, 1), (rows, j, -1), (j, rows, -1)):
            np.add.at(matrix, (a, b), sign * spring)
    matrix[rows, rows] += 0.01 * np.eye(3)
    stiffness = matrix.transpose(0, 2, 1, 3).reshape(3 * n, 3 * n)
    factor, _ = cho_factor(stiffness, lower=True)
    displacement = solve_triangular(factor.T, rng.normal(size=3 * n), lower=False)
    displacement *= sigma / np.sqrt(np.mean(displacement**2))
    positions = configuration.positions + displacement.reshape(n, 3)
    return replace(configuration, positions=positions, velocities=None, images=None)


def strained(configuration: Configuration, strain: np.ndarray) -> Configuration:
    """The same configuration, homogeneously deformed.

    Parameters
    ----------
    configuration : Configuration
    strain : ndarray, shape (dimensions, dimensions)
        Upper triangle of the deformation less 1: positions x become x + strain x. The cell stays
        lower triangular.
    """
    dims = configuration.dimensions
    deformation = np.eye(3)
    deformation[:dims, :dims] += np.triu(strain)
    cell = configuration.cell @ deformation.T
    lx, ly, lz = np.diag(cell)
    box = np.array([lx, ly, lz, cell[1, 0] / ly, cell[2, 0] / lz, cell[2, 1] / lz])
    if dims == 2:
        box[2], box[4:] = configuration.box[2], 0.0
    return replace(
        configuration,
        positions=configuration.positions @ deformation.T,
        box=box,
        velocities=None,
        images=None,
    )


def with_vacancies(
    configuration: Configuration, fraction: float, rng: np.random.Generator
) -> Configuration:
    """The same configuration without a random part of its particles."""
    kept = rng.random(configuration.n_particles) >= fraction
    return replace(
        configuration,
        positions=configuration.positions[kept],
        types=configuration.types[kept],
        velocities=None,
        images=None,
    )
