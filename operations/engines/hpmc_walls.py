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
from operations.interactions.walls import Slit, reaches

#: Bins of the density of gaps, and how far it is followed, in diameters of the smallest body.
BINS, REACH = 20, 0.1
#: Part of the largest diameter by which a body may reach beyond a wall: files are rounded.
TOLERANCE = 1e-4


class WallPressure:
    """Pressure on the walls of a simulation.

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
        smallest = min(shape.inscribed for shape in shapes)
        self._reach = min(REACH * smallest, slit.separation - smallest)
        middles = (np.arange(BINS) + 0.5) * self._reach / BINS
        self._weights = at_zero(middles)

    def fit_range(self) -> None:
        """Nothing depends on the configuration."""

    @property
    def beta_p(self) -> float:
        """P / kT of the configuration as it is now."""
        with self._simulation.state.cpu_local_snapshot as local:
            z = np.array(local.particles.position[:, self._axis])
            types = np.array(local.particles.typeid)
            turns = np.array(local.particles.orientation, dtype=np.float64)
            lengths = np.array(local.global_box.L)
        down, up = reaches(self._shapes, types, turns)
        free = np.concatenate([self._half + z - down, self._half - z - up])
        counts, _ = np.histogram(np.maximum(free, 0.0), BINS, (0.0, self._reach))
        area = float(np.prod(lengths[: self._axis]))
        return float(self._weights @ counts) / (2.0 * area * self._reach / BINS)


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
    axis = configuration.dimensions - 1
    height = float(configuration.box[axis])
    if abs(height - slit.height) > 1e-5 * height:
        raise EngineError(
            f"the box is {height:.6g} along the normal of the walls; expected {slit.height:.6g}:"
            " their separation, and empty beyond it the diameter of the largest body"
        )
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
