"""Messages along edges that are vectors, as networks for glasses pass them."""

from __future__ import annotations

from typing import Any

from analysis.learning.networks.graphs import Graph
from analysis.learning.networks.layers import WIDTH, Layers

#: Rounds of messages, all by the same layers.
ROUNDS = 3


def message_passing(net: Layers, graph: Graph) -> Any:
    """Numbers of every particle, shape (N, WIDTH).

    Edges are vectors as they are: that orientation means nothing is learnt from turned examples.

    Parameters
    ----------
    net : Layers
    graph : Graph

    Notes
    -----
    V. Bapst et al., Nat. Phys. 16, 448 (2020): edges and particles have a state each, which the
    same core renews several times. K. Swanson, S. Trivedi, J. Lequieu, K. Swanson and R. Kondor,
    Soft Matter 16, 435 (2020), on glasses and liquids. The first layer of each core acts on its
    three inputs one by one, which is the same and cheaper.
    """
    fade = net.fade(graph.distances)
    first = net.joined(graph.vectors, graph.distances[..., None])
    edges = net.bent("vectors again", net.bent("vectors", first, WIDTH), WIDTH)
    values = net.bent("kinds", graph.kinds, WIDTH)
    for _ in range(ROUNDS):
        here = net.dense("edge here", values, WIDTH)[:, None]
        there = net.dense("edge there", values, WIDTH)[graph.indices]
        sent = net.xp.clip(net.dense("edge", edges, WIDTH) + here + there, 0.0, None)
        edges = edges + net.dense("edge again", sent, WIDTH)
        around = (edges * fade).sum(axis=1) / 6.0
        heard = net.bent("particle", net.joined(values, around), WIDTH)
        values = values + net.dense("particle again", heard, WIDTH)
    return net.bent("read", values, WIDTH)
