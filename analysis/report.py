"""The report of a campaign as one web page that needs nothing else and runs no script."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.atlas import Entry
from analysis.colours import phase_style
from analysis.notation import html
from analysis.references import Reference

_TEMPLATE = Path(__file__).with_name("report.html")


@dataclass(frozen=True)
class Rows:
    """A table.

    Attributes
    ----------
    head : tuple of str
    rows : sequence of tuple of str
    """

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Tile:
    """One structure of the atlas and its picture (a PNG; None where there is none)."""

    entry: Entry
    picture: bytes | None

    @property
    def colour(self) -> str:
        """That of its label in every other figure."""
        return phase_style(self.entry.label).colour


@dataclass(frozen=True)
class Report:
    """What the page shows; all text is escaped when it is written.

    Attributes
    ----------
    title : str
    made : str
        When, and with which version.
    summary : list of (str, str)
        What is counted, and the number.
    diagram : bytes or None
        A PNG.
    figures : list of (str, bytes)
        What each of the others shows, and the PNG.
    rounds : list of str
        What there is to say of the rounds of an adaptive campaign.
    atlas : list of Tile
    designs : list of (str, bytes)
        What each design came to, and its figure, a PNG.
    methods : list of (str, Rows)
        Each method with the parameters all its jobs have in common.
    axes : Rows
        Each axis with its values.
    versions, cost, jobs : Rows
    failures : Rows
    references : list of Reference
    """

    title: str
    made: str
    summary: list[tuple[str, str]]
    diagram: bytes | None
    figures: list[tuple[str, bytes]]
    rounds: list[str]
    atlas: list[Tile]
    designs: list[tuple[str, bytes]]
    methods: list[tuple[str, Rows]]
    axes: Rows
    versions: Rows
    cost: Rows
    jobs: Rows
    failures: Rows
    references: list[Reference] = field(default_factory=list)


def write(report: Report, path: str | Path) -> None:
    """Write the page; pictures are part of it."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["png"] = _address
    # `html` escapes what it is given itself.
    environment.filters["axis"] = lambda name: Markup(html(name)) if "." in name else name
    page = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    content: dict[str, Any] = {name: getattr(report, name) for name in report.__dataclass_fields__}
    Path(path).write_text(page.render(**content), encoding="utf-8")


def _address(picture: bytes) -> str:
    return "data:image/png;base64," + b64encode(picture).decode("ascii")
