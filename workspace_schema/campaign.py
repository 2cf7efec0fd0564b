"""Campaign files: read, check, expand to state points.

A campaign is the product of its axes, of its alternatives (`system`, `potential` and `method` may
each be a list of blocks) and of its replicas. `zip` lets axes step together, `sample` draws points
from intervals. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workspace_schema.axes import AxisReader
from workspace_schema.blocks import BLOCKS, alternatives
from workspace_schema.campaign_file import Sample, read_top
from workspace_schema.expansion import Expansion
from workspace_schema.interactions import Interactions
from workspace_schema.labelling import Labelling
from workspace_schema.marked_yaml import read_yaml
from workspace_schema.points import Point
from workspace_schema.settings import Settings


@dataclass(frozen=True)
class Campaign:
    """A campaign, expanded.

    Attributes
    ----------
    name : str
    title : str
        Of figures and pages; "" where the name stands for it.
    points : list of Point
        Distinct, in the order of the file; empty where they were looked at one by one.
    n_points : int
    longer : dict of str to dict
        Extents, by job id, of those that were looked at and turned out to go on for longer.
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
    warnings : tuple of str
        What may not be meant as it is written, one line each.
    varied : tuple of str
        Dotted paths at which state points differ.
    sample : Sample, optional
        How points are chosen; with `sample.adaptive` the points are candidates.
    labels : Labelling, optional
        Who labels, where the file has the block.
    also : frozenset of str
        Ids of jobs that belong to it though its file does not have them: of a coarser grid, say.
    """

    name: str
    title: str
    points: list[Point]
    n_points: int
    longer: dict[str, dict[str, Any]]
    axes: tuple[str, ...]
    settings: Settings
    inputs: dict[str, Path]
    tables: list[Interactions]
    folder: Path
    n_repeated: int
    warnings: tuple[str, ...] = ()
    varied: tuple[str, ...] = ()
    sample: Sample | None = None
    also: frozenset[str] = frozenset()
    labels: Labelling | None = None

    @property
    def is_adaptive(self) -> bool:
        """Whether the points are candidates."""
        return self.sample is not None and self.sample.adaptive is not None


def read_campaign(
    file: Path, look: Callable[[Point], None] | None = None, name: Path | None = None
) -> Campaign:
    """Read a campaign file and expand it.

    Parameters
    ----------
    file : Path
    look : callable, optional
        Is given each point as it is made; then none is kept, so that a million of them take
        little memory.
    name : Path, optional
        What messages call the file.

    Raises
    ------
    CampaignError
        With every problem found (at most 20), one line each.
    """
    data, problems = read_yaml(file, name)
    top = read_top(data, problems)
    reader = AxisReader(problems, file.parent)
    blocks = {name: alternatives(name, data, reader) for name in BLOCKS}
    expansion = Expansion(top, blocks, reader)
    points: list[Point] = []
    keep = points.append if look is None else look
    for point in expansion:
        keep(point)
    axes = expansion.axes()
    labels = top.labels and top.labels.with_hashes(reader.file)
    if labels and labels.doubt:
        problems.warn(("labels", "train"), labels.doubt)
    if labels and labels.lacking:
        problems.warn(("labels", "model"), labels.lacking)
    problems.raise_if_any()
    longer = expansion.longer
    return Campaign(
        name=top.name,
        title=top.title or "",
        points=[replace(p, extent=longer.get(p.job_id, p.extent)) for p in points],
        n_points=expansion.n_points,
        longer=longer,
        axes=axes,
        settings=top.settings,
        inputs=reader.inputs,
        tables=list(expansion.tables.values()),
        folder=file.parent,
        n_repeated=expansion.n_repeated,
        warnings=tuple(problems.warnings),
        varied=expansion.varied(),
        sample=top.sample,
        labels=labels,
    )
