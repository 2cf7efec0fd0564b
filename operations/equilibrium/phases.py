"""The crystals that free energies are asked of: a lattice, a label, or what a job has found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.jobs.errors import EngineError
from operations.jobs.state import FINAL, RESULT
from workspace_schema.lattices import LATTICES, Lattice
from workspace_schema.methods.free_energy import (
    CRYSTALS,
    CrystalPhase,
    FoundPhase,
    LabelledPhase,
    PlasticPhase,
)
from workspace_schema.methods.targets import PLASTIC

#: Particles of the largest cell that is looked for in what a job has found.
LARGEST = 200
#: Leaning of a cell that is none.
SAME = 1e-9


def phase_name(phase: Mapping[str, Any]) -> str:
    """What a crystal is called in results; of what a job has found by the id of that."""
    if "job" in phase:
        return f"crystal {phase['job'][:8]}"
    if "plastic" in phase:
        return PLASTIC + str(phase["plastic"])
    return str(phase.get("lattice", phase.get("label")))


def lattice_of(
    phase: CrystalPhase | LabelledPhase | FoundPhase | PlasticPhase, root: Path
) -> Lattice:
    """The crystal as a lattice, with a rectangular cell where it has one; its shape is that of the
    prototype, or of the configuration.

    Raises
    ------
    EngineError
        Where it is not known.
    """
    from analysis.prototypes import crystal, names
    from analysis.prototypes.tilings import APPROXIMANTS, approximant
    from operations.search.symmetry import find_symmetry

    if isinstance(phase, PlasticPhase):
        phase = LabelledPhase(label=phase.plastic)
    if isinstance(phase, CrystalPhase):
        return LATTICES[phase.lattice]
    if isinstance(phase, LabelledPhase) and phase.label in LATTICES:
        return LATTICES[phase.label]
    if isinstance(phase, LabelledPhase) and phase.label in APPROXIMANTS:
        return as_lattice(find_symmetry(approximant(phase.label)).conventional)
    if isinstance(phase, LabelledPhase):
        known = (*names(n_types=1), *APPROXIMANTS)
        if phase.label not in known:
            raise EngineError(
                f"phase.label: got {phase.label}; expected one of {', '.join(sorted(known))}"
            )
        return as_lattice(crystal(phase.label, 1, 1.0))
    try:
        cell = _cell_of(root / "workspace" / phase.job)
    except ValueError as error:
        raise EngineError(f"phase.job: {phase.job[:8]}: {error}") from None
    return as_lattice(cell)


def check_crystal(
    name: str, cell: Lattice, n: int, dimensions: int, density: float | None, diameter: float | None
) -> None:
    """Raise EngineError where no box of whole cells has `n` particles, or spheres of a diameter
    overlap in it at a number density."""
    if cell.dimensions != dimensions:
        raise EngineError(
            f"phase: {name} has {cell.dimensions} dimensions; expected {dimensions}, as"
            " system.dimensions"
        )
    if cell.n_sites(n) != n:
        near = ", ".join(map(str, cell.near(n)))
        raise EngineError(
            f"phase: {n} particles fill no whole cells of {name}; expected {near} in"
            " system.particles"
        )
    if density is None or diameter is None:
        return
    most = cell.density(diameter)
    if density >= most:
        raise EngineError(
            f"number_density: got {density:g}; expected less than {most:.5g}, where spheres touch"
            f" on {name}"
        )


def check_phases(points: Iterable[Mapping[str, Any]], root: Path) -> tuple[list[str], list[str]]:
    """What is wrong with the crystals by label or job of state points, and what may be: a job that
    is not finished is not looked into.

    Returns
    -------
    problems, warnings : list of str
        Each ``KEY: what is wrong``.
    """
    problems, warnings = [], []
    for point in points:
        method, system = point["method"], point["system"]
        phase = method["phase"]
        if "job" in phase and not (root / "workspace" / phase["job"] / RESULT).exists():
            if not (root / "workspace" / phase["job"]).is_dir():
                warnings.append(f"method.phase.job: {phase['job']} is no job of this root")
            continue
        model: Any = next(kind for key, kind in CRYSTALS.items() if key in phase)
        diameters = [block.get("diameter") for block in system.get("building_blocks", {}).values()]
        try:
            check_crystal(
                phase_name(phase),
                lattice_of(model.model_validate(phase), root),
                sum(system["particles"].values()),
                system["dimensions"],
                method.get("number_density"),
                diameters[0] if diameters else None,
            )
        except EngineError as error:
            problems.append(f"method.{error}")
    return problems, warnings


def _cell_of(folder: Path) -> Configuration:
    """The conventional cell of the best configuration of a job."""
    from operations.search.symmetry import find_symmetry
    from operations.search.translations import small_cell

    if not (folder / RESULT).exists():
        raise ValueError("no finished job of this root")
    cell = small_cell(Configuration.read(folder / FINAL, 0), LARGEST)
    if cell is None:
        raise ValueError(f"no perfect crystal with a cell of {LARGEST} particles or less")
    if len(set(cell.types.tolist())) > 1:
        raise ValueError("a crystal of several types of particles; expected one")
    return find_symmetry(cell).conventional


def as_lattice(cell: Configuration) -> Lattice:
    """A cell as a lattice, with one whose axes are at right angles where there is one."""
    from analysis.prototypes import rectangular

    with suppress(ValueError):  # it leans
        cell = rectangular(cell)
    d = cell.dimensions
    fractional = (cell.positions - cell.positions[0]) @ np.linalg.inv(cell.cell)
    sites = tuple(tuple(float(x) for x in site[:d] % 1.0) for site in fractional)
    edges, tilts = cell.box[:d].tolist(), np.where(np.abs(cell.box[3:]) > SAME, cell.box[3:], 0.0)
    xy, xz, yz = tilts.tolist()
    return Lattice(tuple(edges), sites, (xy, xz, yz))
