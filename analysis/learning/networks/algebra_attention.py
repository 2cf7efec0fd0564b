"""Attention among products of the vectors to two neighbours, of which invariants are read."""

from __future__ import annotations

from typing import Any

from analysis.learning.networks.graphs import Graph
from analysis.learning.networks.layers import WIDTH, Layers

#: Numbers of a pair.
PAIR = 16


def algebra_attention(net: Layers, graph: Graph) -> Any:
    """Numbers of every particle, shape (N, WIDTH); the same in every orientation.

    Parameters
    ----------
    net : Layers
    graph : Graph

    Notes
    -----
    M. Spellings, Geometric algebra attention networks for small point clouds (2021). The product
    of two vectors in geometric algebra is a scalar, their inner product, and a bivector, of which
    the length is invariant. A first block renews each neighbour by its pairs, so that the second
    one, over all pairs, sees three neighbours at a time.
    """
    vectors, distances = graph.vectors, graph.distances
    fade = net.fade(distances)
    pairs = fade[:, :, None] * fade[:, None, :]
    length = net.xp.sqrt((vectors**2).sum(axis=-1) + 1e-6)
    product = length[:, :, None] * length[:, None, :]
    cosine = net.xp.einsum("nix,njx->nij", vectors, vectors) / product
    bivector = net.xp.sqrt(net.xp.clip(1.0 - cosine**2, 1e-6, None))
    invariants = net.xp.stack(
        [
            length[:, :, None] + 0.0 * product,
            length[:, None, :] + 0.0 * product,
            cosine,
            cosine * cosine * cosine,
            bivector,
            product * cosine,
            product * bivector,
        ],
        axis=-1,
    )
    values = net.bent("one pair again", net.bent("one pair", invariants, PAIR), PAIR)
    shares = net.shares(net.dense("one score", values, 1), pairs, 2)
    renewed = (shares * net.dense("one value", values, PAIR)).sum(axis=2)
    seen = net.dense("two pair", invariants, PAIR)
    here, there = net.dense("two here", renewed, PAIR), net.dense("two there", renewed, PAIR)
    seen = net.xp.clip(seen + here[:, :, None] + there[:, None, :], 0.0, None)
    values = net.bent("two pair again", seen, PAIR)
    shares = net.shares(net.dense("two score", values, 1), pairs, 2)
    each = (shares * net.dense("two value", values, WIDTH)).sum(axis=2)
    shares = net.shares(net.dense("all score", each, 1), fade, 1)
    return net.bent("read", net.bent("all", (shares * each).sum(axis=1), WIDTH), WIDTH)
