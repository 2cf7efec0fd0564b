"""Configurations from files of other codes and of experiments.

| suffix | what |
|---|---|
| .gsd | GSD, the last frame |
| .data, .lmp | LAMMPS data |
| .dump, .lammpstrj | LAMMPS text dump, the last frame |
| .xyz, .extxyz | extended XYZ, the last frame |
| .cif, .vasp, .cfg, .res | crystal structures; symmetry is expanded |
| .pos | injavis |
| .xml | HOOMD-blue XML |
| .csv, .txt, .dat, .tsv | coordinates of particles tracked in images, without a box |

All but .gsd, .pos, .xml and tables are read by ASE, whose other formats are known by their suffix,
too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

from analysis.configuration import Configuration

if TYPE_CHECKING:
    from ase import Atoms

#: ASE's names of formats that are not known by the suffix.
_ASE_FORMATS = {
    ".data": "lammps-data",
    ".lmp": "lammps-data",
    ".dump": "lammps-dump-text",
    ".lammpstrj": "lammps-dump-text",
    ".xyz": "extxyz",
    ".extxyz": "extxyz",
    ".cif": "cif",
    ".vasp": "vasp",
    ".cfg": "cfg",
    ".res": "res",
}
_TABLES = (".csv", ".txt", ".dat", ".tsv")
#: In a direction without periodicity the box is this much longer than the particles reach, in
#: units of their mean distance: images do not meet.
_GAP = 6.0


def read_configuration(path: str | Path, dimensions: int, name: str | None = None) -> Configuration:
    """Read one configuration from a file, by its suffix; the last one where there are several.

    Parameters
    ----------
    path : str or Path
    dimensions : int
        2 or 3. A GSD file knows; of the others, two-dimensional ones must lie in one plane of
        constant z.
    name : str, optional
        What errors call the file; its own name unless told otherwise.

    Raises
    ------
    ValueError
        If the file cannot be read as what its suffix says, or is not of so many dimensions.
    """
    path = Path(path)
    name = name or path.name
    suffix = path.suffix.lower()
    readers: dict[str, Callable[[Path, int], Configuration]] = {
        ".gsd": _gsd,
        ".pos": _pos,
        ".xml": _hoomd_xml,
        **dict.fromkeys(_TABLES, _table),
    }
    try:
        configuration = readers.get(suffix, _ase)(path, dimensions)
    except OSError:
        raise
    except Exception as error:
        # Readers of other people raise what they like at a damaged file.
        raise ValueError(f"{name} cannot be read as {suffix or 'a file'}: {error}") from error
    if configuration.n_particles == 0:
        raise ValueError(f"{name} has no particles")
    if configuration.dimensions != dimensions:
        raise ValueError(
            f"{name} has {configuration.dimensions} dimensions, system.dimensions is {dimensions}"
        )
    return configuration


def _gsd(path: Path, dimensions: int) -> Configuration:
    return Configuration.read(path, -1)


def _ase(path: Path, dimensions: int) -> Configuration:
    from ase.io import read

    suffix = path.suffix.lower()
    atoms = read(path, index=-1, format=_ASE_FORMATS.get(suffix))
    if isinstance(atoms, list):
        atoms = atoms[-1]
    names: list[str] = list(atoms.get_chemical_symbols())
    if _ASE_FORMATS.get(suffix, "").startswith("lammps"):
        # ASE calls type 1 hydrogen.
        kinds = atoms.arrays.get("type", atoms.numbers)
        names = [_letter(int(kind)) for kind in kinds]
    return _from_ase(atoms, names, dimensions)


def _from_ase(atoms: Atoms, names: list[str], dimensions: int) -> Configuration:
    positions = np.asarray(atoms.positions, dtype=np.float64)
    cell, pbc = np.array(atoms.cell), np.array(atoms.pbc)
    pbc &= np.linalg.norm(cell, axis=1) > 0
    if dimensions == 2:
        pbc[2] = True
        cell[2] = (0.0, 0.0, 1.0)
    if not pbc[:dimensions].any():
        return enclosed(positions, names, dimensions)
    spacing = (np.prod(np.ptp(positions, axis=0)[:dimensions]) / len(positions)) ** (1 / dimensions)
    for axis in np.flatnonzero(~pbc):
        direction = np.zeros(3)
        direction[axis] = 1.0
        if np.linalg.norm(cell[axis]) > 0:
            direction = cell[axis] / np.linalg.norm(cell[axis])
        reach = np.ptp(positions @ direction)
        cell[axis] = direction * (reach + _GAP * max(spacing, 1e-9))
    return in_cell(positions, cell, names, dimensions)


def in_cell(
    positions: np.ndarray, cell: np.ndarray, names: list[str], dimensions: int
) -> Configuration:
    """Particles in a periodic cell of any orientation.

    Parameters
    ----------
    positions : ndarray, shape (N, 3)
    cell : ndarray, shape (3, 3)
        Lattice vectors as rows; they and the particles are turned until a1 is along x and a2 in
        the xy plane, and reflected if they are left-handed.
    names : list of str
        Type of each particle.
    dimensions : int
    """
    if abs(np.linalg.det(cell)) < 1e-12:
        raise ValueError(f"lattice vectors {cell.tolist()} do not span a volume")
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
    types, type_names = _types(names)
    return Configuration(fractional @ lower, box, dimensions, types, type_names)


def enclosed(positions: np.ndarray, names: list[str], dimensions: int) -> Configuration:
    """Particles without a box: an open boundary around them."""
    positions = np.array(positions, dtype=np.float64)
    if dimensions == 2:
        if np.ptp(positions[:, 2]) > 1e-6 * max(np.ptp(positions[:, :2]), 1.0):
            raise ValueError("particles do not lie in a plane of constant z")
        positions[:, 2] = 0.0
    middle = 0.5 * (positions.max(axis=0) + positions.min(axis=0))
    size = np.ptp(positions, axis=0) * 1.01 + 1e-6
    if dimensions == 2:
        size[2] = 1.0
        middle[2] = 0.0
    types, type_names = _types(names)
    return Configuration(
        positions - middle,
        np.append(size, np.zeros(3)),
        dimensions,
        types,
        type_names,
        periodic=False,
    )


def _table(path: Path, dimensions: int) -> Configuration:
    """Columns x, y and z by their names, else the first ones; of several frames the last."""
    import pandas as pd

    table = pd.read_csv(path, sep=None, engine="python", comment="#")
    if all(_is_number(column) for column in table.columns):
        table = pd.read_csv(path, sep=None, engine="python", comment="#", header=None)
    by_name = {str(column).strip().lower(): column for column in table.columns}
    # "x (um)", "x_um" and "x" are all x.
    short = {
        name.split("(")[0].split("[")[0].split("_")[0].strip(): c for name, c in by_name.items()
    }
    frame = by_name.get("frame")
    if frame is not None:
        table = table[table[frame] == table[frame].max()]
    axes = ("x", "y", "z")[:dimensions]
    columns = [short[axis] for axis in axes if axis in short]
    if len(columns) < dimensions:
        if columns:
            raise ValueError(f"columns are {list(table.columns)}, expected {', '.join(axes)}")
        columns = list(table.columns[:dimensions])
    values = table[columns].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    if values.shape[1] < dimensions:
        raise ValueError(f"{values.shape[1]} columns, expected {', '.join(axes)}")
    kept = np.isfinite(values).all(axis=1)
    positions = np.zeros((int(kept.sum()), 3))
    positions[:, :dimensions] = values[kept]
    kind = by_name.get("type")
    names = ["A"] * len(positions) if kind is None else list(map(str, table[kind][kept]))
    return enclosed(positions, names, dimensions)


def _pos(path: Path, dimensions: int) -> Configuration:
    """The last frame of injavis' format: box, definitions, one particle a line."""
    cell = np.zeros((3, 3))
    names: list[str] = []
    positions: list[list[float]] = []
    defined: set[str] = set()
    started = True
    for line in path.read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith(("//", "#", "<")):
            continue
        if started:
            names, positions, started = [], [], False
        if words[0] == "eof":
            started = True
        elif words[0] == "boxMatrix":
            # Lattice vectors are the columns.
            cell = np.array(words[1:10], dtype=np.float64).reshape(3, 3).T
        elif words[0] == "box":
            cell = np.diag(np.array(words[1:4], dtype=np.float64))
        elif words[0] == "def":
            defined.add(words[1])
        elif words[0] in defined:
            # Name, perhaps a colour, position, perhaps an orientation.
            rest = words[1:]
            if (len(rest) in (4, 8) and not _is_number(rest[0])) or len(rest) in (4, 8):
                rest = rest[1:]
            names.append(words[0])
            positions.append([float(word) for word in rest[:3]])
    if not positions:
        return Configuration(
            np.zeros((0, 3)), np.array([1, 1, 1, 0, 0, 0.0]), dimensions, np.zeros(0)
        )
    if dimensions == 2:
        cell[2] = (0.0, 0.0, 1.0)
    return in_cell(np.array(positions) + 0.5 * cell.sum(axis=0), cell, names, dimensions)


def _hoomd_xml(path: Path, dimensions: int) -> Configuration:
    """HOOMD-blue's XML format of versions 1 and 2."""
    root = ElementTree.parse(path).getroot()
    box_node, position_node = root.find(".//box"), root.find(".//position")
    if box_node is None or position_node is None:
        raise ValueError("no <box> or no <position>")
    lengths = [
        float(box_node.get(key, box_node.get(key.upper(), "1"))) for key in ("lx", "ly", "lz")
    ]
    tilts = [float(box_node.get(key, "0")) for key in ("xy", "xz", "yz")]
    positions = np.array((position_node.text or "").split(), dtype=np.float64).reshape(-1, 3)
    type_node = root.find(".//type")
    names = (type_node.text or "").split() if type_node is not None else ["A"] * len(positions)
    types, type_names = _types(names)
    node = root.find(".//configuration")
    found = int(node.get("dimensions", dimensions)) if node is not None else dimensions
    return Configuration(positions, np.array(lengths + tilts), found, types, type_names)


def _types(names: list[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    known = tuple(sorted(set(names)))
    return np.array([known.index(name) for name in names], dtype=np.int32), known or ("A",)


def _letter(kind: int) -> str:
    return chr(ord("A") + kind - 1) if 1 <= kind <= 26 else f"type{kind}"


def _is_number(word: object) -> bool:
    try:
        float(str(word))
    except ValueError:
        return False
    return True
