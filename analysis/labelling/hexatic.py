"""Whether hexagonal order close to melting is that of a crystal or of a hexatic.

Both have neighbours in the same places; they differ in how far positions agree.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.orientational_order import HEXATIC
from analysis.descriptors.quasi_long_range import lattice_constants_across, quasi_long_range
from analysis.labelling.labels import Labels
from analysis.labelling.thresholds import Thresholds

HEXAGONAL = "hexagonal"

NARROW = (
    "close to melting: a hexagonal crystal or a hexatic, which a box narrower than {:g} lattice"
    " constants may not tell"
)
LARGE = "close to melting: a hexagonal crystal or a hexatic, for which the box is too large"
NO_DIRECTION = (
    "close to melting, and bonds keep their direction less than in a hexatic: rather a liquid"
)
GRAINS = "or a hot crystal of grains at small angles, which one configuration does not tell from it"


def told_from_hexatic(
    labels: Labels, configuration: Configuration, psi: np.ndarray, t: Thresholds
) -> Labels:
    """The labels, "hexatic" in place of "hexagonal" where the order is that of a hexatic, with a
    `reason` for what else it may be.

    Parameters
    ----------
    labels : Labels
    configuration : Configuration
    psi : ndarray of complex, shape (N,)
        psi_6 of each particle.
    t : Thresholds
    """
    index = labels.phase_names.index(HEXAGONAL)
    whole = configuration.periodic and labels.void_fraction == 0.0 and labels.grains == 1
    if labels.label != HEXAGONAL or not whole:
        return labels
    if np.mean(labels.per_particle == index) < t.part_of_hexatic:
        return labels
    if np.abs(psi).mean() > t.cold:
        return labels
    width = lattice_constants_across(configuration)
    narrow = replace(labels, reason=NARROW.format(t.tells_crystal))
    if width < t.tells_hexatic:
        return narrow
    order = quasi_long_range(configuration, psi)
    if order is None:
        return replace(labels, reason=LARGE)
    if order.bonds > t.decay_of_bonds:
        return replace(labels, reason=NO_DIRECTION)
    if order.positions < t.decay_of_positions:
        return narrow if width < t.tells_crystal else labels

    def renamed(name: str) -> str:
        return HEXATIC if name == HEXAGONAL else name

    return replace(
        labels,
        label=HEXATIC,
        reason=GRAINS,
        phases=[phase | {"phase": renamed(phase["phase"])} for phase in labels.phases],
        phase_names=tuple(map(renamed, labels.phase_names)),
    )
