"""What the tables of descriptor families are made of: nothing tested was trained on."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.neighbourhoods import within
from benchmarks import descriptor_families_elsewhere, lennard_jones_phases
from benchmarks.descriptor_table import accuracy, table

BOX = np.array([5.0, 5.0, 5.0, 0, 0, 0])


def two() -> Configuration:
    """Two particles."""
    return Configuration(np.array([[0, 0, 0], [1, 1, 1]]), BOX, 3, np.zeros(2))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_state_that_is_learnt_from_is_simulated_again_for_a_test(monkeypatch, seed):
    asked: list[tuple] = []

    def simulated(*arguments):
        asked.append(arguments)
        yield two()

    monkeypatch.setattr(lennard_jones_phases, "simulated", simulated)
    learnt = lennard_jones_phases.drawn(seed, None)
    training = set(asked)
    assert len(training) == sum(map(len, learnt.values())) == len(asked)
    told: list[tuple] = []

    def kept(_, function, *arguments):
        told.append((function, arguments))
        return [two()]

    monkeypatch.setattr(descriptor_families_elsewhere, "kept", kept)
    descriptor_families_elsewhere.phases(seed, None)
    asked.clear()
    monkeypatch.setattr(lennard_jones_phases, "_run", lambda *_: iter([two()]))
    monkeypatch.setattr(lennard_jones_phases, "_without_close", lambda *_: two())
    for function, arguments in told:
        list(function(*arguments))
    assert len(asked) == 2 * 3  # a crystal and its liquid
    assert not training & set(asked)


@pytest.mark.parametrize("boundary", descriptor_families_elsewhere.BOUNDARIES)
def test_grains_are_perfect_but_at_their_boundaries(monkeypatch, boundary):
    monkeypatch.setattr(lennard_jones_phases, "_run", lambda start, *_: iter([start]))
    (both,) = lennard_jones_phases.bicrystal(*boundary, 0)
    d = (4 / 1.05) ** (1 / 3) / np.sqrt(2)
    pairs = within(both, 1.2 * d)
    assert pairs.distances.min() > 0.8
    counts = np.bincount(pairs.query_point_indices, minlength=both.n_particles)
    x = np.abs(both.positions[:, 0])
    away = np.minimum(x, both.box[0] / 2 - x)
    assert (counts[away > 1.5] == 12).all()
    for plane in (0.0, both.box[0] / 2):  # there are two
        assert (counts[np.abs(x - plane) < 0.5] != 12).mean() > 0.5
    assert both.positions[:, 0].min() < -0.9 * both.box[0] / 2


def test_a_family_is_asked_for_what_it_knows_and_by_what_is_told_of_particles():
    def second(_):
        return np.array([1, 0])

    tasks = {
        "4%": [(two(), 1), (two(), 2)],
        "unseen": [(two(), -1)],
        "mixed": [(two(), np.array([1, 1])), (two(), lambda found: float(found[0] == 1))],
    }
    found = accuracy(second, tasks)
    assert found == {
        "4%": 0.25,
        "4% worst": 0.0,
        "unseen": 0.0,
        "unseen worst": 0.0,
        "mixed": 0.75,
        "mixed worst": 0.5,
    }
    second.known = {0, 1}
    found = accuracy(second, tasks)
    assert found["4%"] == 0.5
    assert np.isnan(found["unseen"])
    assert found["mixed"] == 0.75


def test_means_errors_and_dashes_of_a_row():
    rows = {
        "one": [
            {"4%": 0.8, "4% worst": 0.5, "unseen": 0.0, "particles/s": 1234.0},
            {"4%": 1.0, "4% worst": 0.7, "unseen": 0.0, "training (s)": 2.0},
        ],
        "other": [{"4%": 1.0, "4% worst": 1.0, "unseen": 0.5, "training (s)": 0.0}],
    }
    lines = table(rows, ["4%", "unseen"])
    assert lines[2] == "| one | 0.900 ± 0.100 (0.50) | – | 1.23e+03 | – | 2 |"
    assert lines[3] == "| other | 1.000 (1.00) | 0.500 | – | – | – |"
