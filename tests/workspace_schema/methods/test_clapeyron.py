"""Lines of coexistence that cannot be followed are refused before anything runs."""

from __future__ import annotations

import pytest

from workspace_schema.interactions import Interactions
from workspace_schema.methods.clapeyron import Clapeyron
from workspace_schema.system import System

WORDS = {"name": "clapeyron", "phase": {"lattice": "fcc"}, "pressure": 4.5, "to": 1.4}
WORDS |= {"number_density": 1.0}


def system(**words) -> System:
    return System.model_validate({"dimensions": 3, "particles": {"A": 256}} | words)


def test_a_line_that_goes_nowhere() -> None:
    with pytest.raises(ValueError, match="to: got 1; expected another temperature than kT"):
        Clapeyron.model_validate(WORDS | {"to": 1.0})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"boundary": "open"}, "needs a periodic box"),
        ({"particles": {"A": 128, "B": 128}}, "one type of particle"),
        ({"particles": {"A": 257}}, r"phase\.lattice"),
    ],
)
def test_systems_without_such_a_line(words, message) -> None:
    with pytest.raises(ValueError, match=message):
        Clapeyron.model_validate(WORDS).check_system(system(**words))


def test_a_crystal_too_narrow_for_its_potential() -> None:
    method = Clapeyron.model_validate(WORDS)
    potential = {"form": "lennard_jones", "r_cut": 3.0}
    method.check_potential(Interactions.model_validate(potential), system())
    with pytest.raises(ValueError, match=r"r_cut: got 3.3; expected less than 3\.1748"):
        method.check_potential(Interactions.model_validate(potential | {"r_cut": 3.3}), system())
