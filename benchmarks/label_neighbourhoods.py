"""What the choice of neighbours does to labels.

    python -m benchmarks.label_neighbourhoods

The same classifier (quadratic discriminant analysis) on the same features (averaged q_4, q_6, q_8
and w_4, w_6 of Lechner and Dellago), with the neighbours chosen in five ways. Trained on fcc, hcp,
bcc, sc, diamond and a Lennard-Jones fluid, the crystals at Gaussian noise of 2 to 14 % of the
shortest distance; tested on others. Prints the number of neighbours and the part of the particles
with the right label, against noise.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.steinhardt import averaged_harmonics, cubic, quadratic
from analysis.labelling.train_three_dimensional import perfect
from analysis.neighbourhoods import first_shell, nearest, solid_angle, voronoi
from analysis.prototypes.defects import with_noise
from operations.training.reference_fluids import Fluid, simulate

CRYSTALS = ("fcc", "hcp", "bcc", "sc", "diamond")
NOISE = (0.0, 0.04, 0.08, 0.12, 0.16)
TRAINING = np.linspace(0.02, 0.14, 7)
NEIGHBOURHOODS: dict[str, Callable] = {
    "12 nearest": lambda c: nearest(c, 12).neighbour_list(),
    "14 nearest": lambda c: nearest(c, 14).neighbour_list(),
    "first minimum of g(r)": first_shell,
    "solid angle (SANN)": solid_angle,
    "Voronoi, faces above 2 %": lambda c: voronoi(c, 0.02),
}


def features(configuration: Configuration, neighbours) -> np.ndarray:
    """Averaged q_4, q_6, q_8, w_4 and w_6."""
    even = averaged_harmonics(configuration, neighbours, (4, 6, 8))
    return np.concatenate([quadratic(even), cubic(even[:2])], axis=1)


def simulated() -> list[Configuration]:
    """Two configurations of a fluid and one of a supercooled one."""
    fluids = list(simulate(Fluid("lennard_jones", 0.85, 1.0), 864, 2000, 3, frames=2))
    return [*fluids, next(simulate(Fluid("lennard_jones", 0.9, 0.75), 864, 3000, 4))]


def main() -> None:
    """Print both tables."""
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

    rng = np.random.default_rng(1)
    # In a process of its own: freud's Voronoi cells crash where LAMMPS, which has another voro++,
    # is loaded.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        *fluids, cold = other.submit(simulated).result()
    crystals = {name: perfect(name, 864) for name in CRYSTALS}
    training = [
        (k, with_noise(each, sigma, rng))
        for k, each in enumerate(crystals.values())
        for sigma in TRAINING
    ] + [(len(CRYSTALS), fluids[0])] * 3
    tests = {
        (name, sigma): with_noise(each, sigma, rng)
        for name, each in crystals.items()
        for sigma in NOISE
    }
    counts, accuracies = [], []
    for title, choose in NEIGHBOURHOODS.items():
        x, kinds = [], []
        for kind, configuration in training:
            x.append(features(configuration, choose(configuration)))
            kinds.append(np.full(configuration.n_particles, kind))
        model = QuadraticDiscriminantAnalysis(reg_param=1e-4)
        model.fit(np.concatenate(x), np.concatenate(kinds))
        right = np.zeros((len(CRYSTALS), len(NOISE)))
        numbers = []
        for (name, sigma), configuration in tests.items():
            neighbours = choose(configuration)
            found = model.predict(features(configuration, neighbours))
            k = CRYSTALS.index(name)
            right[k, NOISE.index(sigma)] = (found == k).mean()
            if sigma == NOISE[2]:
                number = np.asarray(neighbours.neighbor_counts)
                numbers.append(f"{number.mean():.1f} ± {number.std():.1f}")
        fluid = []
        for configuration in (fluids[1], cold):
            neighbours = choose(configuration)
            found = model.predict(features(configuration, neighbours))
            fluid.append(float((found == len(CRYSTALS)).mean()))
        counts.append(f"| {title} | " + " | ".join(numbers) + " |")
        cells = [f"{right[:, s].mean():.3f} ({right[:, s].min():.3f})" for s in range(len(NOISE))]
        cells += [f"{share:.3f}" for share in fluid]
        accuracies.append(f"| {title} | " + " | ".join(cells) + " |")
    print(f"neighbours at a noise of {NOISE[2]}\n\n| | " + " | ".join(CRYSTALS) + " |")
    print("|---" * (len(CRYSTALS) + 1) + "|\n" + "\n".join(counts))
    print("\nright labels, mean (worst) of the crystals, and of a fluid and a supercooled one\n")
    print("| noise | " + " | ".join(map(str, NOISE)) + " | fluid | supercooled |")
    print("|---" * (len(NOISE) + 3) + "|\n" + "\n".join(accuracies))


if __name__ == "__main__":
    main()
