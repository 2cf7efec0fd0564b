"""The atlas: one entry a distinct structure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.atlas import ATLAS_FILE, Description, distinct_structures, read_atlas, to_json


def table(*rows: tuple[str, str | None, str, float, float]) -> pd.DataFrame:
    columns = ["job_id", "label", "method", "confidence", "energy_per_particle"]
    return pd.DataFrame(rows, columns=columns)


def test_prediction_and_assembly_of_one_structure_are_one_entry() -> None:
    jobs = table(
        ("a", "fcc", "forward", 0.7, -6.1),
        ("b", "fcc", "forward", 0.9, -6.2),
        ("c", "fcc", "genetic", 0.8, -8.6),
        ("d", "fcc", "genetic", 0.8, -8.1),  # by position alone fcc, too, but another group
        ("e", None, "forward", np.nan, np.nan),
    )
    described = {
        "c": Description("Fm-3m", "fcc"),
        "d": Description("I4_1/amd", ""),
    }
    first, second = distinct_structures(jobs, described, {"fcc": "Fm-3m"})
    assert (first.name, first.space_group, set(first.jobs)) == ("fcc", "Fm-3m", {"a", "b", "c"})
    assert first.jobs == ["c", "b", "a"]  # the search's minimum stands for it, then the confident
    assert first.methods == {"forward": 2, "genetic": 1}
    assert (first.lowest, first.highest) == (-8.6, -6.1)
    assert first.energies == "−8.6 … −6.1"
    assert (second.space_group, second.jobs) == ("I4_1/amd", ["d"])


def test_the_unknown_are_told_apart_by_fingerprints() -> None:
    rng = np.random.default_rng(0)
    kinds = rng.random((2, 62))
    ids = [f"{i}" for i in range(6)]
    jobs = table(*((i, "unknown", "forward", 0.5, -1.0) for i in ids))
    noise = rng.normal(0.0, 0.01, (6, 62))
    described = {
        i: Description(fingerprint=kinds[int(i) % 2] + noise[int(i)]) for i in ids if i != "5"
    }
    entries = distinct_structures(jobs, described)
    assert sorted(sorted(entry.jobs) for entry in entries) == [["0", "2", "4"], ["1", "3"], ["5"]]
    assert [entry.name for entry in entries] == ["unknown", "unknown 2", "unknown 3"]


def test_each_of_many_unknown_structures_goes_with_the_nearest() -> None:
    """As many kinds of two lengths as there are pairs of jobs, in any order."""
    rng = np.random.default_rng(1)
    kinds = [rng.random(62 if k % 3 else 20) for k in range(60)]
    order = rng.permutation(120)
    jobs = table(*((f"{i}", "unknown", "forward", 0.5, -1.0) for i in order))
    described = {
        f"{i}": Description(fingerprint=kinds[i // 2] + rng.normal(0.0, 0.01, len(kinds[i // 2])))
        for i in order
    }
    entries = distinct_structures(jobs, described)
    found = sorted(sorted(map(int, entry.jobs)) for entry in entries)
    assert found == [[2 * k, 2 * k + 1] for k in range(60)]


def test_clusters_have_no_space_group_and_are_told_apart_by_composition() -> None:
    same = np.ones(62)
    jobs = table(
        ("x", "fcc", "basin_hopping", 0.8, -4.5),
        ("y", "unknown", "basin_hopping", 0.8, -4.0),
        ("z", "unknown", "basin_hopping", 0.8, -4.1),
    )
    described = {
        "x": Description(cluster="A38", fingerprint=same),
        "y": Description(cluster="A9", fingerprint=same),
        "z": Description(cluster="A9", fingerprint=same + 0.001),
    }
    pair, single = distinct_structures(jobs, described, {"fcc": "Fm-3m"})
    assert (pair.name, pair.jobs) == ("A9", ["z", "y"])
    assert (single.name, single.space_group) == ("A38", "")


def test_an_empty_campaign_has_an_empty_atlas() -> None:
    assert distinct_structures(table(), {}) == []


def test_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="aggregate the campaign first"):
        read_atlas(tmp_path)
    entries = distinct_structures(table(("a", "bcc", "forward", 0.5, -2.0)), {})
    path = tmp_path / ATLAS_FILE
    path.parent.mkdir()
    content: list[dict[str, Any]] = to_json(entries)
    path.write_text(json.dumps(content))
    assert read_atlas(tmp_path) == entries
    path.write_text('[{"name": 1, "nonsense": 2}]')
    with pytest.raises(ValueError, match="is damaged"):
        read_atlas(tmp_path)
