"""Bispectrum of the bonds of a particle."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import GEOMETRIC, Descriptor
from analysis.descriptors.steinhardt import harmonics, wigner_3j
from analysis.neighbourhoods import nearest


class Bispectrum(Descriptor):
    """Third-order invariants b_{l1 l2 l3} of q_lm of the k nearest neighbours.

    b = sum over m1 + m2 + m3 = 0 of the 3j symbol times q_l1m1 q_l2m2 q_l3m3, normalised so that
    a single bond has the 3j symbol at m = 0. Degrees with an even sum only: the others change
    sign under reflection.

    Parameters
    ----------
    k : int
        Number of neighbours.
    l_max : int
        Largest degree.

    Notes
    -----
    Kondor, arXiv:cs/0701127 (2007); for assembled crystals Adorf, Moore, Melle and Glotzer, J.
    Phys. Chem. B 124, 69 (2020). b_lll is Steinhardt's w_l before normalisation.
    """

    invariances = GEOMETRIC | {"scale"}

    def __init__(self, k: int = 12, l_max: int = 6) -> None:
        super().__init__()
        self.k, self.l_max = k, l_max

    @property
    def _degrees(self) -> list[tuple[int, int, int]]:
        r = range(self.l_max + 1)
        return [
            (a, b, c)
            for a in r
            for b in r
            for c in r
            if a <= b <= c <= a + b and (a + b + c) % 2 == 0
        ]

    @property
    def columns(self) -> tuple[str, ...]:
        """b of the three degrees."""
        return tuple(f"b{a},{b},{c}" for a, b, c in self._degrees)

    def _compute(self, configuration: Configuration) -> np.ndarray:
        neighbours = nearest(configuration, self.k).neighbour_list()
        raw = harmonics(configuration, neighbours, range(self.l_max + 1))
        columns = []
        for a, b, c in self._degrees:
            total = np.zeros(configuration.n_particles)
            for m1 in range(-a, a + 1):
                for m2 in range(max(-b, -c - m1), min(b, c - m1) + 1):
                    product = raw[a][:, m1] * raw[b][:, m2] * raw[c][:, -m1 - m2]
                    total += wigner_3j(a, b, c, m1, m2) * product.real
            scale = (4.0 * np.pi) ** 1.5 / np.sqrt((2 * a + 1) * (2 * b + 1) * (2 * c + 1))
            columns.append(scale * total)
        return np.stack(columns, axis=1)
