"""The formula parser: what it takes, what it refuses, and that nothing else ever happens."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workspace_schema.formula import (
    FUNCTIONS,
    MAX_LENGTH,
    FormulaError,
    check_parameter_name,
    parse,
    to_sympy,
)

NAMES = ("epsilon", "sigma", "n")


def value(text: str, r: float, **parameters: float) -> float:
    import sympy

    expression = to_sympy(parse(text, parameters), parameters)
    numbers = {sympy.Symbol(name, real=True): number for name, number in parameters.items()}
    return float(expression.subs({sympy.Symbol("r", positive=True): r, **numbers}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 * ((1 / r)**12 - (1 / r)**6)", 4 * (1.5**-12 - 1.5**-6)),
        ("-r**2", -2.25),
        ("+r - -r", 3.0),
        ("2**-1 * r", 0.75),
        ("1e-3 * r + 5 / 2", 2.5015),
        ("cos(pi * r)", 0.0),
        ("abs(1 - r)", 0.5),
        ("where(r < 1.5, 1, 2)", 2.0),
        ("where(r <= 1.5, r, 2)", 1.5),
        ("where(r > 1, where(r >= 2, 1, 3), 2)", 3.0),
        ("\n exp(\n -r )\t", math.exp(-1.5)),
    ],
)
def test_value(text, expected):
    assert value(text, 1.5) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_are_those_of_math(name):
    assert value(f"{name}(r / 3)", 1.5) == pytest.approx(FUNCTIONS[name](0.5), rel=1e-14)


def test_parameters():
    assert value("epsilon * (sigma / r)**n", 2.0, epsilon=3.0, sigma=1.0, n=2.0) == 0.75


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("__import__('os').system('ls')", 'character "\'"'),
        ("__import__(r)", "unknown function '__import__'"),
        ("__builtins__", "unknown name '__builtins__'"),
        ("r.__class__", "Attribute"),
        ("(1).real", "Attribute"),
        ("lambda: r", "':'"),
        ("[r]", r"'\['"),
        ("r[0]", r"'\['"),
        ("{r}", "'{'"),
        ("(r for r in r)", "GeneratorExp"),
        ("(r, r)", "Tuple"),
        ("r; r", "';'"),
        ("r # comment", "'#'"),
        ("'r'", "character"),
        ("exp", "exp is a function"),
        ("exp()", "one argument"),
        ("exp(r, r)", "one argument"),
        ("exp(*r)", "Starred"),
        ("exp(x=r)", "Call"),
        ("exp(r)(r)", "Call"),
        ("eval(r)", "unknown function 'eval'"),
        ("alpha * r", "unknown name 'alpha'; known here are r, pi, epsilon, n, sigma"),
        ("r^2", r"write powers as \*\*"),
        ("r // 2", "BinOp"),
        ("r if r < 2 else 1", "IfExp"),
        ("r and 2", "BoolOp"),
        ("not r", "UnaryOp"),
        ("r < 2", "Compare"),
        ("where(r, 1, 2)", "one comparison"),
        ("where(r < 2, 1)", "one comparison"),
        ("where(1 < r < 2, 1, 2)", "one comparison"),
        ("where(1 < 2, r, 2)", "must depend on r"),
        ("True * r", "not a real number"),
        ("None", "not a real number"),
        ("2j", "not a real number"),
        ("r**201", "exponents beyond 200"),
        ("r**-201", "exponents beyond 200"),
        ("(r**20)**20", "exponents beyond 200"),
        ("((r + 1)**(2 * 10))**(4 * 10)", "exponents beyond 200"),
        ("2**2**2", "may not hold a power"),
        ("r**(n**2)", "may not hold a power"),
        ("9**9**9**9", "may not hold a power"),
        ("1e999", "not a finite number"),
        ("1e99 * 1e99", "not a finite number"),
        ("10**199", "not a finite number"),
        ("1 / 0", "divides by zero"),
        ("r / (1 - 1)", "divides by zero"),
        ("sqrt(-1)", "no finite value"),
        ("log(0)", "no finite value"),
        ("exp(1000)", "no finite value"),
        ("(-2)**0.5", "not real"),
        ("", "not an expression"),
        ("r r", "not an expression"),
        ("1 +", "not an expression"),
        ("r = 1", "not an expression"),
        ("r\x00", "character"),
        ("r\u00b2", "character"),
        ("\uff52", "character"),  # full-width r, which Python would read as r
        ("\u202er", "character"),
        ("(" * 900 + "r" + ")" * 900, "too many nested|too deeply|deeper"),
        ("-" * 900 + "r", "deeper|more than"),
        ("not " * 400 + "r", "not allowed|deeper|too deeply"),
        ("exp(" * 150 + "r" + ")" * 150, "deeper|too many nested"),
        ("r+" * 900 + "r", "more than"),
        ("9" * 1900, "too large|finite"),
        ("r" * (MAX_LENGTH + 1), "characters"),
    ],
)
def test_refused(text, named):
    with pytest.raises(FormulaError, match=named):
        parse(text, NAMES)


def test_only_text():
    with pytest.raises(FormulaError, match="not int"):
        parse(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["1 / (n - n)", "log(n - n)", "(epsilon - epsilon)**-2 * r"])
def test_algebra_without_a_real_value_is_refused(text):
    with pytest.raises(FormulaError):
        to_sympy(parse(text, NAMES), NAMES)


@pytest.mark.parametrize(
    "name", ["r", "pi", "exp", "where", "_x", "1a", "a b", "", "lambda", "None", "ä"]
)
def test_parameter_names_that_are_refused(name):
    with pytest.raises(FormulaError):
        check_parameter_name(name)


PIECES = st.one_of(
    st.sampled_from(["r", "pi", "epsilon", "n", "x", "2", "0", "1e3", "0.5", "12", "1e99"]),
    st.sampled_from(["+", "-", "*", "/", "**", "(", ")", ",", "<", ">=", ".", "__", " "]),
    st.sampled_from(["where(", "exp(", "log(", "sqrt(", "abs("]),
)


def expressions() -> st.SearchStrategy[str]:
    atoms = st.sampled_from(["r", "pi", "epsilon", "n", "2", "0.5", "1e3", "12", "0"])
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(
                lambda t: f"({t[0]} {t[1]} {t[2]})"
            ),
            st.tuples(inner, st.sampled_from(["2", "-6", "0.5", "n", "300"])).map(
                lambda t: f"({t[0]})**{t[1]}"
            ),
            st.tuples(st.sampled_from(sorted(FUNCTIONS)), inner).map(lambda t: f"{t[0]}({t[1]})"),
            st.tuples(inner, inner, inner).map(lambda t: f"where({t[0]} < 2 * r, {t[1]}, {t[2]})"),
        ),
        max_leaves=12,
    )


def try_it(text: str) -> bool:
    """Whether a text is a formula; anything but FormulaError, or a long time, is a failure."""
    start = time.process_time()
    try:
        tree = parse(text, NAMES)
    except FormulaError:
        return False
    finally:
        assert time.process_time() - start < 1.0
    assert tree is not None
    return True


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_random_text_is_refused_or_parsed(text):
    try_it(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_random_pieces_are_refused_or_parsed(text):
    try_it(text)


@settings(max_examples=100, deadline=None)
@given(expressions())
def test_random_formulas_have_a_finite_derivative_or_are_refused(text):
    import sympy

    if not try_it(text):
        return
    start = time.process_time()
    try:
        expression = to_sympy(parse(text, NAMES), NAMES)
    except FormulaError:
        return
    derivative = sympy.diff(expression, sympy.Symbol("r", positive=True))
    assert sympy.count_ops(derivative) < 100_000
    assert time.process_time() - start < 10.0
