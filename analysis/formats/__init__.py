"""Configurations from files of other codes and of experiments: one small file a format.

| name | what |
|---|---|
| *.gsd | GSD |
| data.*, *.data, *.lmp, *.lmpdat | LAMMPS data |
| dump.*, *.dump, *.lammpstrj | LAMMPS text dump |
| *.xyz, *.extxyz, *.exyz | XYZ and extended XYZ |
| *.cif, *.mcif | crystals; symmetry is expanded |
| POSCAR*, CONTCAR*, *.vasp, *.poscar | VASP |
| *.pos | injavis |
| *.xml | HOOMD-blue XML |
| *.csv, *.tsv, *.txt, *.dat, *.tab | coordinates of tracked particles, without a box |
| others | what ASE knows by the name |

Each may be packed by gzip, bzip2 or xz (.gz, .bz2, .xz). A reader returns its frames as functions,
so that only those wanted are converted; `check` then refuses what no configuration may be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from analysis.configuration import METRES, Configuration
from analysis.formats import (
    by_ase,
    cif,
    gsd_file,
    hoomd_xml,
    lammps_data,
    lammps_dump,
    pos,
    poscar,
    table,
    xyz,
)
from analysis.formats.check import check
from analysis.formats.file import File
from analysis.formats.frame import Frame, Frames, enclosed, far, in_cell
from workspace_schema.methods.imported import Reading

#: Log quantities of what is read: number of the frame in the file, and the unit of length in
#: metres where it is known.
FRAME = "frame"

__all__ = ["Contents", "enclosed", "in_cell", "read_configuration", "read_contents"]

#: Kinds of files by their names in lower case; the first that fits. A suffix says more than a
#: beginning: dump.csv is a table.
_KINDS = (
    (r".*\.gsd", "gsd"),
    (r".*\.(data|lmp|lmpdat|lammps-data)", "lammps_data"),
    (r".*\.(dump|lammpstrj)", "lammps_dump"),
    (r".*\.(xyz|extxyz|exyz)", "xyz"),
    (r".*\.(cif|mcif)", "cif"),
    (r".*\.(vasp|poscar|contcar)", "poscar"),
    (r".*\.pos", "pos"),
    (r".*\.xml", "hoomd_xml"),
    (r".*\.(csv|tsv|txt|dat|tab)", "table"),
    (r"(.*[._-])?(poscar|contcar)([._-].*)?", "poscar"),
    (r"dump\..*|.*\.dump\..*", "lammps_dump"),
    (r"data\..*|.*\.data\..*", "lammps_data"),
    (r".*\.cfg", "ase:cfg"),
    (r".*\.res", "ase:res"),
)


@dataclass(frozen=True)
class Contents:
    """What was read from a file.

    Attributes
    ----------
    frames : list of Configuration
        Those wanted; the last one is the answer.
    bounded : bool
        Whether particles fill a periodic box, so that they have a density.
    notes : list of str
        What was decided while reading.
    """

    frames: list[Configuration]
    bounded: bool
    notes: list[str]


def read_configuration(
    path: str | Path, dimensions: int, name: str | None = None, how: Reading | None = None
) -> Configuration:
    """Read one configuration from a file; the last one where there are several.

    Parameters are those of `read_contents`.
    """
    return read_contents(path, dimensions, name, how).frames[-1]


def read_contents(
    path: str | Path, dimensions: int, name: str | None = None, how: Reading | None = None
) -> Contents:
    """Read the wanted frames of a file, known by its name.

    Parameters
    ----------
    path : str or Path
    dimensions : int
        2 or 3. A GSD file knows; of the others, two-dimensional ones must lie in one plane of
        constant z.
    name : str, optional
        How the user calls the file, of which its kind is known; its own name unless told
        otherwise.
    how : Reading, optional
        Columns of a table, lengths of a voxel, and which frames are wanted.

    Raises
    ------
    ValueError
        If the file cannot be read as what its name says, or is not of so many dimensions; it
        begins with the name.
    OSError
        If it is not there.
    """
    file = File(Path(path), name or Path(path).name)
    how = how or Reading()
    try:
        file.check()
        frames = _read(file, dimensions, how)
        numbers = _wanted(frames, how.frame)
        read = [frames[number]() for number in numbers]
    except OSError:
        raise
    except Exception as error:
        # Readers of other people raise what they like at a damaged file.
        what = error if isinstance(error, ValueError) else f"{type(error).__name__} {error}"
        suffix = Path(file.plain_name).suffix or "a file"
        raise ValueError(f"{file.name} cannot be read as {suffix}: {what}") from error
    try:
        configurations = [
            frame.configuration(dimensions) if isinstance(frame, Frame) else frame for frame in read
        ]
        for configuration in configurations:
            check(configuration, dimensions)
        for number, frame, configuration in zip(numbers, read, configurations, strict=True):
            configuration.log[FRAME] = float(number)
            if isinstance(frame, Frame):
                file.note(far(frame.positions, frame.cell, frame.periodic))
            if isinstance(frame, Frame) and frame.metres is not None:
                configuration.log[METRES] = frame.metres
    except ValueError as error:
        raise ValueError(f"{file.name} {error}") from error
    bounded = all(not isinstance(frame, Frame) or frame.is_bulk(dimensions) for frame in read)
    bounded &= all(configuration.periodic for configuration in configurations)
    return Contents(configurations, bounded, file.notes)


def _read(file: File, dimensions: int, how: Reading) -> Frames:
    kind = _kind(file)
    if kind != "table":
        for key in ("columns", "pixel_size", "voxel"):
            if getattr(how, key) is not None:
                raise ValueError(f"method.{key} has a meaning for tables only")
    if kind == "table":
        return table.read(file, dimensions, how)
    if kind == "hoomd_xml":
        return hoomd_xml.read(file, dimensions)
    readers = {
        "gsd": gsd_file.read,
        "lammps_data": lammps_data.read,
        "lammps_dump": lammps_dump.read,
        "xyz": xyz.read,
        "cif": cif.read,
        "poscar": poscar.read,
        "pos": pos.read,
    }
    if kind in readers:
        return readers[kind](file)
    return by_ase.read(file, kind.removeprefix("ase:"))


def _kind(file: File) -> str:
    name = file.plain_name.lower()
    kind = next((kind for pattern, kind in _KINDS if re.fullmatch(pattern, name)), "")
    if kind in ("table", "") and file.content.startswith(b"ITEM: "):
        return "lammps_dump"
    return kind


def _wanted(frames: Frames, which: str | int) -> list[float]:
    numbers = sorted(frames)
    if not numbers:
        raise ValueError("has no particles")
    if which == "all":
        return numbers
    if which == "last":
        return numbers[-1:]
    if which not in frames:
        raise ValueError(
            f"has no frame {which}; its {len(numbers)} frames are {numbers[0]:g} to {numbers[-1]:g}"
        )
    return [float(which)]
