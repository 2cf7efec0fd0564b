"""Crystal graphs: gated messages along edges, whose angles a line graph adds."""

from __future__ import annotations

from typing import Any

from analysis.learning.networks.graphs import Graph
from analysis.learning.networks.layers import WIDTH, Layers

#: Rounds of messages; numbers of an edge, and the neighbours that have angles, in a line graph.
ROUNDS, EDGE, ANGLED = 3, 16, 12


def crystal_graph(net: Layers, graph: Graph) -> Any:
    """Numbers of every particle, shape (N, WIDTH), from distances.

    Parameters
    ----------
    net : Layers
    graph : Graph

    Notes
    -----
    T. Xie and J. C. Grossman, Phys. Rev. Lett. 120, 145301 (2018).
    """
    values = net.dense("kinds", graph.kinds, WIDTH)
    edges, fade = net.gaussians(graph.distances), net.fade(graph.distances)
    for k in range(ROUNDS):
        values = values + _gated(net, f"{k}", values, edges, fade, graph.indices)
        values = net.xp.clip(values, 0.0, None)
    return net.bent("read", values, WIDTH)


def line_graph(net: Layers, graph: Graph) -> Any:
    """The same with angles: edges are the particles of a second graph, angles its edges.

    Notes
    -----
    K. Choudhary and B. DeCost, npj Comput. Mater. 7, 185 (2021): ALIGNN; S. Banik et al., npj
    Comput. Mater. 9, 23 (2023): CEGANN. Angles here are those between two edges of one particle.
    """
    vectors, distances = graph.vectors[:, :ANGLED], graph.distances[:, :ANGLED]
    length = net.xp.sqrt((vectors**2).sum(axis=-1) + 1e-6)
    product = length[:, :, None] * length[:, None, :]
    cosine = net.xp.einsum("nix,njx->nij", vectors, vectors) / product
    angles, fade = net.gaussians(cosine, -1.0, 1.0), net.fade(distances)
    values = net.dense("kinds", graph.kinds, WIDTH)
    edges = net.dense("edges", net.gaussians(distances), EDGE)
    for k in range(ROUNDS - 1):
        sums = []
        for kind in ("gate", "value"):
            here, there = (
                net.dense(f"{k} edge {kind} {end}", edges, EDGE) for end in ("here", "there")
            )
            angle = net.dense(f"{k} angle {kind}", angles, EDGE)
            sums.append(angle + here[:, :, None] + there[:, None, :])
        gates, told = 1.0 / (1.0 + net.xp.exp(-sums[0])), net.xp.clip(sums[1], 0.0, None)
        edges = edges + (gates * told * fade[:, None]).sum(axis=2) / 6.0
        values = values + _gated(net, f"{k}", values, edges, fade, graph.indices[:, :ANGLED])
        values = net.xp.clip(values, 0.0, None)
    return net.bent("read", values, WIDTH)


def _gated(net: Layers, name: str, values: Any, edges: Any, fade: Any, indices: Any) -> Any:
    """What comes along the edges: a gate of both ends and the edge, times a value of them."""
    sums = []
    for kind in ("gate", "value"):
        here = net.dense(f"{name} {kind} here", values, WIDTH)[:, None]
        there = net.dense(f"{name} {kind} there", values, WIDTH)[indices]
        sums.append(net.dense(f"{name} {kind} edge", edges, WIDTH) + here + there)
    gates, told = 1.0 / (1.0 + net.xp.exp(-sums[0])), net.xp.clip(sums[1], 0.0, None)
    return (gates * told * fade).sum(axis=1) / 6.0
