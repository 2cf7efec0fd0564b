"""Method `design` by forces, by structure and by relative entropy: from what was measured."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from workspace_schema.base import Model
from workspace_schema.interactions import Interactions, pair_key, type_pairs
from workspace_schema.methods.design_base import Design, Positive, check_range
from workspace_schema.methods.imported import Sha256
from workspace_schema.methods.targets import check_target
from workspace_schema.potentials import Designed
from workspace_schema.system import System, TypeName


class DataFile(Model):
    """What was measured or simulated, known by its content; ``{file: PATH}`` in a campaign file."""

    sha256: Sha256


class Sites(Model):
    """Molecules that follow each other in a trajectory, each of which becomes one site.

    Attributes
    ----------
    type : str
        Of the site.
    molecules : int
    masses : list of float
        Of the particles of a molecule, in their order.
    """

    type: TypeName
    molecules: Annotated[int, Field(ge=1)]
    masses: Annotated[list[Positive], Field(min_length=1, max_length=1000)]


def check_sites(mapping: list[Sites] | None, system: System) -> None:
    """Raise ValueError where sites are not the particles of the system."""
    if mapping is None:
        return
    sites: dict[str, int] = {}
    for group in mapping:
        sites[group.type] = sites.get(group.type, 0) + group.molecules
    if sites != system.particles:
        raise ValueError(
            f"mapping: makes the sites {sites}; system.particles are {system.particles}"
        )


class Forces(Design):
    """The pair potential whose forces come nearest to those of a trajectory, by least squares.

    S. Izvekov and G. A. Voth, J. Phys. Chem. B 109, 2469 (2005); W. G. Noid et al., J. Chem. Phys.
    128, 244114 (2008).

    Attributes
    ----------
    trajectory : DataFile
        Positions and forces: a LAMMPS dump with fx fy fz, extended XYZ with forces, or GSD as
        HOOMD-blue logs them.
    mapping : list of Sites, optional
        Particles of the trajectory to sites, which are at their centres of mass and feel the sum of
        their forces; left out, every particle is a site.
    inner : float, optional
        Where B-splines begin (shape free): the smallest distance in the trajectory, unless given.
    """

    references: ClassVar[tuple[str, ...]] = ("izvekov2005", "noid2008")

    by: Literal["forces"]
    trajectory: DataFile
    mapping: Annotated[list[Sites], Field(min_length=1, max_length=100)] | None = None
    inner: Positive | None = None

    def check_system(self, system: System) -> None:
        """Raise ValueError where sites are not the particles of the system."""
        super().check_system(system)
        check_sites(self.mapping, system)

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where splines begin beyond the cut-off."""
        super().check_potential(potential, system)
        for a, b in type_pairs(system.types):
            r_cut = potential.pair(a, b).r_cut
            if self.inner is not None and self.inner >= r_cut:
                raise ValueError(f"r_cut: got {r_cut:g}; expected more than method.inner")


def check_free(potential: Interactions, system: System, what: str) -> None:
    """Raise ValueError where the shape of the potential, one for all pairs, is not free."""
    pair = potential.pair(system.types[0], system.types[0])
    assert isinstance(pair, Designed)
    if pair.shape != "free":
        raise ValueError(f"shape: got {pair.shape!r}; {what} needs free")


class Simulated(Design):
    """What designs have in common that simulate at every update.

    Attributes
    ----------
    kT, number_density : float
    pressure : float, optional
        That the potential shall have, imposed on every step.
    equilibration_steps, steps : int
        Of each update.
    dt : float
    """

    conditions: ClassVar[tuple[str, ...]] = ("number_density", "kT")

    kT: Positive
    number_density: Positive
    pressure: float | None = None
    equilibration_steps: Annotated[int, Field(ge=0, le=10**9)] = 2000
    steps: Annotated[int, Field(ge=100, le=10**9)] = 20_000
    dt: Positive = 0.005

    @property
    def simulated(self) -> str:
        """See `Method`."""
        return "nvt"

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the box is too small."""
        super().check_potential(potential, system)
        check_range(potential, system, self.number_density)


class Structure(Simulated):
    """The pair potentials of a liquid whose radial distribution functions are given.

    Boltzmann inversion (D. Reith, M. Puetz and F. Mueller-Plathe, J. Comput. Chem. 24, 1624
    (2003)), Gauss-Newton steps with the response of the hypernetted-chain equation (F. Delbary, M.
    Hanke and D. Ivanizki, Inverse Probl. Sci. Eng. 28, 1166 (2020)), and inverse Monte Carlo, which
    is Newton steps with the sampled one (A. P. Lyubartsev and A. Laaksonen, Phys. Rev. E 52, 3730
    (1995)).

    Attributes
    ----------
    distribution : DataFile or dict of str to DataFile
        Columns r and g(r), and optionally its error; with several types by pair of types, as A-B.
    algorithm : "ibi", "hncgn" or "imc", optional
        One of them; left out, two steps of Boltzmann inversion, then Gauss-Newton steps, and
        Newton steps once they leave half of the frames their weight.
    pressure
        As in `Simulated`; the Boltzmann inversions with which the default begins are without it.
    kT, number_density, equilibration_steps, steps, dt
        As in `Simulated`.
    """

    references: ClassVar[tuple[str, ...]] = ("reith2003", "delbary2020", "lyubartsev1995")

    by: Literal["structure"]
    distribution: DataFile | dict[str, DataFile]
    algorithm: Literal["ibi", "hncgn", "imc"] | None = None

    @field_validator("distribution")
    @classmethod
    def _order_pairs(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        found: dict[str, tuple[str, Any]] = {}
        for key, file in sorted(value.items()):
            pair = "-".join(sorted(key.split("-")))
            if pair in found:
                raise ValueError(f"{found[pair][0]} and {key} are one pair; expected one of them")
            found[pair] = key, file
        return {pair: file for pair, (_, file) in found.items()}

    def check_system(self, system: System) -> None:
        """Raise ValueError where an algorithm does not fit, or a distribution is missing."""
        super().check_system(system)
        pairs = sorted(pair_key(a, b) for a, b in type_pairs(system.types))
        given = sorted(self.distribution) if isinstance(self.distribution, dict) else None
        if given != (pairs if len(pairs) > 1 else None):
            raise ValueError(
                f"distribution: expected a file for each of {', '.join(pairs)}, as"
                f" {{{pairs[0]}: {{file: g.txt}}, …}}"
                if len(pairs) > 1
                else "distribution: expected {file: PATH} for the only type"
            )
        if system.dimensions == 2 and self.algorithm == "hncgn":
            raise ValueError("algorithm: hncgn is for three dimensions; expected ibi or imc")

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the shape is not free."""
        super().check_potential(potential, system)
        check_free(potential, system, "by: structure")


class RelativeEntropy(Simulated):
    """The pair potentials in whose ensemble a trajectory, or a thermally spread crystal, is
    likeliest.

    Newton steps on the relative entropy, with the sampled covariance, in which coefficients of the
    shapes that repel stay positive. M. S. Shell, J. Chem. Phys. 129, 144108 (2008); B. A.
    Lindquist, R. B. Jadrich and T. M. Truskett, J. Chem. Phys. 145, 111101 (2016); with the filter
    of C. S. Adorf, J. Antonaglia, J. Dshemuchadse and S. C. Glotzer, J. Chem. Phys. 149, 204102
    (2018).

    Attributes
    ----------
    target : str, optional
        Name of a crystal.
    spread : float, optional
        Standard deviation of each of its coordinates, in units of the mean distance of particles.
    trajectory : DataFile, optional
        In the place of a crystal; only positions count.
    mapping : list of Sites, optional
        Particles of the trajectory to sites, as in `Forces`.
    smoothness : float
        Weight of ∫ u''² dr (in units of kT and that distance) beside the relative entropy of a
        particle: a low-pass filter.
    kT, number_density, equilibration_steps, steps, dt
        As in `Simulated`.
    pressure
        As in `Simulated`; beside a trajectory only.
    """

    references: ClassVar[tuple[str, ...]] = ("shell2008", "lindquist2016", "adorf2018b")

    by: Literal["relative_entropy"]
    target: str | None = None
    spread: Annotated[float, Field(gt=0, le=0.3)] | None = None
    trajectory: DataFile | None = None
    mapping: Annotated[list[Sites], Field(min_length=1, max_length=100)] | None = None
    smoothness: Annotated[float, Field(ge=0)] = 0.0
    updates: Annotated[int, Field(ge=1, le=100_000, json_schema_extra={"extent": True})] = 60

    @model_validator(mode="before")
    @classmethod
    def _spread_of_a_crystal(cls, data: Any) -> Any:
        """Its default where there is a target."""
        if isinstance(data, dict) and data.get("target") is not None and "spread" not in data:
            return data | {"spread": 0.09}
        return data

    def check_system(self, system: System) -> None:
        """Raise ValueError where there is not one of crystal and trajectory, or it does not fit."""
        super().check_system(system)
        if (self.target is None) == (self.trajectory is None):
            raise ValueError("target: expected a crystal, or trajectory: {file: PATH}; one of them")
        if self.target is None:
            if self.spread is not None:
                raise ValueError("spread: has no meaning without target")
            check_sites(self.mapping, system)
            return
        for key in ("mapping", "pressure"):
            if getattr(self, key) is not None:
                raise ValueError(f"{key}: has no meaning without trajectory")
        if len(system.types) > 1:
            raise ValueError("target: a crystal of one type; a mixture needs trajectory")
        check_target(self.target, system.dimensions)

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where a shape that repels shall have a pressure."""
        super().check_potential(potential, system)
        if self.pressure is not None:
            check_free(potential, system, "a pressure")
