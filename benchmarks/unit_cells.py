"""Names from the unit cells of crystals that move: every prototype, by the noise.

    python -m benchmarks.unit_cells [--particles 500] [--noise 0.04 0.08 0.12]

Noise is the standard deviation of each coordinate, in units of the mean distance of particles.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from analysis.labelling.labels import UNKNOWN, Labels
from analysis.prototypes import names, prototype
from analysis.prototypes.defects import with_noise
from operations.results.crystals import named

#: What the judge of particles says of them here, so that the cell alone names.
NOTHING = Labels(
    UNKNOWN, 1.0, [], 0.0, 0, "", "", np.zeros(0, np.int8), np.zeros((0, 1), np.float32), (UNKNOWN,)
)


def main() -> None:
    """Print a table, and how many are right."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--particles", type=int, default=500)
    parser.add_argument("--noise", type=float, nargs="+", default=[0.04, 0.08, 0.12])
    options = parser.parse_args()
    right = dict.fromkeys(options.noise, 0)
    wrong = dict.fromkeys(options.noise, 0)
    crystals = [name for d, types in ((3, 1), (3, 2), (2, 1)) for name in names(d, types)]
    print("| crystal | particles |", " | ".join(f"{noise:.0%}" for noise in options.noise), "|")
    for name in crystals:
        cell = prototype(name).cell()
        d = cell.dimensions
        repeats = max(2, round((options.particles / cell.n_particles) ** (1.0 / d)))
        whole = cell.replicate((repeats, repeats, repeats if d == 3 else 1))
        unit = (whole.volume / whole.n_particles) ** (1.0 / d)
        row = []
        for noise in options.noise:
            moving = with_noise(whole, noise * unit, np.random.default_rng(2))
            begin = time.process_time()
            label = named(moving, NOTHING)[0].label
            right[noise] += label == name
            wrong[noise] += label not in (name, UNKNOWN)
            row.append(f"{label} ({time.process_time() - begin:.1f} s)")
        print(f"| {name} | {whole.n_particles} |", " | ".join(row), "|", flush=True)
    for noise in options.noise:
        print(f"{noise:.0%}: {right[noise]} of {len(crystals)} right, {wrong[noise]} wrong")


if __name__ == "__main__":
    main()
