"""The points of a campaign as numbers: each axis from 0 to 1, and texts as groups of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.notation import format_value
from analysis.phase_diagram.table import Scale


@dataclass(frozen=True)
class Space:
    """Points among which distances mean something.

    Attributes
    ----------
    points : ndarray of float64, shape (n, d)
        Along each axis of numbers that varies, the value, or its logarithm where the values are
        spaced so; its range is from 0 to 1.
    groups : ndarray of int, shape (n,)
        Points of one group agree in all texts; nothing is concluded from one group about another.
    axes : tuple of str
        Names of the d axes.
    """

    points: np.ndarray
    groups: np.ndarray
    axes: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[Sequence[Any]], names: Sequence[str]) -> Space:
        """The space of points, each with a value, or None, by the names of the axes."""
        columns, texts, axes = [], [], []
        for k, name in enumerate(names):
            column = [value[k] for value in values]
            scale = Scale.of(column, name)
            place = scale.coordinates
            if scale.kind == "category" or not np.isfinite(place).all():
                texts.append([format_value(value) for value in column])
            elif len(place) and np.ptp(place) > 0:
                columns.append((place - place.min()) / np.ptp(place))
                axes.append(name)
        points = np.stack(columns, axis=1) if columns else np.zeros((len(values), 0))
        groups = np.zeros(len(values), dtype=int)
        if texts:
            whole = ["\0".join(words) for words in zip(*texts, strict=True)]
            groups = np.unique(whole, return_inverse=True)[1].reshape(-1)
        return cls(points, groups, tuple(axes))

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return int(self.groups.max()) + 1 if len(self.groups) else 0
