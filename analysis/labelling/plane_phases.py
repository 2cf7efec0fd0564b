"""The crystals and quasicrystals of the plane: all that is known of each, in one entry.

To add one, add an entry to `PLANE_PHASES`, and count up `thresholds.MODEL`, so that labels say
which rules they come from. Labels, grains, lattice constants, colours and their tests take it up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.colours import (
    BLUE,
    CRIMSON,
    GREEN,
    INDIGO,
    ORANGE,
    PURPLE,
    VERMILLION,
    VIOLET,
    YELLOW,
    PhaseStyle,
)
from analysis.labelling.labels import UNKNOWN
from analysis.labelling.surroundings import Surroundings

Rule = Callable[[Surroundings], np.ndarray]


@dataclass(frozen=True)
class PlanePhase:
    """One phase of the plane.

    Attributes
    ----------
    name : str
    logit : function of Surroundings
        Log odds of each particle, shape (N,), to be of this phase rather than of a fluid.
    length : function of Surroundings
        Lattice constant around each particle, were it of this phase.
    orientation : function of Surroundings
        A complex number of each particle whose argument is `fold` times the angle by which the
        lattice is turned there.
    fold : int
    style : PhaseStyle
    """

    name: str
    logit: Rule
    length: Rule
    orientation: Rule
    fold: int
    style: PhaseStyle


def _hexagonal(s: Surroundings) -> np.ndarray:
    t = s.thresholds
    return np.minimum(
        s.above(s.order6, t.hexagonal), s.below(s.strain(6), t.strain, t.strain_width)
    )


def _square(s: Surroundings) -> np.ndarray:
    t = s.thresholds
    rules = [
        s.above(s.order4, t.square),
        s.below(s.unequal_sides, t.strain, t.strain_width),
        s.below(s.shear, t.rhombic, 2 * t.strain_width),
    ]
    return np.min(rules, axis=0)


def _honeycomb(s: Surroundings) -> np.ndarray:
    t = s.thresholds
    return np.minimum(
        s.above(s.order3, t.honeycomb), s.below(s.strain(3), t.strain, t.strain_width)
    )


def _kagome(s: Surroundings) -> np.ndarray:
    t, four = s.thresholds, s.first(4)
    fewest, most = t.kagome_coordination
    number = s.averaged(s.bonds.sum(axis=1).astype(float), s.two_shells)
    rules = [
        s.below(s.averaged(np.abs(s.psi(1, four)), four), t.one_sided),
        s.above(s.lattice_order(6, 4), t.kagome),
        s.above(number, fewest, 2 * t.width),
        s.below(number, most, 2 * t.width),
        # of an oblique lattice two of the four nearest are farther
        s.below(s.unequal_sides, t.unequal_sides, t.strain_width),
    ]
    return np.min(rules, axis=0)


def _rhombic(s: Surroundings) -> np.ndarray:
    t = s.thresholds
    rules = [
        s.above(s.order4, t.square),
        s.above(s.shear, t.rhombic, 2 * t.strain_width),
        s.above(s.strain(6), t.strain, t.strain_width),
        s.below(s.unequal_sides, t.unequal_sides, t.strain_width),
        s.below(s.fifth, t.fifth, 2 * t.strain_width),
    ]
    return np.min(rules, axis=0)


def _elongated_triangular(s: Surroundings) -> np.ndarray:
    t = s.thresholds
    rules = [
        s.above(s.order12, t.dodecagonal),
        s.above(s.coordination, t.coordination, 2 * t.width),
        s.below(s.coordination, t.coordination_of_rows, 2 * t.width),
        s.above(s.rows, t.elongated[0]),
        s.below(s.rows, t.elongated[1]),
    ]
    return np.min(rules, axis=0)


def _tiling(s: Surroundings) -> tuple[np.ndarray, float]:
    """Logit of a tiling of squares and triangles, and the probability that it is dodecagonal."""
    t = s.thresholds
    rules = [
        s.above(s.order12, t.dodecagonal),
        s.below(s.order6, t.crystalline),
        s.below(s.order4, t.crystalline),
        s.above(s.coordination, t.coordination, 2 * t.width),
        s.below(s.rows, t.elongated[0]),
    ]
    tiling = np.min(rules, axis=0)
    centres = np.abs(s.psi(6, s.first(6))) > t.centre
    inside = (tiling > 0) & ~s.surface
    share = float(centres[inside].mean()) if inside.any() else 0.0
    excess = np.clip((share - t.hexagon_centres) / t.hexagon_centres_width, -30, 30)
    return tiling, 1.0 / (1.0 + np.exp(-excess))


def _snub_square(s: Surroundings) -> np.ndarray:
    tiling, twelvefold = _tiling(s)
    return np.asarray(tiling + np.log(max(1.0 - twelvefold, 1e-9)))


def _dodecagonal(s: Surroundings) -> np.ndarray:
    tiling, twelvefold = _tiling(s)
    return np.asarray(tiling + np.log(max(twelvefold, 1e-9)))


def _decagonal(s: Surroundings) -> np.ndarray:
    t = s.thresholds
    # Where all particles have the same few bonds, as in an oblique lattice, every n has order.
    lower = np.max([s.order(n, s.bonds) for n in (2, 4, 6, 8)], axis=0)
    rules = [
        s.above(s.order10, t.decagonal),
        s.below(s.order3, t.open_shell),
        s.below(lower, t.lower_order),
    ]
    return np.min(rules, axis=0)


PLANE_PHASES = (
    PlanePhase(
        "hexagonal",
        logit=_hexagonal,
        length=lambda s: s.median_distance(6),
        orientation=lambda s: s.psi(6, s.first(6)),
        fold=6,
        style=PhaseStyle(BLUE, "h"),
    ),
    PlanePhase(
        "square",
        logit=_square,
        length=lambda s: s.median_distance(4),
        orientation=lambda s: s.psi(4, s.first(4)),
        fold=4,
        style=PhaseStyle(ORANGE, "s"),
    ),
    PlanePhase(
        "honeycomb",
        logit=_honeycomb,
        length=lambda s: np.sqrt(3.0) * s.median_distance(3),
        # Squared: the two sublattices point in opposite directions.
        orientation=lambda s: s.psi(3, s.first(3)) ** 2,
        fold=6,
        style=PhaseStyle(YELLOW, "H"),
    ),
    PlanePhase(
        "kagome",
        logit=_kagome,
        length=lambda s: 2.0 * s.median_distance(4),
        orientation=lambda s: s.psi(6, s.first(4)),
        fold=6,
        style=PhaseStyle(CRIMSON, "p"),
    ),
    PlanePhase(
        "rhombic",
        logit=_rhombic,
        length=lambda s: s.median_distance(4),
        orientation=lambda s: s.psi(2, s.first(4)),
        fold=2,
        style=PhaseStyle(INDIGO, "d"),
    ),
    PlanePhase(
        "elongated-triangular",
        logit=_elongated_triangular,
        length=lambda s: s.edge,
        orientation=lambda s: s.psi(6, s.tiling_bonds),
        fold=6,
        style=PhaseStyle(VIOLET, "<"),
    ),
    PlanePhase(
        "snub-square",
        logit=_snub_square,
        length=lambda s: s.edge,
        orientation=lambda s: s.psi(12, s.tiling_bonds),
        fold=12,
        style=PhaseStyle(VERMILLION, "^"),
    ),
    PlanePhase(
        "dodecagonal",
        logit=_dodecagonal,
        length=lambda s: s.edge,
        orientation=lambda s: s.psi(12, s.tiling_bonds),
        fold=12,
        style=PhaseStyle(GREEN, "P"),
    ),
    PlanePhase(
        "decagonal",
        logit=_decagonal,
        length=lambda s: s.edge,
        orientation=lambda s: s.psi(10, s.bonds),
        fold=10,
        style=PhaseStyle(PURPLE, "*"),
    ),
)

#: Names of all phases of the plane, as in the columns of the probabilities.
PHASES = ("fluid", *(phase.name for phase in PLANE_PHASES), UNKNOWN)
