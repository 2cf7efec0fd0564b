"""From one structure towards another: how far each particle of a cluster or cell has to go, where
which particle goes to which place is chosen so that all ways together are short."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from analysis.configuration import Configuration
from operations.search.cells import in_box

FloatArray = NDArray[np.float64]

#: Orientations from which two clusters are laid over each other, and steps of each.
STARTS, STEPS = 6, 4
#: A way between particles of different types, in units of all others.
NEVER = 1e6
#: Rows of a flight beyond those of the particles: lengths of the box, and tilts.
OF_THE_BOX = 2


def towards(here: Configuration, there: Configuration, random: np.random.Generator) -> FloatArray:
    """The way from one structure to another of the same particles, shape (N + 2, 3).

    Of a cluster in space, both centred, the other one turned so that the way is short; of a cell
    in units of its vectors, where the other one is shifted so, and the change of the box.
    """
    strangers = NEVER * (here.types[:, None] != there.types[None])
    way = np.zeros((here.n_particles + OF_THE_BOX, 3))
    if here.periodic:
        way[: here.n_particles] = _in_cell(here, there, strangers)
        way[-OF_THE_BOX:] = (there.box - here.box).reshape(2, 3)
    else:
        way[: here.n_particles] = _in_space(here, there, strangers, random)
    return way


def flown(here: Configuration, way: FloatArray, shortest: float) -> Configuration:
    """The structure after a flight; no edge of a box becomes shorter than `shortest`."""
    moved = way[: here.n_particles]
    if not here.periodic:
        positions = here.positions + moved
        positions = positions - positions.mean(axis=0)
        box = here.box.copy()
        box[: here.dimensions] = 2.0 * np.abs(positions).max() + 2.0
        return Configuration(
            positions, box, here.dimensions, here.types, here.type_names, periodic=False
        )
    d = here.dimensions
    box = here.box + way[-OF_THE_BOX:].ravel()
    box[:d] = np.maximum(box[:d], shortest)
    cell = Configuration(here.positions, box, d, here.types, here.type_names).cell
    fractional = here.positions @ np.linalg.inv(here.cell) + moved
    return in_box(cell, fractional @ cell, here.types, here.type_names, d)


def _in_cell(here: Configuration, there: Configuration, strangers: FloatArray) -> FloatArray:
    d = here.dimensions
    places, targets = (one.positions @ np.linalg.inv(one.cell) for one in (here, there))
    metric = here.cell @ here.cell.T
    best, found = np.inf, np.zeros_like(places)
    for target in targets[there.types == here.types[0]]:
        apart = (targets - target)[None] - (places - places[0])[:, None]
        apart[..., :d] -= np.round(apart[..., :d])
        apart[..., d:] = 0.0
        cost = np.einsum("ija,ab,ijb->ij", apart, metric, apart) + strangers
        rows, columns = linear_sum_assignment(cost)
        total = float(cost[rows, columns].sum())
        if total < best - 1e-9:
            best, found = total, apart[rows, columns]
    return found - found.mean(axis=0)


def _in_space(
    here: Configuration,
    there: Configuration,
    strangers: FloatArray,
    random: np.random.Generator,
) -> FloatArray:
    d = here.dimensions
    places = here.positions - here.positions.mean(axis=0)
    targets = there.positions - there.positions.mean(axis=0)
    best, found = np.inf, np.zeros_like(places)
    for start in range(STARTS):
        turn = np.eye(3)
        if start:
            turn[:d, :d] = _rotation(random.normal(size=(d, d)))
        for _ in range(STEPS):
            turned = targets @ turn
            cost = ((turned[None] - places[:, None]) ** 2).sum(axis=2) + strangers
            rows, columns = linear_sum_assignment(cost)
            total = float(cost[rows, columns].sum())
            if total < best - 1e-9:
                best, found = total, turned[columns] - places
            turn = np.eye(3)
            turn[:d, :d] = _rotation(targets[columns][:, :d].T @ places[:, :d])
    return found


def _rotation(matrix: FloatArray) -> FloatArray:
    """The rotation that is nearest to a matrix (W. Kabsch, Acta Cryst. A 32, 922 (1976))."""
    u, _, v = np.linalg.svd(matrix)
    signs = np.ones(len(matrix))
    signs[-1] = np.sign(np.linalg.det(u @ v))
    return np.asarray(u * signs @ v)
