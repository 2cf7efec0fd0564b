"""Scales of crystals that are known, and potentials that are refused."""

from __future__ import annotations

import numpy as np
import pytest

from operations.interactions.pair_functions import pair_functions
from operations.search.expected_volume import expect
from operations.search.kernels import make_kernel
from operations.search.wells import refuse_sunken_wells
from workspace_schema.interactions import Interactions


def functions(names, **potential):
    return pair_functions(Interactions.model_validate(potential), names)


def expected(counts, pressure, dimensions, names="A", **potential):
    kernel = make_kernel(functions(list(names), **potential))
    random = np.random.default_rng(0)
    return expect(kernel, np.array(counts), pressure, dimensions, 1.0, random)


def test_lennard_jones():
    """fcc without truncation: -8.6102 at density 1.0915."""
    found = expected([4], 0.0, 3, form="lennard_jones", r_cut=4.0)
    assert found.volume == pytest.approx(1 / 1.09, rel=0.15)
    assert found.energy == pytest.approx(8.5, rel=0.06)
    assert found.evaluations == 3 * 24


def test_pressure_compresses():
    volumes = [
        expected([4], pressure, 2, form="inverse_power", r_cut=5.0).volume
        for pressure in (1.0, 10.0, 100.0)
    ]
    assert volumes[0] > 1.2 * volumes[1] > 1.2 * volumes[2]


def test_large_particles_keep_larger_distances():
    apart = expected(
        [4, 4], 0.0, 3, "AB", form="lennard_jones", types={"B": {"sigma": 0.6}}, r_cut=2.5
    ).apart
    assert apart[0, 0] > 1.2 * apart[0, 1] > 1.2 * apart[1, 1]
    np.testing.assert_allclose(apart, apart.T)


@pytest.mark.parametrize(("n", "kappa", "sunken"), [(12, 10, True), (12, 4, False), (36, 4, False)])
def test_sunken_wells(n, kappa, sunken):
    found = functions(
        ["A", "B"],
        form="screened_charges",
        A=4.0,
        kappa=kappa,
        n=n,
        pairs={"A-B": {"A": -4}},
    )
    if sunken:
        with pytest.raises(ValueError, match=r"false inner well: A-B is lowest at r = 0\.69"):
            refuse_sunken_wells(found, ["A", "B"])
    else:
        refuse_sunken_wells(found, ["A", "B"])
