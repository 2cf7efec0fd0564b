"""Pictures are written, refuse what does not fit, and say what they were given."""

import numpy as np
import pytest

from analysis.pictures import (
    draw_bond_order,
    draw_confusion,
    draw_reliability,
)
from analysis.prototypes import crystal

PNG = b"\x89PNG"


def pixels(path):
    from matplotlib.image import imread

    assert path.read_bytes()[:4] == PNG
    return imread(path)


def test_bond_order(tmp_path):
    draw_bond_order(crystal("fcc", 4, 1.0), tmp_path / "a.png")
    assert pixels(tmp_path / "a.png")[..., :3].std() > 0.05


def test_confusion(tmp_path):
    draw_confusion(np.eye(3), list("abc"), list("abc"), tmp_path / "a.png")
    assert pixels(tmp_path / "a.png").shape[0] > 100
    with pytest.raises(ValueError, match=r"shape \(3, 3\), expected \(2, 3\)"):
        draw_confusion(np.eye(3), list("ab"), list("abc"), tmp_path / "b.png")


def test_expected_calibration_error(tmp_path):
    confidence = np.repeat([0.95, 0.55], [100, 100])
    right = np.concatenate([np.arange(100) < 95, np.arange(100) < 35])
    error = draw_reliability(confidence, right, tmp_path / "a.png")
    assert error == pytest.approx(0.5 * 0.0 + 0.5 * 0.2)
    pixels(tmp_path / "a.png")
