"""What is told of predicted crystals: rows with symmetry and prototype, and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.jobs import trajectory
from operations.search.export import write_cif, write_extxyz
from operations.search.minima import Found
from operations.search.prototypes import prototype_name
from operations.search.symmetry import find_symmetry


def report(
    folder: Path, structures: Sequence[Found], heights: np.ndarray, above: str
) -> list[dict[str, Any]]:
    """Write final.gsd, final.extxyz and final.cif; return a row for each structure.

    Parameters
    ----------
    folder : Path
    structures : sequence of Found
        Best first.
    heights : ndarray of float64, shape (n,)
        Enthalpy per particle above what is stable.
    above : str
        Key of the heights in a row.
    """
    rows, frames, cells = [], [], []
    for one, height in zip(structures, heights, strict=True):
        log = {
            "energy_per_particle": one.energy,
            "enthalpy_per_particle": one.enthalpy,
            "pressure": one.pressure,
        }
        crystal = replace(one.configuration, log=log)
        symmetry, cell = _symmetry(crystal)
        frames.append(crystal)
        cells.append(replace(cell, log=log))
        counts = dict(zip(crystal.type_names, one.counts.tolist(), strict=True))
        rows.append(
            {
                "enthalpy_per_particle": one.enthalpy,
                "energy_per_particle": one.energy,
                above: float(height),
                "number_density": crystal.number_density,
                "particles": counts,
                **symmetry,
                "origin": one.origin,
                "first_generation": one.generation,
                "first_quench": one.quench,
                "first_energy_evaluations": one.first,
                "times": one.times,
            }
        )
    trajectory.write(folder / "final.gsd", enumerate(frames))
    write_extxyz(folder / "final.extxyz", frames)
    write_cif(folder / "final.cif", cells)
    return rows


def _symmetry(crystal: Configuration) -> tuple[dict[str, Any], Configuration]:
    """What is known of the symmetry, and the conventional cell (the crystal's own where none)."""
    try:
        symmetry = find_symmetry(crystal)
    except ValueError:
        return {"space_group": None, "prototype": None}, crystal
    return {
        "space_group": symmetry.symbol,
        "space_group_number": symmetry.number,
        "wyckoff": "".join(symmetry.wyckoff),
        "primitive_particles": symmetry.primitive.n_particles,
        "prototype": prototype_name(crystal, symmetry),
    }, symmetry.conventional
