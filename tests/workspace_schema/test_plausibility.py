"""What will fail in every job is said by init.py; what runs is not talked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.campaign_files import run, write
from tests.potentials import GIVEN
from workspace_schema.methods.basin_hopping import BasinHopping
from workspace_schema.plausibility import energies, faults
from workspace_schema.potentials import FORMS, Expression, PairPotential
from workspace_schema.system import System

REPOSITORY = Path(__file__).resolve().parents[2]


EXTENT = {"replica_exchange": {"steps": 100_000}}


def said(folder: Path, dry_run: bool = True, **changes: Any) -> tuple[int, str]:
    """Exit status, and what init.py says on stderr: ``LINE: KEY: …``, a line each."""
    method = {"name": "forward", "kT": 1.0, "number_density": 0.8, "steps": 100}
    data = {
        "name": "small",
        "system": {"dimensions": 3, "particles": {"A": 100}},
        "potential": {"form": "lennard_jones"},
        "method": method | changes.pop("method", {}),
    } | changes
    file = write(folder / "c.yaml", data)
    words = ["--dry-run"] if dry_run else []
    status, _, err = run(file, "--root", folder / "root", *words)
    return status, err.replace(f"{file}:", "")


def expression(formula: str, **more: Any) -> dict[str, Any]:
    return {"form": "expression", "formula": formula, "r_cut": 3.0} | more


@pytest.mark.parametrize("form", [name for name in FORMS if name not in GIVEN])
def test_energies_are_those_of_the_jobs(form: str) -> None:
    from operations.interactions.pair_functions import PairFunction

    potential = FORMS[form]()
    assert isinstance(potential, PairPotential)
    function = PairFunction(potential)
    r = np.linspace(function.r_inner, function.r_cut, 100)[:-1]
    np.testing.assert_allclose(
        energies(potential, r) - function.offset, function.energy(r), atol=1e-12
    )


def test_energies_of_everything_that_formulas_have() -> None:
    formula = (
        "where(r <= 1.5, -exp(-a * r) + log(r) / sqrt(r), sin(r) * cos(pi) + tan(0.1 * r))"
        " + where(r > 2, sinh(r), cosh(r)) * tanh(r) - erf(r)**2 + abs(-r)"
    )
    r = np.array([1.0, 1.7, 2.5])
    potential = Expression(formula=formula, parameters={"a": 2.0}, r_cut=3.0)
    from scipy.special import erf

    first = np.where(
        r <= 1.5, -np.exp(-2 * r) + np.log(r) / np.sqrt(r), -np.sin(r) + np.tan(0.1 * r)
    )
    second = np.where(r > 2, np.sinh(r), np.cosh(r)) * np.tanh(r) - erf(r) ** 2 + r
    np.testing.assert_allclose(energies(potential, r), first + second, rtol=1e-14)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("-1/r**6", "falls to -1.37e+15 at r = 0.003: particles collapse"),
        ("sqrt(1 - r) + 1 / r**12", "is no finite number at r = 1"),
        ("log(-r)", "is above 1000, or no number, everywhere below r_cut"),
        ("1e5 + r", "is above 1000, or no number, everywhere below r_cut"),
        ("1 / r**12 - where(r < 1.5, 1, 0)", "jumps near r = 1.5, below r_cut"),
        ("1 / (r - 1)", "jumps near r = 1, below r_cut"),
        ("tan(r)", "jumps near r = 1.571, below r_cut"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_formulas_that_fail_in_every_job(
    tmp_path: Path, formula: str, expected: str, dry_run: bool
) -> None:
    from operations.interactions.pair_functions import PairFunction

    with pytest.raises(ValueError, match=r"finite|collapse|everywhere|jumps"):
        PairFunction(Expression(formula=formula, r_cut=3.0))
    status, err = said(tmp_path, dry_run, potential=expression(formula))
    assert (status, err.count("\n")) == (1, 1)
    assert f": potential.formula: u(r) {expected}" in err
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"potential": expression("a / r**6", parameters={"a": [1.0, -1.0]})},
            "potential.formula: u(r) falls to -1.37e+15",
        ),
        (
            {"potential": {"form": "lennard_jones", "r_cut": 1.2}},
            "potential.r_cut: u jumps from -0.891 to 0 at r_cut = 1.2; expected a larger one, or",
        ),
        ({"method": {"dt": 0.1}}, "method.dt: got 0.1: longer than a collision at kT = 1"),
        (
            {"method": {"number_density": 50.0}},
            "method.number_density: got 50: neighbours are at most 0.305 apart, where u = 6.2e+06",
        ),
        ({"method": {"dt": [0.005, 0.5]}}, "method.dt[1]: got 0.5: longer than a collision"),
    ],
)
def test_what_is_worth_a_warning(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    status, err = said(tmp_path, **changes)
    assert (status, err.count("\n")) == (0, 1)
    assert err.startswith("warning: ")
    assert expected in err


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ({"dt": 0.5}, "method.dt: got 0.5: longer than a collision at kT = 1"),
        ({"number_density": 1000.0}, "neighbours are at most 0.112 apart, where u = 1e+12"),
    ],
)
def test_what_never_goes_well_is_refused(
    tmp_path: Path, method: dict[str, Any], expected: str
) -> None:
    status, err = said(tmp_path, method=method)
    assert status == 1
    assert expected in err


def test_boxes_for_hoomd(tmp_path: Path) -> None:
    dumbbell = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]}
    system = {"dimensions": 3, "particles": {"A": 64}, "building_blocks": {"A": dumbbell}}
    status, err = said(tmp_path, method={"number_density": 1.0}, system=system)
    assert status == 1
    assert "HOOMD-blue needs more than twice r_cut = 2.5: take more particles" in err
    assert said(tmp_path, method={"number_density": 1.0}) == (0, "")


@pytest.mark.parametrize("file", sorted((REPOSITORY / "campaigns").glob("*.yaml")), ids=str)
def test_no_false_alarm(tmp_path: Path, file: Path) -> None:
    status, _, err = run(file, "--root", tmp_path / "root", "--dry-run")
    assert (status, [line for line in err.splitlines() if "is not installed" not in line]) == (
        0,
        [],
    )


@pytest.mark.parametrize(
    "changes",
    [
        *({"potential": {"form": form}} for form in FORMS if form not in GIVEN),
        {"potential": expression("exp(-r)")},
        {"potential": expression("where(r < 1, (1 - r)**2, 0)")},
        {"potential": {"form": "mie", "n": 50, "m": 49}},
        {"potential": {"form": "lennard_jones", "r_cut": 2.0, "truncation": "force_shift"}},
        {"method": {"dt": 0.02, "kT": 2.0}},
        {"method": {"number_density": 2.0}},
        {"method": {"dt": 0.01, "kT": {"ramp": [3.0, 0.1]}}},
    ],
)
def test_what_runs_is_not_talked_about(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert said(tmp_path, **changes) == (0, "")


@pytest.mark.parametrize(
    ("formula", "collapses"),
    [("-exp(-r**2)", True), ("exp(-r**2)", False), ("2*exp(-4*r**2) - exp(-r**2)", False)],
)
def test_particles_that_attract_each_other_in_one_place(
    tmp_path: Path, formula: str, collapses: bool
) -> None:
    status, err = said(tmp_path, potential=expression(formula))
    assert status == 0
    assert ("potential.formula: u(r) is -1 at r = 0.003, where particles" in err) == collapses


@pytest.mark.parametrize("name", ["replica_exchange", "nested_sampling"])
def test_a_sphere_that_presses_a_cluster_together(tmp_path: Path, name: str) -> None:
    data = {
        "name": "small",
        "system": {"dimensions": 3, "boundary": "open", "particles": {"A": 13}},
        "potential": {"form": "lennard_jones", "r_cut": 10.0},
    }
    for radius, wrong in ((0.6, True), (1.2, False)):
        method = {"name": name, "coldest": 0.15, "hottest": 0.45, "radius": radius}
        file = write(tmp_path / "c.yaml", data | {"method": method | EXTENT.get(name, {})})
        status, _, err = run(file, "--root", tmp_path / "root", "--dry-run")
        assert status == 0
        assert ("method.radius: got 0.6: neighbours are at most 0.75 apart" in err) == wrong


def test_walkers_that_never_begin() -> None:
    system = System.model_validate({"dimensions": 3, "boundary": "open", "particles": {"A": 13}})
    method = BasinHopping(name="basin_hopping", walkers=16, hops=15)
    (fault,) = faults(system, None, method)
    assert fault.fatal
    assert fault.path == ("method", "walkers")
    assert not list(faults(system, None, method.model_copy(update={"hops": 16})))
