"""Perfect crystals and quasicrystalline tilings, and noise on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from analysis.neighbourhoods import nearest

_S3 = np.sqrt(3.0)
_SIGMA = (_S3 - 1.0) / 4.0

#: name -> (lattice vectors as rows, basis in fractional coordinates); the vectors are lower
#: triangular, as the box convention asks, and in units of the cubic or hexagonal lattice constant.
CRYSTALS: dict[str, tuple[list[list[float]], list[list[float]]]] = {
    "hexagonal": ([[1, 0], [0, _S3]], [[0, 0], [0.5, 0.5]]),
    "square": ([[1, 0], [0, 1]], [[0, 0]]),
    "honeycomb": ([[1, 0], [0, _S3]], [[0, 0], [0.5, 0.5], [0, 2 / 3], [0.5, 1 / 6]]),
    "kagome": (
        [[1, 0], [0, _S3]],
        [[0, 0], [0.5, 0], [0.25, 0.25], [0.5, 0.5], [0, 0.5], [0.75, 0.75]],
    ),
    # Snub square tiling, plane group p4gm: vertices 3^2.4.3.4.
    "sigma": (
        [[1, 0], [0, 1]],
        [
            [_SIGMA, 0.5 + _SIGMA],
            [1 - _SIGMA, 0.5 - _SIGMA],
            [0.5 - _SIGMA, _SIGMA],
            [0.5 + _SIGMA, 1 - _SIGMA],
        ],
    ),
    "sc": ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 0, 0]]),
    "bcc": ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 0, 0], [0.5, 0.5, 0.5]]),
    "fcc": (
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]],
    ),
    "hcp": (
        [[1, 0, 0], [0, _S3, 0], [0, 0, np.sqrt(8 / 3)]],
        [[0, 0, 0], [0.5, 0.5, 0], [0.5, 5 / 6, 0.5], [0, 1 / 3, 0.5]],
    ),
    "diamond": (
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [
            [0, 0, 0],
            [0, 0.5, 0.5],
            [0.5, 0, 0.5],
            [0.5, 0.5, 0],
            [0.25, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.75, 0.25, 0.75],
            [0.75, 0.75, 0.25],
        ],
    ),
}


def crystal(name: str, repeats: int | tuple[int, ...], number_density: float) -> Configuration:
    """A perfect crystal of whole unit cells in a periodic box.

    Parameters
    ----------
    name : str
        One of `CRYSTALS`.
    repeats : int or tuple of int
        Unit cells along each direction.
    number_density : float
        Particles per area or volume.

    Raises
    ------
    ValueError
        If the crystal is not known or the density is not positive.
    """
    if name not in CRYSTALS:
        raise ValueError(f"crystal is {name!r}, expected one of {', '.join(CRYSTALS)}")
    if not number_density > 0:
        raise ValueError(f"number_density is {number_density}, expected a positive number")
    vectors, basis = (np.array(part, dtype=np.float64) for part in CRYSTALS[name])
    dims = len(vectors)
    counts = np.broadcast_to(np.asarray(repeats, dtype=int), (dims,))
    corners = np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), -1).reshape(-1, 1, dims)
    fractional = ((corners + basis) / counts).reshape(-1, dims)
    volume = abs(np.linalg.det(vectors)) * counts.prod()
    scale = (len(fractional) / (number_density * volume)) ** (1 / dims)
    return _periodic(fractional, vectors * counts[:, None] * scale)


def dodecagonal_tiling(generations: int, number_density: float, seed: int) -> Configuration:
    """Vertices of a periodic approximant of the dodecagonal square-triangle tiling.

    Every vertex of the snub square tiling is inflated by 2 + sqrt(3) and replaced by a dodecagon
    made of a hexagon of triangles, six squares and six triangles, turned at random by 0 or 30
    degrees (Stampfli, Helv. Phys. Acta 59, 1260 (1986)); again for each generation. One, two and
    three generations have 56, 780 and 10 864 vertices.
    """
    rng = np.random.default_rng(seed)
    start = crystal("sigma", 1, 1.0)
    length = float(start.box[0])
    points = start.positions[:, :2]
    edge = 2 * np.sqrt(2) * _SIGMA * length
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
    scale = np.sqrt(len(points) / number_density) / length
    return _periodic(points / length, np.eye(2) * length * scale)


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


def side_by_side(
    left: tuple[str, float, float], right: tuple[str, float, float], part: float = 0.5
) -> Configuration:
    """Two crystals in two dimensions, coexisting in one periodic box of 40 by 24.

    Parameters
    ----------
    left, right : tuple of (str, float, float)
        Crystal, its nearest-neighbour distance (up to 2), and by how many degrees it is turned.
    part : float
        Part of the box that the left one takes.

    Notes
    -----
    The seams are as good as a cut makes them: particles of the two are 0.6 apart or more.
    """
    width, height, seam = 40.0, 24.0, 0.3

    def strip(name: str, distance: float, angle: float, low: float, high: float) -> np.ndarray:
        vectors, basis = (np.array(entry, dtype=np.float64) for entry in CRYSTALS[name])
        unit = nearest(crystal(name, 1, 1.0), 1).distances[0, 0] * np.sqrt(
            np.prod(np.diag(vectors)) / len(basis)
        )
        cells = np.arange(-60, 61)
        corners = np.stack(np.meshgrid(cells, cells, indexing="ij"), -1).reshape(-1, 1, 2)
        points = ((corners + basis) @ vectors).reshape(-1, 2) * distance / unit
        t = np.radians(angle)
        points = points @ np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]])
        inside = (points[:, 0] > low + seam) & (points[:, 0] < high - seam)
        return points[inside & (np.abs(points[:, 1]) < height / 2 - seam)]

    middle = width * (part - 0.5)
    points = np.concatenate([strip(*left, -width / 2, middle), strip(*right, middle, width / 2)])
    positions = np.zeros((len(points), 3))
    positions[:, :2] = points
    box = np.array([width, height, 1.0, 0.0, 0.0, 0.0])
    return Configuration(positions, box, 2, np.zeros(len(points)))


def with_noise(
    configuration: Configuration, sigma: float, rng: np.random.Generator
) -> Configuration:
    """The same configuration with Gaussian noise of width `sigma` on every coordinate."""
    positions = configuration.positions.copy()
    dims = configuration.dimensions
    positions[:, :dims] += rng.normal(0.0, sigma, (len(positions), dims))
    return replace(configuration, positions=positions, velocities=None, images=None)


def _periodic(fractional: np.ndarray, cell: np.ndarray) -> Configuration:
    """Particles at fractional coordinates of a cell, wrapped and centred."""
    dims = len(cell)
    fractional = fractional - np.floor(fractional + 0.5 + 1e-9)
    positions = np.zeros((len(fractional), 3))
    positions[:, :dims] = fractional @ cell
    box = np.array([cell[0, 0], cell[1, 1], 1.0 if dims == 2 else cell[2, 2], 0.0, 0.0, 0.0])
    return Configuration(positions, box, dims, np.zeros(len(positions)))


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
