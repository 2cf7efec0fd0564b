"""Starting configurations: random without overlaps, lattices, files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration, wrap
from operations.interactions.walls import Slit
from workspace_schema.lattices import LATTICES, Lattice

if TYPE_CHECKING:
    from operations.interactions.pair_functions import PairFunction

#: Distance of neighbours in a dilute start, in diameters of the circumscribed sphere.
DILUTE = 1.05

#: Largest packing fraction at which relaxed random starts are not yet jammed (2D, 3D).
RANDOM_PACKING = {2: 0.80, 3: 0.58}


def particle_types(
    particles: Mapping[str, int], random: np.random.Generator
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Type indices in random order, and the type names in alphabetical order."""
    names = tuple(sorted(particles))
    types = np.repeat(np.arange(len(names)), [particles[name] for name in names])
    return random.permutation(types), names


def lattice(
    name: str | Lattice,
    particles: Mapping[str, int],
    dimensions: int,
    number_density: float,
    random: np.random.Generator,
    regular: bool = False,
) -> Configuration:
    """A lattice, or that of a name, in a box of `workspace_schema.lattices`; `regular`: as many
    cells along each axis, however many sites stay empty.

    Where the particle number does not fill it, the empty sites are chosen at random; types are
    laid out at random too.
    """
    wanted = LATTICES[name] if isinstance(name, str) else name
    if wanted.dimensions != dimensions:
        raise ValueError(f"method.start: {name} is a lattice of {wanted.dimensions} dimensions")
    n = sum(particles.values())
    counts = np.array(wanted.regular_cells(n) if regular else wanted.cells(n))
    sites = np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), -1).reshape(
        -1, 1, dimensions
    )
    fractional = ((sites + np.array(wanted.sites) + 0.25) / counts).reshape(-1, dimensions)
    fractional = fractional[np.sort(random.permutation(len(fractional))[:n])]
    lengths = counts * np.array(wanted.edges)
    lengths = lengths * (n / number_density / np.prod(lengths)) ** (1 / dimensions)
    types, names = particle_types(particles, random)
    vectors = np.array(replace(wanted, edges=tuple(lengths.tolist())).vectors)
    return _configuration((fractional - 0.5) @ vectors, lengths, types, names, wanted.tilts)


def dilute_start(
    diameter: float,
    particles: Mapping[str, int],
    dimensions: int,
    random: np.random.Generator,
    number_density: float | None = None,
    slit: Slit | None = None,
) -> Configuration:
    """Particles in a square or cube, on a lattice so wide that they can turn, in random order and
    orientations.

    Parameters
    ----------
    diameter : float
        Of the largest circumscribed sphere.
    particles : mapping of str to int
        Number of particles of each type.
    dimensions : 2 or 3
    random : numpy.random.Generator
    number_density : float, optional
        The lattice is wider where this asks for it.
    slit : Slit, optional
        Between whose walls they are, in as many layers as have room, none wider than it.
    """
    if slit is not None:
        return _layers(diameter, particles, dimensions, random, number_density or 0.0, slit)
    name = "square" if dimensions == 2 else "sc"
    configuration = lattice(name, particles, dimensions, 1.0, random, regular=True)
    # Sites of a lattice that is not full are closer than the density says.
    scale = DILUTE * diameter / spacing(configuration)
    if number_density is not None:
        scale = max(scale, number_density ** (-1 / dimensions))
    configuration.positions *= scale
    configuration.box[:dimensions] *= scale
    configuration.orientations = random_orientations(configuration.n_particles, dimensions, random)
    return configuration


def random_spheres(
    diameters: np.ndarray,
    particles: Mapping[str, int],
    lengths: np.ndarray,
    random: np.random.Generator,
) -> Configuration:
    """Hard spheres of these diameters, by type, at random places in a box of these edges, shape
    (d,), pushed apart until none overlap; the engine tells where that has not come to its end."""
    types, names = particle_types(particles, random)
    positions = random.uniform(0.0, lengths, size=(len(types), len(lengths)))
    positions = _push_apart(positions, types, of_spheres(diameters), lengths)
    return _configuration(positions - 0.5 * lengths, lengths, types, names)


def _layers(
    diameter: float,
    particles: Mapping[str, int],
    dimensions: int,
    random: np.random.Generator,
    number_density: float,
    slit: Slit,
) -> Configuration:
    """Square layers (rows) between walls, `DILUTE` diameters apart where there are several."""
    room, n = slit.separation - diameter, sum(particles.values())
    if room < 0.0:
        raise ValueError(
            f"system.walls.separation: got {slit.separation:g}; expected at least {diameter:.6g},"
            " the diameter of the sphere around the largest body, or a file as start"
        )
    layers = int(room / (DILUTE * diameter)) + 1
    across = -(-n // layers) if dimensions == 2 else math.ceil(math.sqrt(-(-n // layers)))
    area = n / (number_density * slit.separation) if number_density else 0.0
    length = max(across * DILUTE * diameter, area ** (1 / (dimensions - 1)))
    along = (np.arange(across) + 0.5) * length / across - 0.5 * length
    # strictly between the walls, whatever is rounded
    heights = 0.5 * room * np.linspace(-1.0, 1.0, layers) * (1.0 - 1e-5) if layers > 1 else [0.0]
    grid = np.meshgrid(heights, *[along] * (dimensions - 1), indexing="ij")
    sites = np.stack([*grid[1:], grid[0]], axis=-1).reshape(-1, dimensions)
    sites = sites[np.sort(random.permutation(len(sites))[:n])]
    types, names = particle_types(particles, random)
    lengths = np.array([*[length] * (dimensions - 1), slit.height])
    configuration = _configuration(sites, lengths, types, names)
    configuration.orientations = random_orientations(n, dimensions, random)
    return configuration


def random_configuration(
    particles: Mapping[str, int],
    dimensions: int,
    number_density: float,
    pair_functions: Mapping[tuple[int, int], PairFunction],
    kT: float,
    random: np.random.Generator,
    slit: Slit | None = None,
    nearest: float = 0.0,
) -> Configuration:
    """Random positions in a square or cube, pushed apart until no pair overlaps; see `fill`.

    Between the walls of a slit they are at least as far from these as `nearest`.
    """
    volume = sum(particles.values()) / number_density
    if slit is None:
        length = volume ** (1 / dimensions)
        return fill(np.full(dimensions, length), particles, pair_functions, kT, random)
    length = (volume / slit.separation) ** (1 / (dimensions - 1))
    lengths = np.array([*[length] * (dimensions - 1), slit.height])
    room = slit.separation - 2.0 * nearest
    return fill(lengths, particles, pair_functions, kT, random, max(room, 0.0))


def fill(
    lengths: np.ndarray,
    particles: Mapping[str, int],
    pair_functions: Mapping[tuple[int, int], PairFunction],
    kT: float,
    random: np.random.Generator,
    room: float | None = None,
) -> Configuration:
    """Random positions in a box of these edges, shape (d,), pushed apart until no pair overlaps.

    Points are drawn uniformly, then a soft harmonic repulsion is minimised until every pair is at
    least at the distance where its energy is a few kT (or where random packing allows it). With
    `room` the last coordinates stay in a layer so high, in the middle of the box.
    """
    n, dimensions = sum(particles.values()), len(lengths)
    types, names = particle_types(particles, random)
    heights = lengths if room is None else np.array([*lengths[:-1], room])
    positions = random.uniform(0, heights, size=(n, dimensions))
    volume = {2: np.pi / 4, 3: np.pi / 6}[dimensions]
    each = float(np.prod(np.maximum(heights, 1e-3 * lengths))) / n
    packed = (RANDOM_PACKING[dimensions] / volume * each) ** (1 / dimensions)
    contact = of_cores(pair_functions, len(names), kT)
    if room is None:
        contact = np.minimum(contact, packed)
    positions = _push_apart(positions, types, contact, lengths, room)
    return _configuration(positions - 0.5 * heights, lengths, types, names)


def joined(below: Configuration, above: Configuration, contact: np.ndarray) -> Configuration:
    """Two configurations of one cross-section side by side along their last edge, with half a
    diameter between them and pushed apart where pairs still overlap, by the distances of
    `of_cores` or `of_spheres`."""
    dimensions, names = below.dimensions, below.type_names
    gap, axis = 0.5 * float(contact.max()), dimensions - 1
    lengths, shifted = below.box[:dimensions].copy(), above.positions.copy()
    lengths[axis] += above.box[axis] + 2.0 * gap
    shifted[:, axis] += 0.5 * (below.box[axis] + above.box[axis]) + gap
    positions = np.concatenate([below.positions, shifted])[:, :dimensions]
    types = np.concatenate([below.types, above.types])
    positions = _push_apart(positions, types, contact, lengths)
    return _configuration(positions, lengths, types, names)


def of_spheres(diameters: np.ndarray) -> np.ndarray:
    """Distances of types, shape (types, types), that keep hard spheres of these diameters apart:
    pairs are pushed until they are at 0.98 of them."""
    return np.asarray(0.5 * (diameters[:, None] + diameters) / 0.9799)


def of_cores(
    pair_functions: Mapping[tuple[int, int], PairFunction], types: int, kT: float
) -> np.ndarray:
    """Distances at which pairs of types have an energy of 2 kT, shape (types, types)."""
    contact = np.zeros((types, types))
    for (i, j), function in pair_functions.items():
        contact[i, j] = contact[j, i] = core_diameter(function, 2.0 * kT)
    return contact


def core_diameter(function: PairFunction, energy: float) -> float:
    """Distance at which the core of a pair potential rises above `energy`; 0 if it never does."""
    r = np.linspace(function.r_inner, function.r_cut, 4000)
    above = np.flatnonzero(function.energy(r) > energy)
    if len(above) == 0 or above[0] != 0:
        return 0.0
    gaps = np.flatnonzero(np.diff(above) > 1)
    return float(r[above[gaps[0]] if len(gaps) else above[-1]])


def _push_apart(
    positions: np.ndarray,
    types: np.ndarray,
    contact: np.ndarray,
    lengths: np.ndarray,
    room: float | None = None,
) -> np.ndarray:
    """Minimise the sum of (1 - r/d)^2 over pairs closer than d = 1.02 contact, by FIRE; with `room`
    the last coordinates stay below it."""
    from scipy.spatial import cKDTree

    reach = min(1.02 * contact.max(), 0.499 * float(lengths.min()))
    if reach == 0.0 or len(positions) < 2:
        return positions
    dt, alpha, good = 0.1, 0.1, 0
    velocities = np.zeros_like(positions)
    for _ in range(5000):
        pairs = cKDTree(positions % lengths, boxsize=lengths).query_pairs(
            reach, output_type="ndarray"
        )
        i, j = pairs[:, 0], pairs[:, 1]
        separation = positions[i] - positions[j]
        separation -= lengths * np.round(separation / lengths)
        r = np.linalg.norm(separation, axis=1)
        d = contact[types[i], types[j]]
        if not (r < 0.98 * d).any():
            break
        overlap = np.maximum(1.0 - r / np.maximum(1.02 * d, 1e-300), 0.0)
        push = (overlap / np.maximum(r, 1e-12))[:, None] * separation
        force = np.empty_like(positions)
        for axis in range(positions.shape[1]):
            force[:, axis] = np.bincount(i, push[:, axis], len(positions)) - np.bincount(
                j, push[:, axis], len(positions)
            )
        # FIRE: Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006).
        power = np.vdot(force, velocities)
        if power > 0:
            norm = float(np.linalg.norm(velocities)) / max(float(np.linalg.norm(force)), 1e-300)
            velocities = (1 - alpha) * velocities + alpha * norm * force
            good += 1
            if good > 5:
                dt, alpha = min(1.1 * dt, 1.0), 0.99 * alpha
        else:
            velocities[:] = 0.0
            dt, alpha, good = 0.5 * dt, 0.1, 0
        velocities += dt * force
        move = dt * velocities
        largest = np.abs(move).max()
        if largest > 0.1 * reach:
            move *= 0.1 * reach / largest
        positions = positions + move
        if room is not None:
            positions[:, -1] = np.clip(positions[:, -1], 0.0, room)
    return positions % lengths


def _configuration(
    positions: np.ndarray,
    lengths: np.ndarray,
    types: np.ndarray,
    names: tuple[str, ...],
    tilts: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Configuration:
    dimensions = len(lengths)
    box = np.array([1.0, 1.0, 1.0, *tilts])
    box[:dimensions] = lengths
    full = np.zeros((len(positions), 3))
    full[:, :dimensions] = positions
    full, _ = wrap(full, np.zeros((len(full), 3), dtype=np.int32), box, dimensions)
    return Configuration(full, box, dimensions, types, names)


def random_orientations(n: int, dimensions: int, random: np.random.Generator) -> np.ndarray:
    """Uniform rotations as quaternions, shape (n, 4); in two dimensions around z."""
    if dimensions == 2:
        half = random.uniform(0.0, np.pi, n)
        return np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], axis=1)
    quaternions = random.normal(size=(n, 4))
    return np.asarray(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True))


@cache
def uniform_turns(dimensions: int) -> np.ndarray:
    """Quaternions, shape (n, 4), of turns that bring axes of bodies to axes of lattices, the
    simplest first: steps of 7.5° in the plane; in space those of 15° around one axis, products of
    those of 45° around all three, and a threefold axis along z to that of a cube.
    """
    if dimensions == 2:
        half = np.pi / 48 * np.arange(48)
        return np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], axis=1)
    import rowan

    x, y, z = np.eye(3)
    small = [[rowan.from_axis_angle(e, np.pi / 12 * k) for k in range(24)] for e in (x, y, z)]
    every = [turn for axis in small for turn in axis]
    every += [
        rowan.multiply(rowan.multiply(one, other), third)
        for one, other, third in product(*(axis[::3] for axis in small))
    ]
    diagonal = rowan.vector_vector_rotation(z, x + y + z)
    every += [rowan.multiply(diagonal, turn) for turn in small[2]]
    found = np.array(every)
    found *= np.where(found[:, :1] < -1e-9, -1.0, 1.0)  # q and -q are one turn
    _, first = np.unique(found.round(6), axis=0, return_index=True)
    return np.asarray(found[np.sort(first)])


def thermal_velocities(
    n: int,
    dimensions: int,
    kT: float,
    random: np.random.Generator,
    masses: np.ndarray | None = None,
    at_rest: bool = True,
) -> np.ndarray:
    """Maxwell-Boltzmann velocities, exactly of this temperature.

    Masses, shape (n,), are 1 where they are left out. The total momentum is 0, or, where the
    particles are not `at_rest`, has the mean square of this temperature in each direction:
    something that acts on some of these only leaves it in the others.
    """
    mass = (np.ones(n) if masses is None else masses)[:, None]
    velocities = np.zeros((n, 3))
    velocities[:, :dimensions] = random.normal(size=(n, dimensions)) / np.sqrt(mass)
    if n == 1:
        return velocities * np.sqrt(kT)
    velocities -= (mass * velocities).sum(axis=0) / mass.sum()
    freedom = dimensions * (n - 1)
    velocities *= np.sqrt(kT * freedom / np.sum(mass * velocities**2))
    if not at_rest:
        drift = random.choice([-1.0, 1.0], dimensions) * np.sqrt(kT / mass.sum())
        velocities[:, :dimensions] += drift
    return velocities


def spacing(configuration: Configuration) -> float:
    """Smallest distance between two particles, or a particle and its image."""
    from analysis.neighbourhoods import nearest

    return float(nearest(configuration, 1).distances.min())
