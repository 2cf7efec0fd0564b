"""The legend of the printed diagram: phases, coexistences, and how many jobs have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.colours import FAILED_COLOUR, UNLABELLED_COLOUR, PhaseStyle
from analysis.phase_diagram.look import Look
from analysis.phase_diagram.panels import INK, escape, wrap
from analysis.phase_diagram.table import FAILED, LABELLED, UNFINISHED, UNLABELLED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: Panels of a column whose jobs are counted one by one.
MOST_COUNTED = 4


def _phases_of(jobs: pd.DataFrame) -> Counter[tuple[str, str]]:
    """How many jobs have which label beside which other phase."""
    labelled = jobs[jobs["state"] == LABELLED]
    return Counter(zip(labelled["label"], labelled["second"], strict=True))


def _said(text: str, counts: Sequence[int]) -> str:
    """A text with the number of jobs in each panel, where there are few."""
    said = "\xa0+\xa0".join(map(str, counts))
    return f"{text} ({said})" if len(counts) <= MOST_COUNTED else text


class Legend:
    """The phases of some panels, with the number of jobs of each in each of up to four panels."""

    def __init__(
        self,
        figure: Figure,
        panels: Sequence[pd.DataFrame],
        styles: Mapping[str, PhaseStyle],
        look: Look,
    ) -> None:
        self.figure, self.styles = figure, styles
        counts = [_phases_of(jobs) for jobs in panels]
        total = sum(counts, Counter())
        place = {name: k for k, name in enumerate(look.sorted(dict.fromkeys(n for n, _ in total)))}
        order = [pair for pair, _ in total.most_common()]
        if not look.order:
            place = {}
        order.sort(key=lambda pair: (bool(pair[1]), place.get(pair[0], 0)))
        self.entries = [
            self._phase(label, _said(f"{label} + {second}" if second else label, n), second)
            for label, second in order
            for n in [[one[label, second] for one in counts]]
        ]
        for state, marker, colour, face in (
            (UNLABELLED, "o", UNLABELLED_COLOUR, UNLABELLED_COLOUR),
            (UNFINISHED, "o", UNLABELLED_COLOUR, "white"),
            (FAILED, "x", FAILED_COLOUR, "white"),
        ):
            each = [int((jobs["state"] == state).sum()) for jobs in panels]
            if any(each):
                self.entries.append(
                    _entry(
                        _said(state, each),
                        marker=marker,
                        markersize=4,
                        markerfacecolor=face,
                        markeredgecolor=colour,
                        markeredgewidth=0.8,
                    )
                )

    def _phase(self, name: str, text: str, second: str = "") -> Any:
        style = self.styles[name]
        size = 5.5 * (1.35 if style.marker == "*" else 1.0)
        look = {"marker": style.marker, "markersize": size, "markerfacecolor": style.colour}
        entry = _entry(text, markeredgecolor=INK, markeredgewidth=0.45, **look)
        if not second:
            return entry
        ring = _entry(
            text,
            marker="o",
            markersize=8.5,
            markerfacecolor=self.styles[second].colour,
            markeredgecolor=INK,
            markeredgewidth=0.4,
        )
        return ring, entry

    def height(self, width: float) -> float:
        """Inches, of a legend that is at most so wide where it can be."""
        if not self.entries:  # a method without a job in any of the panels
            return 0.0
        legend = self._make(self.figure, width, "lower center")
        box = self._extent(legend)
        legend.remove()
        return box[1] + 0.06

    def draw(self, panel: Any, width: float) -> None:
        """The legend in a panel of its own."""
        panel.set_axis_off()
        panel.set_label("legend")
        if self.entries:
            self._make(panel, width, "upper center")

    def _make(self, on: Any, width: float, loc: str) -> Any:
        for n_columns in (4, 3, 2, 1):
            legend = on.legend(
                handles=self.entries,
                labels=[
                    one[1].get_label() if isinstance(one, tuple) else one.get_label()
                    for one in self.entries
                ],
                loc=loc,
                ncols=min(n_columns, max(len(self.entries), 1)),
                frameon=False,
                handletextpad=0.3,
                columnspacing=0.9,
                labelspacing=0.45,
                borderaxespad=0.0,
                borderpad=0.2,
            )
            if n_columns == 1 or self._extent(legend)[0] <= width:
                break
            legend.remove()
        return legend

    def _extent(self, legend: Any) -> tuple[float, float]:
        box = legend.get_window_extent().transformed(self.figure.dpi_scale_trans.inverted())
        return float(box.width), float(box.height)


def _entry(text: str, **marker: Any) -> Any:
    from matplotlib.lines import Line2D

    text = escape(wrap(text.replace("_", " ")))
    # A leading underscore would hide the entry.
    text = f" {text}" if text.startswith("_") else text
    return Line2D([], [], linestyle="none", label=text, **marker)
