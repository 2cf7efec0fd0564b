"""Crystals that a design may aim at, by name: those of `analysis.prototypes` of one type."""

from __future__ import annotations

from collections.abc import Mapping

from workspace_schema.suggestions import did_you_mean
from workspace_schema.system import System

#: By dimensions; a test holds them against the prototypes.
TARGETS = {
    2: (
        "hexagonal",
        "square",
        "honeycomb",
        "kagome",
        "snub-square",
        "elongated-triangular",
        "truncated-square",
        "rhombic",
    ),
    3: (
        "fcc",
        "hcp",
        "dhcp",
        "bcc",
        "bct",
        "sc",
        "simple-hexagonal",
        "diamond",
        "lonsdaleite",
        "diamond-4H",
        "beta-Sn",
        "A15",
        "sigma",
        "beta-Mn",
        "alpha-Mn",
        "gamma-brass",
        "cI16",
        "BC8",
        "clathrate-I",
        "clathrate-II",
    ),
}


#: Crystals of two types, in three dimensions, with how many of each; a test holds them against the
#: prototypes, too.
MIXED = {
    "NaCl": (1, 1),
    "CsCl": (1, 1),
    "ZnS": (1, 1),
    "wurtzite": (1, 1),
    "NiAs": (1, 1),
    "CuAu": (1, 1),
    "Cu3Au": (3, 1),
    "CaF2": (1, 2),
    "AlB2": (1, 2),
    "MgZn2": (1, 2),
    "MgCu2": (1, 2),
    "MgNi2": (1, 2),
    "CaCu5": (1, 5),
    "Cr3Si": (3, 1),
    "NaZn13": (1, 13),
}

#: Particles in a cell at right angles, of which a periodic box is made.
IN_A_CELL = {
    "hexagonal": 2,
    "square": 1,
    "honeycomb": 4,
    "kagome": 6,
    "snub-square": 4,
    "elongated-triangular": 4,
    "truncated-square": 4,
    "rhombic": 2,
    "fcc": 4,
    "hcp": 4,
    "dhcp": 8,
    "bcc": 2,
    "bct": 2,
    "sc": 1,
    "simple-hexagonal": 2,
    "diamond": 8,
    "lonsdaleite": 8,
    "diamond-4H": 16,
    "beta-Sn": 4,
    "A15": 8,
    "sigma": 30,
    "beta-Mn": 20,
    "alpha-Mn": 58,
    "gamma-brass": 52,
    "cI16": 16,
    "BC8": 16,
    "clathrate-I": 46,
    "clathrate-II": 136,
}

#: What the judge knows beside them, of particles of one type.
QUASICRYSTALS = {2: ("dodecagonal", "decagonal"), 3: ("icosahedral",)}
#: What the names of crystals of bodies begin with whose orientations have no order.
PLASTIC = "plastic "


def check_label(target: str, system: System) -> None:
    """Raise ValueError where the judge knows no such crystal or quasicrystal of this system."""
    plain = target.removeprefix(PLASTIC)
    if plain != target and not system.building_blocks:
        raise ValueError(f"target: {target} has orientations; expected system.building_blocks")
    if plain not in QUASICRYSTALS[system.dimensions] or len(system.types) > 1:
        placed(plain, system.particles or {}, system.dimensions)


def check_target(target: str, dimensions: int) -> None:
    """Raise ValueError where no crystal of these dimensions has this name."""
    for other, names in TARGETS.items():
        if target in names and other != dimensions:
            raise ValueError(
                f"target: {target} is a crystal in {other} dimensions, but system.dimensions is"
                f" {dimensions}"
            )
    if target not in TARGETS[dimensions]:
        raise ValueError(f"target: got {target!r}; {did_you_mean(target, TARGETS[dimensions])}")


def placed(target: str, particles: Mapping[str, int], dimensions: int) -> tuple[str, ...]:
    """Types of a system in the order of those of a crystal.

    Raises
    ------
    ValueError
        Where no crystal of so many types and dimensions has this name, or the particles cannot
        form it alone.
    """
    if len(particles) == 1:
        if target in MIXED:
            raise ValueError(
                f"target: {target} is a crystal of two types; system.particles are one"
            )
        check_target(target, dimensions)
        return tuple(particles)
    if target in TARGETS[dimensions]:
        raise ValueError(
            f"target: {target} is a crystal of one type; system.particles are"
            f" {', '.join(particles)}"
        )
    if len(particles) > 2 or dimensions != 3 or target not in MIXED:
        known = MIXED if dimensions == 3 and len(particles) == 2 else {}
        raise ValueError(
            f"target: got {target!r}; "
            + (did_you_mean(target, known) if known else "mixtures are of two types, in 3D")
        )
    first, second = MIXED[target]
    for a, b in (sorted(particles), sorted(particles, reverse=True)):
        if particles[a] * second == particles[b] * first:
            return a, b
    raise ValueError(
        f"target: {target} has {first} : {second} particles; system.particles are"
        f" {', '.join(f'{name}: {n}' for name, n in particles.items())}"
    )
