"""The blocks of a campaign file (`system`, `potential`, `method`) with their axes.

Each may be a list of alternatives, whose jobs the campaign has one after the other.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workspace_schema.axes import Axis, AxisReader
from workspace_schema.base import Model
from workspace_schema.canonical import canonical, extents
from workspace_schema.conditions import conditions_of
from workspace_schema.errors import KeyPath, encodable, show
from workspace_schema.interactions import Interactions
from workspace_schema.job_ids import block_text
from workspace_schema.methods.imported import Imported
from workspace_schema.methods.registry import method_class
from workspace_schema.system import System

BLOCKS = ("system", "potential", "method")


@dataclass(frozen=True)
class Block:
    """One alternative of a block.

    Attributes
    ----------
    name : str
        One of `BLOCKS`.
    file_path : key path
        Where it stands in the campaign file.
    fixed : dict, optional
        What does not vary; None where the block is left out.
    axes : list of Axis
    model : type of Model
        What reads it.
    sources : dict of str to str
        Paths of imported files, by the SHA-256 of their content.
    together : tuple of str
        Dotted paths of axes that step together, whatever `zip` says.
    """

    name: str
    file_path: KeyPath
    fixed: dict[str, Any] | None
    axes: list[Axis]
    model: type[Model]
    sources: dict[str, str] = field(default_factory=dict)
    together: tuple[str, ...] = ()

    @property
    def keys(self) -> set[str]:
        """Keys the block may have in a file."""
        keys = set(self.model.model_fields)
        if self.model is Interactions:
            return keys - {"base"}
        return keys - {"sha256"} | {"files"} if self.model is Imported else keys


class ReadBlock:
    """A block at one step of its axes: the model, and its canonical form.

    Attributes
    ----------
    model : Model
    extent : dict
        Its extents that are not the default.
    only_open : bool
        Whether it says something that means nothing in a periodic boundary.
    """

    def __init__(self, model: Model, only_open: bool = False) -> None:
        self.model = model
        self.extent = extents(model)
        self.only_open = only_open
        self._canonical: dict[tuple[str, ...], tuple[dict[str, Any], str]] = {}
        self._uncut: ReadBlock | None = None

    def without_cut_off(self) -> ReadBlock:
        """Return the block of a potential in an open boundary; itself where it has a cut-off."""
        if self._uncut is None:
            assert isinstance(self.model, Interactions)
            model = self.model.without_cut_off()
            self._uncut = self if model is self.model else ReadBlock(model, self.only_open)
        return self._uncut

    def canonical(self, types: tuple[str, ...]) -> tuple[dict[str, Any], str]:
        """Return the canonical form in a system of these particle types, and its text."""
        model = self.model
        key = types if isinstance(model, Interactions) else ()
        if key not in self._canonical:
            form = model.canonical(types) if isinstance(model, Interactions) else canonical(model)
            self._canonical[key] = form, block_text(form)
        return self._canonical[key]


def alternatives(name: str, top: Mapping[str, Any], reader: AxisReader) -> list[Block]:
    """Return the alternatives of a block of the file, axes found; problems go to the reader."""
    if name not in top:  # for system and method that was said
        return [Block(name, (name,), None, [], Interactions)] if name == "potential" else []
    data = top[name]
    listed = isinstance(data, list)
    blocks = []
    for number, block in enumerate(data if listed else [data]):
        file_path: KeyPath = (name, number) if listed else (name,)
        if isinstance(block, Mapping):
            blocks.append(_read_alternative(name, block, file_path, reader))
        else:
            reader.problems.add(file_path, f"got {show(block)}; expected a mapping of keys")
    if listed and not data:
        reader.problems.add((name,), "an empty list; expected at least one mapping of keys")
    return [block for block in blocks if block is not None]


def _read_alternative(
    name: str, data: Mapping[str, Any], file_path: KeyPath, reader: AxisReader
) -> Block | None:
    model: type[Model] = System if name == "system" else Interactions
    if name == "method":
        try:
            model = method_class(data)
        except ValueError as error:
            reader.problems.add(file_path, str(error))
            return None
        if model is Imported:
            return _imported(model, data, file_path, reader)
    fixed, axes = reader.find(data, (name,), file_path)
    if not isinstance(fixed, dict):
        reader.problems.add(file_path, f"got {show(data)}; expected a mapping of keys")
        return None
    return Block(name, file_path, fixed, axes, model)


def _imported(
    model: type[Model], data: Mapping[str, Any], file_path: KeyPath, reader: AxisReader
) -> Block:
    """Return the block of method `imported`: its `files` are an axis of contents, and of the
    conditions that go with each."""
    fixed = {key: value for key, value in data.items() if key not in ("files", "conditions")}
    conditions = data.get("conditions")
    files = data.get("files")
    names = [files] if isinstance(files, str) else files
    if not isinstance(names, list) or not names:
        reader.problems.add((*file_path, "files"), f"got {show(files)}; expected a list of files")
        names = []
    sources: dict[str, str] = {}
    paths: dict[str, str] = {}
    for number, name in enumerate(names):
        for path in _matches(name, reader.folder):
            if path == conditions and path != name:  # a pattern meets the table of conditions
                continue
            digest = reader.file(path, (*file_path, "files", number))
            if digest:
                first = sources.get(digest, path)
                if conditions is None and first not in (path, encodable(str(path))):
                    reader.problems.warn(
                        (*file_path, "files", number),
                        f"{path} has the content of {first}: both are one job",
                    )
                sources.setdefault(digest, encodable(str(path)))
                paths[str(path)] = digest
    if conditions is None:
        axes = [Axis(("method", "sha256"), (*file_path, "files"), list(sources))]
        return Block("method", file_path, fixed, axes, model, sources)
    try:
        of_files = conditions_of(conditions, list(paths), reader.folder)
    except (ValueError, OSError) as error:
        reader.problems.add((*file_path, "conditions"), str(error))
        of_files = [{} for _ in paths]
    axes = [
        Axis(("method", "sha256"), (*file_path, "files"), list(paths.values())),
        Axis(("method", "conditions"), (*file_path, "conditions"), of_files),
    ]
    together = ("method.sha256", "method.conditions")
    return Block("method", file_path, fixed, axes, model, sources, together)


def _matches(name: Any, folder: Path) -> list[Any]:
    """Return the files a pattern stands for, sorted; what is no pattern stands for itself."""
    if not isinstance(name, str) or "\0" in name or not glob.has_magic(name):
        return [name]
    if (folder / name).is_file():
        return [name]
    return sorted(glob.glob(name, root_dir=folder)) or [name]
