"""One figure, one protocol: what differs is a panel, a column, or of another file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.phase_diagram import read_table
from operations.jobs import document
from operations.results.aggregate import make_table, write_parquet
from operations.results.protocol import ARRANGEMENT, arrange, said_by_table
from tests.campaign_files import CAMPAIGN, FORWARD, run, write
from workspace_schema.history import former_jobs

AXES = ["potential.epsilon", "potential.sigma"]


@pytest.fixture
def table(tmp_path: Path) -> Any:
    """Function that makes a campaign and gives back its root and its table."""

    def make(axes: list[str], **changes: Any) -> tuple[Path, pd.DataFrame]:
        document.project_document.cache_clear()
        file = write(tmp_path / "a.yaml", CAMPAIGN | {"axes": axes} | changes)
        status, _, err = run(file, "--root", tmp_path / "root")
        assert status == 0, err
        return tmp_path / "root", make_table(tmp_path / "root", axes)

    return make


def test_steps_that_differ_at_one_point_are_panels(table: Any) -> None:
    root, found = table(AXES, method=FORWARD | {"steps": [1000, 2000]})
    assert len(found) == 24
    said = found.attrs[ARRANGEMENT]
    assert said["axes"] == AXES
    assert said["panels"] == ["method.steps"]
    assert sorted(set(found["method.steps"])) == [1000, 2000]
    assert "method.steps" not in said["conditions"]["forward"]
    assert said["conditions"]["forward"]["method.kT"] == 0.5
    write_parquet(root, found)
    assert read_table(root).attrs == found.attrs


def test_what_follows_from_the_axes_is_a_column(table: Any) -> None:
    changes = {"method": FORWARD | {"steps": [1000, 2000]}}
    changes["zip"] = [["potential.epsilon", "method.steps"]]
    _, found = table(AXES, **changes)
    said = found.attrs[ARRANGEMENT]
    assert (said["panels"], said["follows"]) == ([], ["method.steps"])
    assert set(zip(found["potential.epsilon"], found["method.steps"], strict=True)) == {
        (1.0, 1000),
        (2.0, 2000),
    }


def test_replicas_and_axes_are_no_protocol(table: Any) -> None:
    _, found = table(AXES)
    said = found.attrs[ARRANGEMENT]
    assert (said["panels"], said["follows"], said["added"]) == ([], [], [])
    assert found["protocol"].nunique() == 1


@pytest.mark.parametrize("assembles", [True, False])
def test_sizes_of_cells_are_no_protocol_beside_what_assembles(table: Any, assembles: bool) -> None:
    cells = {"dimensions": 2, "particles": {"A": [1, 2]}}
    search = {"name": "genetic", "pressure": 0.0}
    changes: dict[str, Any] = {"system": cells, "method": search}
    if assembles:
        liquid = {"dimensions": 2, "particles": {"A": 40}}
        changes = {"system": [liquid, cells], "method": [FORWARD, search]}
        changes["zip"] = [["system", "method"]]
    _, found = table(AXES, **changes)
    said = found.attrs[ARRANGEMENT]
    assert said["panels"] == ([] if assembles else ["system.particles.A"])
    if assembles:
        assert said["conditions"]["forward"]["system.particles.A"] == 40


def test_a_mixture_is_drawn_against_its_composition(table: Any) -> None:
    counts = ["system.particles.A", "system.particles.B"]
    changes = {
        "system": {"dimensions": 2, "particles": {"A": [12, 8, 4], "B": [4, 8, 12]}},
        "potential": {"form": "lennard_jones"},
        "zip": [counts],
    }
    _, found = table(counts, **changes)
    assert found.attrs[ARRANGEMENT]["axes"] == ["system.composition.B"]
    assert sorted(set(found["system.composition.B"])) == [0.25, 0.5, 0.75]
    assert found.attrs[ARRANGEMENT]["conditions"]["forward"]["system.n_particles"] == 16
    assert sorted(set(found["system.particles.B"])) == [4, 8, 12]  # the axes stay columns


def test_all_pairs_of_numbers_are_composition_and_size(table: Any) -> None:
    counts = ["system.particles.A", "system.particles.B"]
    changes = {
        "system": {"dimensions": 2, "particles": {"A": [4, 8], "B": [4, 8]}},
        "potential": {"form": "lennard_jones"},
    }
    _, found = table(counts, **changes)
    assert found.attrs[ARRANGEMENT]["axes"] == ["system.composition.B", "system.n_particles"]


def test_jobs_that_the_file_no_longer_has_are_left_out(table: Any, tmp_path: Path) -> None:
    root, found = table(AXES)
    old = set(found["job_id"])
    root, found = table(AXES, method=FORWARD | {"steps": 2000})
    assert former_jobs(root) == old
    assert len(found) == 12
    assert not old & set(found["job_id"])
    assert found.attrs[ARRANGEMENT]["conditions"]["forward"]["method.steps"] == 2000
    changes = {"method": FORWARD | {"steps": 2000}, "settings": {"former_jobs": "show"}}
    root, found = table(AXES, **changes)
    assert len(found) == 24
    assert found.attrs[ARRANGEMENT]["panels"] == ["method.steps"]
    root, found = table(AXES)  # the first file again: its jobs are back
    assert set(found["job_id"]) == old


def test_tables_of_several_roots_are_arranged_together(table: Any) -> None:
    _, one = table(AXES)
    _, other = table(AXES, method=FORWARD | {"steps": 2000})
    plain = [said_by_table(each) for each in (one, other)]
    whole = pd.concat([each for each, _ in plain], ignore_index=True)
    found = arrange(whole, AXES, [said for _, each in plain for said in each])
    assert found.attrs[ARRANGEMENT]["panels"] == ["method.steps"]
