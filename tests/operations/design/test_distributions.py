"""Distributions from files: what is read, and what is refused with name and line."""

from __future__ import annotations

import re

import numpy as np
import pytest

from operations.design.distributions import read_distribution

R = np.arange(1, 41) * 0.1
G = np.where(R > 0.9, 1.0 + np.exp(-((R - 1.2) ** 2) / 0.05) * np.cos(6 * R), 0.0)


def written(tmp_path, columns, text=""):
    file = tmp_path / "g.txt"
    np.savetxt(file, np.column_stack(columns))
    file.write_text("# r g\n" + file.read_text() + text)
    return file


def test_read(tmp_path):
    found = read_distribution(written(tmp_path, [R, G]), 2.5)
    assert found.r == pytest.approx(R)
    assert found.g == pytest.approx(G)
    assert found.error is None
    assert found.shells(3).sum() == pytest.approx(4 / 3 * np.pi * (4.05**3 - 0.05**3))
    assert found.up_to(3.0).r[-1] == pytest.approx(2.9)
    with_errors = read_distribution(written(tmp_path, [R, G, 0.1 * G]), 2.5)
    assert with_errors.error == pytest.approx(0.1 * G)


def test_a_first_row_at_zero_is_left_out(tmp_path):
    rows = np.append(0.0, R), np.append(0.0, G)
    assert read_distribution(written(tmp_path, rows), 2.5).r[0] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("columns", "text", "words"),
    [
        ([R, G], "1.0 1.0\n", "g.txt:42: r = 1 does not increase"),
        ([R, G], "4.1 x\n", "g.txt:42: expected numbers r g"),
        ([R, G], "4.1\n", "g.txt:42: expected two or three finite numbers"),
        ([R, -G], "", "r and g are not negative"),
        ([R, G + 0.2], "", "g is 1.2 in its last tenth; expected 1"),
        ([R**2, G], "", "expected equally spaced r"),
        ([R[:20], G[:20]], "", "ends at r = 2; expected at least potential.r_cut = 2.5"),
        ([R[:4], G[:4]], "", "has 4 rows"),
    ],
)
def test_refused(tmp_path, columns, text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        read_distribution(written(tmp_path, columns, text), 2.5)
