"""A product that is not as it was written, or is of a sister job, is seen."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from operations.jobs.files import read_json, write_product
from operations.jobs.seal import broken, sealed

RESULT = {"energy_per_particle": -2.5, "n": (1, 2), "text": "ä", "large": 2**70, "none": None}


@pytest.fixture
def job(tmp_path: Path) -> Path:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "final.gsd").write_bytes(bytes(range(256)))
    write_product(folder / "result.json", sealed(RESULT, folder, ("final.gsd", "thermo.npz")))
    return folder


def test_as_written(job: Path) -> None:
    content = read_json(job / "result.json")
    assert broken(content, job) == ""
    assert list(content["sha256"]) == ["final.gsd"]  # thermo.npz is not there
    again = sealed(content | {"energy_per_particle": 0.0}, job, ("final.gsd",))
    assert broken(again, job) == ""


def test_products_of_before_have_no_seal(job: Path) -> None:
    assert broken(RESULT, job) == ""
    assert broken({}, job) == ""


def test_files_beside_it(job: Path) -> None:
    content = read_json(job / "result.json")
    (job / "final.gsd").write_bytes(bytes(range(255)) + b"x")
    assert broken(content, job) == "was written with another final.gsd"
    assert broken(content, job, files=False) == ""
    (job / "final.gsd").unlink()
    assert "cannot be read" in broken(content, job)
    (job / "final.gsd").symlink_to("result.json")
    assert "a link, which is not followed" in broken(content, job)


def test_a_file_of_a_terabyte_is_not_read(job: Path) -> None:
    """Sparse: nothing on the disk, an hour to read."""
    content = read_json(job / "result.json")
    os.truncate(job / "final.gsd", 1 << 40)
    assert "final.gsd that cannot be read: more than" in broken(content, job)
    assert sealed(RESULT, job, ("final.gsd",))["sha256"] == {}


def test_a_sister(job: Path) -> None:
    sister = job.rename(job.parent / "b")
    assert broken(read_json(sister / "result.json"), sister) == "is of the job a"


def test_every_flipped_bit(job: Path) -> None:
    """Whatever can still be read says the same, or is seen."""
    file = job / "result.json"
    whole = file.read_bytes()
    expected = read_json(file)
    draw = random.Random(3)
    n_seen = 0
    for _ in range(1000):
        flipped = bytearray(whole)
        flipped[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        file.write_bytes(flipped)
        try:
            content = read_json(file)
        except ValueError:
            continue
        if broken(content, job):
            n_seen += 1
        else:
            assert content == expected
    assert n_seen > 300


@pytest.mark.parametrize("key", ["job_id", "sha256", "seal"])
@pytest.mark.parametrize("value", [None, 3, [], {"final.gsd": None}, "x"])
def test_a_seal_that_is_none(job: Path, key: str, value: object) -> None:
    content = json.loads((job / "result.json").read_text()) | {key: value}
    assert broken(content, job)
    del content[key]
    assert broken(content, job)


def test_a_job_that_a_migration_has_moved_keeps_its_products(tmp_path: Path) -> None:
    """They know of which job they are by the id that it had."""
    old, new = (tmp_path / (digit * 32) for digit in "ab")
    old.mkdir()
    content = sealed({"kT": 1.0}, old, ())
    old.rename(new)
    assert broken(content, new) == f"is of the job {old.name}"
    (new / "signac_job_document.json").write_text(json.dumps({"former": [old.name]}))
    assert broken(content, new) == ""
