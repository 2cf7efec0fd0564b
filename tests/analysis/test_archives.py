"""Archives of arrays: what is too large, or says it is, is not unpacked."""

from __future__ import annotations

import os
import pickle
import random
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from analysis.archives import read_arrays


def bomb(path: Path, megabytes: int, shape: int | None = None) -> Path:
    """Zeros that unpack to so many megabytes; the header may say another number of them."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.npy", "w", force_zip64=True) as stream,
    ):
        shape = megabytes << 17 if shape is None else shape
        header = {"descr": "<f8", "fortran_order": False, "shape": (shape,)}
        np.lib.format.write_array_header_1_0(stream, header)
        for _ in range(megabytes):
            stream.write(bytes(1 << 20))
    return path


def test_as_written(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.array("text"), "c": np.zeros((0, 3))}
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    found = read_arrays(tmp_path / "a.npz")
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize("shape", [None, 1 << 50])
def test_what_is_too_large_takes_no_memory(tmp_path: Path, shape: int | None) -> None:
    path = bomb(tmp_path / "a.npz", 300 if shape is None else 1, shape)
    assert path.stat().st_size < 400_000
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"expected at most|larger than it is"):
        read_arrays(path, 200 << 20)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> object:
            return os.mkdir, (str(tmp_path / "canary"),)

    np.savez(tmp_path / "a.npz", a=np.array([Trap()], dtype=object))
    assert b"canary" in (tmp_path / "a.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("a.npy", pickle.dumps(Trap()))
    for name in "ab":
        with pytest.raises(ValueError, match="cannot be read"):
            read_arrays(tmp_path / f"{name}.npz")
    assert not (tmp_path / "canary").exists()


def test_links_and_pipes(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros(3))
    (tmp_path / "link").symlink_to("a.npz")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "nothing", "."):
        with pytest.raises((OSError, ValueError)):
            read_arrays(tmp_path / name)


def test_damaged_ones_say_so(tmp_path: Path) -> None:
    """Cut short or with flipped bits: the arrays as they were, or a ValueError."""
    arrays = {"a": np.arange(100), "b": np.random.default_rng(1).random((5, 5))}
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    whole = (tmp_path / "a.npz").read_bytes()
    draw, n_wrong = random.Random(2), 0
    for k in range(400):
        content = bytearray(whole)
        if k % 4 == 0:
            del content[draw.randrange(len(whole)) :]
        else:
            content[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        (tmp_path / "b.npz").write_bytes(content)
        try:
            found = read_arrays(tmp_path / "b.npz")
        except ValueError:
            n_wrong += 1
            continue
        for name in arrays.keys() & found.keys():
            assert np.array_equal(found[name], arrays[name])
    assert n_wrong > 200
