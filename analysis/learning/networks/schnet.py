"""SchNet: convolutions whose filter is a learned function of the distance; with angles, too."""

from __future__ import annotations

from typing import Any

from analysis.learning.networks.graphs import Graph
from analysis.learning.networks.layers import WIDTH, Layers

#: Convolutions, one behind the other.
CONVOLUTIONS = 2
#: Gaussians of the cosine, and numbers of an edge.
COSINES, EDGE = 8, 16


def schnet(net: Layers, graph: Graph) -> Any:
    """Numbers of every particle, shape (N, WIDTH), from distances.

    Parameters
    ----------
    net : Layers
    graph : Graph

    Notes
    -----
    K. T. Schütt, H. E. Sauceda, P.-J. Kindermans, A. Tkatchenko and K.-R. Müller, J. Chem. Phys.
    148, 241722 (2018). Filters here are sums of Gaussians. Angles come in by the neighbours of
    neighbours only.
    """
    basis = net.gaussians(graph.distances) * net.fade(graph.distances)
    return _convolutions(net, graph, basis)


def line_graph(net: Layers, graph: Graph) -> Any:
    """The same where a filter is learnt from the angles to other neighbours, too: edges are the
    particles of a second graph, angles its edges.

    Notes
    -----
    K. Choudhary and B. DeCost, npj Comput. Mater. 7, 185 (2021): ALIGNN; S. Banik et al., npj
    Comput. Mater. 9, 23 (2023): CEGANN. Angles here are those between two edges of one particle.
    """
    unit = graph.vectors / net.xp.sqrt((graph.vectors**2).sum(axis=-1) + 1e-6)[..., None]
    cosines = unit @ net.xp.swapaxes(unit, -1, -2)
    fade = net.fade(graph.distances)
    angles = net.gaussians(cosines, -1.0, 1.0, COSINES) * fade[:, None]
    shells = net.gaussians(graph.distances)
    around = net.convolved("angles", shells[:, None], angles, EDGE)
    edges = net.xp.clip(around + net.dense("edges", shells, EDGE), 0.0, None)
    return _convolutions(net, graph, net.bent("edges again", edges, EDGE) * fade)


def _convolutions(net: Layers, graph: Graph, basis: Any) -> Any:
    values = graph.kinds
    for k in range(CONVOLUTIONS):
        n = graph.after(k)
        heard = net.convolved(f"{k} hear", net.at(values, graph.indices[:n]), basis[:n], WIDTH)
        values = net.xp.clip(heard + net.dense(f"{k} own", values[:n], WIDTH), 0.0, None)
        values = net.bent(f"{k} take", values, WIDTH)
    return net.bent("read", values, WIDTH)
