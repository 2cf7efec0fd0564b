"""What each proper orthogonal descriptor exerts, by LAMMPS."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from operations.engines import Integration
from operations.engines.lammps import Lammps
from operations.interactions.model import Model
from workspace_schema.potentials.pod import Basis, names_in_lammps


class PodDescriptors(Lammps):
    """LAMMPS without energies, that computes descriptors.

    Parameters
    ----------
    basis : Basis
    types : tuple of str
    """

    def __init__(self, basis: Basis, types: tuple[str, ...]) -> None:
        super().__init__(Model(3, types), Integration("nve", 0.005), seed=1)
        self._basis = basis
        self._descriptors.write_text(basis.text(len(types)))

    def forces(self, configuration: Configuration) -> np.ndarray:
        """Forces at coefficients of 1, shape (3 N, coefficients): x, y, z of one particle after
        the other."""
        names = " ".join(names_in_lammps(len(self._model.types)))
        with self._explained("at the start"):
            self._create(configuration)
            self._commands(
                f"pair_style zero {self._basis.r_cut!r}",
                "pair_coeff * *",
                f'compute descriptors all pod/global {self._descriptors} "" {names}',
                "thermo_style custom step c_descriptors[1][1]",  # which has it computed
                "run 0 post no",
            )
            # the first row is the sum of the descriptors
            table = self._lmp.numpy.extract_compute("descriptors", 0, 2)
            return np.array(table[1:])
