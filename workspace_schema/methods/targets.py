"""Crystals that a design may aim at, by name: those of `analysis.prototypes` of one type."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

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

#: Edges of that cell in units of the first, where they are not equal.
_EDGES = {
    **dict.fromkeys(("hexagonal", "honeycomb", "kagome"), (1.0, math.sqrt(3.0))),
    "elongated-triangular": (1.0, 2.0 + math.sqrt(3.0)),
    "rhombic": (1.0, math.tan(math.radians(52.5))),
    **dict.fromkeys(("hcp", "lonsdaleite"), (1.0, math.sqrt(3.0), math.sqrt(8.0 / 3.0))),
    **dict.fromkeys(("dhcp", "diamond-4H"), (1.0, math.sqrt(3.0), 2.0 * math.sqrt(8.0 / 3.0))),
    "bct": (1.0, 1.0, math.sqrt(2.0 / 3.0)),
    "simple-hexagonal": (1.0, math.sqrt(3.0), 1.0),
    "beta-Sn": (1.0, 1.0, 0.5456),
    "sigma": (1.0, 1.0, 0.5187),
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


def box_of(
    target: str, n_particles: int, number_density: float
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The widest box at right angles of whole cells: how many along each edge, and the edges.

    Raises
    ------
    ValueError
        Where no number of cells has so many particles.
    """
    n = IN_A_CELL[target]
    if n_particles % n:
        raise ValueError(
            f"target: {target} has {n} particles in a rectangular cell; expected"
            f" system.particles that are so many times a whole number, got {n_particles}"
        )
    d = 2 if target in TARGETS[2] else 3
    edges = _EDGES.get(target, (1.0,) * d)
    unit = (n / number_density / math.prod(edges)) ** (1.0 / d)
    boxes = [
        (counts, tuple(k * unit * edge for k, edge in zip(counts, edges, strict=True)))
        for counts in _factors(n_particles // n, d)
    ]
    return max(boxes, key=lambda box: min(box[1]))


def _factors(n: int, d: int) -> Iterator[tuple[int, ...]]:
    """The ways to write n as a product of d numbers."""
    if d == 1:
        yield (n,)
        return
    for k in range(1, n + 1):
        if n % k == 0:
            yield from ((k, *others) for others in _factors(n // k, d - 1))
