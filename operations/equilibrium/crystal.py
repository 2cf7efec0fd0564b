"""The free energy of a crystal: springs to its sites are made stiffer until they are all there is.

F(0) = F_E(k) + ΔF - ∫_0^k <½Σ|d|²>_λ dλ: at the stiffest springs, k, Bennett's ratio leads from the
Einstein crystal to the crystal with springs (ΔF); below, Gauss-Legendre integration in ln(λ + c)
takes the springs away; what that rule makes of a harmonic crystal is taken off, and is part of the
error. D. Frenkel and A. J. C. Ladd, J. Chem. Phys. 81, 3188 (1984). The potential
itself is never scaled: whatever holds particles together is treated alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from analysis.configuration import Configuration
from analysis.statistics import mean_of
from operations.engines import Chunk, EngineError, EngineState, Integration
from operations.equilibrium.bennett import bennett, bennett_error
from operations.equilibrium.einstein import (
    Displaced,
    displacements,
    finite,
    free_energy,
    hard_core,
    softness,
    stiffest,
    translations,
)
from operations.equilibrium.finite_size import finite_size, finite_size_error, quadrature
from operations.equilibrium.harmonic import Rest
from operations.equilibrium.lasting import check_lasting
from operations.equilibrium.phases import as_lattice, check_crystal, lattice_of, phase_name
from operations.equilibrium.runs import (
    FloatArray,
    Run,
    Runs,
    State,
    measured,
    start_of,
)
from operations.equilibrium.truncation import first_orders, sampled_model, truncation
from operations.interactions.external import Tethers
from operations.interactions.start import lattice
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from workspace_schema.building_blocks.sphere import HardSphere

#: Time step in units of 1/ω, ω² the stiffness of springs and neighbours.
STEP = 0.2
#: Energy in kT above that of neighbours at rest up to which they meet.
HEAD_ON = 3.0
#: Particles of the cell whose vibrations say at which density a pressure is, about.
SMALL = 40
#: Friction in units of ω.
FRICTION = 0.5
#: Samples of the Einstein crystal at least: of hard spheres one in ten is possible.
LEAST_DISPLACED = 500
#: Root mean square displacement, in units of the distance of neighbours, of what is no crystal.
MELTED = 0.35
#: Columns of the samples beyond those of every run: energy of the springs, then ½Σ|d|² with the
#: centre of mass at rest.
SPREAD = -1


class Crystal(Runs):
    """The free energy of a crystal."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        phase, system = self.method.phase, self.point.system
        assert phase != "fluid"
        assert system.particles is not None
        self._name, self._lattice = phase_name(phase.model_dump()), lattice_of(phase, task.root)
        self._model = sampled_model(self.point, task.root, self.method.kT)
        self._near = self._approximant()
        self._check_cells()
        self._rest = self._at_pressure()
        self._density = self.method.number_density or cast(Rest, self._rest).number_density
        self.crystal = self._of(system.particles, self._density)
        self._is_hard = bool(self._model.blocks)
        self.displaced = self._displaced()
        kT = self.method.kT
        self.k = stiffest(self.displaced, self.d, kT, generator(task.seed, "stiffness"))
        self.c = softness(self.k, self.n, self.d)
        self.stiffness, self.weights = gauss(self.method.points, self.c, self.k)
        # the crystal itself, the springs of the integral, and the stiffest ones
        self.runs = [self._run(k) for k in (0.0, *self.stiffness, self.k)]
        self.runs[0] = replace(self.runs[0], is_seen=True)
        self.runs[-1] = replace(self.runs[-1], keeps_frames=not self._is_hard)

    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """The perfect crystal."""
        run = self.runs[number]
        random = generator(self._task.seed, f"velocities {number}")
        begun: EngineState = engine.begin(start_of(replace(self.crystal), run.kT, random))
        return begun

    def read(self, number: int, chunk: Chunk) -> FloatArray:
        """Samples; of the stiffest springs with the energy as the Einstein crystal has it."""
        rows = chunk.samples
        if self.runs[number].keeps_frames:
            column = [self.displaced(self._away(frame)) for _, frame in chunk.frames]
            return np.column_stack([rows[:, :-1], column, rows[:, SPREAD]])
        return rows

    def watched(self, number: int, state: State) -> FloatArray:
        """See `Runs`."""
        return state.samples[number][:, SPREAD]

    def beyond(self, frames: list[Configuration]) -> FloatArray:
        """See `Runs`."""
        return first_orders(self.point, self._model, frames)

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring."""
        n, kT, density = self.n, self.method.kT, self._density
        spreads = [mean_of(state.samples[k][:, SPREAD]) for k in range(len(self.runs))]
        check_holds(self.crystal, self.method.kT, spreads[0][0])
        self._check_lasting(state)
        inside = np.array(spreads[1:-1]).reshape(-1, 2)
        spread = 2.0 * spreads[0][0] / n
        rule = self.stiffness, self.weights, self.k
        # known of a harmonic crystal, and of this one about as well as that differs from it
        excess = quadrature(self._lattice, n, spread / kT, *rule) or 0.0
        integral, integral_error = integrated(self.weights, inside, kT)
        integral, integral_error = integral - excess, float(np.hypot(integral_error, excess))
        forward, backward = self._works(state)
        change, change_error = bennett(forward, backward), bennett_error(forward, backward)
        reference = free_energy(self.crystal, self.k, kT)
        total = (reference + change - integral) / n
        volume = self.crystal.volume / translations(self.crystal)
        of_springs = self._lattice, n, volume, spread
        pair = None if self._is_hard else next(iter(self._model.pairs.values()))
        lacking, lacking_error = finite_size(*of_springs), None
        error = float(np.hypot(integral_error, change_error)) / n
        if lacking is not None:
            lacking_error = finite_size_error(lacking, *of_springs, pair, density)
            error = float(np.hypot(error, lacking_error))
        pressure = mean_of(state.samples[0][:, 3])
        energy = mean_of(state.samples[0][:, 2])
        infinite = total - (lacking or 0.0)
        averages = {
            "energy_per_particle": measured(*energy),
            "pressure": measured(*pressure),
            "free_energy_per_particle": measured(kT * infinite, kT * error),
        }
        if self._rest is not None:
            averages["gibbs_energy_per_particle"] = measured(
                *self._gibbs(kT * infinite, kT * error, *pressure)
            )
        compliance = {} if self._rest is None else {"compliance": self._rest.compliance}
        details = compliance | {
            "phase": self._name,
            "beta_F_of_N": total,
            "finite_size": lacking,
            "finite_size_error": lacking_error,
            "beta_F_excess": infinite - (np.log(density) - 1.0),
            "error": error,
            "einstein": reference / n,
            "bennett": {"value": change / n, "error": change_error / n, "samples": len(backward)},
            "integral": {
                "value": integral / n,
                "error": integral_error / n,
                "quadrature": excess / n,
            },
            "stiffest": self.k,
            "c": self.c,
            "stiffness": [0.0, *self.stiffness, self.k],
            "mean_square_displacement": [2.0 * value / n for value, _ in spreads],
            "mean_square_displacement_error": [2.0 * sigma / n for _, sigma in spreads],
            "time_step": self.time_step,
            "truncation": truncation(self.point, self._model, self.seen(state)),
        }
        return averages, details

    @property
    def number_density(self) -> float:
        """See `Runs`."""
        return float(self._density)

    # -- details ---------------------------------------------------------------------------------

    def _of(self, particles: Mapping[str, int], density: float) -> Configuration:
        """The perfect crystal of some particles."""
        random = generator(self._task.seed, "start")
        return lattice(self._lattice, particles, self.d, density, random)

    def _check_cells(self) -> None:
        """Raise EngineError where no box of whole cells has the particles of the system, or hard
        spheres overlap in it; of named lattices the campaign file was held to that."""
        diameters = [getattr(block, "diameter", None) for block in self._model.blocks.values()]
        check_crystal(
            self._name,
            self._lattice,
            self.n,
            self.d,
            self.method.number_density,
            diameters[0] if diameters else None,
        )

    def _approximant(self) -> float | None:
        """Where the phase is a quasicrystal, take its approximant at rest, and give the volume of a
        particle there; None of any other phase."""
        from analysis.prototypes.tilings import APPROXIMANTS

        if self._name not in APPROXIMANTS:
            return None
        if self._model.blocks:
            raise EngineError(f"phase.label: {self._name}: of particles with a potential only")
        from operations.equilibrium.approximants import at_rest

        (pair,) = self._model.pairs.values()
        rest = at_rest(self._name, pair, self.method.pressure or 0.0)
        self._lattice = as_lattice(rest)
        return float(1.0 / rest.number_density)

    def _at_pressure(self) -> Rest | None:
        """Where the crystal is at the pressure of the method; None of a given density."""
        pressure = self.method.pressure
        if pressure is None:
            return None
        (name,), (pair,) = self.point.system.types, self._model.pairs.values()
        cell = self._of({name: self._lattice.near(SMALL)[0]}, 1.0)
        try:
            rest = Rest.at(cell, pair, self.method.kT, pressure, self._near)
        except ValueError as error:
            raise EngineError(str(error)) from None
        half = 0.5 * min(self._of({name: self.n}, rest.number_density).widths[: self.d])
        if pair.r_cut >= half:
            raise EngineError(
                f"r_cut: got {pair.r_cut:g}; expected less than {half:.5g}, half the edge of the"
                f" box at number density {rest.number_density:.4g}: take more particles"
            )
        return rest

    def _gibbs(
        self, free: float, free_error: float, pressure: float, pressure_error: float
    ) -> tuple[float, float]:
        """F + Pv per particle at the pressure of the method, and its error, from the free energy at
        a density near there and the pressure that was measured. The compliance is that of
        harmonic vibrations: the error has all that it makes."""
        assert self._rest is not None
        off = self.method.pressure - pressure
        rest = 0.5 * self._rest.compliance * off**2
        value = free + self.method.pressure / self.number_density - rest
        slope = self._rest.compliance * off
        return value, float(np.sqrt(free_error**2 + (slope * pressure_error) ** 2 + rest**2))

    def _displaced(self) -> Displaced:
        if self._is_hard:
            (block,) = self._model.blocks.values()
            assert isinstance(block, HardSphere)
            return Displaced.of(self.crystal, hard_core(block.diameter), block.diameter)
        (pair,) = self._model.pairs.values()
        return Displaced.of(self.crystal, finite(pair), pair.r_cut)

    def _curvature(self) -> float:
        """The largest u'' that neighbours meet: up to `HEAD_ON` kT above where they sit."""
        (pair,) = self._model.pairs.values()
        neighbours = float(np.sqrt(np.einsum("ij,ij->i", *[self.displaced.apart] * 2).min()))
        r = np.linspace(pair.r_inner, pair.r_cut, 4000)
        met = pair.energy(r) < float(pair.energy(neighbours)) + HEAD_ON * self.method.kT
        return float(np.max(-np.gradient(pair.force(r), r)[met]))

    def _run(self, k: float) -> Run:
        """The run with springs of a stiffness."""
        sites = Tethers.to(self.crystal, k)
        looked_at = replace(sites, k=1.0, centred=True, name="spread", scale=0.0)
        springs = () if k == 0.0 else (sites,)
        model = replace(self._model, external=(*springs, looked_at))
        if self._is_hard:
            return Run(model, Integration("nvt", adjust_until=self._equilibration), self.method.kT)
        omega = float(np.sqrt(k + max(self.c, self._curvature())))
        integration = self.in_wells(model, omega, STEP, FRICTION)
        return Run(model, integration, self.method.kT)

    def _away(self, frame: Configuration) -> FloatArray:
        """Displacements from the sites, shape (N, 3)."""
        assert frame.images is not None
        images = np.zeros_like(frame.images) if self.crystal.images is None else self.crystal.images
        return np.asarray(
            frame.positions
            - self.crystal.positions
            + (frame.images.astype(float) - images) @ frame.cell
        )

    def _works(self, state: State) -> tuple[FloatArray, FloatArray]:
        """βU of samples of the Einstein crystal, and -βU of those of the crystal with springs."""
        kT, rows = self.method.kT, state.samples[len(self.runs) - 1]
        random = generator(self._task.seed, "einstein")
        scale = np.sqrt(kT / self.k)
        forward = [
            self.displaced(scale * displacements(self.n, self.d, random)) / kT
            for _ in range(max(len(rows), LEAST_DISPLACED))
        ]
        backward = np.zeros(len(rows)) if self._is_hard else -rows[:, SPREAD - 1] / kT
        return np.array(forward), backward

    def _check_lasting(self, state: State) -> None:
        """Raise EngineError where a run is not what the perfect crystal is."""
        springs = enumerate((0.0, *self.stiffness, self.k))
        check_lasting(
            self.crystal,
            (
                (f"springs of {k:.3g}", self.last(number, state), state.samples[number][:, SPREAD])
                for number, k in springs
            ),
            generator(self._task.seed, "label"),
            f"another number_density than {self.number_density:g} or a lower kT than"
            f" {self.method.kT:g}",
        )


def check_holds(crystal: Configuration, kT: float, spread: float) -> None:
    """Raise EngineError where particles have left their sites, ½Σ|d|² of which is `spread`."""
    n, density = crystal.n_particles, crystal.number_density
    most = MELTED * float(density ** (-1.0 / crystal.dimensions))
    far = np.sqrt(2.0 * spread / n)
    if far > most:
        raise EngineError(
            f"the crystal does not hold: particles are {far:.3g} away from their sites in the"
            f" root mean square; expected less than {most:.3g} at number_density"
            f" {density:g}, kT {kT:g}"
        )


def integrated(weights: FloatArray, means: FloatArray, kT: float) -> tuple[float, float]:
    """β∫ of means with errors, shape (n, 2), and its error."""
    error = float(np.sqrt(np.sum((weights * means[:, 1]) ** 2)))
    return float(weights @ means[:, 0]) / kT, error / kT


def gauss(points: int, c: float, k: float) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of ∫_0^k dλ, Gauss-Legendre in ln(λ + c): the integrand falls as
    1/(λ + c)."""
    x, w = np.polynomial.legendre.leggauss(points)
    low, high = np.log(c), np.log(k + c)
    shifted = np.exp(low + 0.5 * (x + 1.0) * (high - low))
    return shifted - c, 0.5 * (high - low) * w * shifted
