"""S(q), neighbours and the entropy of pairs, where they are known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.properties.structure import structure, structure_factor_of_box
from operations.interactions.start import lattice


def gas(n, d, seed, edges=(6.0, 7.0, 8.0)):
    random = np.random.default_rng(seed)
    box = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    box[:d] = edges[:d]
    positions = np.zeros((n, 3))
    positions[:, :d] = (random.random((n, d)) - 0.5) * box[:d]
    return Configuration(positions, box, d, np.zeros(n, dtype=int), ("A",))


@pytest.mark.parametrize("d", [2, 3])
def test_an_ideal_gas_has_no_structure(d) -> None:
    found = structure([gas(200, d, seed) for seed in range(15)])
    peak, error = found["structure_peak"]
    # the largest of some noisy shells
    assert 1.0 < peak < 1.5
    assert 0.0 < error < 0.5
    assert found["pair_entropy"][0] == pytest.approx(0.0, abs=0.01)


def test_two_frames_of_an_ideal_gas_have_no_entropy_of_pairs() -> None:
    """Numbers of pairs are small; their noise counts in g ln g - g + 1."""
    found = [
        structure([gas(64, 3, seed), gas(64, 3, 1000 + seed)])["pair_entropy"][0]
        for seed in range(40)
    ]
    assert np.mean(found) == pytest.approx(0.0, abs=4.0 * np.std(found) / np.sqrt(40))
    assert abs(np.mean(found)) < 0.02


def test_pairs_of_a_mixture_are_told_apart_by_their_types() -> None:
    """Dumbbells of unlike particles: each has one neighbour of the other type in a narrow shell."""
    mixed = []
    for seed in range(40):
        half, random = gas(100, 3, seed), np.random.default_rng(seed)
        axis = random.normal(size=(100, 3))
        away = half.positions + 0.5 * axis / np.linalg.norm(axis, axis=1)[:, None]
        positions = np.vstack([half.positions, away])
        positions -= half.box[:3] * np.round(positions / half.box[:3])
        types = np.repeat([0, 1], 100)
        mixed.append(Configuration(positions, half.box, 3, types, ("A", "B")))
    plain = [Configuration(one.positions, one.box, 3, 0 * one.types, ("A",)) for one in mixed]
    # of the 100 pairs in the one bin: -ln g - 1 + 1/g for each pair, of 200 particles
    found = {}
    for name, frames, even in (("mixed", mixed, 100.0**2), ("plain", plain, 0.5 * 200.0**2)):
        value = structure(frames)["pair_entropy"][0]
        reach, bins = 3.0, int(40 * 3.0 * (200 / 336.0) ** (1 / 3))
        edges = np.linspace(0.0, reach, bins + 1)
        k = np.searchsorted(edges, 0.5, side="right") - 1
        shell = even * 4.0 / 3.0 * np.pi * (edges[k + 1] ** 3 - edges[k] ** 3) / 336.0
        g = 1.0 + 100.0 / shell
        expected = -shell * (g * np.log(g) - g + 1.0) / 200
        assert value == pytest.approx(expected, abs=0.05), name
        found[name] = value
    assert found["mixed"] < found["plain"] - 0.2


def test_small_wave_numbers_are_not_the_main_peak() -> None:
    """A gas in half of its box."""
    half = gas(1000, 3, 0, (10.0, 10.0, 10.0))
    half.positions[:, 0] *= 0.5
    assert structure_factor_of_box(half, 0.7)[1].max() > 100.0
    assert structure([half])["structure_peak"][0] < 2.0


def test_frames_of_a_box_that_fluctuates_count_alike() -> None:
    frames = [
        lattice("fcc", {"A": 108}, 3, density, np.random.default_rng(0)) for density in (1.0, 1.3)
    ]
    for some in (frames, frames[::-1]):
        assert structure(some)["coordination"][0] == pytest.approx(12.0, abs=0.01)


def test_waves_of_a_crystal_are_those_of_its_reciprocal_lattice() -> None:
    crystal = lattice("fcc", {"A": 108}, 3, 1.0, np.random.default_rng(0))
    k, s = structure_factor_of_box(crystal, 10.0)
    a = 4.0 ** (1 / 3)
    assert s.max() == pytest.approx(108.0)
    assert k[s > 1e-6].min() == pytest.approx(2.0 * np.pi * np.sqrt(3.0) / a)
    # eight (111) in a half of all
    assert np.isclose(k[s > 1e-6], 2.0 * np.pi * np.sqrt(3.0) / a).sum() == 4
    assert structure([crystal])["coordination"][0] == pytest.approx(12.0, abs=0.01)


def test_a_sheared_box_has_the_same_waves() -> None:
    flat = gas(50, 3, 1, (5.0, 5.0, 5.0))
    box = flat.box.copy()
    box[3] = 1.0  # one edge further: the same lattice of images
    sheared = Configuration(flat.positions, box, 3, flat.types, flat.type_names)
    one, other = (structure_factor_of_box(each, 6.0) for each in (flat, sheared))
    for k, s in (one, other):
        assert k.max() <= 6.0
        assert len(k) == len(s)
    assert sorted(np.round(one[0], 9)) == sorted(np.round(other[0], 9))
    assert np.sort(one[1]) == pytest.approx(np.sort(other[1]))


def test_one_frame_has_no_errors() -> None:
    assert all(np.isnan(error) for _, error in structure([gas(100, 2, 0)]).values())
