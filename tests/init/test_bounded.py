"""Campaign files, and files they name, that never end: refused in seconds, and nothing written."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import init
from tests.campaign_files import CAMPAIGN, FORWARD, grid, run, write
from workspace_schema.campaign import read_campaign
from workspace_schema.points import Point

SECONDS = 20
BYTES = 2 << 30
HARD: dict[str, Any] = {
    "name": "hard",
    "system": {
        "dimensions": 3,
        "particles": {"A": 64},
        "building_blocks": {"A": {"form": "hard_sphere", "diameter": 1.0}},
    },
    "method": {"name": "monte_carlo", "number_density": 0.2, "steps": 100},
}


def refused(file: Path, root: Path) -> str:
    """What init.py says, in a process of its own that has little time and memory."""
    done = subprocess.run(
        [sys.executable, str(init.REPOSITORY / "init.py"), str(file), "--root", str(root)],
        capture_output=True,
        timeout=SECONDS,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES)),
    )
    lines = done.stderr.decode().strip().split("\n")
    assert (done.returncode, done.stdout, len(lines)) == (1, b"", 1), done.stderr
    assert not root.exists()
    return lines[0]


def never_ends(folder: Path) -> list[Path]:
    os.mkfifo(folder / "fifo")
    with (folder / "sparse").open("wb") as stream:
        stream.truncate(1 << 38)
    (folder / "loop").symlink_to("loop")
    return [Path("/dev/zero"), folder / "fifo", folder, folder / "sparse", folder / "loop"]


def test_campaign_files(tmp_path: Path) -> None:
    reasons = ["not a regular", "not a regular", "Is a directory", "larger than", "symbolic links"]
    for file, reason in zip(never_ends(tmp_path), reasons, strict=True):
        assert reason in refused(file, tmp_path / "root")


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 250_000,
        "a: " + "{a: " * 60_000,
        "- " * 120_000,
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"a{i}: &a{i} [{', '.join(['*a' + str(i - 1) * (i > 0)] * 9)}]\n" for i in range(9)
        ),
        "[" * 10**6,
        "a: '" + "x" * 10**7 + "'",
    ],
)
def test_nested_and_unfolding_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    found = refused(tmp_path / "c.yaml", tmp_path / "root")
    assert "nested deeper" in found or "unfolds to" in found or "larger than" in found


def test_files_that_campaigns_name(tmp_path: Path) -> None:
    for file in [*never_ends(tmp_path), tmp_path / "none"]:
        for changes in (
            {"potential": {"form": "table", "file": str(file)}},
            {"method": {"name": "imported", "files": [str(file)]}},
            {"method": FORWARD | {"start": {"file": str(file)}}},
        ):
            campaign = write(tmp_path / "c.yaml", CAMPAIGN | changes)
            status, out, err = run(campaign, "--root", tmp_path / "root")
            assert (status, out, err.count("\n")) == (1, "", 1)
            assert ": potential.file: table" in err or ": method." in err
            assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("diameter", [1e300, -1e300, 1e-300, 10**400, float("inf"), "1e300"])
def test_sizes_of_bodies(tmp_path: Path, diameter: Any) -> None:
    system = HARD["system"] | {"building_blocks": {"A": {"form": "hard_sphere"}}}
    system["building_blocks"]["A"]["diameter"] = diameter
    file = write(tmp_path / "c.yaml", HARD | {"system": system})
    assert "system.building_blocks.A.diameter: got" in refused(file, tmp_path / "root")


def test_thousands_of_types(tmp_path: Path) -> None:
    particles = {f"T{number}": 1 for number in range(3000)}
    file = write(
        tmp_path / "c.yaml", CAMPAIGN | {"system": {"dimensions": 2, "particles": particles}}
    )
    assert refused(file, tmp_path / "root").endswith(
        "system.particles: got a mapping of 3000 keys; expected at most 50 keys"
    )
    types = {name: {"sigma": 1.0} for name in particles}
    potential = {"form": "lennard_jones", "types": types}
    file = write(tmp_path / "c.yaml", CAMPAIGN | {"potential": potential})
    assert "potential.types: got a mapping of 3000 keys" in refused(file, tmp_path / "root")


def test_text_that_no_encoding_has(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text('name: "\\ud800"\n"\\udc00": 1\n')
    status, _, err = run(file, "--root", tmp_path / "root")
    assert status == 1
    assert "1: name: half of a surrogate pair" in err
    err.encode()
    file.write_bytes(b"name: caf\xe9\n")
    assert "not UTF-8 text" in refused(file, tmp_path / "root")


def test_names_of_files_in_another_encoding(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    (folder / os.fsdecode(b"\xe9.gsd")).write_bytes(b"no GSD")
    (folder / os.fsdecode(b"\xe9.xyz")).write_bytes(b"1\n\nA 0 0 0\n")
    data = {"name": "files", "system": {"dimensions": 3}, "method": {"name": "imported"}}
    file = write(folder / "c.yaml", data | {"method": {"name": "imported", "files": ["*.gsd"]}})
    assert "café/c.yaml:" in refused(file, tmp_path / "root")
    write(file, data | {"method": {"name": "imported", "files": ["*.xyz"]}})
    assert [point.source for point in read_campaign(file).points] == ["é.xyz"]
    done = subprocess.run(
        [sys.executable, str(init.REPOSITORY / "init.py"), file, "--root", folder / "root"],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_points_are_looked_at_one_by_one(tmp_path: Path) -> None:
    method = FORWARD | {"production_steps": [10, 30, 20]}
    file = write(tmp_path / "c.yaml", CAMPAIGN | {"method": method})
    kept, seen = read_campaign(file), []
    looked: Any = seen.append
    campaign = read_campaign(file, looked)
    assert campaign.points == []
    assert campaign.n_points == len(seen) == len(kept.points) == 12
    assert campaign.n_repeated == kept.n_repeated == 24
    assert [point.job_id for point in seen] == [point.job_id for point in kept.points]
    first: Point = seen[0]
    assert first.extent == {"production_steps": 10}
    assert campaign.longer[first.job_id] == kept.points[0].extent == {"production_steps": 30}


@pytest.mark.drill
def test_a_million_points_take_little_memory(tmp_path: Path) -> None:
    file = write(tmp_path / "c.yaml", grid(1000, 1000))
    done = subprocess.run(
        [
            sys.executable,
            str(init.REPOSITORY / "init.py"),
            file,
            "--dry-run",
            "--root",
            tmp_path / "r",
        ],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, 300 << 20)),
    )
    assert "1000000 new" in done.stdout  # 140 MB at most, 2 minutes of a core of 2020
