"""PointNet: the neighbours as a cloud of points, each read alike, the largest numbers kept."""

from __future__ import annotations

from typing import Any

from analysis.learning.networks.graphs import Graph
from analysis.learning.networks.layers import WIDTH, Layers


def pointnet(net: Layers, graph: Graph) -> Any:
    """Numbers of every particle, shape (N, WIDTH).

    Positions are those in a frame of the neighbourhood: an orientation that has to be learnt from
    turned examples costs more of them than all else.

    Parameters
    ----------
    net : Layers
    graph : Graph

    Notes
    -----
    R. S. DeFever, C. Targonski, S. W. Hall, M. C. Smith and S. Sarupria, Chem. Sci. 10, 7503
    (2019); C. R. Qi, H. Su, K. Mo and L. J. Guibas, CVPR 2017, without its transformation of the
    input.
    """
    points = net.bent("points", graph.vectors, 32)
    points = net.bent("points again", points, 64)
    points = net.dense("points at last", points, 128)
    cloud = net.bent("cloud", net.xp.amax(points, axis=1), 64)
    return net.bent("cloud again", cloud, WIDTH)
