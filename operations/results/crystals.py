"""Names of crystals that the judge of particles does not know: by their unit cell and symmetry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.lattice_constants import five_digits
from analysis.unit_cells import UnitCell, unit_cell
from operations.search.cells import in_box
from operations.search.crystal_names import CrystalName, crystal_name
from operations.search.prototypes import prototype_name
from operations.search.symmetry import Symmetry, find_symmetry
from operations.search.translations import small_cell

#: Particles of the largest cells that are named.
LARGEST = 200
#: A crystal with noise repeats at least so often in the box: box vectors are no evidence.
REPEATS = 6
#: Part of all particles that are on its sites.
SHARE = 0.9
#: Particles of a crystal are no further from their sites, in each direction, in units of the mean
#: distance: it would have melted.
MELTED = 0.15
#: Sites of a cell, relative to the particles in its volume, at least.
FOUND = 0.95
MODEL = "symmetry-2"


def named(configuration: Configuration, labels: Labels) -> tuple[Labels, Configuration | None]:
    """The labels, with a name where they are unknown; and the conventional cell of what was named.

    Perfect crystals, as predictions are, by their exact symmetry: AlB2 and NiAs have no known
    parts, CuAu with other axes is no fcc. Crystals that move by the cell that their translations
    show: of a prototype its name, else Pearson symbol and space group, which are the same in every
    job. The confidence remains that of the particles.
    """
    if labels.label != UNKNOWN or not configuration.periodic or not configuration.n_particles:
        return labels, None
    found = _perfect(configuration) or _moving(configuration)
    if found is None:
        return labels, None
    words, symmetry, share = found
    n = configuration.n_particles
    known = [known for known in labels.phase_names if known != words.name]
    phase = {
        "phase": words.name,
        "fraction": round(share, 4),
        "lattice_constant": five_digits(symmetry.conventional.box[0]),
    }
    answer = replace(
        labels,
        label=words.name,
        phases=[phase],
        grains=1,
        model=f"{labels.model}+{MODEL}",
        model_hash=f"{labels.model_hash}+{MODEL}",
        per_particle=np.full(n, len(known), dtype=np.int8),
        probabilities=np.eye(len(known) + 1, dtype=np.float32)[np.full(n, len(known))],
        phase_names=(*known, words.name),
        reason="",
        crystal=words.to_json(),
    )
    return answer, symmetry.conventional


def _perfect(configuration: Configuration) -> tuple[CrystalName, Symmetry, float] | None:
    """How often the box repeats a perfect crystal does not matter: its smallest cell is looked at.

    Only prototypes: what else has a symmetry may be a small cell by chance.
    """
    cell = small_cell(configuration, LARGEST)
    if cell is None:
        return None
    try:
        known = prototype_name(cell, find_symmetry(cell))
    except ValueError:
        return None
    found = crystal_name(cell)
    if known is None or found is None:
        return None
    return replace(found[0], name=known), found[1], 1.0


def _moving(configuration: Configuration) -> tuple[CrystalName, Symmetry, float] | None:
    """The crystal of most particles of a box that has many cells of it."""
    cell = unit_cell(configuration)
    if cell is None or cell.n_sites > LARGEST or cell.share < SHARE:
        return None
    if cell.spread > MELTED * configuration.number_density ** (-1.0 / configuration.dimensions):
        return None
    density = configuration.number_density  # of the crystal, or less where there is a void
    if cell.n_sites < FOUND * cell.share * density * abs(np.linalg.det(cell.lattice)):
        return None  # a site was not seen
    if cell.share * configuration.n_particles < REPEATS * cell.n_sites:
        return None
    mean = _mean_cell(cell, configuration)
    unit = (mean.volume / mean.n_particles) ** (1.0 / mean.dimensions)
    found = crystal_name(mean, cell.error / unit)
    return None if found is None else (*found, cell.share)


def _mean_cell(cell: UnitCell, configuration: Configuration) -> Configuration:
    """The sites of a cell as particles."""
    d = configuration.dimensions
    lattice, sites = np.eye(3), np.zeros((cell.n_sites, 3))
    lattice[:d, :d], sites[:, :d] = cell.lattice, cell.sites
    return in_box(lattice, sites, cell.types, configuration.type_names, d)
