"""The figure of free energies against collective variables."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from operations.results.profiles import FIGURE, MOST, write_profiles

PROFILE = {
    "variable": "crystalline_cluster",
    "value": [1.0, 2.0, 3.0],
    "free_energy": [7.0, None, 9.0],
    "free_energy_error": [0.1, None, None],
    "barrier": 9.0,
    "barrier_error": None,
}


def test_a_figure_is_drawn_where_there_are_profiles_and_removed_where_not(
    tmp_path, monkeypatch
) -> None:
    drawn, save = [], Figure.savefig
    monkeypatch.setattr(
        Figure, "savefig", lambda self, *a, **k: (drawn.append(self), save(self, *a, **k))
    )
    folder = tmp_path / "workspace" / "a"
    folder.mkdir(parents=True)
    (tmp_path / "results").mkdir()
    (folder / "result.json").write_text(json.dumps({"umbrella": PROFILE}))
    row = {"job_id": "a", "method": "umbrella", "kT": 1.0, "method.pressure": 17.0}
    other = tmp_path / "workspace" / "b"
    other.mkdir()
    plain = {key: PROFILE[key] for key in ("variable", "value", "free_energy", "free_energy_error")}
    (other / "result.json").write_text(json.dumps({"metadynamics": plain}))
    jobs = pd.DataFrame([row | {"method.dt": np.nan, "replica": k} for k in range(MOST + 2)])
    write_profiles(tmp_path, jobs, ["method.pressure", "method.dt"])
    texts = [text.get_text() for text in drawn[0].axes[0].get_legend().get_texts()]
    assert len(texts) == MOST + 1
    assert texts[1].endswith("= 17.0, replica 1: 9.0 kT")
    assert texts[-1] == "and 2 more"
    both = [row | {"replica": 0}, row | {"job_id": "b", "method": "metadynamics", "replica": 0}]
    write_profiles(tmp_path, pd.DataFrame(both), [])
    texts = [text.get_text() for text in drawn[1].axes[0].get_legend().get_texts()]
    assert texts == ["umbrella: 9.0 kT", "metadynamics"]
    (other / "result.json").unlink()
    file = tmp_path / "results" / FIGURE
    assert file.stat().st_size > 5000
    (folder / "result.json").unlink()
    write_profiles(tmp_path, jobs, ["method.pressure"])
    assert not file.exists()
