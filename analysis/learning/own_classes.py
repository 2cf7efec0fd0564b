"""Models of classes of one's own, trained on first use from what a campaign file says."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.learning.train_learned import Example, drawn, train_learned
from workspace_schema.files import open_file
from workspace_schema.inputs import stored_input
from workspace_schema.labelling import NETWORKS, PROTOTYPE

#: `prototype`, or the hashes of files, of every class.
Classes = Mapping[str, str | list[str]]
#: Of what is drawn and how it is learnt: another trains again.
VERSION = 3
#: Configurations that are drawn of a prototype, their particles, about, and the largest noise.
_DRAWN, _PARTICLES, _LARGEST = 16, 216, 0.16


def check_classes(train: Classes, head: str) -> None:
    """Refuse what is no class, or trains no such head.

    Raises
    ------
    ValueError
    """
    from analysis.labelling.labels import UNKNOWN
    from analysis.prototypes import names, prototype

    if UNKNOWN in train:
        raise ValueError(f"labels.train: {UNKNOWN!r} is what has no class; expected another name")
    prototypes = [name for name, files in train.items() if files == PROTOTYPE]
    for name in prototypes:
        if name not in names():
            raise ValueError(
                f"labels.train.{name}: there is no prototype of that name, expected files or one of"
                f" {', '.join(names())}"
            )
        if (types := len(prototype(name).types)) > 1:
            raise ValueError(
                f"labels.train.{name}: the prototype has {types} types, which are not looked at;"
                " expected one of one type"
            )
    if len({prototype(name).dimensions for name in prototypes}) > 1:
        raise ValueError("labels.train: prototypes are of two and of three dimensions")
    if head == "disorder" and ("fluid" not in train or not prototypes):
        raise ValueError(
            "labels.head disorder: expected files of the class fluid and a prototype in"
            " labels.train, between which it measures"
        )
    if head == "denoise" and not prototypes:
        raise ValueError(
            "labels.head denoise: expected a prototype in labels.train: of files it is not known"
            " where the particles should be"
        )


def check_examples(
    train: Classes, inputs: Mapping[str, Path], dimensions: Collection[int]
) -> list[str]:
    """Read all files, before there is a job.

    Parameters
    ----------
    train : mapping
        Checked by `check_classes`.
    inputs : mapping of str to Path
        Files by the SHA-256 of their content.
    dimensions : collection of int
        Of the jobs that are to be labelled.

    Returns
    -------
    list of str
        What is wrong, each with its key.
    """
    from analysis.descriptors.pair_basis import NEIGHBOURS
    from analysis.learning.train_forest import frames
    from analysis.neighbourhoods import check_positions
    from analysis.prototypes import prototype

    if len(dimensions) > 1:
        return ["labels.train: jobs are of two and of three dimensions, expected one of them"]
    (dims,) = dimensions
    problems = []
    for name, files in train.items():
        key, counted = f"labels.train.{name}", 0
        if files == PROTOTYPE:
            if (other := prototype(name).dimensions) != dims:
                problems.append(
                    f"{key}: the prototype has {other} dimensions, the jobs have {dims}"
                )
            continue
        for k, file in enumerate(files):
            try:
                for frame in frames(inputs[file], dims):
                    check_positions(frame)
                    counted += 1
                    if frame.dimensions != dims:
                        raise ValueError(f"has {frame.dimensions} dimensions, the jobs have {dims}")
                    if not frame.periodic and frame.n_particles <= NEIGHBOURS[dims]:
                        raise ValueError(
                            f"has {frame.n_particles} particles without a periodic box, expected"
                            f" more than {NEIGHBOURS[dims]}"
                        )
            except Exception as error:  # gsd raises what it likes at a damaged file
                problems.append(f"{key}[{k}]: {inputs[file].name}: {error}")
                counted = 2
        if counted < 2:
            problems.append(f"{key}: has {counted} configurations, expected at least two")
    return problems


@contextmanager
def _alone(models: Path) -> Iterator[None]:
    """One process trains at a time, where the file system has locks."""
    models.mkdir(parents=True, exist_ok=True)
    with open(open_file(models / ".lock", os.O_RDWR | os.O_CREAT), "rb+") as handle:
        with suppress(OSError):
            fcntl.lockf(handle, fcntl.LOCK_EX)
        yield


def trained(model: str, train: Classes, models: Path, dimensions: int) -> Path:
    """The file of a model of these classes, trained unless it is there.

    The order of classes means nothing; one thread, because sums of several are rounded otherwise.

    Parameters
    ----------
    model : str
        "learned", "forest", or one of `workspace_schema.labelling.NETWORKS`, which need torch.
    train : mapping
    models : Path
        Folder of models in the root of the campaign.
    dimensions : int
        Of files that do not say it.

    Raises
    ------
    ValueError, OSError
        If a file cannot be read, or the classes cannot be learnt.
    ImportError
        If a network is to be trained without torch.
    """
    from threadpoolctl import threadpool_limits

    from analysis.learning.forest import random_forest
    from analysis.learning.networks.model import VERSION as network_version
    from analysis.learning.networks.training import check_learnt, train_network

    train = dict(sorted(train.items()))
    version = f"network {network_version}" if model in NETWORKS else VERSION
    written = json.dumps([version, train, dimensions])
    file = models / f"{model}-{hashlib.sha256(written.encode()).hexdigest()[:12]}.npz"
    if file.is_file():
        return file
    with _alone(models), threadpool_limits(1):
        if file.is_file():
            return file  # of the process that was waited for
        examples = list(_examples(train, models.parent, dimensions))
        if model == "learned":
            train_learned(examples).save(file)
            return file
        if model in NETWORKS:
            network = train_network(model, examples)
            check_learnt(network, examples)
            network.save(file)
            return file
        by_class: dict[str, list[Configuration]] = {name: [] for name in train}
        for example in examples:
            by_class[example.name].append(example.configuration)
        random_forest(by_class).save(file)
    return file


def _examples(train: Classes, root: Path, dimensions: int) -> Iterator[Example]:
    """Examples of every class."""
    from analysis.learning.train_forest import frames

    rng = np.random.default_rng(0)
    for name, files in train.items():
        if files == PROTOTYPE:
            for noise in np.linspace(0.0, _LARGEST, _DRAWN):  # from perfect to hot
                yield drawn(name, float(noise), rng, _PARTICLES)
            continue
        melted = name == "fluid"  # nothing is to move
        for file in files:
            for frame in frames(stored_input(root, file), dimensions):
                if melted:
                    yield Example(frame, name, np.nan, frame.positions, file)
                else:
                    yield Example(frame, name, source=file)
