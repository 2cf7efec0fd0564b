"""A reference structure, from its crystallographic description."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.configuration import Configuration


@dataclass(frozen=True)
class Site:
    """One orbit of equivalent particles.

    Attributes
    ----------
    type : str
    wyckoff : str
        Multiplicity and letter of the position in the conventional cell, such as "8c".
    position : tuple of float
        One point of it, in fractions of the conventional cell; free coordinates as fixed here.
    """

    type: str
    wyckoff: str
    position: tuple[float, float, float]


@dataclass(frozen=True)
class Prototype:
    """A crystal: space group, occupied Wyckoff positions and every free parameter.

    Attributes
    ----------
    name : str
    space_group : int
        Number in the International Tables. A structure of the plane is that of the polar group
        whose projection is `plane_group`, in the plane z = 0.
    sites : tuple of Site
    axes : tuple of float
        b/a and c/a.
    source : str
        Where the free parameters come from.
    aflow : str
        Label in the AFLOW encyclopaedia of prototypes; empty in two dimensions.
    origin : int
        Origin choice of the International Tables.
    plane_group : str
        In two dimensions.
    free : str
        Which parameters are free, how they are fixed, and what other values would make of it.
    """

    name: str
    space_group: int
    sites: tuple[Site, ...]
    axes: tuple[float, float] = (1.0, 1.0)
    source: str = ""
    aflow: str = ""
    origin: int = 1
    plane_group: str = ""
    free: str = ""

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return 2 if self.plane_group else 3

    @property
    def types(self) -> tuple[str, ...]:
        """Particle types, each once, in order."""
        return tuple(sorted({site.type for site in self.sites}))

    @property
    def untyped(self) -> Prototype:
        """The same positions, all occupied by one type."""
        return replace(self, sites=tuple(replace(site, type="A") for site in self.sites))

    def cell(self) -> Configuration:
        """The conventional cell, at a number density of 1.

        Particles are in the order of `sites`. Space-group operations are those of ASE.
        """
        from ase.spacegroup import crystal

        hexagonal = 143 <= self.space_group <= 194
        atoms = crystal(
            symbols=["X"] * len(self.sites),
            basis=[site.position for site in self.sites],
            spacegroup=self.space_group,
            setting=self.origin,
            cellpar=[1.0, *self.axes, 90.0, 90.0, 120.0 if hexagonal else 90.0],
            onduplicates="error",
        )
        names = self.types
        kinds = np.array([names.index(site.type) for site in self.sites])
        return periodic(
            atoms.get_scaled_positions(),
            np.asarray(atoms.cell),
            kinds[atoms.arrays["spacegroup_kinds"]],
            names,
            self.dimensions,
        )


def periodic(
    fractional: np.ndarray,
    cell: np.ndarray,
    types: np.ndarray | None = None,
    type_names: tuple[str, ...] = ("A",),
    dimensions: int = 3,
    number_density: float = 1.0,
) -> Configuration:
    """Particles at fractional coordinates of a periodic cell, wrapped, at a number density.

    Parameters
    ----------
    fractional : ndarray, shape (N, 2) or (N, 3)
    cell : ndarray, shape (2, 2) or (3, 3)
        Lattice vectors as rows, lower triangular; only their ratios matter.
    types, type_names
        As in `Configuration`; one type unless told otherwise.
    dimensions : int
    number_density : float
        Particles per area or volume.
    """
    n, d = len(fractional), dimensions
    fractional, cell = fractional[:, :d], cell[:d, :d]
    fractional = fractional - np.floor(fractional + 0.5 + 1e-9)
    scale = (n / (number_density * abs(np.linalg.det(cell)))) ** (1 / d)
    cell = cell * scale
    lengths = np.append(np.diag(cell), np.ones(3 - d))
    xy = cell[1, 0] / cell[1, 1]
    xz, yz = (cell[2, 0] / cell[2, 2], cell[2, 1] / cell[2, 2]) if d == 3 else (0.0, 0.0)
    positions = np.zeros((n, 3))
    positions[:, :d] = fractional @ cell
    return Configuration(
        positions,
        np.array([*lengths, xy, xz, yz]),
        d,
        np.zeros(n) if types is None else types,
        type_names,
    )
