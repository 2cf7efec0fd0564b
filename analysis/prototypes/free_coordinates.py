"""The coordinates of a crystal that its symmetry leaves free."""

from __future__ import annotations

from functools import cache

import numpy as np

from analysis.prototypes.prototype import Prototype


@cache
def free_displacements(prototype: Prototype) -> np.ndarray:
    """Displacements of the particles of a cell that keep its space group, one a free coordinate.

    Parameters
    ----------
    prototype : Prototype
        Three-dimensional.

    Returns
    -------
    ndarray, shape (n_free, n_particles, 3)
        Orthonormal; particles in the order of `prototype.cell()`. The symmetry operations, applied
        to any displacement and averaged, leave what they allow.
    """
    from ase.spacegroup import Spacegroup

    cell = prototype.cell()
    fractions, n = cell.positions @ np.linalg.inv(cell.cell), cell.n_particles
    every = np.eye(3 * n).reshape(3 * n, n, 3)
    total = np.zeros_like(every)
    for rotation, shift in Spacegroup(prototype.space_group, prototype.origin).get_symop():
        apart = (fractions @ rotation.T + shift)[:, None] - fractions
        image = np.abs(apart - np.round(apart)).sum(axis=-1).argmin(axis=1)
        total[:, image] += every @ rotation.T
    moved = (total @ cell.cell).reshape(3 * n, 3 * n)
    _, sizes, modes = np.linalg.svd(moved)
    return modes[sizes > 1e-6 * max(sizes[0], 1.0)].reshape(-1, n, 3)
