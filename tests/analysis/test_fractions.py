"""Fractions of phases against frames, as a picture."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.fractions import draw_fractions


@pytest.mark.parametrize("n_frames", [3, 40])
def test_few_and_many_frames_are_drawn_without_a_warning(tmp_path: Path, n_frames: int) -> None:
    frames = np.arange(n_frames)
    hexagonal = np.linspace(1.0, 0.0, n_frames)
    fractions = np.stack([hexagonal, 1.0 - hexagonal], axis=1)
    target = tmp_path / "fractions.png"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_fractions(frames, ("hexagonal", "fluid"), fractions, hexagonal, target)
    assert Image.open(target).size == (650, 390)
