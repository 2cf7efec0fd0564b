"""Pairs of particles: all of a small box, or those that a tree finds."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise
from operations.design import pairs
from operations.design.pairs import by_types, pairs_within


@pytest.mark.parametrize("name", ["square", "CsCl"])
def test_a_tree_and_all_pairs_find_the_same(name, monkeypatch):
    one = with_noise(crystal(name, 5, 1.0), 0.1, np.random.default_rng(2))
    r_cut = 0.45 * float(one.widths.min())
    every, once = pairs_within(one, r_cut), pairs_within(one, r_cut, once=True)
    monkeypatch.setattr(pairs, "MOST_OF_ALL", 0)
    near = pairs_within(one, r_cut)
    assert len(every.i) == len(near.i) == 2 * len(once.i) > 100
    first, second = np.lexsort((every.j, every.i)), np.lexsort((near.j, near.i))
    for key in ("i", "j", "r", "unit"):
        assert getattr(every, key)[first] == pytest.approx(getattr(near, key)[second])
    counts = {key: int(chosen.sum()) for key, chosen in by_types(one, once, one.type_names)}
    assert sum(counts.values()) == len(once.i)


def test_a_narrow_box_is_refused():
    with pytest.raises(ValueError, match="more than half the width of the box"):
        pairs_within(crystal("square", 4, 1.0), 2.01)
