"""Neural fingerprints: what a hash of neighbours collects, with layers instead of the hash."""

from __future__ import annotations

from typing import Any

from analysis.learning.networks.graphs import Graph
from analysis.learning.networks.layers import WIDTH, Layers

#: How far neighbours of neighbours are followed.
RADIUS = 3


def neural_fingerprint(net: Layers, graph: Graph) -> Any:
    """The fingerprint of every particle, shape (N, WIDTH).

    Parameters
    ----------
    net : Layers
    graph : Graph

    Notes
    -----
    D. Duvenaud et al., NIPS 2015, for molecules: of every radius a soft entry is written into the
    fingerprint. Bonds here are the distances of neighbours, and the fingerprint of a particle is
    that of what it reaches, not of all particles.
    """
    shells, fade = net.gaussians(graph.distances), net.fade(graph.distances)
    bonds = (shells * fade).sum(axis=1) / 6.0
    values, written = net.bent("kinds", graph.kinds, WIDTH), 0.0
    for k in range(RADIUS):
        around = (values[graph.indices] * fade).sum(axis=1) / 6.0
        values = net.bent(f"{k}", net.joined(values, around, bonds), WIDTH)
        written = written + net.shares(net.dense(f"{k} entry", values, WIDTH), 1.0, -1)
    return written
