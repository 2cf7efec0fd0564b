"""The figure of energies and heat capacities against temperature."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from operations.results.heat_capacities import FIGURE, write_heat_capacities

CURVE = {
    "kT": [0.1, 0.2, 0.3],
    "energy_per_particle": [-3.0, -2.5, -2.0],
    "energy_per_particle_error": [0.1, 0.1, None],
    "heat_capacity": [3.0, 9.0, 4.0],
    "heat_capacity_error": [None, None, None],
}
PEAK = {"kT": 0.2, "kT_error": None, "heat_capacity": 9.0, "heat_capacity_error": None}


def test_curves_are_drawn_once_a_job_and_the_figure_removed_where_there_are_none(
    tmp_path, monkeypatch
) -> None:
    drawn, save = [], Figure.savefig
    monkeypatch.setattr(
        Figure, "savefig", lambda self, *a, **k: (drawn.append(self), save(self, *a, **k))
    )
    (tmp_path / "results").mkdir()
    ladder = {"kT": [0.1, 0.2, 0.3], "from_coldest": [1.0, None, 0.0]}
    for name, more in (("c", None), ("a", {"ladder": ladder}), ("b", {})):
        folder = tmp_path / "workspace" / name
        folder.mkdir(parents=True)
        result = {"curve": 1} if more is None else {"curve": CURVE, "peak": PEAK, **more}
        (folder / "result.json").write_text(json.dumps(result))
    row = {"status": "finished", "replica": 0, "system.particles.A": 13}
    jobs = pd.DataFrame(
        [
            row | {"job_id": name, "method": method, "method.kT": kT}
            for name, method in (("c", "x"), ("a", "replica_exchange"), ("b", "nested_sampling"))
            for kT in (0.1, 0.2, 0.3)
        ]
    )
    write_heat_capacities(tmp_path, jobs, ["method.kT", "system.particles.A"])
    energy, heat, flow = drawn[0].axes
    texts = [text.get_text() for text in energy.get_legend().get_texts()]
    assert [text.split(", ")[1:] for text in texts] == [
        ["replica exchange"],
        ["nested sampling"],
    ]
    assert "13" in texts[0]
    assert "kT" not in texts[0]
    assert heat.lines[0].get_linestyle() == "--"  # no error is known
    assert energy.lines[0].get_linestyle() == "-"
    np.testing.assert_array_equal(flow.lines[0].get_ydata(), [1.0, np.nan, 0.0])
    assert (tmp_path / "results" / FIGURE).stat().st_size > 5000
    write_heat_capacities(tmp_path, jobs[jobs["job_id"] == "c"], ["method.kT"])
    assert not (tmp_path / "results" / FIGURE).exists()
