"""The equation of state of a campaign: results/equation_of_state.parquet and .png.

Pressure against density of every production of `forward` and `monte_carlo`, and of every ramp of
the pressure, whose ways up and down are a loop where the system does not follow. Jobs of the same
particles are one system: of hard bodies, which know only P / kT, at all temperatures.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.archives import read_arrays
from analysis.equilibrium.equation_figure import Panel, draw
from analysis.equilibrium.reference_equations import FLUID, Reference, references
from analysis.notation import mathtext
from analysis.shapes import Shape, shape_of
from operations.jobs.files import readable_json, replacing
from operations.jobs.progress import say
from operations.jobs.state import STATEPOINT, THERMO
from operations.methods.schedule import knots, schedule
from operations.results.label import TRAJECTORY_FILE
from operations.results.protocol import differences, flat
from workspace_schema.building_blocks import HARD
from workspace_schema.system import System

if TYPE_CHECKING:
    import pandas as pd

TABLE, FIGURE = "equation_of_state.parquet", "equation_of_state.png"
METHODS = ("forward", "monte_carlo")
#: More jobs than this make no picture of isotherms, and reading them would take long.
MOST_JOBS = 10_000
#: A system has so many densities at least, or a ramp.
FEWEST = 3
#: Points of each way of a ramp.
POINTS = 40
#: Bytes of a series that are read, unpacked.
MOST_READ = 200_000_000


def write_equation_of_state(root: Path, jobs: pd.DataFrame, axes: list[str]) -> None:
    """Write table and figure of the campaign at `root` from the rows of its jobs; where no system
    has a curve, earlier ones are removed."""
    import pandas as pd

    some = jobs[jobs["method"].isin(METHODS) & jobs["number_density"].notna()]
    systems: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    rows: list[Any] = some.to_dict("records") if len(some) <= MOST_JOBS else []
    if len(some) > MOST_JOBS:
        say(f"no equation of state: {len(some)} jobs; expected at most {MOST_JOBS}")
    for row in rows:
        folder = os.path.join(root, "workspace", row["job_id"])
        point = readable_json(os.path.join(folder, STATEPOINT))
        lines = [*_production(row), *_ways(folder, point, row)] if point else []
        name = json.dumps(_same(point), sort_keys=True) if lines else ""
        for line in lines:
            _, found = systems.setdefault(name, (point, []))
            found.append({axis: row[axis] for axis in axes} | line)
    curves = [one for one in systems.values() if _is_curve(one[1])]
    if not curves:
        for name in (TABLE, FIGURE):
            (root / "results" / name).unlink(missing_ok=True)
        return
    said = [_differing(point) for point, _ in curves]
    keys = differences(said)
    panels = []
    for (point, lines), own in zip(curves, said, strict=True):
        volume, known = _known(root, point)
        for line in lines:
            line["packing_fraction"] = line["number_density"] * volume if volume else None
            line |= _beside(line, known)
        title = ", ".join(f"{mathtext(key)} = {own[key]}" for key in keys if key in own)
        panels.append(Panel(title, lines, known, volume))
    table = pd.DataFrame([line for panel in panels for line in panel.lines])
    with replacing(root / "results" / TABLE) as temporary:
        table.to_parquet(temporary, index=False)
    with replacing(root / "results" / FIGURE) as temporary:
        draw(panels, temporary)


def _production(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The line of averages over a production; none where there was none."""
    known = [row["pressure_error"], row["number_density_error"]]
    if row["pressure"] is None or not np.isfinite([row["pressure"], row["kT"]]).all():
        return []
    if np.isnan(np.array(known, dtype=float)).all():
        return []
    # a column of text has NaN where there is no label
    label = row["label"] if isinstance(row["label"], str) else None
    names = ("job_id", "kT", "number_density", "number_density_error", "pressure")
    return [
        {"branch": "production", "label": label} | {n: row[n] for n in (*names, "pressure_error")}
    ]


def _ways(
    folder: str, point: Mapping[str, Any], row: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Lines of each way of a ramp of the pressure: means of `POINTS` parts of it, with the phase of
    the frames in them where the trajectory is labelled."""
    method = point["method"]
    if not isinstance(method.get("pressure"), list) or not (_hard(point) or _one_kT(method)):
        return
    try:
        series = read_arrays(Path(folder, THERMO), MOST_READ)
        step, kT, density = (series[name] for name in ("step", "kT", "number_density"))
    except (OSError, ValueError, KeyError):
        return
    phases = _phases(folder)
    ways: list[tuple[str, list[np.ndarray]]] = []
    for segment in schedule(dict(method), 0):
        ends = [p / t for p, t in zip(segment.pressure, segment.kT, strict=True)]
        inside = (step > segment.start) & (step <= segment.stop)
        if ends[0] == ends[1] or not inside.any():
            continue
        share = (step[inside] - segment.start) / (segment.stop - segment.start)
        pressure = segment.pressure[0] + share * (segment.pressure[1] - segment.pressure[0])
        part = np.stack([kT[inside], pressure, density[inside], step[inside]])
        branch = "compression" if ends[1] > ends[0] else "expansion"
        if ways and ways[-1][0] == branch:
            ways[-1][1].append(part)
        else:
            ways.append((branch, [part]))
    split = [
        [part for part in np.array_split(np.hstack(parts), POINTS, axis=1) if part.size]
        for _, parts in ways
    ]
    means = [np.array([part.mean(axis=1) for part in parts]) for parts in split]
    loop = _loop(means[:2]) if len(means) == 2 else None
    for number, ((branch, _), parts, values) in enumerate(zip(ways, split, means, strict=True)):
        end = parts[0][3, 0] - 1
        for part, (temperature, pressure, rho, _) in zip(parts, values.tolist(), strict=True):
            begin, end = end, part[3, -1]
            seen = [phase for at, phase in phases if begin < at <= end]
            yield {
                "label": seen[len(seen) // 2] if seen else None,
                "branch": branch,
                "job_id": row["job_id"],
                "way": number,
                "kT": temperature,
                "number_density": rho,
                "pressure": pressure,
                "loop_work": loop,
            }


def _phases(folder: str) -> list[tuple[int, str]]:
    """Step and most frequent phase of each frame of a labelled trajectory; nothing of others."""
    try:
        found = read_arrays(Path(folder, TRAJECTORY_FILE), MOST_READ)
        names, most = found["phase_names"], found["fractions"].argmax(axis=1)
        return [(int(at), str(names[k])) for at, k in zip(found["step"], most, strict=True)]
    except (OSError, ValueError, KeyError):
        return []


def _loop(ways: list[np.ndarray]) -> float:
    """Area between two ways in the plane of βP and 1/ρ, where both have been: what a closed loop
    dissipates, in kT per particle."""
    curves = []
    for way in ways:
        beta_p = way[:, 1] / way[:, 0]
        order = np.argsort(beta_p)
        curves.append((beta_p[order], 1.0 / way[order, 2]))
    low, high = max(x[0] for x, _ in curves), min(x[-1] for x, _ in curves)
    grid = np.linspace(low, high, 20 * POINTS)
    wide, narrow = (np.interp(grid, *curve) for curve in curves)
    first = ways[0][:, 1] / ways[0][:, 0]
    sign = 1.0 if first[-1] > first[0] else -1.0
    return float(sign * np.trapezoid(wide - narrow, grid))


def _same(point: Mapping[str, Any]) -> dict[str, Any]:
    """What jobs of one system have in common."""
    counts = point["system"]["particles"]
    parts = {name: round(n / sum(counts.values()), 6) for name, n in counts.items()}
    same = {"system": point["system"] | {"particles": parts}, "potential": point.get("potential")}
    return same if _hard(point) else same | {"kT": knots(point["method"]["kT"])[-1]}


def _differing(point: Mapping[str, Any]) -> dict[str, Any]:
    """What may tell a system from others, by names of axes."""
    found = {
        key: value
        for key, value in flat(point).items()
        if key.startswith(("system.", "potential.")) and not key.startswith("system.particles")
    }
    found.pop("system.n_particles", None)
    return found if _hard(point) else found | {"kT": knots(point["method"]["kT"])[-1]}


def _is_curve(lines: list[dict[str, Any]]) -> bool:
    return len({line["number_density"] for line in lines}) >= FEWEST


def _hard(point: Mapping[str, Any]) -> bool:
    """Whether there are no energies."""
    blocks = point["system"].get("building_blocks") or {}
    forms = {block["form"] for block in blocks.values()}
    return bool(forms) and forms <= HARD - {"kern_frenkel"} and point.get("potential") is None


def _one_kT(method: Mapping[str, Any]) -> bool:
    return not isinstance(method["kT"], list)


def _known(root: Path, point: Mapping[str, Any]) -> tuple[float | None, list[Reference]]:
    """Mean volume of hard bodies, and the equations that are known of them; neither of designed
    ones whose file is gone."""
    if not _hard(point):
        return None, []
    try:
        system = System.model_validate(point["system"]).found(root)
    except ValueError:
        return None, []
    counts, blocks = system.particles or {}, system.building_blocks or {}
    shapes: dict[str, Shape] = {n: shape_of(blocks[n], system.dimensions) for n in counts}
    volume = sum(n * shapes[name].volume for name, n in counts.items()) / system.n_particles
    return volume, [] if system.walls or system.depletants else references(shapes, counts)


def _beside(line: Mapping[str, Any], known: list[Reference]) -> dict[str, Any]:
    """The pressure of the equation for the phase of a production, where one holds there."""
    phase = line.get("label") or FLUID
    eta, rho = line["packing_fraction"], line["number_density"]
    for one in known if line["branch"] == "production" else []:
        if one.phase == phase and one.low <= eta <= one.high:
            factor = float(one.factor(np.array([eta]))[0])
            return {"reference": one.name, "reference_pressure": factor * rho * line["kT"]}
    return {"reference": None, "reference_pressure": None}
