"""Campaign files: read, check, expand to state points.

A campaign is the product of its axes, of its alternatives (`system`, `potential` and `method` may
each be a list of blocks) and of its replicas. `zip` lets axes step together, `sample` draws points
from intervals. Nothing is written here.
"""

from __future__ import annotations

import glob
import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError, model_validator

from workspace_schema.axes import Axis, AxisGroup, AxisReader, group_axes, place
from workspace_schema.base import Model
from workspace_schema.canonical import canonical, extents, job_id, lookup
from workspace_schema.errors import KeyPath, Problems, did_you_mean, dotted, show
from workspace_schema.interactions import Interactions
from workspace_schema.marked_yaml import read_yaml
from workspace_schema.methods import Method, method_class
from workspace_schema.methods.imported import Imported
from workspace_schema.potentials import FORMS
from workspace_schema.settings import Settings
from workspace_schema.statepoint import check_blocks
from workspace_schema.system import System

MAX_JOBS = 200_000
BLOCKS = ("system", "potential", "method")


class Sample(Model):
    """Points drawn from the intervals of a campaign; exactly one of the two designs.

    Attributes
    ----------
    latin_hypercube : int
        Number of points of a Latin hypercube (McKay, Beckman, Conover, Technometrics 21, 239
        (1979)); another number is another set of points.
    sobol : int
        Number of points of a scrambled Sobol sequence (Owen, J. Complexity 14, 466 (1998)); a
        larger number keeps the points there are.
    seed : int
        Seed of the design.
    """

    latin_hypercube: Annotated[int, Field(ge=1, le=MAX_JOBS)] | None = None
    sobol: Annotated[int, Field(ge=1, le=MAX_JOBS)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0

    @model_validator(mode="after")
    def _one_design(self) -> Sample:
        if (self.latin_hypercube is None) == (self.sobol is None):
            raise ValueError("expected one of latin_hypercube and sobol, a number of points")
        return self

    def draw(self, dimensions: int) -> Sequence[Sequence[float]]:
        """Return the points, shape (n, dimensions), in the unit cube."""
        import warnings

        import numpy as np
        from scipy.stats import qmc

        generator = np.random.default_rng(self.seed)
        if self.sobol is None:
            return qmc.LatinHypercube(dimensions, seed=generator).random(self.latin_hypercube)
        with warnings.catch_warnings():  # balance at powers of two matters to integrals, not here
            warnings.simplefilter("ignore", UserWarning)
            return qmc.Sobol(dimensions, seed=generator).random(self.sobol)


class CampaignFile(Model):
    """The top level of a campaign file; the blocks are read after their axes are expanded."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
    system: Any
    potential: Any = None
    method: Any
    replicas: Annotated[int, Field(ge=1, le=MAX_JOBS)] = 1
    axes: list[str] | None = None
    zip: list[Annotated[list[str], Field(min_length=2)]] = Field(default_factory=list)
    sample: Sample | None = None
    settings: Settings = Settings()


@dataclass(frozen=True)
class Point:
    """One job of a campaign.

    Attributes
    ----------
    job_id : str
        The id signac gives it.
    statepoint : dict
        Canonical state point. Points share unchanged blocks: copy before changing.
    extent : dict
        How long, where it is not the default; for the job document.
    source : str, optional
        Path of an imported file as the campaign file has it; for the job document.
    """

    job_id: str
    statepoint: dict[str, Any]
    extent: dict[str, Any]
    source: str | None = None


@dataclass(frozen=True)
class Campaign:
    """A campaign, expanded.

    Attributes
    ----------
    name : str
    points : list of Point
        Distinct, in the order of the file.
    axes : tuple of str
        Dotted paths of the axes of the phase diagram.
    settings : Settings
    inputs : dict of str to Path
        Files the campaign refers to, by the SHA-256 of their content.
    tables : list of Interactions
        Those that name table files, before the files are replaced by their hashes.
    folder : Path
        Folder of the campaign file.
    n_repeated : int
        Points that were left out because another one is the same job.
    """

    name: str
    points: list[Point]
    axes: tuple[str, ...]
    settings: Settings
    inputs: dict[str, Path]
    tables: list[Interactions]
    folder: Path
    n_repeated: int


def read_campaign(file: Path) -> Campaign:
    """Read a campaign file and expand it.

    Raises
    ------
    CampaignError
        With every problem found (at most 20), one line each.
    """
    data, problems = read_yaml(file)
    top = _read_top(data, problems)
    reader = AxisReader(problems, file.parent)
    blocks = {name: _alternatives(name, data, reader) for name in BLOCKS}
    campaign = _Expansion(top, blocks, reader).run()
    problems.raise_if_any()
    return campaign


def _read_top(data: dict[str, Any], problems: Problems) -> CampaignFile:
    """Return the top level; where it has problems, as much of it as helps to find more."""
    try:
        return CampaignFile.model_validate(data)
    except ValidationError as error:
        problems.add_validation_error(error, data, CampaignFile.model_fields, lambda path: path)
    wrong = {path[0] for path in problems.paths if path}
    rest = {key: value for key, value in data.items() if key not in wrong}
    if wrong & {"zip", "sample"}:  # without them nothing could be said of the axes
        problems.raise_if_any()
    try:
        return CampaignFile.model_validate({"name": "x", "system": None, "method": None} | rest)
    except ValidationError:
        problems.raise_if_any()
        raise


@dataclass(frozen=True)
class _Block:
    """One alternative of a block: what is fixed, and its axes."""

    name: str
    file_path: KeyPath
    fixed: dict[str, Any] | None  # None: left out
    axes: list[Axis]
    model: type[Model]
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> set[str]:
        """Keys the block may have in a file."""
        keys = set(self.model.model_fields)
        if self.model is Interactions:
            return keys - {"base"}
        return keys - {"sha256"} | {"files"} if self.model is Imported else keys


class _ReadBlock:
    """A block at one step of its axes: the model, and its canonical form."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.extent = extents(model)
        self._canonical: dict[tuple[str, ...], dict[str, Any]] = {}

    def canonical(self, types: tuple[str, ...]) -> dict[str, Any]:
        """Return the canonical form in a system of these particle types."""
        model = self.model
        key = types if isinstance(model, Interactions) else ()
        if key not in self._canonical:
            self._canonical[key] = (
                model.canonical(types) if isinstance(model, Interactions) else canonical(model)
            )
        return self._canonical[key]


def _alternatives(name: str, top: Mapping[str, Any], reader: AxisReader) -> list[_Block]:
    if name not in top:  # for system and method that was said
        return [_Block(name, (name,), None, [], Interactions)] if name == "potential" else []
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
) -> _Block | None:
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
    return _Block(name, file_path, fixed, axes, model)


def _imported(
    model: type[Model], data: Mapping[str, Any], file_path: KeyPath, reader: AxisReader
) -> _Block:
    """Return the block of method `imported`: its `files` are an axis of contents."""
    fixed = {key: value for key, value in data.items() if key != "files"}
    files = data.get("files")
    names = [files] if isinstance(files, str) else files
    if not isinstance(names, list) or not names:
        reader.problems.add((*file_path, "files"), f"got {show(files)}; expected a list of files")
        names = []
    sources: dict[str, str] = {}
    for number, name in enumerate(names):
        for path in _matches(name, reader.folder):
            digest = reader.file(path, (*file_path, "files", number))
            sources.setdefault(digest, str(path))
    axis = Axis(("method", "sha256"), (*file_path, "files"), list(sources))
    return _Block("method", file_path, fixed, [axis], model, sources)


def _matches(name: Any, folder: Path) -> list[Any]:
    """Return the files a pattern stands for, sorted; what is no pattern stands for itself."""
    if not isinstance(name, str) or "\0" in name or not glob.has_magic(name):
        return [name]
    if (folder / name).is_file():
        return [name]
    return sorted(glob.glob(name, root_dir=folder)) or [name]


class _Expansion:
    def __init__(
        self,
        top: CampaignFile,
        blocks: Mapping[str, list[_Block]],
        reader: AxisReader,
    ) -> None:
        self.top = top
        self.problems = reader.problems
        self.inputs = reader.inputs
        self.folder = reader.folder
        self.tables: dict[str, Interactions] = {}
        self.blocks = blocks
        self.points: dict[str, Point] = {}
        self.n_repeated = 0

    def run(self) -> Campaign:
        combinations = self._combinations()
        for blocks, groups in combinations:
            self._expand(blocks, groups)
        self.problems.raise_if_any()
        points = list(self.points.values())
        return Campaign(
            name=self.top.name,
            points=points,
            axes=self._axes(points),
            settings=self.top.settings,
            inputs=self.inputs,
            tables=list(self.tables.values()),
            folder=self.folder,
            n_repeated=self.n_repeated,
        )

    def _combinations(self) -> list[tuple[tuple[_Block, ...], list[AxisGroup]]]:
        """Return what there is to multiply out, after making sure that it is not too much."""
        n_jobs = math.prod(len(alternatives) for alternatives in self.blocks.values())
        combinations: list[tuple[tuple[_Block, ...], list[AxisGroup]]] = []
        if n_jobs <= MAX_JOBS:
            n_jobs = 0
            sample = self.top.sample
            draw = sample.draw if sample is not None else None
            for blocks in itertools.product(*self.blocks.values()):
                axes = [axis for block in blocks for axis in block.axes]
                groups = group_axes(axes, self.top.zip, draw, self.problems)
                combinations.append((blocks, groups))
                n_jobs += math.prod(group.size for group in groups) * self._n_replicas(blocks)
        if n_jobs > MAX_JOBS:
            self.problems.add((), f"the campaign has {n_jobs} jobs; expected at most {MAX_JOBS}")
            self.problems.raise_if_any()
        varied = {
            dotted(axis.path): axis
            for alternatives in self.blocks.values()
            for block in alternatives
            for axis in block.axes
        }
        for number, names in enumerate(self.top.zip):
            if not set(names) & set(varied):
                self.problems.add(("zip", number), "none of these varies; expected paths of axes")
        if self.top.sample is not None and all(a.values is not None for a in varied.values()):
            self.problems.add(("sample",), "nothing to draw; expected an axis {between: [a, b]}")
        return combinations

    def _n_replicas(self, blocks: tuple[_Block, ...]) -> int:
        return self.top.replicas if getattr(blocks[-1].model, "has_replicas", True) else 1

    def _expand(self, blocks: tuple[_Block, ...], groups: Sequence[AxisGroup]) -> None:
        readers = {b.name: self._reader(b, groups) for b in blocks if b.fixed is not None}
        replicas = range(self._n_replicas(blocks))
        sources = blocks[-1].sources
        places = {block.name: block.file_path for block in blocks}

        def locate(path: KeyPath) -> KeyPath:
            return (*places[str(path[0])], *path[1:]) if path else path

        for steps in itertools.product(*(range(group.size) for group in groups)):
            if self.problems.full:
                return
            read = {name: reader(steps) for name, reader in readers.items()}
            found = {name: block for name, block in read.items() if block is not None}
            if len(found) < len(read):
                continue  # its problems are known
            system, potential, method = (
                found[name].model if name in found else None for name in BLOCKS
            )
            assert isinstance(system, System)
            assert isinstance(method, Method)
            assert potential is None or isinstance(potential, Interactions)
            try:
                check_blocks(system, potential, method)
                body = {name: block.canonical(system.types) for name, block in found.items()}
            except ValueError as error:
                fixed = {block.name: block.fixed for block in blocks}
                self.problems.add_sentence(str(error), fixed, locate)
                continue
            source = sources.get(body["method"].get("sha256", ""))
            for replica in replicas:
                self._add({**body, "replica": replica}, found["method"].extent, source)

    def _add(self, statepoint: dict[str, Any], extent: dict[str, Any], source: str | None) -> None:
        key = job_id(statepoint)
        known = self.points.get(key)
        if known is not None:  # the same job, maybe for longer
            self.n_repeated += 1
            longest = {
                name: max(known.extent.get(name, value), value) for name, value in extent.items()
            }
            extent = known.extent | longest
        self.points[key] = Point(key, statepoint, extent, source)

    def _reader(
        self, block: _Block, groups: Sequence[AxisGroup]
    ) -> Callable[[Sequence[int]], _ReadBlock | None]:
        """Return a function from the steps of all groups to the block at that step."""
        varied = [
            (axis, number, member, group)
            for number, group in enumerate(groups)
            for member, axis in enumerate(group.axes)
            if axis.path[0] == block.name
        ]
        cache: dict[tuple[int, ...], _ReadBlock | None] = {}

        def read(steps: Sequence[int]) -> _ReadBlock | None:
            key = tuple(steps[number] for _, number, _, _ in varied)
            if key not in cache:
                data = block.fixed
                for axis, number, member, group in varied:
                    data = place(data, axis.path[1:], group.value(member, steps[number]))
                located = [(axis, steps[number]) for axis, number, _, _ in varied]
                cache[key] = self._read(block, data, located)
            return cache[key]

        return read

    def _read(self, block: _Block, data: Any, steps: Sequence[tuple[Axis, int]]) -> Any:
        """Return the block at one step of its axes, None where there are problems."""

        def locate(path: KeyPath) -> KeyPath:
            for axis, step in steps:
                inner = axis.path[1:]
                if path[: len(inner)] == inner:
                    item = (step,) if axis.listed else ()
                    return (*axis.file_path, *item, *path[len(inner) :])
            return (*block.file_path, *path)

        model = block.model
        known = block.keys
        if model is Interactions:
            form = data.get("form")
            if not isinstance(form, str) or form not in FORMS:
                message = f"got {show(form)}; {did_you_mean(str(form), FORMS)}"
                self.problems.add(locate(("form",)), message)
                return None
            known |= FORMS[form].model_fields.keys()
        try:
            read = model.model_validate(data)
            if isinstance(read, Interactions) and _names_file(data):
                self.tables.setdefault(json.dumps(data, sort_keys=True, default=str), read)
                read = read.stored(self.folder, None)
        except ValidationError as error:
            self.problems.add_validation_error(error, data, known, locate)
            return None
        except ValueError as error:
            self.problems.add_sentence(str(error), data, locate)
            return None
        return _ReadBlock(read)

    def _axes(self, points: Sequence[Point]) -> tuple[str, ...]:
        """Return the axes of the phase diagram as paths of state points."""
        varied = list(
            dict.fromkeys(
                _state_point_path(dotted(axis.path))
                for alternatives in self.blocks.values()
                for block in alternatives
                for axis in block.axes
                if axis.path != ("method", "sha256")  # each file is its own point
            )
        )
        if any(len(alternatives) > 1 for alternatives in self.blocks.values()):
            varied += [path for path in _differing(points) if path not in varied]
        if self.top.axes is None:
            return tuple(path for path in varied if _is_value(path, points))
        axes = [_state_point_path(path) for path in self.top.axes]
        for number, path in enumerate(axes):
            if path in axes[:number]:
                self.problems.add(("axes", number), f"got {show(path)}, which stands here twice")
            elif not _is_value(path, points):
                hint = did_you_mean(path, [*varied, "replica"])
                self.problems.add(
                    ("axes", number), f"got {show(path)}, which is no value of the jobs; {hint}"
                )
        return tuple(axes)


def _differing(points: Sequence[Point]) -> list[str]:
    """Return the paths at which jobs of one method differ, other than by replica."""
    seen: dict[tuple[str, str], set[str]] = {}

    def leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, Mapping):
            for key, item in value.items():
                yield from leaves(item, f"{path}.{key}" if path else key)
        else:
            yield path, json.dumps(value)

    for point in points:
        name = point.statepoint["method"]["name"]
        for path, value in leaves(point.statepoint, ""):
            if path not in ("replica", "method.name", "method.sha256"):
                seen.setdefault((name, path), set()).add(value)
    return list(dict.fromkeys(path for (_, path), values in seen.items() if len(values) > 1))


def _names_file(data: Any) -> bool:
    """Return whether a potential block names a table file."""
    if not isinstance(data, Mapping):
        return False
    return "file" in data or any(_names_file(value) for value in data.values())


def _state_point_path(path: str) -> str:
    """Return a path as state points have it: the types of a pair are sorted."""
    parts = path.split(".")
    if parts[:2] == ["potential", "pairs"] and len(parts) > 2:
        parts[2] = "-".join(sorted(parts[2].split("-")))
    return ".".join(parts)


def _is_value(path: str, points: Sequence[Point]) -> bool:
    """Return whether some job has a value, not a block, at a path."""

    def values() -> Iterator[Any]:
        for point in points:
            try:
                yield lookup(point.statepoint, path)
            except KeyError:
                continue

    return any(not isinstance(value, Mapping) for value in values())
