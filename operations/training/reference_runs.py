"""What the reference fluids and crystals, from which labels learn, are simulated by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from operations.engines import Chunk, EngineState, Sampling, Segment

if TYPE_CHECKING:
    from analysis.configuration import Configuration
    from operations.interactions.pair_functions import PairFunction


class Runs(Protocol):
    """What an engine of points and one of hard particles have in common."""

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`."""

    def configuration(self, state: EngineState) -> Configuration:
        """The particles of a state."""


def one_type(
    form: str, parameters: Sequence[tuple[str, float]]
) -> dict[tuple[int, int], PairFunction]:
    """The potential of particles of one type, by its form."""
    from operations.interactions.pair_functions import PairFunction
    from workspace_schema.potentials import FORMS

    return {(0, 0): PairFunction(FORMS[form].model_validate(dict(parameters)))}


def configurations(
    engine: Runs, state: EngineState, segment: Segment, first: int, apart: int
) -> Iterator[Configuration]:
    """Those at the step `first` of a run and every `apart` steps until the end of a segment."""
    for stop in range(first, segment.stop + 1, apart):
        state = engine.run(state, segment, stop, Sampling(first, 0, segment.stop)).state
        yield engine.configuration(state)
