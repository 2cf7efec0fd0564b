"""Every page says what the files say."""

from __future__ import annotations

import io
import itertools
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.colours import rgb
from operations.monitor.dashboard import access
from operations.monitor.dashboard.atlas import group_kind
from operations.monitor.dashboard.products import curves_of
from tests.analysis.test_colours import VISION, cielab
from tests.operations.monitor.dashboard.conftest import (
    Site,
    finish,
    png_size,
    read_json,
    save,
    square,
)
from workspace_schema.history import write_former_jobs

STATIC = Path(access.__file__).parent / "static"


def test_the_diagram_has_every_job_once(site: Site) -> None:
    site.update()
    data = read_json(site.get("/api/diagram"))
    assert data["ids"] == [folder.name for folder in site.jobs]
    assert [axis["name"] for axis in data["axes"]] == ["potential.r0", "potential.epsilon"]
    assert [len(axis["ticks"]) for axis in data["axes"]] == [2, 3]
    assert all(len(axis["values"]) == 6 for axis in data["axes"])
    label = data["names"]["label"]
    known = [label["names"][code]["name"] if code >= 0 else "" for code in label["codes"]]
    assert known == ["square", "hexagonal", "", "", "", ""]
    assert [data["states"][k] for k in data["state"]][2] == "failed"
    scales = {one["name"]: one["values"] for one in data["scales"]}
    assert scales["wall_seconds"][:3] == [12.0, 12.0, None]


def test_a_job_page_tells_its_story(site: Site) -> None:
    site.update()
    text = site.get(f"/jobs/{site.jobs[0].name}").text
    for expected in ("square", "90", "lammps", "Thermodynamics", "State point", "exec forward"):
        assert expected in text, expected
    assert "--retry" not in text
    text = site.get(f"/jobs/{site.jobs[2].name}").text
    for expected in ("ExplodedError: at step 17", "--retry", "traceback", "failed"):
        assert expected in text, expected
    assert "Thermodynamics" not in text  # there is nothing to show


def test_a_crystal_named_by_its_cell_says_which(site: Site) -> None:
    labels = site.jobs[0] / "labels.json"
    content = json.loads(labels.read_text())
    crystal = {
        "space_group": "P4_2/mnm",
        "wyckoff": ["A 2a", "A 4f"],
        "alike": ["A_tP30_136_bf2ij (A_b, beta Uranium)"],
        "nearest": "A_cP8_223_ac (A15)",
        "apart": 0.08,
    }
    labels.write_text(json.dumps(content | {"label": "tP30 P4_2/mnm", "crystal": crystal}))
    site.update()
    text = site.get(f"/jobs/{site.jobs[0].name}").text
    for expected in (
        "tP30 P4_2/mnm",
        "space group",
        "A 2a, A 4f",
        "beta Uranium",
        "(A15), 0.08 apart",
    ):
        assert expected in text, expected
    labels.write_text(json.dumps(content | {"crystal": {"wyckoff": 7, "alike": [[1]]}}))
    assert site.get(f"/jobs/{site.jobs[0].name}").status_code == 200


def test_curves_and_pictures(site: Site) -> None:
    site.update()
    job = f"/jobs/{site.jobs[0].name}"
    thermo = read_json(site.get(f"{job}/thermo.json"))
    assert [one["name"] for one in thermo["series"]] == ["energy per particle", "temperature"]
    assert thermo["step"][-1] == 49
    rdf = read_json(site.get(f"{job}/rdf.json"))
    peak = rdf["r"][int(np.argmax(np.array(rdf["g"]) * (np.array(rdf["r"]) < 1.2)))]
    assert peak == pytest.approx(1.0, abs=0.02)
    assert png_size(site.get(f"{job}/picture.png?size=300").data)[0] == 320
    for name in ("bond_order", "diffraction"):
        assert min(png_size(site.get(f"{job}/{name}.png").data)) > 300
    assert site.get(f"{job}/picture.png?frame=5").status_code == 422
    solid = site.jobs[3]
    finish(solid)
    save(solid, square(3, 3), square(2, 3))
    site.update()
    assert 'max="1"' in site.get(f"/jobs/{solid.name}").text
    particles = read_json(site.get(f"/jobs/{solid.name}/particles.json?frame=1"))
    assert particles["n"] == 8 * particles["copies"] >= 60
    assert len(particles["positions"]) == 3 * particles["n"]
    assert particles["radius"] == pytest.approx(0.5)
    assert len(particles["edges"]) == 12


def test_curves_that_were_measured_are_on_the_page(site: Site) -> None:
    site.update()
    job, file = f"/jobs/{site.jobs[0].name}", site.jobs[0] / "properties.json"
    assert "Measured curves" not in site.get(job).text
    assert site.get(f"{job}/curves.png").status_code == 422
    one = {"name": "density of states", "axes": ["ω", "g(ω)"], "x": [0, 1, 2], "y": [0, 2, 0.5]}
    file.write_text(json.dumps({"curves": [one, one | {"y": ["<b>"]}, 7, {"x": [1]}]}))
    assert "Measured curves" in site.get(job).text
    width, height = png_size(site.get(f"{job}/curves.png").data)
    assert width > height > 300
    file.write_text(json.dumps({"curves": [one, one]}))
    assert png_size(site.get(f"{job}/curves.png").data)[1] == 2 * height
    result = site.jobs[0] / "result.json"
    curve = {"kT": [0.1, 0.2], "heat_capacity": [1.0, 2.0], "energy_per_particle": [None, 1.0]}
    result.write_text(json.dumps(json.loads(result.read_text()) | {"curve": curve}))
    assert len(curves_of(site.jobs[0])) == 4
    result.write_text(json.dumps({"curve": [1]}))
    file.write_text(json.dumps({"curves": {"x": 1}}))
    assert site.get(f"{job}/curves.png").status_code == 422


def test_what_was_computed_is_kept_until_the_files_change(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from operations.monitor.dashboard import products

    site.update()
    made = []
    real = products.radial
    monkeypatch.setattr(products, "radial", lambda *a: made.append(a) or real(*a))
    address = f"/jobs/{site.jobs[0].name}/rdf.json"
    first = read_json(site.get(address))
    assert read_json(site.get(address)) == first
    assert len(made) == 1
    save(site.jobs[0], square(7))
    site.get(address)
    assert len(made) == 2


def test_jobs_are_found(site: Site) -> None:
    site.update()

    def found(query: str) -> int:
        number = re.search(r"(\d+) jobs?</span>", site.get(f"/jobs?{query}").text)
        assert number is not None
        return int(number[1])

    assert found("") == 6
    assert found("state=failed") == 1
    assert found("q=explodederror") == 1
    assert found("q=hexagonal") == 1
    assert found(f"q={site.jobs[4].name[:10]}") == 1
    assert found("q=epsilon%3D1.80") == 2
    assert found("q=epsilon%3D1.8+r0%3D1.4") == 1
    assert found("q=nothing") == 0
    assert found("page=99999999999999") == 6


def test_compare_marks_what_differs(site: Site) -> None:
    site.update()
    ids = [folder.name for folder in site.jobs]
    text = site.get("/compare?" + "&".join(f"job={one}" for one in ids[:2])).text
    assert text.count("picture.png") == 2
    differ = set(re.findall(r'<tr class="differ"><th scope="row">(.*?)</th>', text))
    same = set(re.findall(r'<tr><th scope="row">(.*?)</th>', text))
    assert {"method", "energy per particle", "cost (s)"} <= same
    assert differ
    assert differ <= {"<i>r</i><sub>0</sub>", "<i>ε</i>"}
    many = site.get("/compare?" + "&".join(f"job={one}" for one in ids * 3)).text
    assert many.count('scope="col" data-job') == 6
    assert site.get("/compare?job=x&job=" + "0" * 32).status_code == 200


def test_the_atlas_shows_structures_and_what_is_newer(site: Site) -> None:
    from analysis.atlas import Entry, to_json

    site.update()
    assert "2 distinct structures" in site.get("/atlas").text
    (site.root / "results").mkdir(exist_ok=True)
    entry = Entry("hcp", "hcp", "P6_3/mmc", [site.jobs[0].name], {"genetic": 1}, -2.0, -1.5)
    (site.root / "results" / "atlas.json").write_text(json.dumps(to_json([entry])))
    text = site.get("/atlas").text
    assert "P6<sub>3</sub>/mmc" in text
    assert "−2 … −1.5" in text
    assert "1 jobs are newer" in text


def test_colours_of_states_stay_apart_for_every_eye() -> None:
    css = (STATIC / "style.css").read_text()
    light, dark = css.split(':root[data-theme="dark"]', 1)
    base = dict(re.findall(r"--(\w+): (#\w{6})", light.split("}")[0]))
    theme = base | dict(re.findall(r"--(\w+): (#\w{6})", dark.split("}")[0]))
    for colours in (base, theme):
        for vision in VISION:
            seen = {
                name: cielab(rgb(colours[name]), vision)
                for name in ("waiting", "running", "again", "failed", "done")
            }
            for one, other in itertools.combinations(seen, 2):
                assert np.linalg.norm(seen[one] - seen[other]) > 14, (one, other, vision)


def test_texts_can_be_read_in_both_themes() -> None:
    # contrast of WCAG 2.1: 4.5 for text
    css = (STATIC / "style.css").read_text()
    light, dark = css.split(':root[data-theme="dark"]', 1)
    base = dict(re.findall(r"--(\w+): (#\w{3,6})", light.split("}")[0]))
    theme = base | dict(re.findall(r"--(\w+): (#\w{3,6})", dark.split("}")[0]))

    def luminance(colour: str) -> float:
        text = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
        value = np.array(rgb(text)) / 255
        linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for colours in (base, theme):
        for ink, ground in itertools.product(
            ("ink", "quiet", "accent", "wrong"), ("paper", "ground")
        ):
            low, high = sorted(luminance(colours[name]) for name in (ink, ground))
            assert (high + 0.05) / (low + 0.05) > 4.5, (ink, ground)


def test_void_around_a_crystal_is_on_every_page(site: Site) -> None:
    """A crystal in a box of which 78 % is empty is not a homogeneous crystal."""
    finish(site.jobs[3], void_fraction=0.78)
    site.update()
    data = read_json(site.get("/api/diagram"))
    names = [one["name"] for one in data["names"]["label"]["names"]]
    assert names[data["second"][3]] == "void"
    assert data["second"][0] == -1
    assert "square + void" in site.get("/jobs").text
    assert "square + void" in re.sub(r"\s+", " ", site.get(f"/jobs/{site.jobs[3].name}").text)
    assert {one["name"]: one["n"] for one in read_json(site.get("/api/campaign"))["phases"]} == {
        "square": 1,
        "hexagonal": 1,
        "square + void": 1,
    }


def test_former_jobs_are_not_in_the_diagram(site: Site) -> None:
    write_former_jobs(site.root, [site.jobs[0].name])
    site.update()
    data = read_json(site.get("/api/diagram"))
    assert data["ids"] == [folder.name for folder in site.jobs[1:]]
    assert data["former"] == 1


def test_the_way_there_can_be_seen(site: Site) -> None:
    import gsd.hoomd
    from PIL import Image

    folder = site.jobs[0]
    with gsd.hoomd.open(str(folder / "trajectory.gsd"), "w") as file:
        for n in (6, 8, 10):
            file.append(square(n).to_frame(n))
    site.update()
    address = f"/jobs/{folder.name}"
    assert 'id="moment" min="0" max="3"' in site.get(address).text
    first, last = (site.get(f"{address}/picture.png?size=160&moment={k}").data for k in (0, 2))
    assert first != last
    answer = site.get(f"{address}/movie.gif")
    assert answer.mimetype == "image/gif"
    film = Image.open(io.BytesIO(answer.data))
    assert film.n_frames == 3
    film.seek(1)
    slider = site.get(f"{address}/picture.png?size=480&moment=1").data  # 640 pixels
    shown = Image.open(io.BytesIO(slider)).convert("RGB").resize(film.size, Image.Resampling.BOX)
    difference = np.abs(np.asarray(film.convert("RGB"), float) - np.asarray(shown, float))
    assert np.quantile(difference, 0.9) < 16  # but for edges the same picture
    mp4 = site.get(f"{address}/movie.mp4")
    if shutil.which("ffmpeg"):
        assert mp4.mimetype == "video/mp4"
        assert mp4.data[4:8] == b"ftyp"
        assert f"{address}/movie.mp4" in site.get(address).text
    else:
        assert mp4.status_code == 422
        assert "MP4 needs ffmpeg" in mp4.text
        assert "movie.mp4" not in site.get(address).text
    assert site.get(f"{address}/picture.png?moment=7").status_code == 422


def test_pictures_have_the_ground_of_the_theme(site: Site) -> None:
    from PIL import Image

    site.update()
    grounds = []
    for theme in ("light", "dark"):
        site.browser.set_cookie("theme", theme)
        data = site.get(f"/jobs/{site.jobs[0].name}/picture.png?size=160").data
        colours = Image.open(io.BytesIO(data)).convert("RGB").getcolors(1 << 20)
        grounds.append({colour for n, colour in colours if n > 200})
    assert (255, 255, 255) in grounds[0]
    assert (26, 30, 36) in grounds[1]


def test_names_of_files_are_seen_and_found(site) -> None:
    finish(site.jobs[3], source="runs/gel <1>.csv")
    site.update()
    job_id = site.jobs[3].name
    shown = "runs/gel &lt;1&gt;.csv"
    listed = site.get("/jobs?q=gel").text
    assert shown in listed
    assert re.findall(r'href="/jobs/(\w+)"', listed) == [job_id]
    for address in (f"/jobs/{job_id}", f"/compare?job={job_id}&job={site.jobs[0].name}"):
        assert shown in site.get(address).text


def test_phases_against_time_are_shown_where_they_are_known(site) -> None:
    job = site.jobs[0]
    assert site.get(f"/jobs/{job.name}/fractions.png").status_code == 404
    (job / "labels_trajectory.png").write_bytes(b"picture")
    answer = site.get(f"/jobs/{job.name}/fractions.png")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", b"picture")
    assert f"/jobs/{job.name}/fractions.png" in site.get(f"/jobs/{job.name}").text


@pytest.mark.parametrize(
    ("symbol", "kind"), [("p6mm", "plane group"), ("c2mm", "plane group"), ("Fm-3m", "space group")]
)
def test_plane_groups_are_called_so(symbol: str, kind: str) -> None:
    assert group_kind(symbol) == kind


def test_what_a_design_came_to_is_shown(site: Site) -> None:
    r = [0.9, 1.0, 1.5, 2.0]
    curve = {"r": r, "u": [2.0, 0.0, -1.0, 0.0], "u_start": [2.0, 0.0, -0.5, 0.0]}
    design = {"by": "label", "verdict": "found", "assembled": "assembled 2 of 3"}
    design |= {"parameters": {"r0": 1.375}, "curves": {"A-A": curve}}
    finish(site.jobs[0], n=8, design=design)
    site.update()
    page = site.get(f"/jobs/{site.jobs[0].name}").text
    for words in ("<h2>Design</h2>", "assembled 2 of 3", "<dt>r0</dt><dd>1.375</dd>"):
        assert words in page, words
    assert png_size(site.get(f"/jobs/{site.jobs[0].name}/design.png").data)[0] > 300
    other = site.jobs[1].name
    assert "<h2>Design</h2>" not in site.get(f"/jobs/{other}").text
    assert site.get(f"/jobs/{other}/design.png").status_code == 422


def test_neighbourhoods_have_their_job_particle_and_picture(site: Site) -> None:
    site.update()
    found = read_json(site.get("/api/neighbourhoods"))
    assert found["jobs"] == [job.name for job in site.jobs[:2]]
    assert {one["name"] for one in found["names"]} == {"square", "hexagonal"}
    assert len(found["x"]) == len(found["particle"]) == 2 * 40
    codes = {
        (j, found["names"][c]["name"]) for j, c in zip(found["job"], found["code"], strict=True)
    }
    assert codes == {(0, "square"), (1, "hexagonal")}
    varied = [axis["name"] for axis in found["axes"]]
    assert varied
    assert set(varied) <= {"potential.r0", "potential.epsilon"}
    address = f"/jobs/{found['jobs'][0]}/neighbourhood.png?particle="
    assert png_size(site.get(f"{address}{found['particle'][0]}").data) == (240, 240)
    assert site.get(f"{address}64").status_code == 404
