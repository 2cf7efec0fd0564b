"""Crystals that stand in for quasicrystals, at rest under a potential."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling import label_configuration
from analysis.prototypes.tilings import approximant
from operations.equilibrium.einstein import finite
from operations.interactions.pair_functions import PairFunction
from operations.jobs.errors import EngineError
from operations.search.inherent_structure import inherent_structure
from operations.search.kernels import make_kernel
from operations.search.lbfgs import Outcome
from operations.search.symmetry import find_symmetry

#: Particles by which it is seen that the approximant is still one.
LABELLED = 400
#: Points of a potential.
GRID = 4000


def at_rest(label: str, pair: PairFunction, pressure: float) -> Configuration:
    """The conventional cell of the approximant of a quasicrystal, relaxed at a pressure.

    Neighbours begin in the first well of the potential, and what they relax to must still have the
    label.

    Raises
    ------
    EngineError
        Where that is not so.
    """
    cell = approximant(label)
    r = np.linspace(max(pair.r_inner, 0.2 * pair.r_cut), pair.r_cut, GRID)
    u = finite(pair)(r)
    wells = 1 + np.flatnonzero((u[1:-1] < u[:-2]) & (u[1:-1] <= u[2:]))
    if not len(wells):
        raise EngineError(f"phase.label: {label}: the potential has no well for neighbours")
    box = cell.box.copy()
    box[:2] *= r[wells[0]]
    cell.positions *= r[wells[0]]
    cell.box = box
    minimum = inherent_structure(make_kernel({(0, 0): pair}), cell, pressure)
    if minimum.outcome is not Outcome.CONVERGED:
        found = minimum.outcome.name.lower()
        raise EngineError(f"phase.label: {label}: the approximant has {found}, and did not relax")
    rest = find_symmetry(minimum.configuration).conventional
    many = int(np.ceil(np.sqrt(LABELLED / rest.n_particles)))
    became = label_configuration(rest.replicate((many, many, 1))).label
    if became != label:
        raise EngineError(
            f"phase.label: the approximant of {label} relaxes to {became}; expected a potential and"
            " a pressure at which it holds"
        )
    return rest
