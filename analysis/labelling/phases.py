"""Every name that a production label can have."""

from __future__ import annotations

from functools import cache

from analysis.labelling.labels import UNKNOWN


def is_crystal(name: str) -> bool:
    """Whether a name is that of a crystal or quasicrystal, plastic ones too."""
    from analysis.descriptors.orientational_order import LIQUID_CRYSTALS

    return name not in ("fluid", UNKNOWN, *LIQUID_CRYSTALS)


@cache
def production_phases(dimensions: int) -> tuple[str, ...]:
    """Names that `label_configuration` and the symmetry of perfect crystals can give, each once.

    Collected from those who give them: the rules of the plane, the network, the crystals of two
    types, quasicrystals, the prototypes, and what is said of orientations and of long bodies.

    Parameters
    ----------
    dimensions : 2 or 3
    """
    from analysis.descriptors.orientational_order import (
        COLUMNAR,
        FLUIDS,
        HEXATIC,
        ORIENTED_FLUID,
        PLASTIC,
        SMECTIC,
    )
    from analysis.labelling import binary, icosahedral
    from analysis.labelling.plane_phases import PHASES
    from analysis.labelling.three_dimensional import network
    from analysis.prototypes import names

    crystals = PHASES
    if dimensions == 3:
        classes = map(str, network().classes)
        crystals = (*classes, *binary.PARTS, icosahedral.ICOSAHEDRAL)
    known = dict.fromkeys((*crystals, *names(dimensions)))
    ordered = [name for name in known if name not in ("fluid", UNKNOWN)]
    fluids = [name for (there, _), name in FLUIDS.items() if there == dimensions]
    return (
        "fluid",
        UNKNOWN,
        *fluids,
        ORIENTED_FLUID,
        *ordered,
        *((SMECTIC, COLUMNAR) if dimensions == 3 else (HEXATIC,)),
        *(PLASTIC + name for name in ordered),
    )
