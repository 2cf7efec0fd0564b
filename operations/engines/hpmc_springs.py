"""Springs in HOOMD-blue's Monte Carlo: particles tied to sites, as `Tethers` says, and bodies to an
orientation, as `Alignment` says."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.engines import EngineError
from operations.engines.hoomd_release import add_harmonic
from operations.interactions.external import Alignment, Tethers
from operations.interactions.model import Model

#: Both signs of a quaternion are one orientation.
SIGNS = np.array([[1.0], [-1.0]])


def has_springs(model: Model) -> bool:
    """Whether springs act.

    Raises
    ------
    EngineError
        Where what acts is more than springs of one stiffness to fixed sites and orientations.
    """
    if not model.has_springs_only:
        raise EngineError(
            "HOOMD-blue's Monte Carlo has springs of one stiffness to fixed sites and orientations,"
            " and no other terms"
        )
    springs = [term for term in model.acting if isinstance(term, Tethers | Alignment)]
    return any(term.scale * float(term.k) != 0.0 for term in springs)


def add_springs(mc: Any, model: Model, start: Configuration, kT: float) -> None:
    """Give an integrator the springs of a model, if there are any, of what starts so.

    HOOMD-blue takes the nearest image of a site: the springs must keep the particles closer to
    theirs than half the box. Of a turn it takes ½ k |q_0 - q s|², the least of all s.
    """
    if not has_springs(model):
        return
    n = start.n_particles
    sites, wanted = np.zeros((n, 3)), np.array([1.0, 0.0, 0.0, 0.0])
    symmetries, k, kappa = wanted[None], 0.0, 0.0
    for term in model.acting:
        if isinstance(term, Tethers):
            sites, k = term.sites @ start.cell, term.scale * float(term.k)
        elif isinstance(term, Alignment):
            wanted, symmetries, kappa = term.wanted, term.symmetries, term.scale * term.k
    add_harmonic(
        mc,
        reference_positions=sites,
        reference_orientations=np.tile(wanted, (n, 1)),
        k_translational=k / kT,
        k_rotational=kappa / kT,
        symmetries=(SIGNS[:, None] * symmetries).reshape(-1, 4),
    )
