"""Small particles between hard spheres, whose pressure pushes these together."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from workspace_schema.base import Model

#: Largest diameter, in those of the smallest spheres, at which no depletant fits between three
#: spheres that touch: its centre is nowhere excluded by all three, and pairs say all.
MOST = 2.0 / math.sqrt(3.0) - 1.0


class Depletants(Model):
    """An ideal gas of spheres (disks) that the hard spheres exclude, in equilibrium with a
    reservoir.

    S. Asakura and F. Oosawa, J. Chem. Phys. 22, 1255 (1954); A. Vrij, Pure Appl. Chem. 48, 471
    (1976). So small ones act by a potential of pairs, exactly: -kT times their number density in
    the reservoir times the overlap of the volumes that two spheres exclude. Pressures are those of
    the spheres by this potential, without the osmotic pressure of the reservoir.

    Attributes
    ----------
    diameter : float
    packing_fraction : float
        Of the reservoir.
    """

    diameter: Annotated[float, Field(gt=0)]
    packing_fraction: Annotated[float, Field(ge=0, le=10)]
