"""Compiled pair functions, written out from the formula of each potential.

A scalar function of r² is printed as Python from the checked expression tree and compiled by
numba. Parameters are passed as an array, so that the same forms with other parameters need no
compilation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from numba import njit

from operations.interactions.pair_functions import PairFunction, symbolic, xplor
from operations.search.compilation import FASTMATH

if TYPE_CHECKING:
    import sympy

#: Larger powers are left to numba.
LARGEST_PRODUCT = 64


class Slot(IntEnum):
    """What every row of coefficients begins with.

    The parameters of the formula follow; of a spline the number of its knots, the knots and the
    coefficients of its pieces.
    """

    R_CUT_SQUARED = 0
    R_CUT = 1
    OFFSET = 2
    SLOPE = 3
    R_ON = 4
    PARAMETERS = 5


#: A plain number, as the index of a tuple has to be in compiled functions.
R_CUT_SQUARED = int(Slot.R_CUT_SQUARED)
_COMMON = tuple(f"_{slot.name.lower()}" for slot in list(Slot)[: Slot.PARAMETERS])


@dataclass(frozen=True)
class Form:
    """What a compiled pair function depends on.

    Integer parameters that stand in exponents are part of the code, because a repeated
    product is an order of magnitude faster than a general power.
    """

    formula: str
    parameters: tuple[str, ...]
    exponents: tuple[tuple[str, int], ...]
    truncation: str


def describe(function: PairFunction) -> tuple[Form | str, list[float]]:
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
    form = Form(potential.formula, names, exponents, potential.truncation)
    return form, [*common, *function.parameters.values()]


def _truncated(form: Form) -> tuple[sympy.Expr, sympy.Expr]:
    """Symbolic energy and -(du/dr)/r with the truncation."""
    import sympy

    r = sympy.Symbol("r", positive=True)
    r_cut, offset, slope, r_on = (sympy.Symbol(name, real=True) for name in _COMMON[1:])
    energy, _ = symbolic(form.formula, form.parameters)
    energy = energy.subs({sympy.Symbol(name, real=True): n for name, n in form.exponents})
    if form.truncation == "xplor":
        smooth, _ = xplor(r, r_on, r_cut)
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


def _product(factor: str, n: int) -> str:
    """factor**n, its halves written alike, so that the compiler computes them once."""
    if n == 1:
        return factor
    half = _product(factor, n // 2)
    return f"({half} * {half} * {factor})" if n % 2 else f"({half} * {half})"


def _pair_source(form: Form) -> tuple[str, bool]:
    """Python source of ``_pair(_q, _c) → (u, -(du/dr)/r)`` with q = r², and if it vectorises."""
    import sympy
    from sympy.printing.pycode import PythonCodePrinter

    class Printer(PythonCodePrinter):
        """Numbers as floats, integer powers as products.

        numba would make products of ``x**n`` too, but without fastmath if the first caller in
        the process had none: a search would not go on exactly as it began.
        """

        def _print_Integer(self, expr: Any) -> str:
            return repr(float(expr))

        def _print_Rational(self, expr: Any) -> str:
            return repr(float(expr))

        _print_Float = _print_Rational

        def _print_Pow(self, expr: Any, rational: bool = False) -> str:
            if expr.exp.is_Integer and 0 < abs(expr.exp) <= LARGEST_PRODUCT:
                written = _product(f"({self._print(expr.base)})", abs(int(expr.exp)))
                return written if expr.exp > 0 else f"(1.0 / {written})"
            if expr.exp == sympy.S.Half:
                return f"math.sqrt({self._print(expr.base)})"
            return f"({self._print(expr.base)})**({self._print(expr.exp)})"

    r = sympy.Symbol("r", positive=True)
    q, inverse, root = (sympy.Symbol(name, positive=True) for name in ("_q", "_inverse", "_r"))

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
            {**names, r: root}
        )
        for expression in _truncated(form)
    ]
    fresh = sympy.numbered_symbols("_t")
    if all(e.is_polynomial(inverse) and not e.has(q, root) for e in expressions):
        expressions = [sympy.horner(e, wrt=inverse) for e in expressions]
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
    smoothed = truncation == "xplor"
    factor = njit(fastmath=FASTMATH, error_model="numpy")(xplor)

    @njit(fastmath=FASTMATH, error_model="numpy")
    def pair(q, c):
        r = math.sqrt(q)
        n, first = int(c[Slot.PARAMETERS]), Slot.PARAMETERS + 1
        low, high = 0, n - 1
        while high - low > 1:
            middle = (low + high) // 2
            if c[first + middle] <= r:
                low = middle
            else:
                high = middle
        x = r - c[first + low]
        k = first + n + 4 * low
        c3, c2 = (c[k], c[k + 1]) if x >= 0.0 else (0.0, 0.0)
        u = c[k + 3] + x * (c[k + 2] + x * (c2 + x * c3))
        du = c[k + 2] + x * (2.0 * c2 + x * 3.0 * c3)
        if smoothed:
            if r > c[Slot.R_ON]:
                smooth, slope = factor(r, c[Slot.R_ON], c[Slot.R_CUT])
                du = du * smooth + u * slope
                u *= smooth
        else:
            u -= c[Slot.OFFSET] + c[Slot.SLOPE] * (r - c[Slot.R_CUT])
            du -= c[Slot.SLOPE]
        return u, -du / r

    result: Callable[..., Any] = pair
    return result


@lru_cache(maxsize=128)
def compile_pair(form: Form | str) -> tuple[Callable[..., Any], bool]:
    """Compiled ``pair(q, c)`` of a form, and whether it vectorises."""
    if isinstance(form, str):
        return _compile_spline(form.split()[1]), False
    source, vectorises = _pair_source(form)
    namespace: dict[str, Any] = {"math": math}
    # The source is printed from the checked expression tree; no text of the user is in it.
    exec(source, namespace)
    compiled = njit(fastmath=FASTMATH, error_model="numpy")
    return compiled(namespace["_pair"]), vectorises


def first_coefficients(width: int) -> Callable[..., Any]:
    """Compiled function that makes a tuple of the first `width` numbers of a row."""
    namespace: dict[str, Any] = {}
    exec(f"def take(c): return ({''.join(f'c[{k}], ' for k in range(width))})", namespace)
    take: Callable[..., Any] = njit(namespace["take"], fastmath=FASTMATH)
    return take


def dispatch(functions: list[Callable[..., Any]]) -> Callable[..., Any]:
    """Compiled ``pair(q, form, c)`` that chooses among the pair functions of the forms."""
    lines = ["def choose(q, form, c):"]
    lines += [f"    if form == {k}: return pair_{k}(q, c)" for k in range(len(functions) - 1)]
    lines.append(f"    return pair_{len(functions) - 1}(q, c)")
    namespace: dict[str, Any] = {f"pair_{k}": function for k, function in enumerate(functions)}
    exec("\n".join(lines), namespace)
    choose: Callable[..., Any] = njit(fastmath=FASTMATH, error_model="numpy")(namespace["choose"])
    return choose
