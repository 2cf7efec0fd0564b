"""One particle configuration, and its way to and from GSD."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import freud
    import gsd.hoomd


#: Log quantity: the unit of length in metres, of configurations that have one.
METRES = "unit_in_metres"


def lattice_vectors(box: np.ndarray, dimensions: int) -> np.ndarray:
    """Lattice vectors of a GSD box as rows, shape (3, 3); in two dimensions the third is z.

    Parameters
    ----------
    box : ndarray, shape (6,)
        Lx, Ly, Lz, xy, xz, yz.
    dimensions : int
    """
    lx, ly, lz, xy, xz, yz = box
    third = (0.0, 0.0, 1.0) if dimensions == 2 else (xz * lz, yz * lz, lz)
    return np.array([(lx, 0.0, 0.0), (xy * ly, ly, 0.0), third])


def wrap(
    positions: np.ndarray, images: np.ndarray, box: np.ndarray, dimensions: int
) -> tuple[np.ndarray, np.ndarray]:
    """Positions in a centred GSD box and the image flags that go with them.

    Parameters
    ----------
    positions : ndarray, shape (N, 3)
        Relative to the centre of the box; may lie outside it.
    images : ndarray of int, shape (N, 3)
    box : ndarray, shape (6,)
    dimensions : int
    """
    cell = lattice_vectors(box, dimensions)
    shift = np.floor(positions @ np.linalg.inv(cell) + 0.5)
    if dimensions == 2:
        shift[:, 2] = 0.0
    return positions - shift @ cell, images + shift.astype(np.int32)


@dataclass
class Configuration:
    """Particles in a box, in reduced units.

    The box follows GSD and HOOMD-blue: lattice vectors a1 = (Lx, 0, 0),
    a2 = (xy Ly, Ly, 0), a3 = (xz Lz, yz Lz, Lz), centred at the origin. In two
    dimensions z = 0 everywhere and Lz = 1 means nothing.

    Attributes
    ----------
    positions : ndarray of float64, shape (N, 3)
        Positions wrapped into the box.
    box : ndarray of float64, shape (6,)
        Lx, Ly, Lz (lengths) and the dimensionless tilt factors xy, xz, yz.
    dimensions : int
        2 or 3.
    types : ndarray of int32, shape (N,)
        Index into `type_names`.
    type_names : tuple of str
    velocities : ndarray of float64, shape (N, 3), or None
    images : ndarray of int32, shape (N, 3), or None
        How many box vectors each particle has been wrapped by.
    periodic : bool
        False for an open boundary (a cluster); then the box only encloses.
    log : dict of str to float
        Quantities of the frame.
    orientations : ndarray of float64, shape (N, 4), or None
        Unit quaternions, the scalar first, that turn the shape of a type into the particle.
    angular_momenta : ndarray of float64, shape (N, 4), or None
        Quaternions 2 q (0, L) of the orientation q and the angular momentum L in the frame of the
        shape, as GSD and HOOMD-blue have them.
    forces : ndarray of float64, shape (N, 3), or None
        As a file of another code has them; no GSD of ours does.
    type_shapes : tuple of dict, or None
        Shape of every type, as GSD writes it (`analysis.shapes.Shape.from_gsd`).
    """

    positions: np.ndarray
    box: np.ndarray
    dimensions: int
    types: np.ndarray
    type_names: tuple[str, ...] = ("A",)
    velocities: np.ndarray | None = None
    images: np.ndarray | None = None
    periodic: bool = True
    log: dict[str, float] = field(default_factory=dict)
    orientations: np.ndarray | None = None
    angular_momenta: np.ndarray | None = None
    type_shapes: tuple[dict[str, Any], ...] | None = None
    forces: np.ndarray | None = None

    def __post_init__(self) -> None:
        self.positions = np.ascontiguousarray(self.positions, dtype=np.float64).reshape(-1, 3)
        self.box = np.asarray(self.box, dtype=np.float64)
        self.types = np.asarray(self.types, dtype=np.int32)
        if self.box.shape != (6,):
            raise ValueError(f"box has shape {self.box.shape}, expected (6,): Lx Ly Lz xy xz yz")
        if len(self.types) != len(self.positions):
            raise ValueError(f"{len(self.types)} types for {len(self.positions)} positions")

    @property
    def n_particles(self) -> int:
        """Number of particles."""
        return len(self.positions)

    @property
    def cell(self) -> np.ndarray:
        """Lattice vectors as rows, shape (3, 3)."""
        return lattice_vectors(self.box, self.dimensions)

    @property
    def volume(self) -> float:
        """Volume, or area in two dimensions."""
        return float(np.prod(self.box[: self.dimensions]))

    @property
    def number_density(self) -> float:
        """Particles per volume (area in two dimensions)."""
        return self.n_particles / self.volume

    @property
    def widths(self) -> np.ndarray:
        """Distances between opposite faces of the box, shape (dimensions,)."""
        return 1.0 / np.linalg.norm(np.linalg.inv(self.cell), axis=0)[: self.dimensions]

    def replicate(self, counts: tuple[int, int, int]) -> Configuration:
        """The same structure in a box repeated `counts` times along each box vector.

        Particles of the first copy come first, in their own order.
        """
        shifts = np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), -1).reshape(-1, 3)
        offset = (shifts - 0.5 * (np.array(counts) - 1)) @ self.cell
        copies = len(shifts)
        return Configuration(
            positions=(offset[:, None, :] + self.positions).reshape(-1, 3),
            box=np.concatenate([self.box[:3] * counts, self.box[3:]]),
            dimensions=self.dimensions,
            types=np.tile(self.types, copies),
            type_names=self.type_names,
            velocities=None if self.velocities is None else np.tile(self.velocities, (copies, 1)),
            periodic=self.periodic,
            orientations=(
                None if self.orientations is None else np.tile(self.orientations, (copies, 1))
            ),
            angular_momenta=(
                None if self.angular_momenta is None else np.tile(self.angular_momenta, (copies, 1))
            ),
            type_shapes=self.type_shapes,
        )

    def subset(self, members: np.ndarray) -> Configuration:
        """Some of the particles, by a mask or indices: where they are and of which types."""
        return Configuration(
            positions=self.positions[members],
            box=self.box,
            dimensions=self.dimensions,
            types=self.types[members],
            type_names=self.type_names,
            periodic=self.periodic,
        )

    def freud_box(self) -> freud.box.Box:
        """The same box for freud."""
        import freud

        lx, ly, lz, xy, xz, yz = self.box
        if self.dimensions == 2:
            box = freud.box.Box(lx, ly, 0, xy, 0, 0, is2D=True)
        else:
            box = freud.box.Box(lx, ly, lz, xy, xz, yz)
        box.periodic = self.periodic
        return box

    def to_frame(self, step: int = 0) -> gsd.hoomd.Frame:
        """A GSD frame with the same content; `log` becomes log quantities."""
        import gsd.hoomd

        frame = gsd.hoomd.Frame()
        frame.configuration.step = int(step)
        frame.configuration.dimensions = self.dimensions
        frame.configuration.box = self.box
        frame.particles.N = self.n_particles
        frame.particles.position = self.positions
        frame.particles.typeid = self.types
        frame.particles.types = list(self.type_names)
        if self.velocities is not None:
            frame.particles.velocity = self.velocities
        if self.images is not None:
            frame.particles.image = self.images
        if self.orientations is not None:
            frame.particles.orientation = self.orientations
        if self.angular_momenta is not None:
            frame.particles.angmom = self.angular_momenta
        if self.type_shapes is not None:
            frame.particles.type_shapes = list(self.type_shapes)
        frame.log = {key: np.asarray([value]) for key, value in self.log.items()}
        frame.log["periodic"] = np.asarray([int(self.periodic)], dtype=np.uint8)
        return frame

    @classmethod
    def from_frame(cls, frame: gsd.hoomd.Frame) -> Configuration:
        """Read a GSD frame (positions there are single precision); in two dimensions z is 0,
        whatever the file says."""
        log = {key: float(np.ravel(value)[0]) for key, value in frame.log.items() if np.size(value)}
        shapes = tuple(frame.particles.type_shapes or ())
        has_shapes = any(shapes)
        positions = np.array(frame.particles.position, dtype=np.float64).reshape(-1, 3)
        if frame.configuration.dimensions == 2:
            positions[:, 2] = 0.0
        return cls(
            positions=positions,
            box=frame.configuration.box,
            dimensions=int(frame.configuration.dimensions),
            types=frame.particles.typeid,
            type_names=tuple(frame.particles.types),
            velocities=np.asarray(frame.particles.velocity, dtype=np.float64),
            images=np.asarray(frame.particles.image),
            periodic=bool(log.pop("periodic", 1.0)),
            log=log,
            orientations=(
                np.asarray(frame.particles.orientation, dtype=np.float64) if has_shapes else None
            ),
            angular_momenta=(
                np.asarray(frame.particles.angmom, dtype=np.float64)
                if has_shapes and np.any(frame.particles.angmom)
                else None
            ),
            type_shapes=shapes if has_shapes else None,
        )

    @classmethod
    def read(cls, path: str | Path, frame: int = 0) -> Configuration:
        """Read one frame of a GSD file (the first unless told otherwise)."""
        import gsd.hoomd

        with gsd.hoomd.open(str(path), "r") as trajectory:
            return cls.from_frame(trajectory[frame])


def frame_logs(path: str | Path, name: str) -> np.ndarray:
    """A log quantity of every frame of a GSD file, shape (n_frames,); nan where it is missing."""
    import gsd.hoomd

    with gsd.hoomd.open(str(path), "r") as trajectory:
        values = [np.ravel(frame.log.get(name, np.nan))[0] for frame in trajectory]
    return np.array(values, dtype=float)
