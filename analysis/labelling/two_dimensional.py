"""Phases in two dimensions, by rules on bond-orientational order.

Every rule compares an order parameter, averaged as a complex number over the neighbourhood so
that it asks for a common direction and not only for a shape, to a threshold; the distance from
the threshold, in units of `width`, is the logit of the phase against the fluid. What has no known
order is a fluid only where its neighbour distances are as ill-defined as those of a liquid, and
only if all of it together has no Bragg peaks.
"""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.bragg_peaks import bragg_excess
from analysis.descriptors.pair_entropy import NEIGHBOURS, local_pair_entropy
from analysis.labelling.grains import count_grains
from analysis.labelling.hexatic import told_from_hexatic
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.plane_phases import PHASES, PLANE_PHASES
from analysis.labelling.surroundings import SHELL, Surroundings
from analysis.labelling.thresholds import MODEL, Thresholds
from analysis.labelling.verdict import verdict
from analysis.labelling.voids import find_voids
from analysis.neighbourhoods import nearest
from analysis.pieces import by_rows

#: Directions of two crystalline neighbours differ by less than this, in degrees, in one grain.
_GRAIN_TOLERANCE = 6.0
#: And their lattice constants by less than this part.
_LENGTH_TOLERANCE = 0.12


def label_two_dimensional(
    configuration: Configuration, thresholds: Thresholds | None = None
) -> Labels:
    """Labels of a two-dimensional configuration."""
    t = thresholds or Thresholds()
    table = nearest(configuration, NEIGHBOURS)
    voids = find_voids(configuration, table)
    surroundings = Surroundings(table, voids.surface, t)
    phases = _probabilities(surroundings)
    near = table.indices[:, :SHELL]
    # Particles at a surface, whose own shell is incomplete, have no say.
    shell = np.isfinite(table.distances[:, :SHELL]) & ~voids.surface[near]
    probabilities = _mean_over(phases, near, shell)
    _rule_out(_defects(probabilities, near, shell, t), probabilities)
    fluid = probabilities.argmax(axis=1) == PHASES.index("fluid")
    spacing = float(np.median(table.distances[fluid, :3])) if fluid.any() else 0.0
    if bragg_excess(configuration, fluid, spacing) > t.bragg:
        _rule_out(fluid, probabilities)
    per_particle = probabilities.argmax(axis=1)
    # Where an open boundary leaves too few neighbours there is no crystal to measure.
    lengths = {
        phase.name: np.nan_to_num(phase.length(surroundings), posinf=0.0) for phase in PLANE_PHASES
    }
    grains = _count_grains(surroundings, per_particle, lengths)
    for name, length in lengths.items():
        # The mean over the neighbours of the same phase: less noise, and no mixing of phases.
        weight = phases[:, [PHASES.index(name)]] + 1e-9
        weighted = _mean_over(weight * length[:, None], near, shell)
        lengths[name] = (weighted / _mean_over(weight, near, shell))[:, 0]
    labels = verdict(
        probabilities,
        PHASES,
        voids.surface,
        lengths,
        1 + SHELL,
        void_fraction=round(voids.fraction, 4),
        grains=grains,
        model=MODEL,
        model_hash=t.hash(),
    )
    psi = surroundings.psi(6, surroundings.first(6))
    return told_from_hexatic(labels, configuration, psi, t)


def _probabilities(s: Surroundings) -> np.ndarray:
    """Of each particle to be of every phase, shape (N, len(PHASES)), before any averaging."""
    t = s.thresholds
    entropy = local_pair_entropy(s.table, SHELL)  # first: it needs much memory for a while
    named = np.stack([phase.logit(s) for phase in PLANE_PHASES], axis=1)
    unknown = np.maximum(
        s.above(s.nameless, t.order) - 1.0, s.below(entropy, t.pair_entropy, t.pair_entropy_width)
    )
    # Named order is not nameless; saturation keeps one clear particle from outvoting twelve.
    unknown = np.where(named.max(axis=1) > 0, -6.0, unknown)
    logits = np.clip(np.column_stack([np.zeros(len(named)), named, unknown]), -8.0, 8.0)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _mean_over(values: np.ndarray, indices: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Rows averaged over a particle and its neighbours."""

    def mean(rows: slice) -> np.ndarray:
        some = present[rows]
        total = values[rows] + (values[indices[rows]] * some[..., None]).sum(axis=1)
        return np.asarray(total / (1 + some.sum(axis=1))[:, None])

    return by_rows(mean, len(values))


def _defects(
    probabilities: np.ndarray, near: np.ndarray, shell: np.ndarray, t: Thresholds
) -> np.ndarray:
    """Which particles look like a fluid but are of no region of it.

    What a morphological opening takes away: particles most of whose neighbours are fluid are the
    inside of a region, and they and their neighbours are all of it. Vacuum is no neighbour.
    """
    fluid = probabilities.argmax(axis=1) == PHASES.index("fluid")
    share = (fluid[near] & shell).sum(axis=1) / np.maximum(shell.sum(axis=1), 1)
    inside = fluid & ((share >= t.region) | ~shell.any(axis=1))
    return fluid & ~inside & ~(inside[near] & shell).any(axis=1)


def _rule_out(particles: np.ndarray, probabilities: np.ndarray) -> None:
    """Turn fluid into unknown, in place."""
    fluid, unknown = PHASES.index("fluid"), PHASES.index(UNKNOWN)
    probabilities[particles, unknown] += probabilities[particles, fluid]
    probabilities[particles, fluid] = 0.0


def _count_grains(
    surroundings: Surroundings, per_particle: np.ndarray, lengths: dict[str, np.ndarray]
) -> int:
    """Grains of every crystal and quasicrystal."""
    columns = 6
    i = np.repeat(np.arange(len(per_particle)), columns)
    j = surroundings.table.indices[:, :columns].ravel()
    bond = np.isfinite(surroundings.table.distances[:, :columns]).ravel()
    aligned = np.zeros(len(i), dtype=bool)
    for phase in PLANE_PHASES:
        members = per_particle == PHASES.index(phase.name)
        both = bond & members[i] & members[j]
        if not both.any():
            continue
        direction = phase.orientation(surroundings)
        product = direction[i[both]] * direction[j[both]].conj()
        turned = np.abs(np.angle(product)) < np.radians(_GRAIN_TOLERANCE) * phase.fold
        size, other = lengths[phase.name][i[both]], lengths[phase.name][j[both]]
        alike = np.abs(size - other) < _LENGTH_TOLERANCE * np.maximum(size, other)
        aligned[both] = turned & alike
    return count_grains(len(per_particle), i, j, aligned)
