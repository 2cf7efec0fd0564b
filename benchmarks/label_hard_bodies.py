"""What crystals and fluids of hard bodies are called that the labels were not trained on.

    python -m benchmarks.label_hard_bodies [--sweeps 8000]

Truncated cubes of other truncations than the training's, where their crystals are hot and their
particles partly turn (HOOMD-blue's Monte Carlo in a box of free shape), and equimolar mixtures of
hard spheres compressed in so few sweeps that most stay fluids or glasses. Printed are the fractions
of all particles. HOOMD-blue is needed; about five minutes of one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling import label_configuration
from analysis.labelling.labels import Labels
from operations.training.reference_hard_bodies import HardBodies, simulate

SEED = 20_261_130
CUBES = (
    *(HardBodies("sc", t, p) for t in (0.0, 0.25) for p in (7.0, 9.0)),
    *(HardBodies("fcc", 0.5, p) for p in (12.0, 15.0)),
    *(HardBodies("bcc", 0.75, p) for p in (8.5, 9.5, 12.0)),
    HardBodies("fluid", 0.25, 6.5),
    HardBodies("fluid", 0.5, 9.0),
    HardBodies("fluid", 1.0, 10.0),
)
DIAMETERS, PACKINGS = (0.4, 0.6, 0.8, 0.9, 1.0), (0.45, 0.52, 0.58)


def mixture(diameter: float, packing: float, sweeps: int, seed: int) -> Configuration:
    """Equimolar hard spheres of diameters 1 and another, compressed to a packing fraction."""
    from operations.engines import Integration, Sampling, Segment, choose
    from operations.interactions.model import Model
    from operations.interactions.start import lattice
    from workspace_schema.building_blocks.sphere import HardSphere

    sizes = {"A": 1.0, "B": diameter}
    blocks = {name: HardSphere(form="hard_sphere", diameter=d) for name, d in sizes.items()}
    model, moves = Model(3, tuple(sizes), blocks=blocks), Integration("nvt", adjust_until=sweeps)
    engine = choose("hoomd", model, moves)(model, moves, seed, "cpu")
    random = np.random.default_rng(seed)
    state = engine.begin(lattice("sc", {"A": 108, "B": 108}, 3, 0.3, random))
    segment = Segment(0, sweeps, (1.0, 1.0))
    state = engine.run(state, segment, sweeps, Sampling(0, 0, sweeps)).state | {"step": 0}
    volume, done = 108 * np.pi / 6 * (1 + diameter**3) / packing, False
    while not done:
        squeezed, done = engine.compress(state, 1.0, volume=volume)
        state = squeezed | {"step": 0}
    return engine.configuration(engine.run(state, segment, sweeps, Sampling(0, 0, sweeps)).state)


def line(what: str, labels: Labels) -> str:
    """A row of the table."""
    names = np.array(labels.phase_names)[labels.per_particle]
    found, counts = np.unique(names, return_counts=True)
    shares = sorted(zip(counts / len(names), found, strict=True), reverse=True)
    text = ", ".join(f"{name} {share:.3f}" for share, name in shares)
    return f"| {what} | {labels.label} {labels.confidence:.2f} | {text} |"


def lines(sweeps: int) -> Iterator[str]:
    """The table."""
    yield "| bodies | label, confidence | particles |\n|---|---|---|"
    for number, bodies in enumerate(CUBES):
        (configuration,) = simulate(bodies, sweeps, SEED + number)
        what = f"{bodies.structure}, truncation {bodies.truncation}, P v {bodies.pressure}"
        yield line(what, label_configuration(configuration))
    for number, diameter in enumerate(DIAMETERS):
        for packing in PACKINGS:
            seed = SEED + 100 + 10 * number + int(100 * packing)
            configuration = mixture(diameter, packing, sweeps, seed)
            what = f"spheres 1 and {diameter}, packing fraction {packing}"
            yield line(what, label_configuration(configuration))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sweeps", type=int, default=8000)
    for text in lines(parser.parse_args().sweeps):
        print(text, flush=True)
