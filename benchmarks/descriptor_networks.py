"""Networks on the tests of their own field: phases of Lennard-Jones, and what moves in a glass.

    python -m benchmarks.descriptor_networks phases [--seeds 3]
    python -m benchmarks.descriptor_networks propensity --data FILE [--steps 300]

Needs torch. `phases`: fcc, hcp, bcc and liquid from molecular dynamics (`soap_energies`), trained
on every other state and tested on those between; part of the particles that is right, mean of four
phases (PointNet: R. S. DeFever et al., Chem. Sci. 10, 7503 (2019): 99.5 %). The autoencoder learns
from the same without labels: Gaussians by the Bayesian information criterion, and the adjusted Rand
index of these with the phases. `propensity`: of the file that `benchmarks.propensity --keep` wrote;
SchNet, without and with angles, on inherent structures, every fifth configuration left out in turn,
beside the ridge regression there.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.learning.clusters import gaussian_mixture
from analysis.learning.networks.graphs import graph, joined
from analysis.learning.networks.layers import Layers
from analysis.learning.networks.model import FAMILIES, scores
from analysis.learning.networks.position_autoencoder import position_autoencoder
from analysis.learning.networks.training import Part, fitted, train_network
from analysis.learning.train_learned import Example
from benchmarks.propensity import Liquid, quenched
from benchmarks.soap_energies import STATES, simulated

Phases = list[tuple[Configuration, str]]
#: Of the propensity: neighbours and the cut-off, steps, and parts of the configurations that are
#: left out in turn.
AROUND, STEPS, FOLDS = {"schnet": (32, 2.0), "line_graph": (16, 2.0)}, 300, 5


def drawn(seed: int) -> tuple[Phases, Phases]:
    """Configurations to train on, and of the states between."""
    found: tuple[Phases, Phases] = ([], [])
    for name, (densities, kTs) in STATES.items():
        for state, (density, kT) in enumerate(product(densities, kTs)):
            frames = simulated(name, density, kT, 1000 * seed + state + 1)
            found[state % 2].extend((frame, name) for frame in frames)
    return found


def phases(seed: int, steps: int | None) -> dict[str, float]:
    """Part of the particles that every family has right, and the index of the autoencoder."""
    from sklearn.metrics import adjusted_rand_score

    training, testing = drawn(seed)
    examples, found = [Example(*each) for each in training], {}
    for family in FAMILIES:
        model = train_network(family, examples, seed, steps)
        right: dict[str, list[float]] = {}
        for configuration, name in testing:
            named = model.probabilities(configuration).argmax(axis=1)
            right.setdefault(name, []).append((named == model.classes.index(name)).mean())
        found[family] = float(np.mean([np.mean(each) for each in right.values()]))
        print(seed, family, {k: round(float(np.mean(v)), 4) for k, v in right.items()}, flush=True)
    code = position_autoencoder([graph(each) for each, _ in training], seed=seed)
    # a mixture takes rows: of graphs these are the neighbourhoods of all configurations
    some = joined([graph(each) for each, _ in testing])
    kinds = np.repeat([name for _, name in testing], [each.n_particles for each, _ in testing])
    clusters = gaussian_mixture(code, some, most=8, seed=seed)
    assigned = clusters.probabilities(some).argmax(axis=1)
    found["autoencoder: adjusted Rand index"] = float(adjusted_rand_score(kinds, assigned))
    return found | {"autoencoder: clusters": len(clusters.means)}


def propensity(file: Path, family: str, steps: int) -> np.ndarray:
    """Pearson's correlation at every time, of large particles of configurations left out."""
    import torch

    with np.load(file) as kept:
        arrays = dict(kept)
    liquid, parts = Liquid(len(arrays["types"][0]), 0.64), []
    for number, (x, box, types) in enumerate(
        zip(*(arrays[key] for key in ("positions", "boxes", "types")), strict=True)
    ):
        rest = quenched(liquid, Configuration(x, box, 3, types, ("A", "B")))
        moved = arrays["gone"][number].mean(axis=0).T.astype(np.float32)  # (particles, times)
        rows = np.flatnonzero(types == 0)
        parts.append(Part(graph(rest, *AROUND[family], types=2), rows, moved[rows]))
    scale = np.concatenate([part.targets for part in parts])
    parts = [Part(p.graph, p.rows, (p.targets - scale.mean(0)) / scale.std(0)) for p in parts]
    told, n = FAMILIES[family], scale.shape[1]
    network = scores(family, n)
    predicted = [np.zeros(0)] * len(parts)
    for fold in range(min(FOLDS, len(parts))):
        out = range(fold, len(parts), FOLDS)
        inside = [part for k, part in enumerate(parts) if k not in out]
        loss = torch.nn.MSELoss()
        weights, _ = fitted(network, inside, loss, steps, fold, told.rounds)
        for k in out:
            predicted[k] = network(Layers(weights), parts[k].graph)[parts[k].rows]
    given, told_of = np.concatenate(predicted), np.concatenate([p.targets for p in parts])
    return np.array([np.corrcoef(given[:, k], told_of[:, k])[0, 1] for k in range(n)])


def main() -> None:
    """Print one line a family."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("phases", "propensity"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--steps", type=int, help="instead of those of the family")
    told, begin = parser.parse_args(), time.process_time()
    if told.what == "propensity":
        for family in AROUND:
            found = propensity(told.data, family, told.steps or STEPS)
            print(family, found.round(3), flush=True)
    else:
        each = [phases(seed, told.steps) for seed in range(told.seeds)]
        for key in each[0]:
            values = [one[key] for one in each]
            error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
            print(f"| {key} | {np.mean(values):.4f} ± {error:.4f} |", flush=True)
    print(f"{time.process_time() - begin:.0f} s of processor time", file=sys.stderr)


if __name__ == "__main__":
    main()
