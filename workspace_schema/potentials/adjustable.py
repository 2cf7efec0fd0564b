"""A declared form of which a design finds some parameters, each between bounds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from workspace_schema.canonical import canonical
from workspace_schema.errors import dotted, explain, show
from workspace_schema.potentials.designed import Sought
from workspace_schema.potentials.pair_potential import PairPotential
from workspace_schema.ranges import FREE, MOST, TRIED, between, bounds, ranges


class Adjustable(Sought):
    """A form with ``{free: [low, high]}`` for some of the numbers of its formula.

    In campaign files and state points it is the block of the form, ranges in the place of numbers.

    Attributes
    ----------
    block : dict
        All keys of the form in full, but for those that are free.
    free : dict of str to (float, float)
        Bounds by parameter; those of an `expression` by their names in the formula.
    """

    form: str
    block: dict[str, Any]
    free: dict[str, tuple[float, float]]

    def at(self, values: Mapping[str, float]) -> PairPotential:
        """The form with these values of the free parameters."""
        from workspace_schema.potentials import FORMS

        return FORMS[self.form].model_validate(_placed(self.form, self.block, values))

    @property
    def r_cut(self) -> float:
        """The largest that there is between the bounds."""
        if "r_cut" in self.block:
            return float(self.block["r_cut"])
        ends = itertools.product(*self.free.values())
        return max(self.at(dict(zip(self.free, end, strict=True))).r_cut for end in ends)

    def plain(self) -> dict[str, Any]:
        """The block as it stands in a state point."""
        own = {name: {FREE: list(both)} for name, both in self.free.items()}
        design = {} if self.design is None else {"design": self.design}
        return _placed(self.form, self.block, own) | {"form": self.form} | design


def adjustable(data: Mapping[str, Any], forms: Mapping[str, type[PairPotential]]) -> Adjustable:
    """The potential of a block with ranges.

    Raises
    ------
    ValueError
        ``KEY: what is wrong``, where a range is none or leaves the bounds of the parameter itself,
        or what is free is no number of the formula.
    """
    name = data.get("form")
    if not isinstance(name, str) or name not in forms:
        raise ValueError(f"form: got {show(name)}; expected one of {', '.join(sorted(forms))}")
    form, free = forms[name], {}
    for path, value in ranges(data):
        where, key = dotted(path), str(path[-1])
        inner = len(path) == 2 and path[0] == "parameters"
        if not (inner or (len(path) == 1 and key in form.kinds())) or key in ("r_cut", "r_on"):
            raise ValueError(f"{where}: only numbers of the formula can be free")
        free[key] = bounds(where, value)
    if len(free) > MOST:
        raise ValueError(f"{len(free)} parameters are free; expected at most {MOST}")
    block = {key: value for key, value in data.items() if key not in ("form", "design")}
    for part in TRIED:
        try:
            whole = canonical(form.model_validate(_placed(name, block, between(free, part))))
        except ValidationError as error:
            raise ValueError(_sentence(error, form, data, free)) from None
    free = dict(sorted(free.items()))  # the order of a file means nothing
    del whole["form"]
    inner = whole.get("parameters")
    for key in free:
        del (whole if inner is None else inner)[key]
    return Adjustable(form=name, block=whole, free=free, design=data.get("design"))


def _placed(form: str, block: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A block with the values of parameters; those of an expression have a block of their own."""
    if form != "expression":
        return {**block, **values}
    return {**block, "parameters": {**(block.get("parameters") or {}), **values}}


def _sentence(
    error: ValidationError,
    form: type[PairPotential],
    data: Mapping[str, Any],
    free: Mapping[str, Any],
) -> str:
    """What is wrong with a form whose free parameters are at their lower or upper bounds."""
    texts = []
    for item in error.errors(include_url=False, include_context=False):
        loc = item["loc"]
        if loc and loc[-1] in free:
            what = str(item["msg"]).removeprefix("Input should be ")
            where = dotted(tuple(part for part in loc if part in ("parameters", *free)))
            texts.append(f"{where}: got {show(item['input'])} as a bound; expected {what}")
        else:
            path, message = explain(dict(item), dict(data), form.model_fields)
            texts.append(f"{dotted(path)}: {message}" if path else message)
    return "; ".join(texts)
