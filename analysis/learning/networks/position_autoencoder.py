"""The positions of the neighbours through a bottleneck of few numbers and back, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.learning.networks.graphs import Graph
from analysis.learning.networks.layers import Layers
from analysis.learning.networks.pointnet import pointnet

#: Numbers in the bottleneck, and the neighbours that are to come back.
CODE, POINTS = 6, 14
#: How often the bottleneck is averaged over the neighbours.
AVERAGED = 2


def code(net: Layers, graph: Graph) -> Any:
    """The bottleneck, shape (N, CODE)."""
    return net.dense("code", pointnet(net, graph), CODE)


def reproduced(net: Layers, graph: Graph) -> Any:
    """Squared distance of the points that come back from those there were, shape (N,): of every
    point to the nearest of the others."""
    wide = net.bent("back again", net.bent("back", code(net, graph), 64), 128)
    points = net.dense("points back", wide, 3 * POINTS).reshape(-1, POINTS, 3)
    given = graph.vectors[:, :POINTS]
    away = ((points[:, :, None] - given[:, None, :]) ** 2).sum(axis=-1)
    return net.xp.amin(away, axis=1).mean(axis=1) + net.xp.amin(away, axis=2).mean(axis=1)


@dataclass(frozen=True)
class PositionCode:
    """A trained bottleneck, for the clusterings of `analysis.learning`: what they take are graphs
    in place of rows of features.

    Attributes
    ----------
    weights : dict of str to ndarray

    Notes
    -----
    After Y. Wang, W. Deng, Z. Huang and S. Li, J. Chem. Phys. 156, 154504 (2022), who put a mixture
    of Gaussians on the bottleneck (`analysis.learning.clusters.gaussian_mixture`). The frame is
    ours.
    """

    weights: dict[str, np.ndarray]

    def transform(self, graph: Graph) -> np.ndarray:
        """The bottleneck of every particle, averaged over its neighbours, shape (N, CODE).

        Which neighbour is the nearest, on whom the frame stands, is chance in a crystal that
        moves: its particles have several codes, and one mean.
        """
        from analysis.descriptors.nested_shells import average

        layers = Layers(self.weights)
        found = np.asarray(code(layers, graph))
        for _ in range(AVERAGED):
            found = average(found, graph.indices, layers.fade(graph.distances)[..., 0])
        return found


def position_autoencoder(graphs: Sequence[Graph], steps: int = 1500, seed: int = 0) -> PositionCode:
    """Train the bottleneck on neighbourhoods; needs torch.

    Parameters
    ----------
    graphs : sequence of Graph
    steps, seed : int
    """
    from analysis.learning.networks.training import Part, fitted

    parts = [Part(each, None, np.zeros(len(each.vectors))) for each in graphs]
    weights, _ = fitted(reproduced, parts, lambda error, _: error.mean(), steps, seed)
    return PositionCode(weights)
