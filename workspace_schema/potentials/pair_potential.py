"""What every pair potential has: a formula, parameters with their kinds, a cut-off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from workspace_schema.base import Model

#: What ``r_cut: none`` stands for: all pairs of a cluster, in units of a length of about 1.
NO_CUT = 100.0

CUT_OFF = "distance from which on the energy is zero"

Truncation = Literal["cut", "shift", "force_shift", "xplor"]


def energy(default: float, meaning: str, **bounds: Any) -> Any:
    """A parameter that is an energy: mixed geometrically."""
    return Field(default, description=meaning, json_schema_extra={"kind": "energy"}, **bounds)


def length(default: Any, meaning: str, **bounds: Any) -> Any:
    """A parameter that is a length: mixed by the mixing rule."""
    return Field(default, description=meaning, json_schema_extra={"kind": "length"}, **bounds)


def other(default: float, meaning: str, **bounds: Any) -> Any:
    """A parameter no mixing rule exists for (exponents, phases, wave numbers)."""
    return Field(default, description=meaning, json_schema_extra={"kind": "other"}, **bounds)


def is_none(value: Any) -> bool:
    """Whether a cut-off is said to be none; nothing at all is another thing."""
    return isinstance(value, str) and value.lower() == "none"


def says_none(data: Any) -> bool:
    """Return whether a potential block says ``r_cut: none`` somewhere."""
    if not isinstance(data, Mapping):
        return False
    return is_none(data.get("r_cut")) or any(says_none(value) for value in data.values())


class PairPotential(Model):
    """Isotropic pair energy u(r) in reduced units, zero at r >= r_cut.

    A form declares its energy once, as text in the grammar of
    `workspace_schema.formula`; forces, tables and kernels are derived from it.

    Attributes
    ----------
    references : tuple of str
        Where the form comes from: keys in analysis/references.bib.
    form : str
        Name in campaign files.
    formula : str
        u(r) before truncation.
    r_cut : float
        Distance from which on the energy is zero.
    truncation : str
        How the energy is brought to zero there.
    r_on : float or None
        Where the XPLOR smoothing begins; None for other truncations.
    tabulated : bool
        Whether it is known by its numbers, and not by a formula.
    many_body : bool
        Whether it is no function of r at all, but of all neighbours of a particle.
    contact : float or None
        Distance at which the core is meant to hold particles; None where the parameters say it.
    """

    formula: ClassVar[str]
    tabulated: ClassVar[bool] = False
    many_body: ClassVar[bool] = False
    contact: ClassVar[float | None] = None
    references: ClassVar[tuple[str, ...]] = ()
    form: str
    if TYPE_CHECKING:  # fields or properties of the forms

        @property
        def r_cut(self) -> float: ...
        @property
        def truncation(self) -> Truncation: ...
        @property
        def r_on(self) -> float | None: ...

    @classmethod
    def kinds(cls) -> dict[str, str]:
        """Kind (energy, length or other) of every number that can be mixed, by name."""
        kinds = {}
        for name, field in cls.model_fields.items():
            extra = field.json_schema_extra
            if isinstance(extra, dict) and "kind" in extra:
                kinds[name] = str(extra["kind"])
        return kinds

    def formula_parameters(self) -> dict[str, float]:
        """Values of the names in the formula."""
        return {name: getattr(self, name) for name in self.kinds() if name not in ("r_cut", "r_on")}

    def without_cut_off(self) -> Self:
        """The same with no cut-off, for an open boundary; itself where it has one.

        Raises
        ------
        ValueError
            Where the truncation needs one, or lengths are too large for that.
        """
        field = type(self).model_fields.get("r_cut")
        given = self.model_fields_set
        if field is None or "r_cut" in given or not isinstance(field.default, float):
            return self
        missing = "r_cut is missing; expected a number in an open boundary, because"
        if self.truncation != "cut":
            raise ValueError(f"{missing} truncation is {self.truncation}")
        for name, kind in self.kinds().items():
            if kind == "length" and name not in ("r_cut", "r_on") and getattr(self, name) > 10.0:
                raise ValueError(
                    f"{missing} {name} is {getattr(self, name):g}: without one, pairs count up to"
                    f" {NO_CUT:g}"
                )
        return self.model_copy(update={"r_cut": NO_CUT})


class FiniteRangePotential(PairPotential):
    """A pair potential whose range follows from its parameters: `r_cut` is a property."""

    @property
    def truncation(self) -> Truncation:
        """Nothing is cut off."""
        return "cut"

    @property
    def r_on(self) -> None:
        """No smoothing."""
        return None


class TruncatedPotential(PairPotential):
    """A pair potential of long range, truncated at a cut-off of one's choice.

    Truncations, with u the bare energy: ``cut`` u(r); ``shift`` u(r) - u(r_cut);
    ``force_shift`` u(r) - u(r_cut) - (r - r_cut) u'(r_cut); ``xplor`` u(r) S(r) with
    S = 1 below r_on and (r_cut²-r²)² (r_cut²+2r²-3r_on²) / (r_cut²-r_on²)³ from there
    on, as in HOOMD-blue and CHARMM (Brooks et al., J. Comput. Chem. 4, 187 (1983)).

    In an open boundary ``r_cut: none`` takes all pairs and is what is meant where none is given:
    `NO_CUT`, which the state point has, and which is refused for lengths beyond a tenth of it.
    """

    r_cut: float = length(2.5, CUT_OFF, gt=0)
    truncation: Truncation = Field("cut", description="how the energy is brought to zero there")
    r_on: float | None = Field(
        None,
        gt=0,
        description="where the smoothing of xplor begins",
        json_schema_extra={"kind": "length"},
    )

    @field_validator("r_cut", mode="before")
    @classmethod
    def _none_is_a_number(cls, value: Any) -> Any:
        return NO_CUT if is_none(value) else value

    @model_validator(mode="after")
    def _check_r_on(self) -> TruncatedPotential:
        if (self.truncation == "xplor") != (self.r_on is not None):
            raise ValueError("r_on and truncation: xplor belong together")
        if self.r_on is not None and self.r_on >= self.r_cut:
            raise ValueError(f"r_on is {self.r_on}, expected less than r_cut = {self.r_cut}")
        return self
