"""What each descriptor of a linear many-body potential exerts: the rows of its least squares."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from analysis.configuration import Configuration
from operations.engines import Integration
from operations.engines.lammps import Lammps
from operations.interactions.model import Model
from operations.interactions.spline_rows import SplineRows
from workspace_schema.potentials.many_body import Basis, names_in_lammps
from workspace_schema.potentials.pod import PodBasis
from workspace_schema.potentials.snap import SnapBasis
from workspace_schema.potentials.uf3 import Uf3Basis


class Descriptors(Protocol):
    """What a fit asks of a basis."""

    def forces(self, configuration: Configuration) -> np.ndarray:
        """Forces at coefficients of 1, shape (3 N, coefficients): x, y, z of one particle after
        the other."""

    @property
    def small(self) -> np.ndarray:
        """Combinations of coefficients that shall be small besides, shape (M, coefficients), in
        units of the root mean square of what all coefficients exert."""


def descriptors(basis: Basis, types: tuple[str, ...]) -> Descriptors:
    """Those of a basis."""
    if isinstance(basis, Uf3Basis):
        return SplineRows(basis, len(types))
    if isinstance(basis, PodBasis | SnapBasis):
        return LammpsDescriptors(basis, types)
    raise TypeError(f"{type(basis).__name__} is not linear")


class LammpsDescriptors(Lammps):
    """LAMMPS without energies, that computes descriptors.

    Parameters
    ----------
    basis : PodBasis or SnapBasis
    types : tuple of str
    """

    def __init__(self, basis: PodBasis | SnapBasis, types: tuple[str, ...]) -> None:
        super().__init__(Model(3, types), Integration("nve", 0.005), seed=1)
        self._basis, n = basis, len(types)
        self.small = np.zeros((0, basis.size(n)))
        if isinstance(basis, SnapBasis):
            self._compute = basis.in_compute(n)
        else:
            self._basis_file.write_text(basis.text(n))
            self._compute = f'pod/global {self._basis_file} "" {" ".join(names_in_lammps(n))}'

    def forces(self, configuration: Configuration) -> np.ndarray:
        """See `Descriptors`."""
        with self._explained("at the start"):
            self._create(configuration)
            self._commands(
                f"pair_style zero {self._basis.r_cut!r}",
                "pair_coeff * *",
                f"compute descriptors all {self._compute}",
                "thermo_style custom step c_descriptors[1][1]",  # which has it computed
                "run 0 post no",
            )
            # the first row is the sum of the descriptors; behind the forces and in the last column
            # SNAP has what else one may fit to
            table = self._lmp.numpy.extract_compute("descriptors", 0, 2)
            size = self.small.shape[1]
            return np.array(table[1 : 1 + 3 * configuration.n_particles, :size])
