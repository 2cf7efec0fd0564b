"""The particles and their space."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workspace_schema.canonical import canonical
from workspace_schema.system import System


def test_defaults_and_derived_numbers() -> None:
    system = System.model_validate({"dimensions": 2, "particles": {"B": 3, "A": 2.0}})
    assert system.boundary == "periodic"
    assert system.types == ("A", "B")
    assert system.n_particles == 5
    assert canonical(system) == {
        "dimensions": 2,
        "boundary": "periodic",
        "particles": {"B": 3, "A": 2},
    }


@pytest.mark.parametrize(
    "change",
    [
        {"dimensions": 1},
        {"dimensions": True},
        {"boundary": "closed"},
        {"particles": {}},
        {"particles": {"A": 0}},
        {"particles": {"A": 1.5}},
        {"particles": {"A": True}},
        {"particles": {"A": 10**30}},
        {"particles": {"1A": 1}},
        {"particles": {"A-B": 1}},
        {"particles": {"A\n": 1}},
        {"particles": {"a.b": 1}},
        {"size": 3},
    ],
)
def test_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        System.model_validate({"dimensions": 3, "particles": {"A": 1}} | change)


def test_walls_that_would_let_depletants_through_are_refused() -> None:
    spheres = {
        "dimensions": 3,
        "particles": {"A": 20},
        "building_blocks": {"A": {"form": "hard_sphere"}},
        "depletants": {"diameter": 0.1, "packing_fraction": 0.2},
    }
    assert System.model_validate(spheres).depletants is not None
    with pytest.raises(ValidationError, match="depletants: expected no walls"):
        System.model_validate(spheres | {"walls": {"separation": 4.0}})
