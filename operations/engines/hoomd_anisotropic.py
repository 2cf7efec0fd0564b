"""Bodies with anisotropic pair potentials in HOOMD-blue's molecular dynamics.

The anisotropic Lennard-Jones potential: V. Ramasubramani, T. Vo, J. A. Anderson, S. C. Glotzer,
J. Chem. Phys. 153, 084106 (2020); Gay-Berne: M. P. Allen, G. Germano, Mol. Phys. 104, 3225 (2006).

Of polygons the interaction is averaged over the edges that face each other. That of polyhedra is
between the two nearest points: where HOOMD-blue 4.8.2 averages over faces, the torque on one of
the two bodies is wrong (no derivative of the energy, no conserved angular momentum).
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from operations.engines import Integration
from operations.engines.hoomd import BUFFER, Hoomd
from operations.engines.hoomd_bodies import HoomdBodies
from operations.interactions.model import Model
from operations.interactions.rigid_bodies import Body
from workspace_schema.building_blocks.anisotropic_lennard_jones import AnisotropicLennardJones

#: HOOMD-blue's alpha.
ALPHA = {"none": 0, "centers": 1, "surfaces": 2, "both": 3}
#: A pair of polyhedra takes about as long as so many pairs of points.
COST = 20


class HoomdAnisotropic(HoomdBodies):
    """HOOMD-blue with bodies that have no sites."""

    capabilities = Hoomd.capabilities - {"points"} | {"anisotropic_bodies"}

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        super().__init__(model, integration, seed, device)
        assert model.anisotropic is not None
        self._anisotropic = model.anisotropic
        pairs = combinations_with_replacement(self._names, 2)
        self._r_cut = max(self._anisotropic.r_cut(*pair) for pair in pairs)
        self.chunk_particle_steps //= COST

    def _forces(self, scale: float = 1.0) -> list[Any]:
        import hoomd

        neighbours = hoomd.md.nlist.Cell(buffer=BUFFER)
        what = self._anisotropic
        lennard_jones = isinstance(what.blocks[self._names[0]], AnisotropicLennardJones)
        kinds = hoomd.md.pair.aniso
        gay_berne = {} if lennard_jones else {"mode": "shift"}
        force = (kinds.ALJ if lennard_jones else kinds.GayBerne)(neighbours, **gay_berne)
        for pair in combinations_with_replacement(self._names, 2):
            force.r_cut[pair] = what.r_cut(*pair)
            parameters = self._pair(*pair)
            force.params[pair] = parameters | {"epsilon": scale * parameters["epsilon"]}
        for name, body in zip(self._names, self._bodies, strict=True):
            if lennard_jones:
                force.shape[name] = _shape(body)
        return [force]

    def _pair(self, one: str, other: str) -> dict[str, Any]:
        """Parameters of a pair of types."""
        what = self._anisotropic
        a, b = what.blocks[one], what.blocks[other]
        if not isinstance(a, AnisotropicLennardJones):
            return {"epsilon": a.epsilon, "lpar": a.length / 2.0, "lperp": a.width / 2.0}
        assert isinstance(b, AnisotropicLennardJones)
        return {
            "epsilon": what.epsilon(one, other),
            "sigma_i": what.shapes[one].inscribed,
            "sigma_j": what.shapes[other].inscribed,
            "alpha": ALPHA[a.attraction],
            "contact_ratio_i": a.contact_ratio,
            "contact_ratio_j": b.contact_ratio,
            "average_simplices": what.shapes[one].dimensions == 2,
        }


def _shape(body: Body) -> dict[str, Any]:
    """Corners and faces of a body in the frame of its principal axes, as HOOMD-blue takes them."""
    shape, corners = body.shape, body.corners
    rounding = (float(shape.radius),) * 3
    if shape.kind == "sphere":
        return {"vertices": [], "faces": [], "rounding_radii": rounding}
    faces: list[list[int]] = []
    if shape.kind == "polyhedron":
        from coxeter.shapes import ConvexPolyhedron

        hull = ConvexPolyhedron(corners)
        corners, faces = np.asarray(hull.vertices), [[int(k) for k in face] for face in hull.faces]
    vertices = [tuple(float(x) for x in corner) for corner in corners]
    return {"vertices": vertices, "faces": faces, "rounding_radii": rounding}
