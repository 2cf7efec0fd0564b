"""A user's own formula."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, model_validator

from workspace_schema.formula import check_parameter_name, parse
from workspace_schema.potentials.pair_potential import CUT_OFF, TruncatedPotential


class Expression(TruncatedPotential):
    """u(r) as a formula in the campaign file, with named parameters.

    ``{form: expression, formula: "exp(-alpha * r**4)", parameters: {alpha: 2}, r_cut: 2}``;
    the grammar is that of `workspace_schema.formula`. Spaces do not count.
    """

    form: Literal["expression"] = "expression"
    # a constant of the class in every other form
    formula: str = Field(description="u(r), of r, pi and the parameters")  # type: ignore[misc]
    parameters: dict[str, float] = Field(
        default_factory=dict, description="numbers by their names in the formula"
    )
    r_cut: float = Field(gt=0, description=CUT_OFF, json_schema_extra={"kind": "length"})

    @model_validator(mode="before")
    @classmethod
    def _strip_spaces(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("formula"), str):
            # Checked as written first: without its spaces `1 2` would be a number.
            parameters = data.get("parameters") or {}
            parse(data["formula"], parameters if isinstance(parameters, dict) else ())
            data = {**data, "formula": re.sub(r"\s+", "", data["formula"])}
        return data

    @model_validator(mode="after")
    def _check_parameters(self) -> Expression:
        used = set(re.findall(r"[A-Za-z][A-Za-z0-9_]*", self.formula))
        for name in self.parameters:
            check_parameter_name(name)
            if name not in used:
                raise ValueError(f"parameters.{name} does not stand in formula {self.formula!r}")
        return self

    def formula_parameters(self) -> dict[str, float]:
        """Values of the names in the formula."""
        return dict(self.parameters)
