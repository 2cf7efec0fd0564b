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
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.thresholds import MODEL, Thresholds
from analysis.labelling.verdict import verdict
from analysis.labelling.voids import Voids
from analysis.neighbourhoods import NearestNeighbours, nearest

PHASES = (
    "fluid",
    "hexagonal",
    "square",
    "honeycomb",
    "kagome",
    "rhombic",
    "elongated-triangular",
    "snub-square",
    "dodecagonal",
    "decagonal",
    UNKNOWN,
)

#: Particles over which probabilities are averaged: the particle and its 12 nearest.
_SHELL = 12
#: Directions of two crystalline neighbours differ by less than this, in degrees, in one grain.
_GRAIN_TOLERANCE = 6.0
#: And their lattice constants by less than this part.
_LENGTH_TOLERANCE = 0.12


def label_two_dimensional(
    configuration: Configuration, voids: Voids, thresholds: Thresholds | None = None
) -> Labels:
    """Labels of a two-dimensional configuration."""
    t = thresholds or Thresholds()
    table = nearest(configuration, NEIGHBOURS)
    phases, lengths, orientation = _particles(table, voids, t)
    near = table.indices[:, :_SHELL]
    # Particles at a surface, whose own shell is incomplete, have no say.
    shell = np.isfinite(table.distances[:, :_SHELL]) & ~voids.surface[near]
    probabilities = _mean_over(phases, near, shell)
    _rule_out(_defects(probabilities, near, shell, t), probabilities)
    fluid = probabilities.argmax(axis=1) == PHASES.index("fluid")
    spacing = float(np.median(table.distances[fluid, :3])) if fluid.any() else 0.0
    if bragg_excess(configuration, fluid, spacing) > t.bragg:
        _rule_out(fluid, probabilities)
    per_particle = probabilities.argmax(axis=1)
    grains = _count_grains(table, per_particle, orientation, lengths)
    for name, length in lengths.items():
        # The mean over the neighbours of the same phase: less noise, and no mixing of phases.
        weight = phases[:, [PHASES.index(name)]] + 1e-9
        weighted = _mean_over(weight * length[:, None], near, shell)
        lengths[name] = (weighted / _mean_over(weight, near, shell))[:, 0]
    return verdict(
        probabilities,
        PHASES,
        voids.surface,
        lengths,
        1 + _SHELL,
        void_fraction=round(voids.fraction, 4),
        grains=grains,
        model=MODEL,
        model_hash=t.hash(),
    )


def _particles(
    table: NearestNeighbours, voids: Voids, t: Thresholds
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Probabilities, lattice constants and orientation (a phase factor) of each particle."""
    distances, indices = table.distances, table.indices
    present = np.isfinite(distances)
    columns = np.arange(distances.shape[1])
    direction = np.exp(1j * np.arctan2(table.vectors[..., 1], table.vectors[..., 0])) * present

    def first(k: int) -> np.ndarray:
        return present & (columns < k)

    powers = {1: direction}

    def power(n: int) -> np.ndarray:
        # Squaring is several times faster than direction**n.
        if n not in powers:
            powers[n] = power(n // 2) * power(n - n // 2)
        return powers[n]

    def psi(n: int, bonds: np.ndarray) -> np.ndarray:
        return (power(n) * bonds).sum(axis=1) / np.maximum(bonds.sum(axis=1), 1)

    def averaged(values: np.ndarray, over: np.ndarray, sign: float = 1.0) -> np.ndarray:
        total = values + sign * (values[indices] * over).sum(axis=1)
        return total / (1 + over.sum(axis=1))

    def mean_distance(k: int) -> np.ndarray:
        total = np.where(first(k), distances, 0.0).sum(axis=1)
        return total / np.maximum(first(k).sum(axis=1), 1)

    # Crystals with one environment: average the direction, then the modulus.
    psi3, psi4, psi6 = (psi(n, first(n)) for n in (3, 4, 6))
    # The two sublattices of honeycomb point in opposite directions.
    local3 = averaged(psi3, first(3), sign=-1.0)
    local4, local6 = averaged(psi4, first(4)), averaged(psi6, first(6))
    psi6_of_four = psi(6, first(4))
    order6_of_four = averaged(np.abs(averaged(psi6_of_four, first(4))), first(4))
    order3 = averaged(np.abs(local3), first(3))
    order4 = averaged(np.abs(local4), first(4))
    order6 = averaged(np.abs(local6), first(6))

    # Quasicrystals: bonds of one length, a common direction over two shells.
    bonds = present & (distances < t.bond * mean_distance(3)[:, None])
    tiling_bonds = present & (distances < t.tiling_bond * mean_distance(5)[:, None])
    two_shells = first(_SHELL)
    psi10, psi12 = psi(10, bonds), psi(12, tiling_bonds)
    order10 = np.abs(averaged(psi10, two_shells))
    order12 = np.abs(averaged(psi12, two_shells))
    coordination = averaged(tiling_bonds.sum(axis=1).astype(float), two_shells)
    bonds_each = averaged(bonds.sum(axis=1).astype(float), two_shells)
    psi2, psi6_of_tiling = psi(2, first(4)), psi(6, tiling_bonds)
    order2 = np.abs(averaged(psi2, two_shells))
    rows = np.abs(averaged(psi6_of_tiling, two_shells))

    strain3, strain4, strain6 = (
        np.abs(averaged(_strain(table, first(n)), two_shells)) for n in (3, 4, 6)
    )
    nameless = np.max(
        [order10, order12]
        + [np.abs(averaged(psi(n, tiling_bonds), two_shells)) for n in (2, 4, 6, 8)]
        + [np.abs(averaged(psi(n, first(6)), two_shells)) for n in (2, 4)],
        axis=0,
    )

    def logit(value: np.ndarray, threshold: float, width: float = t.width) -> np.ndarray:
        return (value - threshold) / width

    tiling = np.min(
        [
            logit(order12, t.dodecagonal),
            -logit(order6, t.crystalline),
            -logit(order4, t.crystalline),
            logit(coordination, t.coordination, 2 * t.width),
        ],
        axis=0,
    )
    elongated = np.min(
        [
            logit(order12, t.dodecagonal),
            logit(coordination, t.coordination, 2 * t.width),
            -logit(coordination, t.coordination_of_rows, 2 * t.width),
            logit(rows, t.elongated[0]),
            -logit(rows, t.elongated[1]),
        ],
        axis=0,
    )
    tiling = np.minimum(tiling, -logit(rows, t.elongated[0]))
    centres = np.abs(psi6) > t.centre
    inside = (tiling > 0) & ~voids.surface
    share = float(centres[inside].mean()) if inside.any() else 0.0
    excess = np.clip((share - t.hexagon_centres) / t.hexagon_centres_width, -30, 30)
    twelvefold = 1.0 / (1.0 + np.exp(-excess))
    hexagonal = np.minimum(logit(order6, t.hexagonal), -logit(strain6, t.strain, t.strain_width))
    square = np.minimum(logit(order4, t.square), -logit(strain4, t.strain, t.strain_width))
    honeycomb = np.minimum(logit(order3, t.honeycomb), -logit(strain3, t.strain, t.strain_width))
    fewest, most = t.kagome_coordination
    one_sided = averaged(np.abs(psi(1, first(4))), first(4))
    kagome = np.min(
        [
            -logit(one_sided, t.one_sided),
            logit(order6_of_four, t.kagome),
            logit(bonds_each, fewest, 2 * t.width),
            -logit(bonds_each, most, 2 * t.width),
        ],
        axis=0,
    )
    unequal = np.abs(averaged(_strain(table, first(4)) - psi2, two_shells))
    rhombic = np.min(
        [
            logit(order4, t.square),
            logit(order2, t.rhombic, 2 * t.strain_width),
            -logit(unequal, t.unequal_sides, t.strain_width),
        ],
        axis=0,
    )
    # Where all particles have the same few bonds, as in an oblique lattice, every n has order.
    lower = np.max([np.abs(averaged(psi(n, bonds), two_shells)) for n in (2, 4, 6, 8)], axis=0)
    decagonal = np.min(
        [logit(order10, t.decagonal), -logit(order3, t.open_shell), -logit(lower, t.lower_order)],
        axis=0,
    )
    logits = np.stack(
        [
            np.zeros(len(distances)),
            hexagonal,
            square,
            honeycomb,
            kagome,
            rhombic,
            elongated,
            tiling + np.log(max(1.0 - twelvefold, 1e-9)),
            tiling + np.log(max(twelvefold, 1e-9)),
            decagonal,
            np.maximum(
                logit(nameless, t.order) - 1.0,
                -logit(local_pair_entropy(table, _SHELL), t.pair_entropy, t.pair_entropy_width),
            ),
        ],
        axis=1,
    )
    # Named order is not nameless; saturation keeps one clear particle from outvoting twelve.
    named = logits[:, 1:-1].max(axis=1)
    logits[:, -1] = np.where(named > 0, -6.0, logits[:, -1])
    logits = np.clip(logits, -8.0, 8.0)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = odds / odds.sum(axis=1, keepdims=True)

    edge = np.where(tiling_bonds, distances, 0).sum(axis=1)
    edge = edge / np.maximum(tiling_bonds.sum(axis=1), 1)
    lengths = {
        # The median, because one neighbour is missing beside a vacancy or an edge.
        "hexagonal": np.median(distances[:, :6], axis=1),
        "square": np.median(distances[:, :4], axis=1),
        "honeycomb": np.sqrt(3.0) * np.median(distances[:, :3], axis=1),
        "kagome": 2.0 * np.median(distances[:, :4], axis=1),
        "rhombic": np.median(distances[:, :4], axis=1),
        "elongated-triangular": edge,
        "snub-square": edge,
        "dodecagonal": edge,
        "decagonal": edge,
    }
    orientation = {
        "hexagonal": psi6,
        "square": psi4,
        "honeycomb": psi3,
        "kagome": psi6_of_four,
        "rhombic": psi2,
        "elongated-triangular": psi6_of_tiling,
        "snub-square": psi12,
        "dodecagonal": psi12,
        "decagonal": psi10,
    }
    # Where an open boundary leaves too few neighbours there is no crystal to measure.
    lengths = {name: np.nan_to_num(length, posinf=0.0) for name, length in lengths.items()}
    return probabilities, lengths, orientation


def _strain(table: NearestNeighbours, bonds: np.ndarray) -> np.ndarray:
    """<r exp(2 i theta)> / <r> of each particle: zero unless its shell is stretched."""
    x, y = table.vectors[..., 0], table.vectors[..., 1]
    r = np.where(bonds, table.distances, 0.0)
    twice = np.where(bonds, (x + 1j * y) ** 2 / np.where(r > 0, r, 1.0), 0.0)
    return twice.sum(axis=1) / np.maximum(r.sum(axis=1), np.finfo(float).tiny)


def _mean_over(values: np.ndarray, indices: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Rows averaged over a particle and its neighbours."""
    total = values + (values[indices] * present[..., None]).sum(axis=1)
    return total / (1 + present.sum(axis=1))[:, None]


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
    table: NearestNeighbours,
    per_particle: np.ndarray,
    orientation: dict[str, np.ndarray],
    lengths: dict[str, np.ndarray],
) -> int:
    """Grains of every crystal and quasicrystal."""
    symmetry = {"hexagonal": 6, "square": 4, "honeycomb": 3, "kagome": 6, "rhombic": 2}
    symmetry |= {"elongated-triangular": 6, "decagonal": 10}
    columns = 6
    i = np.repeat(np.arange(len(per_particle)), columns)
    j = table.indices[:, :columns].ravel()
    bond = np.isfinite(table.distances[:, :columns]).ravel()
    aligned = np.zeros(len(i), dtype=bool)
    for index, name in enumerate(PHASES):
        if name not in orientation:
            continue
        both = bond & (per_particle[i] == index) & (per_particle[j] == index)
        if not both.any():
            continue
        n = symmetry.get(name, 12)
        here, there = orientation[name][i[both]], orientation[name][j[both]]
        product = here * there.conj()
        if name == "honeycomb":
            # The neighbour on the other sublattice points the opposite way.
            product = product**2
            n = 6
        turned = np.abs(np.angle(product)) < np.radians(_GRAIN_TOLERANCE) * n
        size, other = lengths[name][i[both]], lengths[name][j[both]]
        alike = np.abs(size - other) < _LENGTH_TOLERANCE * np.maximum(size, other)
        aligned[both] = turned & alike
    return count_grains(len(per_particle), i, j, aligned)
