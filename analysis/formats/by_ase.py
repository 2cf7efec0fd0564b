"""Whatever else ASE reads, whose types are chemical elements."""

from __future__ import annotations

import warnings
from contextlib import suppress
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from analysis.formats.file import File
from analysis.formats.frame import Frame, Frames

if TYPE_CHECKING:
    from ase import Atoms


def read(file: File, kind: str) -> Frames:
    """All frames; `kind` is ASE's name of the format, or ``""`` where it finds that itself."""
    import io

    from ase.io import read as read_by_ase
    from ase.io.formats import UnknownFileTypeError, filetype, ioformats

    with suppress(UnknownFileTypeError):
        kind = kind or filetype(file.plain_name, read=False)
    if kind not in ioformats:
        file.check_no_other()
        raise ValueError(
            f"is of no known kind ({PurePath(file.plain_name).suffix or 'no suffix'}); known are"
            " .gsd, .data, .dump, .xyz, .extxyz, .cif, POSCAR, .pos, .xml, .csv, .txt and what ASE"
            " reads"
        )
    form = ioformats[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if form.acceptsfd:
                stream = io.BytesIO(file.content) if form.isbinary else io.StringIO(file.text)
                images = read_by_ase(stream, index=":", format=kind)
            else:
                images = read_by_ase(file.path, index=":", format=kind)
        except KeyError as error:
            raise ValueError(
                f"{error} is no chemical element, as types in this format must be; write extended"
                " XYZ, where they have any name"
            ) from error
    if not images:
        raise ValueError(f"has nothing in it that ASE's format {kind} knows")
    images = images if isinstance(images, list) else [images]
    return {k: partial(_frame, image) for k, image in enumerate(images)}


def _frame(atoms: Atoms) -> Frame:
    cell = np.array(atoms.cell)
    flags = [bool(flag) for flag in atoms.pbc]
    return Frame(
        np.array(atoms.positions),
        atoms.get_chemical_symbols(),
        cell if any(flags) else None,
        (flags[0], flags[1], flags[2]),
    )
