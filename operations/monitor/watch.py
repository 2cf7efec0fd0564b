"""The campaign on one screen of a terminal, refreshed while jobs run."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations.jobs.state import State
from operations.monitor.campaign_view import CampaignView, Listing, view

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

#: Seconds that one look at the jobs may take; the next one goes on from there.
LOOK = 1.0
#: Seconds between questions to the scheduler.
ASK = 30.0
#: Values along each axis of the diagram that are shown.
MOST_VALUES = (24, 14)

_STYLES = {
    "waiting": "dim",
    "queued": "cyan",
    "running": "bold blue",
    "continued": "blue",
    "again": "yellow",
    "failed": "bold red",
    "unlabelled": "magenta",
    "done": "green",
}

Asked = Callable[[], tuple[Collection[str], Collection[str]]]


@dataclass
class Diagram:
    """The phase diagram in characters; read again only when its table has changed.

    Attributes
    ----------
    root : Path
    lines : list of Text
        Empty where there is nothing to draw.
    """

    root: Path
    lines: list[Text] = field(default_factory=list)
    _written: int = 0

    def refresh(self) -> None:
        """Read the table if it is new; what cannot be read leaves the diagram as it was."""
        from analysis.phase_diagram.table import (
            TABLE_FILE,
            arrangement,
            campaign_axes,
            read_table,
        )

        try:
            written = (self.root / TABLE_FILE).stat().st_mtime_ns
            if written != self._written:
                table = read_table(self.root)
                further = arrangement(table).get("panels", ())  # of which it says that it shows all
                self.lines = characters(table, [*campaign_axes(table), *further])
                self._written = written
        except Exception:  # whatever the file may hold
            return


def characters(table: Any, axes: list[str]) -> list[Text]:
    """A phase diagram of its first two axes, one letter a point, what most jobs there say.

    Parameters
    ----------
    table : DataFrame
    axes : list of str

    Returns
    -------
    list of Text
        Rows from the largest value of the second axis downwards, then the legend; empty without
        axes or labels.
    """
    import numpy as np
    from rich.text import Text

    from analysis.colours import phase_styles
    from analysis.notation import unicode
    from analysis.phase_diagram.points import merge_replicas
    from analysis.phase_diagram.table import Scale, uniform

    jobs = uniform(table, axes)
    if not axes or not len(jobs) or not (jobs["label"] != "").any():
        return []
    drawn = [Scale.of(jobs[name].tolist(), name) for name in axes[:2]]
    coordinates = np.stack([axis.coordinates for axis in drawn], axis=1)
    whole = np.isfinite(coordinates).all(axis=1)
    points = merge_replicas(jobs[whole].reset_index(drop=True), coordinates[whole])
    names = sorted(set(points.label) - {""})
    letters, styles = _letters(names), phase_styles(names)
    values = [np.unique(points.coordinates[:, k]) for k in range(len(drawn))]
    if len(values) == 1:
        values.append(np.zeros(1))
    if any(len(one) > most for one, most in zip(values, MOST_VALUES, strict=True)):
        return []
    at = {tuple(point): k for k, point in enumerate(points.coordinates.tolist())}
    shown = [_texts(jobs, axis) for axis in drawn]
    heads = [shown[1].get(y, "") for y in values[1]] if len(drawn) > 1 else [""]
    margin = max(len(head) for head in heads)
    lines = []
    for y, head in zip(values[1][::-1], heads[::-1], strict=True):
        line = Text(f"  {head:>{margin}} ")
        for x in values[0]:
            k = at.get((x, y) if len(drawn) > 1 else (x,))
            label = str(points.label[k]) if k is not None else ""
            mark = letters.get(label, "·" if k is not None else " ")
            line.append(f" {mark} ", style=f"reverse {styles[label].colour}" if label else "dim")
        lines.append(line)
    first, last = (shown[0].get(x, "") for x in (values[0][0], values[0][-1]))
    width = max(3 * len(values[0]) - len(last), len(first) + 1)
    lines.append(Text(f"  {'':>{margin}} {first:<{width}}{last}", style="dim"))
    above = f", {unicode(axes[1])} upwards" if len(drawn) > 1 else ""
    legend = Text(f"  {unicode(axes[0])} to the right{above}", style="dim")
    if len(axes) > 2:
        legend.append(f", all {', '.join(unicode(name) for name in axes[2:])}", style="dim")
    lines.append(legend)
    key = Text(" ")
    for name in names:
        key.append(f" {letters[name]} ", style=f"reverse {styles[name].colour}")
        key.append(f" {name} ")
    lines.append(key)
    return lines


def _texts(jobs: Any, axis: Any) -> dict[float, str]:
    """How each value of an axis is written, by its coordinate."""
    from analysis.notation import format_value

    pairs = zip(axis.coordinates.tolist(), jobs[axis.name], strict=True)
    return {place: format_value(value) for place, value in pairs}


def _letters(names: list[str]) -> dict[str, str]:
    """A letter of its own for every name, its first one where that is free."""
    letters: dict[str, str] = {}
    for name in names:
        wanted = [letter for letter in name if letter.isalpha()]
        choices = [*wanted, *(letter.upper() for letter in wanted), *"abcdefghijklmnopqrstuvwxyz"]
        free = [letter for letter in choices if letter not in letters.values()]
        letters[name] = free[0] if free else "?"
    return letters


def screen(now: CampaignView, diagram: list[Text], height: int = 24) -> RenderableType:
    """What the terminal shows.

    Parameters
    ----------
    now : CampaignView
    diagram : list of Text
    height : int
        Lines of the terminal: reasons and then the diagram are left out where there is no room.
    """
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    done, total = now.total(State.DONE), max(now.n_jobs, 1)
    head = Text()
    head.append(now.name, style="bold")
    part = "" if now.complete else ", still being counted"
    head.append(f"  {now.n_jobs} jobs, {done / total:.0%} done{part}")
    head.append(time.strftime("  %H:%M:%S", time.localtime(now.time)), style="dim")
    states = [state for state in State if now.total(state)]
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("method", no_wrap=True)
    for state in states:
        table.add_column(state, justify="right", style=_STYLES[state], no_wrap=True)
    for method, counts in now.counts.items():
        table.add_row(method.replace("_", " "), *(str(counts.get(state, "")) for state in states))
    if len(now.counts) > 1:
        table.add_row("all", *(str(now.total(state)) for state in states), style="bold")
    parts: list[RenderableType] = [head, ProgressBar(total, done, width=60), Text(), table, Text()]
    parts.append(_pace(now))
    parts += [Text(line, no_wrap=True, overflow="ellipsis") for line in now.rounds]
    used = 7 + len(now.rounds) + len(now.counts) + (len(now.counts) > 1)
    room = max(height - used - 1, 0)
    reasons = now.reasons[: min(6, max(room - 1, 0))]
    if reasons:
        parts.append(Text())
    for reason in reasons:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{len(reason.job_ids):>6} {reason.state} ", style=_STYLES[reason.state])
        line.append(f"{reason.job_ids[0][:8]}  {reason.text}")
        parts.append(line)
    room -= len(reasons) + bool(reasons)
    if diagram and room > len(diagram):
        parts += [Text(), *diagram]
    return Group(*parts)


def _pace(now: CampaignView) -> Text:
    from rich.text import Text

    said = []
    if now.per_hour is not None:
        said.append(f"{now.per_hour:.3g} jobs an hour")
    for kind, hours in now.hours.items():
        said.append(f"{hours:.2g} {kind}-hours left in {now.jobs_left[kind]} jobs")
    if now.finish is not None:
        form = "%H:%M" if now.finish - now.time < 20 * 3600 else "%a %d %b %H:%M"
        said.append(time.strftime(f"done about {form}", time.localtime(now.finish)))
    return Text(" · ".join(said) or "nothing runs, nothing is left")


def watch(
    root: Path,
    queue: Asked,
    seconds: float = 2.0,
    console: Console | None = None,
    once: bool = False,
) -> None:
    """Show the campaign until the keyboard interrupts; once where the output is no terminal.

    Parameters
    ----------
    root : Path
    queue : callable
        Ids that wait and that run, as the scheduler says; asked every `ASK` seconds.
    seconds : float
        Between two looks.
    console : rich.console.Console, optional
    once : bool
        Print what there is and return.
    """
    from rich.console import Console
    from rich.live import Live

    console = console or Console()
    listing, diagram = Listing(root), Diagram(root)
    if once or not console.is_terminal:
        listing.refresh()
        diagram.refresh()
        console.print(screen(view(listing, *queue()), diagram.lines, 1000))
        return
    asked, waiting = time.monotonic(), queue()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            begin = time.monotonic()
            listing.refresh(LOOK)
            if begin - asked > ASK:
                asked, waiting = begin, queue()
            now = view(listing, *waiting)
            live.update(screen(now, diagram.lines, console.height), refresh=True)
            diagram.refresh()  # the first time pandas is imported: after something is seen
            time.sleep(max(seconds - (time.monotonic() - begin), 0.1) if listing.complete else 0.05)


def command(words: list[str], find: Callable[[], Any]) -> None:
    """`project.py watch`: show the campaign on one screen until the keyboard interrupts.

    Parameters
    ----------
    words : list of str
        Of the command line, behind `watch`.
    find : callable
        Gives the project; called when the words are understood.
    """
    from argparse import ArgumentParser

    parser = ArgumentParser("project.py watch", description="The campaign on one screen.")
    parser.add_argument("--seconds", type=float, default=2.0, help="between two looks")
    parser.add_argument("--once", action="store_true", help="print it and return")
    told = parser.parse_args(words)
    root = Path(find().path)
    with suppress(KeyboardInterrupt):
        watch(root, partial(waiting_and_running, root), max(told.seconds, 0.2), once=told.once)


def waiting_and_running(root: Path) -> tuple[set[str], set[str]]:
    """Ids of the jobs that wait and that run, as the scheduler says; none where it does not."""
    from operations.slurm.scheduler import SchedulerError
    from operations.slurm.submission import Queue

    try:
        queue = Queue.ask(root)
    except (SchedulerError, OSError):
        return set(), set()
    return queue.waiting, queue.active
