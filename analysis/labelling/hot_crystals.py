"""What has the distances of a liquid, and Bragg peaks: hot crystals.

Thermal motion hides them from rules on two shells; the learned descriptor, which averages over
more, names them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.labels import UNKNOWN
from analysis.labelling.plane_phases import PHASES

if TYPE_CHECKING:
    from analysis.learning.learned import Learned

MODEL = "hot_crystals-1"
#: Six kilobytes are taken for every particle; larger systems are left to the rules.
MOST_PARTICLES = 300_000


@cache
def model() -> Learned:
    """The learned descriptor of the plane, read once."""
    from analysis.learning.learned import MODEL_FILES, Learned

    return Learned.load(MODEL_FILES[2])


def classify(configuration: Configuration) -> np.ndarray:
    """Probabilities of every phase of the plane by the learned descriptor, shape (N, n_phases).

    What it has learnt and has no name here is unknown.
    """
    found = model().classify(configuration)
    phases = np.zeros((len(found), len(PHASES)))
    for column, name in enumerate((*map(str, model().network.classes), UNKNOWN)):
        phases[:, PHASES.index(name if name in PHASES else UNKNOWN)] += found[:, column]
    return phases
