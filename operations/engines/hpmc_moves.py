"""Sizes of HPMC's trial moves, adjusted to their acceptance, those of each type by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

#: Kinds of moves, in the order of the array of their sizes; those of `BY_TYPE` stand there once
#: for every type.
KINDS = ("translation", "rotation", "volume", "length", "shear")
BY_TYPE = KINDS[:2]

#: Acceptance that is aimed at.
TARGET = 0.3

#: Trial moves of a kind before its size is adjusted.
ENOUGH = 20

#: Sizes to begin with and largest ones: of a displacement in diameters of the type (the largest in
#: those of the largest type), of a turn as a change of the quaternion, of a change of ln V, of one
#: length of the box in diameters of the largest type, of a tilt factor.
FIRST = np.array([0.1, 0.2, 0.01, 0.01, 0.01])
LARGEST = np.array([0.5, 0.5, 0.5, 2.0, 0.1])
SMALLEST = 1e-9


def for_types(sizes: np.ndarray, n_types: int) -> np.ndarray:
    """Sizes of `n_types` types from those of as many, or from one of each kind for all of them."""
    n = len(BY_TYPE)
    sizes = np.asarray(sizes, dtype=np.float64)
    if len(sizes) == n * n_types + len(KINDS) - n:
        return sizes.copy()
    return np.concatenate([np.repeat(sizes[:n], n_types), sizes[n:]])


def names(types: Sequence[str]) -> list[str]:
    """What each size is called: its kind, and its type where there are several."""
    each = [kind if len(types) == 1 else f"{kind}.{name}" for kind in BY_TYPE for name in types]
    return each + list(KINDS[len(BY_TYPE) :])


class Moves:
    """Trial moves of an integrator and, if there is one, of the box.

    Parameters
    ----------
    mc : hoomd.hpmc.integrate.HPMCIntegrator
    diameters : mapping of str to float
        Of the circumscribed sphere of every type.
    sizes : ndarray
        As `for_types` takes them.
    turns : bool
        Whether particles are turned, too.
    box : hoomd.hpmc.update.BoxMC, optional
    flexible : bool
        Whether the box changes its shape.
    """

    def __init__(
        self,
        mc: Any,
        diameters: Mapping[str, float],
        sizes: np.ndarray,
        turns: bool = True,
        box: Any = None,
        flexible: bool = False,
    ) -> None:
        self._mc, self._box, self._diameters = mc, box, dict(diameters)
        self._flexible = flexible
        self._ignored: set[str] = set()
        mc.translation_move_probability = 0.5 if turns else 1.0
        self.set(sizes)

    def set(self, sizes: np.ndarray, window: int = 0) -> None:
        """Take these sizes; what is counted begins anew.

        HOOMD-blue counts the moves of all types together. Where there are several, one at a time is
        counted: that which the number of this window is for.
        """
        n = len(self._diameters)
        self.sizes = for_types(sizes, n)
        self._seen = np.zeros((len(KINDS), 2))
        translations, rotations = self.sizes[: 2 * n].reshape(2, n)
        volume, length, shear = (float(size) for size in self.sizes[2 * n :])
        diameters = list(self._diameters.values())
        for k, (name, diameter) in enumerate(self._diameters.items()):
            self._mc.d[name] = float(translations[k]) * diameter
            self._mc.a[name] = float(rotations[k])
        self._count(window)
        if self._box is not None:
            if self._flexible:
                # Not `volume` beside `aspect`: volume moves keep the ratios of lengths that the box
                # had when they were set (4.8.2), and what aspect moves sample is not established.
                self._box.length = {"weight": 1.0, "delta": (length * max(diameters),) * 3}
                self._box.shear = {"weight": 1.0, "delta": (shear,) * 3, "reduce": 0.6}
            else:
                self._box.volume = {"weight": 1.0, "mode": "ln", "delta": volume}

    def _count(self, window: int) -> None:
        """Count the moves of the type of this window only."""
        self._window = window
        self._counted = window % len(self._diameters)
        for k, name in enumerate(self._diameters):
            ignored = k != self._counted
            if ignored != (name in self._ignored):
                self._mc.shape[name]["ignore_statistics"] = ignored
                self._ignored ^= {name}

    def adjust(self) -> None:
        """Make moves larger that are accepted too often, and smaller that are too seldom.

        Counts since the run began, or since the last adjustment, are looked at; the next window is
        that of the next type.
        """
        counts, n = self.counts(), len(self._diameters)
        tried = (counts - self._seen).sum(axis=1)
        enough = tried >= ENOUGH
        accepted = (counts - self._seen)[:, 0] / np.maximum(tried, 1)
        factor = np.clip((accepted + 0.05) / (TARGET + 0.05), 0.5, 2.0)
        counted = [self._counted, n + self._counted, 2 * n, 2 * n + 1, 2 * n + 2]
        sizes, largest = self.sizes.copy(), LARGEST.copy()
        diameters = list(self._diameters.values())
        largest[0] *= max(diameters) / diameters[self._counted]
        new = np.clip(sizes[counted] * factor, SMALLEST, largest)
        sizes[counted] = np.where(enough, new, sizes[counted])
        seen = np.where(enough[:, None], counts, self._seen)
        if n > 1:
            seen[:2] = counts[:2]  # from here on another type is counted
        self.set(sizes, self._window + 1)
        self._seen = seen

    def counts(self) -> np.ndarray:
        """Accepted and rejected moves of every kind since the run began, shape (5, 2); those of
        particles of the types that were counted."""
        counts = [self._mc.translate_moves, self._mc.rotate_moves]
        if self._box is None:
            counts += [(0, 0)] * 3
        elif self._flexible:
            # HOOMD-blue counts moves of a length as moves of the volume
            counts += [(0, 0), self._box.volume_moves, self._box.shear_moves]
        else:
            counts += [self._box.volume_moves, (0, 0), (0, 0)]
        return np.array(counts, dtype=np.float64)
