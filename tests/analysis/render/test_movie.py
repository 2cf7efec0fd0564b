"""Movies of trajectories, and labels for other viewers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import gsd.hoomd
import numpy as np
import pytest
from PIL import Image

from analysis.colours import phase_style
from analysis.labelling import label_configuration
from analysis.prototypes import crystal
from analysis.render import movie
from analysis.render.__main__ import main
from analysis.render.labelled import write_labelled
from analysis.render.movie import chosen, write_movie


@pytest.fixture
def trajectory(tmp_path: Path) -> Path:
    """A square crystal, and another in a wider box."""
    path = tmp_path / "trajectory.gsd"
    with gsd.hoomd.open(str(path), "w") as file:
        for size in ((8, 8), (12, 8)):
            file.append(crystal("square", size, 1.0).to_frame())
    return path


def test_frames_are_spread_evenly() -> None:
    assert chosen(3) == [0, 1, 2]
    assert chosen(101, 5) == [0, 25, 50, 75, 100]
    assert chosen(0) == []


def test_a_movie_in_the_colours_of_the_labels(trajectory: Path, tmp_path: Path) -> None:
    assert main([str(trajectory), "-o", str(tmp_path / "a.gif"), "--fps", "5"]) == 0
    film = Image.open(tmp_path / "a.gif")
    assert film.n_frames == 2
    assert film.info["duration"] == 200
    pixels = np.asarray(film.convert("RGB")).astype(int)
    near = np.abs(pixels - np.array(phase_style("square").rgb)).max(axis=-1) < 24
    assert near.mean() > 0.3


def test_what_cannot_be_a_movie_is_said(
    trajectory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="expected a name ending in"):
        write_movie([], tmp_path / "a.avi")
    with pytest.raises(ValueError, match="no frames"):
        write_movie([], tmp_path / "a.gif")
    assert main([str(trajectory), "-o", str(tmp_path / "a.gif"), "--fps", "0"]) == 2
    assert "--fps" in capsys.readouterr().err


def test_mp4_without_ffmpeg_says_what_to_do(
    trajectory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movie.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setattr(movie.importlib.util, "find_spec", lambda name: None)
    picture = np.zeros((4, 4, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"MP4 needs ffmpeg.*pip install imageio-ffmpeg.*GIF"):
        write_movie([picture], tmp_path / "a.mp4")
    assert write_movie([picture], tmp_path / "a.gif") == 1


def test_the_program_of_the_package_does_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = ModuleType("imageio_ffmpeg")
    package.get_ffmpeg_exe = lambda: "of the package"  # type: ignore[attr-defined]
    package.__spec__ = ModuleSpec("imageio_ffmpeg", None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", package)
    monkeypatch.setattr(movie.shutil, "which", lambda name: None)
    assert movie.ffmpeg() == "of the package"


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_mp4_has_the_same_pictures(trajectory: Path, tmp_path: Path) -> None:
    assert main([str(trajectory), "-o", str(tmp_path / "a.mp4"), "--fps", "5"]) == 0
    assert main([str(trajectory), "-o", str(tmp_path / "a.gif"), "--fps", "5"]) == 0
    film = Image.open(tmp_path / "a.gif")
    command = ["ffmpeg", "-loglevel", "error", "-i", str(tmp_path / "a.mp4")]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    pictures = np.frombuffer(raw, dtype=np.uint8).reshape(2, film.height, film.width, 3)
    for k, picture in enumerate(pictures):
        film.seek(k)
        difference = np.abs(picture.astype(float) - np.asarray(film.convert("RGB"), float))
        assert np.quantile(difference, 0.9) < 20


def test_phases_are_types_for_ovito(tmp_path: Path) -> None:
    square = crystal("square", 8, 1.0)
    labels = label_configuration(square)
    write_labelled(square, labels, tmp_path / "a.gsd")
    with gsd.hoomd.open(str(tmp_path / "a.gsd")) as file:
        frame = file[0]
    names = [frame.particles.types[k] for k in frame.particles.typeid]
    assert names == [labels.phase_names[k] for k in labels.per_particle]
    assert set(names) == {"square"}
    assert frame.log["particles/type"].shape == (64,)
    assert (frame.log["particles/probability"] > 0.5).all()
    with pytest.raises(ValueError, match="64 labels for 16 particles"):
        write_labelled(crystal("square", 4, 1.0), labels, tmp_path / "b.gsd")


def test_render_writes_them_too(trajectory: Path, tmp_path: Path) -> None:
    assert main([str(trajectory), "-o", str(tmp_path / "a.gsd")]) == 0
    with gsd.hoomd.open(str(tmp_path / "a.gsd")) as file:
        assert file[0].particles.types == ["square"]
