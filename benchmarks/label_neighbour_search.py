"""How long labels take when neighbours are found by a k-d tree instead of cells.

    python -m benchmarks.label_neighbour_search [--sizes 1000 20000 200000] [--turns 15]

Hexagonal and fcc crystals at a noise of 0.06 and 0.07; labels of the whole configuration, both ways
in turns. The first is the tree; the ratio is its time over that of cells.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
from scipy.spatial import cKDTree

import analysis.cell_list
from analysis.labelling import label_configuration
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise
from benchmarks import turns


class Tree:
    """What `CellList` does, by a k-d tree; points do not coincide."""

    def __init__(self, points: np.ndarray, k: int) -> None:
        self._points, self._tree = points, cKDTree(points, balanced_tree=False)

    def nearest(self, rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Distances, indices and vectors."""
        distances, found = (
            np.ascontiguousarray(each[:, 1:])
            for each in self._tree.query(self._points[rows], k=k + 1)
        )
        vectors = np.zeros((len(rows), k, 3))
        vectors[..., : self._points.shape[1]] = self._points[found] - self._points[rows][:, None]
        return distances, found, vectors


@contextmanager
def labelling(dimensions: int, size: int, tree: bool) -> Iterator[Callable[[], None]]:
    """Labels of a crystal of about `size` particles, compiled before they are timed."""
    if tree:
        analysis.cell_list.CellList = Tree  # type: ignore[assignment, misc]
    rng = np.random.default_rng(0)
    if dimensions == 2:
        rows = round((size / 2 / 3**0.5) ** 0.5)
        configuration = with_noise(
            crystal("hexagonal", (round(3**0.5 * rows), rows), 1.0), 0.06, rng
        )
    else:
        configuration = with_noise(crystal("fcc", round((size / 4) ** (1 / 3)), 1.0), 0.07, rng)
    label_configuration(configuration)

    def work() -> None:
        for _ in range(repeats(size)):
            label_configuration(configuration)

    yield work


def repeats(size: int) -> int:
    """How often a configuration is labelled in a turn, so that a turn is not too short."""
    return max(20_000 // size, 1)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 20_000, 200_000])
    parser.add_argument("--turns", type=int, default=15)
    told = parser.parse_args()
    print(f"dimensions | particles | {turns.HEADER}")
    for dimensions in (2, 3):
        for size in told.sizes:
            tree, cells = (partial(labelling, dimensions, size, way) for way in (True, False))
            measured = turns.row(tree, cells, size * repeats(size), told.turns)
            print(f"{dimensions} | {size} | {measured}", flush=True)


if __name__ == "__main__":
    main()
