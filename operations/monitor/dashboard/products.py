"""What is computed from a job's files for its page: kept until the files are others.

A file is known by name, size and time, so that nothing has to be told that it has changed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from analysis.archives import read_arrays
from operations.jobs.files import check_file
from operations.jobs.state import PROPERTIES, RESULT
from operations.monitor.dashboard.configuration import (
    FINAL,
    MOST_ANALYSED,
    TRAJECTORY,
    Unseen,
    n_frames,
    read,
    whole,
)
from operations.monitor.dashboard.job_files import small_json
from operations.results.heat_capacities import WORDS

#: Bytes that are kept.
MOST_KEPT = 64_000_000
#: Points of a curve.
MOST_POINTS = 600
#: Bytes of a series that are read, unpacked.
MOST_READ = 50_000_000
THERMO, SAMPLES = "thermo.npz", "checkpoint.samples"
_FILES = (FINAL, TRAJECTORY, THERMO, SAMPLES, RESULT, PROPERTIES, "labels.npz")

#: Series of a run, in the order in which they are shown.
SERIES = {
    "energy_per_particle": "energy per particle",
    "kT": "temperature",
    "pressure": "pressure",
    "number_density": "number density",
}


class Products:
    """Computed content by job and kind."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        # Matplotlib is not made for threads, and one core has to be left for the rest
        self._work = threading.Lock()

    def get(self, folder: Path, kind: tuple[Any, ...], make: Callable[[], bytes]) -> bytes:
        """What `make` gives, or gave as long as the job's files were the same."""
        key = (folder.name, kind, tuple(_stamp(folder / name) for name in _FILES))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._work:
            content = make()
        with self._lock:
            self._size += len(content) - len(self._kept.pop(key, b""))
            self._kept[key] = content
            while self._size > MOST_KEPT and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])
        return content


def prepare() -> None:
    """Load what computes curves and figures, which takes seconds."""
    import freud  # noqa: F401
    from matplotlib import colormaps, figure  # noqa: F401


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def design(folder: Path) -> bytes:
    """The figure of a design.

    Raises
    ------
    ValueError
        Where the job is none, or not finished.
    """
    from analysis.design_figure import MOST_CRYSTALS, design_figure

    result = small_json(folder / RESULT)
    crystals = []
    if result.get("structures"):
        crystals = [read(folder, k) for k in range(min(n_frames(folder), MOST_CRYSTALS))]
    return design_figure(result, crystals)


def thermo(folder: Path) -> dict[str, Any]:
    """Thermodynamic quantities against the steps of a run, finished or not.

    Raises
    ------
    Unseen
        Where there are none.
    """
    path = folder / THERMO
    try:
        if path.is_file():
            arrays = read_arrays(path, MOST_READ)
            known = {name: np.ravel(array).astype(float) for name, array in arrays.items()}
        else:
            known = _samples(folder / SAMPLES)
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, Unseen):
            raise
        raise Unseen(f"thermodynamics cannot be read: {error}") from None
    steps = known.get("step", np.empty(0))
    if len(steps) == 0:
        raise Unseen("no samples yet")
    every = -(-len(steps) // MOST_POINTS)
    series = [
        {"name": text, "values": _rounded(known[name][::every])}
        for name, text in SERIES.items()
        if len(known.get(name, ())) == len(steps)
    ]
    return {"step": _rounded(steps[::every]), "series": series}


def _samples(path: Path) -> dict[str, np.ndarray]:
    from operations.jobs import samples

    if not path.is_file():
        raise Unseen("no samples yet")
    check_file(path)
    if path.stat().st_size > MOST_READ:
        raise Unseen("there are too many samples to be shown")
    rows = samples.read(path, samples.columns_in(path))
    columns = {"kinetic_temperature": "kT", "potential_energy": "energy_per_particle"}
    return {columns.get(name, name): rows[:, k] for k, name in enumerate(samples.SAMPLE_COLUMNS)}


def _rounded(values: np.ndarray) -> list[float | None]:
    return [float(f"{v:.6g}") if np.isfinite(v) else None for v in values.tolist()]


def radial(folder: Path, frame: int = 0) -> dict[str, Any]:
    """g(r) up to five distances of nearest neighbours.

    Raises
    ------
    Unseen
    """
    from analysis.descriptors.radial_distribution import radial_distribution
    from analysis.neighbourhoods import nearest

    configuration = read(folder, frame, MOST_ANALYSED)
    try:
        first = nearest(configuration, 1).distances[:, 0]
        first = first[np.isfinite(first) & (first > 0)]
        if len(first) == 0:
            raise Unseen("no pair of particles")
        r, g = radial_distribution(configuration, 5.0 * float(np.median(first)), 250)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise Unseen(str(error)) from None
    if not configuration.periodic:  # the box has no meaning: only the shape does
        g = g / max(float(g.max()), 1e-12)
    return {"r": _rounded(r), "g": _rounded(g), "open": not configuration.periodic}


def _along_temperature(folder: Path) -> list[dict[str, Any]]:
    """Curves along kT of a result, as those that were measured."""
    curve = small_json(folder / RESULT).get("curve")
    if not isinstance(curve, dict):
        return []
    return [
        {"name": "", "axes": ["kT", WORDS[key]], "x": curve.get("kT"), "y": curve[key]}
        for key in WORDS
        if key in curve
    ]


def curves_of(folder: Path) -> list[dict[str, Any]]:
    """The curves that were measured, without what is damaged."""
    found = small_json(folder / PROPERTIES).get("curves")
    whole = []
    for one in [*_along_temperature(folder), *(found if isinstance(found, list) else [])]:
        try:
            (across, up), x, y = one["axes"], np.array(one["x"], float), np.array(one["y"], float)
        except (KeyError, TypeError, ValueError):
            continue
        if x.ndim == 1 and x.shape == y.shape and 1 < len(x) <= MOST_POINTS:
            words = {"name": str(one.get("name", "")), "across": str(across), "up": str(up)}
            whole.append(words | {"x": x, "y": y})
    return whole[:6]


def curves(folder: Path) -> bytes:
    """A PNG of the curves that were measured.

    Raises
    ------
    Unseen
    """
    from matplotlib.figure import Figure

    shown = curves_of(folder)
    if not shown:
        raise Unseen("no curves were measured")
    figure = Figure(figsize=(4.2, 2.3 * len(shown)), layout="constrained")
    for axes, one in zip(np.ravel(figure.subplots(len(shown))), shown, strict=True):
        axes.plot(one["x"], one["y"], color="#0072B2", linewidth=1.2)
        axes.axhline(0.0, color="#8A8A8A", linewidth=0.6)
        axes.set(xlabel=one["across"], ylabel=one["up"], xlim=(min(one["x"][0], 0.0), one["x"][-1]))
        axes.set_title(one["name"], fontsize=9)
        axes.tick_params(labelsize=8)
    target = BytesIO()
    figure.savefig(target, dpi=150, format="png")
    return target.getvalue()


def bond_order(folder: Path, frame: int = 0) -> bytes:
    """A PNG of the bond-orientational order diagram.

    Raises
    ------
    Unseen
    """
    from analysis.pictures import draw_bond_order

    configuration = read(folder, frame, MOST_ANALYSED)
    if configuration.n_particles < 8:
        configuration, _ = whole(configuration)
    target = BytesIO()
    try:
        if configuration.dimensions == 3:
            draw_bond_order(configuration, target)  # type: ignore[arg-type]
        else:
            _bond_angles(configuration, target)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise Unseen(str(error)) from None
    return target.getvalue()


def _bond_angles(configuration: Any, target: BytesIO) -> None:
    """Directions of the bonds of a plane."""
    from matplotlib.figure import Figure

    from analysis.neighbourhoods import solid_angle

    vectors = np.asarray(solid_angle(configuration).vectors)
    bins = 120
    counts, edges = np.histogram(
        np.arctan2(vectors[:, 1], vectors[:, 0]), bins=bins, range=(-np.pi, np.pi)
    )
    figure = Figure(figsize=(4.2, 4.2), layout="constrained")
    axes = figure.add_subplot(projection="polar")
    density = counts * bins / max(counts.sum(), 1)
    axes.bar(edges[:-1], density, width=np.diff(edges), align="edge", color="#0072B2", linewidth=0)
    axes.set_yticklabels([])
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.spines["polar"].set_color("#8A8A8A")
    figure.savefig(target, dpi=150, format="png")


def diffraction(folder: Path, axis: int, frame: int = 0) -> bytes:
    """A PNG of the scattered intensity, seen along an axis: its square root, as film would show.

    Raises
    ------
    Unseen
    """
    from matplotlib import colormaps
    from PIL import Image

    from analysis.descriptors.structure_factor import diffraction_pattern

    configuration, _ = whole(read(folder, frame, MOST_ANALYSED), 400)
    try:
        intensity, k = diffraction_pattern(configuration, axis=axis)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise Unseen(str(error)) from None
    length = np.hypot(*np.meshgrid(k, k))
    beyond = intensity[length > 0.2 * k.max()]  # without the forward beam
    white = max(float(np.quantile(beyond, 0.9995)), 1e-12)
    pixels = colormaps["magma"](np.sqrt(np.clip(intensity / white, 0.0, 1.0)))[::-1, :, :3]
    target = BytesIO()
    Image.fromarray((pixels * 255).astype(np.uint8)).save(target, "PNG")
    return target.getvalue()
