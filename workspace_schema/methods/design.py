"""Method `design`: the potential is what is looked for; each way is a class, by its `by:`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from workspace_schema.base import Model
from workspace_schema.errors import show
from workspace_schema.interactions import Interactions, pair_key, type_pairs
from workspace_schema.methods.genetic import MOST_PARTICLES
from workspace_schema.methods.imported import Sha256
from workspace_schema.methods.method import Method
from workspace_schema.methods.ramp import Ramp, RampField, knots
from workspace_schema.methods.targets import IN_A_CELL, check_label, check_target, placed
from workspace_schema.potentials import Adjustable, Designed, Sought
from workspace_schema.suggestions import did_you_mean
from workspace_schema.system import System, TypeName

Positive = Annotated[float, Field(gt=0)]


class Design(Method):
    """A search for the coefficients of a `designed` potential, or for parameters of a form.

    One job is one design: it runs its own simulations and searches, and writes what it found to
    ``designs/ID.table`` where its verdict is "found". Jobs of other methods with the same system
    and potential, and the same values of `conditions`, use it.

    Attributes
    ----------
    by : str
        What the design goes by.
    updates : int
        At most so many updates of the coefficients. An extent: a design that ended undecided can be
        lengthened, and stays the same job.
    """

    #: Keys of the method that the jobs which use a design share with it, where both have them.
    conditions: ClassVar[tuple[str, ...]] = ("number_density",)
    #: What it can look for: coefficients of a basis, or parameters of a form.
    finds: ClassVar[tuple[type[Sought], ...]] = (Designed,)
    has_replicas: ClassVar[bool] = False
    by_hoomd: ClassVar[frozenset[str]] = frozenset({"sphere_union"})

    name: Literal["design"]
    by: str
    updates: Annotated[int, Field(ge=1, le=100_000, json_schema_extra={"extent": True})] = 20

    def check_system(self, system: System) -> None:
        """Raise ValueError where the boundary is open."""
        if system.boundary == "open":
            raise ValueError("name: design needs a periodic cell, but system.boundary is open")

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where there is nothing to design, or it is designed already."""
        shapes = set()
        for a, b in type_pairs(system.types):
            pair = potential.pair(a, b)
            if not isinstance(pair, Sought):
                raise ValueError(f"form: got {pair.form!r}; method design needs {self._needs()}")
            if not isinstance(pair, self.finds):
                free = " with free parameters" if isinstance(pair, Adjustable) else ""
                raise ValueError(
                    f"form: got {pair.form!r}{free}; by: {self.by} needs {self._needs()}"
                )
            if isinstance(pair, Adjustable) and len(system.types) > 1:
                raise ValueError("form: free parameters are of one type of particle")
            if pair.design is not None:
                raise ValueError("design: has no meaning in method design, which finds it")
            if isinstance(pair, Designed):
                shapes.add(pair.shape)
        if len(shapes) > 1:
            raise ValueError(
                f"shape: expected one for all pairs, got {' and '.join(sorted(shapes))}"
            )

    def _needs(self) -> str:
        """What it can look for, in words."""
        words = {Designed: "designed", Adjustable: "a parameter with {free: [low, high]}"}
        return " or ".join(words[kind] for kind in self.finds)


class GroundState(Design):
    """A potential whose crystal of lowest enthalpy is the target, by linear programming.

    The coefficients maximise the gap in enthalpy between the target at its density and pressure and
    a list of competitors: prototypes, and what a genetic search of each designed potential finds
    below the target, until it finds nothing. E. Marcotte, F. H. Stillinger and S. Torquato, J.
    Chem. Phys. 134, 164105 (2011), for monotonic convex potentials.

    Attributes
    ----------
    target : str
        Name of a crystal, of one or two types.
    number_density : float
        Of the target; the pressure follows.
    cells : list of int
        Numbers of particles in the cells that are searched, of mixtures with any composition.
    """

    references: ClassVar[tuple[str, ...]] = ("marcotte2011",)

    by: Literal["ground_state"]
    target: str
    number_density: Positive
    cells: Annotated[
        list[Annotated[int, Field(ge=1, le=MOST_PARTICLES)]], Field(min_length=1, max_length=20)
    ]

    @field_validator("cells")
    @classmethod
    def _order_says_nothing(cls, value: list[int]) -> list[int]:
        return sorted(set(value))

    def check_system(self, system: System) -> None:
        """Raise ValueError where the target is not of this system."""
        super().check_system(system)
        placed(self.target, system.particles or {}, system.dimensions)
        if min(self.cells) < len(system.types):
            raise ValueError(
                f"cells: got {min(self.cells)}; expected at least {len(system.types)} particles,"
                " one of each type"
            )

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the potential does not reach the neighbours of a particle."""
        super().check_potential(potential, system)
        spacing = self.number_density ** (-1.0 / system.dimensions)
        for a, b in type_pairs(system.types):
            r_cut = potential.pair(a, b).r_cut
            if r_cut <= spacing:
                raise ValueError(
                    f"r_cut: got {r_cut:g}; expected more than {spacing:.4g}, the mean distance of"
                    " particles at method.number_density"
                )


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


def check_range(potential: Interactions, system: System, number_density: float) -> None:
    """Raise ValueError where a particle meets two images of another."""
    r_cut = max(potential.pair(a, b).r_cut for a, b in type_pairs(system.types))
    half = 0.5 * (system.n_particles / number_density) ** (1.0 / system.dimensions)
    if r_cut >= half:
        raise ValueError(
            f"r_cut: got {r_cut:g}; expected less than {half:.5g}, half the edge of the box:"
            " take more particles"
        )


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
        return {"-".join(sorted(key.split("-"))): file for key, file in sorted(value.items())}

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


class Label(Design):
    """The potential from which the target assembles most surely, by what the judge sees.

    Short runs from random starts, of which the judge says how probable the target is at every
    particle; the mean is what evolution with an adapted covariance maximises (N. Hansen and A.
    Ostermeier, Evol. Comput. 9, 159 (2001)), as G. M. Coli, E. Boattini, L. Filion and M. Dijkstra
    do with a network, Sci. Adv. 8, eabj6731 (2022).

    Attributes
    ----------
    target : str
        A label of a crystal, of one or two types, or quasicrystal; ``plastic `` before it where
        particles have shapes.
    number_density : float
        Of the runs, or of their start where there is a pressure.
    kT : float or list of float
    pressure : float or list of float, optional
        With it the runs are at constant pressure.
    equilibration_steps, steps : int
        Of each run.
    dt : float
    population : int
        Candidates of each update.
    runs : int
        Of each candidate.
    """

    references: ClassVar[tuple[str, ...]] = ("hansen2001", "coli2022")
    finds: ClassVar[tuple[type[Sought], ...]] = (Adjustable, Designed)
    building_blocks: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"})
    by_potential: ClassVar[frozenset[str]] = frozenset({"point", "sphere_union"})

    by: Literal["label"]
    target: str
    number_density: Positive
    kT: RampField
    pressure: RampField | None = None
    equilibration_steps: Annotated[int, Field(ge=0, le=10**9)] = 0
    steps: Annotated[int, Field(ge=100, le=10**9)]
    dt: Positive = 0.005
    population: Annotated[int, Field(ge=4, le=1000)] = 8
    runs: Annotated[int, Field(ge=1, le=100)] = 2

    @field_validator("kT")
    @classmethod
    def _temperature_is_positive(cls, value: Ramp) -> Ramp:
        if min(knots(value)) <= 0:
            raise ValueError("expected kT greater than 0")
        return value

    def check_system(self, system: System) -> None:
        """Raise ValueError where the target is not of this system."""
        super().check_system(system)
        check_label(self.target, system)


class Alchemy(Design):
    """The parameters of a form at which a crystal or a fluid is likeliest, among their bounds.

    Parameters fluctuate beside the particles, by Monte Carlo between pieces of molecular dynamics,
    in the ensemble in which nothing holds them (their potentials are zero): how often a value comes
    is its partition function, and the most frequent one has the lowest free energy. G. van Anders,
    D. Klotsa, A. S. Karas, P. M. Dodd and S. C. Glotzer, ACS Nano 9, 9542 (2015).

    Attributes
    ----------
    target : str
        Name of a crystal, or "fluid".
    kT, number_density : float
    steps : int
        Of molecular dynamics between two looks at the parameters.
    dt : float
    updates : int
        Looks; the first fifth is equilibration. An extent.
    """

    conditions: ClassVar[tuple[str, ...]] = ("number_density", "kT")
    references: ClassVar[tuple[str, ...]] = ("vananders2015", "zhou2019")
    finds: ClassVar[tuple[type[Sought], ...]] = (Adjustable,)

    by: Literal["alchemy"]
    target: str
    kT: Positive
    number_density: Positive
    steps: Annotated[int, Field(ge=1, le=10**9)] = 100
    dt: Positive = 0.005
    updates: Annotated[int, Field(ge=50, le=100_000, json_schema_extra={"extent": True})] = 1000

    def check_system(self, system: System) -> None:
        """Raise ValueError where the target is not of this system, or its cells do not fill it."""
        super().check_system(system)
        if len(system.types) > 1:
            raise ValueError(f"by: {self.by} takes one type of particle")
        if self.target == "fluid":
            return
        check_target(self.target, system.dimensions)
        n, cell = system.n_particles, IN_A_CELL[self.target]
        if n % cell:
            raise ValueError(
                f"target: {self.target} has {cell} particles in a rectangular cell; expected"
                f" system.particles that are so many times a whole number, got {n}"
            )

    def check_potential(self, potential: Interactions, system: System) -> None:
        """Raise ValueError where the box is too small."""
        super().check_potential(potential, system)
        check_range(potential, system, self.number_density)


#: The ways by their `by`.
WAYS: dict[str, type[Design]] = {
    way.model_fields["by"].annotation.__args__[0]: way  # type: ignore[union-attr]
    for way in (Alchemy, Forces, GroundState, Label, RelativeEntropy, Structure)
}


def way(data: Mapping[str, Any]) -> type[Design]:
    """The class of a method block.

    Raises
    ------
    ValueError
        Where it does not say by what the design goes.
    """
    by = data.get("by")
    if by is None:
        raise ValueError(f"by is missing; expected one of {', '.join(sorted(WAYS))}")
    if not isinstance(by, str) or by not in WAYS:
        raise ValueError(f"by: got {show(by)}; {did_you_mean(str(by), WAYS)}")
    return WAYS[by]
