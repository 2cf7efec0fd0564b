"""Campaign files that a root was given."""

from __future__ import annotations

from pathlib import Path

from tests.campaign_files import CAMPAIGN, FORWARD, run, write
from workspace_schema.history import FOLDER, FORMER, former_jobs, write_former_jobs


def test_each_file_is_kept_with_what_changed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    file = write(tmp_path / "a.yaml", CAMPAIGN)
    first = file.read_bytes()
    for _ in range(2):  # the same again is not kept twice
        assert run(file, "--root", root)[0] == 0
    assert [one.name for one in (root / FOLDER).iterdir()] == ["0001.yaml"]
    write(file, CAMPAIGN | {"method": FORWARD | {"steps": 2000}})
    status, out, _ = run(file, "--root", root)
    assert status == 0
    assert "12 other jobs" in out
    assert "steps=1000" in out  # which they are, by what tells them from those of the file
    assert "+  steps: 2000" in out
    names = sorted(one.name for one in (root / FOLDER).iterdir())
    assert names == ["0001.yaml", "0002.diff", "0002.yaml", "former_jobs.json"]
    assert (root / FOLDER / "0001.yaml").read_bytes() == first
    assert (root / FOLDER / "0002.yaml").read_bytes() == file.read_bytes()
    difference = (root / FOLDER / "0002.diff").read_text().splitlines()
    assert [line for line in difference[2:] if line[0] in "+-"] == [
        "-  steps: 1000",
        "+  steps: 2000",
    ]


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "a.yaml", CAMPAIGN)
    assert run(file, "--root", tmp_path / "root", "--dry-run")[0] == 0
    assert not (tmp_path / "root").exists()


def test_a_list_that_is_damaged_hides_nothing(tmp_path: Path) -> None:
    job_id = "0" * 32
    write_former_jobs(tmp_path, [job_id])
    assert former_jobs(tmp_path) == {job_id}
    for text in ("[", "{}", '["../x", 3]', ""):
        (tmp_path / FORMER).write_text(text)
        assert former_jobs(tmp_path) == frozenset()
