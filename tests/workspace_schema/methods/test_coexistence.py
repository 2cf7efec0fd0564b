"""What state points of method coexistence may say."""

from __future__ import annotations

import pytest

from workspace_schema.canonical import canonical
from workspace_schema.statepoint import StatePoint

WORDS = {
    "name": "coexistence",
    "phase": {"lattice": "fcc"},
    "number_density": 1.0,
    "low": 4.0,
    "high": 5.0,
}


def read(method=(), n=512, **system):
    return StatePoint.read(
        {
            "system": {"dimensions": 3, "particles": {"A": n}} | system,
            "potential": {"form": "lennard_jones"},
            "method": WORDS | dict(method),
        },
        {},
    )


def test_what_is_written_is_read() -> None:
    assert read().method.pressures == 5


def test_slabs_that_are_not_pinned_are_the_jobs_that_they_were() -> None:
    assert "pinned" not in canonical(read().method)
    assert canonical(read({"pinned": 4}).method)["pinned"] == 4.0


def spheres(method=(), n=1000, form="hard_sphere", **more):
    return StatePoint.read(
        {
            "system": {
                "dimensions": 3,
                "particles": {"A": n},
                "building_blocks": {"A": {"form": form} | more},
            },
            "method": WORDS | {"number_density": 1.04, "low": 11.0, "high": 12.0} | dict(method),
        },
        {},
    )


def test_hard_spheres_have_no_time_step() -> None:
    point = spheres({"pinned": 4})
    assert "dt" not in point.method.meant(canonical(point.method), point.system)
    assert "dt" in read().method.meant(canonical(read().method), read().system)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"form": "hard_ellipsoid", "aspect": 2.0}, "coexistence cannot treat hard_ellipsoid"),
        ({"method": {"number_density": 1.5}}, "expected less than 1.4142, where spheres of"),
        ({"diameter": 1.2}, "number_density: got 1.04; expected less than 0.8184"),
        ({"n": 8}, "the shortest edge of the crystal is 1.567; expected at least 2.5"),
    ],
)
def test_hard_particles_that_cannot_be_are_refused(words, message) -> None:
    with pytest.raises(ValueError, match=message):
        spheres(**words)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": {"high": 3.0}}, "high: got 3; expected more than low = 4"),
        ({"method": {"pressures": 3}}, "pressures"),
        ({"method": {"low": -1.0}}, "low"),
        ({"method": {"phase": "fluid"}}, "phase"),
        ({"method": {"phase": {"lattice": "square"}}}, "phase.lattice: half of the particles"),
        ({"n": 500}, "phase.lattice: half of the particles are crystal; fcc has"),
        ({"n": 501}, "needs an even number of particles, but got 501"),
        ({"n": 64}, "r_cut: got 2.5; expected less than 1.5874"),
        ({"boundary": "open"}, "needs a periodic box"),
        ({"method": {"pinned": 0.0}}, "pinned"),
        (
            {"method": {"pinned": 4.0, "phase": {"lattice": "hexagonal"}}, "dimensions": 2},
            "pinned: is of three dimensions",
        ),
        ({"particles": {"A": 256, "B": 256}}, "takes one type of particle"),
    ],
)
def test_what_cannot_be_is_refused(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        read(**change)
