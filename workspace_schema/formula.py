"""Energy formulas u(r): untrusted text to a checked expression tree, never evaluated.

A formula is arithmetic on the distance ``r``, ``pi``, numbers and named parameters,
for example ``4 * epsilon * ((sigma / r)**12 - (sigma / r)**6)``. Piecewise forms are
written ``where(r < a, u1, u2)``. The text is parsed by Python's own grammar and every
node is held against a whitelist, so that attributes, calls to anything else, strings,
subscripts and the like never get further than the parser.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sympy

MAX_LENGTH = 2000
MAX_NODES = 1000
MAX_DEPTH = 100
MAX_EXPONENT = 200.0

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "erf": math.erf,
    "abs": abs,
}
RESERVED = frozenset({"r", "pi", "where", *FUNCTIONS})

_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_FORBIDDEN_CHARACTER = re.compile(r"[^A-Za-z0-9_+\-*/().,<>= ]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


class FormulaError(ValueError):
    """A formula that is not an energy expression; the message says which piece and why."""


def check_parameter_name(name: str) -> None:
    """Raise FormulaError unless `name` can stand for a parameter in a formula."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in RESERVED:
        raise FormulaError(
            f"parameter name {name!r}: expected a letter, then letters, digits or _ (at most 40), "
            f"and none of {', '.join(sorted(RESERVED))}"
        )
    if keyword.iskeyword(name):
        raise FormulaError(f"parameter name {name!r} is a reserved word of the grammar")


def parse(text: str, parameters: Collection[str] = ()) -> ast.expr:
    """Check a formula and return its expression tree.

    Parameters
    ----------
    text : str
        Energy as an expression of r.
    parameters : collection of str
        Names that may stand in it besides r and pi.

    Returns
    -------
    ast.expr
        Tree of whitelisted nodes only; see `to_sympy`.

    Raises
    ------
    FormulaError
    """
    if not isinstance(text, str):
        raise FormulaError(f"a formula is text, not {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"formula of {len(text)} characters; at most {MAX_LENGTH} are allowed")
    for name in parameters:
        check_parameter_name(name)
    text = re.sub(r"[ \t\r\n]+", " ", text).strip()
    forbidden = _FORBIDDEN_CHARACTER.search(text)
    if forbidden:
        hint = " (write powers as **)" if forbidden[0] == "^" else ""
        raise FormulaError(
            f"character {forbidden[0]!r} at position {forbidden.start()} of {_excerpt(text)}; "
            f"allowed are letters, digits, spaces and + - * / ( ) . , < > = _{hint}"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # doubtful literals (`1or 2`) are refused below
            tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise FormulaError(f"{_excerpt(text)} is not an expression: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise FormulaError(
            f"{_excerpt(text)} is nested too deeply or holds a huge number"
        ) from None
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise FormulaError(f"{_excerpt(text)} has more than {MAX_NODES} terms and operations")
    _Checker(frozenset(parameters)).check(tree, MAX_DEPTH)
    return tree


def _excerpt(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


class _Checker:
    """Walks a tree once; `check` returns the value of a constant, None of anything else."""

    def __init__(self, parameters: frozenset[str]) -> None:
        self.parameters = parameters
        self.degrees: dict[ast.expr, float] = {}

    def check(self, node: ast.expr, depth: int) -> float | None:
        if depth == 0:
            raise FormulaError(f"formula nested deeper than {MAX_DEPTH} levels")
        value = self._check(node, depth)
        below = [self.degrees[child] for child in ast.walk(node) if child in self.degrees]
        self.degrees.setdefault(node, max(below, default=1.0))
        return value

    def _check(self, node: ast.expr, depth: int) -> float | None:
        match node:
            case ast.Constant(value=value):
                return self._number(value)
            case ast.Name(id=name):
                return self._name(name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                value = self.check(operand, depth - 1)
                return -value if value is not None and isinstance(sign, ast.USub) else value
            case ast.BinOp(op=operator) if type(operator) in _OPERATORS:
                return self._binary(node, depth)
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
                return self._call(node, function, arguments, depth)
        raise FormulaError(
            f"{_source(node)} ({type(node).__name__}) is not allowed; a formula holds numbers, "
            f"names, + - * / **, where(condition, a, b) and {', '.join(sorted(FUNCTIONS))}"
        )

    def _number(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FormulaError(f"{value!r} is not a real number")
        try:
            return _finite(float(value), repr(value))
        except OverflowError:
            raise FormulaError("an integer in the formula is too large") from None

    def _name(self, name: str) -> float | None:
        if name == "pi":
            return math.pi
        if name == "r" or name in self.parameters:
            return None
        if name in FUNCTIONS or name == "where":
            raise FormulaError(f"{name} is a function: write {name}(...)")
        known = ", ".join(["r", "pi", *sorted(self.parameters)])
        raise FormulaError(f"unknown name {name!r}; known here are {known}")

    def _binary(self, node: ast.BinOp, depth: int) -> float | None:
        left = self.check(node.left, depth - 1)
        right = self.check(node.right, depth - 1)
        if isinstance(node.op, ast.Pow):
            self._power(node, right)
        if isinstance(node.op, ast.Div) and right == 0.0:
            raise FormulaError(f"{_source(node)} divides by zero")
        if left is None or right is None:
            return None
        return self._fold(lambda: _OPERATORS[type(node.op)](left, right), node)

    def _power(self, node: ast.BinOp, exponent: float | None) -> None:
        if any(_is_power(inner) for inner in ast.walk(node.right)):
            raise FormulaError(f"{_source(node)}: an exponent may not hold a power itself")
        if exponent is None:
            return
        # Powers of powers multiply: what counts is the power of the innermost base.
        self.degrees[node] = max(abs(exponent), 1.0) * self.degrees[node.left]
        if self.degrees[node] > MAX_EXPONENT:
            raise FormulaError(
                f"{_source(node)}: exponents beyond {MAX_EXPONENT:g} are not allowed "
                "(powers of powers multiply)"
            )

    def _call(
        self, node: ast.expr, function: str, arguments: list[ast.expr], depth: int
    ) -> float | None:
        if function == "where":
            if len(arguments) != 3 or not isinstance(arguments[0], ast.Compare):
                raise FormulaError(
                    f"{_source(node)}: expected where(condition, a, b) with one comparison"
                )
            self._condition(arguments[0], depth - 1)
            for argument in arguments[1:]:
                self.check(argument, depth - 1)
            return None
        if function not in FUNCTIONS:
            raise FormulaError(
                f"unknown function {function!r}; known are {', '.join(sorted(FUNCTIONS))}, where"
            )
        if len(arguments) != 1:
            raise FormulaError(f"{_source(node)}: {function} takes one argument")
        value = self.check(arguments[0], depth - 1)
        if value is None:
            return None
        return self._fold(lambda: FUNCTIONS[function](value), node)

    def _condition(self, node: ast.Compare, depth: int) -> None:
        if len(node.ops) != 1 or not isinstance(node.ops[0], _COMPARISONS):
            raise FormulaError(f"{_source(node)}: a condition is one comparison with < <= > or >=")
        sides = [self.check(side, depth - 1) for side in (node.left, node.comparators[0])]
        if None not in sides:
            raise FormulaError(f"{_source(node)}: a condition must depend on r or a parameter")

    @staticmethod
    def _fold(evaluate: Callable[[], Any], node: ast.expr) -> float:
        try:
            value = evaluate()
        except (ArithmeticError, ValueError):
            raise FormulaError(f"{_source(node)} has no finite value") from None
        if isinstance(value, complex):
            raise FormulaError(f"{_source(node)} is not real")
        return _finite(value, _source(node))


def _finite(value: float, what: str) -> float:
    # Far below the float limits, so that products of a few constants stay finite too.
    if not math.isfinite(value) or abs(value) > 1e100:
        raise FormulaError(f"{what} is not a finite number below 1e100")
    return value


def _source(node: ast.AST) -> str:
    try:
        return _excerpt(ast.unparse(node))
    except RecursionError:
        return "a deeply nested piece"


def _is_power(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def to_sympy(tree: ast.expr, parameters: Collection[str] = ()) -> sympy.Expr:
    """SymPy expression of a tree from `parse`.

    Parameters
    ----------
    tree : ast.expr
        From `parse`, with the same parameters.
    parameters : collection of str

    Returns
    -------
    sympy.Expr
        In the real symbols `parameters` and the positive symbol r.

    Raises
    ------
    FormulaError
        Where the algebra meets a division by zero or a complex number.
    """
    import sympy

    symbols: dict[str, sympy.Expr] = {name: sympy.Symbol(name, real=True) for name in parameters}
    symbols |= {"r": sympy.Symbol("r", positive=True), "pi": sympy.pi}
    try:
        expression = sympy.sympify(_convert(tree, symbols))
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise FormulaError(f"{_source(tree)} has no real value: {error}") from None
    infinite = expression.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I)
    if infinite or any(abs(number) > 1e300 for number in expression.atoms(sympy.Number)):
        raise FormulaError(f"{_source(tree)} is not real and finite: it reduces to {expression}")
    return expression


def _convert(node: ast.AST, symbols: Mapping[str, Any]) -> Any:
    import sympy

    match node:
        case ast.Constant(value=value):
            return sympy.Integer(value) if isinstance(value, int) else sympy.Float(value)
        case ast.Name(id=name):
            return symbols[name]
        case ast.UnaryOp(op=sign, operand=operand):
            value = _convert(operand, symbols)
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(op=operator, left=left, right=right):
            return _OPERATORS[type(operator)](_convert(left, symbols), _convert(right, symbols))
        case ast.Call(func=ast.Name(id="where"), args=[condition, first, second]):
            return sympy.Piecewise(
                (_convert(first, symbols), _convert(condition, symbols)),
                (_convert(second, symbols), True),
            )
        case ast.Call(func=ast.Name(id=function), args=[argument]):
            name = "Abs" if function == "abs" else function
            return getattr(sympy, name)(_convert(argument, symbols))
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            relation = {ast.Lt: "Lt", ast.LtE: "Le", ast.Gt: "Gt", ast.GtE: "Ge"}[type(operator)]
            return getattr(sympy, relation)(_convert(left, symbols), _convert(right, symbols))
    raise AssertionError(f"{type(node).__name__} passed the check")
