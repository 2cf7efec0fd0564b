"""Crystals of two types of particle in three dimensions."""

from __future__ import annotations

from math import sqrt

from analysis.prototypes.prototype import Prototype, Site

_IDEAL = "fixed by symmetry"
_MEHL = "Mehl et al., Comput. Mater. Sci. 136, S1 (2017)"
_THIRD = (1 / 3, 2 / 3)

BINARY = (
    Prototype(
        "NaCl",
        225,
        (Site("A", "4a", (0, 0, 0)), Site("B", "4b", (1 / 2, 1 / 2, 1 / 2))),
        source=_IDEAL,
        aflow="AB_cF8_225_a_b",
        free="none; untyped it is sc",
    ),
    Prototype(
        "CsCl",
        221,
        (Site("A", "1a", (0, 0, 0)), Site("B", "1b", (1 / 2, 1 / 2, 1 / 2))),
        source=_IDEAL,
        aflow="AB_cP2_221_b_a",
        free="none; untyped it is bcc",
    ),
    Prototype(
        "ZnS",
        216,
        (Site("A", "4a", (0, 0, 0)), Site("B", "4c", (1 / 4, 1 / 4, 1 / 4))),
        source=_IDEAL,
        aflow="AB_cF8_216_c_a",
        free="none; zincblende, untyped it is diamond",
    ),
    Prototype(
        "wurtzite",
        186,
        (Site("A", "2b", (*_THIRD, 0)), Site("B", "2b", (*_THIRD, 3 / 8))),
        (1, sqrt(8 / 3)),
        source="regular tetrahedra",
        aflow="AB_hP4_186_b_b",
        free="c/a = sqrt(8/3), z = 0, 3/8; untyped it is lonsdaleite",
    ),
    Prototype(
        "NiAs",
        194,
        (Site("A", "2a", (0, 0, 0)), Site("B", "2c", (*_THIRD, 1 / 4))),
        (1, 1.391),
        source=_MEHL,
        aflow="AB_hP4_194_c_a",
        free="c/a = 1.391; sqrt(8/3) makes B hcp",
    ),
    Prototype(
        "CuAu",
        123,
        (Site("A", "1a", (0, 0, 0)), Site("B", "1d", (1 / 2, 1 / 2, 1 / 2))),
        (1, sqrt(2)),
        source="twelve touching neighbours",
        aflow="AB_tP2_123_a_d",
        free="c/a = sqrt(2), where untyped it is fcc (CuAu itself 1.31); 1 is CsCl",
    ),
    Prototype(
        "Cu3Au",
        221,
        (Site("A", "3c", (0, 1 / 2, 1 / 2)), Site("B", "1a", (0, 0, 0))),
        source=_IDEAL,
        aflow="AB3_cP4_221_a_c",
        free="none; untyped it is fcc",
    ),
    Prototype(
        "CaF2",
        225,
        (Site("A", "4a", (0, 0, 0)), Site("B", "8c", (1 / 4, 1 / 4, 1 / 4))),
        source=_IDEAL,
        aflow="AB2_cF12_225_a_c",
    ),
    Prototype(
        "AlB2",
        191,
        (Site("A", "1a", (0, 0, 0)), Site("B", "2d", (*_THIRD, 1 / 2))),
        (1, 1.084),
        source=_MEHL,
        aflow="AB2_hP3_191_a_d",
        free="c/a = 1.084",
    ),
    Prototype(
        "MgZn2",
        194,
        (
            Site("A", "4f", (*_THIRD, 1 / 16)),
            Site("B", "2a", (0, 0, 0)),
            Site("B", "6h", (5 / 6, 2 / 3, 1 / 4)),
        ),
        (1, sqrt(8 / 3)),
        source="regular tetrahedra of B",
        aflow="AB2_hP12_194_f_ah",
        free="c/a = sqrt(8/3), z = 1/16, x = 5/6; Laves phase C14",
    ),
    Prototype(
        "MgCu2",
        227,
        (Site("A", "8a", (1 / 8, 1 / 8, 1 / 8)), Site("B", "16d", (1 / 2, 1 / 2, 1 / 2))),
        source=_IDEAL,
        aflow="A2B_cF24_227_d_a",
        origin=2,
        free="none; Laves phase C15",
    ),
    Prototype(
        "MgNi2",
        194,
        (
            Site("A", "4e", (0, 0, 3 / 32)),
            Site("A", "4f", (*_THIRD, 27 / 32)),
            Site("B", "4f", (*_THIRD, 1 / 8)),
            Site("B", "6g", (1 / 2, 0, 0)),
            Site("B", "6h", (1 / 6, 1 / 3, 1 / 4)),
        ),
        (1, 2 * sqrt(8 / 3)),
        source="regular tetrahedra of B",
        aflow="AB2_hP24_194_ef_fgh",
        free="c/a = 2 sqrt(8/3), z = 3/32, 27/32, 1/8, x = 1/6; Laves phase C36",
    ),
    Prototype(
        "CaCu5",
        191,
        (
            Site("A", "1a", (0, 0, 0)),
            Site("B", "2c", (*_THIRD, 0)),
            Site("B", "3g", (1 / 2, 0, 1 / 2)),
        ),
        (1, 0.802),
        source=_MEHL,
        aflow="AB5_hP6_191_a_cg",
        free="c/a = 0.802",
    ),
    Prototype(
        "Cr3Si",
        223,
        (Site("A", "6c", (1 / 4, 0, 1 / 2)), Site("B", "2a", (0, 0, 0))),
        source=_IDEAL,
        aflow="A3B_cP8_223_c_a",
        free="none; untyped it is A15",
    ),
    Prototype(
        "NaZn13",
        226,
        (
            Site("A", "8a", (1 / 4, 1 / 4, 1 / 4)),
            Site("B", "8b", (0, 0, 0)),
            Site("B", "96i", (0, 0.1806, 0.1192)),
        ),
        source="Shoemaker et al., Acta Crystallogr. 5, 637 (1952)",
        aflow="AB13_cF112_226_a_bi",
        free="y = 0.1806, z = 0.1192",
    ),
)
