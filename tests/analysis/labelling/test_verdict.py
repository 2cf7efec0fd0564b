"""From particles to a label, on hand-made probabilities."""

import numpy as np
import pytest

from analysis.labelling.verdict import verdict

NAMES = ("fluid", "square", "unknown")


def decide(counts, surface=None, certainty=0.9, neighbourhood=1):
    rest = (1 - certainty) / (len(NAMES) - 1)
    rows = np.full((sum(counts), len(NAMES)), rest)
    rows[np.arange(len(rows)), np.repeat(np.arange(len(NAMES)), counts)] = certainty
    surface = np.zeros(len(rows), dtype=bool) if surface is None else surface
    lengths = {"square": np.ones(len(rows))}
    return verdict(
        rows, NAMES, surface, lengths, neighbourhood,
        void_fraction=0.0, grains=1, model="m", model_hash="h",
    )  # fmt: skip


def test_fractions_and_lattice_constants():
    labels = decide((30, 60, 10))
    assert labels.label == "square"
    assert labels.phases == [
        {"phase": "square", "fraction": 0.6, "lattice_constant": 1.0},
        {"phase": "fluid", "fraction": 0.3, "lattice_constant": None},
    ]


def test_surface_does_not_decide():
    surface = np.arange(100) < 70
    assert decide((70, 30, 0), surface).label == "square"
    assert decide((70, 30, 0)).label == "fluid"


def test_confidence_is_purity_times_lead():
    assert decide((1, 999, 0)).confidence == pytest.approx(0.9, abs=1e-3)
    assert decide((500, 500, 0)).confidence == pytest.approx(0.45, abs=1e-3)
    # The same lead of fewer independent particles is worth less.
    few, many = decide((45, 55, 0), neighbourhood=20), decide((45, 55, 0))
    assert few.confidence < many.confidence


def test_unknown_says_why():
    assert "none of the known" in decide((10, 10, 80)).reason
    unclear = decide((35, 33, 32), certainty=0.4)
    assert unclear.label == "unknown"
    assert "fluid comes closest" in unclear.reason
    nobody = decide((0, 20, 0), np.arange(20) < 18)
    assert (nobody.label, nobody.confidence, nobody.phases) == ("unknown", 0.0, [])
    assert "2 particles" in nobody.reason
