"""Crystals of two types of particle, by the structures of all particles and of each type alone.

The network of one type (`three_dimensional`) looks three times. Rock salt is simple cubic whose
types are both fcc, caesium chloride bcc whose types are both simple cubic, the Laves phase MgCu2
nothing known with a diamond lattice of its large particles. A crystal with random types remains
what it is without them: its parts are no crystals.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.labels import UNKNOWN

if TYPE_CHECKING:
    from analysis.neighbourhoods import NearestNeighbours

MODEL = "binary-2"

#: Structure of all particles, of type A alone and of type B alone. NiAs, AlB2 and CaCu5 are not
#: here: the network knows none of their parts.
PARTS = {
    "NaCl": ("sc", "fcc", "fcc"),
    "CsCl": ("bcc", "sc", "sc"),
    "ZnS": ("diamond", "fcc", "fcc"),
    "wurtzite": ("lonsdaleite", "hcp", "hcp"),
    "CuAu": ("fcc", UNKNOWN, UNKNOWN),
    "Cu3Au": ("fcc", UNKNOWN, "sc"),
    "CaF2": (UNKNOWN, "fcc", "sc"),
    "MgZn2": (UNKNOWN, "lonsdaleite", UNKNOWN),
    "MgCu2": (UNKNOWN, "diamond", UNKNOWN),
    "MgNi2": (UNKNOWN, "diamond-4H", UNKNOWN),
    "Cr3Si": ("A15", UNKNOWN, "bcc"),
    "NaZn13": (UNKNOWN, "sc", UNKNOWN),
}

#: Numbers of neighbours that may be counted by type.
SHELLS = range(4, 17)
#: Where a part is unknown, which may be random too: the share of unlike neighbours may differ by
#: this from the crystal's, in the mean over like particles around.
UNLIKE = 0.07


def occupied(configuration: Configuration) -> np.ndarray:
    """Indices of the types that are present."""
    return np.unique(configuration.types)


@cache
def coordination(name: str) -> tuple[tuple[int, float], tuple[int, float]]:
    """Of types A and B in a crystal: the number of neighbours that is followed by the widest gap,
    and the share of the other type among them."""
    from analysis.neighbourhoods import nearest
    from analysis.prototypes import prototype

    cell = prototype(name).cell()
    table, found = nearest(cell, max(SHELLS) + 1), []
    for kind in (0, 1):
        distances = table.distances[cell.types == kind]
        k = max(SHELLS, key=lambda k: float((distances[:, k] / distances[:, k - 1]).mean()))
        share, _ = _unlike(table, cell.types, k)
        found.append((k, float(share[cell.types == kind].mean())))
    return found[0], found[1]


@cache
def scale(name: str, part: str, kind: int | None) -> float:
    """Lattice constant of a crystal over that of a part: of all particles, or of one type."""
    from analysis.prototypes import prototype

    cell, lattice = prototype(name).cell(), prototype(part).cell()
    share = 1.0 if kind is None else float((cell.types == kind).mean())
    return float(cell.box[0] / lattice.box[0] * share ** (1 / 3))


def refine(
    configuration: Configuration,
    probabilities: np.ndarray,
    phases: tuple[str, ...],
    lengths: dict[str, np.ndarray],
    own: np.ndarray,
    own_lengths: dict[str, np.ndarray],
) -> tuple[np.ndarray, tuple[str, ...], dict[str, np.ndarray]]:
    """Give particles of crystals of two types the names of these.

    Parameters
    ----------
    configuration : Configuration
        Of two types.
    probabilities : ndarray, shape (N, n_phases)
        Of structures of all particles.
    phases : tuple of str
    lengths : dict of str to ndarray, shape (N,)
        Lattice constants, were it of that crystal.
    own : ndarray of int, shape (N,)
        Structure, an index into `phases`, of the particles of a particle's type without the others.
    own_lengths : dict of str to ndarray, shape (N,)
        Lattice constants of the particles of its type.

    Returns
    -------
    probabilities, phases, lengths
        With the crystals of two types that were found: each has the probability that the structure
        of all particles had.
    """
    from analysis.neighbourhoods import nearest

    types = configuration.types
    table = nearest(configuration, max(SHELLS))
    other = _of_others(table, types, own, len(phases))
    of_all = probabilities.argmax(axis=1)
    shared = {"fluid", *(whole for whole, *_ in PARTS.values())} - {UNKNOWN}
    # hot Laves phases are alpha-Mn here and there: what no crystal of two types has is as good
    strange = ~np.isin(of_all, [phases.index(name) for name in shared])
    first = types == occupied(configuration)[0]
    for name, (whole, *parts) in PARTS.items():
        number = [phases.index(part) for part in parts]
        matches, length = np.zeros(len(types), dtype=bool), np.zeros(len(types))
        for members, kind in ((first, 0), (~first, 1), (first, 1), (~first, 0)):
            fits = members & (strange if whole == UNKNOWN else of_all == phases.index(whole))
            fits &= (own == number[kind]) & (other == number[1 - kind])
            if UNKNOWN in parts and fits.any():
                k, expected = coordination(name)[kind]
                share, alike = _unlike(table, types, k)
                fits &= _around(np.abs(share - expected), alike, table) < UNLIKE
            if parts[kind] != UNKNOWN:
                length[fits] = scale(name, parts[kind], kind) * own_lengths[parts[kind]][fits]
            matches |= fits
        if whole != UNKNOWN:
            length = scale(name, whole, None) * lengths[whole]
        elif UNKNOWN in parts:
            length = np.where(length > 0, length, _of_neighbours(table, length))
        if matches.any():
            column = np.where(matches, probabilities.max(axis=1), 0.0)
            probabilities[matches, of_all[matches]] = 0.0
            probabilities = np.column_stack([probabilities, column]).astype(probabilities.dtype)
            phases, lengths = (*phases, name), lengths | {name: length}
    return probabilities, phases, lengths


def _unlike(table: NearestNeighbours, types: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Share of the other type among k neighbours, shape (N,), and which are alike, shape (N, k)."""
    there = np.isfinite(table.distances[:, :k])
    alike = there & (types[table.indices[:, :k]] == types[:, None])
    return 1.0 - alike.sum(axis=1) / np.maximum(there.sum(axis=1), 1), alike


def _around(values: np.ndarray, counted: np.ndarray, table: NearestNeighbours) -> np.ndarray:
    """Values averaged twice over the neighbours that count, shape (N,)."""
    indices, weight = table.indices[:, : counted.shape[1]], 1 + counted.sum(axis=1)
    for _ in range(2):
        values = (values + np.where(counted, values[indices], 0.0).sum(axis=1)) / weight
    return values


def _of_neighbours(table: NearestNeighbours, values: np.ndarray) -> np.ndarray:
    """Mean of what is positive around."""
    around = np.where(np.isfinite(table.distances), values[table.indices], 0.0)
    return around.sum(axis=1) / np.maximum((around > 0).sum(axis=1), 1)


def _of_others(
    table: NearestNeighbours, types: np.ndarray, own: np.ndarray, n_phases: int
) -> np.ndarray:
    """What most neighbours of the other type are among themselves; -1 where there are none."""
    counted = np.isfinite(table.distances) & (types[table.indices] != types[:, None])
    rows, columns = np.nonzero(counted)
    votes = np.zeros((len(types), n_phases), dtype=np.int16)
    np.add.at(votes, (rows, own[table.indices[rows, columns]]), 1)
    return np.where(counted.any(axis=1), votes.argmax(axis=1), -1)
