"""The dashboard with ten thousand synthetic jobs: time of every page, and memory.

    python -m benchmarks.dashboard [--jobs 10000] [--browser]

Makes the campaign in a temporary folder, with a table of all jobs but the last hundred, starts
`dashboard.py run` on it, waits until everything has been looked at once, and asks for each page
seven times over HTTP. The pictures of the pages are another matter: one job's are timed.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

from operations.jobs.isolation import REPOSITORY

LABELS = ("fluid", "hexagonal", "square", "honeycomb", "decagonal", "unknown")
METHODS = ("forward", "annealing")
REPEATS = 7


def make(root: Path, n_jobs: int) -> list[str]:
    """A campaign of two methods over three axes; the last twentieth waits, some have failed."""
    from analysis.configuration import Configuration
    from analysis.labelling.labels import Labels

    random = np.random.default_rng(1)
    (root / ".signac").mkdir(parents=True)
    (root / ".signac" / "config").write_text("schema_version = 2\n")
    axes = ["potential.r0", "potential.epsilon", "method.pressure"]
    document = {"name": "ten_thousand", "axes": axes, "settings": {"device": "cpu"}}
    (root / "signac_project_document.json").write_text(json.dumps(document))
    grid = np.stack(np.meshgrid(np.arange(16), np.arange(16), indexing="ij"), -1).reshape(-1, 2)
    positions = np.zeros((256, 3))
    positions[:, :2] = grid - 7.5
    box = np.array([16.0, 16.0, 1.0, 0.0, 0.0, 0.0])
    configuration = Configuration(positions, box, 2, np.zeros(256, dtype=int))
    ids = []
    rows: list[dict[str, Any]] = []
    for number in range(n_jobs):
        job_id = f"{number:032x}"
        folder = root / "workspace" / job_id
        folder.mkdir(parents=True)
        method = METHODS[number % 2]
        where = {
            axes[0]: 1.1 + 0.05 * (number // 2 % 20),
            axes[1]: 0.2 + 0.1 * (number // 40 % 25),
            axes[2]: [0.1, 0.5, 1.0, 2.0][number // 1000 % 4],
        }
        statepoint = {
            "system": {"dimensions": 2, "boundary": "periodic", "particles": {"A": 256}},
            "potential": {
                "form": "lennard_jones_gauss",
                "r0": where[axes[0]],
                "epsilon": where[axes[1]],
            },
            "method": {"name": method, "pressure": where[axes[2]], "steps": 100_000},
            "replica": number // 4000,
        }
        (folder / "signac_statepoint.json").write_text(json.dumps(statepoint))
        (folder / f".{method}").touch()
        row: dict[str, Any] = {"job_id": job_id, **where, "method": method, "replica": 0}
        row |= {"status": "unfinished", "label": None, "confidence": None, "wall_seconds": None}
        row |= {"energy_per_particle": None, "number_density": None, "engine": None}
        if number % 97 == 5:
            failure = {"operation": method, "reason": f"ExplodedError: at step {number}"}
            (folder / "failed.json").write_text(json.dumps(failure))
            row["status"] = "failed"
        elif number < 0.95 * n_jobs:
            label = LABELS[int(random.integers(len(LABELS)))]
            energy = float(random.normal(-3, 0.5))
            result = {"energy_per_particle": energy, "number_density": 0.9, "n_particles": 256}
            result |= {"wall_seconds": float(random.lognormal(5, 0.3)), "engine": "lammps"}
            (folder / "result.json").write_text(json.dumps(result | {"device": "cpu"}))
            labels = {"label": label, "confidence": float(random.random()), "phases": []}
            (folder / "labels.json").write_text(json.dumps(labels))
            row |= result | {"status": "finished", "label": label}
            row["confidence"] = labels["confidence"]
        ids.append(job_id)
        rows.append(row)
    finished = root / "workspace" / ids[0]
    import gsd.hoomd

    with gsd.hoomd.open(str(finished / "final.gsd"), "w") as file:
        file.append(configuration.to_frame())
    Labels(
        "square", 0.9, [], 0.0, 1, "synthetic", "0",
        np.zeros(256, dtype=np.int8), np.ones((256, 1), dtype=np.float32), ("square",),
    ).save(finished)  # fmt: skip
    steps = np.arange(1000.0)
    np.savez(finished / "thermo.npz", step=steps, energy_per_particle=np.cos(steps), kT=steps)
    import pandas as pd

    (root / "results").mkdir()
    pd.DataFrame(rows[:-100]).to_parquet(root / "results" / "phase_diagram.parquet", index=False)
    return ids


def memory(process: int) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--browser", action="store_true", help="time Chromium, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        ids = make(root, options.jobs)
        begin = time.monotonic()
        command = [sys.executable, str(REPOSITORY / "dashboard.py"), "run", "--port", "0"]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            login = process.stdout.readline().strip()
            print(f"{options.jobs} jobs; served after {time.monotonic() - begin:.2f} s")
            opener = urllib.request.build_opener(
                urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
            )
            address = login.split("/login")[0]

            def get(path: str) -> bytes:
                request = urllib.request.Request(address + path)
                request.add_header("Accept-Encoding", "gzip")
                with opener.open(request) as answer:
                    return answer.read()

            first = time.monotonic()
            opener.open(login).read()
            print(f"first page of all, nothing looked at yet: {time.monotonic() - first:.2f} s")
            while not json.loads(_text(get("/api/campaign")))["complete"]:
                time.sleep(0.2)
            print(f"every job folder looked at after {time.monotonic() - begin:.1f} s")
            time.sleep(15)  # pictures and plotly's script are prepared
            print(f"memory {memory(process.pid):.0f} MiB")
            job = ids[0]
            pages = (
                "/",
                "/api/campaign",
                "/phase-diagram",
                "/api/diagram",
                "/atlas",
                "/jobs",
                "/jobs?q=square&state=done",
                f"/jobs/{job}",
                f"/compare?job={job}&job={ids[2]}",
            )
            made = ("picture.png?size=320", "thermo.json", "rdf.json", "bond_order.png")
            for path in (*pages, *(f"/jobs/{job}/{name}" for name in made)):
                seconds = []
                for _ in range(REPEATS):
                    start = time.monotonic()
                    size = len(get(path))
                    seconds.append(time.monotonic() - start)
                name = path.replace(job, "ID").replace(ids[2], "ID")
                print(
                    f"{name:28s} {1e3 * statistics.median(seconds):7.0f} ms"
                    f" (worst {1e3 * max(seconds):5.0f}) {size / 1024:7.0f} KiB"
                )
            print(f"memory {memory(process.pid):.0f} MiB")
            if options.browser:
                browse(login, job)
            process.kill()


def _text(content: bytes) -> bytes:
    import gzip

    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def browse(login: str, job: str) -> None:
    """Time until Chromium shows what a page is for, on its second visit."""
    from playwright.sync_api import sync_playwright

    wanted = {
        "/": "#states tbody tr",
        "/phase-diagram": "#plot .scatterlayer .point",
        "/atlas": ".tile",
        "/jobs": "tbody tr",
        f"/jobs/{job}": "#rdf .scatterlayer path",
    }
    with sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.set_default_timeout(120_000)
        page.goto(login)
        for path, selector in wanted.items():
            for visit in range(2):
                start = time.monotonic()
                page.goto(login.split("/login")[0] + path, wait_until="commit")
                page.wait_for_selector(selector, state="attached")
                if visit:
                    name = path.replace(job, "ID")
                    print(f"{name:28s} {time.monotonic() - start:6.2f} s in Chromium")
        chromium.close()


if __name__ == "__main__":
    main()
