"""The neighbourhoods of many configurations as points of a plane, alike ones near each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Phases of which a typical neighbourhood is drawn; particles of it at most, and how far they are,
#: over the shortest distance.
SHOWN = 6
_DRAWN, _REACH = {2: 40, 3: 60}, 3.0


@dataclass(frozen=True)
class NeighbourhoodMap:
    """Points, and what stands behind each.

    Attributes
    ----------
    points : ndarray, shape (M, 2)
        Leading principal components of the 64 numbers of the learned descriptor.
    configuration, particle : ndarray of int, shape (M,)
    explained : float
        Part of the variance of the numbers that the two have.
    """

    points: np.ndarray
    configuration: np.ndarray
    particle: np.ndarray
    explained: float

    def typical(self, names: np.ndarray) -> dict[str, int]:
        """Of the most frequent names of the points, the point nearest to the median of each."""
        found, counts = np.unique(names, return_counts=True)
        chosen = {}
        for name in found[np.argsort(-counts, kind="stable")][:SHOWN]:
            own = np.flatnonzero(names == name)
            away = self.points[own] - np.median(self.points[own], axis=0)
            chosen[str(name)] = int(own[np.linalg.norm(away, axis=1).argmin()])
        return chosen


def neighbourhood_map(
    configurations: Sequence[Configuration], each: int = 40, seed: int = 0
) -> NeighbourhoodMap:
    """Map some of the particles of every configuration.

    Parameters
    ----------
    configurations : sequence of Configuration
        Of the same dimensions.
    each : int
        Particles of each, at random, at most.
    seed : int

    Raises
    ------
    ValueError
        If dimensions differ.
    """
    from analysis.learning.embedding import principal_components
    from analysis.learning.learned import MODEL_FILES, Learned

    model = Learned.load(MODEL_FILES[configurations[0].dimensions])
    rng = np.random.default_rng(seed)
    numbers, which, particles = [], [], []
    for k, configuration in enumerate(configurations):
        rows = np.sort(rng.permutation(configuration.n_particles)[:each])
        numbers.append(model.embed(configuration)[rows])
        which.append(np.full(len(rows), k))
        particles.append(rows)
    joined = np.concatenate(numbers)
    found = principal_components(joined, 1.0, 2)
    points = found.transform(joined)
    points = np.pad(points, ((0, 0), (0, 2 - points.shape[1])))  # of neighbourhoods all alike
    return NeighbourhoodMap(
        points, np.concatenate(which), np.concatenate(particles), found.explained
    )


def draw_neighbourhood_map(
    found: NeighbourhoodMap,
    configurations: Sequence[Configuration],
    names: Sequence[str],
    values: Mapping[str, np.ndarray],
    path: str | Path,
) -> None:
    """Draw the map coloured by phase, typical neighbourhoods beside it, and by numbers.

    Parameters
    ----------
    found : NeighbourhoodMap
    configurations : sequence of Configuration
        That it was made of.
    names : sequence of str, shape (M,)
        Phase of every point.
    values : mapping of str to ndarray, shape (M,)
        Numbers of every point, by their title: a panel each.
    path : str or Path
        Of a PNG.
    """
    from matplotlib.figure import Figure

    from analysis.colours import phase_styles

    phases, styles = np.array(names, dtype=str), phase_styles(names)
    typical = found.typical(phases)
    n = 1 + len(values)
    figure = Figure(figsize=(4.2 * n, 5.6), layout="constrained")
    grid = figure.add_gridspec(2, 1, height_ratios=(1.2, 4.0))
    small = figure.add_subfigure(grid[0]).subplots(1, SHOWN, squeeze=False)[0]
    panels = figure.add_subfigure(grid[1]).subplots(1, n, squeeze=False)[0]
    order = np.random.default_rng(0).permutation(len(phases))  # none lies above all others
    x, y = found.points[order].T
    colours = [styles[name].colour for name in phases[order]]
    panels[0].scatter(x, y, 5, colours, linewidths=0, alpha=0.6)
    for panel in small:
        panel.set_axis_off()
    for number, (name, point) in enumerate(typical.items(), start=1):
        panels[0].annotate(
            str(number),
            found.points[point],
            ha="center",
            va="center",
            fontsize=8,
            bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": styles[name].colour},
        )
        _draw_neighbourhood(
            small[number - 1],
            configurations[found.configuration[point]],
            int(found.particle[point]),
            styles[name].colour,
        )
        small[number - 1].set_title(f"{number} {name}", fontsize=8)
    panels[0].set_title("phase of the particle", fontsize=9)
    for panel, (title, numbers) in zip(panels[1:], values.items(), strict=True):
        image = panel.scatter(x, y, 5, np.asarray(numbers)[order], linewidths=0, alpha=0.6)
        figure.colorbar(image, ax=panel, shrink=0.8)
        panel.set_title(title, fontsize=9)
    for panel in panels:
        panel.set_xticks([])
        panel.set_yticks([])
        panel.set_xlabel("first component")
    panels[0].set_ylabel("second component")
    figure.savefig(path, dpi=150)


def neighbourhood_picture(
    configuration: Configuration, particle: int, colour: str, target: str | Path | IO[bytes]
) -> None:
    """A PNG of the nearest of a particle around it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.4, 2.4), layout="constrained")
    panel = figure.subplots()
    panel.set_axis_off()
    _draw_neighbourhood(panel, configuration, particle, colour)
    figure.savefig(target, dpi=100, format="png")


def _draw_neighbourhood(
    axes: Axes, configuration: Configuration, particle: int, colour: str
) -> None:
    """The nearest of a particle around it; in space the nearer ones of them larger and darker."""
    from analysis.colours import rgb
    from analysis.neighbourhoods import nearest

    dims = configuration.dimensions
    table = nearest(configuration, _DRAWN[dims])
    around = table.vectors[particle][np.isfinite(table.distances[particle])]
    around = around / table.distances[particle, 0]
    around = around[np.linalg.norm(around, axis=1) < _REACH]
    around = around[np.argsort(around[:, 2])]
    depth = (around[:, 2] + 2.0) / 4.0 if dims == 3 else np.ones(len(around))
    shade = np.clip(depth, 0.25, 1.0)
    colours = np.column_stack([np.tile(rgb(colour), (len(around), 1)) / 255, shade])
    axes.scatter(around[:, 0], around[:, 1], 70.0 * shade, colours, linewidths=0)
    axes.scatter(0.0, 0.0, 70.0, "black", linewidths=0)
    axes.set_aspect("equal")
    axes.set_xlim(-_REACH - 0.3, _REACH + 0.3)
    axes.set_ylim(-_REACH - 0.3, _REACH + 0.3)
