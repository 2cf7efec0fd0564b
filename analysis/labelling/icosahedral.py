"""Icosahedral quasicrystals, by bond-orientational order.

Two shells around a particle do not tell a quasicrystal. That bonds point along the axes of an
icosahedron, the same one everywhere, does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.labels import UNKNOWN

ICOSAHEDRAL = "icosahedral"
MODEL = "icosahedral-1"
#: Bonds of a particle: the coordination of an icosahedron.
NEIGHBOURS = 12
#: How often the harmonics of a particle are averaged over its neighbours.
ROUNDS = 3
#: Largest normalised w_6. The icosahedron has the least that there is, -0.16975; cubic symmetry
#: allows 0.01316 and -0.01316 only, and no crystal known here is below -0.09.
LARGEST_W6 = -0.13
#: Change of w_6 over which the odds of a particle grow by e.
SCALE = 0.01
#: Least Q_6 of all bonds together, largest Q_4 in its units: degree 4 has no icosahedral invariant.
LEAST_ORDER = 0.05
LARGEST_Q4 = 0.3
#: Least normalised product of the harmonics of a particle with the mean of all.
ALIGNED = 0.8
#: Fewer particles are a cluster: the middle of a Mackay icosahedron, say.
FEWEST = 200
#: Bonds are looked at where this part of the bulk particles is unknown.
GATE = 0.05


@dataclass(frozen=True)
class BondSymmetry:
    """Invariants of the mean harmonics of many bonds; w6 is normalised."""

    q4: float
    q6: float
    w6: float

    @property
    def icosahedral(self) -> bool:
        """Whether the bonds point along the axes of one icosahedron."""
        ordered = self.q6 > LEAST_ORDER and self.q4 < LARGEST_Q4 * self.q6
        return ordered and self.w6 < LARGEST_W6


def bond_symmetry(harmonics: dict[int, np.ndarray]) -> BondSymmetry:
    """Symmetry of all bonds together.

    Parameters
    ----------
    harmonics : dict of int to ndarray, shape (N, 2 l + 1)
        Real harmonics of degree 4 and 6, means over the bonds of each particle.

    Notes
    -----
    Steinhardt, Nelson and Ronchetti, Phys. Rev. B 28, 784 (1983).
    """
    total = {degree: values.mean(axis=0, dtype=float) for degree, values in harmonics.items()}
    q4, q6 = (float(np.linalg.norm(total[degree])) for degree in (4, 6))
    return BondSymmetry(q4, q6, float(_w6(total[6][None])[0]))


def refine(
    configuration: Configuration,
    probabilities: np.ndarray,
    phases: tuple[str, ...],
    surface: np.ndarray,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Probabilities and phases with "icosahedral" as one more, if there is any.

    Parameters
    ----------
    configuration : Configuration
        Three-dimensional.
    probabilities : ndarray, shape (N, n_phases)
    phases : tuple of str
    surface : ndarray of bool, shape (N,)
        Particles whose shell is incomplete: averages leave them out.
    """
    from analysis.descriptors.nested_shells import average

    bulk = ~surface
    unknown = probabilities.argmax(axis=1) == phases.index(UNKNOWN)
    if bulk.sum() < FEWEST or unknown[bulk].mean() <= GATE:
        return probabilities, phases
    harmonics, indices, present = _harmonics(configuration)
    chosen = {degree: each[unknown & bulk] for degree, each in harmonics.items()}
    if not bond_symmetry(chosen).icosahedral:
        return probabilities, phases
    local = harmonics[6]
    weights = (present & ~surface[indices]).astype(np.float32)
    for _ in range(ROUNDS):
        local = average(local, indices, weights)
    common = local[unknown & bulk].mean(axis=0)
    aligned = local @ (common / np.linalg.norm(common))
    aligned /= np.maximum(np.linalg.norm(local, axis=1), 1e-12)
    found = 1.0 / (1.0 + np.exp(np.clip((_w6(local) - LARGEST_W6) / SCALE, -30, 30)))
    found *= aligned > ALIGNED
    if (found > 0.5)[bulk].sum() < FEWEST:
        return probabilities, phases
    rest = probabilities * (1.0 - found)[:, None]
    return np.column_stack([rest, found]).astype(np.float32), (*phases, ICOSAHEDRAL)


def _harmonics(
    configuration: Configuration,
) -> tuple[dict[int, np.ndarray], np.ndarray, np.ndarray]:
    """Mean harmonics of the bonds of every particle, its neighbours, and which there are."""
    from analysis.descriptors.real_harmonics import mean_harmonics
    from analysis.neighbourhoods import nearest_in_parts

    four, six, indices, present = [], [], [], []
    for table in nearest_in_parts(configuration, NEIGHBOURS, 50_000):
        four.append(mean_harmonics(table, NEIGHBOURS, 4))
        six.append(mean_harmonics(table, NEIGHBOURS, 6))
        indices.append(table.indices.astype(np.int32))
        present.append(np.isfinite(table.distances))
    found = {4: np.concatenate(four), 6: np.concatenate(six)}
    return found, np.concatenate(indices), np.concatenate(present)


def _w6(real: np.ndarray) -> np.ndarray:
    """Normalised w_6 of real harmonics, shape (N, 13)."""
    from analysis.descriptors.steinhardt import cubic

    found = np.zeros(real.shape, dtype=complex)  # column m is that of m, also if m is negative
    found[:, 0] = real[:, 0]
    for m in range(1, 7):
        value = (-1) ** m * (real[:, 2 * m - 1] + 1j * real[:, 2 * m]) / np.sqrt(2.0)
        found[:, m], found[:, -m] = value, (-1) ** m * value.conjugate()
    return cubic([found])[:, 0]
