"""Random crystals with the symmetry of a random space or plane group.

A group's operations come from spglib's database, in a primitive cell. A random metric averaged
over them has the shape the group asks for; a random point averaged over some of the operations
lies on a special position, or is rejected where these have no fixed point in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.search.cells import height, in_box, reduced
from operations.search.compilation import compiled

FloatArray = NDArray[np.float64]

#: Groups tried before the crystal is made without symmetry.
GROUPS_TRIED = 200
#: Attempts to place all particles before another group is taken.
TRIES = 4
#: Volumes, relative to the one expected.
VOLUMES = (0.7, 1.5)
#: Smallest distance between faces of the cell, in units of (volume per particle)^(1/dimensions).
FLATTEST = 0.6


class Operations(NamedTuple):
    """x → R x + t on fractional coordinates of a primitive cell.

    Attributes
    ----------
    rotations : ndarray of float64, shape (m, 3, 3)
    translations : ndarray of float64, shape (m, 3)
    orders : ndarray of int64, shape (m,)
        Of the rotations.
    """

    rotations: FloatArray
    translations: FloatArray
    orders: NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """A space group, in two dimensions the polar group whose projection is the plane group."""

    number: int
    operations: Operations

    @cached_property
    def orbits(self) -> NDArray[np.int64]:
        """Numbers of points in the cell that orbits of the group can have."""
        rotations = self.operations.rotations
        dimensions = 2 if (rotations[:, 2] == [0, 0, 1]).all() else 3
        found = np.zeros(len(rotations) + 1, dtype=np.bool_)
        # A fixed seed: a property of the group.
        _sizes(self.operations, dimensions, np.random.default_rng(1), found)
        return np.flatnonzero(found)

    def has_orbits_for(self, counts: NDArray[np.int64]) -> bool:
        """Whether orbits can be combined to these numbers of points."""
        reachable = np.zeros(int(counts.max()) + 1, dtype=bool)
        reachable[0] = True
        for size in self.orbits:
            for k in range(size, len(reachable)):
                reachable[k] |= reachable[k - size]
        return bool(reachable[counts].all())


def _of_spglib(hall: int) -> tuple[int, FloatArray, FloatArray]:
    """Space group number, rotations and translations in the conventional cell."""
    import spglib

    kind, database = spglib.get_spacegroup_type(hall), spglib.get_symmetry_from_database(hall)
    if kind is None or database is None:
        raise ValueError(f"spglib has no group with the Hall number {hall}, expected 1 to 530")
    return kind.number, database["rotations"].astype(np.float64), database["translations"]


@lru_cache
def group_settings(dimensions: int) -> tuple[int, ...]:
    """Hall numbers of one setting of each of the 230 space or 17 plane groups.

    A plane group is the space group that leaves z alone (17 of them are polar along z).
    """
    found: dict[int, int] = {}
    for hall in range(1, 531):
        number, rotations, translations = _of_spglib(hall)
        if dimensions == 2:
            upright = np.array([0, 0, 1])
            if (rotations[:, 2] != upright).any() or (rotations[:, :, 2] != upright).any():
                continue
            if np.abs(translations[:, 2]).max() > 1e-9:
                continue
        found.setdefault(number, hall)
    return tuple(found.values())


@cache
def _shares(dimensions: int) -> FloatArray:
    """Orders of the point groups of `group_settings`, of their sum."""
    found = [len(group(hall).operations.rotations) for hall in group_settings(dimensions)]
    return np.array(found) / sum(found)


@cache
def group(hall: int) -> Group:
    """The group with a Hall number, in a primitive cell."""
    number, rotations, translations = _of_spglib(hall)
    pure = translations[(rotations == np.eye(3)).all(axis=(1, 2))]
    # Columns of `basis` are primitive lattice vectors; the nearest copies of each centring.
    basis = np.eye(3)
    if len(pure) > 1:
        shifts = np.stack(np.meshgrid(*[[0, -1]] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
        candidates = np.concatenate([(pure + shifts).reshape(-1, 3), np.eye(3)])
        candidates = candidates[np.linalg.norm(candidates, axis=1) > 1e-6]
        candidates = candidates[np.argsort(np.linalg.norm(candidates, axis=1), kind="stable")]
        basis = next(
            np.array([c, b, a]).T  # shortest first: in the plane z stays last
            for i, a in enumerate(candidates)
            for j, b in enumerate(candidates[:i])
            for c in candidates[:j]
            if abs(abs(np.linalg.det([a, b, c])) - 1.0 / len(pure)) < 1e-6
        )
    inverse = np.linalg.inv(basis)
    primitive = np.rint(inverse @ rotations @ basis)
    _, first = np.unique(primitive.reshape(-1, 9), axis=0, return_index=True)
    first.sort()
    moved = np.ascontiguousarray((translations[first] @ inverse.T) % 1.0)
    rotations = np.ascontiguousarray(primitive[first])
    return Group(number, Operations(rotations, moved, _orders(rotations)))


def _orders(rotations: FloatArray) -> NDArray[np.int64]:
    found, power = np.zeros(len(rotations), dtype=np.int64), rotations
    for order in range(1, 7):
        found[(found == 0) & (power == np.eye(3)).all(axis=(1, 2))] = order
        power = power @ rotations
    return found


@compiled
def _apply(operations, k, x, result):
    """R x + t of operation k, shifted by whole periods to be near x; `result` may be x."""
    rotation, translation = operations.rotations[k], operations.translations[k]
    u, v, w = x[0], x[1], x[2]
    for a in range(3):
        value = translation[a] + rotation[a, 0] * u + rotation[a, 1] * v + rotation[a, 2] * w
        near = u if a == 0 else v if a == 1 else w
        result[a] = value - np.rint(value - near)


@compiled
def _fix(operations, chosen, x, image, mean):
    """Move x to a point that the chosen operations leave alone; False where there is none.

    Averaging over the powers of one operation is a projection; alternating projections
    converge to what is common to all.
    """
    before, orders = np.inf, operations.orders
    for _ in range(40):
        moved = 0.0
        for k in chosen:
            for a in range(3):
                mean[a] = image[a] = x[a]
            for _ in range(orders[k] - 1):
                _apply(operations, k, image, image)
                for a in range(3):
                    mean[a] += image[a]
            for a in range(3):
                moved += abs(mean[a] / orders[k] - x[a])
                x[a] = mean[a] / orders[k]
        if moved < 1e-9:
            break
        if moved > 0.95 * before:
            return False
        before = moved
    for k in chosen:
        _apply(operations, k, x, image)
        for a in range(3):
            if abs(image[a] - x[a]) > 1e-6:
                return False
    return True


@compiled
def _propose(operations, dimensions, random, chosen, x, image, mean):
    """Random point on a general or special position; False where none was met."""
    for a in range(3):
        x[a] = random.random() if a < dimensions else 0.0
    n_chosen = int(4 * random.random())
    for c in range(n_chosen):
        chosen[c] = int(len(operations.rotations) * random.random())
    return _fix(operations, chosen[:n_chosen], x, image, mean)


@compiled
def _sizes(operations, dimensions, random, found):
    """Mark in `found` which orbit sizes 400 random points have."""
    n = len(operations.rotations)
    x, image, mean = np.empty(3), np.empty(3), np.empty(3)
    chosen = np.empty(3, dtype=np.int64)
    for _ in range(400):
        if _propose(operations, dimensions, random, chosen, x, image, mean):
            fixed = 0
            for k in range(n):
                _apply(operations, k, x, image)
                if abs(image[0] - x[0]) + abs(image[1] - x[1]) + abs(image[2] - x[2]) < 1e-5:
                    fixed += 1
            found[n // fixed] = True


@compiled
def _nearest_square(cell, shifts, a, b):
    """Squared distance of the nearest images of two points, in a reduced cell."""
    dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    dx, dy, dz = dx - np.rint(dx), dy - np.rint(dy), dz - np.rint(dz)
    x = dx * cell[0, 0] + dy * cell[1, 0] + dz * cell[2, 0]
    y = dx * cell[0, 1] + dy * cell[1, 1] + dz * cell[2, 1]
    z = dx * cell[0, 2] + dy * cell[1, 2] + dz * cell[2, 2]
    least = np.inf
    for k in range(len(shifts)):
        u, v, w = x + shifts[k, 0], y + shifts[k, 1], z + shifts[k, 2]
        least = min(least, u * u + v * v + w * w)
    return least


@compiled
def _place(operations, cell, shifts, dimensions, counts, apart, random, points):
    """Fill `points` with orbits of the group, type by type; False where all `TRIES` fail."""
    x, image, mean = np.empty(3), np.empty(3), np.empty(3)
    chosen = np.empty(3, dtype=np.int64)
    kinds = np.empty(len(points), dtype=np.int64)
    for _ in range(TRIES):
        placed = 0
        complete = True
        for kind in range(len(counts)):
            left = counts[kind]
            while left > 0 and complete:
                complete = False
                for _ in range(12):
                    if not _propose(operations, dimensions, random, chosen, x, image, mean):
                        continue
                    size = 0
                    good = True
                    for k in range(len(operations.rotations)):
                        _apply(operations, k, x, image)
                        new = True
                        for other in range(placed + size):
                            square = _nearest_square(cell, shifts, image, points[other])
                            nearest = apart[kind, kind]
                            if other < placed:
                                nearest = apart[kind, kinds[other]]
                            elif square < 1e-6 * nearest * nearest:
                                new = False
                                break
                            if square < nearest * nearest:
                                good = False
                                break
                        if not good or (new and size == left):
                            good = False
                            break
                        if new:
                            for a in range(3):
                                points[placed + size, a] = image[a]
                            kinds[placed + size] = kind
                            size += 1
                    if good:
                        placed += size
                        left -= size
                        complete = True
                        break
        if complete:
            return True
    return False


def random_metric(symmetry: Group, dimensions: int, random: np.random.Generator) -> FloatArray:
    """Random lattice vectors as rows, shape (3, 3), with the symmetry of a group; volume 1."""
    vectors = np.eye(3)
    d = dimensions
    vectors[:d, :d] = np.diag(np.exp(0.4 * random.standard_normal(d)))
    vectors[:d, :d] += 0.35 * random.standard_normal((d, d))
    metric = vectors @ vectors.T
    if d == 2:
        metric[2], metric[:, 2] = (0, 0, 1), (0, 0, 1)
    r = symmetry.operations.rotations
    metric = (r.transpose(0, 2, 1) @ metric @ r).mean(axis=0)
    cell = np.linalg.cholesky(metric)
    cell[:d] *= np.linalg.det(cell) ** (-1.0 / d)
    return cell


def random_crystal(
    counts: NDArray[np.int64],
    type_names: tuple[str, ...],
    volume: float,
    apart: FloatArray,
    dimensions: int,
    random: np.random.Generator,
    high: bool = False,
) -> Configuration:
    """A random crystal with the symmetry of a random group, or without where none is found.

    Parameters
    ----------
    counts : ndarray of int, shape (n_types,)
        Particles of each type in the cell.
    type_names : tuple of str
    volume : float
        Expected volume of the cell (area in two dimensions); it is drawn around this.
    apart : ndarray of float64, shape (n_types, n_types)
        Distances that particles keep, at the expected volume.
    dimensions : int
    random : numpy.random.Generator
    high : bool
        Groups are drawn by the order of their point group, so that high ones are more frequent;
        else all alike.
    """
    n, d = int(counts.sum()), dimensions
    settings = group_settings(d)
    cell, points = np.eye(3), np.empty((n, 3))
    drawn = random.uniform(*VOLUMES)
    for attempt in range(GROUPS_TRIED + 20):
        number = 0
        if attempt < GROUPS_TRIED:
            number = int(random.choice(len(settings), p=_shares(d) if high else None))
        symmetry = group(settings[number])
        if not symmetry.has_orbits_for(counts):
            continue
        cell = random_metric(symmetry, d, random)
        short = reduced(cell, d)
        if height(short, d) < FLATTEST * n ** (-1.0 / d) and attempt < GROUPS_TRIED + 10:
            continue
        change = np.rint(short @ np.linalg.inv(cell)).T
        back = np.linalg.inv(change)
        short[:d] *= (drawn * volume) ** (1.0 / d)
        cell = short
        # Distances give way where no group has room for them.
        closest = apart * drawn ** (1.0 / d) * (1.0 if attempt < GROUPS_TRIED else 0.6)
        around = np.zeros((3**d, 3))
        around[:, :d] = np.stack(np.meshgrid(*[[-1, 0, 1]] * d, indexing="ij"), -1).reshape(-1, d)
        rotations, translations, orders = symmetry.operations
        turned = Operations(back @ rotations @ change, translations @ back.T, orders)
        if _place(turned, cell, around @ cell, d, counts, closest, random, points):
            break
    else:
        points = random.random((n, 3))
    if d == 2:
        points[:, 2] = 0.0
    types = np.repeat(np.arange(len(counts)), counts)
    return in_box(cell, points @ cell, types, type_names, d)
