"""Conditions of samples whose configurations come from elsewhere: from a table or from file names.

A campaign file says ``conditions: TABLE.csv``, a table with a column ``file``, or a pattern on the
names of the files, ``"{sample}_{phi:f}.csv"``, or one mapping for all, ``{salt: 0.1}``. Every other
column (field, key) is a condition of the job, `conditions.NAME` in state points and diagrams.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import Field

from workspace_schema.errors import did_you_mean, show
from workspace_schema.inputs import too_large

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,49}$")]
#: Conditions of one sample: numbers, or words.
Conditions = dict[Name, Annotated[float, Field(strict=True)] | Annotated[str, Field(min_length=1)]]

#: Bytes of the largest table of conditions.
_LARGEST_TABLE = 10_000_000
_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
_FIELD = re.compile(r"\{(\w*)(?::([a-z]*))?\}")


def conditions_of(value: Any, files: Sequence[str], folder: Path) -> list[dict[str, Any]]:
    """Return the conditions of every file.

    Parameters
    ----------
    value : str or mapping
        What the campaign file has: path of a table, pattern, or one mapping for all files.
    files : sequence of str
        Paths of the files as the campaign file has them.
    folder : Path
        Of the campaign file.

    Raises
    ------
    ValueError, OSError
        Where it is none of these, or a file has no conditions or more than one set of them.
    """
    if isinstance(value, Mapping):
        return [dict(value) for _ in files]
    if not isinstance(value, str) or not value:
        raise ValueError(f"got {show(value)}; expected a table, a pattern or a mapping")
    if "{" in value:
        return [_by_pattern(value, file) for file in files]
    return _by_table(folder / value, files)


def _by_pattern(pattern: str, file: str) -> dict[str, Any]:
    """Conditions in the name of a file."""
    expression, at = "", 0
    kinds: dict[str, str] = {}
    for match in _FIELD.finditer(pattern):
        name, kind = match[1], match[2] or "s"
        if kind not in ("s", "f", "g", "d") or not name or name in kinds:
            raise ValueError(
                f"got {pattern!r}; expected fields such as {{sample}} and {{phi:f}}, each once"
            )
        expression += re.escape(pattern[at : match.start()])
        expression += f"({'.+?' if kind == 's' else _NUMBER})"
        kinds[name] = kind
        at = match.end()
    expression += re.escape(pattern[at:])
    name = file if "/" in pattern else PurePosixPath(file).name
    found = re.fullmatch(expression, name)
    if found is None:
        raise ValueError(f"got {pattern!r}, which {name!r} does not fit")
    words = zip(kinds.items(), found.groups(), strict=True)
    return {key: word if kind == "s" else float(word) for (key, kind), word in words if key != "_"}


def _by_table(path: Path, files: Sequence[str]) -> list[dict[str, Any]]:
    """Conditions in the row of a file."""
    rows = _rows(path)
    header = [_key(word) for word in rows[0]]
    for word, key in zip(rows[0], header, strict=True):
        if not key or header.count(key) > 1:
            raise ValueError(f"{path.name}: column {word!r} needs a name of its own")
    if "file" not in header:
        hint = did_you_mean("file", header)
        raise ValueError(f"{path.name}: no column file; {hint}")
    at = header.index("file")
    columns = {
        key: _values([row[number].strip() for row in rows[1:]])
        for number, key in enumerate(header)
        if number != at
    }
    known: dict[str, int] = {}
    for number, row in enumerate(rows[1:]):
        name = row[at].strip()
        if name in known:
            raise ValueError(f"{path.name}: {name} stands there twice")
        known[name] = number
    found = []
    for file in files:
        number = known.pop(file, known.pop(PurePosixPath(file).name, -1))
        if number < 0:
            raise ValueError(f"{path.name}: no row for {file}")
        of_file = {key: values[number] for key, values in columns.items()}
        found.append({key: item for key, item in of_file.items() if item != ""})
    if known:
        raise ValueError(f"{path.name}: {next(iter(known))!r} is none of the files")
    return found


def _rows(path: Path) -> list[list[str]]:
    """The cells of a table, all rows of one length."""
    if not path.is_file():
        raise ValueError(f"no table at {path}")
    if (size := path.stat().st_size) > _LARGEST_TABLE:
        raise ValueError(f"{path.name} {too_large(size, _LARGEST_TABLE)}")
    content = path.read_bytes()
    encodings = (
        ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "latin-1")
    )
    text = ""
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    rows = [
        row
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        if any(cell.strip() for cell in row)
    ]
    if len(rows) < 2:
        raise ValueError(f"{path.name} has no rows; expected a header with a column file, and rows")
    for row in rows:
        if len(row) != len(rows[0]):
            raise ValueError(
                f"{path.name}: {show(delimiter.join(row))} has {len(row)} cells, expected"
                f" {len(rows[0])}"
            )
    return rows


def _key(word: str) -> str:
    """A name without its unit, as a key: "volume fraction (%)" is volume_fraction."""
    bare = re.sub(r"[(\[].*?[)\]]", "", word).strip()
    return re.sub(r"\W+", "_", bare, flags=re.ASCII).strip("_")


def _values(words: Sequence[str]) -> list[Any]:
    """The numbers of a column where all that is there are numbers, else its words."""
    points = [word.replace(",", ".") if word.count(",") == 1 else word for word in words]
    if all(re.fullmatch(_NUMBER, word) for word in points if word):
        return [float(word) if word else "" for word in points]
    return list(words)
