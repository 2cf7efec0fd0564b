"""Clusters without labels: how many, which, and names that stay."""

import numpy as np
import pytest

from analysis.learning.clusters import density_clusters, gaussian_mixture, named
from analysis.learning.density_peaks import density_peaks
from analysis.learning.embedding import principal_components

CENTRES = np.array([[0.0, 0, 0], [6, 0, 0], [0, 6, 3]])


def blobs(sizes, seed=0):
    rng = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(len(sizes)), sizes)
    return CENTRES[kinds] + rng.normal(0, 0.5, (len(kinds), 3)), kinds


@pytest.fixture(
    params=[gaussian_mixture, density_clusters, density_peaks], ids=lambda each: each.__name__
)
def method(request):
    return request.param


def test_number_and_members(method):
    features, kinds = blobs([300, 200, 100])
    clusters = method(principal_components(features), features)
    assert len(clusters.means) == 3
    assigned = clusters.probabilities(features).argmax(axis=1)
    for kind in range(3):
        assert len(np.unique(assigned[kinds == kind])) == 1
    np.testing.assert_allclose(np.sort(clusters.weights), [1 / 6, 1 / 3, 1 / 2], atol=0.03)


def test_one_cluster_is_one():
    features = np.random.default_rng(0).normal(size=(600, 3))
    for method in (gaussian_mixture, density_peaks):
        assert len(method(principal_components(features), features).means) == 1


def test_peaks_do_not_depend_on_the_order_of_rows():
    features, _ = blobs([300, 200, 100])
    embedding = principal_components(features)
    order = np.random.default_rng(1).permutation(len(features))
    found = density_peaks(embedding, features[order]).probabilities(features)
    expected = density_peaks(embedding, features).probabilities(features)
    pairs = np.unique(np.stack([found.argmax(axis=1), expected.argmax(axis=1)]), axis=1)
    assert pairs.shape[1] == 3  # one to one


def test_peaks_of_what_is_no_number():
    with pytest.raises(ValueError, match="not finite"):
        density_peaks(principal_components(np.zeros((4, 2))), np.full((4, 2), np.nan))


def test_names(method):
    features, kinds = blobs([300, 200, 100])
    labels = np.array(["unknown", "fcc", "unknown"])[kinds]
    clusters = named(method(principal_components(features), features), features, labels)
    assigned = np.array(clusters.names)[clusters.probabilities(features).argmax(axis=1)]
    assert set(assigned[kinds == 0]) == {"new-1"}
    assert set(assigned[kinds == 1]) == {"fcc"}
    assert set(assigned[kinds == 2]) == {"new-2"}


def test_a_new_crystal_keeps_its_name_when_jobs_are_added(method):
    first, kinds = blobs([300, 200])
    labels = np.array(["unknown", "fcc"])[kinds]
    before = named(method(principal_components(first), first), first, labels)
    # More particles of a third kind than of the first: it must not become new-1.
    second, kinds = blobs([200, 200, 500], seed=1)
    labels = np.array(["unknown", "fcc", "unknown"])[kinds]
    after = named(method(principal_components(second), second), second, labels, before)
    assigned = np.array(after.names)[after.probabilities(second).argmax(axis=1)]
    assert set(assigned[kinds == 0]) == {"new-1"}
    assert set(assigned[kinds == 2]) == {"new-2"}
