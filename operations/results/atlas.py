"""Describe the structures of jobs and gather them in the campaign's atlas, results/atlas.json."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.atlas import ATLAS_FILE, Description, Entry, distinct_structures, to_json
from analysis.configuration import Configuration
from analysis.ground_states import UNKNOWN
from analysis.notation import is_missing
from operations.jobs.file_cache import CACHE, FileCache, sources
from operations.jobs.files import readable_json, replacing
from operations.jobs.progress import say
from operations.jobs.state import FINAL, STATEPOINT
from operations.results.configurations import in_a_line, read_configuration

if TYPE_CHECKING:
    import pandas as pd

#: Cells of at most so many particles are looked at for their space group; the others have noise.
LARGEST_CELL = 100
#: Unknown structures of at most so many particles are told apart by fingerprints.
MOST_PARTICLES = 3000
#: As a part of the mean distance: thermally noisy cells have no symmetry, relaxed ones 1e-6.
TOLERANCE = 1e-2
#: Particles in the picture of a plane crystal.
MOST_SHOWN = 64


def write_atlas(root: Path, table: pd.DataFrame) -> list[Entry]:
    """Make results/atlas.json of the campaign at `root`.

    Parameters
    ----------
    root : Path
    table : DataFrame
        As `operations.results.aggregate.tabulate` makes it.
    """
    from operations.search import fingerprint, prototypes, symmetry

    code = sources(__file__, *(str(m.__file__) for m in (fingerprint, prototypes, symmetry)))
    known = FileCache(root / CACHE / "structures.jsonl", code)
    described, workspace = {}, os.path.join(root, "workspace")
    columns = ("job_id", "label", "n_particles")
    for job_id, label, n in table[list(columns)].itertuples(index=False):
        if is_missing(label) or is_missing(n):
            continue
        if n > (MOST_PARTICLES if label == UNKNOWN else LARGEST_CELL):
            continue
        final = f"{workspace}/{job_id}/{FINAL}"
        try:
            found = known.get(str(job_id), [final], partial(describe, Path(final)))
            described[str(job_id)] = _of_json(found)
        except Exception as error:  # whatever a file may hold, the others are described
            say(f"aggregate: structure of {job_id} not described: {in_a_line(error)}")
    known.save()
    labels = {str(label) for label in table["label"] if not is_missing(label)}
    groups = {label: ideal_space_group(label) for label in labels}
    entries = distinct_structures(table, described, groups)
    with replacing(root / ATLAS_FILE) as temporary:
        temporary.write_text(json.dumps(to_json(entries), ensure_ascii=False, indent=1) + "\n")
    return entries


def describe(final: Path) -> dict[str, Any]:
    """Space group, names and fingerprint of the best structure of a job, of JSON types."""
    from operations.search.fingerprint import fingerprint
    from operations.search.prototypes import prototype_name
    from operations.search.symmetry import find_symmetry

    configuration = read_configuration(final)
    found = {"space_group": "", "prototype": "", "cluster": ""}
    if not configuration.periodic:
        counts = np.bincount(configuration.types, minlength=len(configuration.type_names))
        pairs = zip(configuration.type_names, counts, strict=True)
        found["cluster"] = " ".join(f"{name}{count}" for name, count in pairs if count)
    elif _is_cell(configuration):
        try:
            symmetry = find_symmetry(configuration, TOLERANCE)
        except ValueError:
            pass
        else:
            # A cell of general particles has no symmetry to speak of.
            if symmetry.symbol not in ("p1", "P1"):
                found["space_group"] = symmetry.symbol
                found["prototype"] = prototype_name(configuration, symmetry) or ""
    numbers = [float(f"{value:.6g}") for value in fingerprint(configuration)]
    finite = all(math.isfinite(value) for value in numbers)
    return found | {"fingerprint": numbers if finite else None}


def _of_json(found: dict[str, Any]) -> Description:
    fingerprint = found["fingerprint"]
    return Description(
        found["space_group"],
        found["prototype"],
        found["cluster"],
        None if fingerprint is None else np.array(fingerprint),
    )


def _is_cell(configuration: Configuration) -> bool:
    """Whether it is taken for the unit cell of a crystal of points."""
    small = configuration.periodic and configuration.n_particles <= LARGEST_CELL
    return small and configuration.orientations is None


@cache
def ideal_space_group(label: str) -> str:
    """Space group or plane group of the crystal that a label names; "" where it names none."""
    from analysis.prototypes import PROTOTYPES
    from operations.search.symmetry import find_symmetry

    return find_symmetry(PROTOTYPES[label].cell()).symbol if label in PROTOTYPES else ""


def portrait(folder: Path, size: int = 360) -> bytes:
    """A PNG of the best structure of a job, as it is shown best.

    A crystal of few particles is its conventional cell, in two dimensions a square piece of it;
    everything else is what there is. Colours are those of the labels, in mixtures of the types.

    Parameters
    ----------
    folder : Path
        Of a labelled job.
    size : int
        Longer side in pixels.
    """
    from io import BytesIO

    from PIL import Image

    from analysis.colours import phase_style
    from analysis.labelling.labels import Labels
    from analysis.render import Style, by_phase, by_type
    from analysis.render.patches import patches_of
    from analysis.render.scene import compose, image

    configuration = read_configuration(folder / FINAL)
    labels = Labels.load(folder, configuration.n_particles)
    style = Style(patches=patches_of(readable_json(folder / STATEPOINT), folder))
    coloured = by_phase(configuration, [labels.phase_names[k] for k in labels.per_particle])
    rgb = coloured.rgb
    if configuration.periodic and configuration.n_particles <= LARGEST_CELL:
        if _is_cell(configuration):
            configuration, style = _cells(configuration)
        else:  # bodies: several cells show how they pack
            each = math.ceil((24 / configuration.n_particles) ** (1 / configuration.dimensions))
            counts = (each, each, each if configuration.dimensions == 3 else 1)
            configuration = configuration.replicate(counts)
        rgb = np.tile(phase_style(labels.label).rgb, (configuration.n_particles, 1))
    if len(np.unique(configuration.types)) > 1:
        rgb = by_type(configuration).rgb
    pixels = image(compose(configuration, style), rgb, size)
    stream = BytesIO()
    picture = Image.fromarray(pixels).quantize(128, method=Image.Quantize.FASTOCTREE)
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _cells(configuration: Configuration) -> tuple[Configuration, Any]:
    """The conventional cell in three dimensions, a piece of the crystal in two."""
    from analysis.render import Style
    from operations.search.symmetry import find_symmetry

    try:
        cell = find_symmetry(configuration, TOLERANCE).conventional
    except ValueError:
        cell = configuration
    if cell.dimensions == 3:
        return cell, Style(unit_cell=True, bonds=True, scale=0.6)
    # A square window on the crystal.
    side = math.sqrt(MOST_SHOWN * cell.volume / cell.n_particles)
    counts = np.ceil(1.5 * side / cell.widths).astype(int) + 1
    crystal = cell.replicate((int(counts[0]), int(counts[1]), 1))
    inside = (np.abs(crystal.positions[:, :2]) <= 0.5 * side).all(axis=1)
    return replace(
        crystal,
        positions=crystal.positions[inside],
        types=crystal.types[inside],
        periodic=False,
    ), Style()
