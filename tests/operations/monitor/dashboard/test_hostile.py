"""Scripts as names, paths that lead out, broken and monstrous files: nothing comes of them."""

from __future__ import annotations

import json
import os
import shutil
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.operations.monitor.dashboard.conftest import Site, addresses, fail, finish, square

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'


def test_script_in_names_stays_text(site: Site) -> None:
    document = site.root / "signac_project_document.json"
    content = json.loads(document.read_text())
    document.write_text(json.dumps(content | {"name": SCRIPT}))
    finish(site.jobs[3], SCRIPT + IMAGE, engine=SCRIPT, source=IMAGE)
    (site.jobs[3] / f"{SCRIPT.replace('/', '')}.html").write_text(SCRIPT)
    fail(site.jobs[4], SCRIPT + IMAGE)
    (site.root / "results").mkdir(exist_ok=True)
    entry = {"name": SCRIPT, "label": IMAGE, "space_group": SCRIPT, "jobs": [site.jobs[3].name]}
    (site.root / "results" / "atlas.json").write_text(json.dumps([entry]))
    site.update()
    assert site.dashboard.live.name == SCRIPT
    pages = [f"/jobs/{folder.name}" for folder in site.jobs] + addresses(site)
    pages += [f"/jobs?q={SCRIPT}{IMAGE}", f"/compare?job={site.jobs[3].name}&job={SCRIPT}"]
    for address in pages:
        answer = site.get(address)
        assert answer.status_code == 200, (address, answer.text)
        if answer.mimetype == "text/html":
            assert "<script>alert" not in answer.text, address
            assert "<img src=x" not in answer.text, address
        else:
            assert answer.mimetype in ("application/json", "image/png", "application/octet-stream")
    assert "&lt;script&gt;alert" in site.get("/").text
    assert "&lt;script&gt;alert" in site.get("/atlas").text


def test_files_are_handed_out_to_be_saved_only(site: Site) -> None:
    (site.jobs[0] / "page.html").write_text(SCRIPT)
    (site.jobs[0] / "picture.svg").write_text(f"<svg>{SCRIPT}</svg>")
    for name in ("page.html", "picture.svg", "result.json"):
        answer = site.get(f"/jobs/{site.jobs[0].name}/files/{name}")
        assert answer.status_code == 200
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name",
    [
        "../../signac_project_document.json",
        "..%2f..%2fsignac_project_document.json",
        "%2e%2e/%2e%2e/signac_project_document.json",
        "..\\..\\signac_project_document.json",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "link",
        "outside/secret",
        "nothing",
        "folder",
        "",
        ".",
        "..",
        "result.json%00.png",
    ],
)
def test_no_path_leads_out_of_the_job(site: Site, name: str) -> None:
    secret = site.root / "secret"
    secret.write_text("do not show")
    (site.jobs[0] / "link").symlink_to(secret)
    (site.jobs[0] / "outside").symlink_to(site.root)
    (site.jobs[0] / "folder").mkdir()
    answer = site.get(f"/jobs/{site.jobs[0].name}/files/{name}")
    assert answer.status_code in (308, 404)
    assert b"do not show" not in answer.data
    assert b"schema_version" not in answer.data
    assert "link" not in [
        row for row in site.get(f"/jobs/{site.jobs[0].name}").text.split() if ">" in row
    ]


def write_bytes(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def huge_count(folder: Path) -> None:
    """A file that says it has a thousand million particles."""
    import gsd.fl

    with gsd.fl.open(str(folder / "final.gsd"), "w", "x", "hoomd", [1, 4]) as file:
        file.write_chunk("particles/N", np.array([10**9], dtype=np.uint32))
        file.end_frame()


def not_numbers(folder: Path) -> None:
    from tests.operations.monitor.dashboard.conftest import save

    broken = square(4)
    broken.positions[3] = np.nan
    save(folder, broken)


def flat_box(folder: Path) -> None:
    from tests.operations.monitor.dashboard.conftest import save

    broken = square(4)
    broken.box = np.array([1e300, 1e-300, 1.0, 1e200, 0.0, 0.0])
    save(folder, broken)


def giant_image(folder: Path) -> None:
    """A PNG of 60000 x 60000 pixels in a few bytes."""
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60000).to_bytes(4, "big") * 2 + b"\x08\2\0\0\0"
    (folder / "huge.png").write_bytes(header)


def deep_json(folder: Path) -> None:
    for name in ("result.json", "labels.json", "signac_statepoint.json"):
        (folder / name).write_text("[" * 100_000)


def wrong_types(folder: Path) -> None:
    content = {"phases": [3, "x", {"phase": None}], "confidence": "high", "label": ["a"]}
    (folder / "labels.json").write_text(json.dumps(content))
    result = {"structures": [1, {"energy": {}}], "versions": 3, "wall_seconds": "long"}
    (folder / "result.json").write_text(json.dumps(result))
    (folder / "attempts.jsonl").write_text('{"attempt": 1, "start": "x", "operation": null}\n')


BROKEN: dict[str, Callable[[Path], None]] = {
    "no state point": remove("signac_statepoint.json"),
    "state point is a list": write_bytes("signac_statepoint.json", b"[]"),
    "result is cut": write_bytes("result.json", b'{"energy'),
    "labels are bytes": write_bytes("labels.json", b"\xff\xfe"),
    "label arrays are cut": write_bytes("labels.npz", b"PK\3\4"),
    "no label arrays": remove("labels.npz"),
    "no final.gsd": remove("final.gsd"),
    "final.gsd is text": write_bytes("final.gsd", b"hello" * 100),
    "final.gsd is empty": write_bytes("final.gsd", b""),
    "thermo is text": write_bytes("thermo.npz", b"hello"),
    "attempts are bytes": write_bytes("attempts.jsonl", b"\xff\n{}\n[1]\n"),
    "failure is a number": write_bytes("failed.json", b"3"),
    "gsd of too many particles": huge_count,
    "gsd of coordinates that are not numbers": not_numbers,
    "gsd of a box of no size": flat_box,
    "giant image": giant_image,
    "deep json": deep_json,
    "wrong types": wrong_types,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_job_harms_nobody(site: Site, name: str) -> None:
    BROKEN[name](site.jobs[0])
    begin = time.monotonic()
    site.update()
    drawn = ("bond_order", "diffraction") if "gsd" not in name else ()
    for address in [one for one in addresses(site) if not one.split("/")[-1].startswith(drawn)]:
        answer = site.get(address)
        own = address.startswith(f"/jobs/{site.jobs[0].name}/")
        assert answer.status_code in ((200, 404, 422) if own else (200,)), (address, answer.text)
    assert time.monotonic() - begin < 20
    assert site.get(f"/jobs/{site.jobs[1].name}/picture.png?size=160").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["size=99999999999", "size=-1", "size=0", "size=1e9", "frame=99999", "frame=-3", "frame=x"],
)
def test_numbers_of_an_address_are_bounded(site: Site, query: str) -> None:
    from tests.operations.monitor.dashboard.conftest import png_size

    answer = site.get(f"/jobs/{site.jobs[0].name}/picture.png?{query}")
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert max(png_size(answer.data)) <= 960


@pytest.mark.parametrize("page", ["1x", "0x10", "9" * 5000, "-1", "²", "", "1e3", "٣", "99999999"])
def test_pages_of_the_list(site: Site, page: str) -> None:
    answer = site.get("/jobs", query_string={"page": page})
    assert answer.status_code == 200
    assert site.jobs[0].name in answer.text


def test_a_job_that_was_removed_since_the_last_look(site: Site) -> None:
    site.update()
    shutil.rmtree(site.jobs[0])
    name = site.jobs[0].name
    assert name in site.dashboard.live.now().jobs
    for address in addresses(site):
        own = address.startswith(f"/jobs/{name}")
        assert site.get(address).status_code == (404 if own else 200), address
    site.update()
    assert site.get(f"/jobs/{name}").status_code == 404


def test_names_that_are_no_text(site: Site) -> None:
    latin = os.fsdecode(b"caf\xe9.txt")
    (site.jobs[0] / latin).write_text("x")
    (site.root / "workspace" / latin).mkdir()
    (site.root / "logs").mkdir()
    (site.root / "logs" / f"{latin}.7.txt").write_text("log")
    content = (
        '{"attempt": "a", "operation": "x", "start": 1, "host": "\\ud800", "scheduler_job": 7}'
    )
    (site.jobs[0] / "attempts.jsonl").write_text(content + "\n")
    site.update()
    for address in addresses(site):
        assert site.get(address).status_code == 200, address


def test_numbers_that_no_table_holds(site: Site) -> None:
    """The value is dropped, the job is not, and its neighbours are as they were."""
    for k, value in enumerate(("1" + "0" * 400, "9" * 5000, "1e999", '"\\ud800"')):
        text = f'{{"energy_per_particle": {value}, "wall_seconds": {value}, "kT": 0.5}}'
        if k < 3:
            (site.jobs[3].parent / site.jobs[k].name / "result.json").write_text(text)
        (site.jobs[3] / "result.json").write_text(text)
        (site.jobs[3] / "labels.json").write_text('{"label": "a\\udfff", "confidence": 0.5}')
        site.update()
        for address in (*addresses(site), f"/jobs/{site.jobs[3].name}"):
            assert site.get(address).status_code == 200, (value[:9], address)


@pytest.mark.parametrize("name", ["final.gsd", "thermo.npz", "labels.npz", "result.json"])
@pytest.mark.parametrize("kind", ["pipe", "zero", "holes", "folder", "elsewhere"])
def test_what_is_no_file_is_not_opened(site: Site, name: str, kind: str) -> None:
    path = site.jobs[0] / name
    path.unlink()
    secret = site.root.parent / "secret"
    secret.write_text('{"label": "do not show", "engine": "do not show"}')
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "holes":
        path.touch()
        os.truncate(path, 1 << 40)
    else:
        path.symlink_to("/dev/zero" if kind == "zero" else secret)
    begin = time.monotonic()
    site.update()
    for address in [one for one in addresses(site) if "/files/" not in one or kind != "holes"]:
        answer = site.get(address)
        assert answer.status_code in (200, 404, 422), (address, answer.text)
        assert b"do not show" not in answer.data
    assert time.monotonic() - begin < 20


def test_an_archive_that_unpacks_to_gigabytes(site: Site) -> None:
    for name in ("thermo.npz", "labels.npz"):
        with zipfile.ZipFile(site.jobs[0] / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for array in ("step", "kT", "per_particle", "probabilities"):
                with archive.open(f"{array}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array_header_1_0(
                        stream, {"descr": "<f8", "fortran_order": False, "shape": (1 << 24,)}
                    )
                    for _ in range(128):
                        stream.write(bytes(1 << 20))
    tracemalloc.start()
    try:
        assert site.get(f"/jobs/{site.jobs[0].name}/thermo.json").status_code == 422
        assert site.get(f"/jobs/{site.jobs[0].name}/particles.json").status_code == 200
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_a_damaged_table_and_atlas_are_as_good_as_none(site: Site) -> None:
    (site.root / "results").mkdir(exist_ok=True)
    for name in ("phase_diagram.parquet", "atlas.json"):
        (site.root / "results" / name).write_bytes(b"PAR1 garbage [")
    (site.root / "signac_project_document.json").write_text("{")
    site.update()
    for address in ("/", "/atlas", "/api/campaign", "/api/diagram", "/phase-diagram", "/jobs"):
        assert site.get(address).status_code == 200


def test_a_log_is_cut_and_cleaned(tmp_path: Path) -> None:
    from operations.monitor.dashboard.job_files import TAIL, tail

    file = tmp_path / "log"
    file.write_bytes(b"x" * 10**6 + b"\nstep 1\rstep 2\n\x1b[31mred\x1b[0m\xff\n")
    text = tail(file)
    assert len(text) < TAIL + 10
    assert text.endswith("step 2\nred\ufffd")
    assert tail(tmp_path / "none") == ""


def test_a_job_folder_that_is_a_link_elsewhere_hands_out_nothing_of_the_system(site: Site) -> None:
    name = "f" * 32
    os.symlink("/etc", site.root / "workspace" / name)
    site.update()
    assert site.get(f"/jobs/{name}/files/passwd").status_code == 404
