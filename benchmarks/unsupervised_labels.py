"""fcc, hcp, bcc and a fluid told apart without labels, by an autoencoder and a mixture.

    python -m benchmarks.unsupervised_labels

After Boattini, Dijkstra and Filion, J. Chem. Phys. 151, 154901 (2019): averaged bond order
parameters of degrees 1 to 8, an autoencoder with two coordinates, Gaussians by the Bayesian
information criterion. Crystals have the thermal motion of a harmonic solid (8 % of the shortest
distance), the fluid is Lennard-Jones. Prints what each cluster consists of.
"""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.steinhardt import averaged_harmonics, quadratic
from analysis.labelling.train_three_dimensional import perfect
from analysis.learning.clusters import gaussian_mixture
from analysis.learning.embedding import autoencoder, principal_components
from analysis.neighbourhoods import nearest
from analysis.prototypes.defects import harmonic_crystal
from operations.training.reference_fluids import Fluid, simulate

NAMES = ("fcc", "hcp", "bcc", "fluid")


def features(configuration: Configuration) -> np.ndarray:
    """Averaged q_l, l = 1 to 8, of twelve neighbours."""
    neighbours = nearest(configuration, 12).neighbour_list()
    return quadratic(averaged_harmonics(configuration, neighbours, range(1, 9)))


def main() -> None:
    """Print one table for each embedding."""
    rng = np.random.default_rng(5)
    parts = [features(harmonic_crystal(perfect(name, 500), 0.08, rng)) for name in NAMES[:3]]
    parts.append(features(next(simulate(Fluid("lennard_jones", 0.85, 1.0), 500, 1500, 5))))
    x = np.concatenate(parts)
    kinds = np.repeat(np.arange(4), [len(part) for part in parts])
    for title, embedding in (
        ("autoencoder, two coordinates", autoencoder(x, 2, seed=0, epochs=150)),
        ("principal components, 95 % of the variance", principal_components(x)),
    ):
        clusters = gaussian_mixture(embedding, x, most=8)
        assigned = clusters.probabilities(x).argmax(axis=1)
        counts = np.array(
            [np.bincount(kinds[assigned == k], minlength=4) for k in range(len(clusters.means))]
        )
        purity = counts.max(axis=1).sum() / counts.sum()
        explained = f"{embedding.explained:.3f} of the variance"
        print(f"\n{title}: {explained}, {len(counts)} clusters, purity {purity:.3f}")
        print("| cluster | " + " | ".join(NAMES) + " |\n" + "|---" * 5 + "|")
        for k, row in enumerate(counts):
            print(f"| {k + 1} | " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
