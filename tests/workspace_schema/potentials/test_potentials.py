"""Every form: its formula parses, its parameters are those in it, published values."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from tests.potentials import GIVEN
from workspace_schema.formula import FUNCTIONS, parse, to_sympy
from workspace_schema.potentials import FORMS

ANALYTIC = [form for form in FORMS if form not in GIVEN]


def energy(form: str, r: float, **parameters) -> float:
    import sympy

    potential = FORMS[form](**parameters)
    values = potential.formula_parameters()
    expression = to_sympy(parse(potential.formula, values), values)
    numbers = {sympy.Symbol(name, real=True): value for name, value in values.items()}
    return float(expression.subs({sympy.Symbol("r", positive=True): r, **numbers}))


@pytest.mark.parametrize("form", ANALYTIC)
def test_every_parameter_stands_in_the_formula(form):
    import re

    potential = FORMS[form]()
    values = potential.formula_parameters()
    parse(potential.formula, values)
    names = set(re.findall(r"[A-Za-z]\w*", potential.formula))
    assert names - set(FUNCTIONS) - {"r", "pi", "where"} == set(values)
    assert set(potential.kinds().values()) <= {"energy", "length", "other"}
    assert potential.r_cut > 0
    assert "(19" in FORMS[form].__doc__ or "(20" in FORMS[form].__doc__


@pytest.mark.parametrize("form", ANALYTIC)
def test_unknown_and_infinite_parameters_are_refused(form):
    name = next(iter(FORMS[form]().formula_parameters()))
    for bad in ({"nonsense": 1.0}, {name: math.inf}, {name: math.nan}, {name: "x"}, {name: True}):
        with pytest.raises(ValidationError):
            FORMS[form](**bad)


@pytest.mark.parametrize("epsilon", [1.0, 2.5])
@pytest.mark.parametrize("form", ["lennard_jones", "mie"])
def test_depth_of_the_well(form, epsilon):
    assert energy(form, 2 ** (1 / 6), epsilon=epsilon) == pytest.approx(-epsilon, rel=1e-14)


def test_mie_depth_for_other_exponents():
    minimum = (14 / 7) ** (1 / 7)
    assert energy("mie", minimum, n=14, m=7) == pytest.approx(-1.0, rel=1e-14)


def test_wca_vanishes_at_its_cutoff():
    assert FORMS["wca"](sigma=2).r_cut == pytest.approx(2 * 2 ** (1 / 6), rel=1e-15)
    assert energy("wca", 2 ** (1 / 6)) == pytest.approx(0.0, abs=1e-14)


def test_the_two_oscillating_potentials_agree_where_one_is_the_other():
    for r in (0.9, 1.3, 2.2):
        expected = energy("oscillating_pair_potential", r, k=7.5, phi=0.5)
        assert energy("mihalkovic_henley", r) == pytest.approx(expected, rel=1e-12)


def test_dzugutov_well_and_barrier():
    """Dzugutov, Phys. Rev. A 46, R2984 (1992): minimum -0.581 at 1.13, maximum 0.46 at 1.63."""
    radii = [0.9 + 0.001 * k for k in range(1000)]
    values = [energy("dzugutov", r) for r in radii[::10]]
    lowest = min(values)
    barrier = max(values[40:])
    assert lowest == pytest.approx(-0.581, abs=2e-3)
    assert radii[::10][values.index(lowest)] == pytest.approx(1.13, abs=0.01)
    assert barrier == pytest.approx(0.46, abs=0.01)
    assert radii[::10][values.index(barrier)] == pytest.approx(1.63, abs=0.02)


def test_fermi_jagla_is_made_of_fermi_functions():
    def fermi(x: float) -> float:
        return 1.0 / (1.0 + math.exp(x))

    for r in (0.95, 1.4, 2.2):
        expected = r**-20 + 4.56 * fermi(28.88 / 4.56 * (r - 1.36)) - fermi(3.57 * (r - 2.36))
        assert energy("fermi_jagla", r) == pytest.approx(expected, rel=1e-12)


def test_square_shoulder_plateau():
    assert energy("square_shoulder", 1.2, k=50, n=100) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("form", "bad"),
    [
        ("mie", {"n": 5.0}),
        ("mie", {"n": 300.0}),
        ("lennard_jones", {"truncation": "smooth"}),
        ("lennard_jones", {"truncation": "xplor", "r_on": 3.0}),
        ("wca", {"r_cut": 2.0}),
        ("hertzian", {"sigma": 0.0}),
        ("expression", {"formula": "r**-12", "r_cut": 2.0, "parameters": {"a": 1.0}}),
        ("expression", {"formula": "a * r", "r_cut": 2.0}),
        ("expression", {"formula": "1 2", "r_cut": 2.0}),
        ("expression", {"formula": "r**-12"}),
        ("expression", {"formula": 3, "r_cut": 2.0}),
        ("expression", {"formula": "r", "parameters": [1], "r_cut": 2.0}),
        ("expression", {"formula": "exp", "parameters": {"exp": 1.0}, "r_cut": 2.0}),
        ("table", {}),
        ("table", {"file": "a", "sha256": "0" * 64, "r_cut": 1.0}),
        ("table", {"sha256": "0" * 64}),
        ("table", {"sha256": "../../etc/passwd", "r_cut": 1.0}),
    ],
)
def test_refused(form, bad):
    with pytest.raises(ValidationError):
        FORMS[form](**bad)


def test_spaces_in_a_formula_do_not_count():
    first = FORMS["expression"](formula="a *\n r**-12", parameters={"a": 1}, r_cut=2)
    assert first == FORMS["expression"](formula="a*r**-12", parameters={"a": "1e0"}, r_cut=2.0)
