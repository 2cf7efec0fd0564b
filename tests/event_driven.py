"""Hard spheres of a crystal by event-driven molecular dynamics: the stress of a strained box,
without any of the engines. Diameter, mass and kT are 1."""

from __future__ import annotations

import numpy as np
from numba import njit

#: Spheres whose sites are closer than this may meet.
MEET = 1.75


def fcc(cells, density, turned=False):
    """Sites in units of the box and its edges; `turned` by 45° about z."""
    a = (4.0 / density) ** (1.0 / 3.0)
    basis, edges = np.array([[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]]) / 2.0, np.ones(3)
    if turned:
        basis, edges = basis[:1], np.array([0.5**0.5, 0.5**0.5, 1.0])
        basis = np.vstack([basis, basis + 0.5])
    cell = np.stack(np.meshgrid(*map(np.arange, cells), indexing="ij"), -1).reshape(-1, 1, 3)
    return (cell + basis).reshape(-1, 3) / cells, a * edges * cells


def shear(cells, density, turned, strain, collisions, parts=40):
    """c11 - c12, of a crystal that is turned 2 c44, and its error: (P_yy - P_xx) / 2γ of a box
    longer by γ along x and shorter along y, as coefficients of stress and strain."""
    sites, box = fcc(np.array(cells), density, turned)
    found = pressures(sites, box * np.exp([strain, -strain, 0.0]), collisions, parts)
    each = (found[:, 1] - found[:, 0]) / (2.0 * strain)
    return each.mean(), each.std(ddof=1) / np.sqrt(parts)


def pressures(sites, box, collisions, parts, seed=1):
    """Diagonal of the pressure in parts of a run, shape (parts, 3): ρ kT, and the momentum that
    collisions carry along the line of centres."""
    n, x = len(sites), sites * box
    v = np.random.default_rng(seed).normal(size=(n, 3))
    v -= v.mean(axis=0)
    v *= np.sqrt(3.0 * (n - 1) / np.sum(v * v))
    assert (box > 2.0 * MEET).all()
    near = [np.flatnonzero(row) for row in _distances(x, box) < MEET]
    lists = np.full((n, max(map(len, near))), -1)
    for one, row in zip(lists, near, strict=True):
        one[: len(row)] = row
    move(x, v, lists, box, collisions // 10, 1)
    carried = move(x, v, lists, box, collisions, parts)
    assert _distances(x, box).min() > 1.0 - 1e-9  # also of those that were not in the lists
    return (n + carried) / box.prod()


def _distances(x, box):
    d = x[:, None] - x
    d -= box * np.rint(d / box)
    return np.sqrt(np.sum(d * d, axis=2)) + np.where(np.eye(len(x)), np.inf, 0.0)


@njit
def move(x, v, lists, box, collisions, parts):
    """Σ d Δp by components over the time, in parts of equal numbers of collisions."""
    n = len(x)
    since, when, whom = np.zeros(n), np.full(n, np.inf), np.full(n, -1)
    carried, now = np.zeros((parts, 3)), 0.0
    for i in range(n):
        _look(x, v, since, i, lists, box, now, when, whom)
    for part in range(parts):
        begun = now
        for _ in range(collisions // parts):
            i = np.argmin(when)
            j, now = whom[i], when[i]
            for m in (i, j):
                x[m] += v[m] * (now - since[m])
                since[m] = now
            d = x[i] - x[j]
            d -= box * np.rint(d / box)
            along = np.sum(d * (v[i] - v[j]))
            v[i] -= along * d
            v[j] += along * d
            carried[part] -= along * d * d
            for m in (i, j):
                _look(x, v, since, m, lists, box, now, when, whom)
                for o in lists[m]:
                    if o < 0:
                        break
                    if whom[o] == i or whom[o] == j:  # that will not be
                        _look(x, v, since, o, lists, box, now, when, whom)
                    else:
                        one = _meeting(x, v, since, o, m, box, now)
                        if one < when[o]:
                            when[o], whom[o] = one, m
        carried[part] /= now - begun
    for i in range(n):
        x[i] += v[i] * (now - since[i])
    return carried


@njit
def _look(x, v, since, i, lists, box, now, when, whom):
    """Whom a sphere meets next."""
    when[i], whom[i] = np.inf, -1
    for j in lists[i]:
        if j < 0:
            break
        one = _meeting(x, v, since, i, j, box, now)
        if one < when[i]:
            when[i], whom[i] = one, j


@njit
def _meeting(x, v, since, i, j, box, now):
    """When two spheres meet; since when their positions are."""
    a = b = c = 0.0
    for k in range(3):
        d = x[i, k] + v[i, k] * (now - since[i]) - x[j, k] - v[j, k] * (now - since[j])
        d -= box[k] * np.rint(d / box[k])
        u = v[i, k] - v[j, k]
        a, b, c = a + u * u, b + u * d, c + d * d - (1.0 if k == 0 else 0.0)
    root = b * b - a * c
    if b >= 0.0 or root < 0.0:
        return np.inf
    return now + max(0.0, c / (np.sqrt(root) - b))
