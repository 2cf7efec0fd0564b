"""Elastic constants of crystals whose lattice sums are known."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from analysis.properties.elastic import elastic_constants, moduli
from analysis.prototypes import crystal
from operations.interactions.pair_functions import pair_functions
from operations.search.kernels import make_kernel
from operations.search.minimise import minimise
from workspace_schema.interactions import Interactions

#: Between two shells of fcc, whose forces then do not know of a cut-off.
R_CUT = 3.36


def at_rest(name, n, density, r_cut, pressure=0.0):
    words = {"form": "lennard_jones", "r_cut": r_cut}
    kernel = make_kernel(pair_functions(Interactions.model_validate(words), ["A"]))
    rest = minimise(kernel, crystal(name, n, density), pressure, tolerance=1e-10).configuration

    def stress(configuration):
        relaxed = minimise(kernel, configuration, tolerance=1e-10).configuration
        return -kernel.evaluate(relaxed)[2] / relaxed.volume

    return rest, elastic_constants(rest, stress)


def sums(r_cut):
    """Σ (r_1/r)^12, Σ (r_1/r)^6 over fcc within a cut-off, and the distance r_1 at no pressure."""
    k = np.arange(-6, 7)
    sites = np.array([x for x in product(k, k, k) if sum(x) % 2 == 0 and any(x)], dtype=float)
    sites /= np.sqrt(2.0)
    r = np.linalg.norm(sites, axis=1)
    near = sites[r < r_cut / 1.09]
    r = np.linalg.norm(near, axis=1)
    twelve, six = np.sum(r**-12), np.sum(r**-6)
    return near, twelve, six, (2.0 * twelve / six) ** (1 / 6)


def test_fcc_lennard_jones_has_the_constants_of_its_lattice_sums() -> None:
    near, twelve, six, nearest = sums(R_CUT)
    x = near * nearest
    r = np.linalg.norm(x, axis=1)
    slope, curvature = 4.0 * (-12 * r**-13 + 6 * r**-7), 4.0 * (156 * r**-14 - 42 * r**-8)
    weight = (curvature - slope / r) / r**2 / (2.0 * nearest**3 / np.sqrt(2.0))

    def constant(a, b):
        return np.sum(weight * x[:, a] ** 2 * x[:, b] ** 2)

    rest, found = at_rest("fcc", 4, 1.05, R_CUT)
    assert rest.number_density == pytest.approx(np.sqrt(2.0) / nearest**3, rel=1e-6)
    expected = np.zeros((6, 6))
    expected[:3, :3] = constant(0, 1)
    np.fill_diagonal(expected, [constant(0, 0)] * 3 + [constant(0, 1)] * 3)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4 * expected.max())
    bulk, shear = moduli(found)
    # N. W. Ashcroft and N. D. Mermin, Solid State Physics (1976), equation (20.16)
    assert bulk == pytest.approx(4.0 * twelve * (six / twelve) ** 2.5, rel=1e-4)
    c11, c44 = constant(0, 0), constant(0, 1)
    assert shear == pytest.approx((c11 - c44 + 3.0 * c44) / 5.0, rel=1e-4)


def test_a_hexagonal_crystal_is_isotropic_and_obeys_cauchy() -> None:
    _, found = at_rest("hexagonal", 4, 0.9, 1.5)
    c11, c12, c66 = found[0, 0], found[0, 1], found[2, 2]
    assert c12 == pytest.approx(c66, rel=1e-4)
    assert c11 == pytest.approx(3.0 * c66, rel=1e-4)
    bulk, shear = moduli(found)
    assert bulk == pytest.approx(2.0 * shear, rel=1e-4)


def test_under_a_pressure_the_bulk_modulus_is_that_of_density_and_pressure() -> None:
    low, _ = at_rest("fcc", 4, 1.05, R_CUT, 9.9)
    high, _ = at_rest("fcc", 4, 1.05, R_CUT, 10.1)
    middle, found = at_rest("fcc", 4, 1.05, R_CUT, 10.0)
    slope = 0.2 / (high.number_density - low.number_density)
    assert moduli(found)[0] == pytest.approx(middle.number_density * slope, rel=1e-3)


def covariant(matrix):
    """Stress of a cell that is a network of its vectors, wherever it is turned."""

    def stress(configuration):
        cell = configuration.cell
        return cell.T @ matrix @ cell / configuration.volume

    return stress


def test_the_stress_is_read_in_the_frame_of_the_strain() -> None:
    """∂σ/∂ε = εS + Sε - tr(ε) S exactly, though cells are turned to triangles."""
    rest = crystal("fcc", 4, 1.05)
    own = np.diag([1.0, 1.0, 1.004])
    own[0, 1] = own[1, 0] = 0.003
    inverse = np.linalg.inv(rest.cell)
    found = elastic_constants(rest, covariant(rest.volume * inverse.T @ own @ inverse))
    expected = np.zeros((6, 6))
    pairs = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
    for k, (a, b) in enumerate(pairs):
        strain = np.zeros((3, 3))
        strain[a, b] = strain[b, a] = 1.0 if a == b else 0.5
        change = strain @ own + own @ strain - np.trace(strain) * own
        expected[:, k] = [change[i, j] for i, j in pairs]
    assert found == pytest.approx(0.5 * (expected + expected.T), abs=1e-6)


def test_a_crystal_in_a_cell_that_is_not_its_own_is_refused() -> None:
    rest = crystal("fcc", 4, 1.05)
    with pytest.raises(ValueError, match="stress at rest is not isotropic by"):
        elastic_constants(rest, covariant(np.diag([1.0, 1.0, 1.5])))
