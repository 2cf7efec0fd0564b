"""The configuration of a job: as a picture, and as what the browser turns in three dimensions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.jobs.files import check_file
from operations.jobs.state import STATEPOINT
from operations.monitor.dashboard.job_files import small_json
from operations.results.configurations import in_a_line, read_configuration

Rgb = tuple[int, int, int]

#: The answer of a job, best first, and while there is none, the way there.
FINAL, TRAJECTORY = "final.gsd", "trajectory.gsd"
#: Particles that are drawn, analysed, and sent to the browser, at most.
MOST_DRAWN, MOST_ANALYSED, MOST_TURNED = 200_000, 20_000, 10_000
#: Pictures of at most so many pixels have no shadows.
SMALL = 160
#: The ground of pictures in the light and the dark theme; the latter is that of the cards.
PAPER: dict[bool, Rgb] = {False: (255, 255, 255), True: (26, 30, 36)}
#: Longer side of a movie in pixels, and its frames, at most.
MOVIE_SIZE, MOST_MOMENTS = 480, 60


class Unseen(ValueError):
    """There is nothing that can be shown; the text says why."""


def n_frames(folder: Path) -> int:
    """Structures in the answer of a job; 1 for a job on its way, 0 where there is nothing."""
    if not (folder / FINAL).is_file():
        return int((folder / TRAJECTORY).is_file())
    return frames_in(folder / FINAL)


def frames_in(path: Path) -> int:
    """Frames of a GSD file; 0 where there are none that can be read."""
    import gsd.fl

    if not path.is_file():
        return 0
    try:
        check_file(path)
        with gsd.fl.open(str(path), "r") as file:
            return int(file.nframes)
    except (OSError, RuntimeError):
        return 0


def read(
    folder: Path, frame: int = 0, most: int = MOST_DRAWN, trajectory: bool = False
) -> Configuration:
    """A structure of the answer, or the last frame of a job on its way; or a moment of the way.

    Raises
    ------
    Unseen
        Where there is none, it cannot be read, or it has more than `most` particles.
    """
    path = folder / (TRAJECTORY if trajectory else FINAL)
    if not trajectory and not path.is_file():
        path, frame = folder / TRAJECTORY, -1
    if not path.is_file():
        raise Unseen("no configuration yet")
    try:
        configuration = read_configuration(path, frame, most)
    except Exception as error:  # whatever the file may hold
        raise Unseen(f"{path.name} cannot be read: {in_a_line(error)}") from None
    if configuration.n_particles == 0:
        raise Unseen(f"{path.name} has no particles")
    if not np.isfinite(configuration.positions).all() or not np.isfinite(configuration.box).all():
        raise Unseen(f"{path.name} has coordinates that are not numbers")
    lengths = configuration.box[: configuration.dimensions]
    if not (lengths > 0).all() or not np.abs(configuration.positions).max() < 1e6:
        raise Unseen(f"{path.name} has a box of no size")
    return configuration


def phases(
    folder: Path, configuration: Configuration, frame: int = 0, trajectory: bool = False
) -> list[str] | None:
    """Phase of every particle; None where it is not known."""
    from analysis.labelling.labels import Labels

    if trajectory:
        return _found(configuration)
    if frame != 0 or not (folder / FINAL).is_file():
        return None  # labels are those of the best structure
    try:
        labels = Labels.load(folder, configuration.n_particles)
        names = [str(labels.phase_names[k]) for k in labels.per_particle]
    except Exception:  # whatever the files may hold
        return None
    return names if len(names) == configuration.n_particles else None


def _found(configuration: Configuration) -> list[str] | None:
    """Phases of a moment, which nobody has labelled before; None of too many particles."""
    from analysis.labelling import label_configuration

    if configuration.n_particles > MOST_ANALYSED:
        return None
    try:
        labels = label_configuration(configuration)
    except Exception:  # whatever the file may hold
        return None
    return [str(labels.phase_names[k]) for k in labels.per_particle]


def has_mp4() -> bool:
    """Whether movies can be MP4 here."""
    from analysis.render.movie import ffmpeg

    try:
        return bool(ffmpeg())
    except ValueError:
        return False


def movie(folder: Path, kind: str = "gif") -> bytes:
    """The way there as a movie: the pictures that the slider shows, on white.

    Parameters
    ----------
    folder : Path
        Of the job.
    kind : "gif" or "mp4"

    Raises
    ------
    Unseen
    """
    import operations.search  # noqa: F401  where compiled functions are kept
    from analysis.render.movie import chosen, gif, mp4

    moments = [
        pixels_of(read(folder, k, MOST_ANALYSED, True), folder, k, MOVIE_SIZE, True)
        for k in chosen(frames_in(folder / TRAJECTORY), MOST_MOMENTS)
    ]
    try:
        return mp4(moments) if kind == "mp4" else gif(moments)
    except (ValueError, RuntimeError, OSError) as error:
        raise Unseen(str(error)) from None


def whole(configuration: Configuration, least: int = 60) -> tuple[Configuration, int]:
    """A small cell repeated until it shows the structure, and how many copies that are."""
    if not configuration.periodic or configuration.n_particles >= least:
        return configuration, 1
    d = configuration.dimensions
    widths = configuration.widths
    counts = [1, 1, 1]
    while configuration.n_particles * np.prod(counts) < least:
        counts[int(np.argmin(widths * counts[:d]))] += 1
    repeated = configuration.replicate((counts[0], counts[1], counts[2]))
    return repeated, int(np.prod(counts))


def picture(
    folder: Path, size: int, frame: int = 0, trajectory: bool = False, paper: Rgb = PAPER[False]
) -> bytes:
    """A PNG of a job's configuration, coloured by label where it is known.

    Parameters
    ----------
    folder : Path
        Of the job.
    size : int
        Longer side in pixels.
    frame : int
        Which structure, best first; of a trajectory, which moment.
    trajectory : bool
        Whether to show the way there.
    paper : tuple of int
        Colour of what is behind.

    Raises
    ------
    Unseen
    """
    from io import BytesIO

    from PIL import Image

    configuration = read(folder, frame, trajectory=trajectory)
    target = BytesIO()
    pixels = pixels_of(configuration, folder, frame, size, trajectory, paper)
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def pixels_of(
    configuration: Configuration,
    folder: Path,
    frame: int,
    size: int,
    trajectory: bool,
    paper: Rgb = PAPER[False],
) -> np.ndarray:
    """A configuration of a job as pixels, coloured by label where it is known."""
    import operations.search  # noqa: F401  where compiled functions are kept
    from analysis.render.colouring import by_phase, by_type
    from analysis.render.scene import Style, compose, image, seamless

    known = phases(folder, configuration, frame, trajectory)
    shown, copies = whole(configuration)
    colouring = by_phase(shown, known * copies) if known else by_type(shown)
    try:
        scene = seamless(shown, compose(shown, Style(patches=_patches(folder))))
        fine = size > SMALL and not trajectory
        return image(scene, colouring.rgb, size, fine=fine, paper=paper)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise Unseen(f"the configuration cannot be drawn: {error}") from None


def _patches(folder: Path) -> dict[str, Any]:
    """Patches that the state point says, which GSD files do not have; none of a damaged one."""
    from analysis.render.patches import patches_of

    try:
        return patches_of(small_json(folder / STATEPOINT), folder)
    except (ValueError, TypeError, AttributeError):
        return {}


def prepare() -> None:
    """Load and compile what draws pictures, which takes seconds."""
    import operations.search  # noqa: F401  where compiled functions are kept
    from analysis.render.colouring import by_type
    from analysis.render.scene import compose, image

    points = 0.5 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=float)
    for dimensions in (2, 3):
        some = Configuration(points, np.array([3, 3, 3, 0, 0, 0.0]), dimensions, np.zeros(3))
        for fine in (False, True):
            image(compose(some), by_type(some).rgb, SMALL, fine=fine)


def particles(folder: Path, frame: int = 0, trajectory: bool = False) -> dict[str, Any]:
    """Positions, colours and box edges for the browser, as JSON types.

    Raises
    ------
    Unseen
    """
    from analysis.colours import TYPE_COLOURS, phase_styles
    from analysis.neighbourhoods import nearest

    configuration = read(folder, frame, MOST_TURNED, trajectory)
    known = phases(folder, configuration, frame, trajectory)
    shown, copies = whole(configuration)
    if known is not None:
        styles = phase_styles(known)
        names = sorted(styles, key=lambda name: -known.count(name))
        colours = [styles[name].colour for name in names]
        codes = [names.index(name) for name in known] * copies
    else:
        names = list(shown.type_names)
        colours = [TYPE_COLOURS[k % len(TYPE_COLOURS)] for k in range(len(names))]
        codes = shown.types.tolist()
    first = nearest(shown, 1).distances[:, 0] if shown.n_particles > 1 else np.ones(1)
    first = first[np.isfinite(first) & (first > 0)]
    cell = shown.cell
    corners = np.array(list(np.ndindex(2, 2, 2)), dtype=float) - 0.5
    edges = [
        (i, j)
        for i in range(8)
        for j in range(i + 1, 8)
        if np.abs(corners[i] - corners[j]).sum() == 1
    ]
    return {
        "n": shown.n_particles,
        "copies": copies,
        "positions": np.round(shown.positions, 3).ravel().tolist(),
        "codes": codes,
        "names": names,
        "colours": colours,
        "radius": round(0.5 * float(np.median(first)) if len(first) else 0.5, 4),
        "corners": np.round(corners @ cell, 3).tolist() if shown.periodic else [],
        "edges": edges if shown.periodic else [],
    }
