"""Whether a phase that was simulated by itself is still what it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.labelling.labels import UNKNOWN
from operations.equilibrium.einstein import displacements
from operations.jobs.errors import EngineError

#: Stretches of a series, the part of its mean by which it may change from the first to the last,
#: and errors of that slope beyond which it does: chance has 1 % of them, where nothing changes.
STRETCHES, TURNED, SURE = 6, 0.3, 4.6
#: Root mean square displacement, in units of the distance of neighbours, with which a crystal must
#: have its label, for that to be looked at.
HELD = 0.12


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


def check_lasting(
    perfect: Configuration,
    runs: Iterable[tuple[str, Configuration, NDArray[np.float64]]],
    random: np.random.Generator,
    expected: str,
) -> None:
    """Raise EngineError where a run has another label than the perfect crystal, if that has one
    which noise leaves it, or its particles go on leaving their sites.

    "unknown" is no other label: what moves in a small box may have no name.

    Parameters
    ----------
    perfect : Configuration
    runs : iterable of (str, Configuration, ndarray)
        What acts on each, in words, its last frame, and the series of its displacements.
    random : Generator
    expected : str
        In words, what would last.
    """
    n, d = perfect.n_particles, perfect.dimensions
    noise = displacements(n, d, random)
    noise *= HELD * (perfect.volume / n / d ** (0.5 * d)) ** (1.0 / d)
    wanted = crystal_in(perfect)
    if crystal_in(replace(perfect, positions=perfect.positions + noise)) != wanted:
        wanted = ""
    for words, frame, series in runs:
        name = label_of(frame) if wanted else ""
        if name not in (wanted, UNKNOWN):
            became = f"it was {wanted}, and is {name} at the end"
        elif drifts(series):
            became = "its particles go on leaving their sites"
        else:
            continue
        raise EngineError(f"the crystal does not last with {words}: {became}; expected {expected}")
