"""Train the learned descriptor: `python -m operations.training.train_learned`.

Draws the crystals of one type, with noise, strain and vacancies, simulates fluids (in space those
of the production labels), and writes analysis/learning/learned_3d.npz, or learned_2d.npz with
`--dimensions 2`. Everything has a fixed seed. `--network NAME --out ROOT/labellers/NAME.npz` trains
a network of `analysis.learning.networks` on the same (needs torch), most of which it has to get
right: `--without dhcp` leaves out crystals that it cannot tell, `--noise 0.1` hotter examples.
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
#: The largest noise in the plane, where crystals have melted with less.
LARGEST_NOISE_2D = 0.14
#: Lattices of the plane that have no name: what is none of the others.
OBLIQUE = "oblique"
#: Legs of centred rectangles over their base: without a name, and rhombic for the rules, though the
#: prototype, strained, does not reach there. Hexagonal crystals are between.
LONG_LEGS, SHORT_LEGS = (1.09, 1.3), (0.87, 0.92)
#: Radius of a patch of a quasicrystal, and how far from its edge it is learnt from, in edges.
PATCH, INSIDE = 15.0, 9.0


def crystals(
    rng: np.random.Generator,
    hot: int = HOT,
    cold: int = COLD,
    dimensions: int = 3,
    largest: float | None = None,
) -> Iterator[Example]:
    """Examples of every crystal of one type; in the plane of quasicrystals and oblique lattices,
    too.

    Parameters
    ----------
    rng : numpy.random.Generator
    hot, cold : int
        Of each: with noise up to the largest, and small strained ones with little of it.
    dimensions : int
    largest : float, optional
        Noise, in shortest distances; that of the production labels, or, in the plane, less.
    """
    from analysis.labelling.train_three_dimensional import (
        COLD_PARTICLES,
        LARGEST_COLD,
        LARGEST_NOISE,
    )
    from analysis.learning.train_learned import drawn
    from analysis.prototypes import names

    sizes = [PARTICLES] * hot + [COLD_PARTICLES] * cold
    hottest = LARGEST_NOISE if dimensions == 3 else LARGEST_NOISE_2D
    hottest = hottest if largest is None else largest
    noises = [*np.linspace(0.0, hottest, hot), *np.linspace(0.0, LARGEST_COLD, cold)]
    for name in names(dimensions, 1):
        for size, noise in zip(sizes, noises, strict=True):
            yield drawn(name, float(noise), rng, size)
    if dimensions == 2:
        for k, noise in enumerate(noises):
            yield from without_prototype(float(noise), rng, k)


def without_prototype(noise: float, rng: np.random.Generator, seed: int) -> Iterator[Example]:
    """Both quasicrystals of the plane, strained, and lattices of two distances, with this noise."""
    from analysis.labelling.train_three_dimensional import LARGEST_STRAIN, perfect
    from analysis.learning.train_learned import Example
    from analysis.neighbourhoods import nearest
    from analysis.prototypes.defects import deformed, random_strain, with_noise
    from analysis.prototypes.tilings import decagonal_tiling, dodecagonal_tiling

    def lattice(b: float, along: float) -> np.ndarray:
        """Sides 1 and b; the second goes so far along the first, by a half in a centred rectangle
        of base 1 and legs b."""
        return np.array([[1.0, along], [0.0, np.sqrt(b**2 - along**2)]])

    square = perfect("square", PARTICLES)
    for name, still, strain in (
        ("dodecagonal", dodecagonal_tiling(2, 1.0, seed), random_strain(LARGEST_STRAIN, rng, 2)),
        ("decagonal", decagonal_tiling(PATCH), random_strain(LARGEST_STRAIN, rng, 2)),
        # a reduced cell: the third distance is b or longer
        (OBLIQUE, square, lattice(rng.uniform(1.2, 1.7), rng.uniform(0.0, 0.5))),
        (OBLIQUE, square, lattice(rng.uniform(*LONG_LEGS), 0.5)),
        ("rhombic", square, lattice(rng.uniform(*SHORT_LEGS), 0.5)),
    ):
        inside = None if still.periodic else np.linalg.norm(still.positions, axis=1) < INSIDE
        edge = float(np.median(nearest(still, 1).distances))
        still = deformed(still, strain)
        made = with_noise(still, noise * edge, rng)
        yield Example(made, name, noise, still.positions, inside=inside)


def melts(folder: Path | None, dimensions: int = 3) -> Iterator[Example]:
    """Examples of fluids, which have no sites: nothing is to move."""
    from analysis.learning.train_learned import Example
    from operations.training.reference_fluids import PLANE, simulate
    from operations.training.reference_runs import kept
    from operations.training.train_labels import fluids

    if dimensions == 2:
        runs = [
            kept(folder, simulate, fluid, 500, 6000, SEED + k, 4, 2)
            for k, fluid in enumerate(PLANE)
        ]
        frames = [list(frame) for frame in zip(*runs, strict=True)]
    else:
        frames = fluids(folder)
    for frame in frames:
        for number, each in enumerate(frame):  # of one simulation in every frame
            yield Example(each, "fluid", np.nan, each.positions, f"fluid {number}")


def main(words: list[str] | None = None) -> None:
    """Train and write the model file."""
    from analysis.labelling.train_three_dimensional import LARGEST_NOISE
    from analysis.learning.learned import MODEL_FILES
    from analysis.learning.networks.training import check_learnt, train_network
    from analysis.learning.train_learned import train_learned
    from analysis.prototypes import names
    from workspace_schema.labelling import NETWORKS

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--dimensions", type=int, choices=MODEL_FILES, default=3)
    parser.add_argument("--out", type=Path, help="where to write the model")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--keep", type=Path, help="folder of the fluids, used again if they are there"
    )
    parser.add_argument("--network", choices=NETWORKS, help="a network in its place, with --out")
    parser.add_argument("--without", nargs="+", default=(), help="crystals it need not tell apart")
    parser.add_argument("--noise", type=float, help="the largest it learns, in shortest distances")
    told = parser.parse_args(words)
    if not told.network and (told.without or told.noise is not None):
        parser.error("--without, --noise: expected --network, the one model they are for")
    if told.noise is not None and not 0 < told.noise <= LARGEST_NOISE:
        parser.error(f"--noise is {told.noise}, expected more than 0 and at most {LARGEST_NOISE}")
    if unknown := set(told.without) - {*names(told.dimensions, 1)}:
        parser.error(
            f"--without {' '.join(sorted(unknown))}: expected some of"
            f" {', '.join(names(told.dimensions, 1))}"
        )
    if told.network and not told.out:
        parser.error("--network: expected --out, the file of the model")
    begin = time.process_time()

    def report(what: str) -> None:
        print(f"{time.process_time() - begin:6.1f} s  {what}", file=sys.stderr, flush=True)

    examples = list(melts(told.keep, told.dimensions))
    report(f"{len(examples)} configurations of fluids")
    random = np.random.default_rng(told.seed)
    drawn = crystals(random, dimensions=told.dimensions, largest=told.noise)
    examples += (each for each in drawn if each.name not in told.without)
    report(f"{len(examples)} configurations")
    if told.network:
        network = train_network(told.network, examples, told.seed)
        try:
            check_learnt(network, examples)
        except ValueError as error:
            sys.exit(str(error))
        network.save(told.out)
        report(f"trained; {told.out}")
        return
    model = train_learned(examples, told.seed)
    report(
        f"trained; {sum(x.size for x in (model.network.hidden, model.network.projection))} weights"
    )
    model.save(told.out or MODEL_FILES[told.dimensions])


if __name__ == "__main__":
    main()
