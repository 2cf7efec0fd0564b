"""The lines below flow's table."""

import json
from pathlib import Path

import signac

from operations.jobs.folders import Folders
from operations.monitor.status import below, in_rows


def root_of_three(root: Path) -> list[str]:
    """A job that is done, one that has failed and one from a file, not begun."""
    project = signac.init_project(str(root))
    ids = []
    for number, (method, kT) in enumerate([("forward", 0.5), ("forward", 0.25), ("imported", 0.1)]):
        job = project.open_job({"method": {"name": method, "kT": kT}, "replica": number})
        job.init()
        (Path(job.path) / f".{method}").touch()
        ids.append(job.id)
    done, failed, imported = (Path(project.path) / "workspace" / job_id for job_id in ids)
    (done / "result.json").write_text("{}")
    (done / "labels.json").write_text(json.dumps({"label": "hexagonal", "confidence": 0.876}))
    reason = {"operation": "forward", "reason": "ValueError: no such thing", "retry": "input"}
    (failed / "failed.json").write_text(json.dumps(reason))
    (imported / "signac_job_document.json").write_text(json.dumps({"source": "a b.csv"}))
    return ids


def test_jobs_in_words(tmp_path: Path) -> None:
    ids = root_of_three(tmp_path)
    lines = in_rows(tmp_path, Folders(tmp_path), ids, ["method.kT"])
    assert [line.split("  ")[0] for line in lines] == [
        "job",
        ids[2][:8],
        ids[1][:8],
        ids[0][:8],
        "",
    ]
    words = [[word for word in line.split("  ") if word] for line in lines]
    head = ["job", "file", "method.kT", "state", "what formed"]
    assert [word.strip() for word in words[0]] == head
    assert [word.strip() for word in words[1][1:]] == ["a b.csv", "0.1", "waiting"]
    assert [word.strip() for word in words[3][1:]] == ["0.5", "done", "hexagonal (0.88)"]


def test_states_in_words_and_advice_that_fits(tmp_path: Path) -> None:
    ids = root_of_three(tmp_path)
    lines = below(tmp_path, Folders(tmp_path), (), ())
    assert lines[0] == "3 jobs: 1 done, 1 not begun, 1 failed"
    assert f"failed {ids[1]}  forward: ValueError: no such thing" in lines
    assert lines[-1] == "Clear and try again with: init.py --retry [JOB_ID …]"
    (tmp_path / "workspace" / ids[1] / "failed.json").write_text(
        '{"operation": "forward", "reason": "ExplodedError: particles overlap"}'
    )
    assert "until dt, density or potential change" in below(tmp_path, Folders(tmp_path), (), ())[-1]
