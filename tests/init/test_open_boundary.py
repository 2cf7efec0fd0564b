"""In an open boundary potentials have no cut-off unless one is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.campaign_files import run, write
from workspace_schema.campaign import read_campaign
from workspace_schema.potentials.pair_potential import NO_CUT

CLUSTER: dict[str, Any] = {
    "name": "cluster",
    "system": {"dimensions": 3, "boundary": "open", "particles": {"A": 31}},
    "potential": {"form": "lennard_jones"},
    "method": {"name": "basin_hopping", "hops": 10},
}


def cut_offs(folder: Path, **changes: Any) -> list[Any]:
    """Cut-offs of the potentials of the first point."""
    campaign = read_campaign(write(folder / "c.yaml", CLUSTER | changes))
    potential = campaign.points[0].statepoint["potential"]
    pairs = potential.get("pairs", {}).values()
    return [block.get("r_cut") for block in (potential, *pairs)]


@pytest.mark.parametrize(
    ("potential", "expected"),
    [
        ({"form": "lennard_jones"}, NO_CUT),
        ({"form": "lennard_jones", "r_cut": "none"}, NO_CUT),
        ({"form": "lennard_jones", "r_cut": "None"}, NO_CUT),
        ({"form": "yukawa", "r_cut": ["none", 3.0]}, NO_CUT),
        ({"form": "lennard_jones", "r_cut": 2.5}, 2.5),
        ({"form": "lennard_jones", "r_cut": 3, "truncation": "shift"}, 3.0),
        ({"form": "wca"}, None),
        ({"form": "expression", "formula": "1/r**12", "r_cut": "none"}, NO_CUT),
        ({"form": "lennard_jones", "pairs": {"A-A": {"form": "morse"}}}, NO_CUT),
        ({"form": "lennard_jones", "pairs": {"A-A": {"form": "morse", "r_cut": 4}}}, 4.0),
    ],
)
def test_cut_offs(tmp_path: Path, potential: dict[str, Any], expected: float | None) -> None:
    assert cut_offs(tmp_path, potential=potential) == [expected]


def test_mixtures(tmp_path: Path) -> None:
    system = CLUSTER["system"] | {"particles": {"A": 4, "B": 4}}
    potential = {
        "form": "lennard_jones",
        "types": {"B": {"sigma": 0.5}},
        "pairs": {"A-B": {"form": "yukawa"}},
    }
    assert cut_offs(tmp_path, system=system, potential=potential) == [NO_CUT, NO_CUT]


def test_a_periodic_boundary_has_the_default(tmp_path: Path) -> None:
    system = {"dimensions": 3, "particles": {"A": 31}}
    method = CLUSTER["method"] | {"pressure": 1.0}
    assert cut_offs(tmp_path, system=system, method=method) == [2.5]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"potential": {"form": "lennard_jones", "truncation": "shift"}},
            "r_cut is missing; expected a number in an open boundary, because truncation is shift",
        ),
        (
            {"potential": {"form": "lennard_jones", "sigma": 20}},
            "r_cut is missing; expected a number in an open boundary, because sigma is 20: without",
        ),
        (
            {"potential": {"form": "lennard_jones", "types": {"A": {"r_cut": 3}}}},
            "r_cut is missing; types.A has one in an open boundary",
        ),
        (
            {
                "system": {"dimensions": 3, "particles": {"A": 31}},
                "potential": {"form": "lennard_jones", "r_cut": "none"},
                "method": CLUSTER["method"] | {"pressure": 1.0},
            },
            "got 'none'; expected a number, because system.boundary is periodic",
        ),
    ],
)
def test_refused(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    file = write(tmp_path / "c.yaml", CLUSTER | changes)
    status, out, err = run(file, "--root", tmp_path / "root")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert expected in err
    assert ": potential" in err


def test_jobs_with_the_former_default_are_not_left_silently(tmp_path: Path) -> None:
    root = tmp_path / "root"
    file = write(
        tmp_path / "c.yaml", CLUSTER | {"potential": {"form": "lennard_jones", "r_cut": 2.5}}
    )
    run(file, "--root", root)  # as the same file without r_cut made it before
    write(file, CLUSTER)
    status, out, err = run(file, "--root", root)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "the number to go on with them, or none to have others" in err
    write(file, CLUSTER | {"potential": {"form": "lennard_jones", "r_cut": "none"}})
    assert "1 new, 0 there before" in run(file, "--root", root)[1]
    write(file, CLUSTER)  # now it is clear what it means
    assert "no change" in run(file, "--root", root)[1]
