"""The potential that is sampled, and what it lacks to the one that has no cut-off.

Forces know nothing of a step of the energy at the cut-off: molecular dynamics of u(r) cut at r_cut
samples u(r) - u(r_cut), and so do the free energies here. To first order the step and the tail are
added up, with the pairs where they are in configurations that were sampled: of the perfect crystal
a shell of neighbours would be inside of the cut-off or outside as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad

from analysis.configuration import Configuration
from analysis.neighbourhoods import periodic_images
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


def truncation(point: StatePoint, model: Model, beyond: FloatArray) -> dict[str, Any]:
    """What a result says of the cut-off; empty of hard particles.

    Parameters
    ----------
    point : StatePoint
    model : Model
        Of `sampled_model`.
    beyond : ndarray, shape (n, 2)
        Of `first_orders`.

    Returns
    -------
    dict
        `words`; and where the formula goes on beyond the cut-off, `energy_per_particle`, what a
        potential without cut-off has more to first order, and `pressure`.
    """
    if not model.pairs:
        return {}
    words = {"words": words_of(point, model)}
    if len(beyond) == 0:
        return words
    energy, pressure = beyond.mean(axis=0).tolist()
    return words | {"energy_per_particle": energy, "pressure": pressure}


def first_orders(point: StatePoint, model: Model, seen: Sequence[Configuration]) -> FloatArray:
    """`first_order` of configurations at their own density, shape (n, 2); none where it is None."""
    found = [first_order(point, model, frame.number_density, frame) for frame in seen]
    return np.array([each for each in found if each is not None]).reshape(-1, 2)


def first_order(
    point: StatePoint, model: Model, density: float, seen: Configuration
) -> tuple[float, float] | None:
    """Energy per particle and pressure that a potential without cut-off has more at a density; None
    where the formula does not go on beyond it. The pairs are those of a configuration."""
    if not model.pairs or point.potential is None:
        return None
    (pair,) = model.pairs.values()
    (a,) = point.system.types
    if pair.spline is not None or point.potential.pair(a, a).truncation not in ("cut", "shift"):
        return None
    try:
        return _without(pair, density, seen)
    except ValueError:
        return None


def _without(pair: PairFunction, density: float, seen: Configuration) -> tuple[float, float]:
    """Energy per particle and pressure that the step and the tail add.

    Raises
    ------
    ValueError
        Where the tail has no end.
    """

    def bare(r: Any) -> tuple[FloatArray, FloatArray]:
        return pair.bare(np.atleast_1d(np.asarray(r, dtype=np.float64)))

    d = seen.dimensions
    shell = {2: 2.0 * np.pi, 3: 4.0 * np.pi}[d]
    far = FAR * pair.r_cut
    beyond, error = quad(lambda r: float(bare(r)[0][0]) * shell * r ** (d - 1), far, np.inf)
    if not np.isfinite(beyond) or error > 1e-3 * max(abs(beyond), 1e-6):
        raise ValueError("the tail has no end")
    pull = quad(lambda r: float(bare(r)[1][0]) * shell * r**d, far, np.inf)[0]
    energy, virial = density * beyond, density * pull
    part = density / seen.number_density / seen.n_particles
    for r in _distances(seen, far):
        tail = r[r >= pair.r_cut]
        u, slope = bare(tail)
        energy += part * (float(u.sum()) + (len(r) - len(tail)) * pair.offset)
        virial += part * float(tail @ slope)
    return 0.5 * energy, -density * virial / (2.0 * d)


def _distances(seen: Configuration, reach: float) -> Iterator[FloatArray]:
    """Of each particle, to all others and images within `reach`."""
    images, _ = periodic_images(seen, reach)
    for own in range(seen.n_particles):
        r = np.linalg.norm(images - images[own], axis=1)
        r[own] = np.inf
        yield r[r < reach]
