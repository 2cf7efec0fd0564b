"""What is made piece by piece is what is made at once, bit for bit."""

import numpy as np
import pytest

from analysis import pieces
from analysis.pieces import by_rows


@pytest.mark.parametrize("n", [0, 1, 6, 7, 8, 20, 21])
def test_rows_are_those_of_the_whole(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ROWS", 7)
    values = np.random.default_rng(n).normal(size=(n, 18)) * np.exp(1j * np.arange(18))
    assert np.array_equal(by_rows(lambda rows: values[rows].sum(axis=1), n), values.sum(axis=1))
    sizes = []
    whole = by_rows(lambda rows: sizes.append(len(values[rows])) or values[rows] ** 2, n)
    assert np.array_equal(whole, values**2)
    assert max(sizes) <= 7
