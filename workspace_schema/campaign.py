"""Campaign files: read, check, expand to state points.

A campaign is the product of its axes, of its alternatives (`system`, `potential` and `method` may
each be a list of blocks) and of its replicas. `zip` lets axes step together, `sample` draws points
from intervals. Nothing is written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workspace_schema.axes import AxisReader
from workspace_schema.blocks import BLOCKS, alternatives
from workspace_schema.campaign_file import read_top
from workspace_schema.expansion import Expansion, Point
from workspace_schema.interactions import Interactions
from workspace_schema.marked_yaml import read_yaml
from workspace_schema.settings import Settings


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
    top = read_top(data, problems)
    reader = AxisReader(problems, file.parent)
    blocks = {name: alternatives(name, data, reader) for name in BLOCKS}
    expansion = Expansion(top, blocks, reader)
    expansion.run()
    axes = expansion.axes()
    problems.raise_if_any()
    return Campaign(
        name=top.name,
        points=list(expansion.points.values()),
        axes=axes,
        settings=top.settings,
        inputs=reader.inputs,
        tables=list(expansion.tables.values()),
        folder=file.parent,
        n_repeated=expansion.n_repeated,
    )
