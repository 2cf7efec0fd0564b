"""What state points of method nested_sampling may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.statepoint import StatePoint

FALL = {"name": "nested_sampling", "coldest": 0.2, "hottest": 1.0}


def point(words, boundary, particles=13):
    system = {"dimensions": 3, "particles": {"A": particles}, "boundary": boundary}
    potential = {"form": "lennard_jones"}
    return StatePoint.model_validate({"system": system, "potential": potential, "method": words})


@pytest.mark.parametrize(
    ("boundary", "words", "particles", "message"),
    [
        ("open", {}, 13, "radius is missing"),
        ("periodic", {}, 13, "pressure is missing"),
        ("open", {"radius": 2.0, "pressure": 1.0}, 13, "pressure: has no meaning of a cluster"),
        ("periodic", {"radius": 2.0, "pressure": 1.0}, 13, "radius: has no meaning of a periodic"),
        ("open", {"radius": 2.0, "hottest": 0.2}, 13, "expected more than coldest = 0.2"),
        ("open", {"radius": 2.0}, 101, "takes 2 to 100 particles in a cluster"),
        ("periodic", {"pressure": 1.0}, 65, "takes 2 to 64 particles in a periodic cell"),
    ],
)
def test_what_does_not_fit_is_refused(boundary, words, particles, message):
    with pytest.raises(ValidationError, match=message):
        point(FALL | words, boundary, particles)


def test_clusters_and_cells_are_taken():
    assert point(FALL | {"radius": 2.0}, "open").method.walkers == 500
    assert point(FALL | {"pressure": 1.0}, "periodic").method.sweeps == 100
