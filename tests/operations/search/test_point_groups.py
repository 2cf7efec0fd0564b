"""Point groups are groups, of the orders that crystallography gives them."""

from __future__ import annotations

import numpy as np
import pytest

from operations.search.point_groups import packed, point_groups

ORDERS = {
    **{f"C{n}": n for n in range(2, 7)},
    **{f"C{n}v": 2 * n for n in range(2, 7)},
    **{f"C{n}h": 2 * n for n in range(2, 7)},
    **{f"S{2 * n}": 2 * n for n in range(2, 7)},
    **{f"D{n}": 2 * n for n in range(2, 7)},
    **{f"D{n}h": 4 * n for n in range(2, 7)},
    **{f"D{n}d": 4 * n for n in range(2, 7)},
    "Cs": 2,
    "Ci": 2,
    "T": 12,
    "Th": 24,
    "Td": 24,
    "O": 24,
    "Oh": 48,
    "I": 60,
    "Ih": 120,
}


def test_orders():
    assert {name: len(group) for name, group in point_groups(3).items()} == ORDERS


@pytest.mark.parametrize("dimensions", [2, 3])
def test_products_and_inverses_belong_to_the_group(dimensions):
    for name, group in point_groups(dimensions).items():
        np.testing.assert_allclose(
            group @ group.transpose(0, 2, 1), np.eye(3)[None] + 0 * group, atol=1e-9
        )
        products = np.einsum("aij,bjk->abik", group, group).reshape(-1, 1, 9)
        distance = np.abs(products - group.reshape(1, -1, 9)).max(axis=2)
        assert distance.min(axis=1).max() < 1e-9, name
        assert np.allclose(group[0], np.eye(3))
        if dimensions == 2:
            assert np.allclose(group[:, 2], [0, 0, 1])


def test_packed():
    matrices, orders = packed(3)
    assert matrices.shape == (len(ORDERS), 120, 3, 3)
    assert sorted(orders) == sorted(ORDERS.values())
