"""Train the learned descriptor: `python -m operations.training.train_learned`.

Draws the 20 crystals, with noise, strain and vacancies, simulates the fluids of the production
labels, and writes analysis/learning/learned.npz. Everything has a fixed seed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.learning.train_learned import Example

SEED = 20_261_130
#: Configurations of every crystal, from perfect to hot, and cold; particles of each, about.
HOT, COLD, PARTICLES = 24, 12, 216


def crystals(rng: np.random.Generator, hot: int = HOT, cold: int = COLD) -> Iterator[Example]:
    """Examples of every crystal of one type in space.

    Parameters
    ----------
    rng : numpy.random.Generator
    hot, cold : int
        Of each: with noise up to `LARGEST_NOISE`, and small strained ones with little of it.
    """
    from analysis.labelling.train_three_dimensional import (
        COLD_PARTICLES,
        LARGEST_COLD,
        LARGEST_NOISE,
    )
    from analysis.learning.train_learned import drawn
    from analysis.prototypes import names

    sizes = [PARTICLES] * hot + [COLD_PARTICLES] * cold
    noises = [*np.linspace(0.0, LARGEST_NOISE, hot), *np.linspace(0.0, LARGEST_COLD, cold)]
    for name in names(3, 1):
        for size, noise in zip(sizes, noises, strict=True):
            yield drawn(name, float(noise), rng, size)


def melts(folder: Path | None) -> Iterator[Example]:
    """Examples of fluids, which have no sites: nothing is to move."""
    from analysis.learning.train_learned import Example
    from operations.training.train_labels import fluids

    for frame in fluids(folder):
        for number, each in enumerate(frame):  # of one simulation in every frame
            yield Example(each, "fluid", np.nan, each.positions, f"fluid {number}")


def main(words: list[str] | None = None) -> None:
    """Train and write the model file."""
    from analysis.learning.learned import MODEL_FILE
    from analysis.learning.train_learned import train_learned

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=MODEL_FILE, help="where to write the model")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--keep", type=Path, help="folder of the fluids, used again if they are there"
    )
    told = parser.parse_args(words)
    begin = time.process_time()

    def report(what: str) -> None:
        print(f"{time.process_time() - begin:6.1f} s  {what}", file=sys.stderr, flush=True)

    examples = list(melts(told.keep))
    report(f"{len(examples)} configurations of fluids")
    examples += crystals(np.random.default_rng(told.seed))
    report(f"{len(examples)} configurations")
    model = train_learned(examples, told.seed)
    report(
        f"trained; {sum(x.size for x in (model.network.hidden, model.network.projection))} weights"
    )
    model.save(told.out)


if __name__ == "__main__":
    main()
