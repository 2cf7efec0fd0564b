"""Counting components of bonds."""

import numpy as np

from analysis.labelling.grains import count_grains


def chain(n, cut=()):
    i = np.arange(n - 1)
    return n, i, i + 1, ~np.isin(i, cut)


def test_components():
    assert count_grains(*chain(30)) == 1
    assert count_grains(*chain(30, cut=(14,))) == 2


def test_small_ones_are_defects():
    assert count_grains(*chain(30, cut=(3,))) == 1
    # Three per cent of 1000 are 30.
    assert count_grains(*chain(1000, cut=(20,))) == 1
    assert count_grains(*chain(1000, cut=(40,))) == 2


def test_nothing_aligned_is_no_grain():
    n, i, j, _ = chain(5)
    assert count_grains(n, i, j, np.zeros(len(i), dtype=bool)) == 0
    assert count_grains(0, i[:0], j[:0], np.zeros(0, dtype=bool)) == 0
