"""What a reader may choose of a printed diagram."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from analysis.colours import PhaseStyle, phase_styles


@dataclass(frozen=True)
class Look:
    """Size, order and colours of a diagram.

    Attributes
    ----------
    width, height : float, optional
        Inches; left out, what the panels need.
    order : tuple of str
        Phases in the order of the legend, and methods in that of their panels; the others follow.
    colours : mapping of str to str
        "#RRGGBB" by phase, in the place of its own.
    """

    width: float | None = None
    height: float | None = None
    order: tuple[str, ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)

    def sorted(self, names: Iterable[str]) -> list[str]:
        """Names in the order asked for, else as they come."""
        place = {name: k for k, name in enumerate(self.order)}
        return sorted(names, key=lambda name: place.get(name, len(place)))

    def styles(self, names: Iterable[str]) -> dict[str, PhaseStyle]:
        """How the phases look."""
        return {
            name: replace(style, colour=self.colours.get(name, style.colour))
            for name, style in phase_styles(names).items()
        }
