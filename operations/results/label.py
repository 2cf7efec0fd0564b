"""Label what formed: `final.gsd` to `labels.json` and `labels.npz`; again with another model."""

from __future__ import annotations

import os
import re
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.configuration import Configuration
from analysis.formats import FRAME
from operations.jobs.attempts import recorded, survived
from operations.jobs.document import labeller_of, settings_of
from operations.jobs.files import check_file, read_json, readable_json, remove_leftovers, replacing
from operations.jobs.folders import job_ids, listed
from operations.jobs.locks import BusyError, exclusive
from operations.jobs.progress import say
from operations.jobs.seal import broken, sealed
from operations.jobs.state import FINAL, LABELS, LABELS_OF_PARTICLES, RESULT, TRAJECTORY, marker
from operations.results.configurations import in_a_line, read_configuration
from operations.results.rows import is_number
from workspace_schema.files import check_folder
from workspace_schema.root import check_links, check_not_archived, mark_outdated

if TYPE_CHECKING:
    from analysis.labelling import Labels

#: The conventional cell of a crystal that was named by it.
UNIT_CELL = "unit_cell.cif"
#: Fractions of the phases along the trajectory.
TRAJECTORY_LABELS = "labels_trajectory"
TRAJECTORY_FILE = f"{TRAJECTORY_LABELS}.npz"


@dataclass(frozen=True)
class Change:
    """What labelling a job again made of it.

    Attributes
    ----------
    job_id : str
    old, new : str
        Labels.
    old_confidence, new_confidence : float
    """

    job_id: str
    old: str
    new: str
    old_confidence: float
    new_confidence: float


def label(folder: Path, root: Path) -> Change | None:
    """Label the best configuration of a finished job; labels of another model are kept.

    Returns
    -------
    Change or None
        From the labels that were there, or from none; None if it failed.
    """
    from analysis.labelling import PRODUCTION
    from analysis.render.labelled import LABELLED, write_labelled
    from operations.results.crystals import named
    from operations.results.measure import measure
    from operations.search.export import write_cif

    change = None
    try:
        with ExitStack() as stack:
            stack.enter_context(survived(folder, "label"))
            check_folder(folder)
            stack.enter_context(exclusive(folder))
            stack.enter_context(recorded(folder, "label"))
            remove_leftovers(folder)
            configuration = _final(folder)
            name, labels = _labels(configuration, root)
            cell = None
            if name == PRODUCTION:
                labels, cell = named(configuration, labels)
            old = readable_json(folder / LABELS)
            mark_outdated(root)
            if old and old.get("model_hash") != labels.model_hash:
                _set_aside(folder, str(old.get("model_hash")))
            if (folder / marker("imported")).exists() and (folder / TRAJECTORY).exists():
                n = len(label_trajectory(folder)["step"])  # a movie of an experiment
                say(f"label {folder.name[:8]}  {n} frames → {TRAJECTORY_LABELS}.csv, .png")
            if cell is None:
                (folder / UNIT_CELL).unlink(missing_ok=True)  # of other labels
            else:
                write_cif(folder / UNIT_CELL, [cell])
            files = (FINAL, LABELS_OF_PARTICLES)
            with replacing(folder / LABELLED) as temporary:
                write_labelled(configuration, labels, temporary)
            measure(folder, root, configuration, labels.label)  # a job with labels is done
            labels.save(folder, lambda content: sealed(content, folder, files))
            say(f"label {folder.name[:8]}  {labels.label} ({labels.confidence:.2f})")
            before, confidence = old.get("label", ""), old.get("confidence", 0.0)
            change = Change(
                folder.name,
                before if isinstance(before, str) else "",
                labels.label,
                float(confidence) if is_number(confidence) else 0.0,
                labels.confidence,
            )
        with survived(folder, "label"):
            mark_outdated(root)
    except BusyError:
        say(f"label {folder.name[:8]}  is being worked on by another process")
    return change


def _labels(configuration: Configuration, root: Path) -> tuple[str, Labels]:
    """Who labels in this campaign, and the labels."""
    from analysis.labelling import MODELS, label_configuration

    asked = labeller_of(settings_of(str(root)))
    name = asked if isinstance(asked, str) else str(asked.get("model"))
    return name, label_configuration(configuration, asked, root / MODELS)


def _final(folder: Path) -> Configuration:
    """The best configuration of a finished job.

    Raises
    ------
    ValueError
        Where it cannot be read.
    """
    file = folder / FINAL
    try:
        wrong = broken(read_json(folder / RESULT), folder)
        if wrong:
            raise ValueError(f"{RESULT} {wrong}")
        return read_configuration(file)
    except Exception as error:
        raise ValueError(
            f"cannot read {file}: {error}; to run the job again delete it and result.json, then"
            f" init.py --retry {folder.name}"
        ) from error


def relabel(root: Path, trajectories: bool = False) -> tuple[list[Change], int]:
    """Label every labelled job again with the model of this code.

    Parameters
    ----------
    root : Path
    trajectories : bool
        Whether to label every frame of the trajectories, too.

    Returns
    -------
    changes : list of Change
        One for each job, changed or not. Labels of another model stay in the job folder as
        labels.MODEL_HASH.json and .npz.
    n_failed : int
        Jobs that could not be labelled; their attempts.jsonl says why.
    """
    check_links(root)
    check_not_archived(root)
    changes, n_failed = [], 0
    for folder in (root / "workspace" / job_id for job_id in job_ids(root)):
        if not {RESULT, LABELS} <= listed(folder):
            continue
        change = label(folder, root)
        if change is None:
            n_failed += 1
            continue
        changes.append(change)
        is_movie = (folder / marker("imported")).exists()  # labelled above
        if trajectories and not is_movie and (folder / TRAJECTORY).exists():
            try:
                label_trajectory(folder)
            except Exception as error:  # whatever a file may hold, the other jobs are labelled
                say(f"label {folder.name[:8]}  {TRAJECTORY} not labelled: {in_a_line(error)}")
    return changes, n_failed


def changed(changes: list[Change]) -> str:
    """What changed, as text: one line for each pair of labels, then the jobs."""
    pairs = Counter((change.old, change.new) for change in changes if change.old != change.new)
    lines = [f"{len(changes)} jobs labelled again, {pairs.total()} have another label"]
    lines += [f"{count:6d}  {old} -> {new}" for (old, new), count in pairs.most_common()]
    lines += [
        f"{change.job_id}  {change.old} ({change.old_confidence:.2f}) -> "
        f"{change.new} ({change.new_confidence:.2f})"
        for change in changes
        if change.old != change.new
    ]
    return "\n".join(lines)


def label_trajectory(folder: Path) -> dict[str, Any]:
    """Fractions of every phase against time: when did it nucleate.

    Parameters
    ----------
    folder : Path
        Job folder with trajectory.gsd.

    Returns
    -------
    dict
        What labels_trajectory.npz has: `step` and `frame` (n_frames,), the number of the frame in
        the file that it came from, else the step; `phase_names`, `fractions` (n_frames, n_phases)
        of all particles, `crystalline` (n_frames,), and `model_hash`. Text and a picture of it are
        beside it.
    """
    import gsd.hoomd

    from analysis.fractions import draw_fractions, text_of
    from analysis.labelling.phases import is_crystal

    check_file(folder / TRAJECTORY)
    root = folder.parent.parent
    steps, numbers, shares = [], [], []
    model_hash = ""
    with gsd.hoomd.open(str(folder / TRAJECTORY), "r") as trajectory:
        for frame in trajectory:
            configuration = Configuration.from_frame(frame)
            _, labels = _labels(configuration, root)
            counts = np.bincount(labels.per_particle, minlength=len(labels.phase_names))
            fractions = counts / max(len(labels.per_particle), 1)
            steps.append(int(frame.configuration.step))
            numbers.append(configuration.log.get(FRAME, float(steps[-1])))
            shares.append(dict(zip(labels.phase_names, fractions, strict=True)))
            model_hash = labels.model_hash
    # Crystals of two types and quasicrystals are columns of the frames only that have them.
    names = list(dict.fromkeys(name for share in shares for name in share))
    fractions = np.array([[share.get(name, 0.0) for name in names] for share in shares])
    crystalline = fractions[:, [is_crystal(name) for name in names]].sum(axis=1)
    content: dict[str, Any] = {
        "step": np.array(steps),
        "frame": np.array(numbers),
        "phase_names": np.array(names),
        "fractions": fractions,
        "crystalline": crystalline,
        "model_hash": np.array(model_hash),
    }
    with replacing(folder / TRAJECTORY_FILE) as temporary:
        np.savez_compressed(temporary, **content)
    with replacing(folder / f"{TRAJECTORY_LABELS}.csv") as temporary:
        temporary.write_text(text_of(numbers, names, fractions, crystalline))
    with replacing(folder / f"{TRAJECTORY_LABELS}.png") as temporary:
        draw_fractions(numbers, names, fractions, crystalline, temporary)
    return content


def _set_aside(folder: Path, model_hash: str) -> None:
    """Keep the labels of another model under its hash; the JSON goes last, as it came last."""
    model_hash = re.sub(r"[^\w+.-]", "_", model_hash)[:80]  # a name, whatever the file said
    for suffix in (".npz", ".json"):
        path = folder / f"labels{suffix}"
        if path.exists():
            os.replace(path, folder / f"labels.{model_hash}{suffix}")
