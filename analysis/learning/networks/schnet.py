"""SchNet: convolutions whose filter is a learned function of the distance."""

from __future__ import annotations

from typing import Any

from analysis.learning.networks.graphs import Graph
from analysis.learning.networks.layers import WIDTH, Layers

#: Convolutions, one behind the other.
CONVOLUTIONS = 3


def schnet(net: Layers, graph: Graph) -> Any:
    """Numbers of every particle, shape (N, WIDTH).

    Parameters
    ----------
    net : Layers
    graph : Graph

    Notes
    -----
    K. T. Schütt, H. E. Sauceda, P.-J. Kindermans, A. Tkatchenko and K.-R. Müller, J. Chem. Phys.
    148, 241722 (2018). Angles come in by the neighbours of neighbours only.
    """
    shells, fade = net.gaussians(graph.distances), net.fade(graph.distances)
    values = net.dense("kinds", graph.kinds, WIDTH)
    for k in range(CONVOLUTIONS):
        filters = net.dense(f"{k} filter", net.bent(f"{k} shells", shells, WIDTH), WIDTH) * fade
        around = (net.dense(f"{k} send", values, WIDTH)[graph.indices] * filters).sum(axis=1)
        values = values + net.dense(f"{k} take", net.bent(f"{k} hear", around, WIDTH), WIDTH)
    return net.bent("read", values, WIDTH)
