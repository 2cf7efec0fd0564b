"""The figure of free energies against collective variables."""

from __future__ import annotations

import json

import pandas as pd

from operations.results.profiles import FIGURE, write_profiles

PROFILE = {
    "variable": "crystalline_cluster",
    "value": [1.0, 2.0, 3.0],
    "free_energy": [7.0, None, 9.0],
    "free_energy_error": [0.1, None, None],
    "barrier": 9.0,
    "barrier_error": None,
}


def test_a_figure_is_drawn_where_there_are_profiles_and_removed_where_not(tmp_path) -> None:
    folder = tmp_path / "workspace" / "a"
    folder.mkdir(parents=True)
    (tmp_path / "results").mkdir()
    (folder / "result.json").write_text(json.dumps({"umbrella": PROFILE}))
    jobs = pd.DataFrame([{"job_id": "a", "method": "umbrella", "kT": 1.0, "method.pressure": 17.0}])
    write_profiles(tmp_path, jobs, ["method.pressure"])
    file = tmp_path / "results" / FIGURE
    assert file.stat().st_size > 5000
    (folder / "result.json").unlink()
    write_profiles(tmp_path, jobs, ["method.pressure"])
    assert not file.exists()
