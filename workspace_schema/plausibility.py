"""What will fail in every job, as far as a campaign file alone tells: found before anything runs.

Nothing here is exact: a warning has to be right, a fault may go unseen. Formulas are evaluated by
NumPy; lengths, energies and times are in reduced units, masses are 1.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workspace_schema.errors import KeyPath
from workspace_schema.formula import parse
from workspace_schema.interactions import Interactions
from workspace_schema.lattices import LATTICES
from workspace_schema.methods.annealing import Annealing
from workspace_schema.methods.basin_hopping import BasinHopping
from workspace_schema.methods.forward import Forward
from workspace_schema.methods.method import Method
from workspace_schema.methods.nested_sampling import NestedSampling
from workspace_schema.methods.ramp import knots
from workspace_schema.methods.replica_exchange import ReplicaExchange
from workspace_schema.potentials import ManyBodyPotential, PairPotential
from workspace_schema.potentials.many_body import MAX_NEIGHBOURS, neighbours
from workspace_schema.potentials.pair_potential import TruncatedPotential
from workspace_schema.system import System

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: An integrator of Verlet's kind is unstable where ω dt is larger, ω² = 2 u'' / m of a pair.
MOST_PHASE = 2.0
#: Where it is larger than this, and neighbours above this energy, no job ever goes well.
SURE_PHASE, SURE_CROWDED = 15.0, 1e9
#: Energy of neighbours, in units of kT, in which no start can be relaxed.
MOST_CROWDED = 1e6
#: Energy of neighbours, in units of kT, above which a sphere presses a cluster together.
MOST_PRESSED = 10.0
#: Jump of the energy at the cut-off, in units of the depth of the well or of kT.
MOST_JUMP = 0.5

#: Energy above which a core is not entered, as in `operations.interactions.pair_functions`.
CORE = 1000.0
_POINTS = 2000


@dataclass(frozen=True)
class Fault:
    """What will go wrong at a point.

    Attributes
    ----------
    path : key path
        In the blocks of the point.
    message : str
    fatal : bool
        Whether the job is sure to fail.
    """

    path: KeyPath
    message: str
    fatal: bool = False


def faults(system: System, potential: Interactions | None, method: Method) -> Iterator[Fault]:
    """Yield what will go wrong at a point.

    Parameters
    ----------
    system : System
    potential : Interactions, optional
    method : Method
    """
    if isinstance(method, BasinHopping) and method.walkers > method.hops:
        yield Fault(
            ("method", "walkers"),
            f"got {method.walkers} with hops: {method.hops}: walkers take turns, and"
            f" {method.walkers - method.hops} never begin; expected more hops, some 100 a walker",
            fatal=True,
        )
    if potential is None or not system.types:
        return
    if system.forms - {"point", "sphere_union"}:
        return
    kT = max(knots(method.kT)) if isinstance(method, Forward | Annealing) else 0.0
    pairs = {
        f"{a}-{b}": potential.pair(a, b)
        for i, a in enumerate(system.types)
        for b in system.types[i:]
    }
    for types, pair in pairs.items():
        if not pair.tabulated:
            yield from _of_potential(pair, kT)
            a, _, b = types.partition("-")
            if a == b and (system.particles or {}).get(a, 0) > 1:
                yield from _of_core(pair)
    if isinstance(potential.base, ManyBodyPotential) and isinstance(method, Forward):
        yield from _of_fit(potential.base, method)
    if isinstance(method, ReplicaExchange | NestedSampling) and method.radius is not None:
        yield from _of_radius(system, list(pairs.values()), method.radius, method.hottest)
    if isinstance(method, Forward | Annealing):
        yield from _of_box(system, max(p.r_cut for p in pairs.values()), method)
        if system.forms == {"point"} and not any(p.tabulated for p in pairs.values()):
            yield from _of_motion(system, list(pairs.values()), method, kT)


def sure_fault(potential: PairPotential) -> str | None:
    """Why every job with a formula fails; None where nothing is seen."""
    return next((fault.message for fault in _of_potential(potential, 0.0) if fault.fatal), None)


def energies(potential: PairPotential, r: FloatArray) -> FloatArray:
    """Return u at distances r before truncation; nan and infinite where the formula is."""
    import numpy as np

    parameters = potential.formula_parameters()
    names: dict[str, Any] = {**parameters, "r": r, "pi": math.pi}
    with np.errstate(all="ignore"):
        u = _evaluate(_tree(potential.formula, tuple(parameters)), names)
    return np.broadcast_to(np.asarray(u, dtype=float), r.shape)


@lru_cache(maxsize=100)
def _tree(formula: str, parameters: tuple[str, ...]) -> ast.expr:
    return parse(formula, parameters)


def _evaluate(node: ast.AST, names: Mapping[str, Any]) -> Any:
    """Evaluate a tree from `parse`, which has let nothing else pass."""
    import numpy as np

    match node:
        case ast.Constant(value=int() | float() as value):
            return np.float64(value)
        case ast.Name(id=name):
            return np.float64(names[name]) if isinstance(names[name], float) else names[name]
        case ast.UnaryOp(op=sign, operand=operand):
            value = _evaluate(operand, names)
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(op=operator, left=left, right=right):
            a, b = _evaluate(left, names), _evaluate(right, names)
            operations = {
                ast.Add: np.add,
                ast.Sub: np.subtract,
                ast.Mult: np.multiply,
                ast.Div: np.divide,
                ast.Pow: np.power,
            }
            return operations[type(operator)](a, b)
        case ast.Call(func=ast.Name(id="where"), args=[condition, first, second]):
            return np.where(
                _evaluate(condition, names), _evaluate(first, names), _evaluate(second, names)
            )
        case ast.Call(func=ast.Name(id="erf"), args=[argument]):
            from scipy.special import erf

            return erf(_evaluate(argument, names))
        case ast.Call(func=ast.Name(id=function), args=[argument]):
            return getattr(np, function)(_evaluate(argument, names))
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            comparisons = {
                ast.Lt: np.less,
                ast.LtE: np.less_equal,
                ast.Gt: np.greater,
                ast.GtE: np.greater_equal,
            }
            return comparisons[type(operator)](_evaluate(left, names), _evaluate(right, names))
    raise AssertionError(f"{type(node).__name__} passed the check")


def _of_potential(potential: PairPotential, kT: float) -> Iterator[Fault]:
    """Faults of a formula: no number, no floor, a jump."""
    import numpy as np

    path: KeyPath = ("potential", "formula" if potential.form == "expression" else "form")
    r = potential.r_cut * np.linspace(0.001, 1.0, _POINTS)
    u = energies(potential, r)
    core = ~(u <= CORE)
    if core.all():
        message = f"u(r) is above {CORE:g}, or no number, everywhere below r_cut"
        yield Fault(path, message, fatal=True)
        return
    first = int(np.argmin(core))
    bad = ~np.isfinite(u[first:-1])
    if bad.any():
        at = r[first:-1][bad][0]
        yield Fault(path, f"u(r) is no finite number at r = {at:.4g}, below r_cut", fatal=True)
        return
    if u[first] < -CORE:
        yield Fault(
            path,
            f"u(r) falls to {u[first]:.3g} at r = {r[first]:.2g}: particles collapse onto each"
            " other; expected a core that repels or is bounded",
            fatal=True,
        )
        return
    jump = _jump(potential, r[first:])
    if jump is not None:
        yield Fault(path, f"u(r) jumps near r = {jump:.4g}, below r_cut", fatal=True)
        return
    if isinstance(potential, TruncatedPotential) and potential.truncation == "cut":
        scale = max(-float(u[first:-1].min()), kT)
        if scale > 0.0 and abs(u[-1]) > MOST_JUMP * scale:
            yield Fault(
                ("potential", "r_cut"),
                f"u jumps from {u[-1]:.3g} to 0 at r_cut = {potential.r_cut:g}; expected a larger"
                " one, or truncation: shift",
            )


def _jump(potential: PairPotential, r: FloatArray) -> float | None:
    """Where the energy jumps between distances: most of a change is still there, however near."""
    import numpy as np

    low, high = r[:-1], r[1:]
    u_low, u_high = energies(potential, low), energies(potential, high)
    change = np.abs(u_high - u_low)
    for _ in range(25):
        middle = 0.5 * (low + high)
        u_middle = energies(potential, middle)
        left = np.abs(u_middle - u_low) > np.abs(u_high - u_middle)
        low, high = np.where(left, low, middle), np.where(left, middle, high)
        u_low, u_high = np.where(left, u_low, u_middle), np.where(left, u_middle, u_high)
    jumps = (np.abs(u_high - u_low) > 0.6 * change) & (change > 1e-3)
    return float(low[jumps][0]) if jumps.any() else None


def _of_fit(potential: ManyBodyPotential, method: Forward) -> Iterator[Fault]:
    """A density that a fit has not seen; where it follows a pressure, it is looked at later."""
    density, fit = method.number_density, potential.fit
    assert potential.r_cut is not None
    if density and neighbours(potential.r_cut, density) > MAX_NEIGHBOURS:
        yield Fault(
            ("method", "number_density"),
            f"got {density:g}: more than {MAX_NEIGHBOURS} neighbours within r_cut ="
            f" {potential.r_cut:g} of the potential",
            fatal=True,
        )
    if method.ensemble != "npt" and density and fit and not fit.has_density(density):
        yield Fault(
            ("method", "number_density"),
            f"got {density:g}; the potential was fitted at {fit.densities}: fit it to such frames,"
            " too",
        )


def _of_box(system: System, r_cut: float, method: Forward | Annealing) -> Iterator[Fault]:
    """HOOMD-blue takes no box shorter than twice the cut-off."""
    if (
        not system.forms & method.by_hoomd
        or system.boundary == "open"
        or method.number_density is None
    ):
        return
    edge = (system.n_particles / method.number_density) ** (1.0 / system.dimensions)
    if edge < 2.0 * r_cut and method.start == "random":
        yield Fault(
            ("method", "number_density"),
            f"the box is {edge:.3g} long, and HOOMD-blue needs more than twice r_cut ="
            f" {r_cut:g}: take more particles",
            fatal=True,
        )


def _of_core(potential: PairPotential) -> Iterator[Fault]:
    """Particles of one type that attract each other where they coincide: N of them have an energy
    of N(N - 1)u(0)/2 in one place, which no volume and no kT holds against as N grows."""
    import numpy as np

    r = potential.r_cut * np.linspace(0.001, 1.0, _POINTS)
    u = energies(potential, r[:1])[0]
    if -CORE < u < 0.0:
        path: KeyPath = ("potential", "formula" if potential.form == "expression" else "form")
        yield Fault(
            path,
            f"u(r) is {u:.3g} at r = {r[0]:.2g}, where particles coincide: many of them collapse"
            " onto each other; expected a core that repels",
        )


def _of_radius(
    system: System, pairs: list[PairPotential], radius: float, kT: float
) -> Iterator[Fault]:
    """A cluster that its sphere presses together: its particles, as balls that touch, would be in
    one larger by half of their distance, and no packing is denser than fcc or hexagonal."""
    import numpy as np

    d = system.dimensions
    packing = math.pi / (math.sqrt(18.0) if d == 3 else math.sqrt(12.0))
    part = (packing / system.n_particles) ** (1.0 / d)
    if part >= 1.0 or any(pair.tabulated for pair in pairs):
        return
    nearest = 2.0 * radius * part / (1.0 - part)
    u = [float(energies(p, np.array([nearest]))[0]) for p in pairs if nearest < p.r_cut]
    if len(u) == len(pairs) and min(u) > MOST_PRESSED * kT:
        yield Fault(
            ("method", "radius"),
            f"got {radius:g}: neighbours are at most {nearest:.3g} apart, where u = {min(u):.2g}:"
            " the sphere presses them together; expected a larger one",
        )


def _of_motion(
    system: System, pairs: list[PairPotential], method: Forward | Annealing, kT: float
) -> Iterator[Fault]:
    """A start so dense that nothing relaxes it; a time step longer than a collision."""
    import numpy as np

    if method.dt is None or kT <= 0.0:
        return
    density = method.number_density
    if density is not None and system.boundary == "periodic":
        lattice = LATTICES["hexagonal" if system.dimensions == 2 else "fcc"]
        nearest = (density / lattice.density(1.0)) ** (-1.0 / system.dimensions)
        inside = [p for p in pairs if nearest < p.r_cut]
        u = [float(energies(pair, np.array([nearest]))[0]) for pair in inside]
        if len(inside) == len(pairs) and min(u) > MOST_CROWDED * kT:
            yield Fault(
                ("method", "number_density"),
                f"got {density:g}: neighbours are at most {nearest:.3g} apart, where u ="
                f" {min(u):.2g}; nothing relaxes that",
                fatal=min(u) > SURE_CROWDED * kT,
            )
    softest = min((_stiffness(pair, kT) for pair in pairs), default=math.nan)
    phase = math.sqrt(2.0 * softest) * method.dt if softest > 0.0 else 0.0
    if phase > MOST_PHASE:
        yield Fault(
            ("method", "dt"),
            f"got {method.dt:g}: longer than a collision at kT = {kT:g}, which explodes; expected"
            f" less than about {0.2 * MOST_PHASE * method.dt / phase:.1g}",
            fatal=phase > SURE_PHASE,
        )


def _stiffness(potential: PairPotential, kT: float) -> float:
    """u'' where the wall of a potential is kT high; nan without such a wall."""
    import numpy as np

    r = potential.r_cut * np.linspace(0.01, 1.0, 4000)[:-1]
    u = energies(potential, r)
    above = np.flatnonzero(u > kT)
    if not len(above) or above[-1] < 1 or above[-1] > len(u) - 3:
        return math.nan
    at = above[-1]
    h = r[1] - r[0]
    return float((u[at + 1] - 2.0 * u[at] + u[at - 1]) / h**2)
