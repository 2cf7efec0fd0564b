"""The labels of one configuration, and their files."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

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
        Why the label is "unknown"; empty otherwise.
    orientational_order : dict, optional
        {"rank", "overall", "neighbouring"} of `OrientationalOrder`, where particles have shapes.
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
        }

    def save(self, folder: str | Path) -> None:
        """Write labels.npz, then labels.json, each to a temporary file first."""
        folder = Path(folder)
        temporary = [folder / f".labels.{os.getpid()}.tmp.{end}" for end in ("npz", "json")]
        try:
            np.savez_compressed(
                temporary[0], per_particle=self.per_particle, probabilities=self.probabilities
            )
            temporary[1].write_text(json.dumps(self.to_json(), indent=1) + "\n")
            for path in temporary:
                with open(path, "rb") as handle:
                    os.fsync(handle.fileno())
                path.replace(folder / f"labels{path.suffix}")
        finally:
            for path in temporary:
                path.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: str | Path) -> Labels:
        """Read what `save` wrote."""
        folder = Path(folder)
        content = json.loads((folder / "labels.json").read_text())
        content["phase_names"] = tuple(content["phase_names"])
        with np.load(folder / "labels.npz") as arrays:
            return cls(
                per_particle=arrays["per_particle"],
                probabilities=arrays["probabilities"],
                **content,
            )
