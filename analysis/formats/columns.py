"""Which columns of a table are coordinates, frames and types: by a stated list of names.

A column is taken by its exact name, or because a program of the field calls it so; errors,
velocities, sizes and whatever else begins with an x are in no list. Where two choices are possible
there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

#: Names of coordinates; {} stands for the axis. Blanks, underscores, dots, hyphens or nothing
#: between words are the same; a unit, as in "x (um)", "x_um" or "x [px]", may follow.
FAMILIES = (
    "{}",  # trackpy, MOSAIC, ImageJ (centroid), ThunderSTORM
    "position {}",  # TrackMate, Imaris, OVITO
    "{} position",
    "pos {}",
    "{} pos",
    "coord {}",
    "{} coord",
    "coordinate {}",
    "{} coordinate",
    "centroid {}",  # MorphoLibJ
    "{} centroid",
    "center {}",
    "{} center",
    "centre {}",
    "{} centre",
    "location center {}",  # CellProfiler
    "areashape center {}",
    "{}m",  # ImageJ, centre of mass
    "c{}",  # 3D ImageJ Suite
)
#: Names with a number for the axis, and which axis 0, 1, 2 are: of points, or of an image, whose
#: rows come first.
NUMBERED = {
    "points": "xyz",  # ParaView
    "coordinates": "xyz",
    "centroid": "image",  # scikit-image
    "centroid weighted": "image",
    "weighted centroid": "image",
    "axis": "image",  # napari
}
#: Names of the frame of a movie, or of the plane of a stack in which a particle was found.
SLICES = ("slice", "slice #", "slice number", "slice index", "stack")
#: Names of the frame, the likeliest first.
FRAMES = (
    "frame",
    "frame #",
    "frame number",
    "frame no",
    "frame nr",
    "frame id",
    "frame index",
    "frame idx",
    "frames",
    "image number",
    "image #",
    "image no",
    "image id",
    "image index",
    "image",
    "img",
    "picture",
    "time point",
    "time frame",
    "time index",
    "time step",
    "t index",
    "step",
    "position t",
    "t",
    "time",
    *SLICES,
)
#: Names of the type.
TYPES = ("type", "particle type", "atom type", "typelabel", "type label", "species", "element")
#: Names of particles that are there once in a frame.
IDENTITIES = ("particle", "particle id", "particle identifier", "id", "spot id")

_LENGTHS = {
    "um": r"um|µm|μm|micron|microns|micrometers?|micrometres?",
    "nm": r"nm|nanometers?|nanometres?",
    "mm": r"mm|millimeters?|millimetres?",
    "px": r"px|pix|pixels?|pxl|voxels?|vx",
    "Å": r"å|angstroms?",
    "m": r"meters?|metres?",
    "sigma": r"sigma|σ",
}
#: Units of length in metres.
METRES = {"um": 1e-6, "nm": 1e-9, "mm": 1e-3, "Å": 1e-10, "m": 1.0}
_UNIT = re.compile(
    "|".join(f"(?P<u{k}>{pattern})" for k, pattern in enumerate(_LENGTHS.values())), re.IGNORECASE
)


def plain(name: str) -> str:
    """A name in lower case, words separated by blanks."""
    return " ".join(re.sub(r"[\s_.\-:]+", " ", name.strip().strip("\"'").lower()).split())


def with_unit(name: str) -> tuple[str, str]:
    """A plain name without the unit of length at its end, and that unit, ``""`` for none."""
    text = name.strip().strip("\"'")
    match = re.fullmatch(r"(.*?)\s*[(\[]\s*([^()\[\]]*?)\s*[)\]]", text)
    if match:
        return plain(match[1]), unit_of(match[2]) or plain(match[2])
    words = plain(text).rpartition(" ")
    unit = unit_of(words[2]) if words[0] else ""
    if unit:
        return words[0], unit
    # "xpx", "xum"
    match = re.fullmatch(r"([xyz])(px|um|µm|μm|nm)", plain(text))
    return (match[1], unit_of(match[2])) if match else (plain(text), "")


def unit_of(word: str) -> str:
    """The unit of length a word means, ``""`` for none."""
    match = _UNIT.fullmatch(word.strip())
    return list(_LENGTHS)[int(str(match.lastgroup)[1:])] if match else ""


def coordinates(names: Sequence[str], dimensions: int) -> dict[str, int]:
    """Find the columns of coordinates.

    Parameters
    ----------
    names : sequence of str
        Names of all columns.
    dimensions : int

    Returns
    -------
    dict of str to int
        Column of x, y and, where there is one, z.

    Raises
    ------
    ValueError
        Where none or more than one choice is possible.
    """
    found: dict[tuple[str, str], dict[str, list[int]]] = {}

    def note(family: str, unit: str, axis: str, number: int) -> None:
        axes = found.setdefault((family, unit), {})
        axes.setdefault(axis, []).append(number)

    for number, name in enumerate(names):
        base, unit = with_unit(name)
        for family in FAMILIES:
            for axis in "xyz":
                if base.replace(" ", "") == family.format(axis).replace(" ", ""):
                    note(family, unit, axis, number)
        match = re.fullmatch(r"(\D+) ([012])", base)
        if match and match[1] in NUMBERED:
            note(match[1], unit, match[2], number)
    needed = "xyz"[:dimensions]
    candidates = []
    for (family, unit), axes in found.items():
        named = _of_image(axes) if NUMBERED.get(family) == "image" else _of_points(axes)
        if all(axis in named for axis in needed):
            candidates.append(((family, unit), named))
    plainest = [named for key, named in candidates if key == ("{}", "")]
    chosen = plainest or [named for _, named in candidates]
    if len(chosen) != 1 or any(len(chosen[0][axis]) != 1 for axis in needed):
        what = "found more than one choice" if chosen else "no columns have names known for them"
        raise ValueError(f"expected {', '.join(needed)}, {what}; {listed(names, needed)}")
    return {axis: numbers[0] for axis, numbers in chosen[0].items()}


def _of_points(axes: dict[str, list[int]]) -> dict[str, list[int]]:
    return {"xyz"[int(axis)] if axis.isdecimal() else axis: k for axis, k in axes.items()}


def _of_image(axes: dict[str, list[int]]) -> dict[str, list[int]]:
    """Rows are y, columns x; of a volume the first axis is z."""
    order = "zyx" if "2" in axes else "yx"
    return {order[int(axis)]: k for axis, k in axes.items() if int(axis) < len(order)}


def matching(names: Sequence[str], known: Sequence[str]) -> list[int]:
    """Columns with one of these names, in the order of the list; a unit may follow."""
    plains = [re.sub(r"\s*[(\[].*[)\]]$", "", plain(name)).replace(" ", "") for name in names]
    wanted = [name.replace(" ", "") for name in known]
    return [k for name in wanted for k, found in enumerate(plains) if found == name]


def named(names: Sequence[str], wanted: str | int, key: str) -> int:
    """The column a campaign file names, by its name or its number from 1.

    Raises
    ------
    ValueError
        Where there is none or more than one.
    """
    if isinstance(wanted, int):
        if not 1 <= wanted <= len(names):
            raise ValueError(f"columns.{key}: got {wanted}, but there are {len(names)} columns")
        return wanted - 1
    tests: tuple[Callable[[str], str], ...] = (str.strip, plain)
    for same in tests:
        found = [k for k, name in enumerate(names) if same(name) == same(wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(
                f"columns.{key}: {len(found)} columns are called {wanted!r}; give the number of the"
                f" column, from 1; {listed(names)}"
            )
    raise ValueError(f"columns.{key}: no column {wanted!r}; {listed(names)}")


def listed(names: Sequence[str], needed: str = "") -> str:
    """The columns, and how to say which are coordinates."""
    shown = ", ".join(repr(name.strip()) for name in names[:30])
    more = f" and {len(names) - 30} more" if len(names) > 30 else ""
    how = ", ".join(f"{axis}: …" for axis in needed)
    return f"columns are {shown}{more}" + (
        f"; name them by method.columns: {{{how}}}" if needed else ""
    )
