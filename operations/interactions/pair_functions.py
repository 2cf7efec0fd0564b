"""Energy and force of a pair potential as functions of r, and as tables for the engines.

Everything here follows from the one formula of a potential: the force is its symbolic
derivative, the truncation is applied to both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workspace_schema.formula import parse, to_sympy
from workspace_schema.interactions import Interactions, pair_key
from workspace_schema.potentials import PairPotential, Sought, Table, TableData

if TYPE_CHECKING:
    import sympy

FloatArray = NDArray[np.float64]

U_MAX = 1000.0
#: Energy, in units of the highest kT, above which tables need not reach.
U_MAX_KT = 100.0
# Forces within 1e-6 of the largest one, for every potential here with a core.
HOOMD_POINTS = 60_000
#: Sizes of tables for LAMMPS; the second is for what diverges slowly at r = 0 (Yukawa).
LAMMPS_POINTS = (4000, 16_000)
#: Error of the splines through a table for LAMMPS, relative to the force there.
SPLINE_ERROR = 1e-6
_CHECK_POINTS = 20_001


@lru_cache(maxsize=256)
def symbolic(formula: str, parameters: tuple[str, ...]) -> tuple[sympy.Expr, sympy.Expr]:
    """Energy and its derivative by r as SymPy expressions, before truncation.

    Parameters
    ----------
    formula : str
    parameters : tuple of str
        Names in it besides r and pi.
    """
    import sympy

    energy = to_sympy(parse(formula, parameters), parameters)
    return energy, sympy.diff(energy, sympy.Symbol("r", positive=True))


@lru_cache(maxsize=256)
def _numpy_function(formula: str, parameters: tuple[str, ...]) -> Callable[..., Any]:
    """Function (r, *values) → [u, du/dr] on arrays."""
    import sympy

    symbols = [sympy.Symbol(name, real=True) for name in parameters]
    function: Callable[..., Any] = sympy.lambdify(
        [sympy.Symbol("r", positive=True), *symbols],
        list(symbolic(formula, parameters)),
        modules=["scipy", "numpy"],
        cse=True,
        dummify=True,  # a parameter may have the name of a numpy function
    )
    return function


@dataclass(frozen=True)
class Spline:
    """Piecewise cubic u(r) of a table; below the first r the line that continues it.

    Attributes
    ----------
    knots : ndarray of float64, shape (n,)
    coefficients : ndarray of float64, shape (4, n - 1)
        u = Σ_k coefficients[k, i] (r - knots[i])^(3-k) between knots i and i + 1.
    """

    knots: FloatArray
    coefficients: FloatArray

    @classmethod
    def through(cls, data: TableData) -> Spline:
        """Cubic spline, or cubic Hermite interpolation where the table gives forces.

        Raises
        ------
        ValueError
            Where the force column has the sign of +du/dr.
        """
        from scipy.interpolate import CubicHermiteSpline, CubicSpline

        r, energy = np.array(data.r), np.array(data.energy)
        if data.force is None:
            return cls(r, np.ascontiguousarray(CubicSpline(r, energy).c))
        force = np.array(data.force)
        # The integral of the force by the trapezoidal rule must undo the change of energy.
        work = 0.5 * (force[1:] + force[:-1]) * np.diff(r)
        if np.dot(work, np.diff(energy)) > 0.0:
            raise ValueError("the force column of the table is +du/dr, expected -du/dr")
        return cls(r, np.ascontiguousarray(CubicHermiteSpline(r, energy, -force).c))

    def __call__(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Energy and derivative."""
        last = len(self.knots) - 2
        i = np.clip(np.searchsorted(self.knots, r, side="right") - 1, 0, last)
        x = r - self.knots[i]
        c3, c2, c1, c0 = self.coefficients[:, i]
        inside = x >= 0.0
        c3, c2 = np.where(inside, c3, 0.0), np.where(inside, c2, 0.0)
        return c0 + x * (c1 + x * (c2 + x * c3)), c1 + x * (2.0 * c2 + x * 3.0 * c3)


class PairFunction:
    """Energy and force of two particles at a distance, truncation included.

    Parameters
    ----------
    potential : PairPotential
    root : Path, optional
        Root of the campaign, below which tables are stored; only `table` potentials
        need it.
    u_max : float
        Energy above which a table need not reach, in the potential's unit of energy.
    pair : str
        The two types, as A-B; a designed potential is kept by them.
    data : TableData, optional
        Numbers of a table or a design that is not kept below a root.
    sound : bool
        Whether it is known to be one, so that nothing is looked for: for energies and forces only,
        where there are very many potentials.

    Attributes
    ----------
    r_cut : float
        Energy and force are zero from here on.
    r_inner : float
        Largest distance below r_cut such that the energy is above `u_max` everywhere
        below it; 0.001 r_cut for a potential without such a core. Tables begin here.
    offset, slope : float
        Constants of the truncation: u(r) - offset - slope (r - r_cut).

    Raises
    ------
    ValueError
        Where the potential is of many bodies, energy or force is not finite between r_inner and
        r_cut, the energy jumps, or it is not bounded from below.
    """

    def __init__(
        self,
        potential: PairPotential,
        root: Path | None = None,
        u_max: float = U_MAX,
        pair: str = "A-A",
        data: TableData | None = None,
        sound: bool = False,
    ) -> None:
        if potential.many_body:
            raise ValueError(f"potential {potential.form} is of many bodies, no function of r")
        self.potential = potential
        self.u_max = u_max
        self.r_cut = float(potential.r_cut)
        self.parameters = potential.formula_parameters()
        self.spline: Spline | None = None
        if data is None and potential.tabulated:
            if root is None:
                raise ValueError("a table potential needs the root of its campaign to be read")
            if isinstance(potential, Sought):
                data = potential.read(root, pair)
            elif isinstance(potential, Table):
                data = potential.read(root)
        if data is not None:
            self.spline = Spline.through(data)
        u_cut, du_cut = (float(value[0]) for value in self.bare(np.array([self.r_cut])))
        truncation = potential.truncation
        self.offset = u_cut if truncation in ("shift", "force_shift") else 0.0
        self.slope = du_cut if truncation == "force_shift" else 0.0
        self.r_inner = 1e-3 * self.r_cut
        if not sound:
            self.r_inner = self._find_r_inner()
            self._check()

    def energy(self, r: ArrayLike) -> FloatArray:
        """Energy u at distances `r` of any shape; 0 at r >= r_cut."""
        return self._truncated(r)[0]

    def force(self, r: ArrayLike) -> FloatArray:
        """Force -du/dr at distances `r` of any shape, positive where repulsive; 0 at r >= r_cut."""
        return self._truncated(r)[1]

    def table(
        self, n_points: int, spacing: Literal["r", "rsq"] = "r"
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Distances from r_inner to r_cut, both included, with energy and force there.

        At r_cut stand the limits from below, so that interpolation in the last
        interval is right where the truncation leaves a step.

        Parameters
        ----------
        n_points : int
        spacing : {"r", "rsq"}
            Equally spaced in r or in r².

        Returns
        -------
        r, energy, force : ndarray of float64, shape (n_points,)
        """
        if spacing == "rsq":
            r = np.sqrt(np.linspace(self.r_inner**2, self.r_cut**2, n_points))
        else:
            r = np.linspace(self.r_inner, self.r_cut, n_points)
        r[-1] = self.r_cut
        return (r, *self._below_cut(r))

    def lammps_table(self, section: str, n_points: int | None = None) -> str:
        """Text of a table file for LAMMPS with one section, equally spaced in r.

        Best read by ``pair_style table bitmap 16``: linear interpolation on points
        that lie closer at small r, so that bounded cores are resolved too. These points
        LAMMPS takes from splines through the table, which has as many points as they need
        unless told otherwise.
        """
        if n_points is None:
            n_points = next((n for n in LAMMPS_POINTS if self._resolves(n)), LAMMPS_POINTS[-1])
        r, energy, force = self.table(n_points)
        first, last = self._end_slopes()
        head = f"N {n_points} R {self.r_inner!r} {self.r_cut!r} FPRIME {first!r} {last!r}"
        rows = zip(r.tolist(), energy.tolist(), force.tolist(), strict=True)
        body = "".join(f"{i} {x!r} {u!r} {f!r}\n" for i, (x, u, f) in enumerate(rows, start=1))
        return f"{section}\n{head}\n\n{body}"

    def _resolves(self, n_points: int) -> bool:
        """Whether splines through so many points are good up to a tenth of `u_max`."""
        from scipy.interpolate import CubicSpline

        r, _, force = self.table(n_points)
        first, last = self._end_slopes()
        spline = CubicSpline(r, force, bc_type=((1, first), (1, last)))
        between = 0.5 * (r[1:] + r[:-1])
        energy, exact = self._below_cut(between)
        scale = np.abs(exact) + np.median(np.abs(exact))
        wrong = np.abs(spline(between) - exact) > SPLINE_ERROR * scale
        return not wrong[energy < 0.1 * self.u_max].any()

    def _end_slopes(self) -> tuple[float, float]:
        """dF/dr at r_inner and r_cut, by one-sided differences of fourth order.

        Without them the splines of LAMMPS take a secant, which costs four digits there.
        """
        step = 1e-4 * (self.r_cut - self.r_inner)
        weights = np.array([-25.0, 48.0, -36.0, 16.0, -3.0]) / (12.0 * step)
        offsets = np.linspace(0.0, 4.0 * step, 5)
        first = np.dot(weights, self._below_cut(self.r_inner + offsets)[1])
        last = -np.dot(weights, self._below_cut(self.r_cut - offsets)[1])
        return float(first), float(last)

    def hoomd_table(self, n_points: int = HOOMD_POINTS) -> tuple[float, FloatArray, FloatArray]:
        """What `hoomd.md.pair.Table` takes: r_min, U and F.

        HOOMD-blue's points are r_min + k (r_cut - r_min)/n_points, without r_cut
        itself, where it takes both as zero.
        """
        r = self.r_inner + (self.r_cut - self.r_inner) * np.arange(n_points) / n_points
        return (self.r_inner, *self._below_cut(r))

    def bare(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Energy and derivative before truncation."""
        if self.spline is not None:
            return self.spline(r)
        function = _numpy_function(self.potential.formula, tuple(self.parameters))
        # Branches of a piecewise form that do not apply may overflow or divide by zero.
        with np.errstate(all="ignore"):
            u, du = function(r, *self.parameters.values())
        shape = r.shape
        return (
            np.broadcast_to(np.asarray(u, dtype=np.float64), shape),
            np.broadcast_to(np.asarray(du, dtype=np.float64), shape),
        )

    def _below_cut(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Energy and force with the truncation's shift or smoothing, but not yet cut."""
        u, du = self.bare(r)
        if self.potential.truncation == "xplor":
            r_on = self.potential.r_on or 0.0
            smooth, slope = xplor(r, r_on, self.r_cut)
            smooth, slope = np.where(r < r_on, 1.0, smooth), np.where(r < r_on, 0.0, slope)
            return u * smooth, -(du * smooth + u * slope)
        return u - self.offset - self.slope * (r - self.r_cut), self.slope - du

    def _truncated(self, r: ArrayLike) -> tuple[FloatArray, FloatArray]:
        r = np.asarray(r, dtype=np.float64)
        # Evaluated at a harmless distance beyond the cut-off, where the formula may overflow.
        inside = r < self.r_cut
        u, force = self._below_cut(np.where(inside, r, self.r_cut))
        return np.where(inside, u, 0.0), np.where(inside, force, 0.0)

    def _find_r_inner(self) -> float:
        lowest = 1e-3 * self.r_cut
        if self.spline is not None:
            lowest = max(lowest, float(self.spline.knots[0]))
        r = np.linspace(lowest, self.r_cut, _CHECK_POINTS)
        u = self._below_cut(r)[0]
        # The core may be infinite, and inf - inf, but is a core only from r = 0 outwards.
        core = ~(u <= self.u_max)
        if core.all():
            raise ValueError(f"{self._name}: the energy is above {self.u_max} everywhere")
        first = int(np.argmin(core))
        if first == 0:
            return lowest
        low, high = r[first - 1], r[first]
        for _ in range(60):
            middle = 0.5 * (low + high)
            if self._below_cut(np.array([middle]))[0][0] <= self.u_max:
                high = middle
            else:
                low = middle
        return float(high)

    def _check(self) -> None:
        r, u, force = self.table(_CHECK_POINTS)
        for what, values in (("energy", u), ("force", force)):
            bad = ~np.isfinite(values)
            if bad.any():
                raise ValueError(
                    f"{self._name}: the {what} is {values[bad][0]} at r = {r[bad][0]:.6g}, "
                    f"expected a finite number up to r_cut = {self.r_cut}"
                )
        if u[0] < -self.u_max:
            raise ValueError(
                f"{self._name}: the energy is {u[0]:.6g} at r = {r[0]:.6g}; particles would "
                "collapse, expected a repulsive or bounded core"
            )
        change = np.diff(u)
        missed = np.abs(change + 0.5 * (force[1:] + force[:-1]) * np.diff(r))
        jump = (missed > 0.5 * np.abs(change)) & (np.abs(change) > 1e-4)
        if jump.any():
            where = float(r[1:][jump][0])
            raise ValueError(f"{self._name}: the energy jumps near r = {where:.6g}")

    @property
    def _name(self) -> str:
        if self.potential.form == "expression":
            return f"potential {self.potential.formula}"
        return f"potential {self.potential.form}"


def xplor(r: Any, r_on: Any, r_cut: Any) -> tuple[Any, Any]:
    """XPLOR smoothing function between r_on and r_cut and its derivative, of arrays or symbols."""
    on, cut, q = r_on**2, r_cut**2, r**2
    norm = (cut - on) ** 3
    smooth = (cut - q) ** 2 * (cut + 2 * q - 3 * on) / norm
    return smooth, 12 * r * (cut - q) * (on - q) / norm


def pair_functions(
    interactions: Interactions,
    type_names: Sequence[str],
    root: Path | None = None,
    u_max: float = U_MAX,
) -> dict[tuple[int, int], PairFunction]:
    """Pair functions of every pair of types.

    Parameters
    ----------
    interactions : Interactions
    type_names : sequence of str
    root : Path, optional
        Root of the campaign; see `PairFunction`.
    u_max : float

    Returns
    -------
    dict
        (i, j) with i <= j, indices into `type_names`, to `PairFunction`.
    """
    names = list(type_names)
    return {
        (i, j): PairFunction(
            interactions.pair(names[i], names[j]), root, u_max, pair_key(names[i], names[j])
        )
        for i in range(len(names))
        for j in range(i, len(names))
    }
