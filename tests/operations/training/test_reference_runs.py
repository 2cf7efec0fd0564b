"""What is simulated for training is simulated once."""

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.training.reference_runs import kept, points

RUNS = []


def simulate(n, seed, frames):
    RUNS.append((n, seed))
    rng = np.random.default_rng(seed)
    for _ in range(frames):
        yield Configuration(rng.normal(size=(n, 3)), [9, 9, 9, 0.1, 0, 0], 3, np.zeros(n))


def test_the_same_run_is_read_and_another_is_made(tmp_path):
    RUNS.clear()
    folder = tmp_path / "kept"
    first = kept(folder, simulate, 5, 1, 2)
    again = kept(folder, simulate, 5, 1, 2)
    other = kept(folder, simulate, 5, 2, 2)
    assert RUNS == [(5, 1), (5, 2)]
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.positions, two.positions)
        np.testing.assert_array_equal(one.box, two.box)
    assert len(first) == len(again) == 2
    assert np.abs(first[0].positions - other[0].positions).max() > 0.1
    assert sorted(path.suffix for path in folder.iterdir()) == [".npz", ".npz"]


def test_without_a_folder_nothing_is_kept_and_the_same_comes_out(tmp_path):
    (one,), (two,) = kept(None, simulate, 4, 3, 1), kept(tmp_path, simulate, 4, 3, 1)
    np.testing.assert_array_equal(one.positions, two.positions)


def test_diameters_of_types_add():
    model = points("wca", (), (1.0, 0.5))
    assert model.types == ("A", "B")
    contact = {pair: function.r_cut / 2 ** (1 / 6) for pair, function in model.pairs.items()}
    assert contact == pytest.approx({(0, 0): 1.0, (0, 1): 0.75, (1, 1): 0.5})
    assert points("wca", (("sigma", 1.2),)).pairs[0, 0].r_cut == pytest.approx(1.2 * 2 ** (1 / 6))
