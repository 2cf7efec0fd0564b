"""Labels by models that give each particle one of the classes that they were trained on."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.labels import UNKNOWN, Labels

#: Particles around one that look at much the same neighbours: so many are one vote.
_VOTE = 13


class ClassModel(Protocol):
    """What is asked of a model: the dimensions and classes that it was trained on, the hash of its
    file, and the probability of every class for every particle."""

    @property
    def dimensions(self) -> Any: ...

    @property
    def classes(self) -> Any: ...

    @property
    def hash(self) -> str: ...

    def probabilities(self, configuration: Configuration) -> np.ndarray: ...


def class_labels(
    trained: ClassModel, configuration: Configuration, kind: str, model: str
) -> Labels:
    """Labels of a configuration: every particle is of one of the classes.

    Grains are not counted, and lattice constants are not measured.

    Parameters
    ----------
    trained : ClassModel
    configuration : Configuration
    kind, model : str
        What the model is called in messages, and in labels.

    Raises
    ------
    ValueError
        If the model was trained on configurations of other dimensions.
    """
    from analysis.labelling.verdict import verdict
    from analysis.labelling.voids import find_voids

    if configuration.dimensions != trained.dimensions:
        raise ValueError(
            f"the {kind} was trained in {trained.dimensions} dimensions, the configuration has"
            f" {configuration.dimensions}"
        )
    voids, known = find_voids(configuration), trained.probabilities(configuration)
    return verdict(
        np.column_stack([known, np.zeros(len(known))]),
        (*map(str, trained.classes), UNKNOWN),
        voids.surface,
        {},
        _VOTE,
        void_fraction=round(voids.fraction, 4),
        grains=0,
        model=model,
        model_hash=trained.hash,
    )
