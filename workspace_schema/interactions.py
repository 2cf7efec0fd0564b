"""The `potential:` block: one pair potential, or one for every pair of types."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError, WrapValidator, field_validator, model_validator

from workspace_schema.base import Model
from workspace_schema.canonical import canonical
from workspace_schema.errors import dotted, explain
from workspace_schema.potentials import (
    FORMS,
    Adjustable,
    FromFile,
    ManyBodyPotential,
    PairPotential,
    Sought,
)
from workspace_schema.potentials.adjustable import adjustable
from workspace_schema.ranges import has_ranges
from workspace_schema.system import MAX_TYPES

MixingRule = Literal["lorentz_berthelot", "geometric", "waldman_hagler"]
DEFAULT_MIXING: MixingRule = "lorentz_berthelot"


def _with_ranges(value: Any, read: Any) -> Any:
    """A form, or one with free parameters."""
    if isinstance(value, Adjustable):
        return value
    return adjustable(value, FORMS) if has_ranges(value) else read(value)


if TYPE_CHECKING:
    AnyForm = PairPotential
else:
    AnyForm = Annotated[
        Annotated[reduce(or_, FORMS.values()), Field(discriminator="form")],
        WrapValidator(_with_ranges),
    ]


class Interactions(Model):
    """Pair potentials of all type pairs.

    In a campaign file and a state point the block is flat: ``form`` and parameters of
    the base potential, beside them the optional keys

    ``types``
        ``{B: {sigma: 1.2}}``: what differs for a type. A pair of types takes its
        parameters from both, by the mixing rule.
    ``pairs``
        ``{A-B: {epsilon: 0.5}}``: what differs for a pair after mixing. With another
        ``form`` it is that form with its own defaults.
    ``mixing``
        ``lorentz_berthelot`` (default): lengths arithmetic, energies geometric mean;
        ``geometric``: both geometric; ``waldman_hagler`` (Lennard-Jones and WCA only):
        σ⁶ arithmetic, ε √(ε_i ε_j) σ_i³ σ_j³ / σ_ij⁶. Parameters that are neither
        energy nor length (exponents, phases) must be equal, or given for the pair.

    Attributes
    ----------
    base : PairPotential
    types : dict of str to dict
        Overrides by type name.
    pairs : dict of str to dict
        Overrides by pair of type names, sorted and joined by "-".
    mixing : str
    """

    base: AnyForm
    types: dict[str, dict[str, Any]] = Field(default_factory=dict, max_length=MAX_TYPES)
    pairs: dict[str, dict[str, Any]] = Field(default_factory=dict, max_length=MAX_TYPES**2)
    mixing: MixingRule = DEFAULT_MIXING

    @model_validator(mode="before")
    @classmethod
    def _split(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "base" in data:
            return data
        own = ("types", "pairs", "mixing")
        blocks = {key: data[key] for key in own if data.get(key) is not None}
        return {"base": {key: data[key] for key in data if key not in own}, **blocks}

    @field_validator("pairs")
    @classmethod
    def _sort_pairs(cls, pairs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        result = {}
        for key, override in pairs.items():
            names = key.split("-")
            if len(names) != 2 or not all(names):
                raise ValueError(f"pair {key!r}: expected two type names as in A-B")
            ordered = "-".join(sorted(names))
            if ordered in result:
                raise ValueError(f"pair {key!r} stands twice, as {ordered} and the other way round")
            result[ordered] = override
        return result

    @model_validator(mode="after")
    def _check_overrides(self) -> Interactions:
        for name in ("types", "pairs"):
            for key, override in getattr(self, name).items():
                if isinstance(self.base, Adjustable) or has_ranges(override):
                    raise ValueError(
                        f"{name}.{key}: only one type of particle has a free parameter"
                    )
        forms = [FORMS.get(str(override.get("form"))) for override in self.pairs.values()]
        if self.types or self.pairs:
            for form in (type(self.base), *filter(None, forms)):
                if form.many_body:
                    raise ValueError(
                        f"form: {form.model_fields['form'].default} is of all types at once;"
                        " expected neither types nor pairs"
                    )
        for name in self.types:
            if "-" in name or not name:
                raise ValueError(f"types.{name}: a type name is not empty and holds no '-'")
            self._of_type(name)
        for key in self.pairs:
            self.pair(*key.split("-"))
        return self

    def pair(self, type_i: str, type_j: str) -> PairPotential:
        """Potential between two types, mixed and overridden.

        Raises
        ------
        ValueError
            Where the types differ in something no mixing rule exists for.
        """
        key = pair_key(type_i, type_j)
        override = self.pairs.get(key, {})
        if not override and not self.types and self.mixing != "waldman_hagler":
            return self.base
        if override.get("form", self.base.form) != self.base.form:
            form = FORMS.get(override["form"]) if isinstance(override["form"], str) else None
            if form is None:
                raise ValueError(
                    f"pairs.{key}.form is {override['form']!r}, expected one of {', '.join(FORMS)}"
                )
            return _validate(form, override, f"pairs.{key}")
        values = {**self._mix(type_i, type_j, set(override)), **override}
        return _validate(type(self.base), values, f"pairs.{key}")

    def without_cut_off(self) -> Interactions:
        """The same with no cut-off where none is given, for an open boundary.

        Raises
        ------
        ValueError
            Where a cut-off is given for some types only, or there has to be one.
        """
        base = self.base.without_cut_off()
        some = [name for name, override in self.types.items() if "r_cut" in override]
        if base is not self.base and some:
            raise ValueError(f"r_cut is missing; types.{some[0]} has one in an open boundary")
        pairs = {}
        for key, override in self.pairs.items():
            form = override.get("form", self.base.form)
            if form != self.base.form:
                pair = self.pair(*key.split("-"))
                uncut = pair.without_cut_off()
                override = override if uncut is pair else override | {"r_cut": uncut.r_cut}
            pairs[key] = override
        if base is self.base and pairs == self.pairs:
            return self
        return Interactions(base=base, types=self.types, pairs=pairs, mixing=self.mixing)

    @property
    def many_body(self) -> bool:
        """Whether it is no sum over pairs."""
        return self.base.many_body

    @property
    def designed(self) -> bool:
        """Whether a design is looked for that nothing names yet."""
        return any(
            isinstance(pair, Sought) and pair.design is None
            for pair in (self.base, *(self.pair(*key.split("-")) for key in self.pairs))
        )

    def by_design(self, design: str) -> Interactions:
        """The same with what the design of this job id finds."""
        base, new = self.base, {"design": design}
        if isinstance(base, Sought):
            base = base.model_copy(update=new)
        pairs = {
            key: override | new if override.get("form") == "designed" else override
            for key, override in self.pairs.items()
        }
        return Interactions(base=base, types=self.types, pairs=pairs, mixing=self.mixing)

    def check_types(self, names: Iterable[str]) -> None:
        """Raise ValueError unless types and pairs name only `names` and every pair resolves."""
        names = tuple(names)
        if isinstance(self.base, Adjustable) and len(names) > 1:
            raise ValueError(
                f"{next(iter(self.base.free))}: only one type of particle has a free parameter"
            )
        if isinstance(self.base, ManyBodyPotential) and self.base.species != tuple(sorted(names)):
            have = ", ".join(self.base.species or ())
            raise ValueError(f"file: is fitted to the types {have}; got {', '.join(names)}")
        for name in self.types:
            if name not in names:
                raise ValueError(f"types.{name}: expected one of the types {', '.join(names)}")
        for key in self.pairs:
            for name in key.split("-"):
                if name not in names:
                    raise ValueError(f"pairs.{key}: {name} is none of the types {', '.join(names)}")
        for type_i, type_j in type_pairs(names):
            self.pair(type_i, type_j)

    def canonical(self, type_names: Iterable[str] = ()) -> dict[str, Any]:
        """Plain dict for a state point, written in full.

        A mixture says every parameter of every type and of every pair of different types, so
        that each can be an axis and be selected, whatever the campaign file left out. A system
        of one type, and a potential of many bodies, has the plain form.

        Parameters
        ----------
        type_names : iterable of str
            All types of the system; left out, those that have overrides.

        Raises
        ------
        ValueError
            Where a table has not been stored under its hash yet.
        """
        named = {name for key in self.pairs for name in key.split("-")} | set(self.types)
        names = tuple(sorted(set(type_names) or named))
        if len(names) == 1:
            return _plain(self.pair(names[0], names[0]))
        result = _plain(self.base)
        if not names or self.many_body:
            return result
        pairs = {pair_key(i, j) for i, j in type_pairs(names) if i != j} | set(self.pairs)
        return result | {
            "types": {name: _without_form(_plain(self._of_type(name))) for name in names},
            "pairs": {key: _plain(self.pair(*key.split("-"))) for key in sorted(pairs)},
            "mixing": self.mixing,
        }

    def stored(self, directory: Path, root: Path | None) -> Interactions:
        """The same with every file named by its hash; see `FromFile.stored`."""
        base = self.base.stored(directory, root) if isinstance(self.base, FromFile) else self.base
        pairs = {}
        for key, override in self.pairs.items():
            pair = self.pair(*key.split("-"))
            if isinstance(pair, FromFile):
                try:
                    override = _plain(pair.stored(directory, root))
                except ValueError as error:
                    raise ValueError(f"pairs.{key}.{error}") from None
            pairs[key] = override
        return Interactions(base=base, types=self.types, pairs=pairs, mixing=self.mixing)

    def _of_type(self, name: str) -> PairPotential:
        override = self.types.get(name, {})
        if "form" in override and override["form"] != self.base.form:
            raise ValueError(f"types.{name}.form: another form is given for a pair, not a type")
        if not override:
            return self.base
        return _validate(type(self.base), {**self.base.model_dump(), **override}, f"types.{name}")

    def _mix(self, type_i: str, type_j: str, given: set[str]) -> dict[str, Any]:
        """Fields for a pair of types by the mixing rule, but for those in `given`."""
        first, second = self._of_type(type_i), self._of_type(type_j)
        waldman_hagler = self.mixing == "waldman_hagler"
        if waldman_hagler and self.base.form not in ("lennard_jones", "wca"):
            raise ValueError(
                f"mixing is waldman_hagler, which is defined for lennard_jones and wca, "
                f"not {self.base.form}"
            )
        kinds = self.base.kinds()
        mixed: dict[str, Any] = {}
        for name in type(self.base).model_fields:
            a, b = getattr(first, name), getattr(second, name)
            if name in given:
                continue
            if a == b and not (waldman_hagler and name == "epsilon"):
                mixed[name] = a
            elif kinds.get(name) == "length" and a is not None and b is not None:
                mixed[name] = _mix_lengths(a, b, self.mixing)
            elif kinds.get(name) == "energy" and a * b >= 0.0:
                size = a if a == b else math.copysign(math.sqrt(a * b), a)
                if waldman_hagler:
                    size *= _waldman_hagler_scale(first, second)
                mixed[name] = size
            else:
                raise ValueError(
                    f"{name} is {a} for type {type_i} and {b} for type {type_j}, which cannot be "
                    f"mixed; give pairs.{pair_key(type_i, type_j)}.{name}"
                )
        return mixed


def _waldman_hagler_scale(first: Any, second: Any) -> float:
    """σ_i³ σ_j³ / σ_ij⁶: M. Waldman and A. T. Hagler, J. Comput. Chem. 14, 1077 (1993)."""
    if first.sigma == second.sigma:
        return 1.0
    return float(2.0 * (first.sigma * second.sigma) ** 3 / (first.sigma**6 + second.sigma**6))


def _mix_lengths(a: float, b: float, mixing: MixingRule) -> float:
    if mixing == "geometric":
        return math.sqrt(a * b)
    if mixing == "waldman_hagler":
        return float(((a**6 + b**6) / 2.0) ** (1.0 / 6.0))
    return (a + b) / 2.0


def pair_key(type_i: str, type_j: str) -> str:
    """The key of a pair of types: their names, sorted and joined by "-"."""
    return "-".join(sorted((type_i, type_j)))


def type_pairs(names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield every pair of types once."""
    for i, type_i in enumerate(names):
        for type_j in names[i:]:
            yield type_i, type_j


def _validate(form: type[PairPotential], values: dict[str, Any], where: str) -> PairPotential:
    """Build a potential; errors are told as text, with the key path `where`."""
    try:
        return form.model_validate(values)
    except ValidationError as error:
        known = form.model_fields
        texts = []
        for item in error.errors(include_url=False, include_context=False):
            path, message = explain(dict(item), {"form": known["form"].default} | values, known)
            texts.append(f"{dotted((where, *path))}: {message}")
        raise ValueError("; ".join(texts)) from None


def _plain(potential: PairPotential) -> dict[str, Any]:
    if isinstance(potential, FromFile) and potential.sha256 is None:
        raise ValueError(
            f"{potential.form} {potential.file} has not been stored under its hash yet"
        )
    result: dict[str, Any] = canonical(potential)
    return result


def _without_form(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plain.items() if name != "form"}
