"""The lattices a run may start from: their geometry, and the cells of a box for some particles."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

#: A box that its particles fill is taken before one closer to a square or cube that has empty
#: sites, up to this ratio of its longest to its shortest edge.
MOST_ASPECT = 1.5


@dataclass(frozen=True)
class Lattice:
    """A lattice with its cell, which is rectangular unless it leans.

    Attributes
    ----------
    edges : tuple of float
        Of the cell; of one that leans the first edge and the heights over it, as of a box.
    sites : tuple of tuple of float
        In the cell, in units of its lattice vectors.
    tilts : tuple of float, length 3
        How far the second vector leans along x, and the third along x and y, per height.
    """

    edges: tuple[float, ...]
    sites: tuple[tuple[float, ...], ...]
    tilts: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def vectors(self) -> tuple[tuple[float, ...], ...]:
        """Of the cell, as rows."""
        d, (xy, xz, yz) = self.dimensions, self.tilts
        x, y, z = (*self.edges, 1.0)[:3]
        rows = (x, 0.0, 0.0), (xy * y, y, 0.0), (xz * z, yz * z, z)
        return tuple(row[:d] for row in rows[:d])

    @property
    def dimensions(self) -> int:
        """Of the space it is in."""
        return len(self.edges)

    def cells(self, n: int) -> tuple[int, ...]:
        """Numbers of cells along each axis of a box for `n` particles: as close to a square or cube
        as it gets with few empty sites, with none if it can."""
        return _cells(self, n)

    def regular_cells(self, n: int) -> tuple[int, ...]:
        """As many cells along each axis, however many sites stay empty."""
        cells = math.ceil((n / len(self.sites)) ** (1 / self.dimensions) - 1e-9)
        return (cells,) * self.dimensions

    def n_sites(self, n: int) -> int:
        """Sites in a box for `n` particles; `n` where they fill it."""
        return math.prod(self.cells(n)) * len(self.sites)

    def near(self, n: int) -> list[int]:
        """Numbers of particles around `n` that fill a box close to a square or cube: one that is
        smaller, if there is one, and two that are larger."""
        smaller = 0
        for size in self._full():
            if size >= n:
                larger = next(number for number in self._full() if number > size)
                return [number for number in (smaller, size, larger) if number]
            smaller = size
        raise AssertionError("there is always a larger one")

    def density(self, distance: float) -> float:
        """Number density at which nearest neighbours have a distance."""
        per_volume = len(self.sites) / math.prod(self.edges)
        return per_volume * (self._nearest / distance) ** self.dimensions

    @cached_property
    def _nearest(self) -> float:
        """Distance of nearest neighbours."""
        return min(
            math.dist(self._at(one), self._at(other, shift))
            for k, one in enumerate(self.sites)
            for other in self.sites[k:]
            for shift in itertools.product((-2, -1, 0, 1, 2), repeat=self.dimensions)
            if other is not one or any(shift)
        )

    def _at(self, site: tuple[float, ...], shift: tuple[int, ...] | None = None) -> list[float]:
        shift = shift or (0,) * self.dimensions
        places = [s + k for s, k in zip(site, shift, strict=True)]
        columns = zip(*self.vectors, strict=True)
        return [sum(p * x for p, x in zip(places, column, strict=True)) for column in columns]

    def _full(self) -> Iterator[int]:
        """Sites of boxes close to a square or cube, smallest first."""
        for k in itertools.count(1):
            counts = (max(1, round(k * self.edges[0] / edge)) for edge in self.edges)
            yield math.prod(counts) * len(self.sites)


@lru_cache(maxsize=4096)
def _cells(lattice: Lattice, n: int) -> tuple[int, ...]:
    per_cell = len(lattice.sites)
    edge = (n / per_cell * math.prod(lattice.edges)) ** (1 / lattice.dimensions)
    choices = [
        range(max(1, int(0.8 * edge / length)), int(1.25 * edge / length) + 3)
        for length in lattice.edges[:-1]
    ]

    def cost(counts: tuple[int, ...]) -> tuple[bool, float]:
        sites = math.prod(counts) * per_cell
        lengths = [k * length for k, length in zip(counts, lattice.edges, strict=True)]
        aspect = max(lengths) / min(lengths)
        return sites != n or aspect > MOST_ASPECT, sites / n + aspect

    # of the last axis as many as there must be
    boxes = (
        (*counts, -(-n // (math.prod(counts) * per_cell))) for counts in itertools.product(*choices)
    )
    return min(boxes, key=cost)


#: By name; cubic ones have the cell of their crystal family, not the primitive one.
LATTICES: dict[str, Lattice] = {
    "square": Lattice((1.0, 1.0), ((0.0, 0.0),)),
    "hexagonal": Lattice((1.0, math.sqrt(3.0)), ((0.0, 0.0), (0.5, 0.5))),
    "sc": Lattice((1.0, 1.0, 1.0), ((0.0, 0.0, 0.0),)),
    "bcc": Lattice((1.0, 1.0, 1.0), ((0.0, 0.0, 0.0), (0.5, 0.5, 0.5))),
    "fcc": Lattice(
        (1.0, 1.0, 1.0),
        ((0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0)),
    ),
}
