"""Measure what the settings of a campaign ask for: `properties.json` of a labelled job.

What cannot be measured of a job is said there with the reason, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.archives import read_arrays
from analysis.configuration import Configuration
from analysis.properties.diffusion import diffusion
from analysis.properties.elastic import elastic_constants, moduli
from analysis.properties.fluctuations import compressibility, heat_capacity, thermal_response
from analysis.properties.mixing import mixing
from analysis.properties.strain_fluctuations import fluctuating_constants
from analysis.properties.structure import structure
from analysis.properties.vibrations import (
    WINDOW,
    density_of_states,
    diffusion_by_velocities,
    einstein_frequency,
    of_modes,
    thinned,
)
from analysis.properties.viscosity import correlation, viscosity
from operations.jobs.document import settings_of
from operations.jobs.files import readable_json, write_product
from operations.jobs.result import AT_KT
from operations.jobs.samples import SHEAR_COLUMNS
from operations.jobs.seal import sealed
from operations.jobs.state import (
    DOCUMENT,
    FINAL,
    PROPERTIES,
    RESULT,
    STATEPOINT,
    THERMO,
    TRAJECTORY,
)
from operations.results.configurations import in_a_line
from workspace_schema.methods.facts import MANY_BODY
from workspace_schema.methods.ramp import knots
from workspace_schema.statepoint import StatePoint

if TYPE_CHECKING:
    from operations.search.kernels import Kernel

#: Values with their standard errors; NaN where there is none.
Values = dict[str, tuple[float, float]]

#: Particles, of which every pair is looked at, at most.
MOST_PARTICLES = 1000
#: Neighbours of labels whose first minimum of g(r) has a second shell before it.
FIRST_SHELL = {"bcc": 8, "CsCl": 8}
#: Velocities of a trajectory, the last of which are looked at.
MOST_BYTES = 2**28
#: Phase of Einstein's frequency up to which the correlation of velocities is drawn.
SWINGS = 30.0
#: Largest root mean square force of a crystal at rest.
TOLERANCE = 1e-9
#: Phase by which a box may swing in a time step.
LONGEST_SWING = 0.3
#: Samples of a series at least.
LEAST_SAMPLES = 100
#: Largest step of the energy at a cut-off, in kT: 0.22 makes heat capacities at constant volume
#: wrong by 2 to 5 %. And of all pairs of a particle, which change with the volume: 0.4 makes an
#: expansion wrong by 6 %.
LARGEST_STEP, LARGEST_SHARE = 0.1, 0.05


@dataclass(frozen=True)
class Finished:
    """A finished job as a measurement sees it.

    Attributes
    ----------
    folder, root : Path
    statepoint, extent : mapping
    label : str
    configuration : Configuration
        The best one.
    curves : list
        What is drawn, by name, with the names of its axes.
    refused : dict
        Why one value of a measurement is none while others are, by its name.
    """

    folder: Path
    root: Path
    statepoint: Mapping[str, Any]
    extent: Mapping[str, Any]
    label: str
    configuration: Configuration
    curves: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def draw(self, name: str, across: str, up: str, x: np.ndarray, y: np.ndarray) -> None:
        """Keep a curve, as fine as it is looked at."""
        xs, ys = thinned(x, y)
        self.curves.append({"name": name, "axes": [across, up], "x": xs, "y": ys})

    def last(self, key: str) -> float | None:
        """Value of a key of the method at the end of its ramp; None where it has none."""
        value = self.statepoint["method"].get(key)
        return None if value is None else float(knots(value)[-1])

    @property
    def first_step(self) -> int:
        """After which all is production.

        Raises
        ------
        ValueError
            Where there is none.
        """
        production = int(self.extent.get("production_steps", 0))
        if not production or not (self.folder / THERMO).exists():
            raise ValueError("no production; expected method.production_steps")
        return int(read_arrays(self.folder / THERMO)["step"][-1]) - production


def measure(folder: Path, root: Path, configuration: Configuration, label: str) -> None:
    """Write properties.json of a job that is labelled, or remove an old one.

    Parameters
    ----------
    folder, root : Path
    configuration : Configuration
        The best one of the job.
    label : str
        Of that one.
    """
    wanted = settings_of(str(root)).get("properties") or []
    if not wanted:
        (folder / PROPERTIES).unlink(missing_ok=True)
        return
    job = Finished(
        folder,
        root,
        readable_json(folder / STATEPOINT),
        readable_json(folder / DOCUMENT).get("extent", {}),
        label,
        configuration,
    )
    content: dict[str, Any] = {"properties": {}, "not_measured": {}}
    for name in wanted:
        try:
            for column, (value, error) in MEASUREMENTS[name](job).items():
                known = error if np.isfinite(error) else None
                content["properties"][column] = {"value": value, "error": known}
        except Exception as error:  # of one property, whatever it is
            content["not_measured"][name] = in_a_line(error)
    content["not_measured"].update(job.refused)
    if job.curves:
        content["curves"] = job.curves
    write_product(folder / PROPERTIES, sealed(content, folder, (FINAL, THERMO)))


@dataclass(frozen=True)
class _Rest:
    """A crystal of points whose particles are at rest, at the pressure of the job or in its cell.

    Raises
    ------
    ValueError
        Where it is none, too large, or does not come to rest.
    """

    kernel: Kernel
    crystal: Configuration

    @classmethod
    def of(cls, job: Finished) -> _Rest:
        from operations.interactions.pair_functions import pair_functions
        from operations.search.kernels import make_kernel

        point = StatePoint.read(dict(job.statepoint), dict(job.extent))
        if point.potential is None or not job.configuration.periodic or job.label in ("", "fluid"):
            raise ValueError("no crystal of point particles in a periodic box")
        if job.configuration.n_particles > MOST_PARTICLES:
            raise ValueError(
                f"{job.configuration.n_particles} particles; expected {MOST_PARTICLES} at most"
            )
        kernel = make_kernel(pair_functions(point.potential, point.system.types, job.root))
        return cls(kernel, _at_rest(kernel, job.configuration, job.last("pressure")))

    def stress(self, configuration: Configuration) -> np.ndarray:
        """Of another cell, particles at rest."""
        relaxed = _at_rest(self.kernel, configuration)
        return np.asarray(-self.kernel.evaluate(relaxed)[2] / relaxed.volume)


def _at_rest(
    kernel: Kernel, configuration: Configuration, pressure: float | None = None
) -> Configuration:
    from operations.search.lbfgs import Outcome
    from operations.search.minimise import minimise

    found = minimise(kernel, configuration, pressure, tolerance=TOLERANCE)
    if found.outcome != Outcome.CONVERGED:
        raise ValueError(f"no crystal at rest: its minimisation ended {found.outcome.name}")
    return found.configuration


def _elastic(job: Finished) -> Values:
    """Of the crystal at rest."""
    rest = _Rest.of(job)
    bulk, shear = moduli(elastic_constants(rest.crystal, rest.stress))
    return {"bulk_modulus": (bulk, np.nan), "shear_modulus": (shear, np.nan)}


def _normal_modes(job: Finished) -> Values:
    """Of the crystal at rest, those whose waves are as long as its box or as parts of it."""
    from operations.search.soft_modes import force_constants

    rest = _Rest.of(job)
    if rest.crystal.n_particles < 2:
        raise ValueError("one particle has no modes; expected more in the cell")
    found = np.linalg.eigvalsh(force_constants(rest.kernel, rest.crystal))
    # without uniform motion, the modes nearest to zero
    modes = np.sort(found[np.argsort(np.abs(found))[rest.crystal.dimensions :]])
    if modes[-1] > 0.0:
        job.draw("density of states at rest", "ω", "g(ω)", *of_modes(modes))
    highest = float(np.sqrt(max(modes[-1], 0.0)))
    return {
        "lowest_frequency_squared": (float(modes[0]), np.nan),
        "highest_frequency": (highest, np.nan),
    }


def _fluctuations(job: Finished) -> Values:
    """Of the production, at its last kT."""
    from operations.interactions.rigid_bodies import rigid_bodies, rotational_freedom

    first, series = job.first_step, read_arrays(job.folder / THERMO)
    produced = series["step"] > first
    ensemble, kT = job.statepoint["method"].get("ensemble"), job.last("kT")
    if produced.sum() < LEAST_SAMPLES or kT is None:
        raise ValueError(f"{produced.sum()} samples; expected {LEAST_SAMPLES} at least")
    n = job.configuration.n_particles
    energies = series["energy_per_particle"][produced] * n
    system = StatePoint.read(dict(job.statepoint), dict(job.extent)).system
    turning = rotational_freedom(rigid_bodies(system), system.particles or {})
    freedom = system.dimensions + turning / n
    step, pairs = _step(job)
    of_step = f"the energy has a step of {step:.3g} at r_cut, which dynamics does not feel"
    if ensemble == "nvt":
        if abs(step) > LARGEST_STEP * kT:
            raise ValueError(f"{of_step}; expected truncation: shift")
        return {"heat_capacity": heat_capacity(energies / np.sqrt(n), kT, freedom)}
    pressure = job.last("pressure")
    if ensemble == "npt" and pressure is not None:
        volumes = n / series["number_density"][produced]
        _check_barostat(job)
        _check_box(job, 3.0 * kT * volumes.mean() / np.var(volumes), kT)
        found = {"compressibility": compressibility(volumes, kT)}
        if pairs > LARGEST_SHARE * kT:
            job.refused["thermal_expansion, isobaric_heat_capacity"] = (
                f"{of_step}, and {pairs:.2g} a particle in all; expected truncation: shift"
            )
            return found
        expansion, capacity = thermal_response(volumes, energies, pressure, kT, n)
        found["thermal_expansion"] = expansion
        found["isobaric_heat_capacity"] = (capacity[0] + 0.5 * freedom, capacity[1])
        return found
    raise ValueError(f"ensemble {ensemble}; expected nvt or npt")


def _step(job: Finished) -> tuple[float, float]:
    """The largest step of the energy of a pair at its cut-off, of which dynamics knows nothing; and
    what all of them would make of a particle, were the others everywhere."""
    from operations.interactions.pair_functions import pair_functions

    point = StatePoint.read(dict(job.statepoint), dict(job.extent))
    if point.potential is None or job.statepoint["potential"]["form"] in MANY_BODY:
        return 0.0, 0.0
    d, largest, everywhere = job.configuration.dimensions, 0.0, 0.0
    shares = np.bincount(job.configuration.types) / job.configuration.n_particles
    functions = pair_functions(point.potential, point.system.types, job.root)
    for (i, j), pair in functions.items():
        step = float(pair.energy(pair.r_cut * (1.0 - 1e-9)))
        ball = (np.pi if d == 2 else 4.0 / 3.0 * np.pi) * pair.r_cut**d
        around = ball * job.configuration.number_density * (0.5 if i == j else 1.0)
        everywhere += abs(step) * around * float(shares[i] * shares[j])
        largest = step if abs(step) > abs(largest) else largest
    return largest, everywhere


def _check_barostat(job: Finished) -> None:
    """Raise ValueError where the box was moved by LAMMPS at another temperature than kT."""
    result = readable_json(job.folder / RESULT)
    if result.get("engine") == "lammps" and result.get("barostat") != AT_KT:
        raise ValueError(
            "its box moved at the temperature of the velocities that a chunk began with, as an"
            " earlier program had it; expected a job that was simulated by the present one"
        )


def _strain_fluctuations(job: Finished) -> Values:
    """Of the production of a crystal in a box of free shape, at its last kT."""
    method, kT = job.statepoint["method"], job.last("kT")
    if job.label in ("", "fluid") or not job.configuration.periodic or kT is None:
        raise ValueError("no crystal in a periodic box")
    if method.get("ensemble") != "npt" or method.get("cell") != "flexible":
        raise ValueError("the shape of the box is fixed; expected ensemble: npt, cell: flexible")
    _check_barostat(job)
    boxes = np.array([configuration.box for _, configuration in _frames(job)])
    if len(boxes) < LEAST_SAMPLES:
        raise ValueError(f"{len(boxes)} frames of production; expected {LEAST_SAMPLES} at least")
    found = fluctuating_constants(boxes, job.configuration.dimensions, kT)
    bulk, shear = (found[f"isothermal_{name}_modulus"][0] for name in ("bulk", "shear"))
    _check_box(job, bulk + 4.0 / 3.0 * shear, kT)
    return found


def _check_box(job: Finished, stiffness: float, kT: float) -> None:
    """Raise ValueError where a box, whose mass is N kT barostat_time², swings too fast for dt."""
    dt, slow = job.last("dt"), job.last("barostat_time")
    if dt is None or slow is None:
        return
    needed = np.sqrt(stiffness / (job.configuration.number_density * kT)) * dt / LONGEST_SWING
    if slow < needed:
        raise ValueError(
            f"the box swings too fast for dt; expected barostat_time: {needed:.2g} at least"
        )


def _frames(job: Finished) -> Iterator[tuple[int, Configuration]]:
    """Steps and configurations of the production."""
    import gsd.hoomd

    first = job.first_step
    with gsd.hoomd.open(str(job.folder / TRAJECTORY), "r") as frames:
        for frame in frames:
            if frame.configuration.step >= first:
                yield frame.configuration.step, Configuration.from_frame(frame)


def _structure(job: Finished) -> Values:
    """Of the production of a fluid."""
    if job.label != "fluid" or not job.configuration.periodic:
        raise ValueError("no fluid in a periodic box")
    frames = [configuration for _, configuration in _frames(job)]
    if len(frames) < 2:
        raise ValueError(f"{len(frames)} frames of production; expected some")
    return structure(frames)


def _mixing(job: Finished) -> Values:
    """Of the production, where it has frames; else of the best configuration."""
    if len(set(job.configuration.types.tolist())) < 2:
        raise ValueError("one type of particle; expected a mixture")
    frames = [job.configuration]
    if int(job.extent.get("production_steps", 0)) and (job.folder / TRAJECTORY).exists():
        frames = [configuration for _, configuration in _frames(job)] or frames
    return {"short_range_order": mixing(frames, FIRST_SHELL.get(job.label))}


def _motion(
    job: Finished, seen: Callable[[Configuration], np.ndarray]
) -> tuple[np.ndarray, float, float]:
    """What is seen of the production at constant volume in a periodic box, at equal times, the
    first axis; the time between two frames, and the distance of neighbours."""
    dt, ensemble = job.last("dt"), job.statepoint["method"].get("ensemble")
    if ensemble not in ("nvt", "nve") or dt is None or not job.configuration.periodic:
        raise ValueError("expected molecular dynamics in a box, in the ensemble nvt or nve")
    steps, values, d = [], [], job.configuration.dimensions
    for step, found in _frames(job):
        steps.append(step)
        values.append(seen(found)[:, :d])
    if len(set(np.diff(steps))) > 1:
        steps, values = steps[:-1], values[:-1]  # the last one is out of turn
    if len(steps) < 2 or len(set(np.diff(steps))) > 1:
        raise ValueError(f"{len(steps)} frames of production; expected some at equal times")
    spacing = dt * float(np.diff(steps)[0])
    return np.array(values), spacing, job.configuration.number_density ** (-1.0 / d)


def _diffusion(job: Finished) -> Values:
    """Of the production."""

    def unwrapped(found: Configuration) -> np.ndarray:
        if found.images is None:
            raise ValueError("the trajectory does not say through which images it went")
        return np.asarray(found.positions + found.images @ found.cell)

    return {"diffusion": diffusion(*_motion(job, unwrapped))}


def _velocities(job: Finished) -> Values:
    """Of the production: Einstein's frequency, and of a fluid diffusion."""
    if job.statepoint["method"].get("thermostat") == "langevin":
        raise ValueError("velocities are damped by the thermostat; expected thermostat: bussi")

    def moving(found: Configuration) -> np.ndarray:
        if found.velocities is None:
            raise ValueError("the trajectory has no velocities")
        return found.velocities - found.velocities.mean(axis=0)

    velocities, spacing, apart = _motion(job, moving)
    if velocities.nbytes > MOST_BYTES:
        most = int(len(velocities) * MOST_BYTES / velocities.nbytes)
        velocities = velocities[-most:]
    end = window = WINDOW * apart / float(np.sqrt(np.mean(velocities**2)))
    values: Values = {}
    try:
        values["einstein_frequency"] = einstein_frequency(velocities, spacing)
        end = SWINGS / values["einstein_frequency"][0]
        job.draw("density of states", "ω", "g(ω)", *density_of_states(velocities, spacing))
    except ValueError as error:
        job.refused["einstein_frequency"] = in_a_line(error)
    curve = correlation(velocities.reshape(len(velocities), -1))
    shown = curve[: int(end / spacing) + 1]
    times = spacing * np.arange(len(shown))
    job.draw("correlation of velocities", "t", "⟨v(0)·v(t)⟩/⟨v²⟩", times, shown / shown[0])
    if job.label == "fluid":
        try:
            values["diffusion_by_velocities"] = diffusion_by_velocities(velocities, spacing, window)
        except ValueError as error:
            job.refused["diffusion_by_velocities"] = in_a_line(error)
    return values


def _viscosity(job: Finished) -> Values:
    """Of the production of a fluid at constant volume."""
    first, series = job.first_step, read_arrays(job.folder / THERMO)
    dt, ensemble, kT = job.last("dt"), job.statepoint["method"].get("ensemble"), job.last("kT")
    if ensemble not in ("nvt", "nve") or dt is None or kT is None or job.label != "fluid":
        raise ValueError("expected a fluid by molecular dynamics, in the ensemble nvt or nve")
    if job.configuration.dimensions == 2:
        raise ValueError("in two dimensions there is none: it grows with the box; expected three")
    columns = [name for name in SHEAR_COLUMNS if name in series]
    if not columns:
        raise ValueError("the run did not sample the shear stress; expected one begun with this")
    produced = series["step"] > first
    steps = series["step"][produced]
    if len(steps) > 2 and steps[-1] - steps[-2] != steps[1] - steps[0]:
        steps = steps[:-1]  # the last one is out of turn
    if len(steps) < LEAST_SAMPLES or len(set(np.diff(steps))) > 1:
        raise ValueError(f"{len(steps)} samples; expected {LEAST_SAMPLES} at equal times, at least")
    shear = np.column_stack([series[name][produced] for name in columns])[: len(steps)]
    spacing = dt * float(steps[1] - steps[0])
    if ensemble == "nve":
        kT = float(series["kT"][produced].mean())
    return {"viscosity": viscosity(shear, spacing, job.configuration.volume, kT)}


#: By their names in `workspace_schema.properties`.
MEASUREMENTS: dict[str, Callable[[Finished], Values]] = {
    "elastic_constants": _elastic,
    "strain_fluctuations": _strain_fluctuations,
    "fluctuations": _fluctuations,
    "diffusion": _diffusion,
    "velocities": _velocities,
    "normal_modes": _normal_modes,
    "structure": _structure,
    "mixing": _mixing,
    "viscosity": _viscosity,
}
