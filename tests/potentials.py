"""Forms of potentials that have no formula of their own."""

from __future__ import annotations

#: Their numbers or formulas are given by a campaign file or found by a design.
GIVEN = {"expression", "table", "designed", "pod", "snap", "uf3", "learned"}
