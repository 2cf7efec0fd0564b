"""A forest from files, by one command."""

import gsd.hoomd
import numpy as np
import pytest

from analysis.learning.forest import Forest
from analysis.learning.train_forest import main
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def noisy(name, seed):
    return with_noise(crystal(name, 10, 1.0), 0.05, np.random.default_rng(seed))


@pytest.fixture
def words(tmp_path):
    """The command line for two classes with two frames of each."""
    words = [str(tmp_path / "labellers" / "forest.npz"), "--trees", "30"]
    for name in ("square", "hexagonal"):
        with gsd.hoomd.open(str(tmp_path / f"{name}.gsd"), "w") as file:
            for seed in range(2):
                file.append(noisy(name, seed).to_frame(seed))
        words += ["--class", f"my {name}", str(tmp_path / f"{name}.gsd")]
    return words


def test_one_command(words, tmp_path, capsys):
    assert main(words) == 0
    forest = Forest.load(tmp_path / "labellers" / "forest.npz")
    assert forest.dimensions == 2
    assert forest.label(noisy("square", 5)).label == "my square"
    assert forest.label(noisy("hexagonal", 5)).label == "my hexagonal"
    said = capsys.readouterr().out
    assert f"my square, my hexagonal; hash {forest.hash}" in said


def test_what_is_wrong_is_said(words, tmp_path, capsys):
    assert main([*words[:-1], str(tmp_path / "missing.gsd")]) == 1
    assert "missing.gsd" in capsys.readouterr().err
    assert main(words[:-1]) == 1
    assert "class 'my hexagonal' has no particles" in capsys.readouterr().err
    assert not (tmp_path / "labellers").exists()
