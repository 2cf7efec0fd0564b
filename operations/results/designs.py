"""The two verdicts on designs in the table: whether the target is the ground state, and how often
it assembled."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.notation import is_missing
from operations.jobs.files import readable_json
from operations.jobs.state import RESULT, STATEPOINT
from operations.results.rows import is_number
from workspace_schema.design_files import FOLDER, designs_of, hash_of, table_file
from workspace_schema.methods.facts import METHODS
from workspace_schema.methods.targets import PLASTIC

if TYPE_CHECKING:
    import pandas as pd


#: Of a job that has run with what its design had found before.
EARLIER = "of an earlier design"


def designability(root: Path, table: pd.DataFrame) -> pd.DataFrame:
    """The table with what designs came to; as it is where no job is a design or uses one.

    The column `design` has what a design came to; of a job that lets particles assemble with what
    was designed, ``assembled k of n``: k of its n labelled replicas have the label of the target;
    ``of an earlier design`` where the design has found something else since.
    A parameter that a design has found is a column `designed.NAME`, of these jobs too.
    """
    if not (root / FOLDER).is_dir():
        return table
    points = {
        job_id: readable_json(os.path.join(root, "workspace", job_id, STATEPOINT))
        for job_id in table["job_id"].unique()
    }
    words: list[Any] = [None] * len(table)
    alike: dict[str, list[tuple[int, bool]]] = {}
    came: dict[str, dict[str, Any]] = {}
    values: dict[str, list[Any]] = {}
    for index, (job_id, label) in enumerate(zip(table["job_id"], table["label"], strict=True)):
        point = points[job_id]
        method = _block(point, "method")
        name = method.get("name")
        uses = designs_of(point)
        design = job_id if name == "design" else uses[0] if len(uses) == 1 else None
        if name != "design" and design is not None and _is_earlier(root, job_id, design):
            words[index] = EARLIER
            continue
        if design is not None:
            if design not in came:
                result = readable_json(os.path.join(root, "workspace", design, RESULT))
                came[design] = _block(result, "design")
            for key, value in _block(came[design], "parameters").items():
                if is_number(value):
                    values.setdefault(f"designed.{key}", [None] * len(table))[index] = value
        if name == "design":
            words[index] = _words(came[job_id])
            continue
        way = _block(points.get(str(design), {}), "method")
        target, plastic = way.get("target"), way.get("by") == "alchemy"
        assembles = name in METHODS and METHODS[name].aim == "assembles"
        if isinstance(target, str) and assembles and not is_missing(label):
            replicas = json.dumps(
                {k: v for k, v in point.items() if k != "replica"}, sort_keys=True
            )
            names = (target, PLASTIC + target) if plastic else (target,)
            alike.setdefault(replicas, []).append((index, label in names))
    for found in alike.values():
        text = f"assembled {sum(is_target for _, is_target in found)} of {len(found)}"
        for index, _ in found:
            words[index] = text
    table = table.assign(design=np.array(words, dtype=object))
    return table.assign(**{key: np.array(column, dtype=float) for key, column in values.items()})


def _is_earlier(root: Path, job_id: str, design: str) -> bool:
    """Whether a job has run with something else than what its design has found now."""
    result = readable_json(os.path.join(root, "workspace", job_id, RESULT))
    had = _block(result, "design_used").get("sha256")
    try:
        return had is not None and had != hash_of(table_file(root, design))
    except OSError:  # it finds something else, or nothing
        return True


def _block(point: Mapping[str, Any], name: str) -> dict[str, Any]:
    block = point.get(name)
    return block if isinstance(block, dict) else {}


def _words(design: Mapping[str, Any]) -> str | None:
    """What a design came to: about a ground state, or what assembled, else its verdict."""
    words = design.get("ground_state", design.get("assembled", design.get("verdict")))
    return words if isinstance(words, str) else None
