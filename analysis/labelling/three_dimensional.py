"""Phases in three dimensions, by a neural network on Steinhardt invariants.

The network is trained on the reference structures of one particle type and on simulated fluids;
`python -m operations.train_labels` makes its file, three_dimensional.npz.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling import binary
from analysis.labelling.grains import count_grains
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.network import Network
from analysis.labelling.verdict import verdict
from analysis.labelling.voids import Voids
from analysis.neighbourhoods import NearestNeighbours

FLUID = "fluid"
MODEL = "three_dimensional-2"
MODEL_FILE = Path(__file__).with_name("three_dimensional.npz")

#: Particles that are looked at together: bounds memory.
PART = 50_000
#: First shells whose mean distance is a measure of length.
SHELLS = (4, 6, 8, 12, 14)
#: Particles that share one average, so that they are one vote.
_VOTE = 13
#: Within two shells of a surface features are those of fewer neighbours: there a particle may be
#: farther from the training data, which has no surfaces, by this factor (in square). Known crystals
#: are within 10 in 95 of 100 cases, foreign ones beyond 13.
_EXPOSED = 10.0
#: Neighbours, degree l and rounds of averaging by which orientations are compared: where shells
#: are clear, and low where the coordination is, because noise turns few bonds more.
_ORIENTATION = {
    "fcc": (12, 6, 0),
    "hcp": (12, 6, 0),
    "bcc": (14, 6, 0),
    "sc": (6, 4, 0),
    "diamond": (4, 4, 0),
}
_ORIENTATION |= {
    name: _ORIENTATION[whole] for name, (whole, *_) in binary.PARTS.items() if whole in _ORIENTATION
}
#: The same where particles of one crystal have different surroundings: q_lm are averaged over the
#: neighbours, so many times, before they are compared.
_SEVERAL_SITES = (14, 6, 3)
#: Neighbours of one grain have normalised q_lm whose product is at least this.
_ALIGNED = 0.7


@cache
def network() -> Network:
    """The trained network, read once."""
    return Network.load(MODEL_FILE)


@cache
def lattice_constants() -> dict[str, tuple[int, float]]:
    """The shell by which the lattice constant a of each crystal is measured, and a in its units.

    The shell, of `SHELLS`, is the one followed by the widest gap in the perfect crystal.
    """
    from analysis.neighbourhoods import nearest
    from analysis.prototypes import names, prototype

    found = {}
    for name in names(3, 1):
        cell = prototype(name).cell()
        distances = nearest(cell, max(SHELLS) + 1).distances
        gaps = [float((distances[:, k] / distances[:, k - 1]).mean()) for k in SHELLS]
        k = SHELLS[int(np.argmax(gaps))]
        found[name] = (k, float(cell.box[0] / distances[:, :k].mean()))
    return found


def classify(
    configuration: Configuration, model: Network, surface: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of every particle, and lengths of its surroundings.

    Parameters
    ----------
    configuration : Configuration
    model : Network
    surface : ndarray of bool, shape (N,), optional
        Particles whose shell is incomplete: averages leave them out.

    Returns
    -------
    probabilities : ndarray of float32, shape (N, n_classes + 1)
        The last column is that of none of the classes.
    lengths : ndarray of float32, shape (N, len(SHELLS))
        Mean distance of the nearest 4, 6, ... neighbours, averaged like the features.
    """
    from analysis.descriptors.nested_shells import (
        COLUMNS,
        NEIGHBOURS,
        average,
        coherent_invariants,
        nested_invariants,
    )
    from analysis.neighbourhoods import nearest_in_parts

    raw, around, how_much, directions = [], [], [], []
    n_raw, n = len(COLUMNS), model.projection.shape[1]
    for table in nearest_in_parts(configuration, NEIGHBOURS, PART):
        features, weights, harmonics = nested_invariants(table)
        indices = table.indices[:, : weights.shape[1]].astype(np.int32)
        if surface is not None:
            weights *= ~surface[indices]
        counted = np.isfinite(table.distances)
        sums = np.cumsum(np.where(counted, table.distances, 0.0), axis=1)
        shells = np.array(SHELLS) - 1
        means = sums[:, shells] / np.maximum(np.cumsum(counted, axis=1)[:, shells], 1)
        # Averaging is linear, and so is the first layer of the network: the other way round is
        # the same, and less work.
        projected = features @ model.projection[:n_raw] + model.bias
        raw.append(np.column_stack([projected, means]).astype(np.float32))
        around.append(indices)
        how_much.append(weights)
        directions.append(harmonics)
    values, harmonics = np.concatenate(raw), np.concatenate(directions)
    indices, weights = np.concatenate(around), np.concatenate(how_much)
    del raw, around, how_much, directions
    values = average(values, indices, weights)
    values[:, :n] += coherent_invariants(harmonics, indices, weights) @ model.projection[n_raw:]
    values = average(values, indices, weights)
    tolerance = np.ones(len(values))
    if surface is not None and surface.any():
        near = surface.copy()
        for _ in range(2):
            near |= near[indices].any(axis=1)
        tolerance[near] = _EXPOSED
    probabilities = []
    for start in range(0, max(len(values), 1), PART):
        part = slice(start, start + PART)
        found = model.probabilities(values[part, :n], tolerance[part])
        probabilities.append(found.astype(np.float32))
    return np.concatenate(probabilities), values[:, n:]


def label_three_dimensional(configuration: Configuration, voids: Voids) -> Labels:
    """Labels of a three-dimensional configuration."""
    model = network()
    phases = (*map(str, model.classes), UNKNOWN)
    probabilities, shells = classify(configuration, model, voids.surface)
    lengths = _lengths(shells)
    names, hashes = MODEL, model.hash
    if len(kinds := binary.occupied(configuration).tolist()) == 2:
        own = np.zeros(configuration.n_particles, dtype=np.int64)
        own_shells = np.zeros_like(shells)
        for kind in kinds:
            members = configuration.types == kind
            part = binary.of_type(configuration, kind)
            found, own_shells[members] = classify(part, model, voids.surface[members])
            own[members] = found.argmax(axis=1)
        probabilities, phases, lengths = binary.refine(
            configuration,
            probabilities,
            phases,
            lengths,
            own,
            _lengths(own_shells),
        )
        names, hashes = f"{names}+{binary.MODEL}", f"{hashes}+{binary.MODEL}"
    per_particle = probabilities.argmax(axis=1)
    return verdict(
        probabilities,
        phases,
        voids.surface,
        lengths,
        _VOTE,
        void_fraction=round(voids.fraction, 4),
        grains=_count_grains(configuration, per_particle, phases),
        model=names,
        model_hash=hashes,
    )


def _lengths(shells: np.ndarray) -> dict[str, np.ndarray]:
    """Lattice constant around each particle, were it of a crystal; `shells` are of `classify`."""
    return {
        name: ratio * shells[:, SHELLS.index(k)] for name, (k, ratio) in lattice_constants().items()
    }


def _count_grains(
    configuration: Configuration, per_particle: np.ndarray, phases: tuple[str, ...]
) -> int:
    """Grains: neighbours of one structure whose q_lm agree."""
    from analysis.neighbourhoods import nearest

    crystals = [
        (index, *_ORIENTATION.get(name, _SEVERAL_SITES))
        for index, name in enumerate(phases)
        if name not in (FLUID, UNKNOWN) and (per_particle == index).any()
    ]
    if not crystals:
        return 0
    farthest = max(k for _, k, _, _ in crystals)
    whole = _supercell(configuration, farthest)
    table = nearest(whole, farthest)
    copies = whole.n_particles // configuration.n_particles
    per_particle = np.tile(per_particle, copies)
    bonds_i, bonds_j, bonds_aligned = [], [], []
    orientations: dict[tuple[int, int, int], np.ndarray] = {}
    for index, *measure in crystals:
        k, degree, rounds = measure
        if (k, degree, rounds) not in orientations:
            orientations[k, degree, rounds] = _orientation(whole, table, k, degree, rounds)
        orientation = orientations[k, degree, rounds]
        members = per_particle == index
        i, column = np.nonzero(np.isfinite(table.distances[:, :k]) & members[:, None])
        j = table.indices[i, column]
        i, j = i[members[j]], j[members[j]]
        product = (orientation[i] * orientation[j].conj()).sum(axis=1).real
        bonds_i.append(i)
        bonds_j.append(j)
        bonds_aligned.append(product > _ALIGNED)
    return count_grains(
        len(per_particle),
        np.concatenate(bonds_i),
        np.concatenate(bonds_j),
        np.concatenate(bonds_aligned),
    )


def _orientation(
    configuration: Configuration, table: NearestNeighbours, k: int, degree: int, rounds: int
) -> np.ndarray:
    """q_lm of k neighbours, averaged over them so many times, of length 1 (or 0)."""
    from scipy.sparse import csr_matrix

    from analysis.descriptors.steinhardt import harmonics

    n = configuration.n_particles
    neighbours = table.neighbour_list(k)
    (orientation,) = harmonics(configuration, neighbours, (degree,))
    if rounds:
        i, j = np.asarray(neighbours.query_point_indices), np.asarray(neighbours.point_indices)
        bonds = csr_matrix((np.ones(len(i), dtype=np.float32), (i, j)), shape=(n, n))
        for _ in range(rounds):
            orientation = orientation + bonds @ orientation
    length = np.linalg.norm(orientation, axis=1, keepdims=True)
    return orientation / np.where(length > 0, length, 1.0)


def _supercell(configuration: Configuration, k: int) -> Configuration:
    """The configuration, repeated until none of k neighbours is beyond half the box.

    Its own particles come first, then those of each image, in the same order.
    """
    from analysis.neighbourhoods import nearest

    if not configuration.periodic or configuration.n_particles == 0:
        return configuration
    farthest = nearest(configuration, k).distances.max()
    repeats = np.maximum(np.ceil(2.0 * farthest / configuration.widths * (1 + 1e-6)), 1)
    if repeats.prod() == 1:
        return configuration
    a, b, c = repeats.astype(int)
    return configuration.replicate((int(a), int(b), int(c)))
