"""Rounds on disk: recorded first, then made; by whoever comes, and once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import init
from operations.rounds import ledger, proceed
from operations.rounds.due import is_due, missing
from operations.rounds.proceed import in_words
from operations.rounds.propose import BUDGET, NOTHING_LEARNED, NOTHING_LEFT, UNTIL
from tests.conftest import REPOSITORY
from tests.operations.rounds.laboratory import CAMPAIGN, SAMPLE, answer, ids, make, run
from workspace_schema import plan
from workspace_schema.history import former_jobs


class Killed(BaseException):
    """Ends a process wherever it is."""


def bytes_of(root: Path) -> bytes:
    return (root / ledger.FILE).read_bytes()


def test_jobs_are_those_of_the_grid_and_deleting_adaptive_completes_it(tmp_path: Path) -> None:
    grid = make(tmp_path, "grid", sample=None)
    root = make(tmp_path)
    assert len(ids(root)) == 12
    run(root)
    assert len(ids(root)) == 40
    assert ids(root) < ids(grid)
    assert former_jobs(root) == frozenset()  # those of earlier rounds are the file's, too
    rounds = ledger.read(root)
    assert [len(one.chosen) for one in rounds] == [12, 7, 7, 7, 7, 0]
    assert rounds[-1].stop == BUDGET
    assert not is_due(root)
    make(tmp_path, sample=None)
    assert ids(root) == ids(grid)
    assert not is_due(root)
    assert ledger.read(root) == rounds


def test_the_same_labels_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = make(tmp_path, "first"), make(tmp_path, "second")
    for root in (first, second):
        run(root)
    assert bytes_of(first) == bytes_of(second)
    assert ids(first) == ids(second)


@pytest.mark.parametrize("moment", ["before", "written", "first job", "fourth job", "marker"])
def test_a_kill_anywhere_changes_nothing(
    tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = make(tmp_path, "undisturbed")
    run(undisturbed)
    root = make(tmp_path)
    for _ in range(20):
        answer(root)
        with monkeypatch.context() as patch:
            die_at(moment, patch)
            try:
                made = proceed.proceed(root)
            except Killed:
                made = 0
        if not made and not proceed.proceed(root):
            break
    assert bytes_of(root) == bytes_of(undisturbed)
    assert ids(root) == ids(undisturbed)
    assert not missing(root, ledger.read(root), {})


def die_at(moment: str, patch: pytest.MonkeyPatch) -> None:
    """Kill whoever comes to a moment of a proposal."""
    calls = []

    def dying(function: Callable[..., Any], after: int) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            calls.append(arguments)
            if len(calls) > after:
                raise Killed
            return function(*arguments)

        return call

    if moment == "before":
        patch.setattr(proceed.ledger, "write", dying(ledger.write, 0))
    elif moment == "written":
        patch.setattr(proceed, "apply", dying(plan.apply, 0))
    elif moment == "marker":
        patch.setattr(plan, "touch", dying(plan.touch, 1))
    else:
        after = {"first job": 0, "fourth job": 3}[moment]
        patch.setattr(plan, "make_folder", dying(plan.make_folder, after))


def test_a_kill_of_init_between_the_first_round_and_its_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = make(tmp_path, "undisturbed")
    with monkeypatch.context() as patch:
        patch.setattr(plan, "make_folder", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            make(tmp_path)
    root = make(tmp_path)
    assert ids(root) == ids(undisturbed)
    assert bytes_of(root) == bytes_of(undisturbed)


def test_two_at_once_propose_one_round(tmp_path: Path) -> None:
    alone, root = make(tmp_path, "alone"), make(tmp_path)
    for folder in (alone, root):
        answer(folder)
    proceed.proceed(alone)
    code = "import sys; from pathlib import Path; from operations.rounds.proceed import proceed; "
    code += "print(proceed(Path(sys.argv[1])))"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(root)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = sorted(int(process.communicate(timeout=120)[0]) for process in both)
    assert said == [0, 7]
    assert bytes_of(root) == bytes_of(alone)
    assert ids(root) == ids(alone)


def test_a_round_waits_for_its_jobs_unless_it_goes_ahead(tmp_path: Path) -> None:
    root = make(tmp_path)
    assert not is_due(root)
    answer(root)
    assert is_due(root)
    proceed.proceed(root)
    assert not is_due(root)
    eager = make(tmp_path, "eager", sample=SAMPLE | {"ahead": 1})
    assert not is_due(eager)  # of the first round something must be known
    answer(eager)
    proceed.proceed(eager)
    assert len(ids(eager)) == 19
    proceed.proceed(eager)
    rounds = ledger.read(eager)
    assert len(ids(eager)) == 26
    assert rounds[-1].pending == sorted(name for name, _ in rounds[-2].chosen)
    assert not is_due(eager)


def test_deleted_jobs_are_made_again(tmp_path: Path) -> None:
    undisturbed, root = make(tmp_path, "undisturbed"), make(tmp_path)
    run(undisturbed)
    answer(root)
    for folder in sorted((root / "workspace").iterdir())[:5]:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    assert is_due(root)
    assert proceed.proceed(root) == 5
    run(root)
    assert bytes_of(root) == bytes_of(undisturbed)


def test_a_larger_budget_goes_on(tmp_path: Path) -> None:
    root = make(tmp_path, sample=SAMPLE | {"adaptive": 20})
    run(root)
    assert len(ids(root)) == 20
    before = bytes_of(root)
    make(tmp_path, sample=SAMPLE | {"adaptive": 30})
    assert len(ids(root)) == 20
    assert is_due(root)
    run(root)
    assert len(ids(root)) == 30
    assert bytes_of(root).startswith(before)


def test_longer_runs_go_on_and_are_waited_for(tmp_path: Path) -> None:
    root = make(tmp_path)
    answer(root)
    method = CAMPAIGN["method"] | {"production_steps": 500}
    make(tmp_path, method=method)
    assert not is_due(root)  # all are to be run for longer
    assert len(ids(root)) == 12
    run(root)
    assert len(ids(root)) == 40


def test_where_jobs_fail_nothing_more_is_proposed(tmp_path: Path) -> None:
    def half(statepoint: dict[str, Any]) -> str:
        return "failed" if statepoint["potential"]["r0"] < 1.5 else "square"

    root = make(tmp_path)
    run(root, half)
    rounds = ledger.read(root)
    late = [name for one in rounds[2:] for name, _ in one.chosen]
    failed = [name for name in late if (root / "workspace" / name / "failed.json").exists()]
    assert len(failed) < 0.25 * max(len(late), 1)
    assert rounds[-1].stop in (BUDGET, UNTIL)


def test_half_of_a_round_fails_and_is_run_again(tmp_path: Path) -> None:
    root = make(tmp_path)
    made = sorted(ids(root))
    answer(root)
    lost = made[::2]
    for name in lost:
        (root / "workspace" / name / "labels.json").unlink()
        (root / "workspace" / name / "failed.json").write_text('{"reason": "node"}')
    assert proceed.proceed(root) == 7
    before = bytes_of(root)
    assert init.main(["--retry", "--root", str(root)]) == 0
    assert not is_due(root)
    run(root)
    assert bytes_of(root).startswith(before)
    rounds = ledger.read(root)
    assert [rounds[1].labels[name] for name in lost] == [{"failed": 1.0}] * 6
    assert not any("failed" in shares for shares in ledger.known(rounds).values())
    assert (len(ids(root)), rounds[-1].stop) == (40, BUDGET)


def test_agreement_stops_two_rounds_running(tmp_path: Path) -> None:
    root = make(tmp_path, sample=SAMPLE | {"adaptive": 143, "until": 0.9})
    run(root)
    rounds = ledger.read(root)
    assert rounds[-1].stop == UNTIL
    known = [one.agreement for one in rounds if one.agreement is not None]
    assert min(known[-2:]) >= 0.9 > max(known[:-2])
    assert "expected agreement" in in_words(rounds[-1])


def test_everything_chosen_ends(tmp_path: Path) -> None:
    sample = SAMPLE | {"adaptive": 1000, "batch": 100}
    root = make(tmp_path, sample=sample)
    run(root)
    assert len(ids(root)) == 13 * 11
    assert ledger.read(root)[-1].stop == NOTHING_LEFT


def test_random_labels_end_with_nothing_learned(tmp_path: Path) -> None:
    def random(statepoint: dict[str, Any]) -> str:
        text = repr(sorted(statepoint["potential"].items()))
        return ("fluid", "hexagonal", "square")[hash_of(text) % 3]

    root = make(tmp_path, sample=SAMPLE | {"adaptive": 120})
    run(root, random)
    rounds = ledger.read(root)
    assert rounds[-1].stop == NOTHING_LEARNED
    assert len(ledger.chosen(rounds)) < 60


def hash_of(text: str) -> int:
    import hashlib

    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def test_new_labels_matter_to_later_rounds_only(tmp_path: Path) -> None:
    root = make(tmp_path)
    answer(root)
    proceed.proceed(root)
    before = bytes_of(root)
    for file in (root / "workspace").glob("*/labels.json"):
        file.write_text('{"label": "kagome"}')
    answer(root)
    proceed.proceed(root)
    assert bytes_of(root).startswith(before)
    last = ledger.read(root)[-1]
    assert sum(shares == {"kagome": 1.0} for shares in last.labels.values()) == 12


def test_a_coarser_grid_is_seen_by_a_finer_one(tmp_path: Path) -> None:
    """The next points where the boundary is, of a grid that shares no point with the first."""
    axes = {"r0": {"linspace": [1.2, 1.8, 8]}, "epsilon": {"linspace": [0.4, 2.4, 7]}}
    root = make(tmp_path, sample=None, potential=CAMPAIGN["potential"] | axes)
    answer(root)
    coarse = ids(root)
    finer = CAMPAIGN["potential"] | {
        "r0": {"linspace": [1.21, 1.79, 24]},
        "epsilon": {"linspace": [0.45, 2.35, 20]},
    }
    make(tmp_path, potential=finer, sample={"adaptive": 20, "batch": 20, "until": 1.0})
    (first,) = ledger.read(root)
    new = ids(root) - coarse
    assert new == {name for name, _ in first.chosen}
    assert len(new) == 20
    assert first.agreement > 0.85
    assert len(first.others) == len(coarse)


def test_a_damaged_ledger_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make(tmp_path)
    answer(root)
    (root / ledger.FILE).write_text("{}\n")
    assert is_due(root)
    assert proceed.proceed(root) == 0
    assert "line 1 is damaged" in capsys.readouterr().err
    assert (root / "adaptive" / "failed.json").exists()


def test_roots_that_are_spread_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path)
    words = [str(tmp_path / "campaign.yaml"), "--root", str(tmp_path / "spread"), "--shards", "2"]
    assert init.main(words) == 1
    assert "sample.adaptive" in capsys.readouterr().err


def test_the_next_points_of_a_grid_are_one_command(tmp_path: Path) -> None:
    axes = {"r0": {"linspace": [1.2, 1.8, 5]}, "epsilon": {"linspace": [0.4, 2.4, 6]}}
    root = make(tmp_path, sample=None, replicas=2, potential=CAMPAIGN["potential"] | axes)
    answer(root)
    coarse = ids(root)
    axes["r0"] = {"linspace": [1.2, 1.8, 9]}
    finer = CAMPAIGN["potential"] | axes
    file = tmp_path / "finer.yaml"
    file.write_text(yaml.safe_dump(CAMPAIGN | {"potential": finer, "replicas": 2}))
    words = [str(file), "--root", str(root), "--next", "10"]
    assert init.main([*words, "--dry-run"]) == 0
    assert ids(root) == coarse
    assert init.main(words) == 0
    new = ids(root) - coarse
    assert len(new) == 10
    run(root)
    assert ids(root) == coarse | new  # no more until they are asked for
    assert former_jobs(root) == frozenset()
    assert init.main(words) == 0
    assert len(ids(root)) == len(coarse) + 20
    assert init.main([str(file), "--root", str(root)]) == 0
    assert len(ids(root)) == 2 * 9 * 6
