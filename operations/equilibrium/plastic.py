"""The free energy of a plastic crystal: bodies on the sites of a lattice, which turn.

Springs to the sites are made stiff, as in `crystal.py`, and a field with them that turns the bodies
alike (`rotors.py`), until nothing but springs and field is left. The field κ(λ) = κ (λ/k)² comes
after the springs λ: a crystal of bodies that are turned alike would leave its lattice in a box that
is that of the lattice, and does not where springs hold it; with the stiffest springs bodies stand
in each other's way when they are to turn, and do not with weak ones.

F(0) = F_E(k) - N kT ln z(κ) + ΔF - ∫_0^k (<½Σ|d|²> + κ'(λ) <Σu>) dλ: z of a free body in the
strongest field, u its field by κ, ΔF by Bennett's ratio. Every simulation on the way is made twice:
from bodies turned alike, and from what the one before has left, the first of them the crystal
itself: where both disagree there is no free energy. D. Frenkel and A. J. C. Ladd, J. Chem. Phys.
81, 3188 (1984); C. Vega, E. Sanz, J. L. F. Abascal and E. G. Noya, J. Phys.: Condens. Matter 20,
153101 (2008).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.orientational_order import ALIGNED
from analysis.shapes import shape_of
from analysis.statistics import mean_of
from operations.engines import EngineError, EngineState, Integration
from operations.equilibrium.bennett import bennett, bennett_error
from operations.equilibrium.crystal import LEAST_DISPLACED, SPREAD, check_holds, gauss, integrated
from operations.equilibrium.einstein import (
    OVERLAP,
    TRIALS,
    displacements,
    free_energy,
    translations,
)
from operations.equilibrium.finite_size import finite_size, finite_size_error, quadrature
from operations.equilibrium.lasting import check_lasting
from operations.equilibrium.overlaps import Overlaps
from operations.equilibrium.phases import check_crystal, lattice_of, phase_name
from operations.equilibrium.rotors import Rotors
from operations.equilibrium.runs import FloatArray, Run, Runs, State, measured
from operations.interactions.external import Alignment, Tethers
from operations.interactions.model import Model
from operations.interactions.start import lattice, uniform_turns
from operations.jobs.driver import Task
from operations.jobs.seeds import generator

#: Column of the samples beside that of the springs: Σu.
TURNED = SPREAD - 1
#: Two starts disagree where they are more than so many of their errors apart in their sum,
#: or twice as many at one point of the way, and by so many kT per particle in all.
PULL, DISAGREE = 3.0, 0.01


class Plastic(Runs):
    """The free energy of a plastic crystal of hard bodies."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        phase, system, kT = self.method.phase, self.point.system, self.method.kT
        assert system.particles is not None
        self._name, self._lattice = phase_name(phase.model_dump()), lattice_of(phase, task.root)
        check_crystal(self._name, self._lattice, self.n, self.d, self.method.number_density, None)
        self._model = Model.of(system)
        (block,) = self._model.blocks.values()
        random, density = generator(task.seed, "start"), self.method.number_density
        self.crystal = lattice(self._lattice, system.particles, self.d, density, random)
        self._shape = shape_of(block, self.d)
        self.rotors = Rotors.of(self._shape)
        self.overlaps = Overlaps.of(self.crystal, block)
        self.wanted = self._turn()
        self.crystal.orientations = np.tile(self.wanted, (self.n, 1))
        self.k = self._stiffest()
        self.kappa = self._strongest(self.k)
        # where a free body is half turned by the field
        half = 0.5 * self.rotors.axes * kT / self.rotors.free_field
        c = self.k * float(np.sqrt(half / self.kappa))
        self.stiffness, self.weights = gauss(self.method.points, c, self.k)
        self.fields = self.kappa * (self.stiffness / self.k) ** 2
        self.field_weights = self.weights * 2.0 * self.fields / self.stiffness
        # the crystal itself, the way from both starts, its end
        way = list(zip(self.stiffness, self.fields, strict=True))
        self._acting = [(0.0, 0.0), *way, *way, (self.k, self.kappa)]
        self.runs = [self._run(k, field) for k, field in self._acting]

    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """Bodies turned alike on the sites; the second time as the run before has left them."""
        start, m = replace(self.crystal), len(self.fields)
        if m < number <= 2 * m:
            start = self.last(0 if number == m + 1 else number - 1, state)
            engine = self.engine(number)
        begun: EngineState = engine.begin(start)
        return begun

    def watched(self, number: int, state: State) -> FloatArray:
        """See `Runs`: what is integrated, of the crystal itself and at the end where bodies are."""
        m, rows = len(self.fields), state.samples[number]
        if not 0 < number <= 2 * m:
            return rows[:, SPREAD]
        point = (number - 1) % m
        slope = self.field_weights[point] / self.weights[point]
        return np.asarray(rows[:, SPREAD] + slope * rows[:, TURNED])

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring."""
        n, kT, m = self.n, self.method.kT, len(self.fields)
        samples = [state.samples[number] for number in range(len(self.runs))]
        spreads = np.array([mean_of(rows[:, SPREAD]) for rows in samples])
        turned = np.array([mean_of(rows[:, TURNED]) for rows in samples])
        for spread in spreads[:, 0]:
            check_holds(self.crystal, kT, float(spread))
        order = self._check_plastic(state)
        self._check_lasting(state)
        both = np.array([mean_of(self.watched(number, state)) for number in range(1, 1 + 2 * m)])
        one, other = both[:m], both[m:]
        apart = self._check_ways(one, other)
        _, way_error = integrated(self.weights, self._halfway(one, other), kT)
        alike, onwards = slice(1, 1 + m), slice(1 + m, 1 + 2 * m)
        springs, springs_error = integrated(
            self.weights, self._halfway(spreads[alike], spreads[onwards]), kT
        )
        field, field_error = integrated(
            self.field_weights, self._halfway(turned[alike], turned[onwards]), kT
        )
        rule = self.stiffness, self.weights, self.k
        excess = quadrature(self._lattice, n, 2.0 * spreads[0, 0] / n / kT, *rule) or 0.0
        springs -= excess
        # known of free bodies, and of these about as well as they differ from them
        turning = self.fields / kT, self.field_weights / kT, self.kappa / kT
        too_much = n * self.rotors.quadrature(*turning)
        field -= too_much
        forward, backward = self._works(state)
        change, change_error = bennett(forward, backward), bennett_error(forward, backward)
        einstein = free_energy(self.crystal, self.k, kT)
        free = -n * self.rotors.log_partition(self.kappa / kT)
        total = (einstein + free + change - field - springs) / n
        error = float(np.linalg.norm([way_error, excess, too_much, change_error])) / n
        error = float(np.hypot(error, 0.5 * apart))  # whichever of both ways is right
        density = self.method.number_density
        volume = self.crystal.volume / translations(self.crystal)
        of_springs = self._lattice, n, volume, 2.0 * spreads[0, 0] / n
        lacking, lacking_error = finite_size(*of_springs), None
        if lacking is not None:
            lacking_error = finite_size_error(lacking, *of_springs, None, density)
            error = float(np.hypot(error, lacking_error))
        infinite = total - (lacking or 0.0)
        averages = {
            "energy_per_particle": measured(0.0, 0.0),
            "pressure": measured(*mean_of(state.samples[0][:, 3])),
            "free_energy_per_particle": measured(kT * infinite, kT * error),
        }
        details = {
            "phase": self._name,
            "beta_F_of_N": total,
            "finite_size": lacking,
            "finite_size_error": lacking_error,
            "beta_F_excess": infinite - (np.log(density) - 1.0),
            "error": error,
            "einstein": einstein / n,
            "rotors": free / n,
            "bennett": {"value": change / n, "error": change_error / n, "samples": len(backward)},
            "integral": {
                "value": springs / n,
                "error": springs_error / n,
                "quadrature": excess / n,
            },
            "field_integral": {
                "value": field / n,
                "error": field_error / n,
                "quadrature": too_much / n,
            },
            "from_alike_less_onwards": apart,
            "stiffest": self.k,
            "strongest": self.kappa,
            "stiffness": self.stiffness.tolist(),
            "field": self.fields.tolist(),
            "turned": {
                "alike": (turned[alike, 0] / n).tolist(),
                "onwards": (turned[onwards, 0] / n).tolist(),
            },
            "turned_without_field": turned[0, 0] / n,
            "turned_of_free_bodies": self.rotors.free_field,
            "neighbouring": order,
            "symmetries": len(self.rotors.symmetries),
            "mean_square_displacement": 2.0 * spreads[0, 0] / n,
            "mean_square_displacement_error": 2.0 * spreads[0, 1] / n,
            "truncation": {},
        }
        return averages, details

    # -- details ---------------------------------------------------------------------------------

    def _turn(self) -> FloatArray:
        """The turn of all bodies that leaves them the most room.

        Raises
        ------
        EngineError
            Where they overlap, however they are turned alike.
        """
        turns = uniform_turns(self.d)
        factors = [self.overlaps.tightest(turn) for turn in turns]
        best = int(np.argmin(np.round(factors, 6)))
        if factors[best] >= 1.0:
            most = self.method.number_density / factors[best] ** self.d
            raise EngineError(
                f"number_density: got {self.method.number_density:g}; expected less than"
                f" {most:.5g}, where bodies that are turned alike touch on {self._name}"
            )
        return np.asarray(turns[best])

    def _strongest(self, k: float) -> float:
        """κ at which a turn moves the ends of a body as springs k let its centre move."""
        arm = 0.5 * self._shape.circumscribed
        return max(4.0 * k * arm**2, self.rotors.strong * self.method.kT)

    def _share(self, k: float) -> float:
        """Part of the bodies with springs and field alone among which none overlap."""
        free = [not self._drawn(k, generator(self._task.seed, f"trial {t}")) for t in range(TRIALS)]
        return float(np.mean(free))

    def _drawn(self, k: float, random: np.random.Generator) -> bool:
        """Whether any of N bodies with springs k and field alone overlap."""
        import rowan

        kT = self.method.kT
        away = np.sqrt(kT / k) * displacements(self.n, self.d, random)
        turns = self.rotors.draw(self.n, self._strongest(k) / kT, random)
        return self.overlaps(away, rowan.multiply(self.wanted, turns))

    def _stiffest(self) -> float:
        """The stiffness from which on a tenth of such crystals have no overlap, to two digits."""
        low = high = self.method.kT * self.method.number_density ** (2.0 / self.d)
        while self._share(high) < OVERLAP:
            low, high = high, 4.0 * high
        while high > 1.05 * low:
            middle = float(np.sqrt(low * high))
            low, high = (low, middle) if self._share(middle) >= OVERLAP else (middle, high)
        return float(f"{high:.2g}")

    def _run(self, k: float, field: float) -> Run:
        """The run with springs of a stiffness and a field."""
        sites = Tethers.to(self.crystal, k)
        turned = Alignment(self.wanted, self.rotors.symmetries, field)
        acting = [term for term, by in ((sites, k), (turned, field)) if by > 0.0]
        looked_at = (
            replace(turned, k=1.0, name="turned", scale=0.0),
            replace(sites, k=1.0, centred=True, name="spread", scale=0.0),
        )
        model = replace(self._model, external=(*acting, *looked_at))
        return Run(model, Integration("nvt", adjust_until=self._equilibration), self.method.kT)

    def _works(self, state: State) -> tuple[FloatArray, FloatArray]:
        """βU of samples of springs and field alone, and -βU of those of the crystal with both."""
        n_rows = len(state.samples[len(self.runs) - 1])
        random = generator(self._task.seed, "einstein")
        n_drawn = max(n_rows, LEAST_DISPLACED)
        overlap = [self._drawn(self.k, random) for _ in range(n_drawn)]
        return np.where(overlap, np.inf, 0.0), np.zeros(n_rows)

    def _check_lasting(self, state: State) -> None:
        """Raise EngineError where the centres of a run have another label than the lattice, or go
        on leaving it."""

        def centres(frame: Configuration) -> Configuration:
            return replace(frame, orientations=None, type_shapes=None)

        acting = [f"springs of {k:.3g} and a field of {field:.3g}" for k, field in self._acting]
        check_lasting(
            centres(self.crystal),
            (
                (words, centres(self.last(number, state)), state.samples[number][:, SPREAD])
                for number, words in enumerate(acting)
            ),
            generator(self._task.seed, "label"),
            f"another number_density than {self.method.number_density:g}",
        )

    def _check_plastic(self, state: State) -> float:
        """How much neighbours are turned alike in the crystal itself; raise EngineError where they
        are."""
        from analysis.descriptors.orientational_order import orientational_order

        last = self.last(0, state)
        order = orientational_order(last)
        neighbouring = 0.0 if order is None else float(order.neighbouring)
        if abs(neighbouring) > ALIGNED:
            raise EngineError(
                f"the crystal is not plastic: how neighbours are turned is correlated by"
                f" {neighbouring:.2f}; expected {ALIGNED:g} at most at number_density"
                f" {self.method.number_density:g}"
            )
        return neighbouring

    @staticmethod
    def _halfway(one: FloatArray, other: FloatArray) -> FloatArray:
        """Means of both starts with errors, shape (m, 2)."""
        between = 0.5 * (one[:, 0] + other[:, 0])
        return np.column_stack([between, 0.5 * np.hypot(one[:, 1], other[:, 1])])

    def _check_ways(self, one: FloatArray, other: FloatArray) -> float:
        """What both starts differ by on the way, in kT per particle; raise EngineError where that
        is too much."""
        apart = self.weights * (one[:, 0] - other[:, 0]) / (self.n * self.method.kT)
        errors = self.weights * np.hypot(one[:, 1], other[:, 1])
        errors = np.maximum(errors / (self.n * self.method.kT), 1e-12)
        total = float(apart.sum())
        sure = max(abs(total) / np.linalg.norm(errors), np.max(np.abs(apart) / errors) / 2.0)
        if sure > PULL and np.abs(apart).sum() > DISAGREE:
            raise EngineError(
                f"hysteresis: bodies begun turned alike and begun as weaker springs and fields left"
                f" them differ by {np.abs(apart).sum():.3g} kT on the way; expected less than"
                f" {DISAGREE:g}: a phase between, or steps too few"
            )
        return total
