"""One colour and one marker per phase, the same in every figure, page and thumbnail.

The colours are those of Okabe and Ito, "Color Universal Design" (2008), which stay
apart under the common colour vision deficiencies, and three that do so beside them;
the markers keep apart phases that share a colour, and all common ones in greyscale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

UNLABELLED_COLOUR = "#8A8A8A"  # jobs without a label
FAILED_COLOUR = "#4D4D4D"

SKY, BLUE, GREEN, YELLOW = "#56B4E9", "#0072B2", "#009E73", "#F0E442"
ORANGE, VERMILLION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"
INDIGO, VIOLET, CRIMSON, GREY = "#332288", "#9966FF", "#990033", "#C2C2C2"

#: Colours of particle types, where there are no phases to colour by.
TYPE_COLOURS = (BLUE, ORANGE, VERMILLION, GREEN)

#: Plotly's name of each of Matplotlib's markers in use.
SYMBOLS = {
    "o": "circle",
    "h": "hexagon",
    "H": "hexagon2",
    "8": "octagon",
    "p": "pentagon",
    "s": "square",
    "D": "diamond",
    "d": "diamond-tall",
    "^": "triangle-up",
    "v": "triangle-down",
    "<": "triangle-left",
    ">": "triangle-right",
    "*": "star",
    "P": "cross",
    "X": "x",
}


@dataclass(frozen=True)
class PhaseStyle:
    """How a phase looks.

    Attributes
    ----------
    colour : str
        "#RRGGBB".
    marker : str
        Matplotlib's name of the marker, one of `SYMBOLS`.
    """

    colour: str
    marker: str

    @property
    def symbol(self) -> str:
        """Plotly's name of the same marker."""
        return SYMBOLS[self.marker]

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255."""
        return rgb(self.colour)

    @property
    def dark(self) -> PhaseStyle:
        """The same marker in the colour at half its light."""
        return PhaseStyle("#" + "".join(f"{channel // 2:02X}" for channel in self.rgb), self.marker)


# Phases that most figures show; those of the plane have theirs in `labelling.plane_phases`.
_COMMON = {
    "fluid": PhaseStyle(SKY, "o"),
    "unknown": PhaseStyle(GREY, "X"),
    "fcc": PhaseStyle(BLUE, "D"),
    "hcp": PhaseStyle(GREEN, "p"),
    "bcc": PhaseStyle(VERMILLION, "v"),
    "sc": PhaseStyle(ORANGE, "8"),
    "diamond": PhaseStyle(PURPLE, "d"),
    "hexatic": PhaseStyle(SKY, "h"),
    "void": PhaseStyle("#FFFFFF", "o"),
}

# Verdicts on prediction and assembly; they stand in a panel of their own.
VERDICT_STYLES: dict[str, PhaseStyle] = {
    "stable_assembled": PhaseStyle(GREEN, "o"),
    "metastable_assembled": PhaseStyle(VERMILLION, "d"),
    "stable_not_assembled": PhaseStyle(ORANGE, "v"),
    "undecided": PhaseStyle(GREY, "s"),
}

# Every colour with every marker, neighbours unlike: the numbers of both have no common divisor.
_COLOURS = (VERMILLION, BLUE, YELLOW, GREEN, PURPLE, SKY, ORANGE, INDIGO, VIOLET, CRIMSON)
_MARKERS = ("<", ">", "s", "^", "D", "P", "v", "d", "*", "o", "p")
_PALETTE = tuple(
    PhaseStyle(_COLOURS[index % len(_COLOURS)], _MARKERS[index % len(_MARKERS)])
    for index in range(len(_COLOURS) * len(_MARKERS))
)


@cache
def known_styles() -> dict[str, PhaseStyle]:
    """How every phase looks that the rules and networks of this code can name.

    The common ones, and those of the plane, have styles of their own. The others take, in the order
    of `analysis.labelling.phases`, what is left. What is said of the orientations of the particles
    does not change the marker: a plastic crystal is the crystal in a darker colour.
    """
    from analysis.descriptors.orientational_order import PLASTIC
    from analysis.labelling.phases import production_phases
    from analysis.labelling.plane_phases import PLANE_PHASES

    styles = _COMMON | {phase.name: phase.style for phase in PLANE_PHASES}
    left = iter([style for style in _PALETTE if style not in styles.values()])
    names = [name for dimensions in (2, 3) for name in production_phases(dimensions)]
    for name in names:
        if not name.startswith(PLASTIC) and name not in styles:
            styles[name] = next(left)
    return styles | {
        name: styles[name.removeprefix(PLASTIC)].dark for name in names if name.startswith(PLASTIC)
    }


def phase_styles(names: Iterable[str]) -> dict[str, PhaseStyle]:
    """Colour and marker of every phase in `names`.

    The phases of `known_styles` always look the same. Any other name has a place of its
    own among the spare styles, taken from a hash of the name, so that it looks the same in
    another figure too; only where two names of one figure want the same colour does the
    alphabetically later one move on. None has the style of a known phase.

    Parameters
    ----------
    names : iterable of str
        Phase names, in any order, repeats allowed.

    Returns
    -------
    dict of str to PhaseStyle
    """
    known = known_styles() | VERDICT_STYLES
    spare = [style for style in _PALETTE if style not in known.values()]
    styles: dict[str, PhaseStyle] = {}
    taken: set[str] = set()
    for name in sorted(set(names)):
        if name in known:
            styles[name] = known[name]
            continue
        if len(taken) == len(_COLOURS):
            taken.clear()  # more names than colours: from here on the markers tell them apart
        place = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") % len(spare)
        order = spare[place:] + spare[:place]
        used = set(styles.values())
        free = [style for style in order if style not in used] or order
        styles[name] = next((style for style in free if style.colour not in taken), free[0])
        taken.add(styles[name].colour)
    return styles


def phase_style(name: str) -> PhaseStyle:
    """Colour and marker of one phase."""
    return phase_styles([name])[name]


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of "#RRGGBB"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix_with_white(colour: str, strength: float) -> tuple[float, float, float]:
    """Red, green and blue, 0 to 1, of `colour` thinned with white.

    Unlike transparency this leaves no seams where neighbouring polygons overlap.

    Parameters
    ----------
    colour : str
        "#RRGGBB".
    strength : float
        0 is white, 1 is the colour itself.
    """
    red, green, blue = (1.0 - strength * (1.0 - channel / 255.0) for channel in rgb(colour))
    return red, green, blue
