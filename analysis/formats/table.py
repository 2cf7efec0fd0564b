"""Tables of particles tracked in images: rows of coordinates in any notation, without a box."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.formats import columns as known
from analysis.formats.file import File
from analysis.formats.frame import Frame, Frames
from analysis.formats.numbers import is_number, numbers
from workspace_schema.methods.imported import Columns, Reading

#: Lines in which the notation of a table must show.
_LOOKED_AT = 400
#: More types than this are no types.
_MOST_TYPES = 50
_BLANK = " "
#: Fewer particles than this are no picture.
_FEWEST_IN_PICTURE = 10
#: What stands in rows that sum up others.
_SUMMARIES = frozenset(
    ("mean", "sd", "std", "stddev", "std dev", "min", "max", "median", "sum", "total", "average")
)


@dataclass
class Table:
    """The cells of a table.

    Attributes
    ----------
    names : list of str
        Of its columns; ``""`` for those without.
    rows : list of list of str
    lines : list of int
        Line of every row in the file, from 1.
    has_header : bool
    units : list of str
        Words of a row of units below the names, if there is one.
    """

    names: list[str]
    rows: list[list[str]]
    lines: list[int]
    has_header: bool
    units: list[str]

    def column(self, number: int) -> list[str]:
        """All cells of a column."""
        return [row[number] for row in self.rows]


def read(file: File, dimensions: int, how: Reading) -> Frames:
    """Frames of a table, by the numbers in its column of frames."""
    table = cells(file, dimensions)
    wanted = how.columns or Columns()
    chosen = _columns(table, dimensions, wanted)
    axes = [axis for axis in "xyz" if axis in chosen]
    positions = np.zeros((len(table.rows), 3))
    positions[:, ["xyz".index(axis) for axis in axes]] = _coordinates(
        table, [chosen[axis] for axis in axes]
    )
    flat = [chosen[axis] for axis in axes[:dimensions]]
    positions *= _scale(table, flat, how)
    metres = _metres(table, flat, how)
    _check_summaries(table)
    names = ["A"] * len(positions)
    if "type" in chosen:
        names = _types(table, chosen["type"])
    of_frame = _frame_numbers(table, chosen, file)
    found, sizes = np.unique(of_frame, return_counts=True)
    if 1 < len(of_frame) == len(found):
        raise ValueError(
            f"each of the {len(of_frame)} rows is a frame of its own in column"
            f" {table.names[chosen['frame']]!r}; which one counts the frames:"
            f" method.columns: {{frame: …}}; {known.listed(table.names)}"
        )
    if len(found) > 1:
        file.notes.append(
            f"{len(found)} frames by column {table.names[chosen['frame']]!r}, of {sizes.min()} to"
            f" {sizes.max()} rows"
        )

    def frame(rows: np.ndarray) -> Frame:
        _check_one_frame(table, chosen, wanted.frame is not None, rows)
        _check_one_series(table, chosen, positions[rows], rows)
        return Frame(positions[rows], [names[row] for row in rows], metres=metres)

    return {number: partial(frame, np.flatnonzero(of_frame == number)) for number in found.tolist()}


# -- cells -----------------------------------------------------------------------------------------


def cells(file: File, dimensions: int) -> Table:
    """Find the rows of a table, what is between their cells, and its header."""
    lines = [(k, line) for k, line in enumerate(file.lines, 1) if line.strip(' \t;,"')]
    head = lines[:_LOOKED_AT]
    delimiter, width = _notation([line for _, line in head if not _is_comment(line)], dimensions)
    body = [(k, line) for k, line in lines if not _is_comment(line)]
    split = _splitter(delimiter)
    cut = [split(line) for _, line in body]
    first = next(k for k, row in enumerate(cut) if _is_data(row, width, dimensions))
    above = [(k, line) for k, line in lines if k < body[first][0]]
    header, units, header_line = _header(above, delimiter, width, cut[first:])
    # what stands below the names and is no second header is a row without numbers
    while first and body[first - 1][0] > header_line and header and not _is_header(cut[first - 1]):
        first -= 1
    rows, numbers_of = cut[first:], [k for k, _ in body[first:]]
    wrong = [k for k, row in enumerate(rows) if len(row) != width]
    if wrong:
        k = wrong[0]
        raise ValueError(
            f"line {numbers_of[k]} has {len(rows[k])} cells, expected {width}:"
            f" {body[first + k][1].strip()[:80]!r}"
            + (f" ({len(wrong)} such lines)" if len(wrong) > 1 else "")
        )
    if not header and _counts_up(rows):
        header, rows, numbers_of = rows[0], rows[1:], numbers_of[1:]
        file.notes.append("the first row, 0, 1, …, is taken as names of the columns")
    while width > 2 and not any(row[width - 1].strip() for row in rows):
        width -= 1  # a separator at the end of every row
    rows = [row[:width] for row in rows]
    above_rows = numbers_of[0] - 1
    if file.ends_early(above_rows, len(file.lines) - above_rows):
        file.notes.append("the last line is the shortest and has no end: is the file cut off?")
    names = [name.strip() for name in header[:width]] or [""] * width
    return Table(names, rows, numbers_of, bool(header), units[:width])


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "%", "//"))


def _splitter(delimiter: str) -> Callable[[str], list[str]]:
    def split(line: str) -> list[str]:
        if delimiter == _BLANK:
            line = re.sub(r"[ \t]+", " ", line.strip())
        if '"' not in line:
            return line.split(delimiter)
        return next(csv.reader(io.StringIO(line), delimiter=delimiter, skipinitialspace=True), [])

    return split


def _is_data(row: Sequence[str], width: int, dimensions: int) -> bool:
    full = [cell for cell in row if cell.strip()]
    return len(row) >= width and sum(map(is_number, full)) >= dimensions


def _notation(lines: Sequence[str], dimensions: int) -> tuple[str, int]:
    """What is between the cells, and how many cells most rows have."""
    best: tuple[float, int, str, int] | None = None
    for order, delimiter in enumerate(("\t", ";", ",", _BLANK)):
        split = _splitter(delimiter)
        rows = [split(line) for line in lines]
        data = [row for row in rows if _is_data(row, 2, dimensions)]
        if not data:
            continue
        width, _ = Counter(map(len, data)).most_common(1)[0]
        same = [row for row in data if len(row) == width]
        filled = [cell for row in same for cell in row if cell.strip()]
        # the separator that leaves most cells numbers, of most rows
        merit = len(same) * sum(map(is_number, filled)) / len(filled)
        if best is None or merit > best[0] * 1.001:
            best = (merit, -order, delimiter, width)
    if best is None:
        shown = "; ".join(repr(line.strip()[:60]) for line in lines[:3])
        raise ValueError(
            f"has no rows of at least {dimensions} numbers separated by commas, semicolons, tabs or"
            f" blanks; it begins with {shown}"
        )
    return best[2], best[3]


def _header(
    above: Sequence[tuple[int, str]], delimiter: str, width: int, rows: Sequence[Sequence[str]]
) -> tuple[list[str], list[str], int]:
    """Names of the columns from the lines above the rows, units, and the line of the names."""
    candidates: list[tuple[int, list[str]]] = []
    for line, text in above:
        words = _words(re.sub(r"^\s*(#|%|//)+\s?", "", text), delimiter, width, rows)
        if len(words) == width and not all(is_number(word) for word in words if word.strip()):
            candidates.append((line, words))
    if not candidates:
        return [], [], 0
    # of several header lines that whose names are known, else the last
    line, names = next((c for c in candidates if _knows(c[1])), candidates[-1])
    below = [words for k, words in candidates if k > line and _has_units(words)]
    return names, below[-1] if below else [], line


def _words(text: str, delimiter: str, width: int, rows: Sequence[Sequence[str]]) -> list[str]:
    """The cells of a header line, one for every column where it can be."""
    words = _splitter(delimiter)(text)
    if len(words) != width and delimiter == _BLANK:
        # names with blanks in them, or a comment with commas above a table with blanks
        others = (re.split(r"\s{2,}|\t", text.strip()), text.split(","))
        words = next((cut for cut in others if len(cut) == width), words)
    if len(words) > width and not any(word.strip() for word in words[width:]):
        words = words[:width]
    if len(words) == width - 1:
        if not any(row[-1].strip() for row in rows):
            words = [*words, ""]
        elif _is_index(rows):
            words = ["", *words]
    return [word.strip().strip("\"'") for word in words]


def _knows(names: Sequence[str]) -> bool:
    """Whether there are coordinates among these names."""
    try:
        known.coordinates(names, 2)
    except ValueError:
        return False
    return True


def _has_units(words: Sequence[str]) -> bool:
    """Whether a row consists of units, in brackets or known ones."""
    full = [word.strip() for word in words if word.strip()]
    return all(re.fullmatch(r"[(\[].*[)\]]", word) or known.unit_of(word) for word in full)


def _is_header(words: Sequence[str]) -> bool:
    """Whether a row below the names of the columns is one of names or units, too."""
    return _knows(words) or _has_units(words)


def _is_index(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first column counts the rows."""
    first = [row[0].strip().strip('"') for row in rows[:50]]
    if not all(word.isdecimal() for word in first):
        return False
    return all(int(b) - int(a) == 1 for a, b in itertools.pairwise(first))


def _counts_up(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is 0, 1, … as pandas names columns, above others that are not whole."""
    names = [cell.strip() for cell in rows[0]]
    return names == [str(k) for k in range(len(names))] and any(
        "." in cell for row in rows[1:] for cell in row
    )


# -- columns ---------------------------------------------------------------------------------------


def _columns(table: Table, dimensions: int, wanted: Columns) -> dict[str, int]:
    """Number of the column of x, y, z, frame and type; those of a campaign file first."""
    needed = "xyz"[:dimensions]
    asked = {
        key: known.named(table.names, value, key)
        for key, value in wanted.model_dump(exclude_none=True).items()
    }
    if any(axis in asked for axis in "xyz"):
        missing = [axis for axis in needed if axis not in asked]
        if missing:
            raise ValueError(f"columns.{missing[0]} is missing, where others are given")
        chosen = {axis: asked[axis] for axis in "xyz" if axis in asked}
    elif table.has_header:
        try:
            chosen = known.coordinates(table.names, dimensions)
        except ValueError:
            if not _plain_numbers(table, dimensions):
                raise
            chosen = {axis: number for number, axis in enumerate(needed)}
    elif len(table.names) == dimensions:
        chosen = {axis: number for number, axis in enumerate(needed)}
    else:
        raise ValueError(
            f"has {len(table.names)} columns and no header; expected {dimensions}, or their numbers"
            f" from 1 by method.columns: {{x: 1, y: 2{', z: 3' * (dimensions - 2)}}}; the first row"
            f" is {table.rows[0]}"
        )
    if len(set(chosen.values())) < len(chosen):
        raise ValueError(f"columns: x, y, z are not all different; {known.listed(table.names)}")
    for axis in needed:
        other = known.matching([table.names[chosen[axis]]], (*known.FRAMES, *known.IDENTITIES))
        if table.has_header and other and asked.get("frame") != chosen[axis]:
            raise ValueError(
                f"columns.{axis}: column {table.names[chosen[axis]]!r} is no coordinate;"
                f" {known.listed(table.names)}"
            )
    taken = set(chosen.values())
    for key, names in (("frame", known.FRAMES), ("type", known.TYPES)):
        if key in asked:
            chosen[key] = asked[key]
        elif table.has_header:
            found = [k for k in known.matching(table.names, names) if k not in taken]
            if key == "frame" and dimensions == 3 and found:
                _check_planes(table.names[found[0]])
            if found:
                chosen[key] = found[0]
    return chosen


def _check_planes(name: str) -> None:
    """Refuse a column that may count the planes of a stack."""
    if known.matching([name], known.SLICES):
        raise ValueError(
            f"column {name!r} may be the frame, or the plane of a stack in which a particle was"
            f" found: name the frame by method.columns: {{frame: …}}, or take {name!r} out"
        )


def _plain_numbers(table: Table, dimensions: int) -> bool:
    return table.names == [str(k) for k in range(dimensions)]


def _coordinates(table: Table, numbers_of: Sequence[int]) -> np.ndarray:
    """Coordinates, shape (rows, axes); cells that are no numbers are shown."""
    words = [row[number] for row in table.rows for number in numbers_of]
    values = numbers(words).reshape(-1, len(numbers_of))
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        names = [table.names[number] or f"column {number + 1}" for number in numbers_of]
        shown = "; ".join(
            f"line {table.lines[k]}: " + ", ".join(table.rows[k][number] for number in numbers_of)
            for k in bad[:3]
        )
        raise ValueError(
            f"{len(bad)} of {len(values)} rows have no numbers in {', '.join(names)}: {shown}"
        )
    return values


def _check_summaries(table: Table) -> None:
    """Refuse the rows of means that ImageJ and spreadsheets put below the particles."""
    found = [
        k for k, row in enumerate(table.rows) if any(c.strip().lower() in _SUMMARIES for c in row)
    ]
    if found:
        shown = "; ".join(f"line {table.lines[k]}: {', '.join(table.rows[k])}" for k in found[:3])
        raise ValueError(f"{len(found)} rows are no particles, but summaries of others: {shown}")


def _scale(table: Table, numbers_of: Sequence[int], how: Reading) -> np.ndarray:
    """Size of a voxel along x, y, z in the unit of length wanted, shape (3,)."""
    units = {known.with_unit(table.names[number])[1] for number in numbers_of} - {"", "px"}
    if units and (how.voxel or how.pixel_size):
        raise ValueError(
            f"coordinates are in {', '.join(units)} already: pixel_size and voxel have no meaning"
        )
    if how.voxel is not None:
        scale = [*how.voxel, 1.0][:3]
        if len(how.voxel) < len(numbers_of):
            raise ValueError(f"voxel: got {len(how.voxel)} lengths, expected {len(numbers_of)}")
        return np.array(scale)
    if how.pixel_size is not None:
        return np.full(3, how.pixel_size)
    different = {_unit(table, number) for number in numbers_of} - {""}
    if len(different) > 1:
        raise ValueError(f"coordinates have different units: {', '.join(sorted(different))}")
    return np.ones(3)


def _unit(table: Table, number: int) -> str:
    """The unit of a column, by its name or the row of units."""
    unit = known.with_unit(table.names[number])[1]
    if not unit and number < len(table.units):
        unit = known.unit_of(table.units[number].strip("()[] "))
    return unit


def _metres(table: Table, numbers_of: Sequence[int], how: Reading) -> float | None:
    """The unit of the coordinates in metres: that of pixel_size and voxel, or of the columns."""
    if how.pixel_size is not None or how.voxel is not None:
        return known.METRES["um"]
    return known.METRES.get(_unit(table, numbers_of[0]))


def _types(table: Table, number: int) -> list[str]:
    words = [cell.strip() for cell in table.column(number)]
    whole = [re.sub(r"\.0*$", "", word) if is_number(word) else word for word in words]
    if "" in whole:
        line = table.lines[whole.index("")]
        raise ValueError(f"line {line}: nothing in the column of types, {table.names[number]!r}")
    if len(set(whole)) > _MOST_TYPES:
        raise ValueError(
            f"{len(set(whole))} different types in column {table.names[number]!r}, expected at most"
            f" {_MOST_TYPES}; name the column of types by method.columns: {{type: …}}"
        )
    return whole


def _frame_numbers(table: Table, chosen: dict[str, int], file: File) -> np.ndarray:
    """Number of the frame of every row."""
    if "frame" not in chosen:
        return np.zeros(len(table.rows))
    words = [cell.strip() for cell in table.column(chosen["frame"])]
    values = numbers(words)
    if np.isfinite(values).all():
        return values
    if any(not word for word in words) or np.isfinite(values).any():
        k = next(k for k, word in enumerate(words) if not word or not is_number(word))
        raise ValueError(
            f"line {table.lines[k]}: {words[k]!r} is no number of a frame"
            f" ({table.names[chosen['frame']]!r})"
        )
    # names of pictures, in the order of the file
    order = {word: k for k, word in enumerate(dict.fromkeys(words))}
    return np.array([float(order[word]) for word in words])


def _check_one_frame(table: Table, chosen: dict[str, int], told: bool, rows: Iterable[int]) -> None:
    """Refuse rows that are several frames on top of each other, unless told what a frame is."""
    if told or not table.has_header:
        return
    rows = list(rows)
    taken = set(chosen.values())

    def values(number: int) -> list[str]:
        return [table.rows[row][number].strip() for row in rows]

    if "frame" in chosen:
        for number in known.matching(table.names, known.FRAMES):
            if number not in taken and len(set(values(number))) > 1:
                raise ValueError(
                    f"both {table.names[chosen['frame']]!r} and {table.names[number]!r} may be the"
                    " frame, and differ; name it by method.columns: {frame: …}"
                )
        return
    for number in known.matching(table.names, known.IDENTITIES):
        found = values(number)
        if number not in taken and all(found) and 1 < len(set(found)) < len(found):
            raise ValueError(
                f"{table.names[number]!r} has the same particle more than once, as in several"
                f" frames; name the column of frames by method.columns: {{frame: …}};"
                f" {known.listed(table.names)}"
            )


def _check_one_series(
    table: Table, chosen: dict[str, int], positions: np.ndarray, rows: np.ndarray
) -> None:
    """Refuse pictures of one field on top of each other whose column has no name that is known.

    Such a column counts, or names, blocks of rows that reach over the whole field each.
    """
    reach = np.ptp(positions, axis=0)
    axes = reach > 0
    for number, name in enumerate(table.names):
        words = [table.rows[row][number].strip() for row in rows]
        starts = [k for k, word in enumerate(words) if k == 0 or word != words[k - 1]]
        sizes = np.diff([*starts, len(words)])
        if number in chosen.values() or len(starts) < 2 or sizes.min() < _FEWEST_IN_PICTURE:
            continue
        values = [words[k] for k in starts]
        steps = np.diff(numbers(values)) if all(map(is_number, values)) else np.ones(1)
        counts = bool((steps == steps[0]).all()) and float(steps[0]).is_integer()
        blocks = np.split(positions[:, axes], starts[1:])
        over_all = all((np.ptp(block, axis=0) > 0.7 * reach[axes]).all() for block in blocks)
        if len(set(values)) == len(values) and counts and over_all:
            raise ValueError(
                f"column {name!r} tells {len(starts)} blocks of rows from each other, each of which"
                " reaches over the whole field, as frames do; name it by method.columns:"
                " {frame: …}, or type, if it is the type"
            )
