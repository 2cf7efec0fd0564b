"""Method `design`: the potential is what is looked for; each way is a class, by its `by:`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workspace_schema.errors import show
from workspace_schema.methods.design_base import Design
from workspace_schema.methods.design_crystals import Alchemy, Gradient, GroundState, Label
from workspace_schema.methods.design_liquids import Forces, RelativeEntropy, Structure
from workspace_schema.suggestions import did_you_mean

#: The ways by their `by`.
WAYS: dict[str, type[Design]] = {
    way.model_fields["by"].annotation.__args__[0]: way  # type: ignore[union-attr]
    for way in (Alchemy, Forces, Gradient, GroundState, Label, RelativeEntropy, Structure)
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
