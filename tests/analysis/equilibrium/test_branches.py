"""A fluid along its isotherm: what the polynomial misses, where the pressures are exact."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.equilibrium.branches import Branch, Points
from operations.equilibrium.fluid import LOWER


@pytest.mark.parametrize("points", [4, 6, 8, 12])
@pytest.mark.parametrize("end", [0.5, 0.8, 0.94])
def test_what_one_coefficient_more_changes_bounds_the_error(points, end) -> None:
    """Hard spheres by N. F. Carnahan and K. E. Starling, J. Chem. Phys. 51, 635 (1969)."""
    nodes = 0.5 * end * (np.polynomial.legendre.leggauss(points)[0] + 1.0)
    rho = np.append(nodes, end)
    eta = np.pi / 6.0 * rho
    factor = (1.0 + eta + eta**2 - eta**3) / (1.0 - eta) ** 3
    known = Points.of_isotherm("fluid", rho, factor, np.full(len(rho), 1e-3), 2.0 * np.pi / 3.0)
    value, lower = (float(Branch.through(known, fewer=k).excess(np.array(end))[0]) for k in (0, 1))
    exact = (4.0 * eta[-1] - 3.0 * eta[-1] ** 2) / (1.0 - eta[-1]) ** 2
    assert abs(value - exact) < LOWER * abs(value - lower) + 1e-6
    if points < 6:  # and it is no small thing
        assert abs(value - exact) > 3e-4
