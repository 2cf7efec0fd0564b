"""Bispectrum against Steinhardt's w_l and SymPy's 3j symbols."""

import numpy as np
import pytest
from sympy.physics.wigner import wigner_3j as exact

from analysis.descriptors.bispectrum import Bispectrum
from analysis.descriptors.steinhardt import cubic, harmonics, quadratic, wigner_3j
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


@pytest.mark.parametrize(
    "numbers",
    [(2, 2, 2, 1, 1), (1, 3, 2, 0, -1), (4, 6, 2, 3, -2), (6, 6, 6, -4, 5), (1, 2, 3, 1, 2)],
)
def test_wigner(numbers):
    l1, l2, l3, m1, m2 = numbers
    value = float(exact(l1, l2, l3, m1, m2, -m1 - m2))
    assert wigner_3j(*numbers) == pytest.approx(value, abs=1e-12)


def test_diagonal_is_w_before_normalisation():
    configuration = with_noise(crystal("hcp", 4, 1.0), 0.05, np.random.default_rng(0))
    raw = harmonics(configuration, nearest(configuration, 12).neighbour_list(), (4, 6))
    descriptor = Bispectrum(12, 6).compute(configuration)
    for number, degree in enumerate((4, 6)):
        found = descriptor.features[:, descriptor.columns.index(f"b{degree},{degree},{degree}")]
        length = quadratic(raw)[:, number]
        np.testing.assert_allclose(found, cubic(raw)[:, number] * length**3, atol=1e-6)
