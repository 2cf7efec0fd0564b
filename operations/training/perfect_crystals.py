"""Labels of perfect crystals by their symmetry: what the judge of particles does not know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.labels import UNKNOWN, Labels
from operations.search.prototypes import prototype_name
from operations.search.symmetry import find_symmetry

#: Larger configurations are not predicted crystals.
LARGEST = 200
MODEL = "symmetry-1"


def by_symmetry(configuration: Configuration, labels: Labels) -> Labels:
    """The labels; if they are unknown and the crystal is that of a prototype, the latter's name.

    AlB2 and NiAs have no known parts, CuAu with other axes is no fcc: but their space groups and
    positions are exact in a predicted crystal. The confidence remains.
    """
    if labels.label != UNKNOWN or not configuration.periodic:
        return labels
    if not 0 < configuration.n_particles <= LARGEST:
        return labels
    try:
        symmetry = find_symmetry(configuration)
    except ValueError:
        return labels
    name = prototype_name(configuration, symmetry)
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
