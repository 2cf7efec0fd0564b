"""Own classes from few examples: a random forest on simple features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.bond_angles import BondAngles
from analysis.descriptors.descriptor import Descriptor
from analysis.descriptors.sorted_distances import SortedDistances

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier


@dataclass(frozen=True)
class Forest:
    """A random forest and the descriptors that it reads.

    Attributes
    ----------
    classes : tuple of str
    descriptors : tuple of Descriptor
    out_of_bag : float
        Part of the training particles that trees which were not grown on them get right. Particles
        of one configuration are alike: others are the better test.
    """

    classes: tuple[str, ...]
    descriptors: tuple[Descriptor, ...]
    out_of_bag: float
    _trees: RandomForestClassifier = field(repr=False)

    def probabilities(self, configuration: Configuration) -> np.ndarray:
        """Of every particle to be of every class, shape (N, n_classes); means over the trees."""
        return np.asarray(self._trees.predict_proba(_features(configuration, self.descriptors)))

    def importances(self) -> dict[str, float]:
        """How much each feature decides (mean decrease of impurity), largest first."""
        names = [column for each in self.descriptors for column in each.columns]
        order = np.argsort(-self._trees.feature_importances_, kind="stable")
        return {names[k]: float(self._trees.feature_importances_[k]) for k in order}


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
        With fewer than two classes, or a class without particles.

    Notes
    -----
    Breiman, Machine Learning 45, 5 (2001). Classes weigh the same, whatever their numbers. Two- and
    three-body features: Reinhart, Comput. Mater. Sci. 196, 110511 (2021).
    """
    from sklearn.ensemble import RandomForestClassifier

    if len(examples) < 2:
        raise ValueError(f"examples are of {len(examples)} classes, expected at least two")
    chosen = tuple(descriptors or (SortedDistances(18), BondAngles(12)))
    rng = np.random.default_rng(seed)
    rows, classes = [], []
    for number, (name, configurations) in enumerate(examples.items()):
        found = [_features(each, chosen) for each in configurations]
        found = [rows[rng.permutation(len(rows))[:sample]] for rows in found]
        if not sum(map(len, found)):
            raise ValueError(f"class {name!r} has no particles")
        rows += found
        classes += [np.full(len(part), number) for part in found]
    forest = RandomForestClassifier(
        trees, class_weight="balanced", min_samples_leaf=2, oob_score=True, random_state=seed
    ).fit(np.concatenate(rows), np.concatenate(classes))
    return Forest(tuple(examples), chosen, float(forest.oob_score_), forest)


def _features(configuration: Configuration, descriptors: Iterable[Descriptor]) -> np.ndarray:
    return np.concatenate([each.compute(configuration).features for each in descriptors], axis=1)
