"""Candidates: which are made of which parents, and what they take from them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.prototypes import prototype
from operations.search.crystal_moves import closest_distances
from operations.search.expected_volume import Expected
from operations.search.fingerprint import distance, fingerprint
from operations.search.random_crystals import VOLUMES
from operations.search.variation import NEAREST, Variation

EXPECTED = Expected(volume=5.0, energy=1.0, apart=np.full((2, 2), 1.0), evaluations=0)


@pytest.fixture
def variation():
    """Function that makes a variation of mixtures with some weights."""

    def make(counts, free=False, **weights):
        kernel: Any = None  # no soft displacements here
        return Variation(kernel, np.array(counts), ("A", "B"), 3, free, 1, weights)

    return make


def test_fresh_crystals_resemble_a_parent(variation):
    """In volume and in the distances of each pair of types, not in structure."""
    parent = prototype("NaCl").cell()
    closest, rng = closest_distances(parent), np.random.default_rng(1)
    made = variation([4, 4])._resembling([parent], EXPECTED, rng)
    others = [variation([4, 4])._resembling([parent], EXPECTED, rng) for _ in range(20)]
    for one in [made, *others]:
        volume = one.volume / parent.volume
        assert VOLUMES[0] * 0.999 < volume < VOLUMES[1] * 1.001
        assert np.bincount(one.types).tolist() == [4, 4]
    kept = [(closest_distances(one) / closest).min() for one in others]
    # at the volume of the parent; few have no room, and give way
    assert np.mean(np.array(kept) > NEAREST[0] * VOLUMES[0] ** (1 / 3)) > 0.8
    assert np.mean([distance(fingerprint(one), fingerprint(parent)) > 0.1 for one in others]) > 0.5


def test_a_parent_of_one_type_says_nothing_of_the_other(variation):
    """Distances that it does not have are those expected, at its volume."""
    parent = replace(prototype("bcc").cell(), type_names=("A", "B"))
    rng = np.random.default_rng(0)
    for _ in range(10):
        made = variation([2, 2], free=True)._resembling([parent], EXPECTED, rng)
        share = made.volume / made.n_particles / (parent.volume / parent.n_particles)
        assert VOLUMES[0] * 0.999 < share < VOLUMES[1] * 1.001


def test_repetition_is_of_equal_parts(variation):
    rng = np.random.default_rng(2)
    assert variation([4, 8])._parts == [2, 4]
    assert variation([3, 4])._parts == []
    assert variation([4, 4], free=True)._parts == []
    for _ in range(10):
        made = variation([4, 8])._repeated(EXPECTED, rng)
        assert np.bincount(made.types).tolist() == [4, 8]


def test_first_candidates_have_no_parents(variation):
    rng = np.random.default_rng(3)
    names = {"heredity": 1.0, "fresh": 1.0, "resembling": 1.0, "repetition": 1.0}
    origins = Counter(variation([2, 2], **names).candidate([], EXPECTED, rng)[1] for _ in range(40))
    assert set(origins) == {"fresh", "repetition"}
    origins = Counter(variation([1, 2], **names).candidate([], EXPECTED, rng)[1] for _ in range(10))
    assert set(origins) == {"fresh"}
