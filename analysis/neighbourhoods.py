"""Who is a neighbour of whom: fixed number, solid angle (SANN), cut-off, Voronoi cells.

Every public function returns a `freud.locality.NeighborList` (sorted by the central
particle, then by distance), so that all of freud's order parameters accept it; `nearest`
also keeps the dense table it comes from. Neighbours are found among explicit periodic
images: triclinic boxes, open boundaries and unit cells of a single particle, whose
neighbours are its own images, all work alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration

if TYPE_CHECKING:
    import freud

#: Fixed numbers from which `solid_angle` starts; doubled while a shell is not closed.
SANN_CANDIDATES = {2: 16, 3: 28}


@dataclass(frozen=True)
class NearestNeighbours:
    """The k nearest neighbours of each particle, sorted by distance.

    Attributes
    ----------
    distances : ndarray of float64, shape (N, k)
        Infinite where an open boundary leaves fewer than k neighbours.
    indices : ndarray of int, shape (N, k)
        The particle itself where the distance is infinite.
    vectors : ndarray of float64, shape (N, k, 3)
        From the particle to its neighbour; zero where the distance is infinite.
    """

    distances: np.ndarray
    indices: np.ndarray
    vectors: np.ndarray

    def first(self, k: int) -> NearestNeighbours:
        """The k nearest, in single precision: what large configurations can keep."""
        return NearestNeighbours(
            self.distances[:, :k].astype(np.float32),
            self.indices[:, :k].astype(np.int32),
            self.vectors[:, :k].astype(np.float32),
        )

    @classmethod
    def joined(cls, parts: Sequence[NearestNeighbours]) -> NearestNeighbours:
        """Those of one part of the particles after the other."""
        return cls(
            np.concatenate([part.distances for part in parts]),
            np.concatenate([part.indices for part in parts]),
            np.concatenate([part.vectors for part in parts]),
        )

    def neighbour_list(self, chosen: int | np.ndarray | None = None) -> freud.locality.NeighborList:
        """These neighbours, or the nearest `chosen` of them, as a freud list.

        Parameters
        ----------
        chosen : int or ndarray of bool, shape (N, k), optional
            How many of the nearest, or which.
        """
        mask = np.isfinite(self.distances)
        if isinstance(chosen, (int, np.integer)):
            mask[:, chosen:] = False
        elif chosen is not None:
            mask &= chosen
        i, column = np.nonzero(mask)
        return _freud_list(len(mask), i, self.indices[i, column], self.vectors[i, column])


def check_positions(configuration: Configuration) -> None:
    """Refuse coordinates and boxes that are not numbers.

    Raises
    ------
    ValueError
        Names the first particle with a coordinate that is not finite, or the box.
    """
    bad = np.flatnonzero(~np.isfinite(configuration.positions).all(axis=1))
    if len(bad):
        raise ValueError(
            f"particle {bad[0]} is at {configuration.positions[bad[0]].tolist()}, expected finite "
            f"coordinates ({len(bad)} of {configuration.n_particles} particles are not finite)"
        )
    lengths = configuration.box[: configuration.dimensions]
    if not (np.isfinite(configuration.box).all() and (lengths > 0).all()):
        raise ValueError(
            f"box is {configuration.box.tolist()}, expected finite numbers and positive lengths"
        )


def periodic_images(configuration: Configuration, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Particles and all their images within `reach` of the cell.

    Parameters
    ----------
    configuration : Configuration
    reach : float
        Distance from the cell up to which images are made.

    Returns
    -------
    positions : ndarray of float64, shape (M, dimensions)
        The N particles of the configuration first, wrapped into the cell.
    indices : ndarray of int, shape (M,)
        Which particle each one is an image of.
    """
    n, dims = configuration.n_particles, configuration.dimensions
    positions = configuration.positions[:, :dims]
    if not configuration.periodic:
        return positions, np.arange(n)
    cell = configuration.cell[:dims, :dims]
    fractional = positions @ np.linalg.inv(cell)
    fractional -= np.floor(fractional + 0.5)
    # The distance between opposite faces is 1/|b| of the reciprocal vector b.
    margin = reach * np.linalg.norm(np.linalg.inv(cell), axis=0)
    images, indices = fractional, np.arange(n)
    # Along one direction after the other: images of images come by themselves.
    for axis in range(dims):
        limit, most = 0.5 + margin[axis], int(np.ceil(margin[axis]))
        along = images[:, axis]
        parts, which = [images], [indices]
        for shift in range(-most, most + 1):
            if shift:
                inside = np.flatnonzero(np.abs(along + shift) <= limit)
                image = images[inside]
                image[:, axis] += shift
                parts.append(image)
                which.append(indices[inside])
        images, indices = np.concatenate(parts), np.concatenate(which)
    return images @ cell, indices


def nearest(
    configuration: Configuration, k: int, chosen: np.ndarray | None = None
) -> NearestNeighbours:
    """The k nearest neighbours of every particle.

    Parameters
    ----------
    configuration : Configuration
    k : int
        Number of neighbours; an open boundary may leave fewer.
    chosen : ndarray of int, shape (M,), optional
        Particles whose neighbours are looked for, all unless told otherwise.

    Raises
    ------
    ValueError
        If `k` is not positive, or coordinates are not finite.
    """
    rows = np.arange(configuration.n_particles) if chosen is None else np.asarray(chosen)
    (table,) = _tables(configuration, k, [rows])
    return table


def nearest_in_parts(
    configuration: Configuration, k: int, size: int
) -> Iterator[NearestNeighbours]:
    """The same for `size` particles at a time, in order, so that memory stays bounded.

    Yields
    ------
    NearestNeighbours
        Of the next `size` particles; indices count all particles.
    """
    rows = np.arange(configuration.n_particles)
    starts = range(0, max(len(rows), 1), size)
    yield from _tables(configuration, k, [rows[start : start + size] for start in starts])


def _tables(
    configuration: Configuration, k: int, parts: Iterable[np.ndarray]
) -> Iterator[NearestNeighbours]:
    """The k nearest neighbours of the particles of each part."""
    from analysis.cell_list import CellList

    if k < 1:
        raise ValueError(f"k is {k}, expected at least one neighbour")
    check_positions(configuration)
    if configuration.n_particles == 0:
        yield NearestNeighbours(np.zeros((0, k)), np.zeros((0, k), int), np.zeros((0, k, 3)))
        return
    reach = ((k + 1) / configuration.number_density) ** (1 / configuration.dimensions)
    images, origin = periodic_images(configuration, reach)
    cells = CellList(images, k)
    for rows in parts:
        while True:
            distances, found, vectors = cells.nearest(rows, k)
            farthest = distances[:, -1].max(initial=0.0)
            if not configuration.periodic or farthest <= reach:
                break
            # Next to a vacuum the k-th neighbour is far away.
            reach = farthest if np.isfinite(farthest) else 2.0 * reach
            images, origin = periodic_images(configuration, reach)
            cells = CellList(images, k)
        yield NearestNeighbours(distances, origin[found], vectors)


def solid_angle(configuration: Configuration) -> freud.locality.NeighborList:
    """Neighbours by the solid-angle criterion (SANN), free of parameters and scale.

    In three dimensions the m nearest are neighbours for the smallest m with
    sum_j (1 - r_j / r_{m+1}) >= 2 (van Meel et al., J. Chem. Phys. 136, 234107 (2012));
    in two dimensions the angles have to fill the circle:
    sum_j arccos(r_j / r_{m+1}) >= pi. Where an open boundary leaves fewer particles than
    the criterion asks for, all are neighbours. The list need not be symmetric.
    """
    k = SANN_CANDIDATES[configuration.dimensions]
    while True:
        table = nearest(configuration, k)
        counts, closed = _solid_angle_counts(table.distances, configuration.dimensions)
        exhausted = not configuration.periodic and k >= configuration.n_particles
        if closed.all() or exhausted or k > 256:
            return table.neighbour_list(np.arange(k) < counts[:, None])
        k *= 2


def within(configuration: Configuration, r_max: float) -> freud.locality.NeighborList:
    """All neighbours closer than `r_max`.

    Raises
    ------
    ValueError
        If `r_max` is not a positive number, or coordinates are not finite.
    """
    return _freud_list(configuration.n_particles, *pairs_within(configuration, r_max))


def pairs_within(
    configuration: Configuration, r_max: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same in double precision: particles, their neighbours, and the vectors to them, shape
    (M, 3)."""
    from scipy.spatial import cKDTree

    if not (np.isfinite(r_max) and r_max > 0):
        raise ValueError(f"r_max is {r_max}, expected a positive distance")
    check_positions(configuration)
    n, dims = configuration.n_particles, configuration.dimensions
    if n == 0:
        empty = np.zeros(0, int)
        return empty, empty, np.zeros((0, 3))
    images, origin = periodic_images(configuration, r_max)
    pairs = cKDTree(images[:n]).sparse_distance_matrix(
        cKDTree(images), r_max, output_type="coo_matrix"
    )
    i, image, distances = pairs.row, pairs.col, pairs.data
    others = (image != i) & (distances < r_max)
    i, image, distances = i[others], image[others], distances[others]
    order = np.lexsort((distances, i))
    i, image = i[order], image[order]
    vectors = np.zeros((len(i), 3))
    vectors[:, :dims] = images[image] - images[i]
    return i, origin[image], vectors


def first_shell(configuration: Configuration) -> freud.locality.NeighborList:
    """Neighbours up to the first minimum of the radial distribution function."""
    from analysis.descriptors.radial_distribution import first_minimum

    return within(configuration, first_minimum(configuration))


def voronoi(configuration: Configuration, least: float = 0.0) -> freud.locality.NeighborList:
    """Neighbours whose Voronoi cells share a face, by freud.

    Parameters
    ----------
    configuration : Configuration
        With an open boundary, cells at the surface are cut off by a box around the cluster.
    least : float
        Faces with a smaller part of the surface (perimeter) of the cell than this do not count:
        where more than three cells meet in an edge, noise opens faces that mean nothing.

    Returns
    -------
    freud.locality.NeighborList
        Its weights are the part of the surface of the cell that each face has; they add up to 1
        before small ones are left out.

    Raises
    ------
    ValueError
        If a periodic box is so narrow that a particle is its own neighbour.
    """
    import freud

    check_positions(configuration)
    n = configuration.n_particles
    if n < 2:
        return _freud_list(n, np.zeros(0, int), np.zeros(0, int), np.zeros((0, 3)))
    box = configuration.freud_box()
    if not configuration.periodic:
        # A closed box twice as wide as the cluster.
        size = 2.0 * np.ptp(configuration.positions, axis=0).max() + 1.0
        box = freud.box.Box.cube(size) if configuration.dimensions == 3 else None
        box = box or freud.box.Box.square(size)
        box.periodic = False
    centred = configuration.positions
    if not configuration.periodic:
        centred = centred - 0.5 * (centred.max(axis=0) + centred.min(axis=0))
    cells = freud.locality.Voronoi().compute((box, centred))
    i = np.asarray(cells.nlist.query_point_indices)
    j = np.asarray(cells.nlist.point_indices)
    if (i == j).any():
        raise ValueError(
            f"box is {configuration.widths.min():.4g} wide, so that particle {i[i == j][0]} is its "
            "own Voronoi neighbour; repeat the cell"
        )
    area = np.asarray(cells.nlist.weights, dtype=np.float64)
    share = area / np.maximum(np.bincount(i, area, n), np.finfo(float).tiny)[i]
    distances = np.asarray(cells.nlist.distances)
    kept = np.flatnonzero(share >= least)
    kept = kept[np.lexsort((distances[kept], i[kept]))]
    return freud.locality.NeighborList.from_arrays(
        n,
        n,
        i[kept].astype(np.uint32),
        j[kept].astype(np.uint32),
        np.asarray(cells.nlist.vectors)[kept].astype(np.float32),
        share[kept].astype(np.float32),
    )


def _solid_angle_counts(distances: np.ndarray, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours of each particle, and whether its (solid) angle was filled."""
    n, k = distances.shape
    counts, closed = np.isfinite(distances).sum(axis=1), np.zeros(n, dtype=bool)
    for m in range(dimensions, k):
        ratio = distances[:, :m] / np.maximum(distances[:, m : m + 1], np.finfo(float).tiny)
        ratio = np.where(np.isfinite(ratio), np.minimum(ratio, 1.0), 1.0)
        if dimensions == 3:
            filled = (1.0 - ratio).sum(axis=1) >= 2.0
        else:
            # The square lattice fills the circle exactly with its four neighbours.
            filled = np.arccos(ratio).sum(axis=1) >= np.pi - 1e-9
        new = filled & ~closed & np.isfinite(distances[:, m])
        counts[new], closed[new] = m, True
    return counts, closed


def _freud_list(
    n: int, i: np.ndarray, j: np.ndarray, vectors: np.ndarray
) -> freud.locality.NeighborList:
    import freud

    if len(i) == 0:
        return freud.locality.NeighborList()
    return freud.locality.NeighborList.from_arrays(
        n, n, i.astype(np.uint32), j.astype(np.uint32), vectors.astype(np.float32)
    )
