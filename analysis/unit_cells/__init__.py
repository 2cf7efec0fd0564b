"""Unit cells straight from particles that move, with defects, in boxes of any orientation.

Vectors between particles that take most particles of a neighbourhood to places of others are
translations of a lattice (`translations`); particles that they connect are one site of its cell,
and regression over all of them gives the lattice and, relative to each other, the sites (`sites`).
"""

from __future__ import annotations

from analysis.unit_cells.sites import UnitCell, unit_cell

__all__ = ["UnitCell", "unit_cell"]
