"""The energy of patchy particles by its definition, for tests."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from analysis.configuration import Configuration
from operations.interactions.start import random_orientations

Wells = dict[tuple[str, str], tuple[float, float]]


def rotate(quaternion: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The vector turned by a unit quaternion."""
    scalar, axis = quaternion[0], quaternion[1:]
    return vector + 2 * np.cross(axis, np.cross(axis, vector) + scalar * vector)


def gas(n, length, seed, types=None, names=("A",), least=1.0) -> Configuration:
    """Random points no closer than `least`, randomly turned, in an open part of a large box."""
    random = np.random.default_rng(seed)
    points: list[np.ndarray] = []
    while len(points) < n:
        point = random.uniform(-length / 2, length / 2, 3)
        if all(np.linalg.norm(point - other) > least for other in points):
            points.append(point)
    types = np.zeros(n, dtype=int) if types is None else types
    box = np.array([10 * length] * 3 + [0.0] * 3)
    orientations = random_orientations(n, 3, random)
    return Configuration(np.array(points), box, 3, types, names, orientations=orientations)


def kern_frenkel(configuration: Configuration, blocks, wells: Wells) -> float:
    """The energy of all pairs: `wells[k, l]` is (ε, λ) of two kinds of patches."""
    total = 0.0
    names = configuration.type_names
    for i, j in combinations(range(configuration.n_particles), 2):
        separation = configuration.positions[j] - configuration.positions[i]
        r = np.linalg.norm(separation)
        one, other = (blocks[names[configuration.types[k]]] for k in (i, j))
        contact = (one.diameter + other.diameter) / 2
        for k in _facing(one, configuration.orientations[i], separation / r):
            for m in _facing(other, configuration.orientations[j], -separation / r):
                epsilon, reach = wells.get((k, m)) or wells.get((m, k)) or (0.0, 0.0)
                if r < reach * contact:
                    total -= epsilon
    return total


def _facing(block, turned, direction) -> set[str]:
    """Kinds of patches through which a direction passes; a hard sphere has none."""
    return {
        kind
        for kind, patch in getattr(block, "patches", {}).items()
        for vector in patch.vectors
        if rotate(turned, np.array(vector)) @ direction >= np.cos(patch.half_angle)
    }
