"""Quasicrystals in two dimensions: tilings with dodecagonal and decagonal symmetry."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.prototypes import crystal
from analysis.prototypes.prototype import periodic

_S3 = np.sqrt(3.0)


def dodecagonal_tiling(generations: int, number_density: float, seed: int) -> Configuration:
    """Vertices of a periodic approximant of the dodecagonal square-triangle tiling.

    Every vertex of the snub square tiling is inflated by 2 + sqrt(3) and replaced by a dodecagon
    made of a hexagon of triangles, six squares and six triangles, turned at random by 0 or 30
    degrees (Stampfli, Helv. Phys. Acta 59, 1260 (1986)); again for each generation. One, two and
    three generations have 56, 780 and 10 864 vertices.
    """
    rng = np.random.default_rng(seed)
    start = crystal("snub-square", 1, 1.0)
    length = float(start.box[0])
    points = start.positions[:, :2]
    edge = (_S3 - 1) / np.sqrt(2) * length
    angles = np.arange(12) * np.pi / 6
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    half = np.pi / 12
    rotation = np.array([[np.cos(half), np.sin(half)], [-np.sin(half), np.cos(half)]])
    # Edges of the snub square tiling point along 15 degrees and every 30 degrees from there.
    circle, ring = circle @ rotation * edge, circle * 0.5 / np.sin(half) * edge
    for _ in range(generations):
        length *= 2 + _S3
        turned = rng.integers(0, 2, len(points))
        inner = np.stack([circle[0::2], circle[1::2]])[turned]
        wheel = np.concatenate(
            [
                np.zeros((len(points), 1, 2)),
                inner,
                np.broadcast_to(ring, (len(points), *ring.shape)),
            ],
            axis=1,
        )
        points = _distinct((points[:, None] * (2 + _S3) + wheel).reshape(-1, 2), length, edge)
    return periodic(points / length, np.eye(2), dimensions=2, number_density=number_density)


def decagonal_tiling(radius: float, edge: float = 1.0) -> Configuration:
    """A round patch of a decagonal point set, by projection from four dimensions.

    The points sum_j n_j exp(2 pi i j / 5) of integer n whose conjugates
    sum_j n_j exp(4 pi i j / 5) lie in a circle of radius 0.79: the shortest distance is the
    edge, and the next ones are 1.618 and 1.902 edges, those of pentagons and decagons.

    Parameters
    ----------
    radius, edge : float
        Radius of the patch and shortest distance.
    """
    reach = int(np.ceil(radius / edge)) + 2
    grid = np.arange(-reach, reach + 1)
    root = np.exp(2j * np.pi / 5)
    pairs = (
        (grid[:, None] + grid[None, :] * root).ravel(),
        (grid[:, None] + grid[None, :] * root**2).ravel(),
    )
    keep = np.abs(pairs[0]) < 3 * reach
    first, first_conjugate = pairs[0][keep], pairs[1][keep]
    found = []
    for n2 in grid:
        for n3 in grid:
            point = first + n2 * root**2 + n3 * root**3
            conjugate = first_conjugate + n2 * root**4 + n3 * root
            found.append(point[(np.abs(point) < radius / edge) & (np.abs(conjugate - 0.1) < 0.79)])
    points = np.concatenate(found) * edge
    positions = np.zeros((len(points), 3))
    positions[:, 0], positions[:, 1] = points.real, points.imag
    size = 2 * radius + 4 * edge
    return Configuration(
        positions, np.array([size, size, 1, 0, 0, 0.0]), 2, np.zeros(len(points)), periodic=False
    )


def decagonal_approximant() -> Configuration:
    """A periodic tiling of 13 points with the surroundings of `decagonal_tiling`, whose plane group
    is c2mm when it has relaxed.

    The conjugates are sheared, linearly in the points, such that those of two lattice vectors
    vanish: these are then periods.
    """
    n = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 4, indexing="ij"), -1).reshape(-1, 4)
    root = np.exp(2j * np.pi / 5)
    here, conjugate = root ** np.arange(4), root ** (2 * np.arange(4))
    periods = np.array([[2, 1, -1, -2], [2, 3, 2, 0]])
    along = periods[0] @ here
    here = here * np.conj(along) / abs(along)  # the first one is along x

    def plane(z: np.ndarray) -> np.ndarray:
        return np.stack([z.real, z.imag], axis=-1)

    cell, strain = plane(periods @ here), plane(periods @ conjugate)
    points = plane(n @ here)
    sheared = plane(n @ conjugate) - points @ np.linalg.solve(cell, strain)
    keep = np.linalg.norm(sheared - [0.352, -0.216], axis=1) < 0.83
    fractional = points[keep] @ np.linalg.inv(cell)
    inside = ((fractional > -1e-9) & (fractional < 1.0 - 1e-9)).all(axis=1)
    area = abs(np.linalg.det(cell))
    return periodic(fractional[inside], cell, dimensions=2, number_density=inside.sum() / area)


def approximant(label: str) -> Configuration:
    """A crystal with the surroundings of a quasicrystal, its shortest distance about 1.

    Raises
    ------
    KeyError
        Where there is none of this label.
    """
    return APPROXIMANTS[label]()


def _distinct(points: np.ndarray, length: float, edge: float) -> np.ndarray:
    """Each point of a periodic square once."""
    from scipy.spatial import cKDTree

    points = points % length
    points[points >= length] = 0.0
    tree = cKDTree(points, boxsize=length)
    duplicates = tree.query_pairs(1e-3 * edge, output_type="ndarray")
    keep = np.ones(len(points), dtype=bool)
    keep[duplicates.max(axis=1)] = False
    return points[keep]


def icosahedral_patch(radius: float) -> Configuration:
    """A ball of an icosahedral point set, by projection from six dimensions.

    The points sum_j n_j e_j of integer n, where e_j are the six five-fold axes of an icosahedron,
    (1, tau, 0) and the like, whose conjugates (tau becomes -1/tau) lie in a ball of radius 1.38: a
    quasicrystal of the primitive icosahedral Bravais lattice with the largest ball as occupation
    domain that leaves out the short diagonals of its rhombohedra. The shortest distance is 1, and
    the next ones are 1.051 and 1.451.

    Parameters
    ----------
    radius : float
    """
    tau = (1 + np.sqrt(5)) / 2
    edge = np.sqrt(1 + tau**2)
    reach = int(np.ceil(radius * edge)) + 2
    grid = np.arange(-reach, reach + 1)
    first, second = (each.ravel() for each in np.meshgrid(grid, grid))
    inside = np.abs(first + second * tau) < radius * edge
    inside &= np.abs(first - second / tau) < 1.5
    a, b = first[inside], second[inside]
    x, y, z = (each.ravel() for each in np.meshgrid(*[np.arange(len(a))] * 3))
    # n1 - n2 is in x, n1 + n2 in y: they have the same parity.
    even = ((a[x] + b[y]) % 2 == 0) & ((a[y] + b[z]) % 2 == 0) & ((a[z] + b[x]) % 2 == 0)
    chosen = np.stack([x, y, z], axis=1)[even]
    points, conjugates = a[chosen] + b[chosen] * tau, a[chosen] - b[chosen] / tau
    # Off the centre, so that no point is on the rim of the domain.
    close = np.linalg.norm(conjugates - [0.02, 0.03, 0.05], axis=1) < 1.38
    points = points[close & (np.linalg.norm(points, axis=1) < radius * edge)] / edge
    size = 2 * radius + 4
    box = np.array([size, size, size, 0, 0, 0.0])
    return Configuration(points, box, 3, np.zeros(len(points)), periodic=False)


#: Crystals that stand in for quasicrystals.
APPROXIMANTS = {
    "decagonal": decagonal_approximant,
    "dodecagonal": lambda: dodecagonal_tiling(1, 4.0 / (2.0 + _S3), 0),
}
