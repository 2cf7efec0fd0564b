"""Jobs as rows of the table."""

from __future__ import annotations

import pytest

from operations.results.rows import coexisting

PHASES = [{"phase": "fluid", "fraction": 0.97}, {"phase": "fcc", "fraction": 0.03}]


@pytest.mark.parametrize(
    ("label", "result", "other"),
    [
        ("fluid", {}, ""),  # too little of it
        ("fluid", {"coexistence": {"phases": ["fluid", "fcc"]}}, "fcc"),
        ("fcc", {"coexistence": {"phases": ["fluid", "fcc"]}}, "fluid"),
        ("hcp", {"coexistence": {"phases": ["fluid", "fcc"]}}, "fluid"),  # as it looks
        ("fluid", {"coexistence": [1]}, ""),
        (None, {"coexistence": {"phases": ["fluid", "fcc"]}}, None),
    ],
)
def test_a_slab_is_of_both_its_phases(label, result, other) -> None:
    labels = {"label": label, "phases": PHASES, "void_fraction": 0.0}
    assert coexisting(labels, result) == other
