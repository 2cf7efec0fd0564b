"""Crystals of one type of particle in two dimensions."""

from __future__ import annotations

from math import radians, sqrt, tan

from analysis.prototypes.prototype import Prototype, Site

_IDEAL = "fixed by symmetry"
_TILINGS = "regular polygons: Gruenbaum and Shephard, Tilings and Patterns (1987), section 2.1"
_SNUB = (sqrt(3) - 1) / 4

PLANE = (
    Prototype("hexagonal", 183, (Site("A", "1a", (0, 0, 0)),), plane_group="p6mm", source=_IDEAL),
    Prototype("square", 99, (Site("A", "1a", (0, 0, 0)),), plane_group="p4mm", source=_IDEAL),
    Prototype(
        "honeycomb",
        183,
        (Site("A", "2b", (1 / 3, 2 / 3, 0)),),
        plane_group="p6mm",
        source=_IDEAL,
    ),
    Prototype("kagome", 183, (Site("A", "3c", (1 / 2, 0, 0)),), plane_group="p6mm", source=_IDEAL),
    Prototype(
        "snub-square",
        100,
        (Site("A", "4c", (_SNUB, _SNUB + 1 / 2, 0)),),
        plane_group="p4gm",
        source=_TILINGS,
        free="x = (sqrt(3) - 1)/4: squares and triangles, 3^2.4.3.4; also called sigma",
    ),
    Prototype(
        "elongated-triangular",
        35,
        (Site("A", "4e", (0, 0.5 / (2 + sqrt(3)), 0)),),
        (2 + sqrt(3), 1),
        plane_group="c2mm",
        source=_TILINGS,
        free="b/a = 2 + sqrt(3), y = 1/(4 + 2 sqrt(3)): squares and triangles, 3^3.4^2",
    ),
    Prototype(
        "truncated-square",
        99,
        (Site("A", "4e", (1 - sqrt(1 / 2), 0, 0)),),
        plane_group="p4mm",
        source=_TILINGS,
        free="x = 1 - 1/sqrt(2): squares and octagons, 4.8^2",
    ),
    Prototype(
        "rhombic",
        35,
        (Site("A", "2a", (0, 0, 0)),),
        (1 / tan(radians(37.5)), 1),
        plane_group="c2mm",
        source="half way between hexagonal and square",
        free="angle of the rhombus 75 degrees; 60 is hexagonal, 90 square",
    ),
)
