"""Whether a phase that was simulated by itself is still what it was."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration

#: Stretches of a series, the part of its mean by which it may change from the first to the last,
#: and errors of that slope beyond which it does: chance has 1 % of them, where nothing changes.
STRETCHES, TURNED, SURE = 6, 0.3, 4.6


def label_of(frame: Configuration) -> str:
    """The label of a frame."""
    from analysis.labelling import label_configuration

    return label_configuration(frame).label


def crystal_in(frame: Configuration) -> str:
    """The label of a frame that is a crystal, "" of any other."""
    from analysis.labelling.phases import is_crystal

    name = label_of(frame)
    return name if is_crystal(name) else ""


def order_in(frame: Configuration) -> str:
    """The label of a frame that is a crystal or a liquid crystal, "" of any other."""
    from analysis.descriptors.orientational_order import HEXATIC, LIQUID_CRYSTALS
    from analysis.labelling.phases import is_crystal

    name = label_of(frame)
    return name if is_crystal(name) or name in set(LIQUID_CRYSTALS) - {HEXATIC} else ""


def drifts(series: NDArray[np.float64]) -> bool:
    """Whether a series, shape (n,), goes on in one direction: a line through the means of its
    stretches rises or falls by a part of the mean, and by more than their scatter around it."""
    means = np.array([stretch.mean() for stretch in np.array_split(series, STRETCHES)])
    x = np.arange(STRETCHES) - 0.5 * (STRETCHES - 1)
    slope = float(means @ x / (x @ x))
    scatter = np.std(means - slope * x) * np.sqrt(STRETCHES / (STRETCHES - 2))
    change = abs(slope) * (STRETCHES - 1)
    return bool(
        change > TURNED * abs(means.mean()) and abs(slope) > SURE * scatter / np.sqrt(x @ x)
    )
