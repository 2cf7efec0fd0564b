"""The distance and energy that pair potentials set: units of steps, tolerances, temperatures."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from operations.interactions.pair_functions import PairFunction


def length_and_energy(
    functions: Iterable[PairFunction], pressure: float | None, dimensions: int
) -> tuple[float, float]:
    """Distance between neighbours and energy of their bond.

    Those of the deepest well; without any attraction, where the energy of a pair is the work
    that the pressure does on the volume of a particle.

    Parameters
    ----------
    functions : iterable of PairFunction
        Of all pairs of types.
    pressure : float or None
        None where nothing holds the particles together but their attraction.
    dimensions : int

    Raises
    ------
    ValueError
        Where there is neither attraction nor pressure.
    """
    functions = list(functions)
    wells = []
    for function in functions:
        r = np.linspace(function.r_inner, function.r_cut, 20_001)[:-1]
        u = function.energy(r)
        k = int(np.argmin(u))
        wells.append((float(u[k]), float(r[k])))
    depth, distance = min(wells)
    if depth < 0.0:
        return distance, -depth
    if not pressure or pressure < 0.0:
        raise ValueError(
            "the potential attracts nowhere: without a pressure the particles fly apart"
        )
    distance = 0.0
    for function in functions:
        r = np.linspace(function.r_inner, function.r_cut, 20_001)
        meets = function.energy(r) <= pressure * r**dimensions
        distance = max(distance, float(r[meets.argmax()]))
    return distance, pressure * distance**dimensions
