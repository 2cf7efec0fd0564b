"""Atom-centred symmetry functions, radial and angular."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import GEOMETRIC, Descriptor
from analysis.neighbourhoods import nearest, within

RADIAL = tuple((60.0, 0.1 * tenth) for tenth in range(3, 9))
ANGULAR = tuple((2.0, zeta, sign) for zeta in (1.0, 4.0, 16.0) for sign in (1.0, -1.0))
#: Pairs of neighbours that are held in memory together.
_PAIRS = 4_000_000


class SymmetryFunctions(Descriptor):
    """G2 (radial) and G4 (angular) of Behler and Parrinello, with a smooth cut-off.

    Parameters
    ----------
    r_cut : float
        Cut-off radius, in the units of the configuration.
    radial : sequence of (float, float)
        (eta, r_s) of exp(-eta (r - r_s)^2), eta in units of r_cut^-2, r_s of r_cut.
    angular : sequence of (float, float, float)
        (eta, zeta, lambda) of 2^(1 - zeta) (1 + lambda cos)^zeta exp(-eta (r1^2 + r2^2 + r12^2)).

    Notes
    -----
    Behler, J. Chem. Phys. 134, 074106 (2011), equations (4), (6) and (8); for crystals, Geiger
    and Dellago, J. Chem. Phys. 139, 164105 (2013). Lengths are not scaled: another density is
    another structure.
    """

    invariances = GEOMETRIC

    def __init__(
        self,
        r_cut: float,
        radial: Sequence[tuple[float, float]] = RADIAL,
        angular: Sequence[tuple[float, float, float]] = ANGULAR,
    ) -> None:
        super().__init__()
        if not r_cut > 0:
            raise ValueError(f"r_cut is {r_cut}, expected a positive distance")
        self.r_cut, self.radial, self.angular = r_cut, tuple(radial), tuple(angular)

    @property
    def columns(self) -> tuple[str, ...]:
        """G2 by eta and r_s, then G4 by eta, zeta and lambda."""
        return (
            *(f"G2(eta={eta:g},r_s={place:g})" for eta, place in self.radial),
            *(f"G4(eta={e:g},zeta={z:g},lambda={s:+g})" for e, z, s in self.angular),
        )

    def _compute(self, configuration: Configuration) -> np.ndarray:
        n = configuration.n_particles
        result = np.zeros((n, len(self.columns)))
        counts = np.asarray(within(configuration, self.r_cut).neighbor_counts)
        most = int(counts.max()) if len(counts) else 0
        if most == 0:
            return result
        table = nearest(configuration, most)
        step = max(_PAIRS // most**2, 1)
        for start in range(0, n, step):
            part = slice(start, start + step)
            result[part] = self._part(table.distances[part], table.vectors[part])
        return result

    def _part(self, distances: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        inside = distances < self.r_cut
        r = np.where(inside, distances, self.r_cut) / self.r_cut
        fade = np.where(inside, 0.5 * (np.cos(np.pi * r) + 1.0), 0.0)
        columns = [
            (fade * np.exp(-eta * (r - place) ** 2)).sum(axis=1) for eta, place in self.radial
        ]
        a, b = np.triu_indices(distances.shape[1], 1)
        u = vectors / self.r_cut
        third = np.linalg.norm(u[:, a] - u[:, b], axis=-1)
        product = np.maximum(r[:, a] * r[:, b], np.finfo(float).tiny)
        cosine = np.clip(np.einsum("npi,npi->np", u[:, a], u[:, b]) / product, -1.0, 1.0)
        near = third < 1.0
        fades = fade[:, a] * fade[:, b]
        fades = np.where(near, fades * 0.5 * (np.cos(np.pi * third) + 1.0), 0.0)
        squares = r[:, a] ** 2 + r[:, b] ** 2 + third**2
        for eta, zeta, sign in self.angular:
            angle = 2.0 ** (1.0 - zeta) * (1.0 + sign * cosine) ** zeta
            columns.append((angle * np.exp(-eta * squares) * fades).sum(axis=1))
        return np.stack(columns, axis=1)
