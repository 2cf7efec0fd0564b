"""The crystals that free energies are asked of: a lattice, a label, or what a job has found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.configuration import Configuration
from operations.jobs.errors import EngineError
from operations.jobs.state import FINAL, RESULT
from workspace_schema.lattices import LATTICES, Lattice
from workspace_schema.methods.free_energy import CrystalPhase, FoundPhase, LabelledPhase

#: Particles of the largest cell that is looked for in what a job has found.
LARGEST = 200


def phase_name(phase: Mapping[str, Any]) -> str:
    """What a crystal is called in results; of what a job has found by the id of that."""
    if "job" in phase:
        return f"crystal {phase['job'][:8]}"
    return str(phase.get("lattice", phase.get("label")))


def lattice_of(phase: CrystalPhase | LabelledPhase | FoundPhase, root: Path) -> Lattice:
    """The crystal as a lattice with a rectangular cell; its shape is that of the prototype, or of
    the configuration.

    Raises
    ------
    EngineError
        Where it is not known, or has no such cell.
    """
    from analysis.prototypes import crystal, names, rectangular

    if isinstance(phase, CrystalPhase):
        return LATTICES[phase.lattice]
    if isinstance(phase, LabelledPhase):
        known = names(n_types=1)
        if phase.label not in known:
            raise EngineError(
                f"phase.label: got {phase.label}; expected one of {', '.join(sorted(known))}"
            )
        return _lattice(crystal(phase.label, 1, 1.0))
    try:
        return _lattice(rectangular(_cell_of(root / "workspace" / phase.job)))
    except ValueError as error:
        raise EngineError(f"phase.job: {phase.job[:8]}: {error}") from None


def _cell_of(folder: Path) -> Configuration:
    """The conventional cell of the best configuration of a job."""
    from operations.search.symmetry import find_symmetry
    from operations.search.translations import small_cell

    if not (folder / RESULT).exists():
        raise ValueError("no finished job of this root")
    cell = small_cell(Configuration.read(folder / FINAL, 0), LARGEST)
    if cell is None:
        raise ValueError(f"no perfect crystal with a cell of {LARGEST} particles or less")
    return find_symmetry(cell).conventional


def _lattice(cell: Configuration) -> Lattice:
    """A rectangular cell as a lattice."""
    d = cell.dimensions
    fractional = (cell.positions - cell.positions[0])[:, :d] / cell.box[:d] % 1.0
    sites = tuple(tuple(float(x) for x in site) for site in fractional)
    return Lattice(tuple(float(x) for x in cell.box[:d]), sites)
