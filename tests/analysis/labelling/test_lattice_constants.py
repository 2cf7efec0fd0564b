"""Clustering of lengths."""

import numpy as np
import pytest

from analysis.labelling.lattice_constants import cluster


@pytest.mark.parametrize("ratio", [1.0, 1.02])
def test_one_peak_is_one_cluster(ratio):
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(1.0, 0.02, 300), rng.normal(ratio, 0.02, 300)])
    assert cluster(values).max() == 0


@pytest.mark.parametrize("ratio", [1.15, 1.38, 2.0])
def test_two_peaks_wherever_they_are(ratio):
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(3.0, 0.06, 400), rng.normal(3.0 * ratio, 0.06, 100)])
    np.testing.assert_array_equal(cluster(values), np.repeat([0, 1], [400, 100]))


def test_three_peaks_and_a_small_one_that_joins():
    values = np.repeat([1.0, 1.4, 2.0, 2.1], [50, 40, 30, 5])
    np.testing.assert_array_equal(cluster(values, least=10), np.repeat([0, 1, 2], [50, 40, 35]))


def test_nothing_and_equal_values():
    assert len(cluster(np.zeros(0))) == 0
    np.testing.assert_array_equal(cluster(np.full(9, 1.3)), 0)
