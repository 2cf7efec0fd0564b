"""A state point: system, potential, method and replica of one job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from workspace_schema import canonical as form
from workspace_schema.base import Model
from workspace_schema.conditions import Conditions
from workspace_schema.interactions import Interactions
from workspace_schema.methods.facts import METHODS
from workspace_schema.methods.method import Method
from workspace_schema.methods.registry import PARAMETERS, method_class, read_method
from workspace_schema.potentials import ManyBodyPotential
from workspace_schema.settings import MOST_BATCHED, Settings
from workspace_schema.system import System


def _methods_for(form: str) -> str:
    names = [name for name, method in PARAMETERS.items() if form in method.building_blocks]
    return f"expected {' or '.join(names)}"


def check_blocks(system: System, potential: Interactions | None, method: Method) -> None:
    """Raise ValueError where the blocks of a state point do not fit together."""
    if method.needs_particles and system.particles is None:
        raise ValueError(f"system: particles are missing; method {method.name} needs them")
    for block in sorted(system.forms - method.building_blocks):
        if block == "point":
            raise ValueError(
                f"system: building_blocks are missing; method {method.name} needs one for every"
                f" type: {', '.join(sorted(method.building_blocks))}"
            )
        raise ValueError(f"method: name: {method.name} cannot treat {block}; {_methods_for(block)}")
    for name in system.building_blocks or {}:
        body = system.adjustable.get(name)
        if body is not None and not (method.finds_bodies or method.uses_found_bodies):
            raise ValueError(
                f"system: building_blocks.{name}.{next(iter(body.free))}: is free, which method"
                f" {method.name} cannot treat; expected a number"
            )
        if body is not None and body.design is not None and method.finds_bodies:
            raise ValueError(
                f"system: building_blocks.{name}.design: has no meaning in method design, which"
                " finds it"
            )
        if body is None and method.finds_bodies:
            raise ValueError(
                f"system: building_blocks.{name}: nothing is free; by: alchemy needs a number with"
                " {free: [low, high]}"
            )
    by_potential = system.forms & method.by_potential
    if method.needs_potential and by_potential and potential is None:
        raise ValueError(f"potential is missing; method {method.name} needs one")
    if potential is not None and system.forms and not by_potential:
        raise ValueError("potential: has no meaning where all building blocks are hard or patchy")
    if potential is not None:
        try:
            potential.check_types(system.types)
        except ValueError as error:
            raise ValueError(f"potential: {error}") from None
    try:
        method.check_system(system)
    except ValueError as error:
        raise ValueError(f"method: {error}") from None
    if system.depletants is not None and not method.has_depletants:
        able = " or ".join(name for name, each in PARAMETERS.items() if each.has_depletants)
        raise ValueError(f"system: depletants: method {method.name} has none; expected {able}")
    if system.walls is not None:
        _check_walls(system, potential, method)
    if potential is not None and potential.many_body:
        form = potential.base.form
        if not method.many_body:
            able = " or ".join(name for name, each in PARAMETERS.items() if each.many_body)
            raise ValueError(
                f"potential: form: {form} is of many bodies, which method {method.name} cannot"
                f" treat; expected method {able}"
            )
        if system.dimensions != 3 or system.forms != {"point"}:
            raise ValueError(f"potential: form: {form} is of points in three dimensions")
    if potential is not None:
        try:
            method.check_potential(potential, system)
        except ValueError as error:
            raise ValueError(f"potential: {error}") from None


def _check_walls(system: System, potential: Interactions | None, method: Method) -> None:
    """Raise ValueError where a method has no walls for these particles."""
    if not method.by_walls:
        able = " or ".join(name for name, each in PARAMETERS.items() if each.by_walls)
        raise ValueError(f"system: walls: method {method.name} has none; expected {able}")
    for block in sorted(system.forms - method.by_walls):
        raise ValueError(
            f"system: walls: method {method.name} has none for {block}; expected"
            f" {', '.join(sorted(method.by_walls))}"
        )
    if potential is not None and potential.many_body:
        raise ValueError("system: walls: has no meaning with a potential of many bodies")


def check_settings(
    settings: Settings, system: System, method: Method, potential: Interactions | None = None
) -> None:
    """Raise ValueError where the settings of a campaign cannot run these blocks."""
    base = None if potential is None else potential.base
    if isinstance(base, ManyBodyPotential):
        engines = base.engines
        for key, value in (("engine", settings.engine), ("device", settings.device)):
            if value not in (*engines, "auto", "cpu"):
                raise ValueError(
                    f"settings: {key}: got {value!r}; potential {base.form} is run by"
                    f" {' or '.join(engines.values())} on the CPU, expected auto"
                )
    if method.simulated is not None and (lacks := _lacking(settings.engine, system, method)):
        raise ValueError(
            f"settings: engine: got {settings.engine!r}, which has {lacks}; expected auto"
        )
    if settings.device == "gpu" and (own := sorted(system.forms & method.by_own)):
        raise ValueError(
            f"settings: device: got 'gpu'; {method.name} of {own[0]} runs on the CPU, expected auto"
            " or cpu"
        )
    on_cpu = settings.engine == "lammps" or (
        settings.engine == "batched" and not METHODS[method.name].on_gpu
    )
    if settings.device == "gpu" and on_cpu and method.simulated is not None:
        raise ValueError(
            f"settings: device: got 'gpu'; engine: {settings.engine} runs {method.name} on the CPU"
            " here, expected engine: hoomd (or auto), or device: cpu"
        )
    if settings.properties and system.walls is not None:
        raise ValueError(
            "settings: properties: are of systems that go on in all directions; expected none with"
            " system.walls"
        )
    others = {key for key in ("walls", "depletants") if getattr(system, key) is not None}
    for block in sorted(system.forms & method.by_cpu | others):
        if settings.device == "gpu":
            raise ValueError(
                f"settings: device: got 'gpu'; HOOMD-blue has {block} on the CPU only, expected"
                " auto or cpu"
            )


def _lacking(engine: str, system: System, method: Method) -> str:
    """What an engine would need for a simulation and does not have; empty where nothing is
    missing."""
    by_own = sorted(system.forms & method.by_own)
    if engine != "auto" and by_own:
        return f"no {by_own[0]} for {method.name}"
    by_hoomd = sorted(system.forms & method.by_hoomd)
    if engine == "lammps" and by_hoomd:
        return f"no {by_hoomd[0]}"
    if engine in ("hoomd", "batched") and system.boundary == "open":
        return "no open boundary"
    if engine != "batched":
        return ""
    if system.walls is not None:
        return "no walls"
    if system.forms != {"point"}:
        return f"no {min(system.forms - {'point'})}"
    if method.simulated not in ("nve", "nvt"):
        return f"no {method.simulated}"
    if system.n_particles > MOST_BATCHED:
        return f"room for {MOST_BATCHED} particles, not for {system.n_particles}"
    return ""


class StatePoint(Model):
    """What identifies a job.

    Attributes
    ----------
    system : System
    potential : Interactions, optional
        Left out only where the method needs none.
    method : Method
        The class is that of ``method.name``.
    conditions : dict, optional
        Of a sample that comes from elsewhere: numbers and words, by name.
    replica : int
        Independent repetition, from 0; it changes the random numbers and nothing else.
    """

    system: System
    potential: Interactions | None = None
    method: Annotated[Method, BeforeValidator(read_method)]
    conditions: Conditions | None = None
    replica: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _blocks_fit_together(self) -> StatePoint:
        check_blocks(self.system, self.potential, self.method)
        return self

    @classmethod
    def read(
        cls, statepoint: Mapping[str, Any], extent: Mapping[str, Any] | None = None
    ) -> StatePoint:
        """Return the model of a job.

        Parameters
        ----------
        statepoint : mapping
            Canonical state point, ``job.statepoint()``.
        extent : mapping, optional
            ``job.document.get("extent")``: how long, e.g. ``{"production_steps": 100000}``.

        Raises
        ------
        pydantic.ValidationError
            Where the state point is not of this schema version.
        """
        method = dict(statepoint.get("method", {}))
        if extent and method.get("name") in PARAMETERS:
            method |= form.known_extents(method_class(method), {"extent": extent})
        return cls.model_validate({**statepoint, "method": method})

    def canonical(self) -> dict[str, Any]:
        """Return the canonical state point, a plain dict of JSON types, without extents."""
        blocks = {
            "system": form.canonical(self.system),
            "potential": self.potential and self.potential.canonical(self.system.types),
            "method": self.method.meant(form.canonical(self.method), self.system),
            "conditions": form.canonical(self.conditions),
            "replica": self.replica,
        }
        return {name: block for name, block in blocks.items() if block is not None}

    def extents(self) -> dict[str, Any]:
        """Return how long the method goes on, where that is not the default."""
        return form.extents(self.method)
