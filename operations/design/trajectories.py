"""Trajectories with forces, of particles or of sites made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration, wrap
from analysis.formats import read_contents
from workspace_schema.inputs import stored_input
from workspace_schema.interactions import Interactions, type_pairs
from workspace_schema.methods.design_liquids import Forces, RelativeEntropy, Sites
from workspace_schema.methods.imported import Reading
from workspace_schema.potentials import Designed
from workspace_schema.statepoint import StatePoint

if TYPE_CHECKING:
    from workspace_schema.points import Point

#: Frames that tell a mean from its noise.
LEAST_FRAMES = 10
#: Relative difference of densities that are the same.
SAME_DENSITY = 1e-3


def read_sites(
    file: Path, dimensions: int, particles: Mapping[str, int], method: Forces | RelativeEntropy
) -> list[Configuration]:
    """The frames of a trajectory as sites, for a design by forces with the forces on them.

    Parameters
    ----------
    file : Path
    dimensions : 2 or 3
    particles : mapping of str to int
        What every frame must hold after the mapping.
    method : Forces or RelativeEntropy

    Raises
    ------
    ValueError
        Where there are no forces, other particles, or no periodic box; it begins with the name.
    """
    name = file.name
    contents = read_contents(file, dimensions, name, Reading(frame="all"))
    frames = []
    for number, frame in enumerate(contents.frames):
        if method.by == "forces" and (frame.forces is None or not np.isfinite(frame.forces).all()):
            raise ValueError(
                f"{name} has no forces in frame {number}; expected fx fy fz in a LAMMPS dump,"
                " forces in extended XYZ, or those that HOOMD-blue logs in GSD"
            )
        if not contents.bounded:
            raise ValueError(f"{name} has no periodic box in frame {number}")
        try:
            sites = frame if method.mapping is None else mapped(frame, method.mapping)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
        counts = {each: int(np.sum(sites.types == k)) for k, each in enumerate(sites.type_names)}
        if counts != dict(particles):
            raise ValueError(
                f"{name} holds {counts} in frame {number}; system.particles are {dict(particles)}"
            )
        frames.append(sites)
    return frames


def stored_sites(root: Path, point: StatePoint) -> list[Configuration]:
    """Those of the trajectory that is kept below a root."""
    system, method = point.system, point.method
    assert isinstance(method, Forces | RelativeEntropy)
    assert method.trajectory is not None
    file = stored_input(root, method.trajectory.sha256)
    return read_sites(file, system.dimensions, system.particles or {}, method)


def check_trajectories(points: Iterable[Point], inputs: Mapping[str, Path]) -> list[str]:
    """What is wrong with the trajectories of designs to be made, each read once a system."""
    problems: dict[str, str] = {}
    for point in points:
        method = point.statepoint["method"]
        if method["name"] != "design" or "trajectory" not in method:
            continue
        read = StatePoint.read(point.statepoint)
        assert isinstance(read.method, Forces | RelativeEntropy)
        assert read.method.trajectory is not None
        key = json.dumps([point.statepoint["system"], point.statepoint["potential"], method])
        if key in problems:
            continue
        file = inputs[read.method.trajectory.sha256]
        try:
            problems[key] = _wrong(read, file)
        except (ValueError, OSError) as error:
            problems[key] = f"method.trajectory: {error}"
    return [problem for problem in problems.values() if problem]


def _wrong(point: StatePoint, file: Path) -> str:
    """What is wrong with a trajectory that can be read."""
    system, method, potential = point.system, point.method, point.potential
    assert isinstance(method, Forces | RelativeEntropy)
    assert isinstance(potential, Interactions)
    frames = read_sites(file, system.dimensions, system.particles or {}, method)
    pairs = [potential.pair(a, b) for a, b in type_pairs(system.types)]
    r_cut, half = max(p.r_cut for p in pairs), min(f.widths.min() for f in frames) / 2.0
    if r_cut >= half:
        return (
            f"potential.r_cut: got {r_cut:g}; expected less than {half:.5g}, half the width of the"
            f" box in {file.name}"
        )
    if isinstance(method, RelativeEntropy):
        if len(frames) < LEAST_FRAMES:
            return (
                f"method.trajectory: {file.name} has {len(frames)} frames; expected at least"
                f" {LEAST_FRAMES}"
            )
        density = float(np.mean([frame.number_density for frame in frames]))
        if abs(density / method.number_density - 1.0) > SAME_DENSITY:
            return (
                f"method.number_density: got {method.number_density:g}; that of {file.name} is"
                f" {density:.6g}"
            )
        return ""
    wanted = sum(p.coefficients for p in pairs if isinstance(p, Designed))
    have = len(frames) * system.n_particles * system.dimensions
    if wanted > have:
        return (
            f"potential.coefficients: {wanted} in all; expected at most {have}, the forces in"
            f" {file.name}"
        )
    return ""


def mapped(frame: Configuration, groups: Sequence[Sites]) -> Configuration:
    """Molecules as sites at their centres of mass, with the sum of the forces where there are any.

    Raises
    ------
    ValueError
        Where the particles are not those of the molecules.
    """
    needed = sum(group.molecules * len(group.masses) for group in groups)
    if needed != frame.n_particles:
        raise ValueError(f"has {frame.n_particles} particles; mapping takes {needed}")
    names = tuple(sorted({group.type for group in groups}))
    positions, forces, types = [], [], []
    inverse = np.linalg.inv(frame.cell)
    for begin, group in _placed(groups):
        size = len(group.masses)
        end = begin + group.molecules * size
        r = frame.positions[begin:end].reshape(group.molecules, size, 3)
        # the images of a molecule that are next to its first particle
        apart = r - r[:, :1]
        periods = np.rint(apart @ inverse)
        periods[..., frame.dimensions :] = 0.0
        apart -= periods @ frame.cell
        masses = np.array(group.masses)
        positions.append(r[:, 0] + np.einsum("p,mpx->mx", masses / masses.sum(), apart))
        if frame.forces is not None:
            forces.append(frame.forces[begin:end].reshape(group.molecules, size, 3).sum(axis=1))
        types += [names.index(group.type)] * group.molecules
    where = np.concatenate(positions)
    where, _ = wrap(where, np.zeros(where.shape, dtype=np.int32), frame.box, frame.dimensions)
    return Configuration(
        where,
        frame.box,
        frame.dimensions,
        np.array(types),
        names,
        forces=np.concatenate(forces) if forces else None,
    )


def _placed(groups: Sequence[Sites]) -> Iterator[tuple[int, Sites]]:
    begin = 0
    for group in groups:
        yield begin, group
        begin += group.molecules * len(group.masses)
