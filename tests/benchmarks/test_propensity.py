"""Propensities are of their seeds, kept as they were, and described whatever the axes are."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from benchmarks import propensity
from benchmarks.descriptor_glass import correlations, regression, titled
from benchmarks.propensity import State, described, simulated
from operations.engines.lammps import Lammps

STATE = State(0.64, 40, ((0.05, 3), (0.1, 2)), 2, 100)


@pytest.mark.skipif(Lammps.missing() is not None, reason=str(Lammps.missing()))
def test_runs_are_of_their_seed_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(propensity, "COOLING", 60)
    start, gone = simulated(STATE, 0)
    assert [each.shape for each in gone] == [(3, 100), (2, 100)]
    assert (start.types == 0).sum() == 80
    assert not np.allclose(gone[0][0], gone[0][1])
    simulated(STATE, 0, tmp_path)
    runs = max(tmp_path.iterdir(), key=lambda file: len(file.name))
    for _ in range(2):  # from both files, and from the configuration alone
        again, ways = simulated(STATE, 0, tmp_path)
        assert np.array_equal(again.positions, start.positions)
        for one, other in zip(gone, ways, strict=True):
            assert np.array_equal(one, other)
        runs.unlink(missing_ok=True)
    assert not np.array_equal(simulated(STATE, 1)[0].positions, start.positions)


def liquid(seed: int) -> tuple[Configuration, Configuration]:
    rng, box = np.random.default_rng(seed), np.array([6.0, 6.0, 6.0, 0, 0, 0])
    sites = (np.stack(np.meshgrid(*[np.arange(6)] * 3), axis=-1).reshape(-1, 3) - 2.5) * 1.0
    types = (np.arange(216) % 5 == 0).astype(int)
    rest = sites + rng.normal(0, 0.1, sites.shape)
    shaken = rest + rng.normal(0, 0.02, sites.shape)
    return tuple(Configuration(x, box, 3, types, ("A", "B")) for x in (shaken, rest))


def test_description_knows_neither_axes_nor_order():
    start, rest = liquid(0)
    order = np.random.default_rng(1).permutation(216)
    turned = [
        Configuration(c.positions[order][:, [1, 2, 0]], c.box, 3, c.types[order], ("A", "B"))
        for c in (start, rest)
    ]
    np.testing.assert_allclose(described(*turned), described(start, rest)[order], atol=1e-4)


def test_regression_finds_what_is_linear_in_the_description():
    configurations = [liquid(seed) for seed in range(4)]
    data = []
    for start, rest in configurations:
        columns = described(start, rest)[start.types == 0]
        data.append((start, rest, columns[:, [40, 120]]))
    tasks = titled(State(0.5, 0, ((1.0, 2), (2.5, 1))), np.concatenate([row[2] for row in data]))
    assert list(tasks) == ["0.5: 1", "0.5: 2.5"]
    found = regression(lambda *pair: described(*pair)[:, [40, 41, 120]], data)
    predicted = dict(zip(tasks, found.T, strict=True))
    assert all(value > 0.99 for value in correlations(predicted, tasks).values())
    shuffled = {task: np.random.default_rng(0).permutation(v) for task, v in predicted.items()}
    assert all(abs(value) < 0.2 for value in correlations(shuffled, tasks).values())
