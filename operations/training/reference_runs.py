"""What the reference fluids and crystals, from which labels learn, are simulated by and kept in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.configuration import Configuration
from operations.engines import Engine, EngineState, Sampling, Segment
from operations.interactions.model import Model

if TYPE_CHECKING:
    from operations.interactions.pair_functions import PairFunction


def points(
    form: str,
    parameters: Sequence[tuple[str, float | str]],
    diameters: Sequence[float] = (1.0,),
    dimensions: int = 3,
) -> Model:
    """Points of one type or several, with a potential by its form.

    Parameters
    ----------
    form : str
    parameters : sequence of (str, float or str)
    diameters : sequence of float
        Of every type: sigma is the mean of two. One of 1 leaves sigma alone.
    dimensions : int
    """
    from operations.interactions.pair_functions import PairFunction
    from workspace_schema.potentials import FORMS

    def function(i: int, j: int) -> PairFunction:
        mean = {"sigma": 0.5 * (diameters[i] + diameters[j])} if len(diameters) > 1 else {}
        return PairFunction(FORMS[form].model_validate(dict(parameters) | mean))

    n = len(diameters)
    pairs = {(i, j): function(i, j) for i in range(n) for j in range(i, n)}
    return Model(dimensions, tuple("AB"[:n]), pairs)


def configurations(
    engine: Engine, state: EngineState, segment: Segment, first: int, apart: int
) -> Iterator[Configuration]:
    """Those at the step `first` of a run and every `apart` steps until the end of a segment."""
    for stop in range(first, segment.stop + 1, apart):
        state = engine.run(state, segment, stop, Sampling(first, 0, segment.stop)).state
        yield engine.configuration(state)


def kept(
    folder: Path | None, simulate: Callable[..., Iterable[Configuration]], *arguments: Any
) -> list[Configuration]:
    """Positions and boxes of `simulate(*arguments)`, from a file of these if the folder has it.

    Parameters
    ----------
    folder : Path, optional
        Without it nothing is kept.
    simulate : function
    *arguments
        What they are called in full names the file: another state is another file.
    """
    if folder is None:
        return list(simulate(*arguments))
    named = repr((simulate.__module__, arguments)).encode()
    path = folder / f"{hashlib.sha256(named).hexdigest()[:16]}.npz"
    if not path.exists():
        frames = list(simulate(*arguments))
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial,
            positions=[frame.positions for frame in frames],
            boxes=[frame.box for frame in frames],
            dimensions=frames[0].dimensions,
        )
        partial.replace(path)
    with np.load(path, allow_pickle=False) as arrays:
        dimensions = int(arrays["dimensions"]) if "dimensions" in arrays else 3  # older files
        return [
            Configuration(positions, box, dimensions, np.zeros(len(positions)))
            for positions, box in zip(arrays["positions"], arrays["boxes"], strict=True)
        ]
