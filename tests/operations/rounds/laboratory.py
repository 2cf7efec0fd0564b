"""Adaptive campaigns whose jobs need no simulation: a rule of the axes says what forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

import init
from operations.rounds.proceed import proceed

CAMPAIGN: dict[str, Any] = {
    "name": "rounds",
    "system": {"dimensions": 2, "particles": {"A": 16}},
    "potential": {
        "form": "lennard_jones_gauss",
        "r0": {"linspace": [1.2, 1.8, 13]},
        "epsilon": {"linspace": [0.4, 2.4, 11]},
    },
    "method": {"name": "forward", "kT": 0.5, "number_density": 0.8, "steps": 1000},
    "axes": ["potential.r0", "potential.epsilon"],
}
SAMPLE = {"adaptive": 40, "begin": 12, "batch": 7, "until": 1.0}

Rule = Callable[[dict[str, Any]], str]


def three_phases(statepoint: dict[str, Any]) -> str:
    """Three phases with a curved boundary."""
    r0, epsilon = statepoint["potential"]["r0"], statepoint["potential"]["epsilon"]
    if epsilon < 0.8 + (r0 - 1.2) ** 2:
        return "hexagonal"
    return "square" if r0 < 1.5 else "decagonal"


def make(folder: Path, root: str = "root", **changes: Any) -> Path:
    """Make the campaign, or with None in `sample` the whole grid; returns its root."""
    content = {key: v for key, v in (CAMPAIGN | {"sample": SAMPLE} | changes).items() if v}
    file = folder / "campaign.yaml"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(folder / root)]) == 0
    return folder / root


def answer(root: Path, rule: Rule = three_phases) -> int:
    """Label every job that waits, or let it fail where the rule says so; returns how many."""
    n = 0
    for folder in sorted((root / "workspace").iterdir()):
        file = folder / "signac_statepoint.json"
        settled = (folder / "labels.json").exists() or (folder / "failed.json").exists()
        if not file.exists() or settled:
            continue
        n += 1
        label = rule(json.loads(file.read_text()))
        products = {
            "result.json": {"n_particles": 16, "energy_per_particle": -1.0},
            "labels.json": {"label": label, "confidence": 1.0},
        }
        if label == "failed":
            products = {"failed.json": {"operation": "forward", "reason": "exploded"}}
        for name, content in products.items():
            (folder / name).write_text(json.dumps(content))
    return n


def run(root: Path, rule: Rule = three_phases) -> None:
    """Answer and propose in turn until nothing is proposed any more."""
    answer(root, rule)
    while proceed(root):
        answer(root, rule)


def ids(root: Path) -> set[str]:
    """Ids of the jobs of a root."""
    return {folder.name for folder in (root / "workspace").iterdir()}
