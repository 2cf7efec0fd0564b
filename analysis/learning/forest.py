"""Own classes from few examples: a random forest on simple features, kept as plain arrays.

Labels then do not depend on the version of scikit-learn, loading a model runs no code, and the
hash of its file names it exactly.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from analysis.archives import read_arrays
from analysis.configuration import Configuration
from analysis.descriptors.bispectrum import Bispectrum
from analysis.descriptors.bond_angles import BondAngles
from analysis.descriptors.common_neighbours import CommonNeighbours
from analysis.descriptors.descriptor import Descriptor
from analysis.descriptors.neighbourhood_graphs import NeighbourhoodGraphs
from analysis.descriptors.sorted_distances import SortedDistances
from analysis.descriptors.spherical_neighbourhoods import SphericalNeighbourhoods
from analysis.descriptors.symmetry_functions import SymmetryFunctions
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.learning.class_labels import class_labels
from workspace_schema.files import replacing

MODEL = "forest-1"
#: Descriptors that a file may name.
DESCRIPTORS: dict[str, type[Descriptor]] = {
    each.__name__: each
    for each in (
        SortedDistances,
        BondAngles,
        SymmetryFunctions,
        CommonNeighbours,
        SphericalNeighbourhoods,
        Bispectrum,
        NeighbourhoodGraphs,
    )
}


@dataclass(frozen=True)
class Forest:
    """A random forest and the descriptors that it reads.

    Attributes
    ----------
    classes : ndarray of str, shape (n_classes,)
    dimensions : ndarray of int, shape ()
        Of the configurations that it was grown on.
    described : ndarray of str, shape (n_descriptors,)
        Name and arguments of each descriptor, as JSON.
    roots : ndarray of int, shape (n_trees,)
        First node of each tree.
    feature, threshold : ndarray, shape (n_nodes,)
        A particle goes left where this feature is not above the threshold; -1 at a leaf.
    left, right : ndarray of int, shape (n_nodes,)
        Nodes to go on with.
    share : ndarray, shape (n_nodes, n_classes)
        Of the training particles at the node that are of each class, which weigh the same.
    importance : ndarray, shape (n_features,)
        Mean decrease of impurity.
    out_of_bag : ndarray, shape ()
        Part of the training particles that trees which were not grown on them get right. Particles
        of one configuration are alike: others are the better test.
    hash : str
        Of the file.
    """

    classes: np.ndarray
    dimensions: np.ndarray
    described: np.ndarray
    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    share: np.ndarray
    importance: np.ndarray
    out_of_bag: np.ndarray
    hash: str = ""

    @property
    def descriptors(self) -> tuple[Descriptor, ...]:
        """What it reads."""
        named = [json.loads(str(each)) for each in self.described]
        return tuple(DESCRIPTORS[name](**arguments) for name, arguments in named)

    def probabilities(self, configuration: Configuration) -> np.ndarray:
        """Of every particle to be of every class, shape (N, n_classes); means over the trees."""
        rows = _features(configuration, self.descriptors).astype(np.float32)
        found = np.zeros((len(rows), len(self.classes)))
        _descend(
            rows, self.roots, self.feature, self.threshold, self.left, self.right, self.share, found
        )
        return found

    def importances(self) -> dict[str, float]:
        """How much each feature decides (mean decrease of impurity), largest first."""
        names = [column for each in self.descriptors for column in each.columns]
        order = np.argsort(-self.importance, kind="stable")
        return {names[k]: float(self.importance[k]) for k in order}

    def label(self, configuration: Configuration) -> Labels:
        """See `class_labels`."""
        return class_labels(self, configuration, "forest", MODEL)

    def save(self, file: Path) -> None:
        """Write the arrays; the same forest gives the same bytes."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "hash"}
        with replacing(file) as temporary:
            np.savez_compressed(temporary, **arrays)

    def _check(self) -> None:
        """Raise ValueError where not every particle comes to a leaf: a file may say anything, and
        compiled functions believe it."""
        n, inner = len(self.feature), np.flatnonzero(self.feature >= 0)
        below = np.stack([self.left, self.right])[:, inner]
        columns = sum(len(each.columns) for each in self.descriptors)
        whole = (self.roots, self.feature, self.left, self.right)
        if not (
            all(one.dtype.kind == "i" and one.ndim == 1 for one in whole)
            and self.threshold.dtype.kind == self.share.dtype.kind == "f"
            and self.threshold.shape == (n,)
            and self.share.shape == (n, len(self.classes))
            and len(self.roots)
            and ((self.roots >= 0) & (self.roots < n)).all()
            and (self.feature < columns).all()
            and ((below > inner) & (below < n)).all()  # onwards, never around
        ):
            raise ValueError("its trees are none")

    @classmethod
    def load(cls, file: Path) -> Forest:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is no forest, or a link, which a root may not lead out by.
        """
        if file.is_symlink():
            raise ValueError(f"{file} is a link; expected the file itself")
        try:
            arrays: dict[str, Any] = read_arrays(file)
            forest = cls(**arrays)
            forest._check()
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file} is no forest: {error}") from error
        return replace(forest, hash=hashlib.sha256(file.read_bytes()).hexdigest()[:16])


def random_forest(
    examples: Mapping[str, Iterable[Configuration]],
    descriptors: Sequence[Descriptor] | None = None,
    trees: int = 200,
    sample: int = 500,
    seed: int = 0,
) -> Forest:
    """Grow a forest on configurations of known classes.

    Parameters
    ----------
    examples : mapping of str to configurations
        Of every class: simulated, or prototypes with noise.
    descriptors : sequence of Descriptor, optional
        Distances of the 18 nearest and bond angles of the 12 nearest unless told otherwise.
    trees : int
    sample : int
        Particles of each configuration that are learnt from, at most.
    seed : int

    Raises
    ------
    ValueError
        With fewer than two classes, a class without particles or called "unknown", configurations
        of two and three dimensions, or a descriptor that cannot be kept.

    Notes
    -----
    Breiman, Machine Learning 45, 5 (2001). Classes weigh the same, whatever their numbers. Two- and
    three-body features: Reinhart, Comput. Mater. Sci. 196, 110511 (2021).
    """
    from sklearn.ensemble import RandomForestClassifier

    if len(examples) < 2:
        raise ValueError(f"examples are of {len(examples)} classes, expected at least two")
    if UNKNOWN in examples:
        raise ValueError(f"a class is called {UNKNOWN!r}, which is what has no class")
    chosen = tuple(descriptors or (SortedDistances(18), BondAngles(12)))
    described = [_described(each) for each in chosen]
    rng = np.random.default_rng(seed)
    rows, classes, dimensions = [], [], set()
    for number, (name, configurations) in enumerate(examples.items()):
        found = []
        for each in configurations:
            dimensions.add(each.dimensions)
            features = _features(each, chosen)
            found.append(features[rng.permutation(len(features))[:sample]])
        if not sum(map(len, found)):
            raise ValueError(f"class {name!r} has no particles")
        rows += found
        classes += [np.full(len(part), number) for part in found]
    if len(dimensions) > 1:
        raise ValueError("examples are of two and of three dimensions, expected one of them")
    forest = RandomForestClassifier(
        trees, class_weight="balanced", min_samples_leaf=2, oob_score=True, random_state=seed
    ).fit(np.concatenate(rows), np.concatenate(classes))
    grown = [each.tree_ for each in forest.estimators_]
    roots = np.cumsum([0] + [tree.node_count for tree in grown[:-1]])
    weights = np.concatenate([tree.value[:, 0] for tree in grown])
    return Forest(
        classes=np.array(list(examples)),
        dimensions=np.array(dimensions.pop()),
        described=np.array(described),
        roots=roots,
        feature=np.concatenate(
            [np.where(tree.children_left < 0, -1, tree.feature) for tree in grown]
        ),
        threshold=np.concatenate([tree.threshold for tree in grown]),
        left=np.concatenate(
            [tree.children_left + root for tree, root in zip(grown, roots, strict=True)]
        ),
        right=np.concatenate(
            [tree.children_right + root for tree, root in zip(grown, roots, strict=True)]
        ),
        share=weights / weights.sum(axis=1, keepdims=True),
        importance=forest.feature_importances_,
        out_of_bag=np.array(forest.oob_score_),
    )


def _features(configuration: Configuration, descriptors: Iterable[Descriptor]) -> np.ndarray:
    return np.concatenate([each.compute(configuration).features for each in descriptors], axis=1)


def _described(descriptor: Descriptor) -> str:
    """Name and arguments of a descriptor, which keeps these as attributes, as JSON."""
    name = type(descriptor).__name__
    if name not in DESCRIPTORS:
        raise ValueError(f"descriptor is {name}, expected one of {', '.join(DESCRIPTORS)}")
    arguments = inspect.signature(type(descriptor)).parameters
    return json.dumps([name, {key: getattr(descriptor, key) for key in arguments}])


@njit(cache=True)
def _descend(rows, roots, feature, threshold, left, right, share, found):
    for i in range(len(rows)):
        for node in roots:
            while feature[node] >= 0:
                below = rows[i, feature[node]] <= threshold[node]
                node = left[node] if below else right[node]
            for c in range(share.shape[1]):
                found[i, c] += share[node, c] / len(roots)
