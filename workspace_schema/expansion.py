"""From the blocks of a campaign and their axes to its points, one a job."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from workspace_schema.axes import AxisGroup, AxisReader, group_axes
from workspace_schema.blocks import BLOCKS, Block, ReadBlock
from workspace_schema.campaign_file import MAX_CANDIDATES, MAX_JOBS, CampaignFile
from workspace_schema.designs import Designs
from workspace_schema.errors import KeyPath, dotted, show
from workspace_schema.interactions import Interactions
from workspace_schema.job_ids import block_text
from workspace_schema.methods.design_base import Design
from workspace_schema.methods.method import Method
from workspace_schema.plausibility import Fault, faults
from workspace_schema.points import Body, Point
from workspace_schema.potentials import FORMS, Adjustable
from workspace_schema.potentials.pair_potential import says_none
from workspace_schema.ranges import has_ranges
from workspace_schema.statepoint import check_blocks, check_settings
from workspace_schema.steps import SteppedBlock
from workspace_schema.suggestions import did_you_mean
from workspace_schema.system import System
from workspace_schema.varying import Values, hint_at_axis, row_axes, state_point_path, varied_paths

#: Steps of a block whose models are kept; the axes of a block step as a whole or not at all.
MOST_CACHED = 5_000
#: Points that are all looked at for what will go wrong; of the others one now and then.
MOST_LOOKED = 20


class Expansion:
    """The product of the alternatives of a campaign, of their axes and of its replicas.

    To iterate over it, once, gives the distinct points in the order of the file; nothing of them
    is kept but their ids.

    Parameters
    ----------
    top : CampaignFile
    blocks : dict of str to list of Block
        The alternatives of each block, by its name.
    reader : AxisReader
        Whose problems take what is wrong.

    Attributes
    ----------
    n_points, n_repeated : int
        Distinct points so far, and those left out because another one is the same job.
    longer : dict of str to dict
        Extents, by job id, of points that another one repeats for longer.
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
        self.n_points = self.n_repeated = 0
        self.longer: dict[str, dict[str, Any]] = {}
        self._n_steps = self._n_looked = self._n_fatal = 0
        self._faults: list[tuple[KeyPath, Fault]] = []
        self._seen: set[bytes] = set()
        self._extents: dict[str, dict[str, Any]] = {}
        self._designs = Designs()
        self._varied = varied_paths(blocks)
        several = any(len(alternatives) > 1 for alternatives in blocks.values())
        self._values = Values([*self._varied, *(map(state_point_path, top.axes or ()))], several)

    def __iter__(self) -> Iterator[Point]:
        """Make the points.

        Raises
        ------
        CampaignError
            At the end, with all that is wrong.
        """
        # designs first: what uses them has their ids
        combinations = sorted(self._combinations(), key=lambda each: not _designs(each[0]))
        for blocks, groups in combinations:
            for point in self._expand(blocks, groups):
                self._values.add(point.statepoint)
                yield point
        self._judge()
        self.problems.raise_if_any()

    def _combinations(self) -> list[tuple[tuple[Block, ...], list[AxisGroup]]]:
        """Return what there is to multiply out, after making sure that it is not too much."""
        n_jobs = math.prod(len(alternatives) for alternatives in self.blocks.values())
        sample = self.top.sample
        combinations: list[tuple[tuple[Block, ...], list[AxisGroup]]] = []
        if n_jobs <= MAX_JOBS:
            n_jobs = 0
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
        listed = all(axis.values is not None for axis in varied.values())
        if sample is not None and listed and (sample.adaptive is None or sample.has_design):
            self.problems.add(("sample",), "nothing to draw; expected an axis {between: [a, b]}")
        self._check_adaptive(n_jobs)
        if self.top.replicas > 1 and not any(self._has_replicas(b) for b, _ in combinations):
            words = f"got {self.top.replicas}; no method of this file has replicas: one job a point"
            self.problems.warn(("replicas",), words)
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

    def _check_adaptive(self, n_jobs: int) -> None:
        """Refuse candidates that are too many, and replicas that the whole campaign has not."""
        sample = self.top.sample
        if sample is None or sample.adaptive is None:
            return
        if n_jobs > MAX_CANDIDATES:
            most = f"expected at most {MAX_CANDIDATES} to choose from"
            self.problems.add(("sample", "adaptive"), f"the campaign has {n_jobs} jobs; {most}")
            self.problems.raise_if_any()
        if sample.repeat > self.top.replicas:
            most = f"expected at most replicas, {self.top.replicas}"
            self.problems.add(("sample", "repeat"), f"got {sample.repeat}; {most}")

    @staticmethod
    def _has_replicas(blocks: tuple[Block, ...]) -> bool:
        return getattr(blocks[-1].model, "has_replicas", True)

    def _n_replicas(self, blocks: tuple[Block, ...]) -> int:
        if not self._has_replicas(blocks):
            return 1
        adaptive = self.top.sample is not None and self.top.sample.adaptive is not None
        return self.top.sample.repeat if self.top.sample and adaptive else self.top.replicas

    def _expand(self, blocks: tuple[Block, ...], groups: Sequence[AxisGroup]) -> Iterator[Point]:
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
            system, method = found["system"].model, found["method"].model
            assert isinstance(system, System)
            assert isinstance(method, Method)
            former = None
            try:
                if system.boundary == "open" and "potential" in found:
                    former = found["potential"]
                    found["potential"] = _without_cut_off(former)
                potential = found["potential"].model if "potential" in found else None
                assert potential is None or isinstance(potential, Interactions)
                if system.boundary == "periodic" and any(b.only_open for b in found.values()):
                    raise ValueError(
                        "potential: r_cut: got 'none'; expected a number, because system.boundary"
                        " is periodic"
                    )
                check_blocks(system, potential, method)
                check_settings(self.top.settings, system, method, potential)
                body = {name: block.canonical(system.types) for name, block in found.items()}
                form = method.meant(body["method"][0], system)
                if form is not body["method"][0]:
                    body["method"] = form, block_text(form)
                self._look(system, potential, method, blocks, groups, steps)
            except (ValueError, ArithmeticError) as error:
                self._refuse(str(error), blocks, groups, steps)
                continue
            source = sources.get(body["method"][0].get("sha256", ""))
            form = body["method"][0]
            if "conditions" in form:  # of the sample, not of the way to read it
                conditions = form["conditions"]
                form = {key: value for key, value in form.items() if key != "conditions"}
                body["method"] = form, block_text(form)
                body["conditions"] = conditions, block_text(conditions)
            designs = self._designs.used(body, system, potential, method)
            if not designs:
                sentence = (
                    f"{_sought(system, potential)}, and no method design here has this system,"
                    " potential and number_density; expected one, or the id of another in design:"
                )
                self._refuse(sentence, blocks, groups, steps)
                continue
            for designed in designs:
                point = Body(designed, source=source)
                if former is not None and former is not found["potential"]:
                    point.former = former.canonical(system.types)[1]
                for replica in replicas:
                    made = point.point(replica, found["method"].extent)
                    self._designs.add(body, system, method, made.job_id)
                    yield from self._distinct(made)

    def _look(
        self,
        system: System,
        potential: Interactions | None,
        method: Method,
        blocks: tuple[Block, ...],
        groups: Sequence[AxisGroup],
        steps: Sequence[int],
    ) -> None:
        """Look for what will go wrong at the first points, and at some of the others."""
        self._n_steps += 1
        if self._n_steps > MOST_LOOKED and self._n_steps % 10_007:
            return
        self._n_looked += 1
        found = list(faults(system, potential, method))
        self._n_fatal += any(fault.fatal for fault in found)
        for fault in found:
            locate = self._places(blocks, groups, steps)[1]
            self._faults.append((locate(fault.path), fault))

    def _judge(self) -> None:
        """Refuse what is sure to fail in every job, and warn of the rest."""
        for path, fault in self._faults:
            if fault.fatal and self._n_fatal == self._n_looked:
                self.problems.add(path, fault.message)
            else:
                self.problems.warn(path, fault.message)

    def _refuse(
        self,
        sentence: str,
        blocks: tuple[Block, ...],
        groups: Sequence[AxisGroup],
        steps: Sequence[int],
    ) -> None:
        """Add what is wrong with blocks together, at the step of their axes."""
        data, locate = self._places(blocks, groups, steps)
        self.problems.add_sentence(sentence, data, locate)

    def _places(
        self, blocks: tuple[Block, ...], groups: Sequence[AxisGroup], steps: Sequence[int]
    ) -> tuple[dict[str, Any], Callable[[KeyPath], KeyPath]]:
        """Return what blocks say at a step of their axes, and where in the file that stands."""
        data: dict[str, Any] = {"settings": self.top.settings.model_dump()}
        places: dict[str, Callable[[KeyPath], KeyPath]] = {
            "settings": lambda path: ("settings", *path)
        }
        for block in blocks:
            stepped = SteppedBlock(block, groups)
            data[block.name], places[block.name] = stepped.at(steps), stepped.locator(steps)

        def locate(path: KeyPath) -> KeyPath:
            return places[str(path[0])](path[1:]) if path else path

        return data, locate

    def _distinct(self, point: Point) -> Iterator[Point]:
        """Yield a point unless it is there; the same job, maybe for longer, is not made twice."""
        key = bytes.fromhex(point.job_id)
        if key not in self._seen:
            self._seen.add(key)
            self.n_points += 1
            if point.extent:
                self._extents[point.job_id] = point.extent
            yield point
            return
        self.n_repeated += 1
        known = self._extents.get(point.job_id, {})
        longest = known | {
            name: max(known.get(name, value), value) for name, value in point.extent.items()
        }
        if longest != known:
            self._extents[point.job_id] = self.longer[point.job_id] = longest

    def _reader(
        self, block: Block, groups: Sequence[AxisGroup]
    ) -> Callable[[Sequence[int]], ReadBlock | None]:
        """Return a function from the steps of all groups to the block at that step."""
        stepped = SteppedBlock(block, groups)
        cache: dict[tuple[int, ...], ReadBlock | None] = {}

        def read(steps: Sequence[int]) -> ReadBlock | None:
            key = stepped.own(steps)
            if key not in cache:
                if len(cache) >= MOST_CACHED:
                    cache.clear()
                cache[key] = self._read(block, stepped.at(steps), stepped.locator(steps))
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
            if has_ranges(data):
                known.add("design")
        try:
            read = model.model_validate(data)
            if isinstance(read, Interactions) and _names_file(data):
                self.tables.setdefault(json.dumps(data, sort_keys=True, default=str), read)
                read = read.stored(self.folder, None)
        except ValidationError as error:
            self.problems.add_validation_error(error, data, known, locate)
            return None
        except (ValueError, ArithmeticError) as error:
            self.problems.add_sentence(str(error), data, locate)
            return None
        return ReadBlock(read, only_open=model is Interactions and says_none(data))

    def varied(self) -> tuple[str, ...]:
        """Return the paths at which state points differ, after the points."""
        conditions = self._values.varying_conditions()
        known = (*self._varied, *conditions)
        others = [path for path in self._values.differing() if path not in known]
        differing = [*conditions, *others]
        varied = [*self._varied, *differing]
        return tuple(path for path in varied if path in differing or self._values.has(path))

    def axes(self) -> tuple[str, ...]:
        """Return the axes of the phase diagram as paths of state points, after the points."""
        varied = self.varied()
        if self.top.axes is None:
            return varied
        axes = [state_point_path(path) for path in self.top.axes]
        of_rows = row_axes(self.blocks["method"])
        for number, path in enumerate(axes):
            if path in axes[:number]:
                self.problems.add(("axes", number), f"got {show(path)}, which stands here twice")
            elif not self._values.has(path) and path not in of_rows:
                hint = hint_at_axis(path, [*varied, "replica"], self._values.leaves)
                self.problems.add(
                    ("axes", number), f"got {show(path)}, which is no value of the jobs; {hint}"
                )
        return tuple(axes)


def _sought(system: System, potential: Interactions | None) -> str:
    """What needs a design, and where."""
    if potential is None:
        name, block = next(iter(system.adjustable.items()))
        return f"system: building_blocks.{name}.{next(iter(block.free))}: is free"
    free = potential.base.free if isinstance(potential.base, Adjustable) else {}
    return "potential: " + (f"{next(iter(free))}: is free" if free else "form: got 'designed'")


def _designs(blocks: tuple[Block, ...]) -> bool:
    """Whether the method of a combination of blocks is a design."""
    return issubclass(blocks[-1].model, Design)


def _without_cut_off(potential: ReadBlock) -> ReadBlock:
    try:
        return potential.without_cut_off()
    except ValueError as error:
        raise ValueError(f"potential: {error}") from None


def _names_file(data: Any) -> bool:
    """Return whether a potential block names a file."""
    if not isinstance(data, Mapping):
        return False
    return "file" in data or any(_names_file(value) for value in data.values())
