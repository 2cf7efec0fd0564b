"""What a state point of method genetic may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.methods.genetic import Genetic
from workspace_schema.statepoint import StatePoint

LENNARD_JONES = {"form": "lennard_jones"}


def point(particles, boundary="periodic", **method):
    return StatePoint.model_validate(
        {
            "system": {"dimensions": 3, "particles": particles, "boundary": boundary},
            "potential": LENNARD_JONES,
            "method": {"name": "genetic", **method},
        }
    )


def test_no_choice_is_needed():
    method = point({"A": 4}).canonical()["method"]
    assert method["pressure"] == 0.0
    assert method["composition"] == "fixed"
    assert "max_energy_evaluations" not in method or method["max_energy_evaluations"] is None


def test_newer_variations_leave_old_ids_alone():
    old = point({"A": 4}).canonical()["method"]["variation"]
    assert not {"resembling", "repetition"} & set(old)
    new = point({"A": 4}, variation={"resembling": 0.0}).canonical()["method"]["variation"]
    assert set(new) - set(old) == {"resembling"}


@pytest.mark.parametrize(
    ("particles", "words", "message"),
    [
        ({"A": 41}, {}, "up to 40 particles"),
        ({"A": 4}, {"composition": "free"}, "two types"),
        ({"A": 4}, {"boundary": "open"}, "periodic cell"),
    ],
)
def test_systems_that_do_not_fit(particles, words, message):
    with pytest.raises(ValidationError, match=message):
        point(particles, **words)


@pytest.mark.parametrize(
    "words",
    [
        {"pressure": -1.0},
        {"population": 1},
        {"generations": 0},
        {"variation": {"heredity": -0.1}},
        {"variation": {"heredity": 0, "strain": 0, "soft_displacement": 0, "fresh": 0}},
        {"variation": {"mutation": 1.0}},
        {"temperature": 1.0},
    ],
)
def test_refused(words):
    with pytest.raises(ValidationError):
        Genetic.model_validate({"name": "genetic", **words})
