"""Hard walls in HOOMD-blue's Monte Carlo, and the pressure on them.

βP is the density of surfaces at contact: of the gaps between bodies and a wall, per area, at no
gap. A wall that moves by dx would meet so many, whatever the shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import Shape
from operations.engines import EngineError
from operations.engines.hoomd_release import add_walls
from operations.engines.hpmc_pressure import at_zero
from operations.interactions.walls import Slit, check_slit, reaches

#: Bins of the density of gaps. It is followed as far as half of the bodies are that are nearer to a
#: wall than `LAYER`, between these bounds, all in widths of the smallest body: where it falls like
#: exp(-gap / l), that is to 0.7 l.
BINS, LAYER, SMALLEST, LARGEST = 20, 0.5, 0.001, 0.1
#: Part of the largest diameter by which a body may reach beyond a wall: files are rounded.
TOLERANCE = 1e-4


class WallPressure:
    """Pressure on the walls of a simulation. `fit_range` comes before the first reading.

    Parameters
    ----------
    simulation : hoomd.Simulation
    dimensions : 2 or 3
    shapes : tuple of Shape
        By number of the type.
    slit : Slit
    """

    def __init__(
        self, simulation: Any, dimensions: int, shapes: tuple[Shape, ...], slit: Slit
    ) -> None:
        self._simulation, self._axis, self._shapes = simulation, dimensions - 1, shapes
        self._half = 0.5 * slit.separation
        self._smallest = min(shape.inscribed for shape in shapes)
        #: Where the gaps of the widest body end.
        self._room = slit.separation - max(shape.inscribed for shape in shapes)
        self._weights = at_zero(np.arange(BINS) + 0.5)

    def fit_range(self) -> None:
        """Take the range in which half of the bodies beside the walls are, as they are now."""
        gaps, _ = self._gaps()
        near = gaps[gaps < min(LAYER * self._smallest, self._room)]
        reach = min(float(np.median(near)) if len(near) else np.inf, LARGEST * self._smallest)
        self._reach = max(min(reach, self._room), SMALLEST * self._smallest)

    @property
    def beta_p(self) -> float:
        """P / kT of the configuration as it is now."""
        gaps, area = self._gaps()
        counts, _ = np.histogram(gaps, BINS, (0.0, self._reach))
        return float(self._weights @ counts) / (2.0 * area * self._reach / BINS)

    def _gaps(self) -> tuple[np.ndarray, float]:
        """Of each body from both walls, and the area of one of these."""
        with self._simulation.state.cpu_local_snapshot as local:
            z = np.array(local.particles.position[:, self._axis])
            types = np.array(local.particles.typeid)
            turns = np.array(local.particles.orientation, dtype=np.float64)
            lengths = np.array(local.global_box.L)
        down, up = reaches(self._shapes, types, turns)
        gaps = np.concatenate([self._half + z - down, self._half - z - up])
        return np.maximum(gaps, 0.0), float(np.prod(lengths[: self._axis]))


def add_hard_walls(mc: Any, dimensions: int, slit: Slit | None) -> None:
    """Give an integrator the walls of a slit, if there is one."""
    if slit is None:
        return
    import hoomd

    normal = np.eye(3)[dimensions - 1]
    half = 0.5 * slit.separation
    sides = [(tuple(-half * normal), tuple(normal)), (tuple(half * normal), tuple(-normal))]
    add_walls(mc, [hoomd.wall.Plane(origin=at, normal=way) for at, way in sides])


def check_between(configuration: Configuration, shapes: Mapping[str, Shape], slit: Slit) -> None:
    """Raise EngineError where bodies reach beyond the walls, or the box is none of the slit."""
    check_slit(configuration, slit)
    axis = configuration.dimensions - 1
    z, turns = configuration.positions[:, axis], configuration.orientations
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (len(z), 1)) if turns is None else turns
    kinds = tuple(shapes[name] for name in configuration.type_names)
    down, up = reaches(kinds, configuration.types, turns)
    beyond = np.maximum(down - z, up + z) - 0.5 * slit.separation
    n = int(np.sum(beyond > TOLERANCE * max(shape.circumscribed for shape in kinds)))
    if n:
        raise EngineError(
            f"{n} bodies reach beyond the walls, by up to {beyond.max():.3g}; expected a start"
            " between walls of this separation"
        )
