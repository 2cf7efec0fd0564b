"""Whether hexagonal order close to melting is that of a crystal or of a hexatic.

Both have neighbours in the same places; they differ in how far positions agree.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.orientational_order import HEXATIC
from analysis.descriptors.quasi_long_range import quasi_long_range
from analysis.labelling.labels import Labels

HEXAGONAL = "hexagonal"

#: Mean |psi_6| of single particles from which on a crystal is far from melting, whatever becomes of
#: its positions at small angles between grains: hard disks have 0.80 in the hexatic at a packing
#: fraction of 0.718 and 0.85 at 0.74.
COLD = 0.83

#: Least part of the particles with hexagonal surroundings.
ALL = 0.8

#: Largest exponent of bonds in a hexatic, and least one of positions. That of a crystal is at most
#: 1/3 on average; hard disks at 0.74 had up to 0.33 in single configurations.
MOST_OF_BONDS, LEAST_OF_POSITIONS = 0.25, 0.5

#: Particles that are needed to find a hexatic, and to find a crystal close to melting: positions of
#: hard disks at 0.718 are those of a crystal over up to a hundred diameters.
FEWEST, TELLS = 4_000, 16_000

TOO_FEW = (
    f"close to melting: a hexagonal crystal or a hexatic, which fewer than {TELLS} particles may"
    " not tell"
)
NO_DIRECTION = (
    "close to melting, and bonds keep their direction less than in a hexatic: rather a liquid"
)


def told_from_hexatic(labels: Labels, configuration: Configuration, psi: np.ndarray) -> Labels:
    """The labels, "hexatic" in place of "hexagonal" where the order is that of a hexatic, with a
    `reason` where that cannot be told.

    Parameters
    ----------
    labels : Labels
    configuration : Configuration
    psi : ndarray of complex, shape (N,)
        psi_6 of each particle.
    """
    index = labels.phase_names.index(HEXAGONAL)
    whole = configuration.periodic and labels.void_fraction == 0.0 and labels.grains == 1
    if labels.label != HEXAGONAL or not whole or np.mean(labels.per_particle == index) < ALL:
        return labels
    if np.abs(psi).mean() > COLD:
        return labels
    n = configuration.n_particles
    if n < FEWEST:
        return replace(labels, reason=TOO_FEW)
    order = quasi_long_range(configuration, psi)
    if order is None:
        return labels
    if order.bonds > MOST_OF_BONDS:
        return replace(labels, reason=NO_DIRECTION)
    if order.positions < LEAST_OF_POSITIONS:
        return replace(labels, reason=TOO_FEW) if n < TELLS else labels

    def renamed(name: str) -> str:
        return HEXATIC if name == HEXAGONAL else name

    return replace(
        labels,
        label=HEXATIC,
        phases=[phase | {"phase": renamed(phase["phase"])} for phase in labels.phases],
        phase_names=tuple(map(renamed, labels.phase_names)),
    )
