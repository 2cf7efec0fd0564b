"""The cell of a noisy crystal: sites of the lattice that particles repeat by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.spatial import cKDTree

from analysis.configuration import Configuration
from analysis.unit_cells.translations import ALIKE, NEAR, SMALLEST, basis, peaks

FloatArray = NDArray[np.float64]

#: Reaches that are tried, in units of (volume per particle)^(1/dimensions); the last, which is
#: slow, only where nothing was found.
REACHES = (2.2, 3.0, 4.0, 5.5, 7.5)
#: Neighbourhoods that are tried, and particles of each in two and three dimensions.
SEEDS, PATCH = 4, {2: 150, 3: 400}
#: Sites are occupied at least so often, relative to the one that is most often.
OCCUPIED = 0.4
#: A crystal has at least this share of the particles.
COVERED = 0.5
#: No larger cell is looked for where all but this share of the particles are on sites, and no
#: further from them than thermal motion takes them, in units of the mean distance.
CERTAIN, THERMAL = 0.95, 0.1


@dataclass(frozen=True)
class UnitCell:
    """The cell of a crystal whose particles move.

    Attributes
    ----------
    lattice : ndarray, shape (d, d)
        Vectors as rows, right-handed, as they lie in the configuration.
    sites : ndarray, shape (n, d)
        Mean positions, relative to the first.
    types : ndarray of int, shape (n,)
    occupancies : ndarray, shape (n,)
        Particles per cell, relative to the site that has most.
    spread : float
        Root mean square displacement of a particle from its site, in each direction.
    error : float
        Of the position of a site.
    share : float
        Part of the particles that are on sites.
    """

    lattice: FloatArray
    sites: FloatArray
    types: NDArray[np.intp]
    occupancies: FloatArray
    spread: float
    error: float
    share: float

    @property
    def n_sites(self) -> int:
        """Sites of a cell."""
        return len(self.sites)


def unit_cell(configuration: Configuration, seed: int = 0) -> UnitCell | None:
    """The primitive cell of most particles of a periodic configuration.

    It does not depend on how the crystal lies in the box. Grains: that of the neighbourhood, of
    those tried, which is ordered best.

    Parameters
    ----------
    configuration : Configuration
    seed : int
        Of the neighbourhoods that are tried.

    Returns
    -------
    UnitCell or None
        None where no lattice takes particles to each other, or it has less than `COVERED` of them.
    """
    d, n = configuration.dimensions, configuration.n_particles
    if not configuration.periodic or n < 4:
        return None
    unit = (configuration.volume / n) ** (1.0 / d)
    random = np.random.default_rng(seed)
    centres = [int(random.integers(n)) for _ in range(SEEDS if n > PATCH[d] else 1)]
    space = _Space(configuration, unit)
    best: UnitCell | None = None
    for reach in REACHES:
        if best is not None and reach == REACHES[-1]:
            break
        tried: list[FloatArray] = []
        for centre in centres:
            members = space.patch(centre, PATCH[d])
            vectors, shares = peaks(space.differences(members, reach), len(members), reach)
            for alike in ALIKE:
                lattice = basis(vectors, shares, alike)
                if lattice is None or any(_same(lattice, one) for one in tried):
                    continue
                tried.append(lattice)
                cell = _sites(space, lattice, unit)
                if cell is not None and (best is None or _cost(cell, n) < _cost(best, n)):
                    best = cell
        if best is not None and best.share > CERTAIN and best.spread < THERMAL * unit:
            break
    return best


def _cost(cell: UnitCell, n: int) -> float:
    """What a cell leaves unexplained and what it takes to say it: Schwarz's criterion.

    Displacements of particles on sites are Gaussian, others anywhere within `NEAR` of a site.
    """
    d = len(cell.lattice)
    unit = (abs(np.linalg.det(cell.lattice)) / cell.occupancies.sum()) ** (1.0 / d)
    spread = max(cell.spread / unit, 0.01)
    unexplained = n * d * (cell.share * np.log(spread) + (1.0 - cell.share) * np.log(2.0 * NEAR))
    return float(unexplained + 0.5 * d * (cell.n_sites + d) * np.log(n * d))


def _same(one: FloatArray, other: FloatArray) -> bool:
    """Whether two bases span the same lattice, nearly."""
    numbers = one @ np.linalg.inv(other)
    whole = bool((np.abs(numbers - np.round(numbers)) < 0.1).all())
    return whole and abs(abs(np.linalg.det(numbers)) - 1.0) < 0.1


class _Space:
    """Particles in a periodic box, in units of the mean distance of particles.

    Images beyond the box are particles of their own in the tree, so that any box will do.
    """

    def __init__(self, configuration: Configuration, unit: float) -> None:
        d = configuration.dimensions
        self.dimensions = d
        self.box = configuration.cell[:d, :d] / unit
        self.types = configuration.types
        self.positions = configuration.positions[:, :d] / unit
        self._tree: cKDTree | None = None
        self._margin = 0.0

    def near(self, margin: float) -> tuple[cKDTree, NDArray[np.intp], FloatArray]:
        """A tree of all particles and their images up to a margin, whose images, and where."""
        if self._tree is None or margin > self._margin:
            d = self.dimensions
            inverse = np.linalg.inv(self.box)
            fractions = self.positions @ inverse
            heights = 1.0 / np.linalg.norm(inverse, axis=0)
            reach = margin / heights
            most = np.ceil(reach).astype(int)
            grids = np.meshgrid(*(np.arange(-m, m + 1) for m in most), indexing="ij")
            where, whose = [], []
            for shift in np.stack(grids, axis=-1).reshape(-1, d):
                moved = fractions + shift
                inside = (np.abs(moved) <= 0.5 + reach).all(axis=1)
                where.append(moved[inside] @ self.box)
                whose.append(np.flatnonzero(inside))
            self._where, self._whose = np.concatenate(where), np.concatenate(whose)
            self._tree, self._margin = cKDTree(self._where), margin
        return self._tree, self._whose, self._where

    def patch(self, centre: int, count: int) -> NDArray[np.intp]:
        """The particles nearest to one."""
        apart = self.positions - self.positions[centre]
        fractions = apart @ np.linalg.inv(self.box)
        apart = (fractions - np.round(fractions)) @ self.box
        return np.argsort(np.linalg.norm(apart, axis=1), kind="stable")[:count]

    def differences(self, members: NDArray[np.intp], reach: float) -> FloatArray:
        """From particles to their neighbours of the same type."""
        tree, whose, where = self.near(reach + NEAR)
        lists = tree.query_ball_point(self.positions[members], reach + NEAR)
        first = np.repeat(members, [len(one) for one in lists])
        second = np.concatenate([np.array(one, dtype=np.intp) for one in lists])
        same = (self.types[first] == self.types[whose[second]]) & (first != whose[second])
        return np.asarray(where[second[same]] - self.positions[first[same]])


def _sites(space: _Space, lattice: FloatArray, unit: float) -> UnitCell | None:
    """Sites by the particles that the lattice connects."""
    n, d = len(space.positions), space.dimensions
    tree, whose, where = space.near(float(np.linalg.norm(lattice, axis=1).max()) + 2 * NEAR)
    first, second, steps, vectors = [], [], [], []
    for k, vector in enumerate(lattice):
        apart, there = tree.query(space.positions + vector, distance_upper_bound=NEAR)
        found = np.flatnonzero(np.isfinite(apart))
        there = there[found]
        same = space.types[found] == space.types[whose[there]]
        found, there = found[same], there[same]
        first.append(found)
        second.append(whose[there])
        steps.append(np.full(len(found), k))
        vectors.append(where[there] - space.positions[found])
    bonds = _Bonds(*map(np.concatenate, (first, second, steps, vectors)))
    numbers, unwrapped, component = bonds.walk(n, d, space.positions)
    sizes = np.bincount(component)
    large = np.flatnonzero(sizes >= OCCUPIED * 0.25 * sizes.max())
    # one lattice for all of them, an origin each
    ours = np.isin(component, large)
    index = np.searchsorted(large, component[ours])
    lattice, origins = _fitted(numbers[ours], unwrapped[ours], index, len(large))
    if not abs(np.linalg.det(lattice)) > SMALLEST:
        return None  # too few of them are connected
    offset = unwrapped[ours] - origins[index] - numbers[ours] @ lattice
    free = len(offset) - len(large) - d  # the others went into sites and lattice
    if free < 1:
        return None
    spread = float(np.sqrt((offset**2).sum() / (free * d)))
    # of components that are one site but for gaps the largest stands for all
    main = int(np.argmax(sizes[large]))
    first_site = np.flatnonzero(component == large[main])
    sites: list[FloatArray] = []
    counts: list[int] = []
    types: list[int] = []
    for position in np.argsort(sizes[large])[::-1]:
        members = np.flatnonzero(component == large[position])
        place = _from_main(space, members, first_site, lattice)
        kind = int(space.types[members[0]])
        for k, known in enumerate(sites):
            apart = (place - known) @ np.linalg.inv(lattice)
            if kind == types[k] and np.linalg.norm((apart - np.round(apart)) @ lattice) < NEAR:
                counts[k] += len(members)
                break
        else:
            sites.append(place)
            counts.append(len(members))
            types.append(kind)
    occupancies = np.array(counts) / max(counts)
    kept = occupancies >= OCCUPIED
    share = float(np.array(counts)[kept].sum()) / n
    if share < COVERED or not _plausible(np.array(sites)[kept], lattice):
        return None
    return UnitCell(
        lattice * unit,
        np.array(sites)[kept] * unit,
        np.array(types)[kept],
        occupancies[kept],
        spread * unit,
        float(spread / np.sqrt(np.mean(np.array(counts)[kept]))) * unit,
        share,
    )


@dataclass
class _Bonds:
    """Particles that differ by a vector of the lattice: from, to, by which, and how far."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    step: NDArray[np.intp]
    vector: FloatArray

    def walk(
        self, n: int, d: int, positions: FloatArray
    ) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
        """Numbers on the lattice, positions without the box, and component of each particle."""
        pairs = np.concatenate([self.first, self.second]), np.concatenate([self.second, self.first])
        graph: Any = coo_array((np.ones(len(pairs[0])), pairs), shape=(n, n)).tocsr()
        _, component = connected_components(graph, directed=False)
        ends = zip(self.first.tolist(), self.second.tolist(), strict=True)
        bond = {pair: k for k, pair in enumerate(ends)}
        numbers, unwrapped = np.zeros((n, d)), positions.copy()
        for root in np.unique(component, return_index=True)[1]:
            order, before = breadth_first_order(graph, int(root), directed=False)
            for particle in order[1:]:
                last = before[particle]
                k, sign = bond.get((last, particle)), 1
                if k is None:
                    k, sign = bond[particle, last], -1
                numbers[particle] = numbers[last]
                numbers[particle, self.step[k]] += sign
                unwrapped[particle] = unwrapped[last] + sign * self.vector[k]
        return numbers, unwrapped, component.astype(np.intp)


def _fitted(
    numbers: FloatArray, positions: FloatArray, index: NDArray[np.intp], n_origins: int
) -> tuple[FloatArray, FloatArray]:
    """Lattice and origins by least squares."""
    sizes = np.bincount(index, minlength=n_origins)[:, None]

    def centred(values: FloatArray) -> tuple[FloatArray, FloatArray]:
        d = values.shape[1]
        sums = [np.bincount(index, values[:, k], minlength=n_origins) for k in range(d)]
        means = np.asarray(np.stack(sums, axis=1) / sizes, dtype=np.float64)
        return values - means[index], means

    inner, number_means = centred(numbers)
    outer, position_means = centred(positions)
    lattice = np.asarray(np.linalg.lstsq(inner, outer, rcond=None)[0], dtype=np.float64)
    return lattice, np.asarray(position_means - number_means @ lattice, dtype=np.float64)


def _from_main(
    space: _Space,
    members: NDArray[np.intp],
    main: NDArray[np.intp],
    lattice: FloatArray,
) -> FloatArray:
    """Mean vector from particles of the main component to those of another, nearby.

    Nearby, so that strain over long distances does not blur it. The nearest particle would be one
    that moved towards the other: so the first guess is made with it, the mean without such choice.
    """
    _, whose, where = space.near(float(np.linalg.norm(lattice, axis=1).sum()))
    tree = cKDTree(where[np.isin(whose, main)])
    inverse = np.linalg.inv(lattice)
    apart = space.positions[members] - tree.data[tree.query(space.positions[members])[1]]
    angles = np.exp(2j * np.pi * apart @ inverse).mean(axis=0)
    vector = np.angle(angles) / (2.0 * np.pi) @ lattice
    for _ in range(3):
        off, nearest = tree.query(space.positions[members] - vector)
        near = off < 2.0 * NEAR
        if not near.any():
            break
        vector = (space.positions[members] - tree.data[nearest])[near].mean(axis=0)
    return np.asarray(vector)


def _plausible(sites: FloatArray, lattice: FloatArray) -> bool:
    """Whether no two sites are at one place."""
    apart = (sites[:, None] - sites) @ np.linalg.inv(lattice)
    distances = np.linalg.norm((apart - np.round(apart)) @ lattice, axis=-1)
    return bool((distances + np.eye(len(sites)) > 2.0 * NEAR * 0.9).all())
