"""From the blocks of a campaign and their axes to its points, one a job."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from workspace_schema.axes import Axis, AxisGroup, AxisReader, group_axes, place
from workspace_schema.blocks import BLOCKS, Block, ReadBlock
from workspace_schema.campaign_file import MAX_JOBS, CampaignFile
from workspace_schema.canonical import lookup
from workspace_schema.errors import KeyPath, did_you_mean, dotted, show
from workspace_schema.interactions import Interactions
from workspace_schema.job_ids import job_id
from workspace_schema.methods import Method
from workspace_schema.potentials import FORMS
from workspace_schema.statepoint import check_blocks, check_settings
from workspace_schema.system import System


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


class Expansion:
    """The product of the alternatives of a campaign, of their axes and of its replicas.

    Parameters
    ----------
    top : CampaignFile
    blocks : dict of str to list of Block
        The alternatives of each block, by its name.
    reader : AxisReader
        Whose problems take what is wrong.

    Attributes
    ----------
    points : dict of str to Point
        Distinct, by job id, in the order of the file.
    n_repeated : int
        Points that were left out because another one is the same job.
    tables : dict of str to Interactions
        Those that name table files.
    """

    def __init__(
        self,
        top: CampaignFile,
        blocks: Mapping[str, list[Block]],
        reader: AxisReader,
    ) -> None:
        self.top = top
        self.problems = reader.problems
        self.folder = reader.folder
        self.tables: dict[str, Interactions] = {}
        self.blocks = blocks
        self.points: dict[str, Point] = {}
        self.n_repeated = 0

    def run(self) -> None:
        """Make the points.

        Raises
        ------
        CampaignError
        """
        for blocks, groups in self._combinations():
            self._expand(blocks, groups)
        self.problems.raise_if_any()

    def _combinations(self) -> list[tuple[tuple[Block, ...], list[AxisGroup]]]:
        """Return what there is to multiply out, after making sure that it is not too much."""
        n_jobs = math.prod(len(alternatives) for alternatives in self.blocks.values())
        combinations: list[tuple[tuple[Block, ...], list[AxisGroup]]] = []
        if n_jobs <= MAX_JOBS:
            n_jobs = 0
            sample = self.top.sample
            draw = sample.draw if sample is not None else None
            for blocks in self._alternatives():
                axes = [axis for block in blocks for axis in block.axes]
                zipped = [[n for n in names if n not in BLOCKS] for names in self.top.zip]
                zipped += [list(block.together) for block in blocks if block.together]
                groups = group_axes(axes, zipped, draw, self.problems)
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
            if not set(names) & (set(varied) | set(BLOCKS)):
                self.problems.add(("zip", number), "none of these varies; expected paths of axes")
        if self.top.sample is not None and all(a.values is not None for a in varied.values()):
            self.problems.add(("sample",), "nothing to draw; expected an axis {between: [a, b]}")
        return combinations

    def _alternatives(self) -> list[tuple[Block, ...]]:
        """Return which blocks go together: all with all, unless `zip` names blocks."""
        places = [
            dict(zip(self.blocks, numbers, strict=True))
            for numbers in itertools.product(*(range(len(b)) for b in self.blocks.values()))
        ]
        for number, names in enumerate(self.top.zip):
            here = [name for name in names if name in BLOCKS]
            if not here:
                continue
            sizes = {name: len(self.blocks.get(name, ())) for name in here}
            if len(here) < len(names) or len(here) < 2:
                expected = "expected blocks (system, potential, method) or paths of axes, not both"
                self.problems.add(("zip", number), f"got {show(names)}; {expected}")
            elif len(set(sizes.values())) > 1:
                lengths = ", ".join(f"{name} has {size}" for name, size in sizes.items())
                self.problems.add(("zip", number), f"expected equal lengths; {lengths}")
            places = [at for at in places if len({at[name] for name in here}) == 1]
        return [tuple(self.blocks[name][at[name]] for name in self.blocks) for at in places]

    def _n_replicas(self, blocks: tuple[Block, ...]) -> int:
        return self.top.replicas if getattr(blocks[-1].model, "has_replicas", True) else 1

    def _expand(self, blocks: tuple[Block, ...], groups: Sequence[AxisGroup]) -> None:
        readers = {b.name: self._reader(b, groups) for b in blocks if b.fixed is not None}
        replicas = range(self._n_replicas(blocks))
        sources = blocks[-1].sources
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
                check_settings(self.top.settings, system, method)
                body = {name: block.canonical(system.types) for name, block in found.items()}
            except ValueError as error:
                self._refuse(str(error), blocks, groups, steps)
                continue
            source = sources.get(body["method"].get("sha256", ""))
            if "conditions" in body["method"]:  # of the sample, not of the way to read it
                body["method"] = dict(body["method"])
                body["conditions"] = body["method"].pop("conditions")
            for replica in replicas:
                self._add({**body, "replica": replica}, found["method"].extent, source)

    def _refuse(
        self,
        sentence: str,
        blocks: tuple[Block, ...],
        groups: Sequence[AxisGroup],
        steps: Sequence[int],
    ) -> None:
        """Add what is wrong with blocks together, at the step of their axes."""
        data: dict[str, Any] = {"settings": self.top.settings.model_dump()}
        places: dict[str, Callable[[KeyPath], KeyPath]] = {
            "settings": lambda path: ("settings", *path)
        }
        for block in blocks:
            varied = _varied(block, groups)
            data[block.name] = _placed(block, varied, steps)
            places[block.name] = _locator(block, varied, steps)

        def locate(path: KeyPath) -> KeyPath:
            return places[str(path[0])](path[1:]) if path else path

        self.problems.add_sentence(sentence, data, locate)

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
        self, block: Block, groups: Sequence[AxisGroup]
    ) -> Callable[[Sequence[int]], ReadBlock | None]:
        """Return a function from the steps of all groups to the block at that step."""
        varied = _varied(block, groups)
        cache: dict[tuple[int, ...], ReadBlock | None] = {}

        def read(steps: Sequence[int]) -> ReadBlock | None:
            key = tuple(steps[number] for _, number, _, _ in varied)
            if key not in cache:
                data, locate = _placed(block, varied, steps), _locator(block, varied, steps)
                cache[key] = self._read(block, data, locate)
            return cache[key]

        return read

    def _read(self, block: Block, data: Any, locate: Callable[[KeyPath], KeyPath]) -> Any:
        """Return the block at one step of its axes, None where there are problems."""
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
        return ReadBlock(read)

    def axes(self) -> tuple[str, ...]:
        """Return the axes of the phase diagram as paths of state points."""
        points = list(self.points.values())
        varied = list(
            dict.fromkeys(
                _state_point_path(dotted(axis.path))
                for alternatives in self.blocks.values()
                for block in alternatives
                for axis in block.axes
                # each file is its own point
                if axis.path not in (("method", "sha256"), ("method", "conditions"))
            )
        )
        varied += _varying_conditions(points)
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


#: An axis of a block, the number of its group, its number in the group, and the group.
_Varied = list[tuple[Axis, int, int, AxisGroup]]


def _varied(block: Block, groups: Sequence[AxisGroup]) -> _Varied:
    """Return the axes of a block."""
    return [
        (axis, number, member, group)
        for number, group in enumerate(groups)
        for member, axis in enumerate(group.axes)
        if axis.path[0] == block.name
    ]


def _placed(block: Block, varied: _Varied, steps: Sequence[int]) -> Any:
    """Return what a block says at one step of its axes."""
    data: Any = block.fixed
    for axis, number, member, group in varied:
        data = place(data, axis.path[1:], group.value(member, steps[number]))
    return data


def _locator(block: Block, varied: _Varied, steps: Sequence[int]) -> Callable[[KeyPath], KeyPath]:
    """Return the function that turns a key path in a block at a step into one of the file."""

    def locate(path: KeyPath) -> KeyPath:
        for axis, number, _, _ in varied:
            inner = axis.path[1:]
            if path[: len(inner)] == inner:
                item = (steps[number],) if axis.listed else ()
                return (*axis.file_path, *item, *path[len(inner) :])
        return (*block.file_path, *path)

    return locate


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


def _varying_conditions(points: Sequence[Point]) -> list[str]:
    """Return the paths of conditions that differ: numbers, or words where no number does."""
    values: dict[str, set[Any]] = {}
    for point in points:
        for name, value in point.statepoint.get("conditions", {}).items():
            values.setdefault(name, set()).add(value)
    varying = {name: found for name, found in values.items() if len(found) > 1}
    numbers = [n for n, found in varying.items() if all(isinstance(v, float) for v in found)]
    return [f"conditions.{name}" for name in numbers or varying]


def _is_value(path: str, points: Sequence[Point]) -> bool:
    """Return whether some job has a value, not a block, at a path."""

    def values() -> Iterator[Any]:
        for point in points:
            try:
                yield lookup(point.statepoint, path)
            except KeyError:
                continue

    return any(not isinstance(value, Mapping) for value in values())
