"""Labels of perfect crystals by their symmetry: what the judge of particles does not know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.labels import UNKNOWN, Labels
from operations.search.prototypes import prototype_name
from operations.search.symmetry import find_symmetry
from operations.search.translations import small_cell

#: Particles of the largest cells that are named.
LARGEST = 200
MODEL = "symmetry-1"


def by_symmetry(configuration: Configuration, labels: Labels) -> Labels:
    """The labels; if they are unknown and the crystal is that of a prototype, the latter's name.

    AlB2 and NiAs have no known parts, CuAu with other axes is no fcc: but their space groups and
    positions are exact in a predicted crystal. The confidence remains. How often the box repeats
    the crystal does not matter: its smallest cell is looked at.
    """
    if labels.label != UNKNOWN or not configuration.periodic or not configuration.n_particles:
        return labels
    cell = small_cell(configuration, LARGEST)
    if cell is None:
        return labels
    try:
        symmetry = find_symmetry(cell)
    except ValueError:
        return labels
    name = prototype_name(cell, symmetry)
    if name is None:
        return labels
    n = configuration.n_particles
    known = [known for known in labels.phase_names if known != name]
    lattice_constant = round(float(symmetry.conventional.box[0]), 4)
    return replace(
        labels,
        label=name,
        phases=[{"phase": name, "fraction": 1.0, "lattice_constant": lattice_constant}],
        grains=1,
        model=f"{labels.model}+{MODEL}",
        model_hash=f"{labels.model_hash}+{MODEL}",
        per_particle=np.full(n, len(known), dtype=np.int8),
        probabilities=np.eye(len(known) + 1, dtype=np.float32)[np.full(n, len(known))],
        phase_names=(*known, name),
        reason="",
    )
