"""Elastic constants of cells that fluctuate as these say."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.properties.strain_fluctuations import constants, fluctuating_constants, strains

C11, C12, C44 = 60.0, 30.0, 33.0
VOLUME, KT = 200.0, 0.5
#: Of a cubic crystal.
CUBIC = np.diag([C11 - C12] * 3 + [C44] * 3)
CUBIC[:3, :3] += C12


def drawn(random, n):
    root = np.linalg.cholesky(KT / VOLUME * np.linalg.inv(CUBIC))
    return random.standard_normal((n, 6)) @ root.T


def boxes_of(strain):
    """GSD boxes with these strains of Lagrange from a cube."""
    boxes = []
    for xx, yy, zz, yz, xz, xy in strain:
        metric = np.eye(3) + np.array([[2 * xx, xy, xz], [xy, 2 * yy, yz], [xz, yz, 2 * zz]])
        cell = np.linalg.cholesky(VOLUME ** (2 / 3) * metric)
        lx, ly, lz = np.diag(cell)
        boxes.append([lx, ly, lz, cell[1, 0] / ly, cell[2, 0] / lz, cell[2, 1] / lz])
    return np.array(boxes)


def test_strains_are_those_of_the_cells() -> None:
    strain = drawn(np.random.default_rng(2), 200)
    found = strains(boxes_of(strain), 3)
    assert found - found.mean(axis=0) == pytest.approx(strain - strain.mean(axis=0), abs=4e-4)


def test_a_cubic_crystal_has_its_constants_within_errors() -> None:
    random = np.random.default_rng(0)
    expected = {"c11": C11, "c12": C12, "c44": C44}
    expected |= {"isothermal_bulk_modulus": (C11 + 2 * C12) / 3}
    expected |= {"isothermal_shear_modulus": (C11 - C12 + 3 * C44) / 5}
    pulls = {name: [] for name in expected}
    for _ in range(20):
        found = fluctuating_constants(boxes_of(drawn(random, 400)), 3, KT)
        for name, value in expected.items():
            pulls[name].append((found[name][0] - value) / found[name][1])
    assert found.keys() == expected.keys()
    for name, each in pulls.items():
        assert 0.6 < np.sqrt(np.mean(np.square(each))) < 1.6, name


def test_few_cells_give_no_larger_constants() -> None:
    """The inverse of a covariance of 100 samples is too large by 100/92 without the halves."""
    random = np.random.default_rng(1)
    found = np.mean([constants(drawn(random, 100), VOLUME, KT) for _ in range(600)], axis=0)
    assert found[0, 0] == pytest.approx(C11, rel=0.03)
    assert found[5, 5] == pytest.approx(C44, rel=0.03)


def test_what_says_nothing_is_refused() -> None:
    random = np.random.default_rng(3)
    strain = drawn(random, 400)
    rigid = strain.copy()
    rigid[:, 3:] = 0.0
    with pytest.raises(ValueError, match="expected cell: flexible"):
        fluctuating_constants(boxes_of(rigid), 3, KT)
    with pytest.raises(ValueError, match="keeps its shape"):
        fluctuating_constants(boxes_of(10.0 * strain), 3, KT)
    slow = np.repeat(drawn(random, 8), 50, axis=0)
    with pytest.raises(ValueError, match="the cell forgets its shape in"):
        fluctuating_constants(boxes_of(slow), 3, KT)
