"""What a campaign will be."""

import sys
from pathlib import Path

import pytest

from operations.jobs.isolation import REPOSITORY
from operations.monitor.outlook import EVERY, MOST, Outlook, next_command
from workspace_schema.campaign import read_campaign
from workspace_schema.methods.facts import METHODS, Facts

FILE = """
name: small
system: {dimensions: 2, particles: {A: 400}}
potential: {form: lennard_jones, r_cut: 2.5, epsilon: [1.0, 2.0]}
method: {name: forward, number_density: [0.25, 1.0], kT: 0.5, steps: 1000}
"""


@pytest.fixture
def outlook(tmp_path: Path) -> Outlook:
    (tmp_path / "small.yaml").write_text(FILE)
    outlook = Outlook(tmp_path)
    for point in read_campaign(tmp_path / "small.yaml").points:
        outlook.add(point)
    return outlook


def test_cost_before_anything_has_run(outlook: Outlook) -> None:
    (rate, exponent), planar = METHODS["forward"].guesses["cpu"], METHODS["forward"].planar
    assert outlook.seconds(gpu=False) == pytest.approx(4 * 400**exponent * 1000 * rate * planar)
    assert outlook.cost(gpu=False).endswith("expected: about 1 s on one core")


def test_on_gpus_the_rate_is_that_of_gpus(outlook: Outlook) -> None:
    rate, exponent = METHODS["forward"].guesses["gpu"]
    assert outlook.seconds(gpu=True) == pytest.approx(4 * 400**exponent * 1000 * rate)
    assert outlook.cost(gpu=True).endswith("on one GPU")


def test_nothing_is_said_of_what_nobody_knows(
    outlook: Outlook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METHODS, "basin_hopping", Facts("A search.", "predicts"))
    search = "method: {name: basin_hopping, hops: 10, walkers: 2, pressure: 1.0}"
    (tmp_path / "search.yaml").write_text(FILE.rpartition("method")[0] + search)
    (point, *_) = read_campaign(tmp_path / "search.yaml").points
    outlook.add(point)
    assert outlook.cost(gpu=False).endswith(
        "; basin_hopping not known before the first have finished"
    )
    alone = Outlook(tmp_path)
    alone.add(point)
    assert alone.cost(gpu=False) == (
        "expected: basin_hopping not known before the first have finished"
    )


def test_of_many_points_some_are_looked_at(outlook: Outlook, tmp_path: Path) -> None:
    point = read_campaign(tmp_path / "small.yaml").points[0]
    many = Outlook(tmp_path)
    for number in range(MOST + 20 * EVERY):
        many.add(point, is_new=number >= 10)
    assert many.seconds(gpu=False) == pytest.approx(
        (MOST + 20 * EVERY - 10) * outlook.seconds(gpu=False) / 4
    )


def test_densities(outlook: Outlook) -> None:
    said = "number density at the start: 0.25 (box 40 long), 1 (box 20 long)"
    assert outlook.densities() == said


def test_between_walls_the_box_is_as_long_as_they_are(tmp_path: Path) -> None:
    system = "system: {dimensions: 3, particles: {A: 100}, walls: {separation: 4}}"
    file = FILE.replace("system: {dimensions: 2, particles: {A: 400}}", system)
    (tmp_path / "slit.yaml").write_text(file.replace("[0.25, 1.0]", "0.5"))
    outlook = Outlook(tmp_path)
    outlook.add(read_campaign(tmp_path / "slit.yaml").points[0])
    assert outlook.densities() == "number density at the start: 0.5 (box 7.07 long)"


def test_energies_have_their_depth_and_their_legend(outlook: Outlook) -> None:
    lines = outlook.energies(("potential.epsilon", "method.number_density"), {})
    assert lines[-2:] == ["  a  epsilon 1.0", "  b  epsilon 2.0"]
    assert "-2.2 │" in "\n".join(lines)  # 1.1 times the deeper well
    first = next(k for k, line in enumerate(lines) if line.lstrip().startswith("0 │"))
    # at the wall, σ = 1 of 2.5, both cross zero; the shallower well ends above the deeper one
    assert lines[first][lines[first].index("│") + 1 :].index("a") == round(1.0 / 2.5 * 63)
    assert max(k for k, line in enumerate(lines[:-2]) if "a" in line) < max(
        k for k, line in enumerate(lines[:-2]) if "b" in line
    )


def test_the_next_command_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    beside = next_command(REPOSITORY / "a root", REPOSITORY)
    assert beside.startswith("next: cd 'a root' && ")
    assert beside.endswith(" ../project.py run --parallel 4")
    monkeypatch.setattr("shutil.which", {"python": sys.executable, "sbatch": "sbatch"}.get)
    far = next_command(tmp_path / "root", tmp_path).splitlines()
    assert far == [
        f"next: cd root && python {REPOSITORY}/project.py run --parallel 4",
        f"      or, on the nodes of the cluster: python {REPOSITORY}/project.py submit",
    ]


def test_potentials_beside_imported_files_are_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n0,0\n1,0.1\n0.2,1\n")
    (tmp_path / "imported.yaml").write_text(
        "name: a\nsystem: {dimensions: 2}\npotential: {form: lennard_jones}\n"
        "method: {name: imported, files: [a.csv]}\n"
    )
    (point,) = read_campaign(tmp_path / "imported.yaml").points
    outlook = Outlook(tmp_path)
    outlook.add(point)
    assert outlook.energies((), {}) == []
