"""Campaigns of jobs that could only fail: the error names the key, and nothing is written."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from tests.campaign_files import CAMPAIGN, FORWARD, run, write
from tests.conftest import merge

HARD: dict[str, Any] = {
    "name": "hard",
    "system": {
        "dimensions": 3,
        "particles": {"A": 64},
        "building_blocks": {"A": {"form": "hard_sphere"}},
    },
    "method": {"name": "monte_carlo", "number_density": 0.2, "steps": 100},
}
SPHERES = {"start": "fcc", "number_density": 1.0}


def refused(folder: Path, data: dict[str, Any]) -> str:
    """What init.py says of a campaign that it refuses: ``LINE: KEY: …``, one line a problem."""
    file = write(folder / "campaign.yaml", data)
    status, out, err = run(file, "--root", folder / "root")
    assert (status, out) == (1, "")
    assert not (folder / "root").exists()
    assert {path.name for path in folder.iterdir()} == {"campaign.yaml"}
    lines = err.strip().split("\n")
    assert all(line.startswith(f"{file}:") for line in lines)
    return "\n".join(line.removeprefix(f"{file}:") for line in lines)


def made(folder: Path, data: dict[str, Any]) -> None:
    file = write(folder / "campaign.yaml", data)
    status, _, err = run(file, "--root", folder / "root")
    assert status == 0, err


def test_particles_that_do_not_fill_a_lattice(tmp_path: Path) -> None:
    spheres = merge(HARD, {"system": {"particles": {"A": 250}}, "method": SPHERES})
    assert refused(tmp_path, spheres) == (
        "13: method.start: fcc has 256 sites in a box for 250 particles; expected a number that"
        " fills it, such as 108, 256 or 500"
    )
    made(tmp_path, merge(spheres, {"system": {"particles": {"A": 256}}}))


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (FORWARD | {"start": "hexagonal"}, "hexagonal has 16 sites in a box for 15 particles"),
        (
            {"name": "annealing", "start": "square", "number_density": 1.0},
            "square has 16 sites in a box for 15 particles; expected a number that fills it, such"
            " as 9, 16 or 25",
        ),
    ],
)
def test_lattices_of_other_methods(tmp_path: Path, method: dict[str, Any], expected: str) -> None:
    system = {"dimensions": 2, "particles": {"A": 10, "B": 5}}
    found = refused(tmp_path, CAMPAIGN | {"system": system, "method": method})
    assert f"method.start: {expected}" in found
    assert len(found.split("\n")) == 1


def test_a_cluster_need_not_fill_a_lattice(tmp_path: Path) -> None:
    system = {"dimensions": 3, "boundary": "open", "particles": {"A": 13}}
    made(tmp_path, CAMPAIGN | {"system": system, "method": FORWARD | {"start": "fcc"}})


def test_axes_are_named_with_the_point(tmp_path: Path) -> None:
    axes = {"start": ["random", "sc", "fcc"], "number_density": [0.5, 1.0]}
    assert "method.start[2]: fcc has 72 sites in a box for 64 particles" in refused(
        tmp_path, merge(HARD, {"method": axes})
    )
    counts = merge(HARD, {"system": {"particles": {"A": [256, 500, 400, 250]}}, "method": SPHERES})
    assert "method.start: fcc has 256 sites in a box for 250" in refused(tmp_path, counts)


TRIMER = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0], [0, 0, 1]]}
FLAT = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0], [0, 1, 0]]}
POLYGON = {"form": "hard_polygon", "sides": 5}
PATCHY = {"form": "kern_frenkel", "patches": {"P": {"half_angle": 0.5, "directions": "pole"}}}
TETRAHEDRON = [[0, 0, 0], [3, 0, 0], [0, 3, 0], [0, 0, 3]]


@pytest.mark.parametrize(
    ("dimensions", "block", "expected"),
    [
        (2, TRIMER, "A.centers: expected vectors in the plane, z = 0, because dimensions is 2"),
        (2, PATCHY, "A.patches.P.directions: expected vectors in the plane, z = 0"),
        (2, [FLAT, POLYGON, TRIMER], "A[2].centers: expected vectors in the plane, z = 0"),
        (
            3,
            {"form": "hard_polyhedron", "vertices": [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]]},
            "A.vertices: expected corners that enclose a volume",
        ),
        (
            3,
            [
                {"form": "hard_polyhedron", "name": "cube"},
                {"form": "hard_polyhedron", "vertices": [*TETRAHEDRON, [0.5, 0.5, 0.5]]},
            ],
            "A[1].vertices: [0.5, 0.5, 0.5] is no corner of what the others enclose",
        ),
        (
            2,
            {"form": "hard_polygon", "vertices": [[0, 0], [0.1, 0.7], [0.3, 2.1]]},
            "A.vertices: expected the corners of a polygon whose edges turn at every corner",
        ),
    ],
)
def test_bodies_that_are_none(tmp_path: Path, dimensions: int, block: Any, expected: str) -> None:
    system = {"dimensions": dimensions, "particles": {"A": 64}, "building_blocks": {"A": block}}
    found = refused(tmp_path, HARD | {"system": system})
    assert f": system.building_blocks.{expected}" in found
    assert len(found.split("\n")) == 1


def test_polygons_and_unions_of_disks_in_one_system(tmp_path: Path) -> None:
    blocks = {"A": POLYGON, "B": [{"form": "hard_sphere"}, FLAT]}
    system = {"dimensions": 2, "particles": {"A": 32, "B": 32}, "building_blocks": blocks}
    method = {"number_density": 0.1}
    assert refused(tmp_path, merge(HARD, {"method": method}) | {"system": system}).endswith(
        ": method.name: monte_carlo has no hard_polygon and sphere_union in one system; expected"
        " one of the two forms"
    )
    blocks["B"].pop()
    made(tmp_path, merge(HARD, {"method": method}) | {"system": system})


def test_concave_polygons_and_disks_in_one_system(tmp_path: Path) -> None:
    concave = {"form": "hard_polygon", "vertices": [[0, 0], [1, 2], [0, 0.7], [-1, 2]]}
    blocks = {"A": concave, "B": [POLYGON, POLYGON | {"rounding": 0.1}, {"form": "hard_sphere"}]}
    system = {"dimensions": 2, "particles": {"A": 32, "B": 32}, "building_blocks": blocks}
    method = {"number_density": 0.1}
    found = refused(tmp_path, merge(HARD, {"method": method}) | {"system": system}).split("\n")
    for line in found:
        assert "monte_carlo has no concave polygons and disks or rounded polygons in one" in line
    blocks["B"] = POLYGON
    made(tmp_path, merge(HARD, {"method": method}) | {"system": system})


def test_soft_bodies_that_are_concave(tmp_path: Path) -> None:
    concave = {"form": "hard_polygon", "vertices": [[0, 0], [1, 2], [0, 0.7], [-1, 2]]}
    block = {"form": "anisotropic_lennard_jones", "shape": concave}
    system = {"dimensions": 2, "particles": {"A": 32}, "building_blocks": {"A": block}}
    method = {"name": "forward", "number_density": 0.1, "kT": 1.0, "steps": 10}
    assert "A.shape.vertices: expected the corners of a convex polygon" in refused(
        tmp_path, {"name": "x", "system": system, "method": method}
    )


def test_ellipsoids_and_cubes_in_one_system(tmp_path: Path) -> None:
    cube = {"form": "hard_polyhedron", "name": "cube"}
    blocks = {"A": {"form": "hard_ellipsoid", "aspect": 2}, "B": [{"form": "hard_sphere"}, cube]}
    system = {"dimensions": 3, "particles": {"A": 32, "B": 32}, "building_blocks": blocks}
    method = {"number_density": 0.1}
    assert refused(tmp_path, merge(HARD, {"method": method}) | {"system": system}).endswith(
        ": method.name: monte_carlo has no hard_ellipsoid and hard_polyhedron in one system;"
        " expected ellipsoids and spheres"
    )
    blocks["B"].pop()
    made(tmp_path, merge(HARD, {"method": method}) | {"system": system})


def test_patches_on_a_gpu(tmp_path: Path) -> None:
    blocks = {"A": [{"form": "hard_sphere"}, PATCHY]}
    patchy = HARD | {"system": HARD["system"] | {"building_blocks": blocks}}
    found = refused(tmp_path, patchy | {"settings": {"frames": 3, "device": "gpu"}})
    assert found.endswith(
        ": settings.device: got 'gpu'; HOOMD-blue has kern_frenkel on the CPU only, expected auto"
        " or cpu"
    )
    made(tmp_path, patchy | {"settings": {"device": "auto"}})


CELLS = {"name": "annealing", "dynamics": "mc", "pressure": 1.0, "chains": 1, "sweeps": 10}


LADDER = {
    "name": "replica_exchange",
    "number_density": 0.5,
    "steps": 10_000,
    "coldest": 1.0,
    "hottest": 2.0,
}


@pytest.mark.parametrize(
    ("engine", "method"),
    [("lammps", FORWARD), *((engine, LADDER) for engine in ("lammps", "batched"))],
)
def test_engines_of_the_cpu_on_a_gpu(tmp_path: Path, engine: str, method: dict[str, Any]) -> None:
    settings = {"settings": {"engine": engine, "device": "gpu"}}
    found = refused(tmp_path, CAMPAIGN | settings | {"method": method})
    assert found.endswith(
        f": settings.device: got 'gpu'; engine: {engine} runs {method['name']} on the CPU here,"
        " expected engine: hoomd (or auto), or device: cpu"
    )


def test_cells_with_engine_and_device_that_they_do_not_use(tmp_path: Path) -> None:
    settings = {"settings": {"engine": "lammps", "device": "gpu"}}
    system = {"dimensions": 2, "particles": {"A": 2}}
    made(tmp_path, CAMPAIGN | {"system": system, "method": CELLS} | settings)
    (job, *_) = (tmp_path / "root" / "workspace").iterdir()
    assert (job / ".cpu").exists()
    assert (job / ".annealing").exists()


def test_large_generations_on_a_gpu(tmp_path: Path) -> None:
    """A mark of those that fill one, and of no others: no job of an older root lacks a file."""
    system = {"dimensions": 2, "particles": {"A": 2}}
    method = {"name": "genetic", "population": [16, 512]}
    made(tmp_path, CAMPAIGN | {"system": system, "method": method, "replicas": 1})
    marked = {}
    for job in (tmp_path / "root" / "workspace").iterdir():
        point = json.loads((job / "signac_statepoint.json").read_text())
        marked[point["method"]["population"]] = (job / ".gpu").exists()
        assert not (job / ".cpu").exists()
    assert marked == {16: False, 512: True}


def test_jobs_that_wait_for_hoomd_are_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    there = {"hoomd": False}

    def find_spec(name: str, *more: Any) -> Any:
        return there["hoomd"] or None if name == "hoomd" else find(name, *more)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    hard = HARD | {"settings": {"engine": "auto"}}
    for k, (data, there["hoomd"]) in enumerate(((hard, False), (hard, True), (CAMPAIGN, False))):
        file = write(tmp_path / "campaign.yaml", data)
        _, _, err = run(file, "--root", tmp_path / str(k))
        said = "jobs can only be run by HOOMD-blue, which is not installed here; they wait"
        assert (said in err) == (k == 0)


@pytest.mark.parametrize(
    ("method", "idle"),
    [
        ({"name": "genetic", "population": 16}, ["engine: lammps", "device: gpu"]),
        ({"name": "genetic", "population": 512}, ["engine: lammps"]),
    ],
)
def test_settings_that_no_job_asks_for_are_a_warning(
    tmp_path: Path, method: dict[str, Any], idle: list[str]
) -> None:
    system = {"dimensions": 2, "particles": {"A": 2}}
    settings = {"engine": "lammps", "device": "gpu"}
    data = CAMPAIGN | {"system": system, "method": method, "replicas": 1, "settings": settings}
    _, _, err = run(write(tmp_path / "campaign.yaml", data), "--root", tmp_path / "root")
    said = [line for line in err.splitlines() if "no job of this file asks for it" in line]
    assert said == [f"warning: settings.{one}: no job of this file asks for it" for one in idle]


def test_spheres_that_overlap_on_a_lattice(tmp_path: Path) -> None:
    method = {"start": "sc", "number_density": [0.9, 1.0, 1.2]}
    assert refused(tmp_path, merge(HARD, {"method": method})).endswith(
        ": method.number_density[2]: got 1.2; expected at most 1 with start: sc, where spheres of"
        " diameter 1 touch"
    )
    method["number_density"].pop()
    made(tmp_path, merge(HARD, {"method": method}))


DUMBBELL = {"form": "sphere_union", "centers": [[-0.5, 0, 0], [0.5, 0, 0]]}
BODIES = {"system": {"particles": {"A": 300}, "building_blocks": {"A": DUMBBELL}}}
WAVE = {"variable": {"density_wave": 4}, "low": 1, "high": 4, "number_density": 0.8}


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({"method": FORWARD | {"ensemble": "npt", "pressure": 1.0}}, "no npt"),
        ({"system": {"boundary": "open"}}, "no open boundary"),
        ({"system": {"particles": {"A": 5000}}}, "room for 4096 particles, not for 5000"),
        ({"system": {"building_blocks": {"A": DUMBBELL}}}, "no sphere_union"),
        ({"method": WAVE | {"name": "umbrella", "steps": 1000}}, "no bias"),
        (
            {
                "method": {
                    "name": "free_energy",
                    "phase": {"lattice": "hexagonal"},
                    "number_density": 1.0,
                },
                "system": {"particles": {"A": 64}},
            },
            "no springs",
        ),
    ],
)
def test_batched_has_not_everything(tmp_path: Path, changes: dict[str, Any], lacks: str) -> None:
    data = CAMPAIGN | {
        "system": CAMPAIGN["system"] | changes.get("system", {}),
        "method": changes.get("method", FORWARD),
        "settings": {"engine": "batched"},
    }
    found = refused(tmp_path, data)
    assert found.endswith(f"settings.engine: got 'batched', which has {lacks}; expected auto")


@pytest.mark.parametrize(
    ("engine", "data", "lacks"),
    [
        ("lammps", HARD, "no hard_sphere"),
        ("lammps", merge(CAMPAIGN, BODIES), "no sphere_union"),
        ("hoomd", HARD | {"method": WAVE | {"name": "umbrella"}}, "no hard_sphere for umbrella"),
        ("hoomd", merge(CAMPAIGN, {"system": {"boundary": "open"}}), "no open boundary"),
    ],
)
def test_engines_are_not_asked_for_what_they_lack(
    tmp_path: Path, engine: str, data: dict[str, Any], lacks: str
) -> None:
    found = refused(tmp_path, data | {"settings": {"engine": engine}})
    assert f": settings.engine: got {engine!r}, which has {lacks}" in found
    assert found.split(":")[0].isdigit()
    made(tmp_path, data | {"settings": {"engine": "auto"}})


def test_batched_is_not_asked_for_what_needs_no_engine(tmp_path: Path) -> None:
    settings = {"settings": {"engine": "batched"}}
    made(tmp_path, CAMPAIGN | {"method": FORWARD | {"ensemble": "nve", "kT": 1.0}} | settings)
    system = {"dimensions": 3, "boundary": "open", "particles": {"A": 7}}
    search = {"name": "basin_hopping", "hops": 5}
    file = write(
        tmp_path / "other.yaml", CAMPAIGN | {"system": system, "method": search} | settings
    )
    status, _, err = run(file, "--root", tmp_path / "other")
    assert status == 0, err
