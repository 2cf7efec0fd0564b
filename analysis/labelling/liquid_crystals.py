"""Phases of long or flat bodies: isotropic fluid, nematic, smectic, columnar.

The network knows the neighbourhoods of spheres; those of rods side by side are none of them. What a
fluid of rods or discs is follows from their axes and from the waves in which they stand.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.liquid_crystals import LiquidCrystalOrder, liquid_crystal_order
from analysis.descriptors.orientational_order import COLUMNAR, ORDERED, SMECTIC
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.lattice_constants import five_digits

MODEL = "liquid_crystals-1"

#: Fewer particles are labelled by their positions: they show waves and a director by chance, and
#: the cell of a crystal may have four.
FEWEST = 100

#: Amplitude from which on a wave is order, and what it must be in addition, times √N, not to be
#: chance: with S(k) = 3 the strongest of 3000 has more in one system of 400 (3000 exp(-6.5² / 3)).
WAVE, CHANCE = 0.3, 6.5

#: Nematic order below this, times √N, is chance.
CHANCE_ALIGNED = 3.0

#: Change of an order parameter that changes the odds by a factor e.
WIDTH = 0.05


def name_of(order: LiquidCrystalOrder, n_particles: int) -> tuple[str, float]:
    """Name of the phase, and how sure it is; "unknown" of what has waves in several directions.

    Parameters
    ----------
    order : LiquidCrystalOrder
    n_particles : int
        Few particles show order by chance.
    """
    aligned = max(ORDERED, CHANCE_ALIGNED / np.sqrt(n_particles))
    wave = max(WAVE, CHANCE / np.sqrt(n_particles))
    if order.nematic <= aligned:
        distances = [aligned - order.nematic, wave - order.others]
        name = "fluid"
    else:
        layers, columns = order.layers - wave, order.columns - wave
        distances = [order.nematic - aligned, abs(layers), abs(columns)]
        if min(layers, columns) > 0:
            return UNKNOWN, 0.0
        name = SMECTIC if layers > 0 else COLUMNAR if columns > 0 else "nematic"
    if min(distances) < 0:
        return UNKNOWN, 0.0
    return name, float(1.0 / (1.0 + np.exp(-min(distances) / WIDTH)))


def label_liquid_crystal(configuration: Configuration) -> Labels | None:
    """Labels of long or flat bodies, "unknown" where they are a crystal; None of anything else, and
    of fewer than `FEWEST`.

    All particles have the one label: a director is that of all of them.
    """
    few = configuration.n_particles < FEWEST
    order = None if few else liquid_crystal_order(configuration)
    if order is None:
        return None
    from analysis.descriptors.orientational_order import orientational_order

    n = configuration.n_particles
    name, confidence = name_of(order, n)
    turned = orientational_order(configuration)
    spacing = five_digits(order.layer_spacing) if name == SMECTIC else None
    return Labels(
        label=name,
        confidence=round(confidence, 4),
        phases=[{"phase": name, "fraction": 1.0, "lattice_constant": spacing}],
        void_fraction=0.0,
        grains=0,
        model=MODEL,
        model_hash=MODEL,
        per_particle=np.zeros(n, dtype=np.int8),
        probabilities=np.ones((n, 1), dtype=np.float32),
        phase_names=(name,),
        reason="long or flat bodies in a crystal that has no name" if name == UNKNOWN else "",
        orientational_order=({} if turned is None else asdict(turned)) | asdict(order),
    )
