"""Sizes of HPMC's trial moves, adjusted to their acceptance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

#: Kinds of moves, in the order of the array of their sizes.
KINDS = ("translation", "rotation", "volume", "length", "shear")

#: Acceptance that is aimed at.
TARGET = 0.3

#: Trial moves of a kind before its size is adjusted.
ENOUGH = 20

#: Sizes to begin with and largest ones: of a displacement in diameters of the type, of a turn as a
#: change of the quaternion, of a change of ln V, of one length of the box in diameters of the
#: largest type, of a tilt factor.
FIRST = np.array([0.1, 0.2, 0.01, 0.01, 0.01])
LARGEST = np.array([0.5, 0.5, 0.5, 2.0, 0.1])
SMALLEST = 1e-9


class Moves:
    """Trial moves of an integrator and, if there is one, of the box.

    Parameters
    ----------
    mc : hoomd.hpmc.integrate.HPMCIntegrator
    diameters : mapping of str to float
        Of the circumscribed sphere of every type.
    sizes : ndarray, shape (5,)
        In the order of `KINDS`.
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
        mc.translation_move_probability = 0.5 if turns else 1.0
        self.set(sizes)

    def set(self, sizes: np.ndarray) -> None:
        """Take these sizes; what is counted begins anew."""
        self.sizes = np.array(sizes, dtype=np.float64)
        self._seen = np.zeros((len(KINDS), 2))
        translation, rotation, volume, length, shear = (float(size) for size in self.sizes)
        diameters = list(self._diameters.values())
        for name, diameter in self._diameters.items():
            self._mc.d[name] = translation * diameter
            self._mc.a[name] = rotation
        if self._box is not None:
            if self._flexible:
                # Not `volume` beside `aspect`: volume moves keep the ratios of lengths that the box
                # had when they were set (4.8.2), and what aspect moves sample is not established.
                self._box.length = {"weight": 1.0, "delta": (length * max(diameters),) * 3}
                self._box.shear = {"weight": 1.0, "delta": (shear,) * 3, "reduce": 0.6}
            else:
                self._box.volume = {"weight": 1.0, "mode": "ln", "delta": volume}

    def adjust(self) -> None:
        """Make moves larger that are accepted too often, and smaller that are too seldom.

        Counts since the run began, or since the last adjustment, are looked at.
        """
        counts = self.counts()
        tried = (counts - self._seen).sum(axis=1)
        enough = tried >= ENOUGH
        accepted = (counts - self._seen)[:, 0] / np.maximum(tried, 1)
        factor = np.clip((accepted + 0.05) / (TARGET + 0.05), 0.5, 2.0)
        sizes = np.where(enough, np.clip(self.sizes * factor, SMALLEST, LARGEST), self.sizes)
        seen = np.where(enough[:, None], counts, self._seen)
        self.set(sizes)
        self._seen = seen

    def counts(self) -> np.ndarray:
        """Accepted and rejected moves of every kind since the run began, shape (5, 2)."""
        counts = [self._mc.translate_moves, self._mc.rotate_moves]
        if self._box is None:
            counts += [(0, 0)] * 3
        elif self._flexible:
            # HOOMD-blue counts moves of a length as moves of the volume
            counts += [(0, 0), self._box.volume_moves, self._box.shear_moves]
        else:
            counts += [self._box.volume_moves, (0, 0), (0, 0)]
        return np.array(counts, dtype=np.float64)
