"""How far the other families of models go against noise, beside the default model.

    python benchmarks/label_families.py

fcc, hcp, bcc and diamond with Gaussian noise, in units of the shortest distance, and a
Lennard-Jones fluid, 500 particles each. Supervised families are trained on other configurations at
noises of 2, 6 and 10 %: part of the particles that is right. Families without labels see the five
together at each noise: part of the particles that is of the commonest kind of its cluster, and the
number of clusters. UMAP and SOAP are left out where they are not installed.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.configuration import Configuration
from analysis.descriptors.neighbourhood_graphs import NeighbourhoodGraphs
from analysis.descriptors.soap import Soap
from analysis.descriptors.steinhardt import averaged_harmonics, quadratic
from analysis.labelling.clusters import Clusters, density_clusters, gaussian_mixture
from analysis.labelling.density_peaks import density_peaks
from analysis.labelling.diffusion_map import diffusion_map
from analysis.labelling.embedding import autoencoder, principal_components
from analysis.labelling.forest import random_forest
from analysis.labelling.three_dimensional import classify, network
from analysis.labelling.train_three_dimensional import perfect
from analysis.labelling.umap_embedding import umap_embedding
from analysis.neighbourhoods import nearest
from analysis.prototypes.defects import with_noise
from operations.reference_fluids import Fluid, simulate

CRYSTALS = ("fcc", "hcp", "bcc", "diamond")
NOISE = (0.02, 0.05, 0.08, 0.11, 0.14)
TRAINING = (0.02, 0.06, 0.10)


def averaged(configuration: Configuration) -> np.ndarray:
    """Averaged q_l, l = 1 to 8, of twelve neighbours."""
    neighbours = nearest(configuration, 12).neighbour_list()
    return quadratic(averaged_harmonics(configuration, neighbours, range(1, 9)))


def graphs(configuration: Configuration) -> np.ndarray:
    """Shares of small graphs among twelve neighbours."""
    return NeighbourhoodGraphs().compute(configuration).features


def purity(clusters: Clusters, features: np.ndarray, kinds: np.ndarray) -> tuple[float, int]:
    """Part of the particles of the commonest kind of their cluster, and the clusters."""
    assigned = clusters.probabilities(features).argmax(axis=1)
    counts = [np.bincount(kinds[assigned == k]).max() for k in np.unique(assigned)]
    return sum(counts) / len(kinds), len(counts)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(2)
    first, second = simulate(Fluid("lennard_jones", 0.85, 1.0), 500, 2000, 7, frames=2)
    examples = {
        name: [with_noise(perfect(name), sigma, rng) for sigma in TRAINING] for name in CRYSTALS
    } | {"fluid": [first]}
    forests = {
        "random forest, distances and angles": random_forest(examples),
        "random forest, graphs": random_forest(examples, [NeighbourhoodGraphs()]),
    }
    if find_spec("dscribe"):
        forests["random forest, SOAP (r_cut 1.8)"] = random_forest(examples, [Soap(1.8)])
    unsupervised = {
        "components and mixture": lambda x, _: gaussian_mixture(principal_components(x), x),
        "components and density peaks": lambda x, _: density_peaks(principal_components(x), x),
        "autoencoder and mixture": lambda x, _: gaussian_mixture(autoencoder(x), x),
        "diffusion map of graphs, HDBSCAN": lambda _, g: density_clusters(diffusion_map(g), g),
    }
    if find_spec("umap"):
        unsupervised["UMAP and HDBSCAN"] = lambda x, _: density_clusters(umap_embedding(x), x)
    model = network()
    rows: dict[str, list[str]] = {name: [] for name in ("default", *forests, *unsupervised)}
    for sigma in NOISE:
        tests = [with_noise(perfect(name), sigma, rng) for name in CRYSTALS] + [second]
        kinds = np.repeat(range(len(tests)), [each.n_particles for each in tests])
        right = [
            classify(each, model)[0].argmax(axis=1) == list(model.classes).index(name)
            for name, each in zip((*CRYSTALS, "fluid"), tests, strict=True)
        ]
        rows["default"].append(f"{np.concatenate(right).mean():.3f}")
        for name, forest in forests.items():
            found = np.concatenate([forest.probabilities(each).argmax(axis=1) for each in tests])
            rows[name].append(f"{(found == kinds).mean():.3f}")
        x, g = (np.concatenate([each(test) for test in tests]) for each in (averaged, graphs))
        for name, cluster in unsupervised.items():
            clusters = cluster(x, g)
            features = g if "graphs" in name else x
            rows[name].append("{:.3f} ({})".format(*purity(clusters, features, kinds)))
    print("| family | " + " | ".join(map(str, NOISE)) + " |\n" + "|---" * (len(NOISE) + 1) + "|")
    for name, cells in rows.items():
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
