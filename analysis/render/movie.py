"""The frames of a trajectory as a moving picture: GIF, or MP4 where there is ffmpeg."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.render.colouring import Colouring, by_phase, by_type
from analysis.render.scene import Style, compose, image, seamless

#: Longer side in pixels, and frames a second, unless told otherwise.
PIXELS, FRAMES_A_SECOND = 480, 8.0
#: Frames of a movie, at most: of more an even selection.
MOST_FRAMES = 200

Pixels = NDArray[np.uint8]


def chosen(n_frames: int, most: int = MOST_FRAMES) -> list[int]:
    """Numbers of at most `most` frames, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, n_frames - 1, min(n_frames, most)).astype(int)).tolist()


def frames(path: str | Path, most: int = MOST_FRAMES) -> Iterator[Configuration]:
    """Configurations of a GSD file, evenly spread over all its frames."""
    import gsd.hoomd

    with gsd.hoomd.open(str(path), "r") as trajectory:
        for number in chosen(len(trajectory), most):
            yield Configuration.from_frame(trajectory[number])


def by_label(configuration: Configuration) -> Colouring:
    """Every particle in the colour of its phase, as the production labels have it."""
    from analysis.labelling import label_configuration

    labels = label_configuration(configuration)
    return by_phase(configuration, [labels.phase_names[k] for k in labels.per_particle])


def pictures(
    configurations: Iterable[Configuration],
    colour: str = "label",
    style: Style | None = None,
    pixels: int = PIXELS,
) -> Iterator[Pixels]:
    """Each configuration as pixels, shape (height, width, 3).

    Parameters
    ----------
    configurations : iterable of Configuration
    colour : str
        "label" or "type".
    style : Style, optional
    pixels : int
        Longer side.
    """
    for configuration in configurations:
        colouring = by_label(configuration) if colour == "label" else by_type(configuration)
        scene = seamless(configuration, compose(configuration, style))
        yield image(scene, colouring.rgb, pixels, fine=False)


def write_movie(
    found: Iterable[Pixels], path: str | Path, frames_a_second: float = FRAMES_A_SECOND
) -> int:
    """Write pictures as a movie; returns how many there were.

    Parameters
    ----------
    found : iterable of ndarray of uint8, shape (height, width, 3)
        A box that changes its shape has pictures of several sizes: they are put in the middle of
        one that holds them all.
    path : str or Path
        .gif or .mp4.
    frames_a_second : float

    Raises
    ------
    ValueError
        For another suffix, no pictures, or MP4 without ffmpeg.
    RuntimeError
        Where ffmpeg fails.
    """
    path = Path(path)
    coding = {".gif": gif, ".mp4": mp4}.get(path.suffix.lower())
    if coding is None:
        raise ValueError(f"{path.name}: expected a name ending in .gif or .mp4")
    if coding is mp4:
        ffmpeg()  # before the pictures, which take a while
    every = list(found)
    path.write_bytes(coding(every, frames_a_second))
    return len(every)


def _alike(found: Iterable[Pixels]) -> list[Pixels]:
    """Pictures of one size, both sides even, as the coding of MP4 wants them."""
    every = list(found)
    if not every:
        raise ValueError("a movie of nothing: there are no frames")
    height, width = (-(-max(one.shape[side] for one in every) // 2) * 2 for side in (0, 1))
    return [_in_the_middle(one, height, width) for one in every]


def _in_the_middle(picture: Pixels, height: int, width: int) -> Pixels:
    canvas = np.full((height, width, 3), 255, dtype=np.uint8)
    top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
    canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return canvas


def gif(found: Iterable[Pixels], frames_a_second: float = FRAMES_A_SECOND) -> bytes:
    """Pictures as an animated GIF; ValueError of none."""

    from PIL import Image

    octree = Image.Quantize.FASTOCTREE
    whole = [Image.fromarray(one).quantize(64, method=octree) for one in _alike(found)]
    target = BytesIO()
    milliseconds = max(round(1000.0 / frames_a_second), 20)
    whole[0].save(
        target, "GIF", save_all=True, append_images=whole[1:], duration=milliseconds, loop=0
    )
    return target.getvalue()


def ffmpeg() -> str:
    """The program that codes MP4: that of the system, else that of the package imageio-ffmpeg.

    Raises
    ------
    ValueError
        Where there is none.
    """
    found = shutil.which("ffmpeg")
    if found is None and importlib.util.find_spec("imageio_ffmpeg") is not None:
        with suppress(RuntimeError):  # the package without its program
            found = str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    if found is None:
        raise ValueError(
            "MP4 needs ffmpeg, which is not installed: pip install imageio-ffmpeg (or conda install"
            " ffmpeg, apt-get install ffmpeg); GIF needs nothing"
        )
    return found


def mp4(found: Iterable[Pixels], frames_a_second: float = FRAMES_A_SECOND) -> bytes:
    """Pictures as MP4, in H.264 where ffmpeg has it; for browsers and slides.

    Raises
    ------
    ValueError
        Of no pictures, or without ffmpeg.
    RuntimeError
        Where ffmpeg fails.
    """
    program, every = ffmpeg(), _alike(found)
    height, width = every[0].shape[:2]
    # a file in memory: ffmpeg goes back in it, which a pipe does not allow
    target = os.memfd_create("movie")
    try:
        command = [program, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
        command += ["-s", f"{width}x{height}", "-r", str(frames_a_second), "-i", "-"]
        command += ["-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4"]
        command += [f"/proc/self/fd/{target}"]
        content = b"".join(one.tobytes() for one in every)
        done = subprocess.run(
            command, input=content, capture_output=True, check=False, pass_fds=[target]
        )
        if done.returncode:
            raise RuntimeError(f"ffmpeg: {done.stderr.decode(errors='replace').strip()}")
        with os.fdopen(os.dup(target), "rb") as file:
            file.seek(0)
            return file.read()
    finally:
        os.close(target)
