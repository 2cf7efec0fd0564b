"""The potential that is sampled, and what it lacks to the one that has no cut-off.

Forces know nothing of a step of the energy at the cut-off: molecular dynamics of u(r) cut at r_cut
samples u(r) - u(r_cut), and so do the free energies here. To first order, with the pairs where they
are in the perfect crystal or, of a fluid, everywhere alike, the step and the tail are added up.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad

from analysis.configuration import Configuration
from operations.interactions.model import Model
from operations.interactions.pair_functions import U_MAX, U_MAX_KT, PairFunction
from workspace_schema.interactions import pair_key
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: The tail is summed up to so many cut-offs, and beyond as if particles were everywhere.
FAR = 4.0


def sampled_model(point: StatePoint, root: Path, kT: float) -> Model:
    """The model of a system whose energy is the one that is sampled."""
    model = Model.of(point.system)
    if model.blocks or point.potential is None:
        return model
    u_max, names = max(U_MAX, U_MAX_KT * kT), point.system.types
    pairs = {}
    for i, j in combinations_with_replacement(range(len(names)), 2):
        potential = point.potential.pair(names[i], names[j])
        if potential.truncation == "cut":
            potential = potential.model_copy(update={"truncation": "shift"})
        pairs[i, j] = PairFunction(potential, root, u_max, pair_key(names[i], names[j]))
    return replace(model, pairs=pairs)


def words_of(point: StatePoint, model: Model) -> str:
    """What the cut-offs of a model of `sampled_model` are; "" of hard particles."""
    if not model.pairs or point.potential is None:
        return ""
    names, found = point.system.types, []
    for (i, j), pair in model.pairs.items():
        written = point.potential.pair(names[i], names[j])
        words = f"{written.truncation} at {pair.r_cut:g}"
        if written.truncation == "cut" and abs(pair.offset) > 0.0:
            words += f", sampled as u(r) - u(r_cut) with u(r_cut) = {pair.offset:.4g}"
        found.append(words if len(names) == 1 else f"{pair_key(names[i], names[j])}: {words}")
    return "; ".join(found)


def truncation(point: StatePoint, model: Model, crystal: Configuration | None) -> dict[str, Any]:
    """What a result says of the cut-off; empty of hard particles.

    Parameters
    ----------
    point : StatePoint
    model : Model
        Of `sampled_model`.
    crystal : Configuration or None
        The perfect crystal; None of a fluid.

    Returns
    -------
    dict
        `words`; and where the formula goes on beyond the cut-off, `energy_per_particle`, what a
        potential without cut-off has more to first order, and `pressure`.
    """
    if not model.pairs or point.potential is None:
        return {}
    words = words_of(point, model)
    (pair,) = model.pairs.values()
    (a,) = point.system.types
    written = point.potential.pair(a, a)
    if pair.spline is not None or written.truncation not in ("cut", "shift"):
        return {"words": words}
    density = point.method.number_density  # type: ignore[attr-defined]
    try:
        energy, pressure = _without(pair, density, point.system.dimensions, crystal)
    except ValueError:
        return {"words": words}
    return {"words": words, "energy_per_particle": energy, "pressure": pressure}


def _without(
    pair: PairFunction, density: float, d: int, crystal: Configuration | None
) -> tuple[float, float]:
    """Energy per particle and pressure that the step and the tail add.

    Raises
    ------
    ValueError
        Where the tail has no end.
    """

    def bare(r: Any) -> tuple[FloatArray, FloatArray]:
        return pair.bare(np.atleast_1d(np.asarray(r, dtype=np.float64)))

    shell = {2: 2.0 * np.pi, 3: 4.0 * np.pi}[d]
    far = FAR * pair.r_cut if crystal is not None else pair.r_cut
    beyond, error = quad(lambda r: float(bare(r)[0][0]) * shell * r ** (d - 1), far, np.inf)
    if not np.isfinite(beyond) or error > 1e-3 * max(abs(beyond), 1e-6):
        raise ValueError("the tail has no end")
    virial = quad(lambda r: float(bare(r)[1][0]) * shell * r**d, far, np.inf)[0]
    energy = 0.5 * density * beyond
    pressure = -(density**2) * virial / (2.0 * d)
    if crystal is None:
        inside = density * shell * pair.r_cut**d / d
        return energy + 0.5 * inside * pair.offset, pressure
    r = _distances(crystal, far)
    tail = r[r >= pair.r_cut]
    u, slope = bare(tail)
    energy += 0.5 * (u.sum() + np.sum(r < pair.r_cut) * pair.offset)
    pressure -= density / (2.0 * d) * float(tail @ slope)
    return float(energy), float(pressure)


def _distances(crystal: Configuration, reach: float) -> FloatArray:
    """From a particle to all others and their images within `reach`; all are alike."""
    d = crystal.dimensions
    most = np.zeros(3, dtype=int)
    most[:d] = np.ceil(reach / crystal.widths)
    axes = [np.arange(-k, k + 1) for k in most]
    shifts = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3) @ crystal.cell
    apart = (crystal.positions - crystal.positions[0])[:, None] + shifts
    r = np.linalg.norm(apart, axis=-1).ravel()
    return np.asarray(r[(r > 1e-9) & (r < reach)])
