"""Smooth overlap of atomic positions, by DScribe (extra `soap`)."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import GEOMETRIC, Descriptor
from analysis.neighbourhoods import check_positions

#: DScribe's lengths are in angstrom, and its basis wants cut-offs above one: r_cut is scaled to it.
_CUT = 5.0


class Soap(Descriptor):
    """Power spectrum of the smeared density of neighbours.

    Parameters
    ----------
    r_cut : float
        Cut-off radius, in the units of the configuration; two shells are about 1.8 distances.
    n_max, l_max : int
        Radial functions (Gaussian-type orbitals) and largest degree.
    sigma : float
        Width of the Gaussian on every particle, in units of `r_cut`.
    types : int
        Kinds of particles that are told apart: 1 does not look at types, so that CsCl is bcc.

    Raises
    ------
    ImportError
        By `compute` without DScribe.

    Notes
    -----
    Bartók, Kondor and Csányi, Phys. Rev. B 87, 184115 (2013); Himanen et al., Comput. Phys. Commun.
    247, 106949 (2020). Lengths are not scaled: another density is another structure.
    """

    invariances = GEOMETRIC

    def __init__(
        self, r_cut: float, n_max: int = 6, l_max: int = 6, sigma: float = 0.1, types: int = 1
    ) -> None:
        super().__init__()
        if not r_cut > 0:
            raise ValueError(f"r_cut is {r_cut}, expected a positive distance")
        if types < 1:
            raise ValueError(f"types is {types}, expected at least one kind of particles")
        self.r_cut, self.n_max, self.l_max = r_cut, n_max, l_max
        self.sigma, self.types = sigma, types

    @property
    def columns(self) -> tuple[str, ...]:
        """Both radial functions, each with its type, and the degree."""
        # DScribe's order: pairs of types, then degrees, then pairs of radial functions.
        return tuple(
            f"p{a}{i},{b}{j}_{degree}"
            for a in range(self.types)
            for b in range(a, self.types)
            for degree in range(self.l_max + 1)
            for i in range(self.n_max)
            for j in range(i if a == b else 0, self.n_max)
        )

    def _compute(self, configuration: Configuration) -> np.ndarray:
        try:
            from dscribe.descriptors import SOAP
        except ImportError:
            raise ImportError("Soap needs DScribe: pip install dscribe (extra soap)") from None
        from ase import Atoms

        check_positions(configuration)
        if configuration.n_particles == 0:
            return np.zeros((0, len(self.columns)))
        kinds = configuration.types if self.types > 1 else np.zeros(configuration.n_particles, int)
        if kinds.max() >= self.types:
            raise ValueError(f"type {kinds.max()} of a particle, expected less than {self.types}")
        scale = _CUT / self.r_cut
        atoms = Atoms(
            numbers=kinds + 1,
            positions=configuration.positions * scale,
            cell=configuration.cell * scale,
            pbc=[configuration.periodic and axis < configuration.dimensions for axis in range(3)],
        )
        atoms.wrap()  # DScribe repeats the cell and takes particles to be inside
        soap = SOAP(
            species=list(range(1, self.types + 1)),
            r_cut=_CUT,
            n_max=self.n_max,
            l_max=self.l_max,
            sigma=self.sigma * _CUT,
            periodic=configuration.periodic,
        )
        return np.asarray(soap.create(atoms))
