"""Crystals that free energies are asked of, by label or job."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaign_files import run, write

JOB = "0123456789abcdef" * 2


def campaign(
    phase: dict[str, str] | str, n: int = 48, dimensions: int = 3, **blocks: object
) -> dict:
    method = {"name": "free_energy", "phase": phase, "number_density": blocks.pop("density", 1.0)}
    system = {"dimensions": dimensions, "particles": {"A": n}}
    return {"name": "phases", "system": system, "method": method} | blocks


SOFT = {"potential": {"form": "lennard_jones", "r_cut": 1.5}}
HARD = {"A": {"form": "hard_sphere"}}


KINDS = "expected fluid, {lattice: fcc}, {label: hcp}, {job: ID} or {plastic: fcc}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (campaign("fcc", **SOFT), f"method.phase: got 'fcc'; {KINDS}"),
        (campaign({"jobs": JOB}, **SOFT), f"method.phase: got {{'jobs': '{JOB}'}}; {KINDS}"),
        (
            campaign({"lattice": "fcc", "label": "hcp"}, **SOFT),
            f"method.phase: got {{'lattice': 'fcc', 'label': 'hcp'}}; {KINDS}",
        ),
        (
            campaign({"job": "abc"}, **SOFT),
            "method.phase.job: got 'abc'; expected the id of a job, 32 hexadecimal digits",
        ),
        (campaign({"label": "foam"}, **SOFT), "method.phase.label: got foam; expected one of A15"),
        (
            campaign({"label": "hcp"}, dimensions=2, **SOFT),
            "method.phase: hcp has 3 dimensions; expected 2, as system.dimensions",
        ),
        (
            campaign({"label": "hcp"}, n=50, **SOFT),
            "method.phase: 50 particles fill no whole cells of hcp; expected 48",
        ),
    ],
)
@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_crystals_that_cannot_be_are_refused(tmp_path: Path, content, said, words) -> None:
    file, root = write(tmp_path / "campaign.yaml", content), tmp_path / "root"
    status, _, error = run(file, "--root", root, *words)
    assert status == 1
    assert error.startswith(f"{file}:")
    assert f" {said}" in error
    assert not root.exists()


def test_spheres_that_overlap_on_a_label_are_refused(tmp_path: Path) -> None:
    content = campaign({"label": "A15"}, n=64, density=1.2)
    content["system"]["building_blocks"] = HARD
    status, _, error = run(write(tmp_path / "campaign.yaml", content), "--root", tmp_path / "root")
    assert status == 1
    assert "method.number_density: got 1.2; expected less than 1, where spheres touch" in error


def test_a_job_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    file = write(tmp_path / "campaign.yaml", campaign({"job": JOB}, **SOFT))
    status, _, error = run(file, "--root", tmp_path / "root")
    assert status == 0
    assert f"warning: {file}: method.phase.job: {JOB} is no job of this root" in error
