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
    configuration: Configuration,
    sigma: float,
    rng: np.random.Generator,
    across: float = 1 / 3,
    decay: float = 0.0,
) -> Configuration:
    """The same crystal with the thermal motion of a harmonic solid.

    Springs join each particle to its 14 nearest and to its site, a hundred times softer.
    Displacements u are drawn from
    exp(-u K u / 2 kT), with kT such that the mean square of a coordinate is `sigma` squared.
    Unlike noise they are correlated, as sound waves are.

    Parameters
    ----------
    configuration : Configuration
        Three-dimensional; up to about 1000 particles, because K is dense.
    sigma : float
    rng : numpy.random.Generator
    across : float
        How stiff springs are across the bond, over along it: rows and layers slide if it is small.
    decay : float
        Springs are as stiff as the distance, over the shortest, to minus this power.
    """
    from scipy.linalg import cho_factor, solve_triangular

    from analysis.neighbourhoods import nearest

    n = configuration.n_particles
    table = nearest(configuration, 14)
    bond = table.vectors / table.distances[..., None]
    springs = (1.0 - across) * np.einsum("nki,nkj->nkij", bond, bond) + across * np.eye(3)
    springs *= ((table.distances / table.distances.min()) ** -decay)[..., None, None]
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


def deformed(configuration: Configuration, deformation: np.ndarray) -> Configuration:
    """The same configuration after any homogeneous deformation, turned so that its cell is lower
    triangular.

    Parameters
    ----------
    configuration : Configuration
    deformation : ndarray, shape (dimensions, dimensions)
        Positions x become deformation @ x, up to a rotation.
    """
    stretch = np.linalg.qr(deformation)[1]
    return strained(
        configuration, stretch * np.sign(np.diag(stretch))[:, None] - np.eye(len(stretch))
    )


def random_strain(largest: float, rng: np.random.Generator, dimensions: int = 3) -> np.ndarray:
    """A deformation, shape (dimensions, dimensions), of one kind or another.

    At equal odds along z (in the plane y), along any direction, a shear of any plane along any
    direction, along one direction and back across it, or principal strains along any axes.

    Parameters
    ----------
    largest : float
        Strains are drawn evenly from both sides of zero up to it; of several, the largest.
    rng : numpy.random.Generator
    dimensions : int
    """
    kind, amount = rng.integers(5), rng.uniform(-largest, largest)
    axes, _ = np.linalg.qr(rng.normal(size=(dimensions, dimensions)))
    principal = rng.uniform(-1.0, 1.0, dimensions)
    strains = (
        np.diag([*np.zeros(dimensions - 1), amount]),
        amount * np.outer(axes[0], axes[0]),
        amount * np.outer(axes[0], axes[1]),
        amount * (np.outer(axes[0], axes[0]) - np.outer(axes[1], axes[1])),
        axes.T @ np.diag(amount * principal / np.abs(principal).max()) @ axes,
    )
    return np.asarray(np.eye(dimensions) + strains[kind])


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
