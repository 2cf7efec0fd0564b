"""The method block `annealing`."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.canonical import canonical
from workspace_schema.methods.registry import read_method
from workspace_schema.system import System

CELL = System(dimensions=3, particles={"A": 4})


def block(**keys: object) -> dict[str, object]:
    return {"name": "annealing", **keys}


def test_only_keys_with_a_meaning_are_in_the_state_point() -> None:
    cell = canonical(read_method(block(dynamics="mc")))
    assert cell == {
        "name": "annealing",
        "dynamics": "mc",
        "kT": [2.0, 0.02],
        "cooling": "adaptive",
        "cycles": 1,
        "pressure": 0.0,
        "chains": 50,
        "sweeps": 1000,
    }
    large = canonical(read_method(block(number_density=0.8, ensemble="npt", cycles=3)))
    assert large["reheat"] == 0.5
    assert large["pressure"] == 0.0
    assert large["steps"] == 100_000
    assert "chains" not in large
    assert "pressure" not in canonical(read_method(block(number_density=0.8)))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"dynamics": "mc", "steps": 10}, "steps\n.*no meaning with dynamics: mc"),
        ({"number_density": 0.8, "chains": 3}, "chains\n.*no meaning with dynamics: md"),
        ({"number_density": 0.8, "pressure": 1.0}, "pressure\n.*no meaning in the ensemble nvt"),
        ({}, "number_density is missing"),
        ({"dynamics": "mc", "reheat": 0.5}, "reheat\n.*no meaning with one cycle"),
        ({"dynamics": "mc", "kT": [0.1, 0.2]}, "first > last > 0"),
        ({"dynamics": "mc", "kT": [2.0, 1.0, 0.1]}, "first > last > 0"),
        ({"dynamics": "mc", "kT": 1.0}, "first > last > 0"),
        ({"dynamics": "mc", "chains": 0}, "chains"),
        ({"dynamics": "nmc"}, "dynamics"),
    ],
)
def test_refused(keys: dict[str, object], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        read_method(block(**keys))


@pytest.mark.parametrize(
    ("keys", "system", "expected"),
    [
        ({"dynamics": "mc"}, {"particles": {"A": 11, "B": 10}}, "up to 20 particles a cell"),
        ({"dynamics": "mc"}, {"boundary": "open"}, "system.boundary is open"),
        ({"ensemble": "npt", "number_density": 1.0}, {"boundary": "open"}, "boundary is open"),
        ({"start": "hexagonal", "number_density": 1.0}, {}, "lattice in 2 dimensions"),
    ],
)
def test_system_that_does_not_fit(keys, system, expected) -> None:
    with pytest.raises(ValueError, match=expected):
        read_method(block(**keys)).check_system(CELL.model_copy(update=system))
