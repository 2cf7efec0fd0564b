"""UMAP keeps clusters apart, and rows that come later fall into them."""

import numpy as np
import pytest

from analysis.learning.clusters import density_clusters
from analysis.learning.umap_embedding import umap_embedding

pytest.importorskip("umap")


@pytest.mark.slow  # umap-learn is compiled at every start
def test_clusters():
    rng = np.random.default_rng(0)
    kinds = np.repeat([0, 1, 2], 80)
    features = rng.normal(0.0, 0.4, (240, 5)) + 4.0 * np.eye(5)[kinds]
    embedding = umap_embedding(features, neighbours=15)
    assert embedding.transform(features).shape == (240, 2)
    assigned = density_clusters(embedding, features, 30).probabilities(features).argmax(axis=1)
    for kind in range(3):
        assert len(np.unique(assigned[kinds == kind])) == 1
    assert len(np.unique(assigned)) == 3
