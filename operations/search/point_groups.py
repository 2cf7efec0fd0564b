"""Point groups as sets of matrices, for symmetric clusters.

Groups are closed numerically from generators: rotations about z, a twofold axis along x, mirrors,
the inversion, and the rotations of tetrahedron, octahedron and icosahedron.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Axes of cyclic and dihedral groups.
_ORDERS = range(2, 7)


def _rotation(axis: tuple[float, float, float], order: int) -> FloatArray:
    """Rotation by 2 pi / order about an axis (Rodrigues)."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = 2 * np.pi / order
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def closure(generators: list[FloatArray]) -> FloatArray:
    """All products of the generators, shape (order, 3, 3); the identity first."""
    elements = [np.eye(3)]
    for element in elements:  # grows while it is walked through
        for generator in generators:
            product = generator @ element
            if not any(np.allclose(product, known, atol=1e-9) for known in elements):
                elements.append(product)
    return np.array(elements)


@cache
def point_groups(dimensions: int) -> dict[str, FloatArray]:
    """Point groups by their Schoenflies symbols.

    Parameters
    ----------
    dimensions : int
        In two dimensions the cyclic groups C_n and, with mirrors, C_nv act on x and y.

    Returns
    -------
    dict of str to ndarray of float64, shape (order, 3, 3)
    """
    mirror_x, mirror_z = np.diag([1.0, -1.0, 1.0]), np.diag([1.0, 1.0, -1.0])
    generators: dict[str, list[FloatArray]] = {"Cs": [mirror_x]}
    for n in _ORDERS:
        turn = _rotation((0, 0, 1), n)
        generators[f"C{n}"] = [turn]
        generators[f"C{n}v"] = [turn, mirror_x]
    if dimensions == 3:
        inversion, flip = -np.eye(3), _rotation((1, 0, 0), 2)
        generators["Ci"] = [inversion]
        for n in _ORDERS:
            turn = _rotation((0, 0, 1), n)
            improper = mirror_z @ _rotation((0, 0, 1), 2 * n)
            generators[f"C{n}h"] = [turn, mirror_z]
            generators[f"S{2 * n}"] = [improper]
            generators[f"D{n}"] = [turn, flip]
            generators[f"D{n}h"] = [turn, flip, mirror_z]
            generators[f"D{n}d"] = [improper, flip]
        third, fourth = _rotation((1, 1, 1), 3), _rotation((0, 0, 1), 4)
        half, fifth = _rotation((0, 0, 1), 2), _rotation((0, 1, (1 + 5**0.5) / 2), 5)
        diagonal = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])
        generators |= {
            "T": [third, half],
            "Th": [third, half, inversion],
            "Td": [third, half, diagonal],
            "O": [third, fourth],
            "Oh": [third, fourth, inversion],
            "I": [third, fifth],
            "Ih": [third, fifth, inversion],
        }
    return {name: closure(some) for name, some in generators.items()}


@cache
def packed(dimensions: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """All groups in one array, shape (groups, largest order, 3, 3), and their orders."""
    groups = list(point_groups(dimensions).values())
    orders = np.array([len(group) for group in groups])
    matrices = np.zeros((len(groups), orders.max(), 3, 3))
    for matrix, group in zip(matrices, groups, strict=True):
        matrix[: len(group)] = group
    return matrices, orders
