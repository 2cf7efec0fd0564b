"""What result.json says, whatever the method."""

from __future__ import annotations

from dataclasses import fields

import pytest

from operations.jobs.result import QUANTITIES, Result

KNOWN = {"n_particles": 8, "seed": 3, "wall_seconds": 1.5, "energy_evaluations": 70}


def test_every_result_has_the_same_keys() -> None:
    result = Result.of_search(**KNOWN, energy_per_particle=-1.0).more(hops=7)
    content = result.to_json()
    kept = {one.name for one in fields(Result)} - {"details", "rows", "packages"}
    assert content.keys() == kept | {"versions", "hops"}
    assert (content["engine"], content["device"], content["hops"]) == ("numba", "cpu", 7)
    assert content["kT"] is None
    assert set(QUANTITIES) < content.keys()
    assert content["versions"].keys() == {"numpy", "numba", "gsd", "signac"}


def test_details_do_not_hide_attributes() -> None:
    with pytest.raises(ValueError, match="pressure"):
        Result.of_search(**KNOWN).more(pressure=1.0).to_json()


def test_several_rows() -> None:
    ladder = [{"method.kT": kT, "energy_per_particle": -kT} for kT in (0.1, 0.2)]
    result = Result.of_search(**KNOWN, rows=ladder)
    assert result.to_json()["rows"] == ladder
