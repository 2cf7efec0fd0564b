"""Where two phases have one Gibbs energy: lines with bands over the points of a diagram.

They are kept as numbers in the table itself (`DataFrame.attrs`), so that whoever draws it has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.notation import is_missing
from analysis.phase_diagram.table import Scale, arrangement, logarithmically_spaced

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

#: Keys of the attributes of a table, of lines and of the jobs that they are made of, and the method
#: of these.
KEY, COMPARED, METHOD = "lines", "compared", "free_energy"
#: Points along an axis between the data.
FINE = 240
#: Errors by which the band is wide to both sides.
WIDE = 1.0


@dataclass(frozen=True)
class Line:
    """A line between two phases.

    Attributes
    ----------
    axes : list of str
        Horizontal and vertical one.
    phases : list of str
    curves : list of list of [x, y]
        In the values of the axes.
    bands : list of list of list of [x, y]
        Areas, of each its outer ring and then its holes.
    words : str
        What else it is of.
    """

    axes: list[str]
    phases: list[str]
    curves: list[list[list[float]]]
    bands: list[list[list[list[float]]]]
    words: str


def keep(table: pd.DataFrame, lines: Sequence[Line], jobs: Sequence[str] = ()) -> None:
    """Write lines into a table, and the ids of the jobs that they are made of."""
    table.attrs |= {KEY: [asdict(line) for line in lines], COMPARED: list(jobs)}


def lines_of(table: pd.DataFrame, axes: Sequence[str]) -> list[Line]:
    """The lines of a table over these axes; none where further ones are shown."""
    found = table.attrs.get(KEY)
    lines = [Line(**one) for one in found] if isinstance(found, list) else []
    return [line for line in lines if line.axes == list(axes)]


def whole(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What the attributes of a table say of lines, as `keep` has written it; {} where they are
    damaged."""
    try:
        lines = [Line(**one) for one in attributes[KEY]]
        jobs = [str(job) for job in attributes[COMPARED]]
        for line in lines:
            texts = [*line.axes, *line.phases, line.words]
            if [len(line.axes), len(line.phases)] != [2, 2] or not all(
                isinstance(text, str) for text in texts
            ):
                return {}
        numbers = [ring for line in lines for rings in line.bands for ring in rings]
        numbers += [curve for line in lines for curve in line.curves]
        if not all(np.isfinite(np.array(one, dtype=float).reshape(-1, 2)).all() for one in numbers):
            return {}
    except (KeyError, TypeError, ValueError, OverflowError):
        return {}
    return {KEY: [asdict(line) for line in lines], COMPARED: jobs}


def under_lines(table: pd.DataFrame) -> pd.DataFrame:
    """The table without the jobs that lines are made of, where there are others: they compare
    phases, whether or not there is a line yet, and are no points."""
    jobs = table.attrs.get(COMPARED)
    ours = table["job_id"].isin(jobs) if jobs else np.zeros(len(table), dtype=bool)
    if ours.all() or not ours.any():
        return table
    rest = table[~ours].reset_index(drop=True)
    rest.attrs = dict(table.attrs)
    found = dict(arrangement(table))
    for name in ("panels", "follows"):
        keys = [key for key in found.get(name, ()) if key in rest]
        found[name] = [key for key in keys if not all(map(is_missing, rest[key]))]
    rest.attrs["diagram"] = found
    return rest


def trace(
    axes: Sequence[str],
    x: FloatArray,
    y: FloatArray,
    energies: Mapping[str, tuple[FloatArray, FloatArray]],
    words: str = "",
) -> list[Line]:
    """The lines between phases whose Gibbs energies are known on a grid.

    Between the points of the grid it is interpolated by monotone cubics. The band is where two
    energies differ by less than an error: that of both, and what cubic and linear interpolation
    differ by. A line ends where a third phase has a lower energy, or one of both is not known.

    Parameters
    ----------
    axes : sequence of str
    x, y : ndarray
        Values along both axes, ascending, two at least.
    energies : mapping of str to (ndarray, ndarray), each of shape (len(y), len(x))
        Of each phase with its error; NaN where it is not known.
    words : str
    """
    from contourpy import FillType, LineType, contour_generator

    scales = [logarithmically_spaced(values) for values in (x, y)]
    across, up = (np.log10(v) if is_log else v for v, is_log in zip((x, y), scales, strict=True))
    fine = np.linspace(across[0], across[-1], FINE), np.linspace(up[0], up[-1], FINE)
    known = {name: _between(across, up, *of, *fine) for name, of in energies.items()}

    def values(points: Any) -> list[list[float]]:
        columns = [
            10.0**column if is_log else column
            for column, is_log in zip(np.asarray(points).T, scales, strict=True)
        ]
        return [[float(f"{a:.6g}") for a in point] for point in np.transpose(columns)]

    found = []
    for a, b in combinations(sorted(known), 2):
        (value, error), (other, other_error) = known[a], known[b]
        difference = value - other
        rest = [known[name][0] for name in known if name not in (a, b)]
        for third in rest:
            difference[third < np.minimum(value, other)] = np.nan
        masked = np.ma.masked_invalid(difference)
        lines = contour_generator(*fine, masked, line_type=LineType.Separate).lines(0.0)
        if not lines:
            continue
        ratio = np.ma.masked_invalid(difference / np.hypot(error, other_error))
        areas = contour_generator(*fine, ratio, fill_type=FillType.OuterOffset)
        bands = [
            [values(points[i:j]) for i, j in pairwise(ends)]
            for points, ends in zip(*areas.filled(-WIDE, WIDE), strict=True)
        ]
        curves = [values(line) for line in lines]
        found.append(Line(list(axes), [a, b], curves, bands, words))
    return found


def _between(
    x: FloatArray,
    y: FloatArray,
    value: FloatArray,
    error: FloatArray,
    fx: FloatArray,
    fy: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """An energy and its error on a finer grid, NaN beside what is not known."""
    from scipy.interpolate import PchipInterpolator, RegularGridInterpolator
    from scipy.ndimage import distance_transform_edt

    missing = ~np.isfinite(value) | ~np.isfinite(error)
    value, error = np.where(missing, np.nan, value), np.where(missing, np.nan, error)
    there = np.stack(np.meshgrid(fy, fx, indexing="ij"), -1)
    straight, spread = (RegularGridInterpolator((y, x), one)(there) for one in (value, error))
    if missing.all():
        return straight, spread
    nearest = distance_transform_edt(missing, return_distances=False, return_indices=True)
    whole = value[tuple(nearest)]
    curved = PchipInterpolator(x, PchipInterpolator(y, whole, axis=0)(fy), axis=1)(fx)
    # a step of rounding: an error of nothing has no width
    least = 1e-9 * max(float(np.abs(whole).max()), 1e-300)
    return np.where(np.isfinite(straight), curved, np.nan), np.sqrt(
        spread**2 + (curved - straight) ** 2 + least**2
    )


def draw_lines(panel: Axes, lines: Sequence[Line], x: Scale, y: Scale, ink: str) -> None:
    """The lines of a panel with their bands, and their names."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    def placed(points: Sequence[Sequence[float]]) -> FloatArray:
        columns = np.array(points, dtype=float).T
        both = zip(columns, (x, y), strict=True)
        scaled = [np.log10(v) if scale.kind == "log" else v for v, scale in both]
        return np.stack(scaled, axis=1)

    for line in lines:
        for curve in line.curves:
            panel.plot(*placed(curve).T, color="white", linewidth=2.4, zorder=2.4)
            panel.plot(*placed(curve).T, color=ink, linewidth=0.9, zorder=2.6)
        for rings in line.bands:
            whole = Path.make_compound_path(*(Path(placed(ring)) for ring in rings))
            panel.add_patch(PathPatch(whole, facecolor=ink, alpha=0.35, linewidth=0.0, zorder=2.5))


def in_words(lines: Sequence[Line]) -> str:
    """What the lines are, for the caption."""
    pairs = ", ".join(f"{a} – {b}" for a, b in (line.phases for line in lines))
    said = "; ".join(dict.fromkeys(line.words for line in lines if line.words))
    return f"lines: {pairs} by free energies" + (f" ({said})" if said else "") if lines else ""
