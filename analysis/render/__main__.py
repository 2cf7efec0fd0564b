"""project.py render FILE -o PICTURE: a configuration as a picture, a trajectory as a movie.

Colours are those of labels.npz beside the file where there is one, else of the types. A name ending
in .gif or .mp4 is a movie of all frames, in .gsd a file in which types are phases, for OVITO. Of
the root of a campaign its phase diagram is drawn: project.py render ROOT --help.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from analysis.configuration import Configuration
from analysis.render.colouring import Colouring, by_phase, by_type, by_value, order_parameter
from analysis.render.figure import PIXELS, WIDTH, draw
from analysis.render.labelled import write_labelled
from analysis.render.movie import FRAMES_A_SECOND, frames, pictures, write_movie
from analysis.render.movie import PIXELS as MOVIE_PIXELS
from analysis.render.patches import Patch, patches_of
from analysis.render.scene import VIEW, Style
from workspace_schema.bounded import MOST_JSON, read_bounded


def main(words: list[str] | None = None) -> int:
    """Draw what the command line says; the exit status."""
    words = sys.argv[1:] if words is None else words
    try:
        if any(_holds_table(word) for word in words if not word.startswith("-")):
            from analysis.render import diagram

            diagram.main(words)
            return 0
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser("project.py render", description=__doc__)
    parser.add_argument("file", type=Path, help="GSD, CIF, extended XYZ, LAMMPS dump, …")
    parser.add_argument(
        "-o", "--out", type=Path, required=True, help=".png, .svg, .pdf, .gif, .mp4"
    )
    parser.add_argument("--frame", type=int, default=0, help="of a GSD file; 0 is the best one")
    parser.add_argument(
        "--colour",
        default="",
        help="label, type, psi6, q6 (or another order), or coordination",
    )
    parser.add_argument("--dimensions", type=int, choices=(2, 3), default=3, help="but for GSD")
    parser.add_argument("--unit-cell", action="store_true", help="complete faces and corners")
    parser.add_argument("--bonds", action="store_true", help="join neighbours")
    parser.add_argument("--scale", type=float, default=0.0, help="of the particles; 1: they touch")
    parser.add_argument(
        "--view", type=float, nargs=2, default=VIEW, metavar=("AZIMUTH", "ELEVATION")
    )
    parser.add_argument("--width", type=float, default=WIDTH, help="inches")
    parser.add_argument("--pixels", type=int, default=PIXELS, help="of an image of this width")
    parser.add_argument("--no-legend", action="store_true")
    parser.add_argument("--title", default="")
    parser.add_argument("--fps", type=float, default=FRAMES_A_SECOND, help="of a movie")
    told = parser.parse_args(words)
    try:
        if told.pixels < 16 or not told.width > 0:
            raise ValueError("--pixels is at least 16, --width positive")
        if told.out.suffix.lower() in (".gif", ".mp4"):
            _movie(told)
            return 0
        configuration = read(told.file, told.frame, told.dimensions)
        if told.out.suffix.lower() == ".gsd":
            _labelled(configuration, told)
            return 0
        style = Style(
            patches=patches_beside(told.file),
            bonds=told.bonds,
            unit_cell=told.unit_cell,
            scale=told.scale or (0.6 if told.bonds or told.unit_cell else 1.0),
            view=tuple(told.view),
        )
        draw(
            configuration,
            told.out,
            colouring(configuration, told.file, told.frame, told.colour),
            style,
            title=told.title,
            legend=not told.no_legend,
            width=told.width,
            pixels=told.pixels,
        )
    except (OSError, ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _holds_table(word: str) -> bool:
    """Whether a word of the command line is a table of a campaign, or a root that has one."""
    path = Path(word)
    return path.is_dir() or (path.suffix == ".parquet" and path.is_file())


def _movie(told: argparse.Namespace) -> None:
    """A movie of all frames of a GSD file, by label unless told otherwise."""
    if told.file.suffix.lower() != ".gsd":
        raise ValueError(f"{told.file}: a movie is made of a GSD file")
    if not 0.1 <= told.fps <= 60.0:
        raise ValueError(f"--fps: got {told.fps:g}, expected 0.1 to 60")
    colour = told.colour or "label"
    if colour not in ("label", "type"):
        raise ValueError(f"--colour: got {colour}; of a movie expected label or type")
    style = Style(patches=patches_beside(told.file), view=tuple(told.view))
    pixels = min(told.pixels, 1200) if told.pixels != PIXELS else MOVIE_PIXELS
    n = write_movie(pictures(frames(told.file), colour, style, pixels), told.out, told.fps)
    print(f"{n} frames → {told.out}", file=sys.stderr)


def _labelled(configuration: Configuration, told: argparse.Namespace) -> None:
    """The configuration with phases as types: those beside the file, else found here."""
    from analysis.labelling import Labels, label_configuration

    beside = told.file.name == "final.gsd" and told.frame == 0
    if beside and (told.file.parent / "labels.npz").is_file():
        labels = Labels.load(told.file.parent, configuration.n_particles)
    else:
        labels = label_configuration(configuration)
    write_labelled(configuration, labels, told.out)


def read(path: Path, frame: int, dimensions: int) -> Configuration:
    """A frame of a GSD file, or the configuration of another one."""
    if path.suffix.lower() != ".gsd":
        from analysis.formats import read_configuration

        return read_configuration(path, dimensions)
    try:
        return Configuration.read(path, frame)
    except IndexError:
        raise ValueError(f"{path} has no frame {frame}") from None


def patches_beside(path: Path) -> dict[str, tuple[Patch, ...]]:
    """Patches that the state point of the job says, which GSD files do not have."""
    try:
        point = json.loads(read_bounded(path.parent / "signac_statepoint.json", MOST_JSON))
        return patches_of(point, path.parent)
    except (OSError, ValueError):
        return {}


def colouring(configuration: Configuration, path: Path, frame: int, colour: str) -> Colouring:
    """What the name of a colour means for a configuration; "" is label where there is one."""
    from analysis.labelling.labels import Labels

    folder = path.parent
    labelled = frame == 0 and (folder / "labels.npz").is_file() and path.name == "final.gsd"
    if colour == "type" or (not colour and not labelled):
        return by_type(configuration)
    if colour in ("", "label"):
        if not labelled:
            raise ValueError(f"{path} has no labels.npz beside it: labels are of final.gsd")
        labels = Labels.load(folder)
        return by_phase(configuration, [labels.phase_names[k] for k in labels.per_particle])
    return by_value(*order_parameter(configuration, colour))


if __name__ == "__main__":
    sys.exit(main())
