"""Phases in three dimensions, by a neural network on Steinhardt invariants.

The network is trained on the reference structures of one particle type and on simulated fluids;
`python -m operations.training.train_labels` makes its file, three_dimensional.npz.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling import binary, icosahedral
from analysis.labelling.grains import count_grains
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.network import Network
from analysis.labelling.verdict import verdict
from analysis.labelling.voids import find_voids
from analysis.neighbourhoods import NearestNeighbours

FLUID = "fluid"
MODEL = "three_dimensional-6"
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
) -> tuple[np.ndarray, np.ndarray, NearestNeighbours]:
    """Probabilities of every particle, lengths of its surroundings, and its neighbours.

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
    near : NearestNeighbours
        The nearest 14, over which features are averaged, in single precision.
    """
    from analysis.descriptors.nested_shells import (
        COLUMNS,
        NEIGHBOURS,
        average,
        coherent_invariants,
        nested_invariants,
    )
    from analysis.neighbourhoods import nearest_in_parts

    raw, how_much, directions, kept = [], [], [], []
    n_raw, n = len(COLUMNS), model.projection.shape[1]
    for table in nearest_in_parts(configuration, NEIGHBOURS, PART):
        features, weights, harmonics = nested_invariants(table)
        if surface is not None:
            weights *= ~surface[table.indices[:, : weights.shape[1]]]
        counted = np.isfinite(table.distances)
        sums = np.cumsum(np.where(counted, table.distances, 0.0), axis=1)
        shells = np.array(SHELLS) - 1
        means = sums[:, shells] / np.maximum(np.cumsum(counted, axis=1)[:, shells], 1)
        # Averaging is linear, and so is the first layer of the network: the other way round is
        # the same, and less work.
        projected = features @ model.projection[:n_raw] + model.bias
        raw.append(np.column_stack([projected, means]).astype(np.float32))
        how_much.append(weights)
        directions.append(harmonics)
        kept.append(table.first(weights.shape[1]))
    values, harmonics = np.concatenate(raw), np.concatenate(directions)
    weights, near = np.concatenate(how_much), NearestNeighbours.joined(kept)
    del raw, how_much, directions, kept
    indices = near.indices
    values = average(values, indices, weights)
    values[:, :n] += coherent_invariants(harmonics, indices, weights) @ model.projection[n_raw:]
    values = average(values, indices, weights)
    tolerance = np.ones(len(values))
    if surface is not None and surface.any():
        exposed = surface.copy()
        for _ in range(2):
            exposed |= exposed[indices].any(axis=1)
        tolerance[exposed] = _EXPOSED
    probabilities = []
    for start in range(0, max(len(values), 1), PART):
        part = slice(start, start + PART)
        found = model.probabilities(values[part, :n], tolerance[part])
        probabilities.append(found.astype(np.float32))
    return np.concatenate(probabilities), values[:, n:], near


def label_three_dimensional(configuration: Configuration) -> Labels:
    """Labels of a three-dimensional configuration."""
    model, voids = network(), find_voids(configuration)
    phases = (*map(str, model.classes), UNKNOWN)
    probabilities, shells, near = classify(configuration, model, voids.surface)
    lengths = _lengths(shells)
    names, hashes = MODEL, model.hash
    if len(kinds := binary.occupied(configuration).tolist()) == 2:
        own = np.zeros(configuration.n_particles, dtype=np.int64)
        own_shells = np.zeros_like(shells)
        for kind in kinds:
            members = configuration.types == kind
            found, own_shells[members], _ = classify(
                configuration.subset(members), model, voids.surface[members]
            )
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
    probabilities, phases = icosahedral.refine(configuration, probabilities, phases, voids.surface)
    if icosahedral.ICOSAHEDRAL in phases:
        names, hashes = f"{names}+{icosahedral.MODEL}", f"{hashes}+{icosahedral.MODEL}"
    per_particle = probabilities.argmax(axis=1)
    return verdict(
        probabilities,
        phases,
        voids.surface,
        lengths,
        _VOTE,
        void_fraction=round(voids.fraction, 4),
        grains=_count_grains(near, per_particle, phases),
        model=names,
        model_hash=hashes,
    )


def _lengths(shells: np.ndarray) -> dict[str, np.ndarray]:
    """Lattice constant around each particle, were it of a crystal; `shells` are of `classify`."""
    return {
        name: ratio * shells[:, SHELLS.index(k)] for name, (k, ratio) in lattice_constants().items()
    }


def _count_grains(
    near: NearestNeighbours, per_particle: np.ndarray, phases: tuple[str, ...]
) -> int:
    """Grains: neighbours of one structure whose q_lm agree."""
    crystals = [
        (index, _ORIENTATION.get(name, _SEVERAL_SITES))
        for index, name in enumerate(phases)
        if name not in (FLUID, UNKNOWN) and (per_particle == index).any()
    ]
    if not crystals:
        return 0
    bonds: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for measure in sorted({each for _, each in crystals}):
        members = np.isin(per_particle, [index for index, each in crystals if each == measure])
        bonds.append(_aligned_bonds(near, np.where(members, per_particle, -1), *measure))
    i, j, aligned = (np.concatenate(parts) for parts in zip(*bonds, strict=True))
    return count_grains(len(per_particle), i, j, aligned)


def _aligned_bonds(
    near: NearestNeighbours, kind: np.ndarray, k: int, degree: int, rounds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bonds between particles of one kind, which is not negative, and whether they are aligned."""
    from analysis.descriptors.nested_shells import average
    from analysis.descriptors.real_harmonics import mean_harmonics

    harmonics = mean_harmonics(near, k, degree)
    indices, present = near.indices[:, :k], np.isfinite(near.distances[:, :k])
    for _ in range(rounds):
        harmonics = average(harmonics, indices, present.astype(np.float32))
    length = np.linalg.norm(harmonics, axis=1, keepdims=True)
    harmonics /= np.where(length > 0, length, 1.0)
    present &= (kind[:, None] >= 0) & (kind[indices] == kind[:, None])
    i, column = np.nonzero(present)
    i, j = i.astype(np.int32), indices[i, column]
    aligned = np.zeros(len(i), dtype=np.bool_)
    for start in range(0, len(i), 10 * PART):
        part = slice(start, start + 10 * PART)
        product = np.einsum("bm,bm->b", harmonics[i[part]], harmonics[j[part]])
        aligned[part] = product > _ALIGNED
    return i, j, aligned
