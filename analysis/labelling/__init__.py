"""Which phases a configuration consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.orientational_order import MODEL, OrientationalOrder, oriented_label
from analysis.labelling.labellers import MODELS, PRODUCTION, labeller
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.liquid_crystals import label_liquid_crystal

__all__ = ["MODELS", "PRODUCTION", "Labels", "label_configuration"]


def label_configuration(
    configuration: Configuration,
    asked: str | Mapping[str, Any] = PRODUCTION,
    models: Path = MODELS,
) -> Labels:
    """Label a configuration and every particle in it.

    Parameters
    ----------
    configuration : Configuration
        Two- or three-dimensional, periodic (any cell, down to one particle) or open.
    asked : str or mapping
        Name of the labeller, one of `analysis.labelling.labellers.LABELLERS`, or the block `labels`
        of a campaign: its `model`, `head` and `train`.
    models : Path
        Folder of the models that were trained on configurations of one's own.

    Returns
    -------
    Labels
        "unknown" with a `reason` where there is too little to decide, or nothing that fits.

    Raises
    ------
    ValueError
        If coordinates or the box are not finite, or it has neither two nor three dimensions, or
        the labeller is not known, has no model or cannot label one configuration.

    Notes
    -----
    The production labels do not look at types: a phase is where particles sit, not which. Where
    they have shapes, how they are turned tells a plastic crystal from a crystal and a nematic from
    a fluid; fluids of long or flat bodies are told by their axes and waves alone. The meaning of
    every label, the thresholds and the measured accuracy are in docs/labels.md.
    """
    from analysis.descriptors.orientational_order import orientational_order
    from analysis.neighbourhoods import check_positions

    if configuration.dimensions not in (2, 3):
        raise ValueError(f"dimensions is {configuration.dimensions}, expected 2 or 3")
    check_positions(configuration)
    is_production = PRODUCTION in (asked, asked["model"] if isinstance(asked, Mapping) else asked)
    long = label_liquid_crystal(configuration) if is_production else None
    if long is not None and long.label != UNKNOWN:
        return long
    labels = labeller(asked, models)(configuration)
    if not is_production:
        return labels
    if long is not None and labels.label == "fluid":
        return long  # waves in several directions: no fluid, whatever neighbours look like
    dominant = [phase == labels.label for phase in labels.phase_names]
    order = orientational_order(configuration, np.array(dominant)[labels.per_particle])
    return labels if order is None else _oriented(labels, order, configuration.dimensions)


def _oriented(labels: Labels, order: OrientationalOrder, dimensions: int) -> Labels:
    """The labels with the name of the dominant phase that says how particles are turned."""
    name = oriented_label(labels.label, order, dimensions)

    def renamed(phase: str) -> str:
        return name if phase == labels.label else phase

    return replace(
        labels,
        label=name,
        phases=[phase | {"phase": renamed(phase["phase"])} for phase in labels.phases],
        phase_names=tuple(map(renamed, labels.phase_names)),
        orientational_order=asdict(order),
        model=f"{labels.model}+{MODEL}",
        model_hash=f"{labels.model_hash}+{MODEL}",
    )
