"""The labels of one configuration, and their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from analysis.archives import MOST_BYTES, read_arrays
from workspace_schema.bounded import MOST_JSON, read_bounded
from workspace_schema.files import replacing

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Labels:
    """What a configuration is.

    Attributes
    ----------
    label : str
        Dominant phase among the bulk particles, or "unknown".
    confidence : float
        From 0 to 1: mean probability of the bulk particles of the dominant phase to be of it,
        times the probability that it outnumbers the next phase. See docs/labels.md.
    phases : list of dict
        {"phase", "fraction", "lattice_constant"} of every phase with more than 15 % of the bulk
        particles, largest first; the lattice constant is None for fluid and unknown. Two
        lattice constants of one crystal are two entries.
    void_fraction : float
        Part of the area (volume) that is vacuum; 0 with an open boundary.
    grains : int
        Number of crystal grains.
    model, model_hash : str
        Which model labelled, and a hash of its thresholds or of its file.
    per_particle : ndarray of int8, shape (N,)
        Index into `phase_names`.
    probabilities : ndarray of float32, shape (N, n_phases)
        Rows add up to 1.
    phase_names : tuple of str
    reason : str
        Why the label is "unknown", or what else a hexatic or a crystal close to melting may be;
        empty otherwise.
    orientational_order : dict, optional
        {"rank", "overall", "neighbouring"} of `OrientationalOrder`, where particles have shapes.
    crystal : dict, optional
        Space group, Wyckoff positions and names of a crystal that was named by its unit cell.
    """

    label: str
    confidence: float
    phases: list[dict[str, Any]]
    void_fraction: float
    grains: int
    model: str
    model_hash: str
    per_particle: np.ndarray = field(repr=False)
    probabilities: np.ndarray = field(repr=False)
    phase_names: tuple[str, ...] = field(repr=False)
    reason: str = ""
    orientational_order: dict[str, float] | None = None
    crystal: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Everything but the arrays, as JSON types."""
        return {
            "label": self.label,
            "confidence": self.confidence,
            "phases": self.phases,
            "void_fraction": self.void_fraction,
            "grains": self.grains,
            "model": self.model,
            "model_hash": self.model_hash,
            "phase_names": list(self.phase_names),
            "reason": self.reason,
            "orientational_order": self.orientational_order,
            "crystal": self.crystal,
        }

    def save(self, folder: str | Path, seal: Callable[[dict[str, Any]], Any] = dict) -> None:
        """Write labels.npz, then labels.json, each to a temporary file first.

        Parameters
        ----------
        folder : str or Path
        seal : callable
            Makes of the content what is written, when labels.npz is in its place.
        """
        folder = Path(folder)
        with replacing(folder / "labels.npz") as temporary:
            np.savez_compressed(
                temporary, per_particle=self.per_particle, probabilities=self.probabilities
            )
        with replacing(folder / "labels.json") as temporary:
            temporary.write_text(json.dumps(seal(self.to_json()), indent=1) + "\n")

    @classmethod
    def load(cls, folder: str | Path, n_particles: int | None = None) -> Labels:
        """Read what `save` wrote.

        Parameters
        ----------
        folder : str or Path
        n_particles : int, optional
            Of the configuration; more is not unpacked than its labels can be.

        Raises
        ------
        OSError, ValueError, KeyError, TypeError
            Where that is damaged.
        """
        folder = Path(folder)
        content = json.loads(read_bounded(folder / "labels.json", MOST_JSON))
        content["phase_names"] = tuple(content["phase_names"])
        most = MOST_BYTES if n_particles is None else 1_000_000 + 1000 * n_particles
        arrays = read_arrays(folder / "labels.npz", most)
        known = {one.name for one in fields(cls)} & content.keys()
        return cls(
            per_particle=arrays["per_particle"],
            probabilities=arrays["probabilities"],
            **{name: content[name] for name in known},
        )
