"""Compiled energy, forces and virial of a configuration.

From the formula of each potential a scalar function of r² is written out as Python and
compiled by numba; the loops over pairs are compiled around it. Parameters are passed as
an array, so that the same forms with other parameters need no compilation.

Coordinates are a structure of arrays (x, y, z apart). A potential without
transcendental functions is summed over all ordered pairs without branches, which
vectorises; any other over each pair once, and only within its cut-off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from operations.pair_functions import PairFunction, symbolic

if TYPE_CHECKING:
    import sympy

    from analysis.configuration import Configuration

FloatArray = NDArray[np.float64]

# Reassociation lets sums vectorise; infinities and nan keep their meaning, because branches
# that do not apply and masked pairs may produce them.
_FASTMATH = {"reassoc", "contract", "arcp", "nsz"}

# What every row of coefficients begins with; the parameters of the formula follow.
_COMMON = ("_r_cut_squared", "_r_cut", "_offset", "_slope", "_r_on")


@dataclass(frozen=True)
class _Form:
    """What a compiled pair function depends on.

    Integer parameters that stand in exponents are part of the code, because a repeated
    product is an order of magnitude faster than a general power.
    """

    formula: str
    parameters: tuple[str, ...]
    exponents: tuple[tuple[str, int], ...]
    truncation: str


@dataclass(frozen=True)
class Kernel:
    """Energy, forces and virial of configurations with given interactions.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (n_types, n_types, n_coefficients)
        Cut-off, truncation constants and parameters of each pair of types.
    forms : ndarray of int64, shape (n_types, n_types)
        Which of the compiled pair functions a pair of types has.
    open : callable
        Compiled ``open(x, y, z, types, coefficients, forms, fx, fy, fz) → energy``;
        writes the forces.
    periodic : callable
        Compiled ``periodic(x, y, z, cell, dimensions, types, coefficients, forms, fx,
        fy, fz, virial) → energy`` with lattice vectors as the rows of ``cell`` (3, 3);
        writes forces and the virial (3, 3).
    """

    coefficients: FloatArray
    forms: NDArray[np.int64]
    open: Callable[..., float]
    periodic: Callable[..., float]

    def evaluate(self, configuration: Configuration) -> tuple[float, FloatArray, FloatArray]:
        """Potential energy, forces and virial.

        Parameters
        ----------
        configuration : Configuration
            In any periodic cell, also one smaller than the cut-off, or open.

        Returns
        -------
        energy : float
        forces : ndarray of float64, shape (N, 3)
        virial : ndarray of float64, shape (3, 3)
            Σ over pairs of r_ij ⊗ f_ij, the negative derivative of the energy by a
            homogeneous strain; the pressure is (N kT + trace/dimensions) / volume.
        """
        x, y, z = np.ascontiguousarray(configuration.positions.T)
        forces = np.zeros((3, len(x)))
        types = np.ascontiguousarray(configuration.types, dtype=np.int64)
        if len(types) and types.max() >= len(self.forms):
            raise ValueError(f"type {types.max()} has no pair functions in this kernel")
        if configuration.periodic:
            virial = np.zeros((3, 3))
            energy = self.periodic(
                *(x, y, z, configuration.cell, configuration.dimensions, types),
                *(self.coefficients, self.forms, *forces, virial),
            )
        else:
            energy = self.open(x, y, z, types, self.coefficients, self.forms, *forces)
            # Without a net force the origin does not matter; near the particles it rounds least.
            positions = configuration.positions - configuration.positions.mean(axis=0)
            virial = positions.T @ forces.T
        return float(energy), np.ascontiguousarray(forces.T), virial


def make_kernel(pair_functions: Mapping[tuple[int, int], PairFunction]) -> Kernel:
    """Kernel for the pair functions of all pairs of types (i, j), i <= j.

    Compiles on the first call of each combination of forms in a process.
    """
    n_types = 1 + max(j for _, j in pair_functions)
    described = {pair: _describe(function) for pair, function in pair_functions.items()}
    forms = tuple(dict.fromkeys(form for form, _ in described.values()))
    width = max(len(row) for _, row in described.values())
    coefficients = np.zeros((n_types, n_types, width))
    index = np.zeros((n_types, n_types), dtype=np.int64)
    for (i, j), (form, row) in described.items():
        for a, b in ((i, j), (j, i)):
            coefficients[a, b, : len(row)] = row
            index[a, b] = forms.index(form)
    open_sum, periodic_sum = _compile(forms, n_types == 1)
    return Kernel(coefficients, index, open_sum, periodic_sum)


def _describe(function: PairFunction) -> tuple[_Form | str, list[float]]:
    """Form and row of coefficients of a pair function."""
    import sympy

    potential = function.potential
    common = [function.r_cut**2, function.r_cut, function.offset, function.slope]
    common.append(potential.r_on or 0.0)
    if function.spline is not None:
        knots, table = function.spline.knots, function.spline.coefficients
        return f"spline {potential.truncation}", [
            *common,
            float(len(knots)),
            *knots.tolist(),
            *table.T.ravel().tolist(),
        ]
    names = tuple(function.parameters)
    energy, _ = symbolic(potential.formula, names)
    in_exponents = {
        str(symbol) for power in energy.atoms(sympy.Pow) for symbol in power.exp.free_symbols
    }
    exponents = tuple(
        (name, int(value))
        for name, value in function.parameters.items()
        if name in in_exponents and value == int(value)
    )
    form = _Form(potential.formula, names, exponents, potential.truncation)
    return form, [*common, *function.parameters.values()]


def _truncated(form: _Form) -> tuple[sympy.Expr, sympy.Expr]:
    """Symbolic energy and -(du/dr)/r with the truncation."""
    import sympy

    r = sympy.Symbol("r", positive=True)
    r_cut, offset, slope, r_on = (sympy.Symbol(name, real=True) for name in _COMMON[1:])
    energy, _ = symbolic(form.formula, form.parameters)
    energy = energy.subs({sympy.Symbol(name, real=True): n for name, n in form.exponents})
    if form.truncation == "xplor":
        smooth = (r_cut**2 - r**2) ** 2 * (r_cut**2 + 2 * r**2 - 3 * r_on**2)
        smooth /= (r_cut**2 - r_on**2) ** 3
        energy = energy * sympy.Piecewise((1, r < r_on), (smooth, True))
    elif form.truncation == "shift":
        energy = energy - offset
    elif form.truncation == "force_shift":
        energy = energy - offset - slope * (r - r_cut)
    force_over_r = -sympy.diff(energy, r) / r
    # Multiplied out the powers of r combine, and for sums of powers no square root is left.
    expanded = sympy.expand_mul(force_over_r, deep=True)
    if expanded.count_ops() <= 2 * force_over_r.count_ops():
        force_over_r = expanded
    return energy, force_over_r


def _pair_source(form: _Form) -> tuple[str, bool]:
    """Python source of ``_pair(_q, _c) → (u, -(du/dr)/r)`` with q = r², and if it vectorises."""
    import sympy
    from sympy.printing.pycode import PythonCodePrinter

    class Printer(PythonCodePrinter):
        """Numbers as floats but for integer exponents, which numba writes out as products."""

        def _print_Integer(self, expr: Any) -> str:
            return repr(float(expr))

        def _print_Rational(self, expr: Any) -> str:
            return repr(float(expr))

        _print_Float = _print_Rational

        def _print_Pow(self, expr: Any, rational: bool = False) -> str:
            if expr.exp.is_Integer:
                return f"({self._print(expr.base)})**{int(expr.exp)}"
            if expr.exp == sympy.S.Half:
                return f"math.sqrt({self._print(expr.base)})"
            return f"({self._print(expr.base)})**({self._print(expr.exp)})"

    r = sympy.Symbol("r", positive=True)
    q, inverse = sympy.Symbol("_q", positive=True), sympy.Symbol("_inverse", positive=True)

    def in_q(power: Any) -> Any:
        half, odd = divmod(int(power.exp), 2)
        return (q**half if half >= 0 else inverse**-half) * r**odd

    # Names that no parameter of a user can have, whatever stands in the printed code.
    names = {
        sympy.Symbol(name, real=True): sympy.Symbol(f"_p{k}", real=True)
        for k, name in enumerate((*_COMMON, *form.parameters))
    }
    expressions = [
        expression.replace(lambda e: e.is_Pow and e.base == r and e.exp.is_Integer, in_q).xreplace(
            {**names, r: sympy.Symbol("_r", positive=True)}
        )
        for expression in _truncated(form)
    ]
    fresh = sympy.numbered_symbols("_t")
    temporaries, results = sympy.cse(expressions, symbols=fresh)
    printer = Printer({"fully_qualified_modules": True})
    lines = ["def _pair(_q, _c):"]
    used = {symbol.name for expression in expressions for symbol in expression.free_symbols}
    if "_inverse" in used:
        lines.append("    _inverse = 1.0 / _q")
    if "_r" in used:
        lines.append("    _r = math.sqrt(_q)")
    lines += [f"    _p{k} = _c[{k}]" for k in range(len(names)) if f"_p{k}" in used]
    lines += [f"    {symbol} = {printer.doprint(value)}" for symbol, value in temporaries]
    lines.append(f"    return {printer.doprint(results[0])}, {printer.doprint(results[1])}")
    powers = {p for e in expressions for p in e.atoms(sympy.Pow)}
    functions = {f for e in expressions for f in e.atoms(sympy.Function, sympy.Piecewise)}
    slow = bool(functions) or any(not (2 * power.exp).is_Integer for power in powers)
    return "\n".join(lines), not slow


def _compile_spline(truncation: str) -> Callable[..., Any]:
    """``pair(q, c)`` of a tabulated potential: bisection for the knot, then its cubic."""
    import math

    import numba

    xplor = truncation == "xplor"

    @numba.njit(fastmath=_FASTMATH, error_model="numpy")
    def pair(q, c):
        r = math.sqrt(q)
        n = int(c[5])
        low, high = 0, n - 1
        while high - low > 1:
            middle = (low + high) // 2
            if c[6 + middle] <= r:
                low = middle
            else:
                high = middle
        x = r - c[6 + low]
        k = 6 + n + 4 * low
        c3, c2 = (c[k], c[k + 1]) if x >= 0.0 else (0.0, 0.0)
        u = c[k + 3] + x * (c[k + 2] + x * (c2 + x * c3))
        du = c[k + 2] + x * (2.0 * c2 + x * 3.0 * c3)
        if xplor:
            if r > c[4]:
                cut, on = c[0], c[4] * c[4]
                norm = 1.0 / (cut - on) ** 3
                smooth = (cut - q) ** 2 * (cut + 2.0 * q - 3.0 * on) * norm
                du = du * smooth + u * 12.0 * r * (cut - q) * (on - q) * norm
                u *= smooth
        else:
            u -= c[2] + c[3] * (r - c[1])
            du -= c[3]
        return u, -du / r

    result: Callable[..., Any] = pair
    return result


@lru_cache(maxsize=128)
def _compile_pair(form: _Form | str) -> tuple[Callable[..., Any], bool]:
    """Compiled ``pair(q, c)`` of a form, and whether it vectorises."""
    import math

    import numba

    if isinstance(form, str):
        return _compile_spline(form.split()[1]), False
    source, vectorises = _pair_source(form)
    namespace: dict[str, Any] = {"math": math}
    # The source is printed from the checked expression tree; no text of the user is in it.
    exec(source, namespace)
    compiled = numba.njit(fastmath=_FASTMATH, error_model="numpy")
    return compiled(namespace["_pair"]), vectorises


@lru_cache(maxsize=1)
def _compile_cell_geometry() -> tuple[Callable[..., Any], ...]:
    """What a sum over periodic images needs and no potential changes."""
    import math

    import numba

    njit = numba.njit(error_model="numpy")

    @njit
    def reciprocal_vectors(cell):
        """Row k gives fractional coordinate k as its product with a position."""
        result = np.empty((3, 3))
        for k in range(3):
            p, q = (k + 1) % 3, (k + 2) % 3
            for a in range(3):
                b, c = (a + 1) % 3, (a + 2) % 3
                result[k, a] = cell[p, b] * cell[q, c] - cell[p, c] * cell[q, b]
        volume = cell[0, 0] * result[0, 0] + cell[0, 1] * result[0, 1] + cell[0, 2] * result[0, 2]
        return result / volume

    @njit
    def image_vectors(cell, reciprocal, dimensions, coefficients):
        """Lattice vectors by which images within reach differ from the nearest; zero first.

        The nearest image along lattice vector k is within half a period; images m
        periods further are at least (m - 1/2) times the height of the cell away.
        """
        r_cut = 0.0
        for a in range(coefficients.shape[0]):
            for b in range(coefficients.shape[1]):
                r_cut = max(r_cut, coefficients[a, b, 1])
        most = np.zeros(3, dtype=np.int64)
        for k in range(dimensions):
            square = reciprocal[k, 0] ** 2 + reciprocal[k, 1] ** 2 + reciprocal[k, 2] ** 2
            most[k] = max(0, math.ceil(r_cut * math.sqrt(square) + 0.5) - 1)
        size = 2 * most + 1
        result = np.zeros((size[0] * size[1] * size[2], 3))
        row = 1
        for a in range(-most[0], most[0] + 1):
            for b in range(-most[1], most[1] + 1):
                for c in range(-most[2], most[2] + 1):
                    if a != 0 or b != 0 or c != 0:
                        for k in range(3):
                            result[row, k] = a * cell[0, k] + b * cell[1, k] + c * cell[2, k]
                        row += 1
        return result

    @njit
    def nearest_images(i, last, x, y, z, cell, reciprocal, dimensions, near):
        """Write r_i - r_j for j < last, fractional components brought to [-1/2, 1/2]."""
        for j in range(last):
            near[0, j], near[1, j], near[2, j] = x[i] - x[j], y[i] - y[j], z[i] - z[j]
        for k in range(dimensions):
            gx, gy, gz = reciprocal[k, 0], reciprocal[k, 1], reciprocal[k, 2]
            ax, ay, az = cell[k, 0], cell[k, 1], cell[k, 2]
            for j in range(last):
                # Rows of the inverse are dual to the lattice vectors: one k at a time is exact.
                periods = np.rint(gx * near[0, j] + gy * near[1, j] + gz * near[2, j])
                near[0, j] -= periods * ax
                near[1, j] -= periods * ay
                near[2, j] -= periods * az

    return reciprocal_vectors, image_vectors, nearest_images


@lru_cache(maxsize=128)
def _compile(
    forms: tuple[_Form | str, ...], one_type: bool
) -> tuple[Callable[..., float], Callable[..., float]]:
    """Sums over pairs, open and periodic, for a combination of forms."""
    import numba

    njit = numba.njit(fastmath=_FASTMATH, error_model="numpy")
    reciprocal_vectors, image_vectors, nearest_images = _compile_cell_geometry()
    compiled = [_compile_pair(form) for form in forms]
    pair = _dispatch([function for function, _ in compiled])
    # Both are constants to the compiler, which drops the branches they decide.
    ordered = one_type and all(vectorises for _, vectorises in compiled)

    @njit
    def open_sum(x, y, z, types, coefficients, forms, fx, fy, fz):
        n = len(x)
        energy = 0.0
        c = coefficients[0, 0]
        form = forms[0, 0]
        for i in range(n):
            fx[i] = fy[i] = fz[i] = 0.0
        # Whole vectors: what is left over would run one by one. The particles added lie
        # beyond every cut-off.
        padded = (n + 7) // 8 * 8 if ordered else 0
        columns = np.full((4, padded), 1e150)
        px, py, pz, index = columns[0], columns[1], columns[2], columns[3]
        for j in range(min(n, padded)):
            px[j], py[j], pz[j], index[j] = x[j], y[j], z[j], j
        for i in range(n):
            xi, yi, zi = x[i], y[i], z[i]
            ei = fxi = fyi = fzi = 0.0
            if ordered:
                itself = float(i)
                for j in range(padded):
                    dx, dy, dz = xi - px[j], yi - py[j], zi - pz[j]
                    q = dx * dx + dy * dy + dz * dz
                    u, g = pair(q, form, c)
                    # The particle itself gives inf or nan, which is masked like what is far.
                    counts = (q < c[0]) & (index[j] != itself)
                    g = g if counts else 0.0
                    ei += u if counts else 0.0
                    fxi += g * dx
                    fyi += g * dy
                    fzi += g * dz
                energy += 0.5 * ei
            else:
                for j in range(i):
                    dx, dy, dz = xi - x[j], yi - y[j], zi - z[j]
                    q = dx * dx + dy * dy + dz * dz
                    if not one_type:
                        c = coefficients[types[i], types[j]]
                        form = forms[types[i], types[j]]
                    if q < c[0]:
                        u, g = pair(q, form, c)
                        ei += u
                        fxi += g * dx
                        fyi += g * dy
                        fzi += g * dz
                        fx[j] -= g * dx
                        fy[j] -= g * dy
                        fz[j] -= g * dz
                energy += ei
            fx[i] += fxi
            fy[i] += fyi
            fz[i] += fzi
        return energy

    @njit
    def periodic_sum(x, y, z, cell, dimensions, types, coefficients, forms, fx, fy, fz, virial):
        n = len(x)
        c = coefficients[0, 0]
        form = forms[0, 0]
        reciprocal = reciprocal_vectors(cell)
        shifts = image_vectors(cell, reciprocal, dimensions, coefficients)
        near = np.empty((3, n))
        near_x, near_y, near_z = near[0], near[1], near[2]
        energy = vxx = vyy = vzz = vxy = vxz = vyz = 0.0
        for i in range(n):
            fx[i] = fy[i] = fz[i] = 0.0
        for i in range(n):
            last = n if ordered else i + 1
            nearest_images(i, last, x, y, z, cell, reciprocal, dimensions, near)
            fxi = fyi = fzi = 0.0
            for image in range(len(shifts)):
                sx, sy, sz = shifts[image, 0], shifts[image, 1], shifts[image, 2]
                # The particle itself is put beyond every cut-off, its images are not.
                itself = 1e300 if image == 0 else 0.0
                for j in range(last):
                    dx, dy, dz = near_x[j] + sx, near_y[j] + sy, near_z[j] + sz
                    q = dx * dx + dy * dy + dz * dz + (itself if j == i else 0.0)
                    if ordered:
                        u, g = pair(q, form, c)
                        inside = q < c[0]
                        u = 0.5 * u if inside else 0.0
                        g = 0.5 * g if inside else 0.0
                    else:
                        if not one_type:
                            c = coefficients[types[i], types[j]]
                            form = forms[types[i], types[j]]
                        if q >= c[0]:
                            continue
                        u, g = pair(q, form, c)
                        if j == i:  # each image of a particle is met from both sides
                            u *= 0.5
                            g *= 0.5
                        else:
                            fx[j] -= g * dx
                            fy[j] -= g * dy
                            fz[j] -= g * dz
                    energy += u
                    fxi += g * dx
                    fyi += g * dy
                    fzi += g * dz
                    vxx += g * dx * dx
                    vyy += g * dy * dy
                    vzz += g * dz * dz
                    vxy += g * dx * dy
                    vxz += g * dx * dz
                    vyz += g * dy * dz
            # Over ordered pairs g is half of what acts on i.
            scale = 2.0 if ordered else 1.0
            fx[i] += scale * fxi
            fy[i] += scale * fyi
            fz[i] += scale * fzi
        virial[0, 0], virial[1, 1], virial[2, 2] = vxx, vyy, vzz
        virial[0, 1] = virial[1, 0] = vxy
        virial[0, 2] = virial[2, 0] = vxz
        virial[1, 2] = virial[2, 1] = vyz
        return energy

    return open_sum, periodic_sum


def _dispatch(functions: list[Callable[..., Any]]) -> Callable[..., Any]:
    """Compiled ``pair(q, form, c)`` that chooses among the pair functions of the forms."""
    import numba

    lines = ["def choose(q, form, c):"]
    lines += [f"    if form == {k}: return pair_{k}(q, c)" for k in range(len(functions) - 1)]
    lines.append(f"    return pair_{len(functions) - 1}(q, c)")
    namespace: dict[str, Any] = {f"pair_{k}": function for k, function in enumerate(functions)}
    exec("\n".join(lines), namespace)
    choose: Callable[..., Any] = numba.njit(fastmath=_FASTMATH, error_model="numpy")(
        namespace["choose"]
    )
    return choose
