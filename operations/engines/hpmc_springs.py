"""Springs in HOOMD-blue's Monte Carlo: particles tied to sites, as `Tethers` says."""

from __future__ import annotations

from typing import Any

import numpy as np

from operations.engines import EngineError
from operations.engines.hoomd_release import add_harmonic
from operations.interactions.external import FloatArray, Tethers
from operations.interactions.model import Model


def stiffness(model: Model) -> float:
    """k of the springs that act; 0 where there are none.

    Raises
    ------
    EngineError
        Where what acts is more than springs of one stiffness to fixed sites.
    """
    springs = [term for term in model.acting if isinstance(term, Tethers)]
    if not model.has_springs_only:
        raise EngineError(
            "HOOMD-blue's Monte Carlo has springs of one stiffness to fixed sites, and no other"
            " terms"
        )
    return springs[0].scale * float(springs[0].k) if springs else 0.0


def add_springs(mc: Any, model: Model, cell: FloatArray, kT: float) -> None:
    """Give an integrator the springs of a model, if there are any.

    HOOMD-blue takes the nearest image of a site: the springs must keep the particles closer to
    theirs than half the box.
    """
    k = stiffness(model)
    if k == 0.0:
        return
    (springs,) = model.acting
    assert isinstance(springs, Tethers)
    n = len(springs.sites)
    add_harmonic(
        mc,
        reference_positions=springs.sites @ cell,
        reference_orientations=np.tile([1.0, 0.0, 0.0, 0.0], (n, 1)),
        k_translational=k / kT,
        k_rotational=0.0,
        symmetries=[[1.0, 0.0, 0.0, 0.0]],
    )
