"""Potentials whose crystals would be an artefact of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from operations.interactions.pair_functions import PairFunction

#: A well deeper in the core than this part of the contact distance is not meant.
DEEPEST = 0.8


def refuse_sunken_wells(
    functions: Mapping[tuple[int, int], PairFunction], type_names: Sequence[str]
) -> None:
    """Raise ValueError where an attraction beats the core it is meant to stop at.

    Only forms with a contact distance of their own are looked at: a soft core then holds particles
    near contact, unless the attraction grows faster inwards.
    """
    for (i, j), function in functions.items():
        contact = function.potential.contact
        if contact is None:
            continue
        r = np.linspace(0.2 * contact, function.r_cut, 4001)[:-1]
        with np.errstate(over="ignore"):
            energy = function.energy(r)
        lowest = float(r[np.nanargmin(energy)])
        if lowest < DEEPEST * contact:
            raise ValueError(
                f"potential has a false inner well: {type_names[i]}-{type_names[j]} is lowest at "
                f"r = {lowest:.3g}, inside of the core (contact at {contact:g}); "
                "expected a harder core or a longer range"
            )
