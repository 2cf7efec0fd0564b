"""What the reference fluids and crystals, from which labels learn, are simulated by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from operations.engines import Engine, EngineState, Sampling, Segment
from operations.interactions.model import Model

if TYPE_CHECKING:
    from analysis.configuration import Configuration


def one_type(form: str, parameters: Sequence[tuple[str, float]]) -> Model:
    """Points of one type in three dimensions, with a potential by its form."""
    from operations.interactions.pair_functions import PairFunction
    from workspace_schema.potentials import FORMS

    function = PairFunction(FORMS[form].model_validate(dict(parameters)))
    return Model(3, ("A",), {(0, 0): function})


def configurations(
    engine: Engine, state: EngineState, segment: Segment, first: int, apart: int
) -> Iterator[Configuration]:
    """Those at the step `first` of a run and every `apart` steps until the end of a segment."""
    for stop in range(first, segment.stop + 1, apart):
        state = engine.run(state, segment, stop, Sampling(first, 0, segment.stop)).state
        yield engine.configuration(state)
