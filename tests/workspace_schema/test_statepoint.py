"""State points: the blocks together."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workspace_schema.methods.forward import Forward
from workspace_schema.statepoint import StatePoint

STATE_POINT: dict[str, Any] = {
    "system": {"dimensions": 2, "boundary": "periodic", "particles": {"A": 16}},
    "potential": {"form": "lennard_jones", "epsilon": 1, "sigma": 1},
    "method": {"name": "forward", "kT": [1, 0.1], "number_density": 0.8, "steps": 1000},
}


def test_reads_what_it_writes() -> None:
    first = StatePoint.read(STATE_POINT)
    assert isinstance(first.method, Forward)
    canonical = first.canonical()
    assert canonical["replica"] == 0
    assert StatePoint.read(canonical).canonical() == canonical


def test_extents_come_from_beside() -> None:
    point = StatePoint.read(STATE_POINT, {"production_steps": 50})
    assert isinstance(point.method, Forward)
    assert point.method.production_steps == 50
    assert point.extents() == {"production_steps": 50}
    assert point.canonical() == StatePoint.read(STATE_POINT).canonical()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"potential": None}, "potential is missing"),
        ({"system": {"dimensions": 2}}, "particles are missing"),
        ({"potential": {"form": "lennard_jones", "types": {"B": {"sigma": 2}}}}, "types.B"),
        ({"method": STATE_POINT["method"] | {"start": "fcc"}}, "method: start: 'fcc'"),
        ({"method": 3}, "expected a mapping"),
        ({"replica": -1}, "greater than or equal to 0"),
        ({"extra": 1}, "Extra inputs"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        StatePoint.model_validate(STATE_POINT | changes)
