"""What to call a crystal that stands in no list: Pearson symbol, space group, Wyckoff positions."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from math import gcd, sqrt
from typing import Any

from analysis.configuration import Configuration
from operations.search.prototypes import FURTHEST, prototype_name
from operations.search.published import nearest_published, same_kind
from operations.search.symmetry import Symmetry, find_symmetry

#: Tolerances that are tried, in units of (volume per particle)^(1/dimensions).
TOLERANCES = (0.001, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2)
#: Deviations of sites from a symmetry that count as none: those of a box that strains the crystal,
#: and, if larger, this multiple of what their errors make expected.
STRAINED, EXPECTED = 0.02, 1.5
#: With larger errors nothing is said.
UNSURE = 0.021
#: Where a higher symmetry is off by no more than this multiple of that, nothing is said.
DOUBTFUL = 2.0
#: By how much errors of sites move fingerprints.
FINGERPRINTS = 10.0
#: Groups that say nothing.
LOWEST = ("P1", "P-1", "p1", "p2")
#: Crystal families in three and two dimensions.
SYSTEMS = ((2, "a"), (15, "m"), (74, "o"), (142, "t"), (194, "h"), (230, "c"))
PLANE_SYSTEMS = {"p1": "m", "p2": "m"}


@dataclass(frozen=True)
class CrystalName:
    """A crystal in words.

    Attributes
    ----------
    name : str
        Of the prototype where it is one of ours, else Pearson symbol and space group (plane group):
        the same for the same crystal in every job.
    pearson : str
        As tP30; in two dimensions as hp2.
    space_group : str
    number : int
        As in `Symmetry`.
    wyckoff : tuple of str
        Type, multiplicity in the conventional cell and letter of each orbit, as "A 8i".
    aflow : str
        Label in the way of the AFLOW library (M. J. Mehl et al., Comput. Mater. Sci. 136, S1
        (2017)); empty in two dimensions.
    alike : tuple of str
        Published crystals with the same Pearson symbol, space group, composition and number of
        orbits of each type.
    nearest : str
        The published crystal of its composition whose neighbourhoods are most alike; empty in the
        plane, and where none has the composition.
    apart : float, optional
        Distance of its fingerprint.
    deviation : float
        Root mean square distance of sites from where the symmetry takes others, in units of
        (volume per particle)^(1/dimensions).
    """

    name: str
    pearson: str
    space_group: str
    number: int
    wyckoff: tuple[str, ...]
    aflow: str
    alike: tuple[str, ...]
    nearest: str
    apart: float | None
    deviation: float

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


def crystal_name(cell: Configuration, error: float = 0.0) -> tuple[CrystalName, Symmetry] | None:
    """Name and symmetry of a crystal whose sites are known up to a small error.

    Parameters
    ----------
    cell : Configuration
        A unit cell, primitive or not.
    error : float
        Of each coordinate of a site, in units of (volume per particle)^(1/dimensions).

    Returns
    -------
    tuple or None
        None without any symmetry but translations and inversion, which nothing tells from a
        disordered crystal, and where errors do not tell one symmetry from a higher one.
    """
    if error > UNSURE:
        return None
    most = max(STRAINED, EXPECTED * error * sqrt(2.0 * cell.dimensions))
    symmetry: Symmetry | None = None
    doubtful = 0
    for tolerance in TOLERANCES:
        try:
            found = find_symmetry(cell, tolerance)
        except ValueError:
            continue
        if found.deviation <= most:
            if symmetry is None or found.order > symmetry.order:
                symmetry = found
        elif found.deviation <= DOUBTFUL * most:
            doubtful = max(doubtful, found.order)
    if symmetry is None or symmetry.symbol in LOWEST or doubtful > symmetry.order:
        return None
    pearson, orbits = _pearson(symmetry), _orbits(symmetry)
    aflow = _aflow(pearson, symmetry.number, orbits) if cell.dimensions == 3 else ""
    furthest = FURTHEST + FINGERPRINTS * error
    closest = nearest_published(symmetry.primitive) if aflow else None
    nearest, apart = closest or ("", None)
    name = prototype_name(symmetry.primitive, symmetry, furthest) or f"{pearson} {symmetry.symbol}"
    words = CrystalName(
        name,
        pearson,
        symmetry.symbol,
        symmetry.number,
        tuple(f"{kind} {count}{letter}" for kind, letter, count in orbits),
        aflow,
        same_kind(aflow),
        nearest,
        apart,
        round(symmetry.deviation, 4),
    )
    return words, symmetry


def _pearson(symmetry: Symmetry) -> str:
    """Family, centring and number of particles; of rhombohedral crystals in the primitive cell."""
    conventional, number, symbol = symmetry.conventional, symmetry.number, symmetry.symbol
    n = conventional.n_particles
    system = next(letter for last, letter in SYSTEMS if number <= last)
    if conventional.dimensions == 2:
        # in the plane the polar groups of a family are one family lower
        plane = {"a": "m", "m": "o", "o": "o"}.get(system, system)
        plane = PLANE_SYSTEMS.get(symbol, plane)
        return f"{plane}{symbol[0]}{n}"
    centring = "C" if symbol[0] == "A" else symbol[0]
    return f"{system}{centring}{n // 3 if centring == 'R' else n}"


def _orbits(symmetry: Symmetry) -> list[tuple[str, str, int]]:
    """Type, letter and multiplicity in the conventional cell of each orbit, by type and letter."""
    conventional = symmetry.conventional
    for tolerance in TOLERANCES:  # standardised cells are exact up to some rounding
        standard = find_symmetry(conventional, tolerance)
        if standard.order >= symmetry.order:
            break
    kinds = [conventional.type_names[kind] for kind in conventional.types]
    members = zip(kinds, standard.wyckoff, standard.orbits, strict=True)
    return [(kind, letter, n) for (kind, letter, _), n in sorted(Counter(members).items())]


def _aflow(pearson: str, number: int, orbits: list[tuple[str, str, int]]) -> str:
    """Composition, Pearson symbol, space group, and letters of each type, as A2B_hP3_191_d_a."""
    types = sorted({kind for kind, _, _ in orbits})
    counts = [sum(n for kind, _, n in orbits if kind == name) for name in types]
    divisor = gcd(*counts)
    formula, letters = "", []
    for k, name in enumerate(types):
        share = counts[k] // divisor
        formula += "ABCDEFGHIJ"[k] + (str(share) if share > 1 else "")
        found = Counter(letter for kind, letter, _ in orbits if kind == name)
        letters.append("".join(f"{n if n > 1 else ''}{one}" for one, n in sorted(found.items())))
    return "_".join([formula, pearson, str(number), *letters])
