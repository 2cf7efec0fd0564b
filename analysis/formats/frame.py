"""One frame of a file as it stands there, and its way to a configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.configuration import Configuration

#: In a direction without periodicity the box is this much longer than the particles reach, in
#: units of the distance of neighbours: images do not meet.
_GAP = 6.0
#: Particles that reach less far than this part of their distance lie in a plane.
FLAT = 1e-3
#: Particles that reach over more periods of their box than this are said to: an unwrapped
#: trajectory, or a box in another unit.
FAR = 3.0


@dataclass
class Frame:
    """What a file says of one frame.

    Attributes
    ----------
    positions : ndarray, shape (N, 3)
    names : sequence of str
        Type of each particle, of whatever name; numbers become letters (`type_name`).
    cell : ndarray, shape (3, 3), or None
        Lattice vectors as rows; None where there is no box.
    periodic : tuple of three bool
        In which of their directions the particles are repeated.
    forces : ndarray, shape (N, 3), or None
    metres : float, optional
        The unit of the coordinates in metres, where it is known.
    """

    positions: np.ndarray
    names: Sequence[str]
    cell: np.ndarray | None = None
    periodic: tuple[bool, bool, bool] = (True, True, True)
    forces: np.ndarray | None = None
    metres: float | None = None

    def configuration(self, dimensions: int) -> Configuration:
        """The particles in the box that `Configuration` has, with forces in a periodic one.

        Raises
        ------
        ValueError
            If coordinates are not finite, or particles in two dimensions are not in one plane.
        """
        positions = np.asarray(self.positions, dtype=np.float64).reshape(-1, 3)
        bad = np.flatnonzero(~np.isfinite(positions).all(axis=1))
        if len(bad):
            raise ValueError(
                f"has {len(bad)} of {len(positions)} particles whose coordinates are not finite,"
                f" first particle {bad[0] + 1} at {positions[bad[0]].tolist()}"
            )
        if len(positions) == 0:
            raise ValueError("has no particles")
        names = [type_name(name) for name in self.names]
        if self.cell is None:
            return enclosed(positions, names, dimensions)
        cell = np.array(self.cell, dtype=np.float64)
        if not np.isfinite(cell).all():
            raise ValueError(f"has a box that is not finite: {cell.tolist()}")
        periodic = np.array(self.periodic) & (np.linalg.norm(cell, axis=1) > 0)
        if dimensions == 2:
            _check_plane(positions, cell, bool(periodic[2]))
            positions = positions * [1.0, 1.0, 0.0]
            periodic[2] = True
            cell[2] = (0.0, 0.0, 1.0)
        if not periodic[:dimensions].any():
            return enclosed(positions, names, dimensions)
        if not periodic.all():
            cell = _with_vacuum(positions, cell, periodic, dimensions)
        found = in_cell(positions, cell, names, dimensions)
        if self.forces is not None and np.shape(self.forces) == positions.shape:
            # turned with the cell
            found.forces = np.asarray(self.forces) @ np.linalg.inv(cell) @ found.cell
        return found

    def is_bulk(self, dimensions: int) -> bool:
        """Whether the box of the file is that of a periodic bulk, so that there is a density."""
        return self.cell is not None and all(self.periodic[:dimensions])


#: Frames of a file by their numbers in it; each is converted only when it is called for.
Frames = Mapping[Any, Callable[[], "Frame | Configuration"]]


def far(positions: np.ndarray, cell: np.ndarray | None, periodic: Sequence[bool]) -> str:
    """A note where particles reach over many periods of their box; "" elsewhere.

    Parameters
    ----------
    positions : ndarray, shape (N, 3)
    cell : ndarray, shape (3, 3), or None
        Lattice vectors as rows.
    periodic : sequence of three bool
    """
    if cell is None or len(positions) == 0:
        return ""
    repeated = np.array(periodic) & (np.linalg.norm(cell, axis=1) > 0)
    # a direction in which nothing is repeated may have no lattice vector
    fractional = np.asarray(positions).reshape(-1, 3) @ np.linalg.pinv(cell)
    reach = float(np.ptp(fractional[:, repeated], axis=0).max(initial=0.0))
    if reach <= FAR:
        return ""
    return (
        f"particles reach over more than {FAR:g} periods of the box and are brought back into it;"
        " is the box in the unit of the coordinates?"
    )


def type_name(word: object) -> str:
    """The name of a type: 1, 2, … are A, B, … as everywhere here, others are what they are."""
    text = str(word).strip()
    if text.isdecimal() and 1 <= int(text) <= 26:
        return chr(ord("A") + int(text) - 1)
    return f"type{text}" if text.isdecimal() else text


def types_of(names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Index of every particle's type, shape (N,), and the names they index, sorted."""
    known, types = np.unique(np.asarray(names, dtype=str), return_inverse=True)
    return types.astype(np.int32), tuple(map(str, known)) or ("A",)


def _check_plane(positions: np.ndarray, cell: np.ndarray, periodic: bool) -> None:
    """Refuse a three-dimensional frame where two dimensions are asked for."""
    z = positions[:, 2]
    height = cell[2, 2]
    if periodic and height > 0:
        off = (z - z[0]) / height
        z = (off - np.round(off)) * height  # a plane on the face of the box
    extent = max(float(np.ptp(positions[:, :2], axis=0).max()), float(np.abs(cell[:2]).max()))
    if np.ptp(z) > 1e-6 * max(extent, 1e-300) or np.abs(cell[:2, 2]).max() > 1e-9 * extent:
        raise ValueError(
            "has particles that do not lie in a plane of constant z (from"
            f" {positions[:, 2].min():g} to {positions[:, 2].max():g}), but system.dimensions is 2;"
            " is it 3?"
        )


def _with_vacuum(
    positions: np.ndarray, cell: np.ndarray, periodic: np.ndarray, dimensions: int
) -> np.ndarray:
    """The cell with vacuum in the directions in which nothing is repeated, at right angles to the
    others."""
    repeated = cell[periodic]
    *_, axes = np.linalg.svd(repeated)
    free = np.flatnonzero(~periodic)
    spacing = _distance(positions, repeated[: dimensions - len(free)])
    cell = cell.copy()
    for axis, direction in zip(free, axes[len(repeated) :], strict=True):
        reach = float(np.ptp(positions @ direction))
        if len(positions) > 3 and reach < FLAT * spacing:
            raise ValueError(
                f"has all {len(positions)} particles in one plane; is system.dimensions 2?"
            )
        cell[axis] = direction * (reach + _GAP * spacing)
    return cell


def _distance(positions: np.ndarray, repeated: np.ndarray) -> float:
    """Typical distance of neighbours; that of images where there is one particle."""
    from scipy.spatial import cKDTree

    images = float(np.linalg.norm(repeated, axis=1).min())
    if len(positions) < 2:
        return images
    distances = cKDTree(positions).query(positions, k=2)[0][:, 1]
    return float(np.median(distances)) or images


def in_cell(
    positions: np.ndarray, cell: np.ndarray, names: Sequence[str], dimensions: int
) -> Configuration:
    """Particles in a periodic cell of any orientation.

    Parameters
    ----------
    positions : ndarray, shape (N, 3)
    cell : ndarray, shape (3, 3)
        Lattice vectors as rows; they and the particles are turned until a1 is along x and a2 in
        the xy plane, and reflected if they are left-handed.
    names : sequence of str
        Type of each particle.
    dimensions : int
    """
    lengths = np.linalg.norm(cell, axis=1)
    if lengths.min() == 0 or abs(np.linalg.det(cell / lengths[:, None])) < 1e-9:
        raise ValueError(f"has lattice vectors that do not span a volume: {cell.tolist()}")
    fractional = np.asarray(positions) @ np.linalg.inv(cell)
    # Gram-Schmidt: the lower triangular cell with the same lengths and angles.
    lower = np.linalg.cholesky(cell @ cell.T)
    lx, ly, lz = np.diag(lower)
    box = np.array([lx, ly, lz, lower[1, 0] / ly, lower[2, 0] / lz, lower[2, 1] / lz])
    fractional -= np.floor(fractional)
    fractional -= 0.5
    if dimensions == 2:
        fractional[:, 2] = 0.0
        box[4:] = 0.0
    types, type_names = types_of(names)
    return Configuration(fractional @ lower, box, dimensions, types, type_names)


def enclosed(positions: np.ndarray, names: Sequence[str], dimensions: int) -> Configuration:
    """Particles without a box: an open boundary around them."""
    positions = np.array(positions, dtype=np.float64)
    if dimensions == 2:
        _check_plane(positions, np.zeros((3, 3)), periodic=False)
        positions[:, 2] = 0.0
    middle = 0.5 * (positions.max(axis=0) + positions.min(axis=0))
    size = np.ptp(positions, axis=0) * 1.01 + 1e-6
    if dimensions == 2:
        size[2] = 1.0
        middle[2] = 0.0
    types, type_names = types_of(names)
    return Configuration(
        positions - middle,
        np.append(size, np.zeros(3)),
        dimensions,
        types,
        type_names,
        periodic=False,
    )
