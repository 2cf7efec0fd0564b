"""Files that cannot be read in a bounded time, or are no text."""

import gzip
import os

import gsd.hoomd
import numpy as np
import pytest

from analysis.formats import file, read_configuration, read_contents
from analysis.prototypes import crystal


def refused(path, reason, dimensions=3):
    with pytest.raises(ValueError, match=rf"{path.name} .*{reason}"):
        read_configuration(path, dimensions)


def test_what_is_no_ordinary_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.xyz")
    (tmp_path / "folder.xyz").mkdir()
    (tmp_path / "zero.xyz").symlink_to("/dev/zero")
    for name in ("pipe.xyz", "folder.xyz", "zero.xyz"):
        refused(tmp_path / name, "is no ordinary file")


def test_what_is_too_large(tmp_path, monkeypatch):
    with open(tmp_path / "sparse.xyz", "wb") as stream:
        stream.truncate(10**12)
    refused(tmp_path / "sparse.xyz", "too large: expected at most 2000 MB, got 1000000 MB")
    monkeypatch.setattr(file, "LARGEST", 10**6)
    (tmp_path / "bomb.dump.gz").write_bytes(gzip.compress(bytes(10**7)))
    refused(tmp_path / "bomb.dump.gz", "expected at most 1 MB, got more than that unpacked")


@pytest.mark.parametrize("name", ["a.md", "a.npz", "a.json", "a"])
def test_what_is_of_no_known_kind(tmp_path, name):
    (tmp_path / name).write_bytes(b"# hello\n")
    refused(tmp_path / name, "cannot be read as")


def test_types_that_ase_cannot_have(tmp_path):
    (tmp_path / "a.res").write_text(
        "TITL a\nCELL 1.0 5 5 5 90 90 90\nSFAC Qq\nQq 1 0.0 0.0 0.0 1.0\nEND\n"
    )
    refused(tmp_path / "a.res", "write extended XYZ, where they have any name")


def test_a_torn_gsd(tmp_path):
    with gsd.hoomd.open(str(tmp_path / "a.gsd"), "w") as stream:
        stream.append(crystal("sc", 3, 1.0).to_frame())
    content = (tmp_path / "a.gsd").read_bytes()
    (tmp_path / "a.gsd").write_bytes(content[: len(content) // 3])
    refused(tmp_path / "a.gsd", "cannot be read as .gsd")


def test_a_plane_with_heights_is_refused(tmp_path):
    frame = crystal("square", (5, 5), 1.0).to_frame()
    frame.particles.position = frame.particles.position + np.outer(np.arange(25), [0, 0, 0.1])
    with gsd.hoomd.open(str(tmp_path / "a.gsd"), "w") as stream:
        stream.append(frame)
    refused(tmp_path / "a.gsd", "two dimensions, but z goes from 0 to 2.4", 2)


def test_shapes_that_cannot_be_read_are_noted(tmp_path):
    frame = crystal("sc", 3, 1.0).to_frame()
    frame.particles.types = ["cube", "other", "depletant"]
    frame.particles.orientation = [[1, 0, 0, 0]] * 27
    corners = [[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    frame.particles.type_shapes = [
        {"type": "ConvexPolyhedron", "vertices": corners},
        {"type": "Sphere"},
        {"type": "ConvexPolyhedron", "vertices": [], "rounding_radius": 0.1},
    ]
    with gsd.hoomd.open(str(tmp_path / "a.gsd"), "w") as stream:
        stream.append(frame)
    found = read_contents(tmp_path / "a.gsd", 3)
    assert found.notes == ["the shape of type other is damaged and left out"]
    assert [bool(shape) for shape in found.frames[-1].type_shapes] == [True, False, True]
