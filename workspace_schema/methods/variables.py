"""Collective variables, along which `umbrella` and `metadynamics` give the free energy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, Tag

from workspace_schema.base import Model
from workspace_schema.lattices import LATTICES
from workspace_schema.system import System

Positive = Annotated[float, Field(gt=0)]
Pair = Annotated[str, Field(pattern=r"^[^-]+-[^-]+$")]
Fading = Annotated[float, Field(gt=0, le=1)]

#: Edge of the box that the walk of hard spheres needs, in diameters of the largest: boxes narrower
#: than two have no weight there.
NARROWEST = 2.5


class DistanceVariable(Model):
    """The distance of two particles.

    Attributes
    ----------
    distance : str
        Their types, "A-B".
    """

    distance: Pair

    @property
    def types(self) -> tuple[str, str]:
        """Of the two particles."""
        return _types(self.distance)


class CoordinationVariable(Model):
    """How many particles of one type are near one of another, on average over these.

    Each counts as f(r), which is 1 up to (1 - soft) within and falls to 0 at `within`.

    Attributes
    ----------
    coordination : str
        "A-B": neighbours B of particles A.
    within, soft : float
        Of f.
    """

    coordination: Pair
    within: Positive
    soft: Fading = 0.2

    @property
    def types(self) -> tuple[str, str]:
        """Of the particles and of their neighbours."""
        return _types(self.coordination)


class SteinhardtVariable(Model):
    """Global bond order: Q_l of all bonds together, in two dimensions |<exp(i l θ)>| of these.

    P. J. Steinhardt, D. R. Nelson and M. Ronchetti, Phys. Rev. B 28, 784 (1983). A bond counts as
    f(r), which is 1 up to (1 - soft) r and falls to 0 at r.

    Attributes
    ----------
    steinhardt : float
        r, where bonds end.
    degree : int
        l.
    soft : float
        Of f.
    """

    steinhardt: Positive
    degree: Annotated[int, Field(ge=2, le=12, multiple_of=2)] = 6
    soft: Fading = 0.2


class DensityWaveVariable(Model):
    """|ρ_k| of all particles, k along the first box vector: about √N of a crystal, 1 of a fluid.

    Attributes
    ----------
    density_wave : int
        Wavelengths in the box: planes of the lattice across it.
    """

    density_wave: Annotated[int, Field(ge=1, le=10_000)]


class CrystallineClusterVariable(Model):
    """How many particles are in the largest crystalline cluster.

    P. R. ten Wolde, M. J. Ruiz-Montero and D. Frenkel, J. Chem. Phys. 104, 9932 (1996).

    Attributes
    ----------
    crystalline_cluster : float
        Particles closer than this are neighbours.
    aligned : float
        Two neighbours have a bond where the normalised product of their q_6m is larger.
    bonds : int
        A particle with so many, at least, is crystalline; crystalline neighbours are one cluster.
    """

    crystalline_cluster: Positive
    aligned: Annotated[float, Field(gt=0, lt=1)] = 0.7
    bonds: Annotated[int, Field(ge=1, le=30)] = 7


#: Of the whole system, per particle and per volume; they have no gradient here.
OfState = Literal["potential_energy", "number_density"]
OF_STATE = get_args(OfState)


def _kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "word" if value in OF_STATE else None
    for name in ("distance", "coordination", "steinhardt", "density_wave", "crystalline_cluster"):
        if hasattr(value, name) or (isinstance(value, Mapping) and name in value):
            return name
    return None


# told apart by their keys, so that an error speaks of one of them only
_Distance = Annotated[DistanceVariable, Tag("distance")]
_Coordination = Annotated[CoordinationVariable, Tag("coordination")]
_Steinhardt = Annotated[SteinhardtVariable, Tag("steinhardt")]
_DensityWave = Annotated[DensityWaveVariable, Tag("density_wave")]
_Cluster = Annotated[CrystallineClusterVariable, Tag("crystalline_cluster")]
_Word = Annotated[OfState, Tag("word")]
_SMOOTH = "{distance: A-B}, {coordination: A-B, …}, {steinhardt: r}, {density_wave: n}"
Variable = Annotated[
    _Distance | _Coordination | _Steinhardt | _DensityWave | _Cluster | _Word,
    Discriminator(
        _kind,
        custom_error_type="variable",
        custom_error_message=f"{_SMOOTH}, {{crystalline_cluster: r}}, {' or '.join(OF_STATE)}",
    ),
]


def _types(words: str) -> tuple[str, str]:
    a, b = words.split("-")
    return a, b


def check_reach(
    variable: Model | str, high: float, start: str, density: float, system: System, when: str = ""
) -> None:
    """Raise ValueError, ``KEY: what is wrong``, where a variable is of types that are not there,
    reaches further than half the box, or has no such value.

    Parameters
    ----------
    variable : Model or str
    high : float
        Its largest value.
    start : str
        "random" or a lattice, of which the box has the shape.
    density : float
        The largest that the system has.
    when : str
        In words, where not at the start.
    """
    key, reach, most = "high", high, math.inf
    match variable:
        case DistanceVariable():
            _check_types("distance", variable.distance, variable.types, system)
        case CoordinationVariable():
            _check_types("coordination", variable.coordination, variable.types, system)
            key, reach, most = "variable.within", variable.within, system.n_particles - 1.0
        case SteinhardtVariable():
            key, reach, most = "variable.steinhardt", variable.steinhardt, 1.0
        case CrystallineClusterVariable():
            key, reach = "variable.crystalline_cluster", variable.crystalline_cluster
        case DensityWaveVariable():
            key, reach, most = "", 0.0, math.sqrt(system.n_particles)
        case _:
            key, reach = "", 0.0
    if high > most:
        raise ValueError(f"high: got {high:g}; expected at most {most:.4g}, all that it can be")
    half = 0.5 * shortest_edge(start, density, system)
    if reach >= half:
        raise ValueError(
            f"{key}: got {reach:g}; expected less than {half:.5g}, half the shortest edge of the"
            f" box{when}: take more particles"
        )


def shortest_edge(start: str, density: float, system: System) -> float:
    """Of the box of a start at a density."""
    n, dimensions = system.n_particles, system.dimensions
    edges = [1.0] * dimensions
    if start != "random":
        cell = LATTICES[start]
        edges = [count * edge for count, edge in zip(cell.cells(n), cell.edges, strict=True)]
    scale = (n / density / math.prod(edges)) ** (1.0 / dimensions)
    return scale * min(edges)


def _check_types(key: str, words: str, types: tuple[str, str], system: System) -> None:
    particles = dict(system.particles or {})
    for name in types:
        particles[name] = particles.get(name, 0) - 1
        if particles[name] < 0:
            raise ValueError(
                f"variable.{key}: got {words}, but system.particles has not as many particles of"
                f" type {name}"
            )
