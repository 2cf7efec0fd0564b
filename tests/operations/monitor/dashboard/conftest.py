"""A campaign with a job of every kind, made without simulating, and its dashboard."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling.labels import Labels
from operations.jobs import attempts
from operations.jobs.files import write_product
from operations.jobs.state import FAILED

TOKEN = "t0k3n"


def square(n: int = 12, dimensions: int = 2) -> Configuration:
    """A square or simple cubic lattice of unit spacing."""
    grid = np.stack(np.meshgrid(*[np.arange(n)] * dimensions, indexing="ij"), -1).reshape(
        -1, dimensions
    )
    positions = np.zeros((len(grid), 3))
    positions[:, :dimensions] = grid - 0.5 * (n - 1)
    box = np.array([n, n, n if dimensions == 3 else 1.0, 0.0, 0.0, 0.0])
    return Configuration(positions, box, dimensions, np.zeros(len(grid), dtype=int))


def save(folder: Path, *configurations: Configuration) -> None:
    import gsd.hoomd

    with gsd.hoomd.open(str(folder / "final.gsd"), "w") as file:
        for configuration in configurations:
            file.append(configuration.to_frame())


def finish(
    folder: Path, label: str = "square", n: int = 12, void_fraction: float = 0.0, **result: Any
) -> None:
    """Give a job the products of a finished run."""
    configuration = square(n)
    save(folder, configuration)
    count = configuration.n_particles
    steps = np.arange(50.0)
    np.savez(
        folder / "thermo.npz",
        step=steps,
        energy_per_particle=-3 - 0.01 * steps,
        kT=1 - 0.02 * steps,
    )
    Labels(
        label=label,
        confidence=0.9,
        phases=[{"phase": label, "fraction": 1.0, "lattice_constant": 1.0}],
        void_fraction=void_fraction,
        grains=1,
        model="test",
        model_hash="0",
        per_particle=np.zeros(count, dtype=np.int8),
        probabilities=np.ones((count, 1), dtype=np.float32),
        phase_names=(label,),
    ).save(folder)
    content = {"energy_per_particle": -3.0, "number_density": 1.0, "wall_seconds": 12.0}
    content |= {"n_particles": count, "engine": "lammps", "device": "cpu"}
    write_product(folder / "result.json", content | result)


def fail(folder: Path, reason: str) -> None:
    attempt = attempts.begin(folder, "forward")
    content = {"operation": "forward", "reason": reason, "retry": "physics", "traceback": reason}
    write_product(folder / FAILED, content)
    attempts.end(folder, attempt, "failed", reason)


@dataclass
class Site:
    """A campaign, its dashboard, and a browser that has logged in."""

    root: Path
    dashboard: Any
    browser: Any
    jobs: list[Path]

    def get(self, address: str, **options: Any) -> Any:
        return self.browser.get(address, **options)

    def update(self) -> Any:
        return self.dashboard.live.update()


@pytest.fixture
def site(campaign: Callable[..., Path]) -> Site:
    """Six jobs: two finished, one failed, three waiting."""
    from operations.monitor.dashboard.app import CampaignDashboard

    root = campaign(
        potential={"epsilon": [0.5, 1.0, 1.8], "r0": [1.4, 1.8]},
        axes=["potential.r0", "potential.epsilon"],
    )
    jobs = sorted((root / "workspace").iterdir())
    finish(jobs[0], n=8)
    finish(jobs[1], "hexagonal", 8)
    fail(jobs[2], "ExplodedError: at step 17")
    dashboard = CampaignDashboard(root, {"ACCESS_TOKEN": TOKEN})
    browser = dashboard.app.test_client()
    assert browser.get(f"/login?token={TOKEN}").status_code == 302
    return Site(root, dashboard, browser, jobs)


def addresses(site: Site) -> list[str]:
    """Every page and everything a page asks for."""
    job = site.jobs[0].name
    inside = (
        "",
        "/picture.png?size=160",
        "/particles.json",
        "/thermo.json",
        "/rdf.json",
        "/neighbourhood.png?particle=3",
        "/bond_order.png",
        "/diffraction.png",
        "/files/result.json",
    )
    pages = ["/", "/phase-diagram", "/atlas", "/neighbourhoods", "/jobs", "/compare"]
    pages += [f"/compare?job={job}", "/api/campaign", "/api/diagram", "/api/neighbourhoods"]
    return [*pages, *(f"/jobs/{job}{name}" for name in inside)]


def written_by(action: Callable[[], None]) -> list[str]:
    """Files that are opened for writing, made or moved while something happens."""
    import sys

    seen: list[str] = []
    active = [True]
    flags = os.O_WRONLY | os.O_RDWR | os.O_CREAT

    def hook(event: str, values: tuple[Any, ...]) -> None:
        if not active[0]:
            return
        if event == "open":
            path, mode, flag = values
            writes = isinstance(flag, int) and flag & flags
            if (writes or (mode and set(mode) & set("wax+"))) and isinstance(path, str | bytes):
                seen.append(os.fsdecode(path))
        elif event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink"):
            seen.append(os.fsdecode(values[0]))

    sys.addaudithook(hook)
    try:
        action()
    finally:
        active[0] = False
    return seen


def read_json(answer: Any) -> Any:
    data = answer.get_data()
    if answer.headers.get("Content-Encoding") == "gzip":
        import gzip

        data = gzip.decompress(data)
    return json.loads(data)


def png_size(data: bytes) -> tuple[int, int]:
    from PIL import Image

    return Image.open(io.BytesIO(data)).size
